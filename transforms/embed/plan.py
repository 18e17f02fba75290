"""Plans a run: compares the corpus with the table's ledger and cuts new and changed sources into shards.

The plan is a file beside the table. A reference of a few bytes crosses the shuffle; the worker reads its own
shard's record batch out of the file.
"""

from __future__ import annotations

import base64
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import blake2b

import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.errors import RequestError, RunError
from transforms.corpus import readers
from transforms.corpus.options import Range
from transforms.corpus.readers.kept import is_inferred
from transforms.corpus.sources import Source, list_corpus
from transforms.embed.job import EmbedJob
from transforms.storage import files
from transforms.storage.formats import require_format
from transforms.table.ledger import FOREIGN
from transforms.table.schema import FORMAT_VERSION, RESERVED, stored_type, table_schema
from transforms.table.snapshot import Layout, Snapshot

PLAN, SHARDS = "plan.json", "shards.arrow"
_FORMAT = "vectormill-plan-1"

_SHARDS_WANTED = 32
_IMAGE_ITEMS = (32, 1024)
_FILE_ITEMS = (64, 8192)
_SHARD_BYTES = (64 << 10, 16 << 20)
_IMAGE_SHARD_BYTES = (16 << 20, 512 << 20)


@dataclass(frozen=True, kw_only=True)
class Shard:
    """A unit of work: some sources, or a range of one, that become one part.

    `stale` names the parts of the table that hold earlier rows of these sources, where unchanged vectors are found.
    """

    id: str
    sources: tuple[Source, ...]
    range: Range | None
    stale: tuple[str, ...]

    @property
    def weight(self) -> int:
        """Bytes that reading it costs."""
        if self.range is not None and self.range.unit == "bytes":
            return self.range.stop - self.range.start
        return sum(source.size for source in self.sources)


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


def cut_shards(
    job: EmbedJob, sources: Sequence[Source], *, schema: pa.Schema, stale: dict[str, tuple[str, ...]]
) -> list[Shard]:
    """Sources packed, and large ones split, into shards: enough of them that a killed run loses little."""
    total = sum(source.size for source in sources)
    images = job.read.modality == "image"
    low, high = _IMAGE_ITEMS if images else _FILE_ITEMS
    most_items = job.shard_items or _round_up(min(max(len(sources) // _SHARDS_WANTED, low), high), 32)
    low, high = _IMAGE_SHARD_BYTES if images else _SHARD_BYTES
    most_bytes = min(max(total // _SHARDS_WANTED, low), high)

    shards: list[Shard] = []
    pack: list[Source] = []
    packed = 0

    def seal() -> None:
        nonlocal pack, packed
        if pack:
            parts = sorted({part for source in pack for part in stale.get(source.name, ())})
            shards.append(_shard(job, tuple(pack), None, schema, tuple(parts)))
        pack, packed = [], 0

    for source in sources:
        ranges = readers.split(source, job.read, max_bytes=most_bytes) if source.size > most_bytes else [None]
        if len(ranges) > 1:
            seal()
            shards += [_shard(job, (source,), part, schema, stale.get(source.name, ())) for part in ranges]
            continue
        if pack and (packed + source.size > most_bytes or len(pack) >= most_items):
            seal()
        pack.append(source)
        packed += source.size
    seal()
    return shards


def _round_up(value: int, step: int) -> int:
    return -(-value // step) * step


def _shard(
    job: EmbedJob, sources: tuple[Source, ...], part: Range | None, schema: pa.Schema, stale: tuple[str, ...]
) -> Shard:
    identity = blake2b(digest_size=16)
    settings = (
        FORMAT_VERSION,
        job.encoder.fingerprint,
        job.reading,
        job.part_format,
        job.keep_text,
        schema.to_string(),
        asdict(part) if part else None,
        job.run if job.retry_dead else None,
    )
    identity.update(json.dumps(settings, sort_keys=True).encode())
    for source in sources:
        identity.update(json.dumps([source.name, source.uri, source.fingerprint]).encode())
    return Shard(id=identity.hexdigest(), sources=sources, range=part, stale=stale)


_REPLANNED = "{}: the corpus changed while it was planned, and the plan was made again: run the same command again"


def _replanned(job: EmbedJob) -> RunError:
    return RunError(_REPLANNED.format(job.table))


_SOURCE_SCHEMA = pa.schema(
    [("name", pa.string()), ("uri", pa.string()), ("size", pa.int64()), ("fingerprint", pa.string())]
)


def save_plan(job: EmbedJob, plan: Plan) -> None:
    """Writes the plan's shards, rewrites and description under the run's folder."""
    layout = Layout(job.table)
    about = {
        "format": _FORMAT,
        "schema": base64.b64encode(plan.schema.serialize().to_pybytes()).decode(),
        "shards": [shard.id for shard in plan.shards],
        "dropped": sorted(plan.dropped),
        "rewrites": [asdict(rewrite) for rewrite in plan.rewrites],
        "counts": {"new": plan.new, "changed": plan.changed, "deleted": plan.deleted, "unchanged": plan.unchanged},
        "base_version": plan.base_version,
        "notes": plan.notes,
        "skipped": plan.skipped,
    }
    with files.publish(layout.run(job.run, SHARDS)) as temporary, files.open_write(temporary) as stream:
        with pa.ipc.new_file(stream, _SOURCE_SCHEMA) as writer:
            for shard in plan.shards:
                meta = {"id": shard.id, "range": asdict(shard.range) if shard.range else None, "stale": shard.stale}
                columns = {
                    "name": [s.name for s in shard.sources],
                    "uri": [s.uri for s in shard.sources],
                    "size": [s.size for s in shard.sources],
                    "fingerprint": [s.fingerprint for s in shard.sources],
                }
                batch = pa.RecordBatch.from_pydict(columns, schema=_SOURCE_SCHEMA)
                writer.write_batch(batch, custom_metadata={"shard": json.dumps(meta)})
    files.write(layout.run(job.run, PLAN), json.dumps(about).encode())


def load_shard(job: EmbedJob, position: int, shard_id: str) -> Shard:
    """The shard at a position of the run's plan.

    Raises:
      RunError: another shard is there: the plan was made again meanwhile, of a corpus that had changed.
    """
    (shard,) = load_shards(job, [position])
    if shard.id != shard_id:
        raise _replanned(job)
    return shard


def load_shards(job: EmbedJob, positions: Iterable[int]) -> list[Shard]:
    """The shards at these positions of the run's plan.

    Raises:
      RunError: the plan has no such position.
    """
    found = []
    with files.open_read(Layout(job.table).run(job.run, SHARDS)) as stream, pa.ipc.open_file(stream) as reader:
        for position in positions:
            if position >= reader.num_record_batches:
                raise _replanned(job)
            batch, metadata = reader.get_batch_with_custom_metadata(position)
            meta = json.loads(metadata[b"shard"])
            found.append(
                Shard(
                    id=meta["id"],
                    sources=tuple(Source(**row) for row in batch.to_pylist()),
                    range=Range(**meta["range"]) if meta["range"] else None,
                    stale=tuple(meta["stale"]),
                )
            )
    return found


@dataclass(frozen=True, kw_only=True)
class PlanSummary:
    """The part of a plan that later steps need, without the shards' sources."""

    schema: pa.Schema
    shard_ids: tuple[str, ...]
    dropped: frozenset[str]
    rewrites: tuple[Rewrite, ...]
    counts: dict[str, int]
    base_version: int | None
    notes: tuple[str, ...] = ()
    skipped: dict[str, int] = field(default_factory=dict)

    def rewrite(self, position: int, part: str) -> Rewrite:
        """The rewrite at a position.

        Raises:
          RunError: another part is there: the plan was made again meanwhile.
        """
        found = self.rewrites[position] if position < len(self.rewrites) else None
        if found is None or found.part != part:
            raise RunError(_REPLANNED.format("this run"))
        return found


def load_summary(job: EmbedJob) -> PlanSummary:
    """Reads the description of the run's plan."""
    path = Layout(job.table).run(job.run, PLAN)
    about = json.loads(files.read(path))
    require_format(about.get("format"), _FORMAT, where=path, noun="plan")
    return PlanSummary(
        schema=pa.ipc.read_schema(pa.py_buffer(base64.b64decode(about["schema"]))),
        shard_ids=tuple(about["shards"]),
        dropped=frozenset(about["dropped"]),
        rewrites=tuple(Rewrite(part=r["part"], drop=tuple(r["drop"])) for r in about["rewrites"]),
        counts=about["counts"],
        notes=tuple(about.get("notes", ())),
        skipped=about.get("skipped", {}),
        base_version=about["base_version"],
    )
