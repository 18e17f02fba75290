"""Reads word vectors: word2vec as text and as binary, fastText's .vec, and GloVe, which has no head.

A row is a word, a blank and its values; the word is the row's id. A word of GloVe may hold blanks itself, so values are counted
from a line's end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from transforms.common.arrays import Vectors
from transforms.common.errors import RequestError
from transforms.corpus.options import Range
from transforms.corpus.sources import Source
from transforms.corpus.streams.opening import decompressed, open_raw
from transforms.corpus.vectors.formats import extension_of
from transforms.corpus.vectors.vector_file import (
    FEW_PIECES,
    VectorRows,
    bounds_of,
    even_pieces,
    not_finite,
    rows_at_once,
)
from transforms.storage.files import exactly

_HEAD = re.compile(rb"(\d{1,12}) (\d{1,6})[ \t\r]*\n")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_READ = 1 << 20
_LONGEST_WORD = 1 << 16
_LOOKED_AT = 100
_FASTTEXT_MODEL = (793712314).to_bytes(4, "little")


@dataclass(frozen=True, kw_only=True)
class _Head:
    """What a file's first line says, `rows` None where there is no such line; `size` its bytes."""

    rows: int | None
    dim: int
    size: int
    is_binary: bool


class WordVectors:
    """Implements `VectorFile`; `ids` are the words.

    Raises:
      RequestError: the file holds no word vectors.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._codec = extension_of(source.name)[1]
        self._head = self._looked_at()

    @property
    def dim(self) -> int | None:
        return self._head.dim

    @cached_property
    def rows(self) -> int | None:
        """As the head says; without a head, nobody knows before the file is read."""
        return self._head.rows

    def split(self, max_bytes: int) -> list[Range | None]:
        if self._head.rows is None:
            return [None]
        return even_pieces(self._head.rows, self._source.size, max_bytes, most=FEW_PIECES)

    def read(self, part: Range | None, *, dim: int) -> Iterator[VectorRows]:
        rows = self._head.rows
        start, stop = (0, None) if rows is None else bounds_of(part, rows)
        with self._opened() as buffer:
            buffer.take(self._head.size)
            if self._head.is_binary:
                assert stop is not None, "a binary file has a head"
                yield from self._binary(buffer, start, stop)
            else:
                yield from self._text(buffer, start, stop)

    @contextmanager
    def _opened(self) -> Iterator[_Buffer]:
        with open_raw(self._source.uri) as raw, decompressed(raw, self._codec) as stream:
            yield _Buffer(stream)

    def _looked_at(self) -> _Head:
        with self._opened() as buffer:
            first = buffer.peek(_READ)
        if first[:4] == _FASTTEXT_MODEL:
            raise RequestError(
                f"{self._source.uri}: is a whole model of fastText: give its vectors (the .vec beside it)"
            )
        found = _HEAD.match(first)
        if found is None:
            return self._without_head(first)
        rows, dim = int(found[1]), int(found[2])
        if not dim:
            raise self._no_vectors()
        rest = first[found.end() :]
        is_binary = bool(rest) and not _is_text(rest)
        if not is_binary and rows:
            counts = _counts(rest)
            if not counts or not min(counts) <= dim <= max(counts):
                found_dim = min(counts, default=0)
                raise RequestError(
                    f"{self._source.uri}: its first line says {dim} values a word, and the words have {found_dim}: write the"
                    " file again"
                )
        return _Head(rows=rows, dim=dim, size=found.end(), is_binary=is_binary)

    def _without_head(self, first: bytes) -> _Head:
        dim = min(_counts(first), default=0) if _is_text(first) else 0
        if dim < 2:
            raise self._no_vectors()
        return _Head(rows=None, dim=dim, size=0, is_binary=False)

    def _no_vectors(self) -> RequestError:
        return RequestError(
            f"{self._source.uri}: holds neither a FAISS index nor word vectors: a line is a word and its values, and the first"
            " may say how many words and values there are"
        )

    def _text(self, buffer: _Buffer, start: int, stop: int | None) -> Iterator[VectorRows]:
        step = rows_at_once(4 * self._head.dim)
        lines = (line for line in buffer.lines() if line.strip())
        for _ in islice(lines, start):
            pass
        row = start
        while stop is None or row < stop:
            found = list(islice(lines, step if stop is None else min(step, stop - row)))
            if not found:
                if stop is not None:
                    raise self._too_few(row)
                return
            yield _parsed(found, self._head.dim)
            row += len(found)
        if stop == self._head.rows and next(lines, None) is not None:
            raise self._too_many()

    def _binary(self, buffer: _Buffer, start: int, stop: int) -> Iterator[VectorRows]:
        dim = self._head.dim
        step = rows_at_once(4 * dim)
        words: list[bytes] = []
        values: list[bytes] = []
        for row in range(stop):
            word = buffer.until_blank(_LONGEST_WORD)
            value = buffer.take(4 * dim)
            if word is None or len(value) < 4 * dim:
                raise self._too_few(row)
            if row < start:
                continue
            words.append(word.lstrip(b"\n"))
            values.append(value)
            if len(words) == step or row == stop - 1:
                vectors = np.frombuffer(b"".join(values), "<f4").reshape(-1, dim).astype(np.float32)
                ids, errors = _words(words)
                yield VectorRows(vectors=vectors, errors=not_finite(vectors) | errors, ids=ids)
                words, values = [], []
        if stop == self._head.rows and buffer.peek(_READ).strip():
            raise self._too_many()

    def _too_many(self) -> RequestError:
        return RequestError(
            f"{self._source.uri}: holds more than the {self._head.rows:,} vectors of {self._head.dim} values that its first line"
            " says: write the file again"
        )

    def _too_few(self, rows: int) -> RequestError:
        return RequestError(
            f"{self._source.uri}: its first line says {self._head.rows:,} vectors of {self._head.dim} values, and there are"
            f" {rows:,}: it is cut short, or that line is wrong"
        )


class _Buffer:
    """Bytes of a stream, with a look ahead."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._data = b""
        self._at = 0

    def _fill(self, size: int) -> None:
        if len(self._data) - self._at < size:
            more = exactly(self._stream, max(size - (len(self._data) - self._at), _READ))
            self._data, self._at = self._data[self._at :] + more, 0

    def peek(self, size: int) -> bytes:
        self._fill(size)
        return self._data[self._at : self._at + size]

    def take(self, size: int) -> bytes:
        found = self.peek(size)
        self._at += len(found)
        return found

    def until_blank(self, most: int) -> bytes | None:
        """The bytes before the next blank, which is passed over; None where there is none near."""
        for size in (64, most):
            self._fill(size)
            place = self._data.find(b" ", self._at, self._at + size)
            if place >= 0:
                found = self._data[self._at : place]
                self._at = place + 1
                return found
        return None

    def lines(self) -> Iterator[bytes]:
        rest = b""
        while block := self.take(_READ):
            *whole, rest = (rest + block).split(b"\n")
            yield from whole
        if rest:
            yield rest


def _is_text(data: bytes) -> bool:
    """Whether the first line ends with a number and holds nothing but what can be seen."""
    line = data.partition(b"\n")[0]
    return _values_at_end(line) > 0 and not _CONTROL.search(line)


def _counts(data: bytes) -> list[int]:
    """How many values each of the first lines has; the last of a full block may be cut."""
    lines = data.split(b"\n")
    whole = lines if len(data) < _READ - _LONGEST_WORD else lines[:-1]
    return [_values_at_end(line) for line in whole[:_LOOKED_AT] if line.strip()]


def _values_at_end(line: bytes) -> int:
    """How many numbers a line ends with, its first word not among them."""
    count = 0
    for field in reversed(line.split()[1:]):
        if _number(field) is None:
            break
        count += 1
    return count


def _number(field: bytes) -> float | None:
    try:
        return float(field)
    except ValueError:
        return None


def _parsed(lines: list[bytes], dim: int) -> VectorRows:
    words: list[bytes] = []
    errors: dict[int, str] = {}
    vectors: Vectors = np.zeros((len(lines), dim), np.float32)
    for row, line in enumerate(lines):
        fields = line.rstrip().rsplit(None, dim)
        words.append(fields[0] if fields else b"")
        if len(fields) <= dim:
            errors[row] = f"WrongLength: the vector has {len(fields) - 1:,} values, the others have {dim:,}"
            continue
        with np.errstate(over="ignore"):
            try:
                vectors[row] = np.array(fields[1:], np.float64)
            except ValueError:
                bad = next(field for field in fields[1:] if _number(field) is None)
                errors[row] = f"NotNumber: {bad.decode('utf-8', 'replace')[:40]!r} is no number"
    ids, unreadable = _words(words)
    return VectorRows(vectors=vectors, errors=not_finite(vectors) | errors | unreadable, ids=ids)


def _words(words: list[bytes]) -> tuple[pa.Array, dict[int, str]]:
    """Words as strings, and the errors of those that are none."""
    errors = {}
    texts: list[str | None] = []
    for row, word in enumerate(words):
        try:
            texts.append(word.decode() or None)
        except UnicodeDecodeError:
            texts.append(None)
            errors[row] = f"NotUTF8: the word {word[:40]!r} is not UTF-8"
    return pa.array(texts, pa.string()), errors
