"""Commits a run: makes the table's next version of finished shards, or says why there is none.

Everything is checked before the log is touched: rows in = rows out + dead, the fraction of dead letters, duplicate
ids. Running it twice for one run commits once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.errors import RequestError, RunError
from transforms.corpus import dead_letters
from transforms.embed.duplicate_ids import Place, duplicate_ids, renumbered_repeats
from transforms.embed.job import EmbedJob
from transforms.embed.plan_file import SHARDS, PlanSummary
from transforms.embed.rewrite import with_ids
from transforms.storage import files
from transforms.table.ledger import Receipt, read_receipt
from transforms.table.open import open_log
from transforms.table.snapshot import Layout, NewPart, Provenance, Snapshot

_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The figures of a run. `new`, `changed`, `deleted` and `unchanged` count sources; the rest counts items.

    `version` is the table's version after the run, `committed` says whether this run made it. `rows` is the size of
    that version, `encoded` the items that this run's encoder got, `reused` the vectors kept of changed sources, `dead` the dead
    letters of that version. `skipped` counts the files that were not read, by kind; `notes` say how the others were.

    `engine` computed this run's vectors, in `precision`; `cosine` is the least one to TensorFlow in float32, by the
    self-checks of the machines that did (None: it was TensorFlow in float32, or nothing was computed).
    """

    version: int
    committed: bool
    rows: int
    new: int
    changed: int
    deleted: int
    unchanged: int
    encoded: int
    reused: int
    written: int
    dead: int
    skipped: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    engine: str = ""
    precision: str = ""
    cosine: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Rewritten:
    """A part of the last version and the one in its place (None: no row was left)."""

    old: str
    new: NewPart | None


def commit(job: EmbedJob, plan: PlanSummary, receipts: Sequence[Receipt], rewritten: Sequence[Rewritten]) -> Summary:
    """Makes the next version, if there is anything new.

    Raises:
      RunError: too many dead letters, duplicate ids, a shard without receipt, or another run was first. The table is as
        it was; parts, receipts and dead letters stay for the next try.
    """
    log = open_log(job.table, job.part_format)
    log.finish_commit()
    newest = log.snapshot()
    if newest is not None and newest.about.run == job.run:
        return _summary(job, plan, receipts, newest, committed=True)
    if newest is not None and not receipts and not plan.dropped:
        return _summary(job, plan, receipts, newest, committed=False)
    base = log.snapshot(plan.base_version) if plan.base_version is not None else None
    missing = set(plan.shard_ids) - {receipt.shard for receipt in receipts}
    if missing:
        raise RunError(f"{len(missing)} of {len(plan.shard_ids)} shards are unfinished: run the same command again")

    entries = _entries(job, plan, base, receipts, rewritten)
    _refuse_nothing(job, entries)
    _refuse_too_many_dead(job, entries)
    adds = [
        NewPart(name=receipt.part, rows=receipt.rows, size=receipt.part_bytes)
        for receipt in receipts
        if receipt.part is not None
    ]
    adds, entries, superseded = _unique_ids(job, plan, base, adds, entries, rewritten)
    existing = set(base.parts) if base else set()
    replacements = [pair.new for pair in rewritten if pair.new is not None]
    new_parts = [part for part in [*adds, *replacements] if part.name not in existing]
    removes = sorted({pair.old for pair in rewritten} - {part.name for part in adds})
    past = [base.about] if base is not None else []
    about = Provenance.of(
        job.encoder.spec,
        fingerprint=job.encoder.fingerprint,
        precision=job.encoder.precision,
        dim=job.dim,
        run=job.run,
        part_format=job.part_format,
        inputs=job.corpus,
        reading=job.reading,
        engine=_engines([*past, *receipts]),
        cosine=_least_cosine([*past, *receipts]),
    )
    version = log.commit(base=base, schema=plan.schema, adds=new_parts, removes=removes, entries=entries, about=about)
    _tidy(job, [*plan.shard_ids, *(_shard_of(part.name) for part in new_parts)], superseded)
    made = log.snapshot(version)
    assert made is not None, "a commit makes a version"
    return _summary(job, plan, receipts, made, committed=True)


def _summary(
    job: EmbedJob, plan: PlanSummary, receipts: Sequence[Receipt], at: Snapshot, *, committed: bool
) -> Summary:
    ours = [receipt for receipt in receipts if receipt.run == job.run]
    return Summary(
        version=at.version,
        committed=committed,
        rows=at.rows,
        **plan.counts,
        encoded=sum(receipt.encoded for receipt in ours),
        reused=sum(receipt.reused for receipt in ours),
        written=sum(receipt.rows for receipt in receipts),
        dead=pc.sum(at.ledger["dead"]).as_py() or 0,
        skipped=plan.skipped,
        notes=(*plan.notes, *sorted({receipt.note for receipt in ours} - {""})),
        engine=_engines(ours),
        precision=job.encoder.precision,
        cosine=_least_cosine(ours),
    )


def _engines(made: Sequence[Receipt | Provenance]) -> str:
    return ", ".join(sorted({name for part in made for name in part.engine.split(", ")} - {""}))


def _least_cosine(made: Sequence[Receipt | Provenance]) -> float | None:
    return min((part.cosine for part in made if part.cosine is not None), default=None)


def _entries(
    job: EmbedJob,
    plan: PlanSummary,
    base: Snapshot | None,
    receipts: Sequence[Receipt],
    rewritten: Sequence[Rewritten],
) -> pa.Table:
    tables = []
    if base is not None:
        dropped = pa.array(sorted(plan.dropped), pa.string())
        kept = base.ledger.filter(pc.invert(pc.is_in(base.ledger["source"], value_set=dropped)))
        tables.append(_moved(kept, {pair.old: pair.new.name for pair in rewritten if pair.new is not None}))
    layout = Layout(job.table)
    tables += [read_receipt(layout.receipt(receipt.shard))[1] for receipt in receipts]
    return pa.concat_tables(tables)


def _moved(entries: pa.Table, moves: dict[str, str]) -> pa.Table:
    if not moves:
        return entries
    parts = [moves.get(part, part) for part in entries["part"].to_pylist()]
    return entries.set_column(entries.schema.get_field_index("part"), "part", pa.array(parts, pa.string()))


def _refuse_nothing(job: EmbedJob, entries: pa.Table) -> None:
    if not (pc.sum(entries["rows"]).as_py() or pc.sum(entries["dead"]).as_py()):
        raise no_items(job)


def no_items(job: EmbedJob) -> RequestError:
    return RequestError(f"{job.inputs[0]}: holds no item, its files are empty: a table needs at least one")


def _refuse_too_many_dead(job: EmbedJob, entries: pa.Table) -> None:
    dead = pc.sum(entries["dead"]).as_py() or 0
    total = dead + (pc.sum(entries["rows"]).as_py() or 0)
    if dead <= job.max_dead_fraction * total:
        return
    shards = entries.filter(pc.greater(entries["dead"], 0))["shard"].unique().to_pylist()
    found = dead_letters.read(job.table, [shard for shard in shards if shard])
    kinds = Counter(found["error"].to_pylist()).most_common(_NAMED)
    first = found.slice(0, 1).to_pylist()
    example = f", first {first[0]['id'] or first[0]['source']}: {first[0]['message']}" if first else ""
    raise RunError(
        f"{dead:,} of {total:,} items cannot be embedded ({', '.join(f'{n} {kind}' for kind, n in kinds)}{example});"
        f" the limit is {job.max_dead_fraction:.3g} of them. All are in {files.join(job.table, dead_letters.FOLDER)};"
        " to go on without them, run again with --max-dead-fraction 1"
    )


def _unique_ids(
    job: EmbedJob,
    plan: PlanSummary,
    base: Snapshot | None,
    adds: list[NewPart],
    entries: pa.Table,
    rewritten: Sequence[Rewritten],
) -> tuple[list[NewPart], pa.Table, list[str]]:
    """Makes ids unique where we give them, refuses where the user's are not.

    A large text file is several shards, and each counts its own repeats: a line that stands in two of them would have
    one id twice. Those are numbered on, in the order of the file.
    """
    order = {shard: position for position, shard in enumerate(plan.shard_ids)}
    shard_of = dict(zip(entries["part"].to_pylist(), entries["shard"].to_pylist(), strict=True))
    adds = sorted(adds, key=lambda part: order[shard_of[part.name]])
    if not _can_clash(job, entries):
        return adds, entries, []
    replaced = {pair.old for pair in rewritten}
    kept = [name for name in (base.parts if base else {}) if name not in replaced]
    kept += [pair.new.name for pair in rewritten if pair.new is not None]
    fresh = [part.name for part in adds]
    found = duplicate_ids(
        job.table, [*sorted(set(kept) - set(fresh)), *fresh], schema=plan.schema, part_format=job.part_format
    )
    given = {name: places for name, places in found.items() if not _is_assigned(name, places)}
    if given:
        named = "; ".join(
            f"{name!r} in {' and '.join(sorted({place.source for place in places}))} ({len(places)} times)"
            for name, places in sorted(given.items())[:_NAMED]
        )
        more = f" and {len(given) - _NAMED:,} more" if len(given) > _NAMED else ""
        raise RunError(
            f"{'1 id stands' if len(given) == 1 else f'{len(given):,} ids stand'} for more than one item: {named}{more};"
            " choose an --id-column whose values are unique"
        )
    if not found:
        return adds, entries, []
    renames = renumbered_repeats(job.table, fresh, set(found), schema=plan.schema, part_format=job.part_format)
    moves: dict[str, str] = {}
    renumbered = []
    for part in adds:
        if part.name in renames:
            made = with_ids(job.table, part.name, renames[part.name], schema=plan.schema, part_format=job.part_format)
            moves[part.name] = made.name
            part = made
        renumbered.append(part)
    return renumbered, _moved(entries, moves), sorted(moves)


def _can_clash(job: EmbedJob, entries: pa.Table) -> bool:
    """Whether two shards may have made one id: not where ids come from paths, or from texts of a source in one piece."""
    if job.read.id_column is not None:
        return True
    if job.read.modality == "image":
        return bool(pc.max(entries["rows"]).as_py() > 1)
    return len(entries["source"].unique()) < entries.num_rows


def _is_assigned(name: str, places: list[Place]) -> bool:
    """Whether we gave this id: `source#hash`, all of it from one source."""
    source = places[0].source
    return all(place.source == source for place in places) and name.startswith(f"{source}#")


def _shard_of(part: str) -> str:
    return part.removeprefix("part-").partition(".")[0]


def _tidy(job: EmbedJob, made: Sequence[str], superseded: list[str]) -> None:
    """Deletes files of this run that nobody can need: parts with provisional ids, leftovers of killed tries."""
    layout = Layout(job.table)
    ours = set(made)
    leftovers = [
        name
        for name in files.names(job.table)
        if name.startswith(".part-") and name.endswith(".tmp") and _shard_of(name[1:]) in ours
    ]
    files.delete([*(layout.part(name) for name in [*superseded, *leftovers]), layout.run(job.run, SHARDS)])
