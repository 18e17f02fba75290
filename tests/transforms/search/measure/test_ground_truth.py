"""The exact neighbours that recall is judged by, against brute force in double precision."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.indexes import unit
from tests.transforms.search.conftest import Shelf
from transforms.search.measure.ground_truth import (
    STORED_NEIGHBORS,
    GroundTruth,
    concatenated,
    exact_truth,
    padded,
    updated_truth,
)
from transforms.search.store.index_folder import read_metadata
from transforms.search.store.segment import HOLDOUT, Segment, open_segments, truth_path
from transforms.search.store.vector_file import decoded


def segments_of(shelf: Shelf, kind: str, version: int) -> list[Segment]:
    folder = str(shelf.library.root / kind / str(version))
    return open_segments(folder, read_metadata(folder)["segments"], kind)


def ids(segment: Segment) -> list[str]:
    found: list[str] = segment.columns.column("id").to_pylist()
    return found


def test_it_equals_brute_force(shelf: Shelf, edition: tuple[str, int]) -> None:
    kind, version = edition
    vectors = shelf.vectors(version)
    *structures, rows_in_memory = segments_of(shelf, kind, version)
    assert rows_in_memory.name == HOLDOUT
    queries = unit([vectors[name] for name in ids(rows_in_memory)])

    for segment in structures:
        truth = GroundTruth.load(truth_path(str(shelf.library.root / kind / str(version)), segment.name))
        alive = np.flatnonzero(segment.alive)
        names = np.array(ids(segment))[alive]
        cosines = queries @ unit([vectors[name] for name in names]).T
        depth = min(100, len(alive))
        best = np.sort(cosines, axis=1)[:, ::-1][:, :depth]
        assert segment.alive[truth.rows[:, :depth]].all()
        np.testing.assert_allclose(truth.scores[:, :depth], best, atol=1e-3 if version == 2 else 1e-6)
        place = np.full(segment.size, -1)
        place[alive] = np.arange(len(alive))
        printed = np.take_along_axis(cosines, place[truth.rows[:, :depth]], axis=1)
        np.testing.assert_allclose(printed, best, atol=1e-3 if version == 2 else 1e-6)


def test_held_out_rows_are_in_no_structure(shelf: Shelf, edition: tuple[str, int]) -> None:
    kind, version = edition
    *structures, rows_in_memory = segments_of(shelf, kind, version)

    assert 80 < rows_in_memory.rows < 160
    inside = [name for segment in structures for name in np.array(ids(segment))[segment.alive]]
    assert not set(inside) & set(ids(rows_in_memory))
    assert sorted([*inside, *ids(rows_in_memory)]) == sorted(shelf.vectors(version))


@pytest.mark.parametrize("lost", [0, 3, 900])
def test_after_rows_are_deleted_and_queries_added_it_is_as_if_made_anew(shelf: Shelf, lost: int) -> None:
    segment, *_ = segments_of(shelf, "exact", 1)
    random = np.random.default_rng(lost)
    queries = unit(random.standard_normal((12, 16))).astype(np.float32)
    old = exact_truth(segment, queries[:10])
    gone = np.sort(random.choice(segment.size, lost, replace=False))
    left = Segment(segment.folder, segment.kind, gone)
    kept = np.array([0, 2, 3, 7, 9])
    now = np.concatenate([queries[kept], queries[10:]])

    found = updated_truth(old, kept, left, now)

    anew = exact_truth(left, now)
    depth = min(100, left.rows)
    np.testing.assert_array_equal(found.rows[:, :depth], anew.rows[:, :depth])
    np.testing.assert_allclose(found.scores[:, :depth], anew.scores[:, :depth], atol=1e-6)
    assert found.rows.shape == (7, STORED_NEIGHBORS)


def test_of_a_segment_without_rows_there_is_none(shelf: Shelf) -> None:
    segment, *_ = segments_of(shelf, "exact", 1)
    empty = Segment(segment.folder, segment.kind, np.arange(segment.size))
    queries = decoded(segment.stored, np.arange(4))
    nothing = padded((np.empty((3, 0), np.int64), np.empty((3, 0), np.float32)))

    found = updated_truth(nothing, np.array([0, 2]), empty, queries)

    assert found.rows.shape == (4, STORED_NEIGHBORS) and (found.rows == -1).all()


def test_pieces_are_joined_where_their_rows_begin() -> None:
    one = padded((np.array([[1, 0]]), np.array([[0.9, 0.1]], np.float32)))
    two = padded((np.array([[0, 1]]), np.array([[0.9, 0.5]], np.float32)))

    found = concatenated([(one, 0), (two, 2)])

    assert found.rows[0, :5].tolist() == [1, 2, 3, 0, -1]
    np.testing.assert_array_equal(found.scores[0, :5], np.array([0.9, 0.9, 0.5, 0.1, -np.inf], np.float32))
