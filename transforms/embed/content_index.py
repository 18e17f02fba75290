"""Finds the rows of a table by their content, so that what was encoded once is never encoded again, wherever it moved to.

    _vectormill/contents/<key>/parts.json   the parts that the segment covers
    _vectormill/contents/<key>/rows.arrow   key (the first 64 bits of `content`, sorted), part, row; memory-mapped

The planner covers the parts that were added since the last run, in a segment of their own, and merges small segments. Workers
look up the contents of the items that they read, and read the vectors of those that are there. All of it is a cache: parts that
left the table are found as long as they are on the disk, and what is deleted here is made again, or encoded again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.arrays import RowIndices
from transforms.common.hashes import Hashes
from transforms.embed.together import together
from transforms.storage import files, folders, local_disk
from transforms.storage.formats import format_number
from transforms.storage.local_cache import local_copy
from transforms.table.parts import read_part
from transforms.table.snapshot import Layout, Snapshot

_FORMAT = "vectormill-contents-1"
_PARTS, _ROWS = "parts.json", "rows.arrow"
_SCHEMA = pa.schema([("key", pa.uint64()), ("part", pa.uint32()), ("row", pa.uint32())])
_MOST_ROWS = 1 << 23
"""Of a segment: what the planner has in memory at once, some 200 MB."""


@dataclass(frozen=True, kw_only=True)
class ContentSegment:
    """Some parts whose contents are in one file. `rows` counts its entries."""

    name: str
    parts: tuple[str, ...]
    rows: int


@dataclass(frozen=True)
class _Entries:
    """Contents and where they are: part numbers and rows, one of each for every key, in any order."""

    keys: Hashes
    parts: npt.NDArray[np.uint32]
    rows: npt.NDArray[np.uint32]

    @staticmethod
    def joined(several: Sequence[_Entries]) -> _Entries:
        columns = zip(*((each.keys, each.parts, each.rows) for each in several), strict=True)
        return _Entries(*(np.concatenate(column) for column in columns))


def update_contents(root: str, base: Snapshot) -> tuple[str, ...]:
    """Covers all parts of a version, and returns the names of the segments to look into.

    Only parts that no segment covers are read, and of those only the column `content`.
    """
    folder = _folder(root)
    found = _segments(folder, base)
    readable = {segment.name for segment in found}
    for name in files.names(folder):
        if name not in readable and not name.startswith("."):
            folders.remove(files.join(folder, name))
    covered = {part for segment in found for part in segment.parts}
    missing = {part: rows for part, rows in sorted(base.parts.items()) if rows and part not in covered}
    there = set(files.names(root))
    kept = [segment for segment in found if there.issuperset(segment.parts)]
    stale = [segment for segment in found if segment not in kept]
    for segment in stale:
        entries, names = _without(_read(folder, segment), segment.parts, there)
        kept += [_write(folder, base, names, entries)] if names else []
    for group in _groups(missing):
        names = tuple(group)
        entries = _Entries.joined([*together(partial(_entries_of, root, base), enumerate(names))])
        kept = _added(folder, base, kept, names, entries)
    current = {segment.name for segment in kept}
    for segment in found:
        if segment.name not in current:
            folders.remove(files.join(folder, segment.name))
    return tuple(sorted(current))


def _folder(root: str) -> str:
    return files.join(root, "_vectormill", "contents")


def _segments(folder: str, base: Snapshot) -> list[ContentSegment]:
    """The segments of this table that can be read, the largest first. Those of another table or encoder count for nothing."""
    found = []
    for name in files.names(folder):
        try:
            about = json.loads(files.read(files.join(folder, name, _PARTS)))
        except (OSError, ValueError):
            continue
        if format_number(about.get("format"), _FORMAT) == 1 and about["origin"] == _origin(base):
            found.append(ContentSegment(name=name, parts=tuple(about["parts"]), rows=about["rows"]))
    return sorted(found, key=lambda segment: (-segment.rows, segment.name))


def _origin(base: Snapshot) -> list[str]:
    """All that decides whether a part of this name has these vectors."""
    return [base.table_id, base.about.encoder_fingerprint]


def _groups(parts: Mapping[str, int]) -> Iterator[list[str]]:
    """Parts in groups of at most `_MOST_ROWS`."""
    group: list[str] = []
    rows = 0
    for name, count in parts.items():
        if group and rows + count > _MOST_ROWS:
            yield group
            group, rows = [], 0
        group.append(name)
        rows += count
    if group:
        yield group


def _entries_of(root: str, base: Snapshot, numbered: tuple[int, str]) -> _Entries:
    number, part = numbered
    path, form = Layout(root).part(part), base.about.part_format
    batches = read_part(path, schema=base.schema, part_format=form, columns=["content"])
    column = pa.chunked_array([batch.column("content") for batch in batches], pa.string())
    keys, rows = _keys(column)
    return _Entries(keys, np.full(len(rows), number, np.uint32), rows.astype(np.uint32))


def _keys(contents: pa.ChunkedArray) -> tuple[Hashes, RowIndices]:
    """The first 64 bits of each content, and its row; without rows whose content is none of ours."""
    is_ours = pc.match_substring_regex(contents, "^[0-9a-f]{32}$").fill_null(False)
    rows: RowIndices = np.flatnonzero(is_ours.to_numpy())
    text = "".join(contents.filter(is_ours).to_pylist())
    return np.frombuffer(bytes.fromhex(text), ">u8")[::2].astype(np.uint64), rows


def _added(
    folder: str, base: Snapshot, kept: list[ContentSegment], parts: tuple[str, ...], entries: _Entries
) -> list[ContentSegment]:
    """The segments with one more, into which those are merged that are not much larger: so there are few, and each entry is
    written a few times."""
    ordered = sorted(kept, key=lambda segment: (-segment.rows, segment.name))
    rows = len(entries.keys)
    while ordered and ordered[-1].rows <= 2 * rows and ordered[-1].rows + rows <= _MOST_ROWS:
        last = ordered.pop()
        other = _read(folder, last)
        shifted = _Entries(other.keys, other.parts + np.uint32(len(parts)), other.rows)
        entries, parts = _Entries.joined([entries, shifted]), (*parts, *last.parts)
        rows = len(entries.keys)
    return [*ordered, _write(folder, base, parts, entries)]


def _without(entries: _Entries, parts: tuple[str, ...], there: set[str]) -> tuple[_Entries, tuple[str, ...]]:
    """Entries of those parts that are there still."""
    names = tuple(part for part in parts if part in there)
    number = {name: at for at, name in enumerate(names)}
    moved = np.array([number.get(part, -1) for part in parts], np.int64)[entries.parts]
    stays = moved >= 0
    return _Entries(entries.keys[stays], moved[stays].astype(np.uint32), entries.rows[stays]), names


def _write(folder: str, base: Snapshot, parts: tuple[str, ...], entries: _Entries) -> ContentSegment:
    order = np.lexsort((entries.rows, entries.parts, entries.keys))
    keys, numbers, rows = (column[order] for column in (entries.keys, entries.parts, entries.rows))
    first = np.ones(len(keys), np.bool_)  # of a content that a part has many times
    first[1:] = (keys[1:] != keys[:-1]) | (numbers[1:] != numbers[:-1])
    batch = pa.record_batch([keys[first], numbers[first], rows[first]], schema=_SCHEMA)
    name = blake2b("\n".join((*_origin(base), *parts)).encode(), digest_size=16).hexdigest()
    about = {"format": _FORMAT, "origin": _origin(base), "parts": parts, "rows": batch.num_rows}
    if not folders.is_whole(files.join(folder, name)):
        with folders.built(files.join(folder, name)) as work:
            with files.open_write(files.join(work, _ROWS)) as stream, pa.ipc.new_file(stream, _SCHEMA) as writer:
                writer.write_batch(batch)
            files.write(files.join(work, _PARTS), json.dumps(about).encode())
    return ContentSegment(name=name, parts=parts, rows=batch.num_rows)


def _read(folder: str, segment: ContentSegment) -> _Entries:
    table = _mapped(files.join(folder, segment.name))
    return _Entries(*(table.column(name).to_numpy() for name in _SCHEMA.names))


def _mapped(segment: str) -> pa.Table:
    return pa.ipc.open_file(local_disk.memory_map(files.join(local_copy(segment), _ROWS))).read_all()


class ContentIndex:
    """The segments of a plan, opened when they are first asked; one that was deleted meanwhile is passed over."""

    def __init__(self, root: str, segments: Sequence[str]) -> None:
        self._root = root
        self._names = segments
        self._opened: list[tuple[Hashes, pa.Table, list[str]]] | None = None

    def places(self, contents: Iterable[str]) -> dict[str, RowIndices]:
        """Where rows of these contents are: part -> its rows, sorted. A row may have another content, though hardly ever.

        Of a content that several parts have, the row of one is given.
        """
        if self._opened is None:
            self._opened = [opened for name in self._names for opened in self._open(name)]
        wanted, _ = _keys(pa.chunked_array([pa.array(list(contents), pa.string())]))
        wanted = np.unique(wanted)
        found: dict[str, list[RowIndices]] = {}
        for keys, entries, parts in self._opened:
            at = np.searchsorted(keys, wanted)
            is_there = at < len(keys)
            is_there[is_there] = keys[at[is_there]] == wanted[is_there]
            wanted, at = wanted[~is_there], at[is_there]
            chosen = entries.take(pa.array(at))
            numbers, rows = chosen.column("part").to_numpy(), chosen.column("row").to_numpy()
            for number in np.unique(numbers).tolist():
                found.setdefault(parts[number], []).append(rows[numbers == number].astype(np.int64))
        return {part: np.sort(np.concatenate(rows)) for part, rows in found.items()}

    def _open(self, name: str) -> Iterator[tuple[Hashes, pa.Table, list[str]]]:
        segment = files.join(_folder(self._root), name)
        try:
            parts = json.loads(files.read(files.join(segment, _PARTS)))["parts"]
            table = _mapped(segment)
        except (OSError, ValueError):  # pa.ArrowInvalid is one
            return
        yield table.column("key").to_numpy(), table.select(["part", "row"]), parts
