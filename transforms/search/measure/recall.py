"""How good and how fast an index is, measured with rows that it has never seen.

    recall@k = the share of the k exact nearest that are among the k that were found

The queries are the held-out rows, the truth is exact search over float32 vectors, and what was found comes from the structures
alone: the segment of held-out rows, which is read whole, would flatter them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.intervals import mean_interval
from transforms.search.measure.ground_truth import DEPTH, KEPT, Truth
from transforms.search.plan import Plan
from transforms.search.store.segment import Found, Positions, Segment, merged
from transforms.search.store.vector_file import Vectors, decoded

AT = (1, 10, 100)
_GOOD_ENOUGH = 0.995
_BEYOND_CHOSEN = 2
_HALVINGS = 3
_SINGLES, _CURVE_SINGLES = 300, 50
_EXACT_ROWS, _EXACT_QUERIES, _EXACT_SINGLES = 20_000, 100, 20
_SAME = 1e-6
"""Cosines that are equal but for the order of their sums."""


@dataclass(frozen=True, eq=False)
class Point:
    """One value of the search parameter: hits [q] of each recall, median seconds of a query alone, queries a second together."""

    effort: int
    hits: dict[int, npt.NDArray[np.float64]]
    single: float
    rate: float

    def recall(self, k: int = 10) -> float:
        return float(self.hits[k].mean()) if len(self.hits[k]) else math.nan


def search_all(segments: list[Segment], queries: Vectors, k: int, *, effort: int) -> Found:
    """The k nearest over several segments; positions count through them in order."""
    found, start = [], 0
    for segment in segments:
        rows, scores = segment.search(queries, k, effort=effort)
        found.append((np.where(rows < 0, -1, rows + start), scores))
        start += segment.size
    return merged(found, k)


def whole_truth(segments: list[Segment], truths: list[Truth]) -> Found:
    """The exact neighbours over several segments, [q, KEPT]; -1 where there are fewer rows."""
    found, start = [], 0
    for segment, truth in zip(segments, truths, strict=True):
        found.append((np.where(truth.rows < 0, -1, truth.rows + start), truth.scores))
        start += segment.size
    return merged(found, KEPT)


def hits(found: Positions, truth: Found, k: int) -> npt.NDArray[np.float64]:
    """The share of each query's k exact neighbours (fewer where there are fewer rows) that were found, [q].

    A row that is as near as the k-th is as good: copies of one text are no errors.
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


def measured(segments: list[Segment], queries: Vectors, truth: Found, effort: int) -> Point:
    started = time.perf_counter()
    short, _ = search_all(segments, queries, 10, effort=effort)
    rate = len(queries) / max(time.perf_counter() - started, 1e-9)
    long, _ = search_all(segments, queries, DEPTH, effort=effort)
    found = {1: hits(short, truth, 1), 10: hits(short, truth, 10), 100: hits(long, truth, 100)}
    singles = single_seconds(segments, queries[:_CURVE_SINGLES], effort)
    return Point(effort, found, float(np.median(singles)) if len(singles) else math.nan, rate)


def curve(plan: Plan, judge: Callable[[int], Point], floor: float) -> list[Point]:
    """Points from the cheapest on until some beyond the floor, and three between the last below it and the first that is not."""
    points: list[Point] = []
    for effort in plan.efforts:
        points.append(judge(effort))
        good = [point for point in points if point.recall() >= floor]
        if len(good) > _BEYOND_CHOSEN or (good and points[-1].recall() >= _GOOD_ENOUGH):
            break
    for _ in range(_HALVINGS):
        first = next((at for at, point in enumerate(points) if point.recall() >= floor), 0)
        if first and points[first].effort - points[first - 1].effort > 1:
            points.insert(first, judge((points[first - 1].effort + points[first].effort) // 2))
    return points


def followed_curve(before: int, judge: Callable[[int], Point], reaches: Callable[[Point], bool]) -> list[Point]:
    """Points from the parameter that was in use on, until one reaches the floor; at most twice that parameter."""
    points: list[Point] = []
    for effort in dict.fromkeys((before, before * 3 // 2, before * 2)):
        points.append(judge(effort))
        if reaches(points[-1]):
            break
    return points


def reaches(point: Point, floor: float, *, new: int = 0) -> bool:
    """Whether the recall of all queries is at the floor or above, and that of the last `new` alone not surely below.

    These are few: their interval has to lie below the floor, or every other update would find a reason to build anew.
    """
    recent = mean_interval(point.hits[10][len(point.hits[10]) - new :])
    return point.recall() >= floor and (not new or recent.high >= floor)


def single_seconds(segments: list[Segment], queries: Vectors, effort: int) -> npt.NDArray[np.float64]:
    """Seconds of each query when it comes alone, the first few left out."""
    taken = []
    for row in range(len(queries)):
        started = time.perf_counter()
        search_all(segments, queries[row : row + 1], 10, effort=effort)
        taken.append(time.perf_counter() - started)
    return np.array(taken[min(5, len(taken) // 2) :])


def recalls(point: Point) -> dict[str, dict[str, float | None]]:
    """Recall@1, @10, @100 with intervals over the queries."""
    return {str(k): mean_interval(point.hits[k]).to_json() for k in AT}


def latency(segments: list[Segment], queries: Vectors, point: Point) -> dict[str, float | int | None]:
    """Percentiles in milliseconds, and rates; for exact search those of FAISS's flat index over some of the rows, scaled."""
    import faiss

    singles = single_seconds(segments, queries[:_SINGLES], point.effort) * 1e3
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
    """How unequal inverted lists are, over all segments: 1 if all are of one length (FAISS's factor); None without lists.

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
    """The same measure with queries taken from the index, each of which finds itself: what others report."""
    from transforms.search.measure.ground_truth import of_segment

    largest = max(segments, key=lambda segment: segment.size)
    drawn = np.sort(np.random.default_rng(seed).choice(largest.size, min(count, largest.size), replace=False))
    queries: Any = decoded(largest.stored, drawn)
    truth = whole_truth(segments, [of_segment(segment, queries) for segment in segments])
    return recalls(measured(segments, queries, truth, point.effort))
