"""Fusion of rankings: the published formula, and properties that must hold for any rankings."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pytest import mark, raises

from transforms.search.ask.fusion import fuse, hybrid, led_by_words

NAMES = st.sampled_from("abcdefghij")
RANKING = st.lists(NAMES, unique=True)
WEIGHTED = st.lists(st.tuples(RANKING, st.floats(0.01, 10)), min_size=1, max_size=4)


def test_scores_are_the_published_formula() -> None:
    fused = fuse([["a", "b"], ["b", "c"]], weights=[1.0, 1.0], constant=60)
    assert fused == [("b", 1 / 62 + 1 / 61), ("a", 1 / 61), ("c", 1 / 62)]


def test_a_weight_can_be_of_a_ranking_or_of_each_place() -> None:
    fused = fuse([["a", "b"], ["b", "c"]], weights=[[0.5, 0.25], 2], constant=0)
    assert fused == [("b", 0.125 + 2), ("c", 1.0), ("a", 0.5)]


def test_an_id_repeated_in_a_ranking_counts_at_its_first_place() -> None:
    assert fuse([["a", "a", "b"]], weights=[1.0], constant=1) == [("a", 1 / 2), ("b", 1 / 4)]


@mark.parametrize("weights", [[1.0], [1.0, 1.0, 1.0], [[1.0], 1.0]])
def test_weights_that_do_not_fit_the_rankings_are_an_error(weights: list[float | list[float]]) -> None:
    with raises(ValueError):
        fuse([["a", "b"], ["b"]], weights=weights)


@given(WEIGHTED)
def test_fused_ids_are_those_of_the_rankings_once_each_best_first(weighted: list[tuple[list[str], float]]) -> None:
    fused = fuse([ranking for ranking, _ in weighted], weights=[weight for _, weight in weighted])
    assert sorted(name for name, _ in fused) == sorted({name for ranking, _ in weighted for name in ranking})
    assert fused == sorted(fused, key=lambda hit: (-hit[1], hit[0]))


@given(RANKING, RANKING)
def test_the_order_of_two_rankings_does_not_matter(one: list[str], other: list[str]) -> None:
    assert fuse([one, other], weights=[0.3, 0.7]) == fuse([other, one], weights=[0.7, 0.3])


@given(RANKING, st.floats(0.01, 10), st.floats(0, 100))
def test_one_ranking_alone_or_beside_its_equal_keeps_its_order(
    ranking: list[str], weight: float, constant: float
) -> None:
    for rankings in ([ranking], [ranking, ranking], [ranking, []]):
        fused = fuse(rankings, weights=[weight] * len(rankings), constant=constant)
        assert [name for name, _ in fused] == ranking


@given(WEIGHTED, st.data())
def test_an_id_that_climbs_in_a_ranking_never_falls_in_the_fusion(
    weighted: list[tuple[list[str], float]], data: st.DataObject
) -> None:
    rankings, weights = [list(ranking) for ranking, _ in weighted], [weight for _, weight in weighted]
    ranking = data.draw(st.sampled_from(rankings))
    if len(ranking) < 2:
        return
    place = data.draw(st.integers(1, len(ranking) - 1))
    name = ranking[place]
    before = [found for found, _ in fuse(rankings, weights=weights)].index(name)
    ranking[place - 1], ranking[place] = ranking[place], ranking[place - 1]
    assert [found for found, _ in fuse(rankings, weights=weights)].index(name) <= before


def test_words_lead_where_a_text_holds_the_query() -> None:
    words, vectors = [("w", 0.6), ("x", 0.5)], [("v", 0.9), ("x", 0.8)]
    assert [name for name, _ in hybrid(words, vectors)] == ["w", "x", "v"]


def test_vectors_lead_where_no_text_holds_much_of_the_query() -> None:
    words, vectors = [("w", 0.08), ("x", 0.07)], [("v", 0.9), ("y", 0.8), ("x", 0.7)]
    assert [name for name, _ in hybrid(words, vectors)] == ["x", "v", "y", "w"]


@given(RANKING)
def test_one_empty_part_leaves_the_order_of_the_other(ranking: list[str]) -> None:
    hits = [(name, 0.9 - 0.05 * place) for place, name in enumerate(ranking)]
    assert [name for name, _ in hybrid([], hits)] == ranking == [name for name, _ in hybrid(hits, [])]


def test_a_hit_is_led_by_the_ranking_that_adds_more_to_its_score() -> None:
    words, vectors = [("w", 0.6), ("x", 0.2), ("y", 0.16)], [("y", 0.9), ("x", 0.8)]
    assert led_by_words(words, vectors) == {"w", "x"}
    assert led_by_words(words, []) == {"w", "x", "y"}
    assert led_by_words([], vectors) == set()
