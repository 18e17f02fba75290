"""Turns the rows of a reader into items that can be encoded, with ids and content hashes, and into dead letters.

`itemise` checks each row (missing value, empty or non-UTF-8 text, too long, no id) and splits a batch into good
rows and dead letters; a bad row never touches its neighbours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from itertools import repeat
from unicodedata import category

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.corpus.addresses.names import ADDRESS, KNOWN_CONTENT
from transforms.corpus.dead_letters import DeadLetter
from transforms.corpus.formats import format_of
from transforms.encoders.spec import Modality

CONTENT_HEX = 32
ID_HASH_HEX = 16
READER_COLUMNS = ("source", "fingerprint", "payload", "id", "label", "error")


def content_hash(payload: bytes, *, modality: Modality) -> str:
    """32 hex characters of BLAKE2b-128 over the item's bytes, keyed by how they are decoded."""
    return blake2b(payload, digest_size=CONTENT_HEX // 2, person=_PERSON[modality]).hexdigest()


_PERSON: dict[Modality, bytes] = {"text": b"text", "image": b"image"}


def not_utf8_message(error: UnicodeDecodeError) -> str:
    """Where bytes are not UTF-8, and how the encoding of a text file is named."""
    return (
        f"byte {error.start} is not UTF-8 ({error.reason}): if its file is in another encoding, name it with --encoding"
    )


def not_utf8(payloads: pa.Array) -> dict[int, tuple[str, str]]:
    """Which values of a binary array are not UTF-8, with kind and message of the dead letter."""
    try:
        payloads.cast(pa.string())
        return {}
    except pa.ArrowInvalid:
        pass
    problems = {}
    for row, payload in enumerate(payloads.to_pylist()):
        try:
            (payload or b"").decode("utf-8")
        except UnicodeDecodeError as error:
            problems[row] = ("NotUTF8", not_utf8_message(error))
    return problems


def _rows(mask: pa.Array) -> list[int]:
    """Where a mask is true; a null is not."""
    if not pc.any(mask).as_py():
        return []
    found: list[int] = np.flatnonzero(mask.fill_null(False).to_numpy(zero_copy_only=False)).tolist()
    return found


_UNSEEN = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp"))
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def _is_visible(payload: bytes) -> bool:
    """Whether a text has a character that can be seen: no blank, no control, nothing of zero width."""
    text = payload.decode("utf-8", "replace")
    return any(category(letter) not in _UNSEEN and letter not in _BLANK_LETTERS for letter in text)


class Itemiser:
    """Gives the rows of one shard their ids and contents. One instance per shard: it counts repeats.

    Args:
      modality: what the payloads are.
      max_chars: a longer text is refused ("TextTooLong").
    """

    def __init__(self, *, modality: Modality, max_chars: int) -> None:
        self._modality: Modality = modality
        self._max_chars = max_chars
        self._seen: Counter[str] = Counter()

    def split(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, list[DeadLetter]]:
        """Good rows with `id` and `content` filled (payload UTF-8 for text), and the dead letters of the rest.

        A row without payload whose content is known (`KNOWN_CONTENT`) is a good one.
        """
        known = batch.column(KNOWN_CONTENT).to_pylist() if KNOWN_CONTENT in batch.schema.names else None
        batch = batch.drop_columns([name for name in (KNOWN_CONTENT, ADDRESS) if name in batch.schema.names])
        payloads: list[bytes | None] = batch.column("payload").to_pylist()
        problems = self._problems(batch.column("payload"), batch.column("error"), known)
        dead: list[DeadLetter] = []
        if problems:
            dead = self._dead_letters(batch, payloads, problems)
            keep = [row for row in range(batch.num_rows) if row not in problems]
            batch = batch.take(pa.array(keep, pa.int64()))
            payloads = [payloads[row] for row in keep]
            known = [known[row] for row in keep] if known is not None else None
        person = _PERSON[self._modality]
        hashes = "".join(
            [
                blake2b(payload, digest_size=CONTENT_HEX // 2, person=person).hexdigest()
                if payload is not None
                else name
                for payload, name in zip(payloads, known or repeat(""), strict=False)
                if payload is not None or name is not None
            ]
        )
        contents = _strings_of(hashes, CONTENT_HEX)
        ids = batch.column("id")
        if ids.null_count:
            ids = self._assign(batch.column("source"), contents, ids)
        batch = batch.set_column(batch.schema.get_field_index("id"), pa.field("id", pa.string(), nullable=False), ids)
        return batch.append_column(pa.field("content", pa.string(), nullable=False), contents), dead

    def _problems(
        self, column: pa.Array, errors: pa.Array, known: Sequence[str | None] | None
    ) -> dict[int, tuple[str, str]]:
        """Kind and message of each row that cannot be encoded. What all rows have in common is asked of the whole column."""
        problems: dict[int, tuple[str, str]] = {}
        if errors.null_count < len(errors):
            for row, error in enumerate(errors.to_pylist()):
                if error is not None:
                    kind, _, message = error.partition(": ")
                    problems[row] = (kind, message or kind)
        if column.null_count:
            for row in np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False)).tolist():
                if known is not None and known[row] is not None:
                    continue
                problems.setdefault(row, ("MissingValue", "there is no value in the column that is embedded"))
        if self._modality == "image":
            return problems
        for row in _rows(pc.invert(pc.match_substring_regex(column, "[!-~]"))):
            if not _is_visible(column[row].as_py()):
                problems.setdefault(row, ("EmptyText", "the text is empty"))
        sizes = pc.binary_length(column)
        for row in _rows(pc.greater(sizes, self._max_chars)):
            if len(column[row].as_py().decode("utf-8", "replace")) > self._max_chars:
                problems.setdefault(
                    row,
                    (
                        "TextTooLong",
                        f"the text has {sizes[row].as_py():,} bytes, over the limit of {self._max_chars:,} characters:"
                        " raise --max-chars or split it with --chunk sentences:N",
                    ),
                )
        return not_utf8(column) | problems

    def _dead_letters(
        self, batch: pa.RecordBatch, payloads: Sequence[bytes | None], problems: dict[int, tuple[str, str]]
    ) -> list[DeadLetter]:
        dead = []
        for row, (kind, message) in sorted(problems.items()):
            source = batch.column("source")[row].as_py()
            payload = payloads[row]
            known = batch.column("id")[row].as_py()
            if known is None and payload is not None and (payload or self._modality == "image"):
                known = self._name(source, content_hash(payload, modality=self._modality))
            dead.append(
                DeadLetter(
                    id=known,
                    source=source,
                    fingerprint=batch.column("fingerprint")[row].as_py(),
                    step="read",
                    error=kind,
                    message=message,
                )
            )
        return dead

    def _assign(self, sources: pa.Array, contents: pa.Array, given: pa.Array) -> pa.Array:
        """Names for rows without an id, `.2`, `.3` … for repeats within the shard."""
        named = self._names(sources, contents)
        names = named.to_pylist()
        seen = self._seen
        if given.null_count == len(given) and len(set(names)) == len(names) and seen.keys().isdisjoint(names):
            seen.update(names)
            return named
        ids: list[str] = []
        for name, known in zip(names, given.to_pylist(), strict=True):
            if known is None:
                seen[name] += 1
                known = name if seen[name] == 1 else f"{name}.{seen[name]}"
            ids.append(known)
        return pa.array(ids, pa.string())

    def _names(self, sources: pa.Array, contents: pa.Array) -> pa.Array:
        """`_name` of each row; of texts in whole columns, for one call a row is a fifth of reading them."""
        if self._modality == "text":
            return pc.binary_join_element_wise(sources, pc.utf8_slice_codeunits(contents, 0, ID_HASH_HEX), "#")
        pairs = zip(sources.to_pylist(), contents.to_pylist(), strict=True)
        return pa.array([self._name(source, content) for source, content in pairs], pa.string())

    def _name(self, source: str, content: str) -> str:
        """An image in a file of its own is called by its path, any other item by its source and its content."""
        if self._modality == "image" and _is_image_file(source):
            return source
        return f"{source}#{content[:ID_HASH_HEX]}"


def _strings_of(joined: str, length: int) -> pa.Array:
    """ASCII strings of one length, of which `joined` is the concatenation."""
    offsets = np.arange(0, len(joined) + 1, length, dtype=np.int32)
    return pa.StringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(joined.encode()))


def _is_image_file(source: str) -> bool:
    form = format_of(source)
    return form is not None and form.kind == "image"
