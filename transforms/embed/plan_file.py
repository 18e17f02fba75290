"""Writes a run's plan beside the table, and reads it where the run works.

A reference of a few bytes crosses the shuffle; the worker reads its own shard's record batch out of the file.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

import pyarrow as pa

from transforms.common.errors import RunError
from transforms.corpus.options import Range
from transforms.corpus.sources import Source
from transforms.embed.job import EmbedJob
from transforms.embed.plan import Plan, Rewrite
from transforms.embed.shards import Shard
from transforms.storage import files
from transforms.storage.formats import require_format
from transforms.table.snapshot import Layout

PLAN, SHARDS = "plan.json", "shards.arrow"
_FORMAT = "vectormill-plan-1"
_REPLANNED = "{}: the corpus changed while it was planned, and the plan was made again: run the same command again"


def _replanned(job: EmbedJob) -> RunError:
    return RunError(_REPLANNED.format(job.table))


_SOURCE_SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("uri", pa.string()),
        ("size", pa.int64()),
        ("fingerprint", pa.string()),
        ("is_stray", pa.bool_()),
    ]
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
                    "is_stray": [s.is_stray for s in shard.sources],
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
