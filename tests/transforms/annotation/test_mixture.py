from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.annotation.job import Candidate, Reason
from transforms.annotation.mixture import mixed, shares

REASONS: tuple[Reason, ...] = ("disagreement", "label error", "uncertain", "coverage")


@pytest.mark.parametrize(
    ("available", "per_class", "wanted"),
    [
        ((100, 100, 100, 100), 60, (25, 25, 37, 13)),
        ((100, 100, 100, 100), 10, (25, 25, 25, 25)),
        ((0, 0, 0, 500), 0, (0, 0, 0, 100)),
        ((0, 0, 500, 500), 0, (0, 0, 0, 100)),
        ((3, 20, 500, 500), 60, (3, 20, 57, 20)),
        ((80, 5, 0, 0), 60, (80, 5, 0, 0)),
        ((10, 500, 0, 0), 60, (10, 90, 0, 0)),
    ],
)
def test_shares(available: tuple[int, ...], per_class: float, wanted: tuple[int, ...]) -> None:
    found = shares(100, dict(zip(REASONS, available, strict=True)), labelled_per_class=per_class)

    assert tuple(found[name] for name in REASONS) == wanted


@given(st.integers(1, 300), st.tuples(*[st.integers(0, 300)] * 4), st.floats(0, 100))
def test_no_row_is_wasted(count: int, available: tuple[int, ...], per_class: float) -> None:
    there = dict(zip(REASONS, available, strict=True))
    found = shares(count, there, labelled_per_class=per_class)

    assert all(0 <= found[name] <= there[name] for name in REASONS)
    assert sum(found.values()) == min(count, sum(available))


def test_any_first_part_has_all_reasons() -> None:
    lists = [
        [Candidate(row=row, reason=reason, score=0, suggested=(), evidence="") for row in range(size)]
        for reason, size in zip(REASONS, (2, 4, 0, 2), strict=True)
    ]

    assert [(one.reason, one.row) for one in mixed(lists)] == [
        ("label error", 0), ("disagreement", 0), ("coverage", 0), ("label error", 1),
        ("label error", 2), ("disagreement", 1), ("coverage", 1), ("label error", 3),
    ]  # fmt: skip
