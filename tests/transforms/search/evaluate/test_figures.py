"""Figures of rankings: those of trec_eval, with its gains, its ties and its queries without relevant documents."""

from __future__ import annotations

import math

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.search.evaluate.figures import FIGURES, figures_of, gains, means, ndcg, recall, reciprocal_rank

NAMES = [f"d{number}" for number in range(130)]
TREC = {"ndcg@10": "ndcg_cut_10", "mrr@10": "recip_rank", "recall@100": "recall_100"}


def of_trec_eval(rankings: list[list[str]], judged: list[dict[str, int]]) -> dict[str, list[float]]:
    """The figures of a run whose scores fall strictly; trec_eval's reciprocal rank has no limit, so that it gets ten."""
    qrels = {str(at): grades for at, grades in enumerate(judged)}
    found = {}
    for name, depth in (("ndcg@10", 1000), ("mrr@10", 10), ("recall@100", 1000)):
        runs = {
            str(at): {document: -float(place) for place, document in enumerate(ranking[:depth])}
            for at, ranking in enumerate(rankings)
        }
        scores = pytrec_eval.RelevanceEvaluator(qrels, {TREC[name].replace("_1", ".1")}).evaluate(runs)
        found[name] = [scores[query][TREC[name]] for query in qrels]
    return found


@settings(max_examples=60, deadline=None)
@given(
    judged=st.lists(
        st.dictionaries(st.sampled_from(NAMES), st.integers(0, 4), min_size=1, max_size=40), min_size=1, max_size=4
    ),
    length=st.integers(0, 130),
    seed=st.integers(0, 1000),
)
def test_figures_are_those_of_trec_eval(judged: list[dict[str, int]], length: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    rankings = [random.permutation(NAMES)[:length].tolist() for _ in judged]

    ours, theirs = figures_of(rankings, judged), of_trec_eval(rankings, judged)

    for name in FIGURES:
        np.testing.assert_allclose(ours[name], theirs[name], atol=1e-6)


def test_figures_of_one_ranking_by_hand() -> None:
    grades = {"a": 2, "b": 1, "c": -1, "absent": 1}
    found = ["x", "c", "b", "a"]
    assert ndcg(found, grades, 10) == pytest.approx(
        (1 / math.log2(4) + 2 / math.log2(5)) / (2 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4))
    )
    assert reciprocal_rank(found, grades, 10) == pytest.approx(1 / 3)
    assert reciprocal_rank(found, grades, 2) == 0
    assert recall(found, grades, 100) == pytest.approx(2 / 3)
    assert recall(found, grades, 3) == pytest.approx(1 / 3)


def test_a_query_without_a_relevant_document_has_0_everywhere() -> None:
    found = figures_of([["a"], []], [{"a": 0, "b": -1}, {"a": 1}])
    assert {name: values.tolist() for name, values in found.items()} == {name: [0.0, 0.0] for name in FIGURES}


def test_the_gain_is_that_of_pairs() -> None:
    before = {name: np.linspace(0, 0.9, 50) for name in FIGURES}
    after = {name: values + 0.1 for name, values in before.items()}

    gain = gains(after, before)["ndcg@10"]
    apart = means(after)["ndcg@10"].high - means(after)["ndcg@10"].low

    assert gain.value == pytest.approx(0.1)
    assert gain.low > 0
    assert gain.high - gain.low < apart
