"""Takes items out of a feature table: out of its newest version, and with all older versions that had them out of the disk."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.common.arrays import Vectors
from transforms.common.errors import RequestError
from transforms.corpus import dead_letters
from transforms.corpus.addresses import states
from transforms.embed.rewrite import without_ids
from transforms.embed.together import together
from transforms.housekeeping.traces import SoughtItems, has_trace
from transforms.storage import files, folders
from transforms.storage.write_errors import writing
from transforms.table import ledger
from transforms.table.forgotten import Forgotten, remember
from transforms.table.open import existing, open_log
from transforms.table.parts import SUFFIX, read_part
from transforms.table.schema import EMBEDDING, vectors_of
from transforms.table.snapshot import Layout, NewPart, Snapshot, commit_number


@dataclass(frozen=True, kw_only=True)
class TableItems:
    """The items that a table is asked to forget, as far as it has them.

    Attributes:
      asked: the ids that were given; a document's stand for its chunks.
      items: what must not be found any more.
      contents: those that no other item has.
      sources: of the rows.
      rows: how many rows of each source each part has of them, also parts of older versions and of unfinished runs.
      others: files beside the parts that name them.
    """

    asked: frozenset[str]
    items: SoughtItems
    contents: frozenset[str]
    sources: frozenset[str]
    rows: Mapping[str, Mapping[str, int]]
    others: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Forgetting:
    """The outcome of a forgetting in a table.

    Attributes:
      hashes: of the ids, salted, as the table keeps them.
      version: the newest one now.
      removed: older versions that had an item, and cannot be read any more.
      deleted: files.
    """

    hashes: dict[str, str]
    version: int
    removed: tuple[int, ...]
    deleted: int


def table_items(root: str, ids: Collection[str]) -> TableItems:
    """Looks for ids in all parts on the disk, and in what runs wrote beside them.

    Raises:
      RequestError: there is no such table; or an id is neither in it nor was it forgotten before.
    """
    snapshot = existing(root)
    names = [name for name in files.names(root) if name.startswith("part-") and name.endswith(tuple(SUFFIX.values()))]
    found = [each for each in together(partial(_rows_of, root, snapshot, frozenset(ids)), names) if each is not None]
    columns = ["id", *(name for name in ("parent",) if name in snapshot.schema.names)]
    known = {value for _, table in found for name in columns for value in table[name].to_pylist()}
    contents = {value for _, table in found for value in table["content"].to_pylist()}
    all_ids = frozenset({*ids} & known | {value for _, table in found for value in table["id"].to_pylist()})
    shared = _shared(root, snapshot, contents, all_ids)
    rows = {part: Counter(table["source"].to_pylist()) for part, table in found}
    texts = frozenset(
        text
        for _, table in found
        if "text" in table.column_names
        for text, content in zip(table["text"].to_pylist(), table["content"].to_pylist(), strict=True)
        if text is not None and content not in shared
    )
    items = SoughtItems(ids=frozenset(ids) | all_ids, texts=texts, vectors=_vectors(found, snapshot.about.dim, shared))
    others = _files_beside(root, items)
    asked = frozenset(ids)
    forgotten = Forgotten.of(root)
    dead = _dead_ids(root)
    missing = sorted(name for name in asked - known - dead if not forgotten.has_id(name))
    if missing:
        more = f" and {len(missing) - 3:,} more" if len(missing) > 3 else ""
        raise RequestError(
            f"{root} has no item {', '.join(map(repr, missing[:3]))}{more}, in no version that is on the disk: nothing was"
            " changed; check the ids"
        )
    return TableItems(
        asked=asked,
        items=items,
        contents=frozenset(contents - shared),
        sources=frozenset(source for counts in rows.values() for source in counts),
        rows=rows,
        others=others,
    )


def _rows_of(root: str, snapshot: Snapshot, ids: frozenset[str], part: str) -> tuple[str, pa.Table] | None:
    """The rows of a part that are asked for; None where there are none, or the file is no part of this table's."""
    schema, wanted = snapshot.schema, pa.array(sorted(ids), pa.string())
    names = [name for name in ("id", "parent") if name in schema.names]
    columns = [name for name in ("id", "parent", "content", "source", "text", EMBEDDING) if name in schema.names]
    form = "tfrecord" if part.endswith(SUFFIX["tfrecord"]) else "parquet"
    path = Layout(root).part(part)
    try:
        batches = read_part(path, schema=schema, part_format=form, columns=names)  # type: ignore[arg-type]
        if not any(
            pc.any(pc.is_in(batch.column(name), value_set=wanted)).as_py() for batch in batches for name in names
        ):
            return None
        batches = read_part(path, schema=schema, part_format=form, columns=columns)  # type: ignore[arg-type]
        tables = [pa.Table.from_batches([batch]).filter(_mask(batch, names, wanted)) for batch in batches]
    except (FileNotFoundError, pa.ArrowInvalid):
        return None
    return part, pa.concat_tables(tables)


def _mask(batch: pa.RecordBatch, names: Sequence[str], wanted: pa.Array) -> pa.Array:
    mask = pc.is_in(batch.column(names[0]), value_set=wanted)
    for name in names[1:]:
        mask = pc.or_(mask, pc.is_in(batch.column(name), value_set=wanted))
    return mask


def _vectors(found: Sequence[tuple[str, pa.Table]], dim: int, shared: Collection[str]) -> Vectors:
    """The vectors of contents that no other item has; another item's is its own."""
    pieces = [np.empty((0, dim), np.float32)]
    for _, table in found:
        own = table.filter(pc.invert(pc.is_in(table["content"], value_set=pa.array(sorted(shared), pa.string()))))
        own = own.filter(pc.equal(pc.list_value_length(own[EMBEDDING]), dim))
        pieces.append(vectors_of(own[EMBEDDING].combine_chunks(), dim) if own.num_rows else pieces[0])
    return np.unique(np.concatenate(pieces), axis=0)


def _shared(root: str, snapshot: Snapshot, contents: Collection[str], ids: Collection[str]) -> set[str]:
    """Those of the contents that other rows of the newest version have, too."""
    wanted, own = pa.array(sorted(contents), pa.string()), pa.array(sorted(ids), pa.string())
    form = snapshot.about.part_format

    def in_part(part: str) -> set[str]:
        found: set[str] = set()
        path = Layout(root).part(part)
        for batch in read_part(path, schema=snapshot.schema, part_format=form, columns=["id", "content"]):
            others = pc.invert(pc.is_in(batch.column("id"), value_set=own))
            rows = batch.filter(pc.and_(others, pc.is_in(batch.column("content"), value_set=wanted)))
            found.update(rows.column("content").to_pylist())
        return found

    return set().union(*together(in_part, sorted(snapshot.parts))) if len(wanted) else set()


def _dead_ids(root: str) -> set[str]:
    """The ids of all dead letters on the disk."""
    found: set[str] = set()
    for name in files.names(files.join(root, dead_letters.FOLDER)):
        if name.endswith(".parquet") and not name.startswith("."):
            dead = dead_letters.read(root, [name.removesuffix(".parquet")])
            found |= set(dead["id"].to_pylist()) - {None}
    return found


def _files_beside(root: str, items: SoughtItems) -> tuple[str, ...]:
    """Files in the table's folder, but for parts and the log, that name an item."""
    parts = tuple(SUFFIX.values())
    log = files.join(root, "_delta_log")
    paths = [
        entry.path
        for entry in files.below(root)
        if not entry.path.startswith(f"{log}/")
        if not (files.parent(entry.path) == root and entry.path.endswith(parts))
    ]
    found = together(partial(has_trace, items=items), paths)
    return tuple(path for path, there in zip(paths, found, strict=True) if there)


def forget_rows(root: str, found: TableItems, *, run: str) -> Forgetting:
    """Commits a version without the items, and deletes all else in the table's folder that has them.

    The request is written first, as hashes: from then on no run brings them back. Killed anywhere, the same call finishes.

    Raises:
      RequestError: the table cannot be written.
      RunError: another run committed meanwhile; run it again.
    """
    base = existing(root)
    log = open_log(root, base.about.part_format)
    with writing(root):
        hashes = remember(root, ids=found.asked, contents=found.contents)
        log.finish_commit()
        affected = sorted(set(base.parts) & set(found.rows))
        version = base.version
        if affected:
            adds, entries = _without(root, base, found, affected)
            version = log.commit(
                base=base,
                schema=base.schema,
                adds=adds,
                removes=affected,
                entries=entries,
                about=replace(base.about, run=run, created=time.time(), same_rows=()),
            )
        newest = existing(root)
        removed = _older_versions(root, newest, set(found.rows) - set(newest.parts), found)
        deleted = _deleted(root, newest, found)
    return Forgetting(hashes=hashes, version=version, removed=removed, deleted=deleted)


def _without(root: str, base: Snapshot, found: TableItems, affected: Sequence[str]) -> tuple[list[NewPart], pa.Table]:
    """The parts in place of those that have an item, and the ledger with them."""
    form, names = base.about.part_format, found.items.ids
    made = together(lambda part: without_ids(root, part, names, schema=base.schema, part_format=form), affected)
    moves = {old: None if new is None else new.name for old, new in zip(affected, made, strict=True)}
    return [new for new in made if new is not None], _entries(base, found, moves)


def _entries(base: Snapshot, found: TableItems, moves: Mapping[str, str | None]) -> pa.Table:
    """The ledger without the items. An image's id is its source: its entry goes with it."""
    left = {(part, source): count for part in moves for source, count in found.rows[part].items()}
    entries = []
    for entry in base.ledger.to_pylist():
        key = entry["part"], entry["source"]
        taken = min(left.get(key, 0), entry["rows"])
        if taken:
            left[key] -= taken
            entry["rows"] -= taken
        if entry["part"] in moves:
            entry["part"] = moves[entry["part"]] if entry["rows"] else None
        if entry["rows"] or entry["source"] not in found.items.ids:
            entries.append(entry)
    return pa.Table.from_pylist(entries, ledger.SCHEMA)


def _older_versions(root: str, newest: Snapshot, parts: set[str], found: TableItems) -> tuple[int, ...]:
    """Makes the older versions that had an item unreadable, and returns their numbers."""
    log, layout = open_log(root), Layout(root)
    removed, ledgers = [], set()
    for past in log.history():
        if past.version != newest.version and (
            parts & set(past.parts) or found.items.ids & set(past.ledger["source"].to_pylist())
        ):
            removed.append(past.version)
            ledgers.add(layout.ledger(commit_number(past.about.run)))
    files.delete(sorted(ledgers - {layout.ledger(commit_number(newest.about.run))}))
    return tuple(sorted(removed))


def _deleted(root: str, newest: Snapshot, found: TableItems) -> int:
    """Deletes parts and other files with an item; dead letters, states of addresses and lists of sources lose it."""
    layout = Layout(root)
    parts = sorted(set(found.rows) - set(newest.parts))
    shards = defaultdict(list)
    for name in files.names(layout.receipts):
        shards[f"part-{name.partition('.')[0]}"].append(files.join(layout.receipts, name))
    receipts = [path for part in parts for path in shards.get(part.partition(".")[0], ())]
    count = 0
    for path in found.others:
        if path.startswith((files.join(root, dead_letters.FOLDER) + "/", files.parent(states.path(root, "")) + "/")):
            _without_letters(path, found.items)
        elif path != layout.ledger(commit_number(newest.about.run)):
            count += 1
            files.delete([path])
    files.delete([*receipts, *(layout.part(part) for part in parts)])
    folders.remove(files.join(root, "_vectormill", "contents"))
    return count + len(parts) + len(receipts)


def _without_letters(path: str, items: SoughtItems) -> None:
    with files.open_read(path) as stream:
        dead = pq.read_table(stream)
    keep = [
        not any(items.in_text(value) for value in row.values() if isinstance(value, str)) for row in dead.to_pylist()
    ]
    with files.publish(path) as temporary, files.open_write(temporary) as stream:
        pq.write_table(dead.filter(pa.array(keep, pa.bool_())), stream, compression="zstd")


def still_there(root: str, sources: Collection[str]) -> int:
    """How many of the sources are where the newest version found its corpus."""
    inputs = existing(root).about.inputs
    return sum(
        any(files.exists(path) for given in inputs for path in (given, files.join(given, name)) if path.endswith(name))
        for name in sources
    )
