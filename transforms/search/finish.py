"""The last step of a build: the version in one folder, measured, judged, told, and published or kept aside."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from transforms import files
from transforms.dead import SCHEMA
from transforms.errors import RequestError
from transforms.search import measure, report, words
from transforms.search import shard as shards
from transforms.search.build import build_segment, gone_path, truth_path
from transforms.search.draft import Draft
from transforms.search.job import IndexJob
from transforms.search.row_file import open_rows
from transforms.search.samples import sample_answers
from transforms.search.segment import HELD, RECENT, ROWS, Segment, share
from transforms.search.truth import Truth, followed
from transforms.search.vector_file import Vectors, decoded
from transforms.search.versions import DEAD, INDEXES, PAGE, REPORT, WORDS, write_about
from transforms.table import Snapshot

_TRAINED = ("store.faiss", "lists.faiss")
_IMBALANCE = 1.5
_EFFORT = 2
_FEWEST_NEW = 50
_INDEXED_QUERIES = 500


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a request.

    Attributes:
      version: published; None: kept aside, because its recall is below the floor.
      folder: of the version, or of what was kept aside.
      verdict: in words.
      about: what the index says of itself.
      report: as `report.json` has it.
    """

    version: int | None
    folder: str
    verdict: str
    about: dict[str, Any]
    report: dict[str, Any]


class RebuildError(Exception):
    """An update would leave the index worse than a new build: the message says why."""


def finish(
    job: IndexJob, draft: Draft, snapshot: Snapshot, *, base: Base | None, newest: int | None, started: float
) -> Outcome:
    """Puts the version together, measures it, and publishes it.

    Args:
      base: the version that is followed; None for a build from all rows.
      newest: the version that is in use.

    Raises:
      RebuildError: an update whose recall is below the floor, or whose lists have become too unequal.
      RequestError: too many rows have no direction.
    """
    built = draft.path("built")
    if base is None or draft.changes is not None:
        build_segment(draft, HELD, None if base is None else base.left(HELD, draft))
    dead = _dead(draft, job, snapshot)
    segments = _segments(draft, base)
    queries: Vectors = np.load(draft.path("held.npy"))
    truths = _truths(draft, base, segments, queries)
    seconds = {"build": time.time() - started}
    structures = [segment for segment in segments if segment.name != HELD]
    truth = measure.whole_truth(structures, truths)
    points = measure.curve(draft.plan, structures, queries, truth, job.floor) if len(queries) else []
    new = 0 if draft.changes is None else draft.changes["new_queries"]
    new = new if new >= _FEWEST_NEW else 0
    point = measure.chosen(points, job.floor, new=new)
    unequal = measure.imbalance(structures)
    if base is not None:
        _watch(base, points, point, unequal, new, job.floor)
    effort = point.effort if point is not None else (points[-1].effort if points else 1)
    best = point or (points[-1] if points else None)
    _write_words(job, draft, base, segments, built)
    with files.open_write(files.join(built, DEAD)) as stream:
        pq.write_table(dead, stream)
    for name in _TRAINED:
        if files.exists(draft.path(name)):
            files.write(files.join(built, name), files.read(draft.path(name)))
    seconds["measure"] = time.time() - started - seconds["build"]
    good = point is not None or not points
    about = _about(job, draft, snapshot, segments, effort, unequal, points, best)
    number = (newest or 0) + 1
    told = _report(
        job, draft, snapshot, segments, structures, queries, points, best, about, seconds, new,
        number if good else None, base,
    )  # fmt: skip
    files.write(files.join(built, REPORT), json.dumps(told, indent=1).encode())
    files.write(files.join(built, PAGE), report.render(told).encode())
    write_about(built, about)
    verdict = told["index"]["verdict"]
    if good:
        number = INDEXES.publish(built, job.to, after=newest)
        return Outcome(
            version=number, folder=files.join(job.to, str(number)), verdict=verdict, about=about, report=told
        )
    folder = INDEXES.set_aside(built, job.to, files.basename(draft.folder))
    return Outcome(version=None, folder=folder, verdict=verdict, about=about, report=told)


@dataclass(frozen=True)
class Base:
    """The version that an update follows."""

    folder: str
    about: dict[str, Any]
    segments: list[Segment]

    def left(self, name: str, draft: Draft) -> Segment | None:
        """A segment with the rows that the draft leaves in it; None where the version has none of that name."""
        there = [segment for segment in self.segments if segment.name == name]
        if not there:
            return None
        gone = np.load(draft.path("gone", f"{name}.npy"))
        return Segment(there[0].folder, there[0].kind, gone)


def open_segments(folder: str, about: dict[str, Any]) -> list[Segment]:
    """The segments of a version, in order."""
    found = []
    for name in about["segments"]:
        path = gone_path(folder, name)
        gone = np.load(path) if os.path.exists(path) else np.empty(0, np.int64)
        found.append(Segment(files.join(folder, name), about["plan"]["kind"], gone))
    return found


def _segments(draft: Draft, base: Base | None) -> list[Segment]:
    """All segments in `built/`: those that were built, and those of the version before, less what is gone."""
    built = draft.path("built")
    names = draft.segments()
    if base is not None:
        for segment in base.segments:
            if segment.name.startswith("base") or (segment.name == RECENT and RECENT not in names):
                share(segment.folder, files.join(built, segment.name))
                gone = files.read(draft.path("gone", f"{segment.name}.npy"))
                files.write(gone_path(built, segment.name), gone)
        kept = [s.name for s in base.segments if s.name != HELD]
        names = kept + [name for name in names if name not in kept]
    return open_segments(built, {"segments": [*names, HELD], "plan": {"kind": draft.plan.kind}})


def _truths(draft: Draft, base: Base | None, segments: list[Segment], queries: Vectors) -> list[Truth]:
    built = draft.path("built")
    truths = []
    for segment in segments:
        if segment.name == HELD:
            continue
        path = truth_path(built, segment.name)
        if not os.path.exists(path):
            assert base is not None and draft.changes is not None, "what is built has its truth"
            held = next(s for s in base.segments if s.name == HELD)
            before = np.flatnonzero(held.alive)
            gone = np.load(draft.path("gone", f"{HELD}.npy"))
            kept = np.flatnonzero(~np.isin(before, gone))
            old = Truth.load(truth_path(base.folder, segment.name))
            followed(old, kept, segment, queries[len(kept) :], queries).save(path)
        truths.append(Truth.load(path))
    return truths


def _dead(draft: Draft, job: IndexJob, snapshot: Snapshot) -> pa.Table:
    """The dead letters of this build.

    Raises:
      RequestError: they are too many.
    """
    paths = [files.join(shards.folder_of(draft, shard.number), DEAD) for shard in draft.shards]
    letters = pa.concat_tables([pq.read_table(path) for path in paths]) if paths else SCHEMA.empty_table()
    if letters.num_rows > job.most_dead * snapshot.rows:
        first = letters.column("id")[0].as_py()
        raise RequestError(
            f"{letters.num_rows:,} of the {snapshot.rows:,} rows of {job.table} have no direction (zero, NaN or infinite"
            f" vectors), first {first}: embed their sources again, or allow them with --max-dead-fraction"
        )
    return letters


def _watch(
    base: Base, points: list[measure.Point], point: measure.Point | None, unequal: float | None, new: int, floor: float
) -> None:
    if not points:
        return
    if point is None:
        recent = points[-1].hits[10][-new:].mean() if new else points[-1].recall()
        raise RebuildError(f"recall@10 would fall to {min(points[-1].recall(), recent):.3f}, below {floor}")
    before = base.about["drift"]
    if unequal is not None and before["imbalance"] is not None and unequal > _IMBALANCE * before["imbalance"]:
        raise RebuildError(f"lists have become unequal: a factor of {unequal:.1f}, after {before['imbalance']:.1f}")
    if point.effort > _EFFORT * before["effort"]:
        raise RebuildError(f"recall would need {point.effort / before['effort']:.1f} times the work of a query")


def _write_words(job: IndexJob, draft: Draft, base: Base | None, segments: list[Segment], built: str) -> None:
    folder = files.join(built, WORDS)
    if not job.words or "text" not in segments[0].columns.schema.names or files.exists(folder):
        return
    work = draft.path("words")
    import shutil

    shutil.rmtree(work, ignore_errors=True)
    if base is not None and draft.changes is not None and files.exists(files.join(base.folder, WORDS)):
        removed, added = _difference(draft, base, segments)
        words.update_words(files.join(base.folder, WORDS), work, removed=removed, added=added)
    else:
        words.build_words(
            work, words_of([(segment.columns, segment.alive) for segment in segments]), language=job.language
        )
    os.rename(work, folder)


def _difference(
    draft: Draft, base: Base, segments: list[Segment]
) -> tuple[list[str], list[tuple[list[str], list[str]]]]:
    """Documents that go or come anew, and those that come: whole documents, where the table has chunks."""
    changed: set[str] = set()
    for segment in base.segments:
        lost = np.setdiff1d(np.load(draft.path("gone", f"{segment.name}.npy")), segment.gone)
        changed |= set(_documents(segment.columns.take(pa.array(lost))))
    for shard in draft.shards:
        for side in (shards.MAIN, shards.HELD):
            changed |= set(_documents(open_rows(files.join(shards.folder_of(draft, shard.number), side, ROWS))))
    wanted = pa.array(sorted(changed), pa.string())
    import pyarrow.compute as pc

    chosen = []
    for segment in segments:
        names = _document_column(segment.columns)
        mask = pc.is_in(names, value_set=wanted).to_numpy(zero_copy_only=False) & segment.alive
        chosen.append((segment.columns, mask))
    return sorted(changed), list(words_of(chosen))


def _document_column(rows: pa.Table) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    if "parent" not in rows.schema.names:
        return rows.column("id")
    return pc.coalesce(rows.column("parent"), rows.column("id"))


def _documents(rows: pa.Table) -> list[str]:
    found: list[str] = _document_column(rows).to_pylist()
    return found


def words_of(rows: list[tuple[pa.Table, Any]]) -> Any:
    """Names and texts of documents: of chunks, what belongs to one document in the order of their numbers."""
    if "parent" not in rows[0][0].schema.names:
        for table, mask in rows:
            kept = table.select(["id", "text"]).filter(pa.array(mask))
            for batch in kept.to_batches():
                yield batch.column("id").to_pylist(), [text or "" for text in batch.column("text").to_pylist()]
        return
    chunks: dict[str, list[tuple[int, str]]] = {}
    for table, mask in rows:
        kept = table.select(["id", "parent", "text"]).filter(pa.array(mask))
        ids, texts = kept.column("id").to_pylist(), kept.column("text").to_pylist()
        for name, document, text in zip(ids, _documents(kept), texts, strict=True):
            number = name.rpartition("#")[2]
            chunks.setdefault(document, []).append((int(number) if number.isdigit() else 0, text or ""))
    names = sorted(chunks)
    yield names, [" ".join(text for _, text in sorted(chunks[name])) for name in names]


def _about(
    job: IndexJob, draft: Draft, snapshot: Snapshot, segments: list[Segment], effort: int,
    unequal: float | None, points: list[measure.Point], best: measure.Point | None,
) -> dict[str, Any]:  # fmt: skip
    about = snapshot.about
    return {
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "command": job.command,
        "asked": job.asked,
        "plan": draft.plan.to_json(),
        "segments": [segment.name for segment in segments],
        "effort": effort,
        "below": draft.below,
        "rows": sum(segment.rows for segment in segments),
        "dim": draft.dim,
        "modality": about.modality,
        "encoder": {
            "name": about.encoder,
            "handle": about.handle,
            "fingerprint": about.encoder_fingerprint,
            "precision": about.precision,
        },
        "table": {
            "path": os.path.abspath(job.table) if files.is_local(job.table) else job.table,
            "version": snapshot.version,
            "parts": sorted(snapshot.parts),
            "reading": about.reading,
        },
        "recall": measure.recalls(best) if best is not None else {},
        "drift": {"imbalance": unequal, "effort": effort},
        "base": draft.base,
    }


def _report(
    job: IndexJob, draft: Draft, snapshot: Snapshot, segments: list[Segment], structures: list[Segment],
    queries: Vectors, points: list[measure.Point], best: measure.Point | None, about: dict[str, Any],
    seconds: dict[str, float], new: int, number: int | None, base: Base | None,
) -> dict[str, Any]:  # fmt: skip
    plan, changes = draft.plan, draft.changes
    verdict = _verdict(best, job.floor, number, plan.kind)
    sizes = _sizes(segments, plan.kind)
    indexed = None
    if best is not None and draft.base is None and plan.kind != "exact":
        indexed = measure.indexed_recalls(structures, best, _INDEXED_QUERIES, job.seed)
    recent = None
    if best is not None and new:
        recent = measure.mean_interval(best.hits[10][-new:]).to_json()
    return {
        "format": report.FORMAT,
        "title": f"Index {files.basename(job.to)}",
        "created": about["created"],
        "index": {
            "path": job.to,
            "version": number,
            "published": number is not None,
            "verdict": verdict,
            "kind": plan.kind,
            "why": plan.why,
            "parameters": plan.parameters,
            "search": {"name": plan.effort_name, "value": about["effort"] if plan.effort_name else None},
            "floor": job.floor,
            "rows": about["rows"],
            "held": sum(segment.rows for segment in segments if segment.name == HELD),
            "dim": draft.dim,
            "words": files.exists(files.join(draft.path("built"), WORDS)),
            "segments": [
                {"name": s.name, "rows": s.size, "deleted": len(s.gone), "bytes": _folder_size(s.folder)}
                for s in segments
            ],
        },
        "data": {
            "table": job.table,
            "version": snapshot.version,
            "encoder": snapshot.about.encoder,
            "encoder_fingerprint": snapshot.about.encoder_fingerprint,
            "modality": snapshot.about.modality,
            "rows": snapshot.rows,
            "dead": snapshot.rows - about["rows"],
            "change": _change(draft, changes),
        },
        "commands": [job.command] if job.command else [],
        "recall": {
            "queries": len(queries),
            "at": measure.recalls(best) if best is not None else {},
            "indexed": indexed,
            "new": recent,
        },
        "latency": measure.latency(structures, queries, best) if best is not None else {},
        "sizes": sizes,
        "curve": [
            {
                "value": point.effort,
                "recall": {str(k): point.recall(k) for k in measure.AT},
                "p50": point.single * 1e3,
                "qps": point.rate,
                "chosen": best is not None and point.effort == best.effort,
            }
            for point in (points if plan.kind != "exact" else [])
        ],
        "drift": {
            "imbalance": about["drift"]["imbalance"],
            "history": _history(base, number, best, about["rows"]),
        },
        "queries": sample_answers(segments, queries, about["effort"], snapshot),
        "seconds": seconds,
    }


def _verdict(best: measure.Point | None, floor: float, number: int | None, kind: str) -> str:
    if best is None:
        return "published: too few rows to hold any out, and every query reads them all"
    found = f"recall@10 {best.recall():.3f} on {len(best.hits[10]):,} queries that it has never seen"
    if number is None:
        return f"not published: {found}, below the floor of {floor}"
    return f"published: {found}" + ("; every query reads all vectors" if kind == "exact" else "")


def _change(draft: Draft, changes: dict[str, int] | None) -> dict[str, Any] | None:
    if changes is None:
        return None if not draft.why else {
            "base": None, "added": None, "removed": None, "changed": None, "rebuilt": True, "why": draft.why
        }  # fmt: skip
    told = {name: changes[name] for name in ("added", "removed", "changed")}
    return {"base": draft.base, **told, "rebuilt": False, "why": ""}


def _history(base: Base | None, number: int | None, best: measure.Point | None, rows: int) -> list[dict[str, Any]]:
    past: list[dict[str, Any]] = []
    if base is not None:
        told = json.loads(files.read(files.join(base.folder, REPORT)))
        past = told["drift"]["history"]
    if number is None or best is None:
        return past
    return [*past, {"version": number, "recall": best.recall(), "rows": rows}]


def _sizes(segments: list[Segment], kind: str) -> list[dict[str, Any]]:
    from transforms.search.segment import STRUCTURE, VECTORS

    totals = {"structure": 0, "stored vectors": 0, "columns": 0}
    for segment in segments:
        for title, name in (("structure", STRUCTURE), ("stored vectors", VECTORS), ("columns", ROWS)):
            path = files.join(segment.folder, name)
            totals[title] += os.path.getsize(path) if os.path.exists(path) else 0
    if kind == "exact":
        del totals["structure"]
    return [{"name": name, "bytes": size, "resident": name == "structure"} for name, size in totals.items()]


def _folder_size(folder: str) -> int:
    return sum(os.path.getsize(files.join(folder, name)) for name in os.listdir(folder))


__all__ = ["Base", "Outcome", "RebuildError", "decoded", "finish", "open_segments"]
