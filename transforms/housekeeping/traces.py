"""Searches files for items: for their ids, their texts, and vectors near theirs, also inside what is compressed or encoded."""

from __future__ import annotations

import html
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.common.arrays import Vectors
from transforms.embed.together import together
from transforms.storage import files
from transforms.storage.local_cache import local_copy
from transforms.storage.tfrecord import records

NEAR = 1e-3
"""Two vectors, or their directions, are one and the same where no component differs by more."""
_SHORTEST = 6
"""Characters of an id or a text that is searched for among bytes; a shorter one is everywhere, and is compared value by value."""
_BLOCK = 16 << 20


@dataclass(frozen=True, kw_only=True)
class SoughtItems:
    """The items that are searched for.

    Attributes:
      ids, texts: as the table has them; a text only where no other item has it.
      vectors: float32 [n, dim], as the table has them; those of zero have no direction, and are left out.
    """

    ids: frozenset[str]
    texts: frozenset[str]
    vectors: Vectors
    _sought: Vectors = field(init=False)
    _needles: tuple[bytes, ...] = field(init=False)

    def __post_init__(self) -> None:
        lengths = np.linalg.norm(self.vectors, axis=1, keepdims=True)
        there = self.vectors[lengths[:, 0] > 0]
        sought = np.concatenate([there, there / lengths[lengths[:, 0] > 0]]).astype(np.float32)
        object.__setattr__(self, "_sought", np.unique(sought, axis=0) if len(sought) else sought)
        words = {word for word in self.ids | self.texts if len(word) >= _SHORTEST}
        forms = {form for word in words for form in (word, json.dumps(word)[1:-1], html.escape(word))}
        object.__setattr__(self, "_needles", tuple(sorted(form.encode() for form in forms)))

    def in_bytes(self, content: bytes) -> bool:
        """Whether an id or a text stands among bytes, or a vector as float32 or float16, wherever it begins."""
        return any(needle in content for needle in self._needles) or any(
            self.in_numbers(np.frombuffer(content, kind, count=(len(content) - start) // size, offset=start))
            for kind, size in (("<f4", 4), ("<f2", 2))
            for start in range(size)
        )

    def in_numbers(self, numbers: npt.NDArray[np.generic]) -> bool:
        """Whether one of the vectors stands among numbers, one component after the other."""
        dim = self._sought.shape[1]
        last = len(numbers) - dim + 1
        if last < 1 or not len(self._sought):
            return False
        for vector in self._sought:
            # The largest component tells most: few places have it.
            at = int(np.argmax(np.abs(vector)))
            with np.errstate(invalid="ignore", over="ignore"):
                places = np.flatnonzero(np.abs(numbers[at : at + last].astype(np.float32) - vector[at]) <= NEAR)
                for start in range(0, len(places), 4096):
                    windows = numbers[places[start : start + 4096, None] + np.arange(dim)].astype(np.float32)
                    if (np.abs(windows - vector) <= NEAR).all(axis=1).any():
                        return True
        return False

    def in_column(self, column: pa.ChunkedArray) -> bool:
        """Whether a value of a column is one of the ids or texts, or holds one; a list is looked into."""
        kind = column.type
        if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
            flat = pa.chunked_array([chunk.flatten() for chunk in column.chunks], kind.value_type)
            return self.in_column(flat)
        if pa.types.is_struct(kind):
            return any(
                self.in_column(pa.chunked_array(c.field(at) for c in column.chunks)) for at in range(kind.num_fields)
            )
        if pa.types.is_floating(kind):
            return self.in_numbers(column.to_numpy())
        if pa.types.is_dictionary(kind):
            return self.in_column(column.cast(kind.value_type))
        if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
            column = column.cast(pa.large_string())
            same = pc.is_in(column, value_set=pa.array(sorted(self.ids | self.texts), pa.large_string()))
            return any(
                pc.any(found).as_py()
                for found in (same, *(pc.match_substring(column, needle.decode()) for needle in self._needles))
            )
        if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            return any(needle in value for value in column.to_pylist() if value is not None for needle in self._needles)
        return False

    def in_text(self, value: str) -> bool:
        """Whether a value is one of the ids or texts, or holds one that is long enough to be no accident."""
        if value in self.ids or value in self.texts:
            return True
        return any(needle.decode() in value for needle in self._needles)


@dataclass(frozen=True, kw_only=True)
class TraceSearch:
    """The extent of a search, and the files in which it found something."""

    files: int
    bytes: int
    found: tuple[str, ...]

    @staticmethod
    def total(several: Iterable[TraceSearch]) -> TraceSearch:
        """All of them together."""
        several = list(several)
        return TraceSearch(
            files=sum(each.files for each in several),
            bytes=sum(each.bytes for each in several),
            found=tuple(path for each in several for path in each.found),
        )


def search(folder: str, items: SoughtItems) -> TraceSearch:
    """Looks at every file below a folder.

    Raises:
      OSError: one cannot be read.
    """
    entries = files.below(folder)
    found = together(partial(has_trace, items=items), [entry.path for entry in entries])
    return TraceSearch(
        files=len(entries),
        bytes=sum(entry.size for entry in entries),
        found=tuple(entry.path for entry, there in zip(entries, found, strict=True) if there),
    )


def has_trace(path: str, *, items: SoughtItems) -> bool:
    """Whether a file has one of the items: among its bytes, or in what they stand for."""
    if any(items.in_bytes(block) for block in _blocks(path)):
        return True
    try:
        return any(_decoded(path, items))
    except (OSError, ValueError, KeyError, EOFError):  # not what its name says: its bytes were looked at
        return False


def _blocks(path: str) -> Iterator[bytes]:
    """The bytes of a file in blocks that overlap by more than what is searched for."""
    overlap = 1 << 20
    with files.open_read(path) as stream:
        block = stream.read(_BLOCK)
        while block:
            yield block
            more = stream.read(_BLOCK)
            block = block[-overlap:] + more if more else b""


def _decoded(path: str, items: SoughtItems) -> Iterator[bool]:
    """Whether each piece of what a file's bytes stand for has one of the items."""
    if path.endswith(".parquet"):
        with files.open_read(path) as stream, pq.ParquetFile(stream) as part:
            for batch in part.iter_batches(batch_size=4096):
                yield _in_columns(pa.Table.from_batches([batch]), items)
    elif path.endswith(".arrow"):
        with files.open_read(path) as stream:
            yield _in_columns(pa.ipc.open_file(stream).read_all(), items)
    elif path.endswith((".npy", ".npz")):
        arrays = np.load(io.BytesIO(files.read(path)), allow_pickle=False)
        for array in arrays.values() if path.endswith(".npz") else [arrays]:
            if array.dtype.kind == "f":
                yield items.in_numbers(array.reshape(-1))
            elif array.dtype.kind in "US":
                yield items.in_column(pa.chunked_array([pa.array(array.reshape(-1).astype(str).tolist(), pa.string())]))
    elif path.endswith(".tfrecord"):
        with files.open_read(path) as stream:
            for record in records(stream, path):
                yield items.in_bytes(record)
    elif path.endswith("/vectors.faiss"):
        from transforms.search.store.vector_file import decoded, open_vectors

        stored = open_vectors(files.join(local_copy(files.parent(path)), "vectors.faiss"))
        for start in range(0, stored.ntotal, 65_536):
            rows = np.arange(start, min(start + 65_536, stored.ntotal))
            yield items.in_numbers(decoded(stored, rows).reshape(-1))


def _in_columns(table: pa.Table, items: SoughtItems) -> bool:
    return any(items.in_column(column) for column in table.columns)
