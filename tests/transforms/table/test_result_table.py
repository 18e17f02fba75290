"""Names of columns in results: none is taken twice, and where a column came from can be told."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from transforms.table.result_table import free_names

NAMES = st.text("aAß_2", min_size=1, max_size=3).map(lambda end: f"score{end}") | st.sampled_from(
    ["score", "kept_score", "kept_score_2", "year"]
)


@given(st.lists(NAMES, unique_by=str.lower, max_size=6), st.lists(NAMES, unique_by=str.lower, max_size=4))
def test_free_names_are_unique_but_for_case_and_change_only_where_they_must(kept: list[str], taken: list[str]) -> None:
    found = free_names(kept, taken=taken)

    lowered = [name.lower() for name in [*taken, *found.values()]]
    assert len(set(lowered)) == len(lowered)
    assert set(found) == set(kept)
    used = {name.lower() for name in taken}
    assert all((name == given) == (name.lower() not in used) for name, given in found.items())


def test_a_name_that_is_taken_is_kept_under_the_first_free_one() -> None:
    assert free_names(["year", "score"], taken=["score"]) == {"year": "year", "score": "kept_score"}
    assert free_names(["score", "kept_score"], taken=["score"]) == {"score": "kept_score_2", "kept_score": "kept_score"}
    assert free_names(["Score"], taken=["score", "kept_score"]) == {"Score": "kept_Score_2"}
