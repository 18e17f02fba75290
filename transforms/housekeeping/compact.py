"""Compacts a table: many small parts become few, with the same rows; nothing is encoded, and nothing made of the table is redone.

The version that a compaction makes has the rows of the one before (`Snapshot.rows_version`), and the parts are recorded with
those that they were made of, so that heads and indexes see no change. The old parts stay for older versions until a vacuum.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b

import pyarrow as pa

from transforms.common.errors import RunError
from transforms.embed.together import together
from transforms.storage import files
from transforms.storage.write_errors import writing
from transforms.table.compactions import record_compaction
from transforms.table.ledger import SCHEMA
from transforms.table.open import existing, open_log
from transforms.table.parts import SUFFIX, part_writer, read_part
from transforms.table.snapshot import Layout, NewPart, Snapshot

SMALL_BYTES = 32 << 20
"""A smaller part is compacted."""
TARGET_BYTES = 128 << 20
"""Of a part that a compaction makes: a later change of one of its sources copies so much."""
MANY_PARTS = 64
"""Small parts beyond which a refresh compacts by itself."""


@dataclass(frozen=True, kw_only=True)
class CompactionSummary:
    """The result of a compaction.

    Attributes:
      version: of the table after it.
      changed: whether there was anything to compact.
      rows: of the table, the same before and after.
      parts, bytes: of the newest version now.
      parts_before, bytes_before: before it.
    """

    version: int
    changed: bool
    rows: int
    parts: int
    parts_before: int
    bytes: int
    bytes_before: int


def compact(
    root: str, *, run: str, small_bytes: int = SMALL_BYTES, target_bytes: int = TARGET_BYTES, at_least: int = 2
) -> CompactionSummary:
    """Writes the small parts of the newest version together and commits the version that has them.

    Killed anywhere, the version before is the newest and is whole.

    Args:
      run: a name for this execution.
      small_bytes: smaller parts are compacted.
      target_bytes: about how large parts become.
      at_least: fewer small parts are left as they are.

    Raises:
      RequestError: there is no such table, it lacks parts, or it cannot be written.
      RunError: another run committed meanwhile; nothing is changed.
    """
    base = existing(root)
    log = open_log(root, base.about.part_format)
    log.finish_commit()
    sizes = dict(zip(base.parts, together(partial(_size, root), base.parts), strict=True))
    small = {name for name, size in sizes.items() if size < small_bytes}
    groups = list(_groups(_by_source(base, small), sizes, target_bytes)) if len(small) >= at_least else []
    made: list[NewPart] = []
    removes = [name for group in groups for name in group]
    version = base.version
    if groups:
        with writing(root):
            made = together(partial(_written_together, root, base), groups)
            if sum(part.rows for part in made) != sum(base.parts[name] for name in removes):
                raise RunError(f"{root}: its parts hold other numbers of rows than its log says: nothing was changed")
            moves = {name: part.name for part, group in zip(made, groups, strict=True) for name in group}
            version = log.commit(
                base=base,
                schema=base.schema,
                adds=made,
                removes=removes,
                entries=_moved(base.ledger, moves),
                about=replace(base.about, run=run, created=time.time(), same_rows=_same_rows(base)),
                data_change=False,
            )
    total = sum(sizes.values())
    return CompactionSummary(
        version=version,
        changed=bool(groups),
        rows=base.rows,
        parts=len(base.parts) - len(removes) + len(made),
        parts_before=len(base.parts),
        bytes=total - sum(sizes[name] for name in removes) + sum(part.size for part in made),
        bytes_before=total,
    )


def compact_if_many(root: str, *, run: str, most: int = MANY_PARTS) -> CompactionSummary | None:
    """Compacts a table with more than `most` small parts; None where there are no more. Raises as `compact`."""
    found = compact(root, run=run, at_least=most + 1)
    return found if found.changed else None


def _size(root: str, part: str) -> int:
    return files.size(Layout(root).part(part))


def _same_rows(base: Snapshot) -> tuple[int, ...]:
    before = base.about.same_rows if base.version in base.about.same_rows else (base.version,)
    return (*before, base.version + 1)


def _by_source(base: Snapshot, names: set[str]) -> list[str]:
    """The parts in the order of their first sources, so that what is near in the corpus comes into one part."""
    first: dict[str, str] = {}
    for part, source in zip(base.ledger["part"].to_pylist(), base.ledger["source"].to_pylist(), strict=True):
        if part in names and (part not in first or source < first[part]):
            first[part] = source
    return sorted(names, key=lambda name: (first.get(name, ""), name))


def _groups(names: Sequence[str], sizes: Mapping[str, int], target: int) -> Iterator[list[str]]:
    """Parts that become one each; those that would be alone stay."""
    group: list[str] = []
    size = 0
    for name in names:
        if group and size + sizes[name] > target:
            if len(group) > 1:
                yield group
            group, size = [], 0
        group.append(name)
        size += sizes[name]
    if len(group) > 1:
        yield group


def _written_together(root: str, base: Snapshot, group: Sequence[str]) -> NewPart:
    form, layout = base.about.part_format, Layout(root)
    name = f"part-{blake2b(' '.join(['compact', *group]).encode(), digest_size=16).hexdigest()}{SUFFIX[form]}"
    rows = 0
    with files.publish(layout.part(name)) as temporary:
        writer = part_writer(temporary, base.schema, part_format=form)
        try:
            for part in group:
                for batch in read_part(layout.part(part), schema=base.schema, part_format=form):
                    writer.write(batch.cast(base.schema))
                    rows += batch.num_rows
        finally:
            writer.close()
    record_compaction(root, name, group)
    return NewPart(name=name, rows=rows, size=files.size(layout.part(name)))


def _moved(entries: pa.Table, moves: Mapping[str, str]) -> pa.Table:
    """The ledger with new names of parts; a source whose rows are in one part now keeps an entry for each shard."""
    parts = pa.array([moves.get(part, part) for part in entries["part"].to_pylist()], pa.string())
    return entries.set_column(entries.schema.get_field_index("part"), SCHEMA.field("part"), parts)
