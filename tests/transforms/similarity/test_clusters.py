"""Spherical k-means and what it says of rows: nearest centres, none empty, the same again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.similarity import clusters, kmeans


def unit(vectors: Any) -> Any:
    found = np.asarray(vectors, np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


vectors = (
    st.lists(st.lists(st.integers(-3, 3), min_size=3, max_size=3), min_size=1, max_size=30)
    .map(lambda rows: [row for row in rows if any(row)])
    .filter(len)
    .map(unit)
)


@given(vectors, st.integers(1, 12), st.integers(0, 3))
@settings(max_examples=200, deadline=None)
def test_every_row_gets_the_nearest_centre_and_no_cluster_is_empty(sample: Any, k: int, seed: int) -> None:
    different = len(np.unique(np.round(sample, 4), axis=0))
    centres = kmeans.train(sample, k, seed=seed)
    assert len(centres) == min(k, different)
    labels, scores = kmeans.nearest(sample, centres)

    cosines = sample.astype(np.float64) @ centres.astype(np.float64).T
    np.testing.assert_allclose(np.linalg.norm(centres, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(scores, cosines.max(axis=1), atol=1e-6)
    np.testing.assert_allclose(cosines[np.arange(len(sample)), labels], cosines.max(axis=1), atol=1e-6)
    sizes = np.bincount(labels, minlength=len(centres))
    assert sizes.min() > 0
    assert sizes.tolist() == sorted(sizes.tolist(), reverse=True)
    np.testing.assert_array_equal(kmeans.train(sample, k, seed=seed), centres)


def test_well_parted_topics_are_found_from_any_seed() -> None:
    random = np.random.default_rng(0)
    truth = np.repeat(np.arange(8), 50)
    sample = unit(np.eye(16)[truth] + 0.05 * random.standard_normal((400, 16)))
    for seed in range(5):
        labels, _ = kmeans.nearest(sample, kmeans.train(sample, 8, seed=seed))

        assert len({(ours, theirs) for ours, theirs in zip(labels.tolist(), truth.tolist(), strict=True)}) == 8


def test_centres_settle_where_the_mean_of_their_rows_points() -> None:
    sample = unit(np.random.default_rng(2).standard_normal((300, 4)))
    centres = kmeans.train(sample, 5, seed=0)
    labels, _ = kmeans.nearest(sample, centres)

    means = unit([sample[labels == cluster].sum(axis=0) for cluster in range(5)])
    assert (means * centres).sum(axis=1).min() > 0.999


@pytest.mark.parametrize("values", [1, 7, 1 << 23])
def test_the_few_nearest_come_nearest_first(values: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kmeans, "_PRODUCT_VALUES", values)
    random = np.random.default_rng(3)
    rows, centres = unit(random.standard_normal((20, 5))), unit(random.standard_normal((6, 5)))

    labels, scores = kmeans.nearest_few(rows, centres, 3)

    np.testing.assert_array_equal(labels, np.argsort(-(rows @ centres.T), axis=1)[:, :3])
    np.testing.assert_allclose(scores, (rows @ centres.T).max(axis=1), rtol=1e-6)


@given(
    st.lists(
        st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 4)), max_size=30),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=50, deadline=None)
def test_the_most_central_rows_are_those_that_sorting_all_would_find(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[tuple[int, int]]]
) -> None:
    folder: Path = tmp_path_factory.mktemp("parts")
    paths = []
    for number, rows in enumerate(parts):
        columns = [[label for label, _ in rows], [score / 4 if label >= 0 else 0.0 for label, score in rows]]
        paths.append(str(folder / f"{number}.parquet"))
        arrays = [pa.array(column, field.type) for column, field in zip(columns, clusters.OWN, strict=True)]
        pq.write_table(pa.table(arrays, schema=clusters.OWN), paths[-1])
    every = [(label, -score / 4, at) for at, (label, score) in enumerate(row for rows in parts for row in rows)]

    found = clusters.central(paths, 4)

    expected = [row for cluster in range(4) for row in sorted(r for r in every if r[0] == cluster)[:10]]
    printed = zip(found.clusters.tolist(), (-found.scores).tolist(), found.rows.tolist(), strict=True)
    assert list(printed) == expected
    assert found.sizes.tolist() == [sum(label == cluster for label, _, _ in every) for cluster in range(4)]
    assert found.zeros == sum(label < 0 for label, _, _ in every)
