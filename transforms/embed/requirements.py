"""Checks that a request and a corpus go with the table they are for: its encoder, its columns, rows that another tool added."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.errors import RequestError
from transforms.corpus.documents.columns import document_columns_in
from transforms.embed.job import EmbedJob
from transforms.encoders.matching import drops_transparency
from transforms.table.ledger import FOREIGN
from transforms.table.schema import RESERVED, kept_columns
from transforms.table.snapshot import Snapshot


def require_names(names: Sequence[str]) -> None:
    """Requires names of kept columns under which a feature table can hold them.

    Raises:
      RequestError: one is the name of another column, but for case.
    """
    reserved = {name.lower() for name in RESERVED}
    seen: set[str] = set()
    for name in names:
        if name.lower() in reserved:
            raise RequestError(f"--keep {name}: a feature table has a column of that name already; leave it out")
        if name.lower() in seen:
            raise RequestError(f"--keep {name}: another kept column differs from it by case alone: rename one")
        seen.add(name.lower())


def _kept_before(base: Snapshot) -> list[str]:
    """The columns that the run which made a version kept."""
    kept: list[str] = json.loads(base.about.reading).get("keep", [])
    return [*kept, *(name for name in document_columns_in(base.schema) if name not in kept)]


def added_columns(base: Snapshot) -> list[str]:
    """The columns that another tool added to a table."""
    return [name for name in kept_columns(base.schema).names if name not in _kept_before(base)]


def added_notes(names: Sequence[str]) -> list[str]:
    """Words for the person about columns that another tool added."""
    return [
        f"the column {name!r}, which another tool added to the table, is null in new rows and in all rows of changed files"
        for name in names
    ]


def require_same_columns(job: EmbedJob, base: Snapshot, schema: pa.Schema, added: Sequence[str]) -> None:
    """Requires the encoder and the columns that the table has, but for those that another tool added, which become null.

    Raises:
      RequestError: they are others.
    """
    if base.about.encoder_fingerprint != job.encoder.fingerprint:
        stored, asked = base.about, job.encoder
        if drops_transparency(asked, stored.encoder_fingerprint):
            raise RequestError(
                f"{job.table} holds vectors of {stored.encoder} of version 0.1, which dropped the transparency of images; now it"
                " is composited, and vectors of two encoders are never mixed: give another --to"
            )
        raise RequestError(
            f"{job.table} holds vectors of {stored.encoder} ({stored.precision}, fingerprint {stored.encoder_fingerprint[:12]})"
            f" and {asked.spec.name} ({asked.precision}, fingerprint {asked.fingerprint[:12]}) was asked for;"
            " vectors of two encoders are never mixed: give another --to"
        )
    lost = [name for name in _kept_before(base) if name in schema.names and name not in base.schema.names]
    if lost:
        raise RequestError(
            f"{job.table} lacks the column {lost[0]} that it had, another tool rewrote it: restore the version before"
            " (DeltaTable.restore), leave the column out of --keep, or give another --to"
        )
    needed = [name for name in added if not base.schema.field(name).nullable]
    if needed:
        raise RequestError(
            f"{job.table} has a column {needed[0]} that another tool added, and no value for it in new rows: let it be null"
            " (ALTER TABLE … ALTER COLUMN … DROP NOT NULL), or give another --to"
        )
    # Another tool may have put them in another order.
    if {*base.schema.names} - {*added} != {*schema.names}:
        is_of_documents = bool(document_columns_in(base.schema)) != bool(document_columns_in(schema))
        options = f"--keep, {'--documents, ' if is_of_documents else ''}--drop-text and --chunk"
        raise RequestError(
            f"{job.table} has the columns {', '.join(base.schema.names)} and this request makes {', '.join(schema.names)}:"
            f" use the same {options} as before, or give another --to"
        )


def require_foreign_rows_kept(job: EmbedJob, base: Snapshot, *, missing: Sequence[str], changed: Sequence[str]) -> None:
    """Requires that no row of another tool is dropped: with the sources that are missing, or with those that have changed.

    Raises:
      RequestError: some would be; how many, and of which sources.
    """
    foreign = base.ledger.filter(pc.equal(base.ledger["shard"], FOREIGN))
    rows: Counter[str] = Counter()
    for name, count in zip(foreign["source"].to_pylist(), foreign["rows"].to_pylist(), strict=True):
        rows[name] += count
    for names, where, cure in (
        (missing, "of sources that are not in this corpus", "say --keep-missing to keep them, --replace to drop them"),
        (
            changed,
            "of sources that have to be read again, which would drop them",
            "give them a source of another name to keep them, or say --replace to drop them",
        ),
    ):
        lost = Counter({name: rows[name] for name in names if rows[name]})
        if lost:
            first = ", ".join(name for name, _ in lost.most_common(3)) + (", …" if len(lost) > 3 else "")
            raise RequestError(
                f"{job.table} has {lost.total():,} rows that another tool added, {where} ({first}): {cure}"
            )
