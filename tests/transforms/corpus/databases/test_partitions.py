"""Partitions of ids cover every row once, are small, and stay where they are while rows come and go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.corpus.databases import partitions
from transforms.corpus.databases.partitions import BITS, Bounds, Group, Partition, first_shift, partitions_of

POSITIONS = st.sets(
    st.one_of(st.integers(0, 300), st.integers(0, (1 << BITS) - 1), st.integers(1 << 40, (1 << 40) + 99))
)


def divided(positions: Iterable[int]) -> list[Partition]:
    """The partitions of rows at these positions; the hash of a row is its position."""
    rows = sorted(positions)

    def groups(bounds: Bounds | None, shift: int) -> Sequence[Group]:
        inside = [one for one in rows if bounds is None or bounds.start <= one < bounds.stop]
        counts = Counter(one >> shift for one in inside)
        sums: Counter[int] = Counter()
        for one in inside:
            sums[one >> shift] += one
        return [Group(number, counts[number], counts[number], sums[number]) for number in sorted(counts)]

    shift = first_shift(max(rows, default=0))
    return list(partitions_of("ids", groups(None, shift), shift, groups))


@pytest.fixture(autouse=True, scope="module")
def small() -> Iterable[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitions, "_MOST_ROWS", {"ids": 8})
        yield


@given(POSITIONS)
def test_every_row_is_in_one_partition(positions: set[int]) -> None:
    found = divided(positions)
    owners = Counter(
        (one.bounds.start, row) for one in found for row in positions if one.bounds.start <= row < one.bounds.stop
    )
    assert len(owners) == len(positions)
    assert sum(one.rows for one in found) == len(positions)
    assert all(0 < one.rows <= 8 for one in found)
    assert sum(one.hashes for one in found) == sum(positions)
    assert len({one.bounds.name for one in found}) == len(found)
    assert [Bounds.parsed(str(one.bounds)) for one in found] == [one.bounds for one in found]


@given(POSITIONS, st.integers(0, (1 << BITS) - 1))
def test_a_new_row_changes_one_partition_or_splits_it(positions: set[int], new: int) -> None:
    before, after = divided(positions - {new}), divided(positions | {new})
    changed = [one for one in before if one not in after]
    added = [one for one in after if one not in before]
    assert len(changed) <= 1
    assert sum(one.rows for one in added) == 1 + sum(one.rows for one in changed)


def test_a_sequence_grows_at_its_end() -> None:
    before, after = divided(range(100)), divided(range(110))
    assert [one.bounds.start for one in before] == [*range(0, 96, 8), 96]
    assert after[:12] == before[:12]
    assert {one.fingerprint("x") for one in before} - {one.fingerprint("x") for one in after} == {
        before[-1].fingerprint("x")
    }


def test_a_partition_that_splits_leaves_its_name_to_the_first_half() -> None:
    assert [one.bounds.name for one in divided(range(8))] == ["ids-0"]
    assert [one.bounds.name for one in divided(range(9))] == ["ids-0", "ids-8"]


def test_many_rows_of_one_id_are_one_partition() -> None:
    def groups(bounds: Bounds | None, shift: int) -> Sequence[Group]:
        return [Group(5 >> shift, 100, 1, 1)]

    (found,) = partitions_of("ids", groups(None, 10), 10, groups)
    assert (found.bounds.start, found.bounds.stop, found.rows) == (5, 6, 100)
