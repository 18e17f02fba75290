"""The structure that is planned for so many vectors."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.indexes import KINDS
from transforms.common.errors import RequestError
from transforms.search.plan import IndexPlan, planned

MB = 1 << 20


def plan(rows: int, dim: int = 512, **asked: Any) -> IndexPlan:
    options: dict[str, Any] = {"memory": 4096 * MB, "min_recall": 0.95, "kind": None, "store": "float16", **asked}
    return planned(rows, dim, **options)


@pytest.mark.parametrize(
    ("rows", "asked", "kind"),
    [
        (1, {}, "exact"),
        (20_000, {}, "exact"),
        (20_001, {}, "ivf"),
        (1_000_000, {}, "ivf"),
        (1_000_000, {"min_recall": 0.995}, "hnsw"),
        (1_000_000, {"min_recall": 0.995, "memory": 100 * MB}, "ivf"),
        (10, {"kind": "ivf"}, "ivf"),
        (1_000_000, {"kind": "exact"}, "exact"),
    ],
)
def test_a_kind_by_need(rows: int, asked: dict[str, Any], kind: str) -> None:
    assert plan(rows, **asked).kind == kind


def test_an_exact_index_keeps_every_digit() -> None:
    assert plan(100, store="int8").store == "float32"
    assert plan(100, store="int8", kind="ivf").store == "int8"


def test_coarser_codes_where_memory_is_short() -> None:
    sizes = [plan(1_000_000, memory=most * MB, kind="ivf") for most in (80, 50, 30)]

    assert [found.codes // 2 for found in sizes] == [64, 32, 16]
    assert all(found.memory <= most * MB for found, most in zip(sizes, (80, 50, 30), strict=True))
    assert "32 bytes, to stay within --memory" in sizes[1].why


@pytest.mark.parametrize(("kind", "size"), [("hnsw", "144 MB"), ("ivf", "28 MB")])
def test_what_does_not_fit_is_refused(kind: str, size: str) -> None:
    with pytest.raises(RequestError, match=f"1,000,000 rows of 512 dimensions as {kind} take {size} to serve, and"):
        plan(1_000_000, kind=kind, memory=10 * MB)


@given(st.sampled_from(KINDS), st.integers(1, 50_000_000), st.integers(1, 2048))
def test_a_plan_can_be_built(kind: Any, rows: int, dim: int) -> None:
    found = plan(rows, dim, kind=kind, memory=1 << 60)

    assert found.segments >= 1
    assert found.search_parameters == sorted(set(found.search_parameters)) and found.search_parameters[0] >= 1
    if kind == "ivf":
        assert dim % found.codes == 0
        assert found.search_parameters[-1] == found.lists >= 16
    assert IndexPlan.from_json({**found.to_json(), "newer": 1}, where="here") == found
