"""The layout: near vectors are near in the plane, copies and few rows do no harm, the seed decides."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.indexes import clusters, unit
from transforms.common.arrays import Vectors
from transforms.search.map.layout import CLUSTERS, clustered, laid_out, neighbors, projected


def points_of(vectors: Vectors) -> Vectors:
    return projected(lambda: np.array_split(vectors, 3), vectors.shape[1])


def test_the_projection_keeps_products_and_is_the_same_for_blocks_of_any_size() -> None:
    vectors = unit(clusters(300, 16)).astype(np.float32)

    points = points_of(vectors)

    assert points.shape == (300, 16) and points.dtype == np.float32
    np.testing.assert_allclose(points @ points.T, vectors @ vectors.T, atol=1e-5)
    np.testing.assert_allclose(projected(lambda: [vectors], 16), points, atol=1e-5)
    variances = points.var(axis=0)
    assert (np.diff(variances) < 1e-6).all()


def test_of_many_dimensions_the_projection_keeps_those_that_vary() -> None:
    random = np.random.default_rng(0)
    vectors = np.zeros((60, 140), np.float32)
    vectors[:, 100:130] = random.standard_normal((60, 30))

    points = points_of(vectors)

    assert points.shape == (60, 128)
    np.testing.assert_allclose(points @ points.T, vectors @ vectors.T, atol=1e-3)


def test_groups_of_vectors_are_groups_of_points_and_the_seed_decides() -> None:
    random = np.random.default_rng(3)
    groups = np.arange(120) % 4
    vectors = np.eye(4, 16, dtype=np.float32)[groups] + 0.1 * random.standard_normal((120, 16)).astype(np.float32)
    points = points_of(unit(vectors).astype(np.float32))

    plane = laid_out(points, seed=5)

    assert plane.shape == (120, 2) and plane.dtype == np.float32
    assert 0.9 < np.abs(plane).max() <= 1
    gaps = np.linalg.norm(plane[:, None] - plane, axis=2) + 9 * np.eye(120)
    assert (groups[gaps.argmin(axis=1)] == groups).all()
    np.testing.assert_array_equal(laid_out(points, seed=5), plane)
    found = clustered(points, seed=5)
    assert len({(int(cluster), int(group)) for cluster, group in zip(found, groups, strict=True)}) <= CLUSTERS
    assert {len(set(groups[found == cluster].tolist())) for cluster in set(found.tolist())} == {1}


@pytest.mark.parametrize("rows", [0, 1, 2, 29, 30])
@pytest.mark.parametrize("kind", ["different", "copies"])
def test_few_rows_and_copies_have_places(rows: int, kind: str) -> None:
    vectors = clusters(max(rows, 1), 8)[:rows] if kind == "different" else np.ones((rows, 8), np.float32)
    points = points_of(vectors)

    plane, labels = laid_out(points, seed=0), clustered(points, seed=0)

    assert plane.shape == (rows, 2) and np.isfinite(plane).all() and np.abs(plane).max(initial=0) <= 1
    assert labels.dtype == np.int16 and len(labels) == rows


def test_a_row_far_from_all_others_goes_to_the_brim(monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.random.default_rng(0).standard_normal((5_000, 4)).astype(np.float32)
    points[7] = [1_000, 0, 0, 0]
    monkeypatch.setattr("transforms.search.map.layout._by_neighbors", lambda _points, plane, *, seed: plane)

    plane = laid_out(points, seed=0)

    assert abs(plane[7, 0]) == 1
    assert np.abs(np.delete(plane, 7, axis=0)).mean(axis=0).min() > 0.2  # of a normal distribution that fills the plane


def test_vectors_of_one_dimension_have_places() -> None:
    plane = laid_out(np.linspace(-1, 1, 10, dtype=np.float32)[:, None], seed=0)

    assert (np.diff(plane[:, 0]) > 0).all() or (np.diff(plane[:, 0]) < 0).all()


def test_neighbors_are_exact_for_few_rows_and_never_the_row_itself() -> None:
    points = np.concatenate([clusters(100, 8), np.ones((20, 8), np.float32)])

    found = neighbors(points, 5, seed=0)

    gaps = ((points[:, None] - points) ** 2).sum(axis=2)
    np.fill_diagonal(gaps, np.inf)
    assert not (found == np.arange(120)[:, None]).any()
    np.testing.assert_allclose(
        np.take_along_axis(gaps, found, axis=1), np.sort(gaps, axis=1)[:, :5], rtol=1e-3, atol=1e-4
    )


def test_of_many_rows_nearly_the_nearest_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    points = clusters(3_000, 8)
    exact = neighbors(points, 5, seed=0)

    monkeypatch.setattr("transforms.search.map.layout._EXACT_ROWS", 1_000)
    found = neighbors(points, 5, seed=0)

    assert not (found == np.arange(3_000)[:, None]).any()
    assert np.mean([len(set(a) & set(b)) / 5 for a, b in zip(exact.tolist(), found.tolist(), strict=True)]) > 0.9


def test_clusters_are_numbered_by_size() -> None:
    points = points_of(unit(clusters(500, 8)).astype(np.float32))

    sizes = np.bincount(clustered(points, seed=1))

    assert (np.diff(sizes) <= 0).all() and len(sizes) == CLUSTERS and sizes.min() > 0
