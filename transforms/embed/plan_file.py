"""Writes a run's plan beside the table, and reads it where the run works.

    plan.json                    counts and settings, small whatever the corpus
    shards-00000.arrow           up to 512 shards: a record batch of sources each
    rewrites-00000.json          up to 512 parts that lose rows
    kept-00000.json              up to 512 parts that stay as they are, where their ids are compared with new ones
    dropped.arrow                names of the sources whose rows leave
    addresses.parquet            states of the web addresses that need not be fetched

A reference of a few bytes crosses the shuffle; the worker reads its own shard's record batch out of the file of its
group. So reading one of a million shards costs as much as reading one of ten.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import groupby
from typing import IO, Literal, TypeVar

import pyarrow as pa

from transforms.common.errors import RunError
from transforms.corpus.addresses import states
from transforms.corpus.addresses.states import AddressStates
from transforms.corpus.options import Range
from transforms.corpus.sources import Source
from transforms.embed.job import EmbedJob
from transforms.embed.plan import Plan, Rewrite
from transforms.embed.shards import Shard
from transforms.embed.together import together
from transforms.storage import files
from transforms.storage.formats import require_format
from transforms.table.snapshot import Layout

PLAN = "plan.json"
GROUP_SIZE = 512
"""Shards, rewrites or kept parts that one file describes, and that one worker combines the outcomes of."""

GroupKind = Literal["shards", "rewrites", "kept"]

_DROPPED = "dropped.arrow"
_ADDRESSES = "addresses.parquet"
_FORMAT = "vectormill-plan-2"
_REPLANNED = "{}: the corpus changed while it was planned, and the plan was made again: run the same command again"
_IDS = b"ids"

_SOURCE_SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("uri", pa.string()),
        ("size", pa.int64()),
        ("fingerprint", pa.string()),
        ("is_stray", pa.bool_()),
        ("lake", pa.string()),
        ("items", pa.string()),
    ]
)
_NAMES = pa.schema([("name", pa.string())])

T = TypeVar("T")


def group_of(kind: GroupKind, position: int) -> str:
    """The name of the group that holds a position of the plan."""
    return f"{kind}-{position // GROUP_SIZE:05}"


def groups_of(kind: GroupKind, count: int) -> dict[str, int]:
    """The names of the groups of so many shards, rewrites or kept parts, in order, and how many are in each."""
    return {group_of(kind, start): min(GROUP_SIZE, count - start) for start in range(0, count, GROUP_SIZE)}


def save_plan(job: EmbedJob, plan: Plan) -> None:
    """Writes the plan's shards, rewrites and description under the run's folder."""
    layout = Layout(job.table)
    about = {
        "format": _FORMAT,
        "schema": base64.b64encode(plan.schema.serialize().to_pybytes()).decode(),
        "sizes": {"shards": len(plan.shards), "rewrites": len(plan.rewrites), "kept": len(plan.kept)},
        "dropped": len(plan.dropped),
        "counts": {"new": plan.new, "changed": plan.changed, "deleted": plan.deleted, "unchanged": plan.unchanged},
        "base_version": plan.base_version,
        "checks_ids": plan.checks_ids,
        "contents": plan.contents,
        "notes": plan.notes,
        "skipped": plan.skipped,
        "addresses": plan.addresses.counts if plan.addresses is not None else None,
    }
    together(partial(_write_shards, job), _cut(plan.shards))
    for kind, values in (("rewrites", [asdict(rewrite) for rewrite in plan.rewrites]), ("kept", list(plan.kept))):
        for number, group in _cut(values):
            files.write(layout.run(job.run, f"{kind}-{number:05}.json"), json.dumps(group).encode())
    if plan.dropped:
        path = layout.run(job.run, _DROPPED)
        with files.publish(path) as temporary, files.open_write(temporary) as stream:
            with pa.ipc.new_file(stream, _NAMES) as writer:
                writer.write_table(pa.table([sorted(plan.dropped)], schema=_NAMES))
    if plan.addresses is not None:
        states.write(layout.run(job.run, _ADDRESSES), plan.addresses.known)
    files.write(layout.run(job.run, PLAN), json.dumps(about).encode())


def _cut(values: Sequence[T]) -> list[tuple[int, Sequence[T]]]:
    """Groups and their numbers."""
    return [(start // GROUP_SIZE, values[start : start + GROUP_SIZE]) for start in range(0, len(values), GROUP_SIZE)]


def _write_shards(job: EmbedJob, group: tuple[int, Sequence[Shard]]) -> None:
    number, shards = group
    path = Layout(job.table).run(job.run, f"shards-{number:05}.arrow")
    schema = _SOURCE_SCHEMA.with_metadata({_IDS: json.dumps([shard.id for shard in shards])})
    sources = [source for shard in shards for source in shard.sources]
    columns = [[getattr(source, name) for source in sources] for name in _SOURCE_SCHEMA.names]
    batch = pa.record_batch(columns, schema=schema)
    start = 0
    with files.publish(path) as temporary, files.open_write(temporary) as stream:
        with pa.ipc.new_file(stream, schema) as writer:
            for shard in shards:
                meta = {"id": shard.id, "range": asdict(shard.range) if shard.range else None}
                own = batch.slice(start, len(shard.sources))
                writer.write_batch(own, custom_metadata={"shard": json.dumps(meta)})
                start += len(shard.sources)


def load_shard(job: EmbedJob, position: int, shard_id: str) -> Shard:
    """The shard at a position of the run's plan.

    Raises:
      RunError: another shard is there: the plan was made again meanwhile, of a corpus that had changed.
    """
    (shard,) = load_shards(job, [position])
    if shard.id != shard_id:
        raise RunError(_REPLANNED.format(job.table))
    return shard


def load_shards(job: EmbedJob, positions: Iterable[int]) -> list[Shard]:
    """The shards at these positions of the run's plan.

    Raises:
      RunError: the plan has no such position.
    """
    found = []
    for group, members in groupby(positions, key=partial(group_of, "shards")):
        try:
            with _opened(job, group) as stream, pa.ipc.open_file(stream) as reader:
                found += [_shard(reader, position % GROUP_SIZE, job) for position in members]
        except FileNotFoundError as error:
            raise RunError(_REPLANNED.format(job.table)) from error
    return found


def _shard(reader: pa.ipc.RecordBatchFileReader, place: int, job: EmbedJob) -> Shard:
    if place >= reader.num_record_batches:
        raise RunError(_REPLANNED.format(job.table))
    batch, metadata = reader.get_batch_with_custom_metadata(place)
    meta = json.loads(metadata[b"shard"])
    return Shard(
        id=meta["id"],
        sources=tuple(Source(**row) for row in batch.to_pylist()),
        range=Range(**meta["range"]) if meta["range"] else None,
    )


def load_shard_ids(job: EmbedJob, group: str) -> list[str]:
    """The ids of a group's shards, in the order of the plan; nothing else of the file is read."""
    with _opened(job, group) as stream, pa.ipc.open_file(stream) as reader:
        ids: list[str] = json.loads(reader.schema.metadata[_IDS])
    return ids


def _opened(job: EmbedJob, group: str) -> IO[bytes]:
    return files.open_read(Layout(job.table).run(job.run, f"{group}.arrow"))


def load_kept(job: EmbedJob, group: str) -> list[str]:
    """The names of a group of parts that stay as they are."""
    names: list[str] = json.loads(files.read(Layout(job.table).run(job.run, f"{group}.json")))
    return names


def load_rewrite(job: EmbedJob, position: int, part: str) -> Rewrite:
    """The rewrite at a position of the run's plan.

    Raises:
      RunError: another part is there: the plan was made again meanwhile.
    """
    path = Layout(job.table).run(job.run, f"{group_of('rewrites', position)}.json")
    found = json.loads(files.read(path)) if files.exists(path) else []
    place = position % GROUP_SIZE
    if place >= len(found) or found[place]["part"] != part:
        raise RunError(_REPLANNED.format(job.table))
    return Rewrite(part=part, drop=tuple(found[place]["drop"]))


def load_dropped(job: EmbedJob, plan: PlanSummary) -> pa.Array:
    """The names of the sources whose rows leave the table, sorted."""
    if not plan.dropped:
        return pa.array([], pa.string())
    with files.open_read(Layout(job.table).run(job.run, _DROPPED)) as stream, pa.ipc.open_file(stream) as reader:
        return reader.read_all()["name"].combine_chunks()


def load_addresses(job: EmbedJob, plan: PlanSummary) -> AddressStates | None:
    """The states of the web addresses that need not be fetched; None: the corpus has no addresses."""
    if plan.addresses is None:
        return None
    return AddressStates(states.read(Layout(job.table).run(job.run, _ADDRESSES)))


@dataclass(frozen=True, kw_only=True)
class PlanSummary:
    """The part of a plan that all steps need: its size does not grow with the corpus.

    `sizes` says how many shards, rewrites and kept parts there are, `dropped` how many sources' rows leave; `checks_ids`
    whether ids may clash; `contents` the segments in which known contents are looked up; `addresses` counts the web
    addresses that were asked (None: the corpus has none).
    """

    schema: pa.Schema
    sizes: dict[GroupKind, int]
    dropped: int
    counts: dict[str, int]
    base_version: int | None
    checks_ids: bool = True
    contents: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    skipped: dict[str, int] = field(default_factory=dict)
    addresses: dict[str, int] | None = None

    def groups(self, kind: GroupKind) -> dict[str, int]:
        """The names of the groups of a kind, in the order of the plan, and how much is in each."""
        return groups_of(kind, self.sizes[kind])

    def files(self) -> list[str]:
        """The names of the files that describe the plan, but for `plan.json`."""
        names = [
            f"{group}.{'arrow' if kind == 'shards' else 'json'}" for kind in self.sizes for group in self.groups(kind)
        ]
        return [*names, *([_DROPPED] if self.dropped else []), *([_ADDRESSES] if self.addresses is not None else [])]


def load_summary(job: EmbedJob) -> PlanSummary:
    """Reads the description of the run's plan.

    Raises:
      RequestError: a newer release wrote it.
    """
    path = Layout(job.table).run(job.run, PLAN)
    about = json.loads(files.read(path))
    require_format(about.get("format"), _FORMAT, where=path, noun="plan")
    return PlanSummary(
        schema=pa.ipc.read_schema(pa.py_buffer(base64.b64decode(about["schema"]))),
        sizes=about["sizes"],
        dropped=about["dropped"],
        counts=about["counts"],
        base_version=about["base_version"],
        checks_ids=about["checks_ids"],
        contents=tuple(about.get("contents", ())),
        notes=tuple(about.get("notes", ())),
        skipped=about.get("skipped", {}),
        addresses=about.get("addresses"),
    )
