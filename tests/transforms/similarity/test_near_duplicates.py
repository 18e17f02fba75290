"""Near duplicates against what every pair's cosine says, in double precision and one by one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.similarity import duplicate_groups, near_duplicates
from transforms.similarity.components import UnionFind
from transforms.table import unit_vectors
from transforms.table.vectors import Chunk

THRESHOLDS = [1.0, 0.97, 0.9, 0.5]
Groups = list[list[int]]


class Held:
    """As TableVectors, of vectors in memory, in chunks of uneven sizes."""

    def __init__(self, vectors: Any) -> None:
        self.vectors = np.asarray(vectors, np.float32)
        self.rows, self.dim = self.vectors.shape

    def chunks(self, wanted: Any = None, *, columns: Any = ()) -> Iterator[Chunk]:
        rows = np.arange(self.rows) if wanted is None else np.flatnonzero(wanted)
        for number, some in enumerate(np.array_split(rows, range(0, len(rows), 3))):
            if number % 2 or len(some):
                yield Chunk(some, self.vectors[some], pa.RecordBatch.from_pydict({}))


@contextmanager
def small(*, block: int, stripe: int, gathering: int = 1) -> Iterator[None]:
    """Blocks, stripes and gatherings of so many rows of four values."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unit_vectors, "BLOCK", block)
        patch.setattr(near_duplicates, "BLOCK", block)
        patch.setattr(near_duplicates, "_STRIPE_BYTES", 16 * stripe)
        patch.setattr(near_duplicates, "_GATHERING_BYTES", 16 * gathering)
        patch.setattr(near_duplicates, "_PIECE", 3)
        patch.setattr(near_duplicates, "_DECIDED", 2)
        patch.setattr(near_duplicates, "_MANY", 5)
        yield


def components(size: int, pairs: Any) -> Groups:
    """By walking from neighbour to neighbour; those of one row are left out."""
    near: dict[int, set[int]] = {at: set() for at in range(size)}
    for left, right in pairs:
        near[left].add(right)
        near[right].add(left)
    found, seen = [], set()
    for start in range(size):
        group, waiting = set(), [start]
        while waiting:
            at = waiting.pop()
            if at not in group:
                group.add(at)
                waiting += near[at]
        if start not in seen and len(group) > 1:
            found.append(sorted(group))
        seen |= group
    return found


def near_pairs(vectors: Any, threshold: float) -> list[tuple[int, int]]:
    exact = np.asarray(vectors, np.float64)
    found = []
    for left in range(len(exact)):
        for right in range(left + 1, len(exact)):
            lengths = np.linalg.norm(exact[left]) * np.linalg.norm(exact[right])
            if lengths and exact[left] @ exact[right] / lengths >= threshold - 1e-6:
                found.append((left, right))
    return found


def groups_in(union_find: UnionFind, size: int) -> Groups:
    found: dict[int, list[int]] = {}
    for at, root in enumerate(union_find.roots(np.arange(size)).tolist()):
        found.setdefault(root, []).append(at)
    assert all(root == min(group) for root, group in found.items())
    return sorted(group for group in found.values() if len(group) > 1)


def of_every_pair(vectors: Any, threshold: float) -> tuple[Groups, int, int]:
    """Groups, zero vectors, and pairs that progress told of."""
    stored: Any = Held(vectors)
    printed: list[int] = []
    found = [
        near_duplicates.link_stripe(stored, start, stop, threshold=threshold, progress=printed.append)
        for start, stop in near_duplicates.stripes(stored.rows, stored.dim)
    ]
    union_find, zeros = near_duplicates.joined(stored.rows, found[::-1])
    return groups_in(union_find, stored.rows), zeros, sum(printed)


small_vectors = st.lists(st.lists(st.integers(-2, 2), min_size=4, max_size=4), min_size=1, max_size=24)
links = st.integers(1, 40).flatmap(
    lambda size: st.tuples(
        st.just(size), st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=60)
    )
)


# ---- the union_find -------------------------------------------------------------------------------------------


@given(links, st.integers(1, 5), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_components_are_the_same_in_whatever_order_and_portions_links_come(
    given_links: tuple[int, list[tuple[int, int]]], portions: int, random: Any
) -> None:
    size, pairs = given_links
    mixed = [pair if random.random() < 0.5 else pair[::-1] for pair in random.sample(pairs, len(pairs))]
    union_find = UnionFind(size)
    for some in np.array_split(np.array(mixed, np.int64).reshape(-1, 2), portions):
        union_find.join(some[:, 0], some[:, 1])
    again = UnionFind(size)
    again.join(*union_find.links())

    assert groups_in(union_find, size) == components(size, pairs)
    assert groups_in(again, size) == groups_in(union_find, size)
    assert union_find.links().shape[1] == sum(len(group) - 1 for group in components(size, pairs))


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_a_long_chain_is_one_component(order: slice) -> None:
    at = np.arange(100_000)[order]
    union_find = UnionFind(100_000)

    union_find.join(at[:-1], at[1:])

    assert not union_find.roots(np.arange(100_000)).any()


# ---- comparing --------------------------------------------------------------------------------------------


@given(small_vectors, st.sampled_from(THRESHOLDS), st.integers(1, 7), st.integers(1, 15))
@settings(max_examples=150, deadline=None)
def test_every_pair_is_compared_however_the_table_is_cut(
    vectors: list[list[int]], threshold: float, block: int, stripe: int
) -> None:
    with small(block=block, stripe=stripe):
        found, zeros, _ = of_every_pair(vectors, threshold)

    assert found == components(len(vectors), near_pairs(vectors, threshold))
    assert zeros == sum(not any(vector) for vector in vectors)


@given(small_vectors, st.sampled_from(THRESHOLDS), st.integers(1, 9), st.integers(1, 4), st.data())
@settings(max_examples=150, deadline=None)
def test_pairs_that_share_a_cell_are_compared_and_no_others(
    vectors: list[list[int]], threshold: float, gathering: int, block: int, data: Any
) -> None:
    few = st.lists(st.integers(0, 4), min_size=2, max_size=2, unique=True)
    chosen = [data.draw(few) if any(vector) else [-1, -1] for vector in vectors]
    stored, cells = Held(vectors), np.array(chosen, np.int32)
    table: Any = stored
    with small(block=block, stripe=4, gathering=gathering):
        runs = near_duplicates.gatherings(cells, stored.dim)
        found = [
            near_duplicates.link_cells(table, cells, *run, threshold=threshold, progress=lambda _: None) for run in runs
        ]
        union_find, _ = near_duplicates.joined(stored.rows, found)

    shared = [pair for pair in near_pairs(vectors, threshold) if set(chosen[pair[0]]) & set(chosen[pair[1]])]
    every = components(len(vectors), near_pairs(vectors, threshold))
    assert [cell for run in runs for cell in range(*run)] == list(range(cells.max(initial=-1) + 1))
    for group in components(len(vectors), shared):
        assert any(set(group) <= set(ours) for ours in groups_in(union_find, stored.rows))
    for group in groups_in(union_find, stored.rows):
        assert any(set(group) <= set(ours) for ours in every)
    if all(size <= max(gathering, block) for size in np.bincount(cells[cells >= 0])):
        assert groups_in(union_find, stored.rows) == components(len(vectors), shared)


def test_copies_are_found_at_one_whatever_their_length() -> None:
    vector = np.random.default_rng(0).standard_normal(512)
    scales = [1, 3, 1e-20, 1e18, -1]

    assert of_every_pair([vector * scale for scale in scales], 1.0)[0] == [[0, 1, 2, 3]]


@pytest.mark.parametrize("threshold", [0.97, 1.0])
def test_a_thousand_copies_are_one_group(threshold: float) -> None:
    vector = np.random.default_rng(0).standard_normal(64)

    assert of_every_pair(np.tile(vector, (1000, 1)), threshold)[0] == [list(range(1000))]


@pytest.mark.parametrize(("off", "near"), [(3e-6, True), (-3e-6, False)])
def test_what_single_precision_cannot_tell_is_decided_in_double(off: float, near: bool) -> None:
    random = np.random.default_rng(1)
    for _ in range(50):
        ours, other = np.linalg.qr(random.standard_normal((512, 2)))[0].T
        cosine = 0.97 + off
        theirs = cosine * ours + np.sqrt(1 - cosine**2) * other

        assert of_every_pair([ours, theirs], 0.97)[0] == ([[0, 1]] if near else [])


@pytest.mark.parametrize("rows", [1, 8_192, 40_000])
def test_progress_ends_at_its_total(rows: int) -> None:
    vectors = np.random.default_rng(0).standard_normal((rows, 2)) + 9
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_duplicates, "_link", lambda *_: None)
        patch.setattr(near_duplicates, "_STRIPE_BYTES", 8_192 * 8 * 2)
        printed = of_every_pair(vectors, 0.9)[2]
        total = near_duplicates.pairs_of(rows, 2)

    assert 0.8 * total <= printed <= total


def test_every_pair_of_two_hundred_thousand_is_affordable_and_of_a_million_not() -> None:
    assert near_duplicates.every_pair_is_affordable(200_000, 512)
    assert not near_duplicates.every_pair_is_affordable(1_000_000, 512)


@pytest.mark.parametrize(
    ("vectors", "centres"),
    [(np.zeros((3_000, 2)), [[1, 0]]), (np.tile([[0, 2], [0, 0]], (2_000, 1)), [[0, 1]])],
    ids=["zeros", "copies"],
)
def test_there_is_a_cell_wherever_there_are_rows(vectors: Any, centres: Any) -> None:
    stored: Any = Held(vectors)

    found = near_duplicates.train_cells(stored, seed=0)

    np.testing.assert_array_equal(found, np.array(centres, np.float32))
    assert near_duplicates.cells_of(stored, found).tolist() == [[0] if any(vector) else [-1] for vector in vectors]


# ---- writing ----------------------------------------------------------------------------------------------


@given(st.lists(st.integers(2, 9), max_size=12), st.integers(1, 12))
@settings(max_examples=100, deadline=None)
def test_groups_are_written_in_portions_and_cut_only_where_they_must_be(sizes: list[int], most: int) -> None:
    sizes = sorted(sizes, reverse=True)
    ends = np.cumsum(sizes).tolist()
    found = duplicate_groups._batches(np.array(sizes, np.int64), most)

    assert [at for batch in found for at in range(*batch)] == list(range(sum(sizes)))
    assert all(0 < stop - start <= most for start, stop in found)
    assert all(stop in ends for start, stop in found if most >= max(sizes))
