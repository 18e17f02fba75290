"""Finds the files of a table that no version which is kept needs."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.corpus import dead_letters
from transforms.storage import files
from transforms.storage.store import Entry
from transforms.table import ledger
from transforms.table.compactions import Compactions
from transforms.table.open import existing, open_log
from transforms.table.parts import SUFFIX
from transforms.table.snapshot import Layout, Snapshot, commit_number

_IDS = b"ids"


@dataclass(frozen=True, kw_only=True)
class Waste:
    """Files or folders of one place that can go, for one reason.

    Attributes:
      kind, place: where: a "table" at its path, say.
      what: it is, in words.
      paths: files, and those of them that are `folders`.
      first: files that are deleted before the others.
      files, bytes: of all.
    """

    kind: str
    place: str
    what: str
    paths: tuple[str, ...]
    folders: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    files: int
    bytes: int

    @staticmethod
    def of_files(kind: str, place: str, what: str, entries: Iterable[Entry], *, first: Collection[str] = ()) -> Waste:
        """Of these files; those of `first` are deleted before the others."""
        entries = list(entries)
        paths = tuple(entry.path for entry in entries)
        size = sum(entry.size for entry in entries)
        first = tuple(sorted(first))
        return Waste(kind=kind, place=place, what=what, paths=paths, first=first, files=len(paths), bytes=size)


def table_waste(root: str, *, keep: int, pinned: Collection[int] = (), before: float) -> list[Waste]:
    """Lists the files that no kept version of a table needs.

    Args:
      keep: newest versions that stay.
      pinned: older ones that stay.
      before: what belongs to no version and was written later stays: seconds since 1970.

    Raises:
      RequestError: there is no such table, or it lacks parts.
    """
    kept = kept_versions(root, keep=keep, pinned=pinned)
    entries = {entry.path.removeprefix(f"{root}/"): entry for entry in files.below(root)}
    ledgers = {files.basename(Layout(root).ledger(commit_number(snapshot.about.run))) for snapshot in kept}
    old_ledgers = {
        name: entry
        for name, entry in _in(entries, "_vectormill/ledger")
        if name not in ledgers and (entry.modified < before or _is_past(root, name, kept[0]))
    }
    needed = _Needed.of(kept, _living_shards(root, before, ended={*ledgers, *old_ledgers}))
    past_parts = {part for name in old_ledgers for part in _parts_of(files.join(root, "_vectormill/ledger", name))}
    parts = [
        entry
        for name, entry in _in(entries, "")
        if name.startswith("part-") and name not in needed.parts and (name in past_parts or entry.modified < before)
    ]
    deleted = {files.basename(entry.path) for entry in parts}
    receipts = [
        entry
        for name, entry in _in(entries, "_vectormill/receipts")
        if name.removesuffix(".parquet") not in needed.shards
        if entry.modified < before or {f"part-{name.partition('.')[0]}{end}" for end in SUFFIX.values()} & deleted
    ]
    dead = [
        entry
        for name, entry in _in(entries, dead_letters.FOLDER)
        if name.removesuffix(".parquet") not in needed.shards and entry.modified < before
    ]
    addresses = [
        entry
        for name, entry in _in(entries, "_vectormill/addresses")
        if name.removesuffix(".parquet") not in needed.shards and entry.modified < before
    ]
    records = set(Compactions.of(root).without(needed.parts))
    compacted = [
        entry
        for name, entry in _in(entries, "_vectormill/compacted")
        if name.removesuffix(".json") in records and entry.modified < before
    ]
    return [
        # A run that goes on from what is finished looks for the receipt first.
        Waste.of_files(
            "table",
            root,
            "older versions",
            [*parts, *old_ledgers.values()],
            first=[entry.path for entry in receipts],
        ),
        Waste.of_files("table", root, "records of older versions", [*receipts, *dead, *addresses, *compacted]),
        Waste.of_files("table", root, "what runs left that never ended", _leftovers(root, entries, before)),
    ]


def kept_versions(root: str, *, keep: int, pinned: Collection[int] = ()) -> list[Snapshot]:
    """The newest versions that can be read, and the pinned ones, newest first.

    Raises:
      RequestError: there is no such table, or its newest version lacks parts.
    """
    newest = existing(root)
    log = open_log(root)
    found = [newest]
    for version in range(newest.version - 1, -1, -1):
        if len(found) < keep or version in pinned:
            with contextlib.suppress(RequestError):
                past = log.snapshot(version)
                found += [past] if past is not None else []
    return found


@dataclass(frozen=True)
class _Needed:
    """Names of parts, and shards, that stay."""

    parts: set[str]
    shards: set[str]

    @staticmethod
    def of(kept: Collection[Snapshot], living_shards: Iterable[str]) -> _Needed:
        living = set(living_shards)
        parts = {part for snapshot in kept for part in snapshot.parts}
        parts |= {f"part-{shard}{end}" for shard in living for end in SUFFIX.values()}
        shards = {shard for snapshot in kept for shard in snapshot.ledger["shard"].unique().to_pylist()}
        return _Needed(parts, shards | living)


def _living_shards(root: str, before: float, *, ended: Collection[str]) -> Iterator[str]:
    """Shards of runs that began lately and have not ended. Of one that has, there is a summary, or a ledger among `ended`."""
    for run in files.names(files.join(root, "_vectormill", "runs")):
        folder = files.join(root, "_vectormill", "runs", run)
        names = files.names(folder)
        has_ended = "summary.json" in names or files.basename(Layout(root).ledger(commit_number(run))) in ended
        if has_ended or not _is_young(folder, before):
            continue
        for name in names:
            if name.startswith("shards-") and name.endswith(".arrow"):
                with contextlib.suppress(OSError, pa.ArrowInvalid, KeyError):
                    with files.open_read(files.join(folder, name)) as stream, pa.ipc.open_file(stream) as reader:
                        yield from json.loads(reader.schema.metadata[_IDS])


def _is_young(folder: str, before: float) -> bool:
    return any(entry.modified >= before for entry in files.below(folder))


def _in(entries: dict[str, Entry], folder: str) -> Iterator[tuple[str, Entry]]:
    """The files directly in a folder of the table, by name."""
    start = f"{folder}/" if folder else ""
    for path, entry in entries.items():
        name = path.removeprefix(start)
        if path.startswith(start) and "/" not in name:
            yield name, entry


def _is_past(root: str, name: str, newest: Snapshot) -> bool:
    """Whether a ledger is of a version that was committed: a run writes its ledger just before its commit."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        _, text = ledger.read_ledger(files.join(root, "_vectormill", "ledger", name))
        return bool(json.loads(text)["created"] < newest.about.created)
    return False


def _parts_of(path: str) -> list[str]:
    with contextlib.suppress(OSError):
        entries, _ = ledger.read_ledger(path)
        return [part for part in entries["part"].unique().to_pylist() if part is not None]
    return []


def _leftovers(root: str, entries: dict[str, Entry], before: float) -> list[Entry]:
    """Temporary files, and folders of runs that were begun and never ended."""
    ended = {
        path.split("/")[2]
        for path in entries
        if path.startswith("_vectormill/runs/") and path.endswith("/summary.json")
    }
    young = {
        path.split("/")[2]
        for path, entry in entries.items()
        if path.startswith("_vectormill/runs/") and entry.modified >= before
    }
    return [
        entry
        for path, entry in entries.items()
        if (
            (path.startswith("_vectormill/runs/") and path.split("/")[2] not in ended | young)
            or (files.basename(path).startswith(".") and path.endswith(".tmp") and entry.modified < before)
        )
    ]
