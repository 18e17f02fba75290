"""Exact search by streaming, merged answers, and folders that share their files."""

from __future__ import annotations

import os
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.search.conftest import DIM, Shelf
from tests.transforms.search.measure.test_ground_truth import segments_of
from transforms.common.arrays import Vectors
from transforms.search.store.segment import merged, nearest, share

small = st.lists(st.lists(st.integers(-2, 2), min_size=3, max_size=3), min_size=1, max_size=30)


@given(small, small, st.integers(1, 12), st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_streaming_finds_what_sorting_finds(
    rows: list[list[int]], queries: list[list[int]], k: int, cuts: list[int]
) -> None:
    """Whole numbers, so that many products are equal."""
    vectors, asked = np.array(rows, np.float32), np.array(queries, np.float32)
    bounds = [0, *(cut for cut in np.cumsum(cuts) if cut < len(rows)), len(rows)]
    numbers = np.arange(len(rows)) * 3 + 1
    blocks = [(numbers[a:b], vectors[a:b]) for a, b in pairwise(bounds)]

    found, scores = nearest(asked, blocks, k)

    products = asked @ vectors.T
    np.testing.assert_array_equal(scores, -np.sort(-products, axis=1)[:, :k])
    for printed, cosines, exact in zip(found, scores, products, strict=True):
        assert len(set(printed)) == len(printed)
        np.testing.assert_array_equal(exact[(printed - 1) // 3], cosines)


def test_merged_answers_are_the_best_of_all() -> None:
    one = np.array([[4, 2, -1]]), np.array([[0.9, 0.5, -np.inf]], np.float32)
    two = np.array([[1, 3]]), np.array([[0.9, 0.7]], np.float32)

    rows, scores = merged([one, two], 4)

    assert rows.tolist() == [[1, 4, 3, 2]]
    np.testing.assert_array_equal(scores, np.array([[0.9, 0.9, 0.7, 0.5]], np.float32))


@pytest.mark.parametrize("kind", ["hnsw", "ivf"])
def test_a_filter_costs_no_recall(shelf: Shelf, kind: str) -> None:
    """A third of the rows, with the search parameter that was chosen for all of them."""
    segment, *_ = segments_of(shelf, kind, 1)
    exact, *_ = segments_of(shelf, "exact", 1)
    search_parameter = shelf.outcomes[kind][0].report["index"]["search"]["value"]
    wanted = np.random.default_rng(0).random(segment.size) < 0.3
    queries: Vectors = shelf.queries / np.linalg.norm(shelf.queries, axis=1, keepdims=True)

    found, _ = segment.search(queries, 10, search_parameter=search_parameter, wanted=wanted)

    truth, _ = exact.search(queries, 10, search_parameter=1, wanted=wanted)
    assert wanted[found].all()
    assert np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found, truth, strict=True)]) > 0.98


def test_nothing_is_asked_or_wanted(shelf: Shelf, edition: tuple[str, int]) -> None:
    segment, *_ = segments_of(shelf, *edition)
    one = np.eye(1, DIM, dtype=np.float32)

    assert segment.search(one, 5, search_parameter=4, wanted=np.zeros(segment.size, np.bool_))[0].shape == (1, 0)
    assert segment.search(one[:0], 5, search_parameter=4)[0].shape == (0, 5)


def test_a_shared_folder_is_the_same_files(tmp_path: Path) -> None:
    (tmp_path / "old" / "deep").mkdir(parents=True)
    (tmp_path / "old" / "a").write_text("a")
    (tmp_path / "old" / "deep" / "b").write_text("b")

    for _ in range(2):
        share(str(tmp_path / "old"), str(tmp_path / "new"))

    assert os.path.samefile(tmp_path / "old" / "deep" / "b", tmp_path / "new" / "deep" / "b")
    assert (tmp_path / "new" / "a").read_text() == "a"


def test_a_copy_that_was_cut_short_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a file system has no links."""

    def refused(*_: object, **__: object) -> None:
        raise OSError("no links here")

    def cut(source: str, target: str) -> None:
        Path(target).write_text("hal")
        raise KeyboardInterrupt

    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "a").write_text("half of it")
    monkeypatch.setattr(os, "link", refused)
    with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
        killed.setattr(shutil, "copy2", cut)
        share(str(tmp_path / "old"), str(tmp_path / "new"))

    share(str(tmp_path / "old"), str(tmp_path / "new"))

    assert [path.read_text() for path in (tmp_path / "new").iterdir()] == ["half of it"]
