"""Plans a run: compares the corpus with the table's ledger and says which sources are new, changed and deleted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.errors import RequestError
from transforms.corpus import readers
from transforms.corpus.readers.kept import is_inferred
from transforms.corpus.sources import Source, list_corpus
from transforms.embed.job import EmbedJob
from transforms.embed.shards import Shard, cut_shards
from transforms.table.ledger import FOREIGN
from transforms.table.schema import RESERVED, stored_type, table_schema
from transforms.table.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True)
class Rewrite:
    """A part that must lose the rows of some sources."""

    part: str
    drop: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The difference between a corpus and a table's version. Counts are of sources.

    `notes` are words for the person about how the corpus was read, `skipped` the files that were not, by kind.
    """

    schema: pa.Schema
    shards: tuple[Shard, ...]
    rewrites: tuple[Rewrite, ...]
    dropped: frozenset[str]
    new: int
    changed: int
    deleted: int
    unchanged: int
    base_version: int | None
    notes: tuple[str, ...] = ()
    skipped: dict[str, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.shards and not self.dropped

    @property
    def weight(self) -> int:
        return sum(shard.weight for shard in self.shards)


def make_plan(job: EmbedJob, base: Snapshot | None) -> Plan:
    """Lists the corpus and compares it with `base`.

    Raises:
      RequestError: the corpus cannot be read as asked, or does not belong into this table.
    """
    if base is None:
        _refuse_names(job.read.keep)
    listing = list_corpus(job.inputs, job.read)
    survey = readers.survey(listing.sources, job.read)
    sources = listing.sources
    if job.read.modality == "image":
        sources = [_with_state_behind(job, source) for source in sources]
    schema = _schema(job, survey.kept, is_new=base is None)
    if base is not None:
        _refuse_mismatch(job, base, schema)
        schema = base.schema

    listed = {source.name: source for source in sources}
    known = _known(job, base)
    new = [source for source in sources if source.name not in known]
    changed = [s for s in sources if s.name in known and s.fingerprint not in known[s.name]]
    missing = [] if job.keep_missing else [name for name in known if name not in listed]
    if base is not None and base.rows and len(new) == len(sources) and missing and not job.replace:
        raise RequestError(
            f"none of the {len(known):,} sources of {job.table} is in this corpus; embedding it would drop all their rows:"
            " say --replace if that is meant, --keep-missing to add to them, or give another --to"
        )
    if base is not None and not job.replace:
        _refuse_to_drop_foreign_rows(job, base, set(missing))
    dropped = frozenset([source.name for source in changed] + missing)
    places = _places(base, dropped)
    shards = cut_shards(job, sorted(new + changed, key=lambda s: s.name), schema=schema, stale=places)
    holding: dict[str, list[str]] = defaultdict(list)
    for name, parts in places.items():
        for part in parts:
            holding[part].append(name)
    return Plan(
        schema=schema,
        shards=tuple(shards),
        rewrites=tuple(Rewrite(part=part, drop=tuple(sorted(names))) for part, names in sorted(holding.items())),
        dropped=dropped,
        new=len(new),
        changed=len(changed),
        deleted=len(missing),
        unchanged=len(sources) - len(new) - len(changed),
        base_version=base.version if base else None,
        notes=(*survey.notes, *_name_notes(job.read.keep)),
        skipped=listing.skipped,
    )


def _with_state_behind(job: EmbedJob, source: Source) -> Source:
    """A list of images with a fingerprint that changes when one of them does."""
    state = readers.behind(source, job.read)
    return source if state is None else replace(source, fingerprint=f"{source.fingerprint}+{state}")


_RESULTS = ("predicted", "score", "scores", "cluster")


def _name_notes(names: Sequence[str]) -> list[str]:
    return [
        f"--keep {name}: predict or cluster write a column of that name, and will refuse this table: rename it first"
        for name in names
        if name in _RESULTS
    ]


def _refuse_names(names: Sequence[str]) -> None:
    reserved = {name.lower() for name in RESERVED}
    seen: set[str] = set()
    for name in names:
        if name.lower() in reserved:
            raise RequestError(f"--keep {name}: a feature table has a column of that name already; leave it out")
        if name.lower() in seen:
            raise RequestError(f"--keep {name}: another kept column differs from it by case alone: rename one")
        seen.add(name.lower())


def _schema(job: EmbedJob, kept: pa.Schema, *, is_new: bool) -> pa.Schema:
    clashes = [name for name in kept.names if name in RESERVED]
    if clashes:
        raise RequestError(f"--keep {clashes[0]}: a feature table has a column of that name already; leave it out")
    fields = []
    for column in kept:
        kind = stored_type(column.type, scalars_only=job.part_format == "tfrecord")
        if pa.types.is_float64(column.type) and job.part_format == "tfrecord" and is_new:
            # A tf.train.Example rounds to float32.
            kind = pa.string() if is_inferred(column) else None
        if kind is None:
            raise RequestError(
                f"--keep {column.name}: a {job.part_format} table cannot hold {column.type}: convert the column to text"
                " or leave it out"
            )
        fields.append(pa.field(column.name, kind))
    return table_schema(
        modality=job.encoder.spec.modality,
        keep_text=job.keep_text,
        chunked=job.read.chunk_sentences is not None,
        kept=pa.schema(fields),
    )


def _refuse_mismatch(job: EmbedJob, base: Snapshot, schema: pa.Schema) -> None:
    if base.about.encoder_fingerprint != job.encoder.fingerprint:
        stored, asked = base.about, job.encoder
        raise RequestError(
            f"{job.table} holds vectors of {stored.encoder} ({stored.precision}, fingerprint {stored.encoder_fingerprint[:12]})"
            f" and {asked.spec.name} ({asked.precision}, fingerprint {asked.fingerprint[:12]}) was asked for;"
            " vectors of two encoders are never mixed: give another --to"
        )
    if base.schema.names != schema.names:
        raise RequestError(
            f"{job.table} has the columns {', '.join(base.schema.names)} and this request makes {', '.join(schema.names)}:"
            " use the same --keep, --drop-text and --chunk as before, or give another --to"
        )


def _refuse_to_drop_foreign_rows(job: EmbedJob, base: Snapshot, missing: set[str]) -> None:
    foreign = base.ledger.filter(pc.equal(base.ledger["shard"], FOREIGN))
    rows: Counter[str] = Counter()
    for name, count in zip(foreign["source"].to_pylist(), foreign["rows"].to_pylist(), strict=True):
        rows[name] += count if name in missing else 0
    rows = +rows
    if rows:
        first = ", ".join(name for name, _ in rows.most_common(3)) + (", …" if len(rows) > 3 else "")
        raise RequestError(
            f"{job.table} has {rows.total():,} rows that another tool added, of sources that are not in this corpus ({first}):"
            " say --keep-missing to keep them, --replace to drop them"
        )


def _known(job: EmbedJob, base: Snapshot | None) -> dict[str, set[str]]:
    """Source -> the states that the table holds it in: none where it has to be read again, changed or not."""
    known: dict[str, set[str]] = {}
    if base is None:
        return known
    entries = base.ledger
    outdated = base.about.reading != job.reading
    dead = entries.filter(pc.greater(entries["dead"], 0))["source"].to_pylist()
    retried = set(dead) if job.retry_dead else set()
    for name, fingerprint in zip(entries["source"].to_pylist(), entries["fingerprint"].to_pylist(), strict=True):
        states = known.setdefault(name, set())
        if not outdated and name not in retried:
            states.add(fingerprint)
    return known


def _places(base: Snapshot | None, dropped: frozenset[str]) -> dict[str, tuple[str, ...]]:
    places: dict[str, list[str]] = defaultdict(list)
    if base is not None:
        for name, part in zip(base.ledger["source"].to_pylist(), base.ledger["part"].to_pylist(), strict=True):
            if name in dropped and part is not None:
                places[name].append(part)
    return {name: tuple(sorted(set(parts))) for name, parts in places.items()}
