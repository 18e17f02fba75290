from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from transforms.common.errors import RequestError
from transforms.heads.rows import leakage
from transforms.heads.rows.leakage import Leak, Leakage, find_leaks, resolve_leaks, without_leaks
from transforms.heads.rows.split import EVAL, TEST, TRAIN, UNUSED

Vectors = NDArray[np.float32]
Sides = NDArray[np.uint8]


def random_vectors(rows: int, dim: int = 64, seed: int = 0) -> Vectors:
    return np.random.default_rng(seed).standard_normal((rows, dim)).astype(np.float32)


def blocks(vectors: Vectors, rows: NDArray[np.int64], size: int = 300) -> Iterator[tuple[NDArray[np.int64], Vectors]]:
    for low in range(0, len(rows), size):
        part = rows[low : low + size]
        yield part, vectors[part]


def leaks_of(vectors: Vectors, sides: Sides, *, threshold: float = 0.98, **most: int) -> Leakage:
    held = np.flatnonzero((sides == EVAL) | (sides == TEST))
    train = np.flatnonzero(sides == TRAIN)
    return find_leaks(
        blocks(vectors, held),
        blocks(vectors, train),
        held_rows=len(held),
        train_rows=len(train),
        threshold=threshold,
        **most,
    )


def cosine(one: Vectors, other: Vectors) -> float:
    a, b = one.astype(np.float64), other.astype(np.float64)
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def test_fifty_planted_near_duplicates_are_all_found_and_nothing_else() -> None:
    vectors = random_vectors(6000)
    generator = np.random.default_rng(1)
    sides = generator.choice(np.array([TRAIN, EVAL, TEST], np.uint8), 6000, p=[0.5, 0.25, 0.25])
    held = generator.choice(np.flatnonzero(sides != TRAIN), 50, replace=False)
    train = generator.choice(np.flatnonzero(sides == TRAIN), 50, replace=False)
    noise = generator.standard_normal((50, 64)) * np.linspace(0, 0.15, 50)[:, None]
    vectors[held] = (vectors[train] + noise) * generator.uniform(0.1, 10, (50, 1))

    found = leaks_of(vectors, sides)

    assert {(leak.held_row, leak.train_row) for leak in found.leaks} == set(zip(held, train, strict=True))
    assert [leak.cosine for leak in found.leaks] == sorted((leak.cosine for leak in found.leaks), reverse=True)
    for leak in found.leaks:
        assert leak.cosine == pytest.approx(cosine(vectors[leak.held_row], vectors[leak.train_row]), abs=1e-5)
    assert found.checked == found.held == np.count_nonzero(sides != TRAIN)


def test_the_nearest_of_several_training_rows_is_named() -> None:
    vectors = np.array([[1, 0], [1, 0.1], [1, 0.01], [1, 0.15]], np.float32)

    found = leaks_of(vectors, np.array([TEST, TRAIN, TRAIN, TRAIN], np.uint8))

    assert [(leak.held_row, leak.train_row) for leak in found.leaks] == [(0, 2)]


def test_only_training_rows_count_as_neighbours_and_only_held_out_rows_leak() -> None:
    vectors = np.ones((5, 3), np.float32)
    vectors[1] = [1, 0, 0]

    found = leaks_of(vectors, np.array([EVAL, TRAIN, TEST, UNUSED, TEST], np.uint8))

    assert found == Leakage(threshold=0.98, checked=3, held=3, leaks=[])


@pytest.mark.parametrize("dim", [3, 64, 511])
def test_the_threshold_1_finds_equal_vectors_and_scaled_ones(dim: int) -> None:
    vectors = random_vectors(400, dim)
    vectors[200:] = vectors[:200] * np.float32(3.7)
    sides = np.repeat(np.array([TRAIN, TEST], np.uint8), 200)

    found = leaks_of(vectors, sides, threshold=1.0)

    assert {(leak.held_row, leak.train_row) for leak in found.leaks} == {(200 + row, row) for row in range(200)}
    assert max(leak.cosine for leak in found.leaks) <= 1.0


@pytest.mark.parametrize("odd", [0.0, np.nan, np.inf])
def test_vectors_without_a_direction_match_nothing(odd: float) -> None:
    vectors = random_vectors(6)
    vectors[:4] = odd
    vectors[5] = vectors[4]

    found = leaks_of(vectors, np.array([TEST, TEST, TRAIN, TRAIN, TEST, TRAIN], np.uint8))

    assert [(leak.held_row, leak.train_row) for leak in found.leaks] == [(4, 5)]


@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_very_long_and_very_short_vectors_have_a_direction(size: float) -> None:
    vectors = random_vectors(4)
    vectors[2:] = vectors[:2] * np.float32(size)

    found = leaks_of(vectors, np.array([TEST, TEST, TRAIN, TRAIN], np.uint8))

    assert {(leak.held_row, leak.train_row) for leak in found.leaks} == {(0, 2), (1, 3)}


def test_above_the_most_pairs_a_sample_is_checked_and_the_result_says_so() -> None:
    vectors = random_vectors(3000)
    vectors[1000:2000] = vectors[:1000]
    sides = np.repeat(np.array([TRAIN, TEST], np.uint8), [1000, 2000])

    found = leaks_of(vectors, sides, most_pairs=400_999)

    assert (found.checked, found.held) == (400, 2000)
    assert all(leak.train_row == leak.held_row - 1000 for leak in found.leaks)
    assert 160 < len(found.leaks) < 240, (
        "half of the held-out rows leak, so should half of a fair sample: 200, deviation 9"
    )
    assert leaks_of(vectors, sides, most_pairs=2_000_000).checked == 2000
    assert leaks_of(vectors, sides, most_pairs=10).checked == 1


def test_the_sample_is_the_same_whatever_the_order_of_the_rows() -> None:
    vectors = random_vectors(1200, 8)
    held, train = np.arange(200, 1200), np.arange(200)
    shuffled = np.random.default_rng(2).permutation(held)
    both = [
        find_leaks(
            blocks(vectors, order, size),
            blocks(vectors, train),
            held_rows=1000,
            train_rows=200,
            threshold=0.5,
            most_pairs=60_000,
        )
        for order, size in ((held, 300), (shuffled, 77))
    ]

    assert both[0].checked == both[1].checked == 300
    assert [leak.held_row for leak in both[0].leaks] == [leak.held_row for leak in both[1].leaks]
    assert 0 < len(both[0].leaks) <= 300


def test_the_held_out_vectors_in_memory_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leakage, "_MOST_HELD_BYTES", 100 * 64 * 4)
    vectors = random_vectors(500)

    found = leaks_of(vectors, np.repeat(np.array([TRAIN, TEST], np.uint8), 250))

    assert (found.checked, found.held) == (100, 250)


def test_no_held_out_rows_or_no_training_rows_leak_nothing() -> None:
    vectors = random_vectors(3)

    assert leaks_of(vectors, np.full(3, TRAIN, np.uint8)) == Leakage(threshold=0.98, checked=0, held=0, leaks=[])
    assert leaks_of(vectors, np.full(3, TEST, np.uint8)) == Leakage(threshold=0.98, checked=3, held=3, leaks=[])


def test_fewer_rows_than_announced_are_no_matter() -> None:
    vectors = np.ones((2, 4), np.float32)
    first, second = np.array([0]), np.array([1])

    found = find_leaks([(first, vectors[:1])], [(second, vectors[1:])], held_rows=9, train_rows=9)

    assert found == Leakage(threshold=0.98, checked=1, held=1, leaks=[Leak(held_row=0, train_row=1, cosine=1.0)])


@pytest.mark.parametrize("threshold", [0.0, -0.5, 1.1, float("nan")])
def test_a_threshold_that_is_no_positive_cosine_is_refused(threshold: float) -> None:
    with pytest.raises(RequestError, match="is no cosine above 0 and at most 1"):
        find_leaks([], [], held_rows=0, train_rows=0, threshold=threshold)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 40),
    st.integers(0, 40),
    st.integers(1, 5),
    st.integers(1, 50),
    st.integers(1, 50),
    st.sampled_from([0.3, 0.9, 0.99]),
    st.integers(0, 2**31),
)
def test_blocks_and_tiles_find_what_comparing_one_by_one_finds(
    held: int, train: int, dim: int, size: int, tile: int, threshold: float, seed: int
) -> None:
    vectors = random_vectors(held + train, dim, seed)
    rows = np.random.default_rng(seed).permutation(held + train)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(leakage, "_TILE", tile)
        found = find_leaks(
            blocks(vectors, rows[:held], size),
            blocks(vectors, rows[held:], size),
            held_rows=held,
            train_rows=train,
            threshold=threshold,
        )

    best = {
        row: max((cosine(vectors[row], vectors[other]) for other in rows[held:]), default=-1.0) for row in rows[:held]
    }
    sure = {row for row, value in best.items() if value >= threshold + 1e-5}
    possible = {row for row, value in best.items() if value >= threshold - 1e-5}
    assert sure <= {leak.held_row for leak in found.leaks} <= possible
    for leak in found.leaks:
        assert leak.cosine == pytest.approx(best[leak.held_row], abs=1e-5)
        assert cosine(vectors[leak.held_row], vectors[leak.train_row]) == pytest.approx(leak.cosine, abs=1e-5)


def test_the_whole_group_of_a_leak_moves_to_train_and_nothing_else() -> None:
    groups = np.array([7, 7, 8, 7, 9, 7, 8], np.uint64)
    sides = np.array([TEST, TEST, EVAL, TEST, TRAIN, UNUSED, EVAL], np.uint8)

    fixed = resolve_leaks([Leak(held_row=1, train_row=4, cosine=0.99)], groups, sides)

    assert fixed.tolist() == [TRAIN, TRAIN, EVAL, TRAIN, TRAIN, UNUSED, EVAL]
    assert fixed.dtype == np.uint8
    assert sides.tolist() == [TEST, TEST, EVAL, TEST, TRAIN, UNUSED, EVAL], "the given sides are left as they are"


def frames(length: int, degrees: float) -> Vectors:
    """Vectors of which each is near the next and no other: the frames of a film."""
    angle = np.radians(degrees) * np.arange(length)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


def test_a_chain_of_near_duplicates_is_followed_to_its_end() -> None:
    vectors = frames(6, 10.0)  # cos 10 degrees is 0.985, cos 20 degrees 0.940
    sides = np.array([TRAIN, TEST, EVAL, TEST, TEST, TEST], np.uint8)
    groups = np.array([1, 2, 3, 4, 4, 5], np.uint64)

    fixed, moved, first = without_leaks(sides, lambda now: leaks_of(vectors, now), groups)

    assert fixed.tolist() == [TRAIN] * 6
    assert moved == 5
    assert [(leak.held_row, leak.train_row) for leak in first.leaks] == [(1, 0)]
    assert (first.checked, first.held) == (5, 5)


def test_without_leaks_nothing_moves_and_one_look_is_enough() -> None:
    sides = np.array([TRAIN, TEST], np.uint8)
    looked: list[Sides] = []

    def find(now: Sides) -> Leakage:
        looked.append(now)
        return Leakage(threshold=0.98, checked=1, held=1)

    fixed, moved, first = without_leaks(sides, find, np.array([1, 2], np.uint64))

    assert (fixed.tolist(), moved, first.leaks, len(looked)) == ([TRAIN, TEST], 0, [], 1)


def test_a_chain_that_does_not_end_is_refused_with_what_to_do() -> None:
    vectors = frames(6, 10.0)
    sides = np.array([TRAIN, TEST, TEST, TEST, TEST, TEST], np.uint8)
    groups = np.arange(6).astype(np.uint64)

    with pytest.raises(RequestError, match=r"^after 3 rounds .* 1 held-out rows .* 0\.98 .*; raise the threshold"):
        without_leaks(sides, lambda now: leaks_of(vectors, now), groups, most_rounds=3)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 60), st.integers(1, 20), st.integers(0, 2**31))
def test_after_fixing_nothing_leaks_and_no_group_straddles(rows: int, groups: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    vectors = generator.standard_normal((rows, 3)).astype(np.float32)
    group = generator.integers(0, groups, rows).astype(np.uint64)
    side_of = generator.integers(0, 3, groups).astype(np.uint8)
    sides = side_of[group.astype(np.int64)]

    fixed, moved, first = without_leaks(sides, lambda now: leaks_of(vectors, now), group, most_rounds=groups)

    assert leaks_of(vectors, fixed).leaks == []
    assert all(len(np.unique(fixed[group == one])) == 1 for one in np.unique(group))
    changed = fixed != sides
    assert (fixed[changed] == TRAIN).all()
    assert moved == np.count_nonzero(changed)
    assert (moved > 0) == (len(first.leaks) > 0)
