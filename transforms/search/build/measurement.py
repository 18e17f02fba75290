"""Measures a version that is about to be published, and decides whether an update leaves the index good enough to be one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from transforms.common.arrays import RowIndices, Vectors
from transforms.search.build.base_version import BaseVersion
from transforms.search.build.draft import Draft
from transforms.search.build.logged_queries import LoggedVectors
from transforms.search.measure import recall
from transforms.search.measure.ground_truth import GroundTruth, exact_truth, updated_truth
from transforms.search.measure.logged_hits import LoggedHits
from transforms.search.store.segment import HOLDOUT, Segment, truth_path
from transforms.search.store.vector_file import decoded
from transforms.storage import files

_MAX_IMBALANCE_GROWTH = 1.5
"""The factor by which inverted lists may become more unequal than after the last build."""
_MAX_COST_GROWTH = 2
"""The factor by which a query may have to read more than after the last build."""
_FEWEST_NEW = 50
"""Fewest queries among added rows for their recall to be judged by itself: rows that are added together are often alike, so that
a handful of them tell less than their number."""


class RebuildDueError(Exception):
    """An update would leave the index worse than a new build: the message says why."""


@dataclass(frozen=True, kw_only=True, eq=False)
class IndexMeasurement:
    """The measurements of a version.

    Attributes:
      segments: all of them.
      queries: vectors of the holdout rows [q, dim]; the last `new` of them were added by this update (0 where too few were).
      points: the measured points of recall over latency.
      best: the one that is chosen, or where none reaches the least recall the last; None without queries.
      search_parameter: of `best`; without queries, with which recall cannot be measured, the exhaustive one.
      imbalance: of the inverted lists; None without lists.
      is_good: whether the least recall is reached, or cannot be measured.
      logged: what is found of the queries that people asked, with this search parameter; None where none are known.
    """

    segments: list[Segment]
    queries: Vectors
    new: int
    points: list[recall.Point]
    best: recall.Point | None
    search_parameter: int
    imbalance: float | None
    is_good: bool
    logged: LoggedHits | None = None

    @property
    def structures(self) -> list[Segment]:
        """The segments but for the holdout rows."""
        return [segment for segment in self.segments if segment.name != HOLDOUT]

    @property
    def rows(self) -> int:
        """The number of rows that can be found."""
        return sum(segment.rows for segment in self.segments)


def measure_version(
    draft: Draft,
    base: BaseVersion | None,
    segments: list[Segment],
    built: str,
    *,
    min_recall: float,
    logged: LoggedVectors | None = None,
) -> IndexMeasurement:
    """Measures recall, latency and balance of the segments in the folder `built`; stores the ground truth there.

    Args:
      logged: queries that people asked, on which recall is measured, too.
    """
    kept = None if base is None else base.kept_queries(draft)
    queries, new = _queries(draft, kept, segments)
    structures = [segment for segment in segments if segment.name != HOLDOUT]
    truths = [_truth(draft, base, segment, queries, kept, built) for segment in structures]
    truth = recall.merged_truth(structures, truths)
    new = new if new >= _FEWEST_NEW else 0

    def measure(search_parameter: int) -> recall.Point:
        point = recall.measure_point(structures, queries, truth, search_parameter)
        return point if logged is None else replace(point, logged=logged.at(search_parameter))

    def reaches(point: recall.Point) -> bool:
        return recall.reaches(point, min_recall, new=new)

    points: list[recall.Point] = []
    if len(queries) and base is None:
        points = recall.curve(draft.plan, measure, min_recall)
    if len(queries) and base is not None:
        points = recall.update_curve(base.metadata["effort"], measure, reaches)
    chosen = next((point for point in points if reaches(point)), None)
    best = chosen or (points[-1] if points else None)
    search_parameter = draft.plan.search_parameters[-1] if best is None else best.search_parameter
    return IndexMeasurement(
        segments=segments,
        queries=queries,
        new=new,
        points=points,
        best=best,
        search_parameter=search_parameter,
        imbalance=recall.imbalance(structures),
        is_good=chosen is not None or not points,
        logged=best.logged if best is not None else None if logged is None else logged.at(search_parameter),
    )


def require_no_drift(base: BaseVersion, found: IndexMeasurement, min_recall: float) -> None:
    """Compares an update with the last full build, so that drift accumulates over updates.

    Raises:
      RebuildDueError: recall is below `min_recall`, lists have become too unequal, or queries too expensive.
    """
    if found.best is None:
        return
    if not found.is_good:
        recalls = [found.best.least_recall(), *([found.best.hits[10][-found.new :].mean()] if found.new else [])]
        raise RebuildDueError(f"recall@10 would fall to {min(recalls):.3f}, below {min_recall}")
    built = base.drift_baseline
    before = built["imbalance"]
    if found.imbalance is not None and before is not None and found.imbalance > _MAX_IMBALANCE_GROWTH * before:
        raise RebuildDueError(f"lists have become unequal: by a factor of {found.imbalance:.1f}, after {before:.1f}")
    if found.search_parameter > _MAX_COST_GROWTH * built["effort"]:
        raise RebuildDueError(
            f"a query would have to read {found.search_parameter / built['effort']:.1f} times as much"
        )


def _queries(draft: Draft, kept: RowIndices | None, segments: list[Segment]) -> tuple[Vectors, int]:
    """The vectors of the holdout rows, and how many of them, the last ones, were added by this update."""
    if kept is None:
        queries: Vectors = files.read_array(draft.path("held.npy"))
        return queries, 0
    holdout = next(segment for segment in segments if segment.name == HOLDOUT)
    return decoded(holdout.stored), holdout.rows - len(kept)


def _truth(
    draft: Draft,
    base: BaseVersion | None,
    segment: Segment,
    queries: Vectors,
    kept: RowIndices | None,
    built: str,
) -> GroundTruth:
    """The exact neighbours in one segment: found while it was encoded, or those of the version before, updated."""
    path = truth_path(built, segment.name)
    if not files.exists(path):
        assert base is not None and kept is not None, "a build finds them while it encodes"
        if segment.name in draft.segments():
            exact_truth(segment, queries).save(path)
        else:
            old = GroundTruth.load(truth_path(base.folder, segment.name))
            updated_truth(old, kept, segment, queries).save(path)
    return GroundTruth.load(path)
