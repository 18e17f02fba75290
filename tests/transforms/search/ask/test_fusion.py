from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pytest import mark, raises

from transforms.search.ask.fusion import ParentHit, fuse, hybrid, parent_of, parents

NAMES = st.sampled_from("abcdefghij")
RANKING = st.lists(NAMES, unique=True)
WEIGHTED = st.lists(st.tuples(RANKING, st.floats(0.01, 10)), min_size=1, max_size=4)
CHUNKS = st.lists(
    st.tuples(st.builds("{}#{}".format, st.sampled_from(["p", "q", "r#1"]), st.integers(1, 5)), st.integers(0, 3)),
    max_size=20,
)


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


def test_a_parent_is_what_stands_before_the_last_mark() -> None:
    assert [parent_of(name) for name in ("doc#3", "a.csv#9f#12", "doc")] == ["doc", "a.csv#9f", "doc"]


def test_chunks_come_back_as_their_parents_with_the_best_chunk() -> None:
    hits = [("b#2", 0.9), ("a#1", 0.8), ("b#1", 0.7), ("c#9", 0.8), ("a#4", 0.8)]
    assert parents(hits) == [ParentHit("b", 0.9, "b#2"), ParentHit("a", 0.8, "a#1"), ParentHit("c", 0.8, "c#9")]
    assert parents(hits, of={"b#2": "x", "a#1": "y", "b#1": "x", "c#9": "y", "a#4": "y"}.__getitem__) == [
        ParentHit("x", 0.9, "b#2"),
        ParentHit("y", 0.8, "a#1"),
    ]


@given(CHUNKS)
def test_parents_are_unique_and_have_the_score_of_their_best_chunk(hits: list[tuple[str, int]]) -> None:
    found = parents(hits)
    assert sorted(hit.id for hit in found) == sorted({parent_of(name) for name, _ in hits})
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    for hit in found:
        assert hit.score == max(score for name, score in hits if parent_of(name) == hit.id)
        assert (hit.chunk, hit.score) in hits
        assert parent_of(hit.chunk) == hit.id
