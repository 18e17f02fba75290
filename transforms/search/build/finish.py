"""The last step of a build: the version in one folder, measured, judged, told, and published or kept aside."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.common.errors import RequestError
from transforms.corpus.dead_letters import SCHEMA
from transforms.search.build import shard as shards
from transforms.search.build.describe import Measured, about_index, index_report
from transforms.search.build.draft import Draft
from transforms.search.build.prepare import TRAINED
from transforms.search.build.segments import build_segment
from transforms.search.job import IndexJob
from transforms.search.measure import recall, report
from transforms.search.measure.ground_truth import Truth, followed, of_segment
from transforms.search.store import lexical
from transforms.search.store.documents import documents, has_texts, only, touched
from transforms.search.store.index_folder import DEAD, INDEXES, PAGE, REPORT, WORDS, write_about
from transforms.search.store.row_file import open_rows
from transforms.search.store.segment import HELD, ROWS, Segment, gone_path, open_segments, share, truth_path
from transforms.search.store.vector_file import Vectors, decoded
from transforms.storage import files
from transforms.table.snapshot import Snapshot

_IMBALANCE = 1.5
"""How much more unequal than after the last build lists may become."""
_EFFORT = 2
"""How much more than after the last build a query may have to read."""
_FEWEST_NEW = 50
"""Queries among the rows that came, from which their recall is a figure of its own."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a request.

    Attributes:
      version: published; None: kept aside, because its recall is below the floor.
      folder: of the version, or of what was kept aside.
      verdict: in words.
      report: as `report.json` has it.
    """

    version: int | None
    folder: str
    verdict: str
    report: dict[str, Any]


class RebuildDueError(Exception):
    """An update would leave the index worse than a new build: the message says why."""


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
        return Segment(there[0].folder, there[0].kind, np.load(draft.path("gone", f"{name}.npy")))


def finish(job: IndexJob, draft: Draft, snapshot: Snapshot, *, base: Base | None, newest: int | None) -> Outcome:
    """Puts the version together, measures it, and publishes it.

    Args:
      base: the version that is followed; None for a build from all rows.
      newest: the version that is in use.

    Raises:
      RebuildDueError: an update whose recall is below the floor, or whose lists have become too unequal.
      RequestError: too many rows have no direction.
    """
    started = time.monotonic()
    built = draft.path("built")
    _write_dead(draft, job, snapshot, base, built)
    build_segment(draft, HELD, None if base is None else base.left(HELD, draft))
    segments = _assembled(draft, base, built)
    found = _measured(job, draft, base, segments, built)
    if base is not None:
        _watch(base, found, job.floor)
    measured = time.monotonic()
    if job.words and has_texts(segments[0].columns):
        _write_words(job, draft, base, segments, built)
        draft.took("words", 0, time.monotonic() - measured)
    # What comes now is measuring again: latencies, other queries.
    started += time.monotonic() - measured
    for name in TRAINED:
        if files.exists(draft.path(name)):
            files.write(files.join(built, name), files.read(draft.path(name)))
    number = (newest or 0) + 1
    told = index_report(
        job, draft, snapshot, found, number=number if found.good else None, past=None if base is None else base.folder
    )
    draft.took("measure", 0, time.monotonic() - started)
    told["seconds"] = draft.seconds()
    files.write(files.join(built, REPORT), json.dumps(told, indent=1).encode())
    files.write(files.join(built, PAGE), report.render(told).encode())
    write_about(built, about_index(job, draft, snapshot, found))
    verdict = told["index"]["verdict"]
    if not found.good:
        folder = INDEXES.set_aside(built, job.to, files.basename(draft.folder))
        return Outcome(version=None, folder=folder, verdict=verdict, report=told)
    number = INDEXES.publish(built, job.to, after=newest)
    return Outcome(version=number, folder=files.join(job.to, str(number)), verdict=verdict, report=told)


def _write_dead(draft: Draft, job: IndexJob, snapshot: Snapshot, base: Base | None, built: str) -> None:
    """Writes the dead letters: those of this build, and those before whose source is still in the table as it was.

    Raises:
      RequestError: they are too many.
    """
    paths = [files.join(shards.folder_of(draft, shard.number), DEAD) for shard in draft.shards]
    letters = pa.concat_tables([SCHEMA.empty_table(), *(pq.read_table(path) for path in paths)])
    if base is not None:
        before = pq.read_table(files.join(base.folder, DEAD))
        here = before.join(
            snapshot.ledger.select(["source", "fingerprint"]), ["source", "fingerprint"], join_type="left semi"
        )
        here = here.join(letters.select(["id"]), "id", join_type="left anti")
        letters = pa.concat_tables([letters, here.select(SCHEMA.names).cast(SCHEMA)])
    if letters.num_rows > job.most_dead * snapshot.rows:
        first = letters.column("id")[0].as_py()
        raise RequestError(
            f"{letters.num_rows:,} of the {snapshot.rows:,} rows of {job.table} have no direction (zero, NaN or infinite"
            f" vectors), first {first}: embed their sources again, or allow them with --max-dead-fraction"
        )
    files.make_folder(built)
    with files.open_write(files.join(built, DEAD)) as stream:
        pq.write_table(letters, stream)


def _assembled(draft: Draft, base: Base | None, built: str) -> list[Segment]:
    """All segments in `built/`: those that were built, and those of the version before, less what is gone."""
    names = draft.segments()
    if base is not None:
        kept = [segment for segment in base.segments if segment.name not in (HELD, *names)]
        for segment in kept:
            share(segment.folder, files.join(built, segment.name))
            files.write(gone_path(built, segment.name), files.read(draft.path("gone", f"{segment.name}.npy")))
        names = [*(segment.name for segment in kept), *names]
    return open_segments(built, [*names, HELD], draft.plan.kind)


def _measured(job: IndexJob, draft: Draft, base: Base | None, segments: list[Segment], built: str) -> Measured:
    queries, new = _queries(draft, base, segments)
    structures = [segment for segment in segments if segment.name != HELD]
    truths = [_truth(draft, base, segment, queries, built) for segment in structures]
    truth = recall.whole_truth(structures, truths)
    new = new if new >= _FEWEST_NEW else 0

    def judge(effort: int) -> recall.Point:
        return recall.measured(structures, queries, truth, effort)

    def reaches(point: recall.Point) -> bool:
        return recall.reaches(point, job.floor, new=new)

    points: list[recall.Point] = []
    if len(queries) and base is None:
        points = recall.curve(draft.plan, judge, job.floor)
    if len(queries) and base is not None:
        points = recall.followed_curve(base.about["effort"], judge, reaches)
    chosen = next((point for point in points if reaches(point)), None)
    return Measured(
        segments=segments,
        queries=queries,
        new=new,
        points=points,
        best=chosen or (points[-1] if points else None),
        imbalance=recall.imbalance(structures),
        good=chosen is not None or not points,
    )


def _queries(draft: Draft, base: Base | None, segments: list[Segment]) -> tuple[Vectors, int]:
    """The vectors of the held-out rows, and how many of them, the last, came with this update."""
    if base is None:
        return np.load(draft.path("held.npy")), 0
    held = next(segment for segment in segments if segment.name == HELD)
    return decoded(held.stored), held.rows - len(_kept(draft, base))


def _kept(draft: Draft, base: Base) -> npt.NDArray[np.int64]:
    """Which of the queries of the version before are still there."""
    held = next(segment for segment in base.segments if segment.name == HELD)
    return np.flatnonzero(~np.isin(np.flatnonzero(held.alive), np.load(draft.path("gone", f"{HELD}.npy"))))


def _truth(draft: Draft, base: Base | None, segment: Segment, queries: Vectors, built: str) -> Truth:
    """The exact neighbours in one segment: those found while it was encoded, or known before and brought up to date."""
    path = truth_path(built, segment.name)
    if not os.path.exists(path):
        assert base is not None, "a build finds them while it encodes"
        if segment.name in draft.segments():
            of_segment(segment, queries).save(path)
        else:
            old = Truth.load(truth_path(base.folder, segment.name))
            followed(old, _kept(draft, base), segment, queries).save(path)
    return Truth.load(path)


def _watch(base: Base, found: Measured, floor: float) -> None:
    if found.best is None:
        return
    if not found.good:
        recalls = [found.best.recall(), *([found.best.hits[10][-found.new :].mean()] if found.new else [])]
        raise RebuildDueError(f"recall@10 would fall to {min(recalls):.3f}, below {floor}")
    before = base.about["drift"]
    if found.imbalance is not None and found.imbalance > _IMBALANCE * before["imbalance"]:
        raise RebuildDueError(
            f"lists have become unequal: by a factor of {found.imbalance:.1f}, after {before['imbalance']:.1f}"
        )
    if found.effort > _EFFORT * before["effort"]:
        raise RebuildDueError(f"a query would have to read {found.effort / before['effort']:.1f} times as much")


def _write_words(job: IndexJob, draft: Draft, base: Base | None, segments: list[Segment], built: str) -> None:
    folder = files.join(built, WORDS)
    if files.exists(folder):
        return
    work = draft.path("words")
    shutil.rmtree(work, ignore_errors=True)
    rows = [(segment.columns, segment.alive) for segment in segments]
    if base is None:
        lexical.build_words(work, documents(rows), language=job.language)
    else:
        names = touched(_lost(draft, base), _came(draft))
        lexical.update_words(files.join(base.folder, WORDS), work, removed=names, added=documents(only(names, rows)))
    os.rename(work, folder)


def _lost(draft: Draft, base: Base) -> list[pa.Table]:
    rows = []
    for segment in base.segments:
        gone = np.setdiff1d(np.load(draft.path("gone", f"{segment.name}.npy")), segment.gone)
        rows.append(segment.columns.take(pa.array(gone)))
    return rows


def _came(draft: Draft) -> list[pa.Table]:
    folders = [shards.folder_of(draft, shard.number) for shard in draft.shards]
    return [open_rows(files.join(folder, side, ROWS)) for folder in folders for side in (shards.MAIN, shards.HELD)]
