"""What a version says of itself: `index.json` for who opens it, `report.json` for who judges it."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from typing import Any

from transforms.common.intervals import mean_interval
from transforms.search.build.draft import Draft
from transforms.search.job import IndexJob
from transforms.search.measure import recall, report
from transforms.search.measure.samples import sample_answers
from transforms.search.store.index_folder import REPORT, WORDS, read_about
from transforms.search.store.segment import HELD, ROWS, STRUCTURE, VECTORS, Segment
from transforms.search.store.vector_file import Vectors
from transforms.storage import files
from transforms.table.snapshot import Snapshot

_INDEXED_QUERIES = 500


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """A version that is about to be judged.

    Attributes:
      segments: all of them; `structures` leaves out the held-out rows.
      queries: vectors of the held-out rows; the last `new` of them came with this update.
      points: the curve; `best` is the one that is chosen, or where none reaches the floor the last; None without queries.
      imbalance: of the inverted lists.
      good: whether the floor is reached.
    """

    segments: list[Segment]
    queries: Vectors
    new: int
    points: list[recall.Point]
    best: recall.Point | None
    imbalance: float | None
    good: bool

    @property
    def structures(self) -> list[Segment]:
        return [segment for segment in self.segments if segment.name != HELD]

    @property
    def rows(self) -> int:
        return sum(segment.rows for segment in self.segments)

    @property
    def effort(self) -> int:
        return 1 if self.best is None else self.best.effort


def about_index(job: IndexJob, draft: Draft, snapshot: Snapshot, found: Measured) -> dict[str, Any]:
    """What `index.json` holds, but for the list of files."""
    about = snapshot.about
    return {
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "command": job.command,
        "asked": job.asked,
        "plan": draft.plan.to_json(),
        "segments": [segment.name for segment in found.segments],
        "effort": _effort(draft, found),
        "below": draft.below,
        "rows": found.rows,
        "dim": draft.dim,
        "modality": about.modality,
        "encoder": {
            "name": about.encoder,
            "handle": about.handle,
            "fingerprint": about.encoder_fingerprint,
            "precision": about.precision,
        },
        "table": {
            "path": table_path(job.table),
            "version": snapshot.version,
            "parts": sorted(snapshot.parts),
            "settled": draft.settled,
        },
        "recall": {} if found.best is None else recall.recalls(found.best),
        "drift": _drift(job, draft, found),
        "base": draft.base,
    }


def _effort(draft: Draft, found: Measured) -> int:
    """Without queries nothing is known, and everything is read."""
    return draft.plan.efforts[-1] if found.best is None else found.effort


def _drift(job: IndexJob, draft: Draft, found: Measured) -> dict[str, Any]:
    """What updates are compared with: how it was after the last build, so that many small steps add up."""
    if draft.base is None:
        return {"imbalance": found.imbalance, "effort": _effort(draft, found)}
    drift: dict[str, Any] = read_about(files.join(job.to, str(draft.base)))["drift"]
    return drift


def table_path(table: str) -> str:
    """A table's place, wherever the command is run."""
    return os.path.abspath(table) if files.is_local(table) else table


def index_report(
    job: IndexJob, draft: Draft, snapshot: Snapshot, found: Measured, *, number: int | None, past: str | None
) -> dict[str, Any]:
    """What `report.json` holds (`transforms.search.report`).

    Args:
      number: the version that this becomes; None: it is kept aside.
      past: the folder of the version that it follows, whose history goes on.
    """
    plan, best, about = draft.plan, found.best, snapshot.about
    is_lossy = plan.kind != "exact"
    is_fresh = draft.base is None
    return {
        "format": report.FORMAT,
        "title": f"Index {files.basename(job.to)}",
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "index": {
            "path": job.to,
            "version": number,
            "published": number is not None,
            "verdict": _verdict(found, job.floor, plan.kind),
            "kind": plan.kind,
            "why": plan.why,
            "parameters": plan.parameters,
            "search": {"name": plan.effort_name, "value": _effort(draft, found) if is_lossy else None},
            "floor": job.floor,
            "rows": found.rows,
            "held": sum(segment.rows for segment in found.segments if segment.name == HELD),
            "dim": draft.dim,
            "words": files.exists(files.join(draft.path("built"), WORDS)),
            "segments": [
                {"name": s.name, "rows": s.size, "deleted": len(s.gone), "bytes": _folder_size(s.folder)}
                for s in found.segments
            ],
        },
        "data": {
            "table": job.table,
            "version": snapshot.version,
            "encoder": about.encoder,
            "encoder_fingerprint": about.encoder_fingerprint,
            "modality": about.modality,
            "rows": snapshot.rows,
            "dead": snapshot.rows - found.rows,
            "change": _change(draft),
        },
        "commands": [job.command] if job.command else [],
        "recall": {
            "queries": len(found.queries),
            "at": {} if best is None else recall.recalls(best),
            "indexed": recall.indexed_recalls(found.structures, best, _INDEXED_QUERIES, job.seed)
            if best is not None and is_lossy and is_fresh
            else None,
            "new": mean_interval(best.hits[10][-found.new :]).to_json() if best is not None and found.new else None,
        },
        "latency": {} if best is None else recall.latency(found.structures, found.queries, best),
        "sizes": _sizes(found.segments, plan.kind),
        "curve": [_told(point, best) for point in found.points] if is_lossy else [],
        "drift": {"imbalance": found.imbalance, "history": _history(past, number, best, found.rows)},
        "queries": sample_answers(found.segments, found.queries, _effort(draft, found), snapshot),
        "seconds": {},
    }


def _told(point: recall.Point, best: recall.Point | None) -> dict[str, Any]:
    return {
        "value": point.effort,
        "recall": {str(k): point.recall(k) for k in recall.AT},
        "p50": point.single * 1e3,
        "qps": point.rate,
        "chosen": point is best,
    }


def _verdict(found: Measured, floor: float, kind: str) -> str:
    if found.best is None:
        return "too few rows to hold any out, but every query reads them all"
    said = f"recall@10 {found.best.recall():.3f} on {len(found.queries):,} queries that it has never seen"
    if not found.good:
        return f"{said}, below the floor of {floor}"
    return said + ("; every query reads all vectors" if kind == "exact" else "")


def _change(draft: Draft) -> dict[str, Any] | None:
    names = ("added", "removed", "changed")
    if draft.changes is not None:
        told = {name: draft.changes[name] for name in names}
        return {"base": draft.base, **told, "rebuilt": False, "why": ""}
    return {"base": None, **dict.fromkeys(names), "rebuilt": True, "why": draft.why} if draft.why else None


def _history(past: str | None, number: int | None, best: recall.Point | None, rows: int) -> list[dict[str, Any]]:
    told = [] if past is None else json.loads(files.read(files.join(past, REPORT)))["drift"]["history"]
    if number is None or best is None:
        return list(told)
    return [*told, {"version": number, "recall": best.recall(), "rows": rows}]


def _sizes(segments: list[Segment], kind: str) -> list[dict[str, Any]]:
    held = {"structure": STRUCTURE, "stored vectors": VECTORS, "columns": ROWS}
    if kind == "exact":
        del held["structure"]
    paths = {title: [files.join(segment.folder, name) for segment in segments] for title, name in held.items()}
    return [
        {
            "name": title,
            "bytes": sum(os.path.getsize(path) for path in found if os.path.exists(path)),
            "resident": title == "structure",
        }
        for title, found in paths.items()
    ]


def _folder_size(folder: str) -> int:
    return sum(os.path.getsize(files.join(folder, name)) for name in os.listdir(folder))
