"""Makes parts from parts: without the rows of dropped sources or of some ids, or with other ids.

A rewritten part's name is a hash of what it was made from, so that a repeated run makes the same file, and a finished
one is not made twice. Vectors are copied, never encoded again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from transforms.embed.plan import Rewrite
from transforms.storage import files
from transforms.storage.write_errors import disk_trouble
from transforms.table.parts import SUFFIX, PartFormat, part_writer, read_part
from transforms.table.snapshot import Layout, NewPart


@dataclass(frozen=True, kw_only=True)
class Rewritten:
    """A part of the last version and the one in its place (None: no row was left)."""

    old: str
    new: NewPart | None


def without_sources(root: str, rewrite: Rewrite, *, schema: pa.Schema, part_format: PartFormat) -> NewPart | None:
    """A part without the rows of `rewrite.drop`; None where no row is left."""
    drop = pa.array(rewrite.drop, pa.string())

    def keep(batch: pa.RecordBatch) -> pa.RecordBatch:
        return batch.filter(pc.invert(pc.is_in(batch.column("source"), value_set=drop)))

    return _copy(root, rewrite.part, "\n".join(rewrite.drop), keep, schema=schema, part_format=part_format)


def without_ids(
    root: str, part: str, ids: frozenset[str], *, schema: pa.Schema, part_format: PartFormat
) -> NewPart | None:
    """A part without the rows of these ids; None where no row is left."""
    drop = pa.array(sorted(ids), pa.string())

    def keep(batch: pa.RecordBatch) -> pa.RecordBatch:
        return batch.filter(pc.invert(pc.is_in(batch.column("id"), value_set=drop)))

    return _copy(root, part, "\n".join(sorted(ids)), keep, schema=schema, part_format=part_format)


def with_ids(root: str, part: str, ids: dict[int, str], *, schema: pa.Schema, part_format: PartFormat) -> NewPart:
    """A part in which the rows at the given positions have other ids."""
    position = 0

    def rename(batch: pa.RecordBatch) -> pa.RecordBatch:
        nonlocal position
        here = {row: ids[position + row] for row in range(batch.num_rows) if position + row in ids}
        position += batch.num_rows
        if not here:
            return batch
        column = batch.column("id").to_pylist()
        for row, name in here.items():
            column[row] = name
        where = batch.schema.get_field_index("id")
        batch = batch.set_column(where, schema.field("id"), pa.array(column, pa.string()))
        if "parent" not in batch.schema.names:
            return batch
        parents = [name.rpartition("#")[0] for name in column]
        where = batch.schema.get_field_index("parent")
        return batch.set_column(where, schema.field("parent"), pa.array(parents, pa.string()))

    reason = "\n".join(f"{row} {name}" for row, name in sorted(ids.items()))
    made = _copy(root, part, reason, rename, schema=schema, part_format=part_format)
    assert made is not None, "renaming drops no row"
    return made


def _copy(
    root: str,
    part: str,
    reason: str,
    change: Callable[[pa.RecordBatch], pa.RecordBatch],
    *,
    schema: pa.Schema,
    part_format: PartFormat,
) -> NewPart | None:
    layout = Layout(root)
    name = f"part-{blake2b(f'{part} {reason}'.encode(), digest_size=16).hexdigest()}{SUFFIX[part_format]}"

    def changed() -> Iterator[pa.RecordBatch]:
        for batch in read_part(layout.part(part), schema=schema, part_format=part_format):
            batch = change(batch)
            if batch.num_rows:
                yield batch.cast(schema)

    batches = changed()
    first = next(batches, None)
    if first is None:
        return None
    rows = first.num_rows
    try:
        with files.publish(layout.part(name)) as temporary:
            writer = part_writer(temporary, schema, part_format=part_format)
            try:
                writer.write(first)
                for batch in batches:
                    writer.write(batch)
                    rows += batch.num_rows
            finally:
                writer.close()
    except OSError as error:
        raise disk_trouble(error, root) from error
    return NewPart(name=name, rows=rows, size=files.size(layout.part(name)))
