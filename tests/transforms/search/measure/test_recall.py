"""Recall and what is chosen by it, against plain computations."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.indexes import unit
from tests.transforms.search.conftest import Shelf
from tests.transforms.search.measure.test_ground_truth import ids, segments_of
from transforms.search.measure import recall
from transforms.search.plan import planned

tenths = st.lists(st.integers(0, 9), max_size=20)


@given(tenths, st.data(), st.sampled_from([1, 3, 10]))
def test_hits_are_the_share_of_the_nearest_that_were_found(cosines: list[int], data: st.DataObject, k: int) -> None:
    """A row that is as near as the k-th is as good."""
    order = sorted(range(len(cosines)), key=lambda row: (-cosines[row], row))
    found = data.draw(st.lists(st.integers(0, 25), unique=True, max_size=20))
    missing = 20 - len(cosines)
    truth = (
        np.array([[*order, *[-1] * missing]]),
        np.array([[*(cosines[row] / 10 for row in order), *[-np.inf] * missing]], np.float32),
    )

    count = min(k, len(order))
    good = {row for row in order if cosines[row] >= cosines[order[count - 1]]} if count else set()
    expected = min(len(set(found[:k]) & good), count) / count if count else 1.0

    printed = recall.hits(np.array([found + [-1] * (20 - len(found))]), truth, k)

    assert printed.tolist() == pytest.approx([expected])


def test_recall_is_what_a_person_would_count(shelf: Shelf, edition: tuple[str, int]) -> None:
    kind, version = edition
    folder = Path(shelf.outcomes[kind][version - 1].folder)
    about, printed = (json.loads((folder / name).read_text()) for name in ("index.json", "report.json"))
    vectors = shelf.vectors(version)
    *structures, stored = segments_of(shelf, kind, version)
    queries = unit([vectors[name] for name in ids(stored)])
    names = [name for segment in structures for name in np.array(ids(segment))]
    alive = np.concatenate([segment.alive for segment in structures])
    gone = np.zeros(16)
    cosines = queries @ unit([vectors.get(name, gone + 1) for name in names]).T
    cosines[:, ~alive] = -9

    # Vectors that were held as float16 meanwhile change places with their like.
    for k in (1, 10, 100):
        found, _ = recall.search_all(structures, queries.astype(np.float32), k, search_parameter=about["effort"])
        exact = np.argsort(-cosines, axis=1)[:, :k]
        share = np.mean([len(set(a) & set(b)) / k for a, b in zip(found.tolist(), exact.tolist(), strict=True)])
        assert printed["recall"]["at"][str(k)]["value"] == pytest.approx(share, abs=0.03 if k == 1 else 0.01)
        assert about["recall"] == printed["recall"]["at"]
    assert printed["recall"]["queries"] == len(queries)
    if kind == "exact":
        assert [printed["recall"]["at"][str(k)]["value"] for k in (1, 10, 100)] == [1, 1, 1]


@pytest.mark.parametrize("kind", ["hnsw", "ivf"])
def test_the_cheapest_that_reaches_the_floor_is_in_use(shelf: Shelf, kind: str) -> None:
    for outcome in shelf.outcomes[kind]:
        curve = outcome.report["curve"]
        (used,) = [point for point in curve if point["chosen"]]

        assert used["value"] == outcome.report["index"]["search"]["value"]
        assert used["recall"]["10"] >= 0.9
        assert all(point["recall"]["10"] < 0.9 for point in curve if point["value"] < used["value"])
        assert [point["value"] for point in curve] == sorted(point["value"] for point in curve)


def point(search_parameter: int, hits: list[float]) -> recall.Point:
    return recall.Point(search_parameter, {10: np.array(hits)}, 0.0, 1.0)


def test_recall_of_the_newest_queries_must_not_be_surely_below_the_least() -> None:
    some = point(4, [1] * 100 + [0.6, 0.7] * 25)

    assert recall.reaches(some, 0.88)
    assert not recall.reaches(some, 0.89)
    assert recall.reaches(some, 0.65, new=50) and recall.reaches(some, 0.655, new=50)
    assert not recall.reaches(some, 0.68, new=50)
    assert recall.reaches(some, 0.68, new=100)


def test_a_few_new_queries_tell_little() -> None:
    for worst, count in ((0, 1), (0.7, 2), (0.9, 4)):
        assert recall.reaches(point(4, [1] * 1000 + [worst] * count), 0.95, new=count)
    assert not recall.reaches(point(4, [1] * 1000 + [0] * 5), 0.95, new=5)


def test_a_curve_goes_on_beyond_the_floor_and_halves_the_last_step_to_it() -> None:
    plan = planned(100_000, 32, memory=1 << 30, min_recall=0.95, kind="ivf", store="float16")

    def judge(search_parameter: int) -> recall.Point:
        return point(search_parameter, [min(search_parameter / 40, 0.99)])

    assert [found.search_parameter for found in recall.curve(plan, judge, 0.5)] == [4, 8, 16, 18, 20, 24, 32, 64, 128]
    assert [
        found.search_parameter for found in recall.update_curve(8, judge, lambda found: found.recall() >= 0.25)
    ] == [8, 12]
    assert [found.search_parameter for found in recall.update_curve(8, judge, lambda found: False)] == [8, 12, 16]


def test_without_queries_nothing_is_known() -> None:
    assert math.isnan(point(4, []).recall())


def test_imbalance_is_the_cost_of_a_list_over_that_of_equal_ones(shelf: Shelf) -> None:
    *structures, _ = segments_of(shelf, "ivf", 2)
    assert len(structures) == 2
    lists = [segment.list_sizes for segment in structures]
    sizes = np.sum([found for found in lists if found is not None], axis=0)

    assert sizes.sum() == sum(segment.size for segment in structures)
    assert recall.imbalance(structures) == pytest.approx(len(sizes) * (sizes**2).sum() / sizes.sum() ** 2)
    assert recall.imbalance(segments_of(shelf, "hnsw", 2)) is None
