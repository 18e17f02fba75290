"""Builds an index version's metadata (`index.json`) and its evaluation report (`report.json`)."""

from __future__ import annotations

import json
import time
from typing import Any

from transforms.common.intervals import mean_interval
from transforms.search.build.base_version import BaseVersion
from transforms.search.build.draft import Draft
from transforms.search.build.measurement import IndexMeasurement
from transforms.search.job import IndexJob
from transforms.search.measure import recall, report
from transforms.search.measure.samples import sample_answers
from transforms.search.store.index_folder import LEXICAL, REPORT
from transforms.search.store.segment import HOLDOUT, ROWS, STRUCTURE, VECTORS, Segment
from transforms.storage import files
from transforms.table.snapshot import Snapshot

_INDEXED_QUERIES = 500


def index_metadata(
    job: IndexJob,
    draft: Draft,
    snapshot: Snapshot,
    found: IndexMeasurement,
    base: BaseVersion | None,
    *,
    language: str | None,
) -> dict[str, Any]:
    """The content of `index.json`, but for the list of files.

    Args:
      language: of the words, whether it was asked for or found.
    """
    about = snapshot.about
    return {
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "command": job.command,
        "asked": {**job.structure_options, "language": language},
        "plan": draft.plan.to_json(),
        "segments": [segment.name for segment in found.segments],
        "effort": found.search_parameter,
        "below": draft.holdout_hash_limit,
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
            "settled": list(draft.fully_indexed_parts),
        },
        "recall": {} if found.best is None else recall.recalls(found.best),
        "logged": _logged(job, found),
        "drift": _drift_baseline(found, base),
        "base": draft.base,
    }


def _drift_baseline(found: IndexMeasurement, base: BaseVersion | None) -> dict[str, Any]:
    """The figures that updates are compared with, taken at the last full build, so that drift accumulates over updates."""
    return {"imbalance": found.imbalance, "effort": found.search_parameter} if base is None else base.drift_baseline


def table_path(table: str) -> str:
    """The path of a table, the same wherever the command is run."""
    return files.absolute(table)


def index_report(
    job: IndexJob, draft: Draft, snapshot: Snapshot, found: IndexMeasurement, *, number: int | None, past: str | None
) -> dict[str, Any]:
    """The content of `report.json` (`transforms.search.measure.report`).

    Args:
      number: the version that this becomes; None: it is kept as a candidate.
      past: the folder of the version that is updated, whose history is continued.
    """
    plan, best, about = draft.plan, found.best, snapshot.about
    is_lossy = plan.kind != "exact"
    is_build = draft.base is None
    return {
        "format": report.FORMAT,
        "title": f"Index {files.basename(job.to)}",
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "index": {
            "path": job.to,
            "version": number,
            "published": number is not None,
            "verdict": _verdict(found, job.min_recall, plan.kind),
            "kind": plan.kind,
            "why": plan.why,
            "parameters": plan.parameters,
            "search": {"name": plan.search_parameter_name, "value": found.search_parameter if is_lossy else None},
            "floor": job.min_recall,
            "rows": found.rows,
            "held": sum(segment.rows for segment in found.segments if segment.name == HOLDOUT),
            "dim": draft.dim,
            "words": files.exists(files.join(draft.path("built"), LEXICAL)),
            "segments": [
                {"name": s.name, "rows": s.size, "deleted": len(s.deleted), "bytes": _folder_size(s.folder)}
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
            if best is not None and is_lossy and is_build
            else None,
            "new": mean_interval(best.hits[10][-found.new :]).to_json() if best is not None and found.new else None,
        },
        "logged": _logged(job, found),
        "latency": {} if best is None else recall.latency(found.structures, found.queries, best),
        "sizes": _sizes(found.segments, plan.kind),
        "curve": [_described(point, best) for point in found.points] if is_lossy else [],
        "drift": {"imbalance": found.imbalance, "history": _history(past, number, best, found.rows)},
        "queries": sample_answers(found.segments, found.queries, found.search_parameter, snapshot),
        "seconds": {},
    }


def _logged(job: IndexJob, found: IndexMeasurement) -> dict[str, Any] | None:
    """Recall on the queries that people asked, and what their files hold; None without files.

    `queries` were measured: of `distinct` ones those that were sampled, less those of which the encoder knows no word.
    """
    if job.logged is None:
        return None
    logged, hits = job.logged, found.logged
    return {
        "recall": {} if hits is None else hits.to_json(),
        "queries": 0 if hits is None else len(hits.times),
        "distinct": logged.distinct,
        "asked": logged.asked,
        "broken": logged.broken,
        "hashed": logged.hashed,
    }


def _described(point: recall.Point, best: recall.Point | None) -> dict[str, Any]:
    return {
        "value": point.search_parameter,
        "recall": {str(k): point.recall(k) for k in recall.AT},
        "p50": point.single * 1e3,
        "qps": point.rate,
        "chosen": point is best,
    }


def _verdict(found: IndexMeasurement, min_recall: float, kind: str) -> str:
    if found.best is None:
        return "too few rows to hold any out, but every query reads them all"
    measured = mean_interval(found.best.hits[10])
    # The recall of an exact index needs no estimate.
    interval = "" if kind == "exact" else f" [{measured.low:.3f}, {measured.high:.3f}]"
    verdict = f"recall@10 {measured.value:.3f}{interval} on {len(found.queries):,} queries that it has never seen"
    if found.logged is not None:
        asked = found.logged.interval()
        interval = "" if kind == "exact" else f" [{asked.low:.3f}, {asked.high:.3f}]"
        verdict += f", {asked.value:.3f}{interval} on {len(found.logged.times):,} that people asked"
    if not found.is_good:
        return f"{verdict}, below the floor of {min_recall}"
    return verdict + ("; every query reads all vectors" if kind == "exact" else "")


def _change(draft: Draft) -> dict[str, Any] | None:
    names = ("added", "removed", "changed")
    if draft.changes is not None:
        counts = {name: draft.changes[name] for name in names}
        return {"base": draft.base, **counts, "rebuilt": False, "why": ""}
    return {"base": None, **dict.fromkeys(names), "rebuilt": True, "why": draft.why} if draft.why else None


def _history(past: str | None, number: int | None, best: recall.Point | None, rows: int) -> list[dict[str, Any]]:
    """Recall and rows of every version since the last build, this one included where it is published."""
    before = {} if past is None else json.loads(files.read(files.join(past, REPORT)))
    history = (before.get("drift") or {}).get("history") or []
    if number is None or best is None:
        return list(history)
    return [*history, {"version": number, "recall": best.recall(), "rows": rows}]


def _sizes(segments: list[Segment], kind: str) -> list[dict[str, Any]]:
    names = {"structure": STRUCTURE, "stored vectors": VECTORS, "columns": ROWS}
    if kind == "exact":
        del names["structure"]
    paths = {title: [files.join(segment.folder, name) for segment in segments] for title, name in names.items()}
    return [
        {
            "name": title,
            "bytes": sum(entry.size for path in found if (entry := files.entry(path)) is not None),
            "resident": title == "structure",
        }
        for title, found in paths.items()
    ]


def _folder_size(folder: str) -> int:
    return sum(entry.size for entry in files.below(folder))
