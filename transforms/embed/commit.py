"""Commits a run: makes the table's next version of finished shards, or says why there is none.

Everything is checked before the log is touched: rows in = rows out + dead, the fraction of dead letters, duplicate
ids. Running it twice for one run commits once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.errors import RequestError, RunError
from transforms.common.step_times import shares
from transforms.corpus import dead_letters
from transforms.corpus.addresses import states
from transforms.corpus.addresses.faults import TRANSIENT
from transforms.corpus.addresses.kept_bytes import tidy
from transforms.embed.combine import GroupOutcome, Work, hashes_path, outcome_path, read_outcome
from transforms.embed.contracts import require_contracts
from transforms.embed.duplicate_ids import Place, duplicate_ids, renumbered_repeats, repeated_hashes
from transforms.embed.job import EmbedJob
from transforms.embed.plan_file import PlanSummary, load_dropped, load_kept
from transforms.embed.rewrite import Rewritten, with_ids
from transforms.embed.together import together
from transforms.storage import files
from transforms.table import ledger
from transforms.table.open import open_log
from transforms.table.snapshot import Layout, Log, NewPart, Provenance, Snapshot

_NAMED = 5
_DEAD_READ = 1024
"""Shards whose dead letters are read to say of which kinds they are."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The figures of a run. `new`, `changed`, `deleted` and `unchanged` count sources; the rest counts items.

    `version` is the table's version after the run, `committed` says whether this run made it. `rows` is the size of
    that version, `encoded` the items that this run's encoder got, `reused` the vectors kept of changed sources, `dead` the dead
    letters of that version. `skipped` counts the files that were not read, by kind; `notes` say how the others were.

    `engine` computed this run's vectors, in `precision`; `cosine` is the least one to TensorFlow in float32, by the
    self-checks of the machines that did (None: it was TensorFlow in float32, or nothing was computed). `again` of the encoded
    items were out of range in half precision and made in float32. `cut_off` of them are longer than the encoder reads, which left
    out `unread` of the text of all, 0..1. `busy`: the share of the time that workers were at it, 0..1,
    in which they decoded, encoded and wrote, and in which their encoder had to "wait"; of a GPU ("gpu") what its driver says.
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
    again: int = 0
    cut_off: int = 0
    unread: float = 0.0
    busy: dict[str, float] = field(default_factory=dict)
    addresses: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def commit(job: EmbedJob, plan: PlanSummary, combined: Collection[str]) -> Summary:
    """Makes the next version, if there is anything new.

    Args:
      combined: the groups of the plan whose outcomes are written.

    Raises:
      RunError: too many dead letters, duplicate ids, a shard without receipt, or another run was first. The table is as
        it was; parts, receipts and dead letters stay for the next try.
      NotPublishedError: the version breaks one of the job's contracts; likewise.
    """
    log = open_log(job.table, job.part_format)
    log.finish_commit()
    newest = log.snapshot()
    groups = together(partial(read_outcome, job), [name for name in _groups(plan) if name in combined])
    if newest is not None and (newest.about.run == job.run or not (plan.sizes["shards"] or plan.dropped)):
        own = newest.about.run == job.run
        _tidy_bytes(job, plan, newest.ledger)
        return _summary(job, plan, groups, newest.version, newest.rows, newest.ledger, committed=own)
    base = _base(log, newest, plan.base_version)
    _require_all(plan, groups)

    entries = _entries(job, plan, base, groups)
    _refuse_nothing(job, entries)
    _refuse_too_many_dead(job, entries)
    adds, entries, superseded = _unique_ids(job, plan, groups, entries)
    existing = set(base.parts) if base else set()
    rewritten = _rewritten(groups)
    replacements = [pair.new for pair in rewritten if pair.new is not None]
    new_parts = [part for part in [*adds, *replacements] if part.name not in existing]
    removes = sorted({pair.old for pair in rewritten} - {part.name for part in adds})
    work = Work.total([group.all for group in groups])
    past = base.about if base is not None else None
    about = Provenance.of(
        job.encoder.spec,
        fingerprint=job.encoder.fingerprint,
        precision=job.encoder.precision,
        dim=job.dim,
        run=job.run,
        part_format=job.part_format,
        inputs=job.corpus,
        reading=job.reading,
        engine=_engines(*work.engines, *(past.engine.split(", ") if past else ())),
        cosine=min((c for c in (work.cosine, past.cosine if past else None) if c is not None), default=None),
    )
    if job.contracts is not None:
        require_contracts(
            job.contracts,
            root=job.table,
            run=job.run,
            base=base,
            lost=_rows_lost(job, plan, base, entries),
            adds=adds,
            entries=pa.concat_tables([ledger.SCHEMA.empty_table(), *(group.entries for group in groups)]),
            schema=plan.schema,
            part_format=job.part_format,
            dim=job.dim,
        )
    deleted = {part.name for part in adds} - set(files.names(job.table))
    if deleted:
        raise RunError(f"{min(deleted)} of {job.table} was deleted while this run worked: run the same command again")
    version = log.commit(base=base, schema=plan.schema, adds=new_parts, removes=removes, entries=entries, about=about)
    _tidy(job, entries, [part.name for part in new_parts], superseded)
    _tidy_bytes(job, plan, entries)
    rows = sum(base.parts[name] for name in existing.difference(removes)) if base else 0
    rows += sum(part.rows for part in new_parts)
    return _summary(job, plan, groups, version, rows, entries, committed=True)


def _groups(plan: PlanSummary) -> dict[str, int]:
    return {name: size for kind in plan.sizes for name, size in plan.groups(kind).items()}


def _base(log: Log, newest: Snapshot | None, version: int | None) -> Snapshot | None:
    if version is None or newest is None or newest.version == version:
        return newest if version is not None else None
    return log.snapshot(version)


def _require_all(plan: PlanSummary, groups: Sequence[GroupOutcome]) -> None:
    missing = {**_groups(plan), **{group.name: group.unfinished for group in groups}}
    shards = sum(count for name, count in missing.items() if name.startswith("shards-"))
    if shards:
        raise RunError(f"{shards} of {plan.sizes['shards']} shards are unfinished: run the same command again")
    if sum(missing.values()):
        raise RunError(f"{sum(missing.values())} parts were not rewritten or read: run the same command again")


def _summary(
    job: EmbedJob,
    plan: PlanSummary,
    groups: Sequence[GroupOutcome],
    version: int,
    rows: int,
    entries: pa.Table,
    *,
    committed: bool,
) -> Summary:
    own = Work.total([group.own for group in groups])
    return Summary(
        version=version,
        committed=committed,
        rows=rows,
        **plan.counts,
        encoded=own.encoded,
        reused=own.reused,
        written=sum(group.all.rows for group in groups),
        dead=pc.sum(entries["dead"]).as_py() or 0,
        skipped=plan.skipped,
        notes=(*plan.notes, *own.notes, *_forgotten_notes(own.forgotten)),
        engine=_engines(*own.engines),
        precision=job.encoder.precision,
        cosine=own.cosine,
        again=own.again,
        cut_off=own.cut_off,
        unread=round(own.unread_chars / max(own.chars, 1), 6),
        busy=shares(own.seconds),
        addresses=dict(Counter(plan.addresses or {}) + Counter(own.addresses)),
    )


def _forgotten_notes(count: int) -> list[str]:
    """Words about items that are in the corpus still, and were left out."""
    items = f"{count:,} item{'s' if count > 1 else ''}"
    return [f"{items} left out that `vectormill forget` took out of the table: still in the corpus"] if count else []


def _engines(*names: str) -> str:
    return ", ".join(sorted({name for several in names for name in several.split(", ")} - {""}))


def _rewritten(groups: Sequence[GroupOutcome]) -> list[Rewritten]:
    return [pair for group in groups for pair in group.rewritten]


def _entries(job: EmbedJob, plan: PlanSummary, base: Snapshot | None, groups: Sequence[GroupOutcome]) -> pa.Table:
    tables = []
    if base is not None:
        kept = base.ledger.filter(pc.invert(pc.is_in(base.ledger["source"], value_set=load_dropped(job, plan))))
        moves = {pair.old: pair.new.name for pair in _rewritten(groups) if pair.new is not None}
        tables.append(_moved(kept, moves))
    return pa.concat_tables([*tables, *(group.entries for group in groups)])


def _rows_lost(job: EmbedJob, plan: PlanSummary, base: Snapshot | None, entries: pa.Table) -> int:
    """Rows that sources of the last version had, and have no more."""
    if base is None:
        return 0
    dropped = load_dropped(job, plan)
    before, now = (
        table.filter(pc.is_in(table["source"], value_set=dropped)).group_by("source").aggregate([("rows", "sum")])
        for table in (base.ledger, entries)
    )
    left = dict(zip(now["source"].to_pylist(), now["rows_sum"].to_pylist(), strict=True))
    rows = zip(before["source"].to_pylist(), before["rows_sum"].to_pylist(), strict=True)
    return sum(max(count - left.get(source, 0), 0) for source, count in rows)


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
    shards = [shard for shard in entries.filter(pc.greater(entries["dead"], 0))["shard"].unique().to_pylist() if shard]
    read = together(lambda shard: dead_letters.read(job.table, [shard]), shards[:_DEAD_READ])
    found = pa.concat_tables([dead_letters.SCHEMA.empty_table(), *read])
    where = f"in {_DEAD_READ:,} of {len(shards):,} shards: " if len(shards) > _DEAD_READ else ""
    kinds = Counter(found["error"].to_pylist()).most_common(_NAMED)
    first = found.slice(0, 1).to_pylist()
    example = f", first {first[0]['id'] or first[0]['source']}: {first[0]['message']}" if first else ""
    raise RunError(
        f"{dead:,} of {total:,} items cannot be embedded ({where}{', '.join(f'{n} {kind}' for kind, n in kinds)}{example});"
        f" the limit is {job.max_dead_fraction:.3g} of them. All are in {files.join(job.table, dead_letters.FOLDER)};"
        f" {_way_out(found)}"
    )


def _way_out(found: pa.Table) -> str:
    """Advice for somebody with these dead letters: many addresses may only be down."""
    without = "to go on without them, run again with --max-dead-fraction 1"
    down = sum(
        kind in TRANSIENT or (kind == "HttpStatus" and message[:1] == "5")
        for kind, message in zip(found["error"].to_pylist(), found["message"].to_pylist(), strict=True)
    )
    if 2 * down > found.num_rows:
        return f"the table stays as it is: run the same command again when their servers answer; {without}"
    return without


def _unique_ids(
    job: EmbedJob, plan: PlanSummary, groups: Sequence[GroupOutcome], entries: pa.Table
) -> tuple[list[NewPart], pa.Table, list[str]]:
    """Makes ids unique where we give them, refuses where the user's are not.

    A large text file is several shards, and each counts its own repeats: a line that stands in two of them would have
    one id twice. Those are numbered on, in the order of the file.
    """
    adds = [part for group in groups for part in group.parts]
    suspects, where = repeated_hashes({hashes_path(job, group.name): group.ids for group in groups if group.ids})
    if not len(suspects):
        return adds, entries, []
    at = [group for group in groups if hashes_path(job, group.name) in where]
    fresh = [part.name for group in at for part in group.parts]
    kept = [pair.new.name for pair in _rewritten(at) if pair.new is not None]
    kept += [name for group in at if group.name in plan.groups("kept") for name in load_kept(job, group.name)]
    found = duplicate_ids(
        job.table,
        [*sorted(set(kept) - set(fresh)), *fresh],
        suspects,
        schema=plan.schema,
        part_format=job.part_format,
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


def _is_assigned(name: str, places: list[Place]) -> bool:
    """Whether we gave this id: `source#hash`, all of it from one source."""
    source = places[0].source
    return all(place.source == source for place in places) and name.startswith(f"{source}#")


def _shard_of(part: str) -> str:
    return part.removeprefix("part-").partition(".")[0]


def _tidy(job: EmbedJob, entries: pa.Table, made: Sequence[str], superseded: list[str]) -> None:
    """Deletes files of this run that nobody can need: parts with provisional ids, leftovers of killed tries."""
    layout = Layout(job.table)
    leftovers = {
        name: _shard_of(name[1:])
        for name in files.names(job.table)
        if name.startswith(".part-") and name.endswith(".tmp")
    }
    ours: set[str] = set()
    if leftovers:
        of_leftovers = pa.array(list(leftovers.values()), pa.string())
        shards = entries["shard"].filter(pc.is_in(entries["shard"], value_set=of_leftovers))
        ours = {*(_shard_of(name) for name in made), *shards.to_pylist()}
    names = [*superseded, *(name for name, shard in leftovers.items() if shard in ours)]
    files.delete([layout.part(name) for name in names])


def _tidy_bytes(job: EmbedJob, plan: PlanSummary, entries: pa.Table) -> None:
    """Takes out of the folder of kept images what the version of these entries does not have."""
    if job.keep_bytes is None or plan.addresses is None:
        return
    shards = entries["shard"].unique().to_pylist()
    found = pa.concat_tables([states.SCHEMA.empty_table(), *states.read_shards(job.table, shards)])
    tidy(job.keep_bytes, states.AddressStates(found).of)


def forget_plan(job: EmbedJob, plan: PlanSummary) -> None:
    """Deletes the run's plan and the outcomes of its groups, once its summary is written: none is needed again."""
    layout = Layout(job.table)
    groups = [path(job, group) for group in _groups(plan) for path in (outcome_path, hashes_path)]
    together(lambda path: files.delete([path]), [*groups, *(layout.run(job.run, name) for name in plan.files())])
