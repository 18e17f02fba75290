"""Measures the recall and the latency of an index with holdout rows as queries.

    recall@k = the share of the k exact nearest that are among the k that were found

The queries are the holdout rows, which no structure contains; the ground truth is exact search over float32 vectors; answers
come from the structures alone, since the segment of holdout rows, which is searched exactly, would flatter them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import RowIndices, Vectors
from transforms.common.intervals import mean_interval
from transforms.search.measure.ground_truth import DEPTH, STORED_NEIGHBORS, GroundTruth, exact_truth
from transforms.search.measure.logged_hits import LoggedHits
from transforms.search.plan import IndexPlan
from transforms.search.store.segment import Found, Segment, merged
from transforms.search.store.vector_file import decoded

AT = (1, 10, 100)
_GOOD_ENOUGH = 0.995
_BEYOND_CHOSEN = 2
_HALVINGS = 3
_SINGLES, _CURVE_SINGLES = 300, 50
_EXACT_ROWS, _EXACT_QUERIES, _EXACT_SINGLES = 20_000, 100, 20
_SAME = 1e-6
"""Cosines that differ by less are equal: the order in which products are summed differs."""


@dataclass(frozen=True, eq=False)
class Point:
    """A measurement at one value of the search parameter.

    Attributes:
      hits: by k, each query's share of its k nearest that were found, float64 [q].
      single: median seconds of a query alone.
      rate: queries a second, all together.
      logged: the same of queries that people asked; None where none are known.
    """

    search_parameter: int
    hits: dict[int, npt.NDArray[np.float64]]
    single: float
    rate: float
    logged: LoggedHits | None = None

    def recall(self, k: int = 10) -> float:
        """Mean recall@k; NaN without queries."""
        return float(self.hits[k].mean()) if len(self.hits[k]) else math.nan

    def least_recall(self) -> float:
        """Recall@10 on the queries on which it is lower: holdout rows, or those that people asked."""
        return self.recall() if self.logged is None else min(self.recall(), self.logged.recall())


def search_all(segments: list[Segment], queries: Vectors, k: int, *, search_parameter: int) -> Found:
    """Finds the k nearest over several segments; positions count through the segments in order."""
    found, start = [], 0
    for segment in segments:
        rows, scores = segment.search(queries, k, search_parameter=search_parameter)
        found.append((np.where(rows < 0, -1, rows + start), scores))
        start += segment.size
    return merged(found, k)


def merged_truth(segments: list[Segment], truths: list[GroundTruth]) -> Found:
    """Merges the ground truths of several segments, [q, STORED_NEIGHBORS]; -1 where there are fewer rows."""
    found, start = [], 0
    for segment, truth in zip(segments, truths, strict=True):
        found.append((np.where(truth.rows < 0, -1, truth.rows + start), truth.scores))
        start += segment.size
    return merged(found, STORED_NEIGHBORS)


def hits(found: RowIndices, truth: Found, k: int) -> npt.NDArray[np.float64]:
    """The share of each query's k exact neighbours (fewer where there are fewer rows) that were found, [q].

    A row that is as near as the k-th counts as one of them: any of several copies of a text is a right answer.
    """
    shares = np.empty(len(found))
    for query, (here, there, cosines) in enumerate(zip(found, *truth, strict=True)):
        count = min(k, int((there >= 0).sum()))
        if not count:
            shares[query] = 1.0
            continue
        good = there[cosines >= cosines[count - 1] - _SAME]
        shares[query] = min(int(np.isin(good, here[:k]).sum()), count) / count
    return shares


def measure_point(segments: list[Segment], queries: Vectors, truth: Found, search_parameter: int) -> Point:
    """Measures recall and speed at one value of the search parameter."""
    started = time.perf_counter()
    short, _ = search_all(segments, queries, 10, search_parameter=search_parameter)
    rate = len(queries) / max(time.perf_counter() - started, 1e-9)
    found = _hits_by_k(segments, queries, truth, search_parameter, short)
    singles = single_seconds(segments, queries[:_CURVE_SINGLES], search_parameter)
    return Point(search_parameter, found, float(np.median(singles)) if len(singles) else math.nan, rate)


def hits_at(
    segments: list[Segment], queries: Vectors, truth: Found, search_parameter: int
) -> dict[int, npt.NDArray[np.float64]]:
    """Finds each query's share of its 1, 10 and 100 nearest at one value of the search parameter."""
    short, _ = search_all(segments, queries, 10, search_parameter=search_parameter)
    return _hits_by_k(segments, queries, truth, search_parameter, short)


def _hits_by_k(
    segments: list[Segment], queries: Vectors, truth: Found, search_parameter: int, short: RowIndices
) -> dict[int, npt.NDArray[np.float64]]:
    long, _ = search_all(segments, queries, DEPTH, search_parameter=search_parameter)
    return {1: hits(short, truth, 1), 10: hits(short, truth, 10), 100: hits(long, truth, 100)}


def curve(plan: IndexPlan, measure: Callable[[int], Point], min_recall: float) -> list[Point]:
    """Measures a new build at rising values of the search parameter.

    From the cheapest on until a few values beyond the first that reaches `min_recall`; then the gap before that one is halved
    three times, to find a cheaper one.
    """
    points: list[Point] = []
    for search_parameter in plan.search_parameters:
        points.append(measure(search_parameter))
        good = [point for point in points if point.least_recall() >= min_recall]
        if len(good) > _BEYOND_CHOSEN or (good and points[-1].least_recall() >= _GOOD_ENOUGH):
            break
    for _ in range(_HALVINGS):
        first = next((at for at, point in enumerate(points) if point.least_recall() >= min_recall), 0)
        if first and points[first].search_parameter - points[first - 1].search_parameter > 1:
            points.insert(first, measure((points[first - 1].search_parameter + points[first].search_parameter) // 2))
    return points


def update_curve(before: int, measure: Callable[[int], Point], reaches: Callable[[Point], bool]) -> list[Point]:
    """Measures an update from the search parameter in use on, until one `reaches` the least recall; at most twice that value."""
    points: list[Point] = []
    for search_parameter in dict.fromkeys((before, before * 3 // 2, before * 2)):
        points.append(measure(search_parameter))
        if reaches(points[-1]):
            break
    return points


def reaches(point: Point, min_recall: float, *, new: int = 0) -> bool:
    """Decides whether recall@10 is at least `min_recall`, and that of the newest `new` queries alone not surely below it.

    Where people's queries are known, recall on these must be as high, too.

    The newest queries are few: only if the upper 95% bound of their recall (`mean_interval`, exact for any number of queries)
    is below `min_recall` is there evidence that the added rows are found less well; otherwise every other update would be a
    reason to build anew.
    """
    recent = mean_interval(point.hits[10][len(point.hits[10]) - new :])
    return point.least_recall() >= min_recall and (not new or recent.high >= min_recall)


def single_seconds(segments: list[Segment], queries: Vectors, search_parameter: int) -> npt.NDArray[np.float64]:
    """Seconds of each query when it is asked alone, without the first few."""
    taken = []
    for row in range(len(queries)):
        started = time.perf_counter()
        search_all(segments, queries[row : row + 1], 10, search_parameter=search_parameter)
        taken.append(time.perf_counter() - started)
    return np.array(taken[min(5, len(taken) // 2) :])


def recalls(point: Point) -> dict[str, dict[str, float | None]]:
    """Recall@1, @10, @100 with intervals over the queries."""
    return {str(k): mean_interval(point.hits[k]).to_json() for k in AT}


def latency(segments: list[Segment], queries: Vectors, point: Point) -> dict[str, float | int | None]:
    """Measures latency percentiles in milliseconds and rates in queries a second, of the index and of exact search.

    Exact search is FAISS's flat index over some of the rows, scaled to all.
    """
    import faiss

    singles = single_seconds(segments, queries[:_SINGLES], point.search_parameter) * 1e3
    rows = sum(segment.rows for segment in segments)
    flat = faiss.IndexFlatIP(queries.shape[1])
    largest = max(segments, key=lambda segment: segment.size)
    flat.add(decoded(largest.stored, np.arange(min(largest.size, _EXACT_ROWS))))
    scale = max(rows, 1) / max(flat.ntotal, 1)
    some = queries[:_EXACT_QUERIES]
    alone = [_seconds(flat, some[row : row + 1]) for row in range(min(_EXACT_SINGLES, len(some)))]
    together = _seconds(flat, some)
    p50, p95, p99 = (float(v) for v in np.percentile(singles, [50, 95, 99])) if len(singles) else (math.nan,) * 3
    return {
        "p50": p50,
        "p95": p95,
        "p99": p99,
        "exact_p50": float(np.median(alone)) * 1e3 * scale if alone else None,
        "batch_qps": point.rate,
        "exact_qps": len(some) / (together * scale),
        "threads": faiss.omp_get_max_threads(),
    }


def _seconds(flat: Any, queries: Vectors) -> float:
    started = time.perf_counter()
    flat.search(queries, 10)
    return time.perf_counter() - started


def imbalance(segments: list[Segment]) -> float | None:
    """Computes how unequal inverted lists are, over all segments: 1 if all have one length (FAISS's factor); None without lists.

    n * sum(size^2) / sum(size)^2 is the cost of reading a list, in proportion to rows, over that of equal lists.
    """
    sizes = [segment.list_sizes for segment in segments if segment.list_sizes is not None]
    by_count: dict[int, npt.NDArray[np.int64]] = {}
    for found in sizes:
        by_count[len(found)] = by_count.get(len(found), 0) + found
    total = np.concatenate(list(by_count.values())) if by_count else np.empty(0)
    if not total.sum():
        return None
    return float(len(total) * (total.astype(float) ** 2).sum() / total.sum() ** 2)


def indexed_recalls(
    segments: list[Segment], point: Point, count: int, seed: int
) -> dict[str, dict[str, float | None]] | None:
    """Recall with queries that are rows of the index, each of which finds itself: an optimistic figure, often reported."""
    largest = max(segments, key=lambda segment: segment.size)
    drawn = np.sort(np.random.default_rng(seed).choice(largest.size, min(count, largest.size), replace=False))
    queries: Any = decoded(largest.stored, drawn)
    truth = merged_truth(segments, [exact_truth(segment, queries) for segment in segments])
    return recalls(measure_point(segments, queries, truth, point.search_parameter))
