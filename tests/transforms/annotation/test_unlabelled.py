from __future__ import annotations

import numpy as np

from tests.helpers import annotation
from transforms.annotation.unlabelled import typical_rows, uncertain_rows


def unit(vectors: annotation.Vectors) -> annotation.Vectors:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_uncertain_rows_are_not_all_alike() -> None:
    vectors, owner = annotation.clusters([30, 30, 30], spread=0.1)
    margins = np.where(owner == 0, 0.1, 0.2).astype(np.float32) + np.arange(90, dtype=np.float32) / 1e4

    chosen = uncertain_rows(unit(vectors), margins, 9, seed=0)

    assert len(set(chosen.tolist())) == 9
    assert chosen[0] == 0
    assert {0, 1, 2} == set(owner[chosen].tolist())


def test_fewer_rows_than_wanted_are_all_chosen() -> None:
    vectors, _ = annotation.clusters([3])

    assert uncertain_rows(unit(vectors), np.array([0.3, 0.1, 0.2], np.float32), 5, seed=0).tolist() == [1, 2, 0]


def test_typical_rows_are_of_regions_without_a_label() -> None:
    vectors, owner = annotation.clusters([40, 30, 20], spread=0.1)
    x = unit(vectors)

    first = typical_rows(x, x[:0], 3, seed=0)
    assert owner[first.rows].tolist() == [0, 1, 2]
    np.testing.assert_allclose(first.shares, [40 / 90, 30 / 90, 20 / 90])
    later = typical_rows(x[1:], x[:1], 2, seed=0)
    assert sorted(owner[1:][later.rows].tolist()) == [1, 2]


def test_copies_are_one_region() -> None:
    x = np.repeat(np.eye(3, dtype=np.float32), 5, axis=0)

    assert len(typical_rows(x, x[:0], 10, seed=0).rows) == 3
