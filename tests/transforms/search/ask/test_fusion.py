"""Fusion of the evidence of words and vectors: properties that must hold for any scores."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx

from transforms.search.ask.fusion import Evidence, best

NAMES = st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=8, unique=True)
WEIGHT = st.floats(0.001, 1)


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    names = draw(NAMES)
    some = st.lists(st.floats(0, 1), min_size=len(names), max_size=len(names))
    return Evidence(
        names=names,
        shares=np.array(draw(some)),
        cosines=2 * np.array(draw(some)) - 1,
        mean=draw(st.floats(-1, 1)),
        deviation=draw(st.floats(0, 0.5)),
    )


def changed(evidence: Evidence, **values: object) -> Evidence:
    return Evidence(**{**evidence.__dict__, **values})  # type: ignore[arg-type]


def test_a_score_is_the_share_and_how_far_the_cosine_stands_out() -> None:
    evidence = Evidence(
        names=["a", "b"], shares=np.array([0.5, 0.0]), cosines=np.array([0.2, 0.8]), mean=0.2, deviation=0.1
    )
    assert evidence.standing_out.tolist() == approx([0, 6])
    assert evidence.scores(0.05).tolist() == approx([0.5, 0.3])


@given(evidences(), WEIGHT)
def test_scores_are_finite(evidence: Evidence, weight: float) -> None:
    assert np.isfinite(evidence.scores(weight)).all()


@given(evidences(), WEIGHT, st.data())
def test_a_document_that_gains_on_one_side_never_falls(evidence: Evidence, weight: float, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(evidence.names) - 1))
    gain = np.where(np.arange(len(evidence.names)) == at, data.draw(st.floats(0, 1)), 0)
    before = best(evidence.names, evidence.scores(weight), len(evidence.names)).index(at)
    for better in (
        changed(evidence, shares=evidence.shares + gain),
        changed(evidence, cosines=evidence.cosines + gain),
    ):
        assert best(better.names, better.scores(weight), len(better.names)).index(at) <= before


@given(evidences(), WEIGHT, st.data())
def test_a_document_that_both_sides_have_first_is_first(evidence: Evidence, weight: float, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(evidence.names) - 1))
    is_first = np.arange(len(evidence.names)) == at
    both = changed(
        evidence, shares=np.where(is_first, 2, evidence.shares), cosines=np.where(is_first, 2, evidence.cosines)
    )
    assert best(both.names, both.scores(weight), 1) == [at]


@given(evidences(), WEIGHT)
def test_without_any_words_the_order_is_that_of_the_cosines(evidence: Evidence, weight: float) -> None:
    apart = np.linspace(-0.9, 0.9, len(evidence.names))[np.argsort(evidence.cosines)]
    without = changed(evidence, shares=np.zeros(len(apart)), cosines=apart, deviation=0.2)
    assert best(without.names, without.scores(weight), len(apart)) == np.argsort(-apart).tolist()


@given(evidences(), WEIGHT)
def test_where_no_cosine_stands_out_the_order_is_that_of_the_words(evidence: Evidence, weight: float) -> None:
    flat = changed(evidence, cosines=np.full(len(evidence.names), 0.3), mean=0.3, deviation=0.0)
    expected = sorted(
        range(len(flat.names)), key=lambda at: (-(flat.shares[at] + weight * flat.standing_out[at]), flat.names[at])
    )
    assert best(flat.names, flat.scores(weight), len(flat.names)) == expected
    assert flat.scores(weight).tolist() == flat.shares.tolist()


@given(evidences(), WEIGHT, st.integers(1, 20), st.randoms(use_true_random=False))
def test_the_best_depend_on_ids_and_scores_alone(evidence: Evidence, weight: float, k: int, random: object) -> None:
    order = list(range(len(evidence.names)))
    random.shuffle(order)  # type: ignore[attr-defined]
    other = changed(
        evidence,
        names=[evidence.names[at] for at in order],
        shares=evidence.shares[order],
        cosines=evidence.cosines[order],
    )
    one = [evidence.names[at] for at in best(evidence.names, evidence.scores(weight), k)]
    assert [other.names[at] for at in best(other.names, other.scores(weight), k)] == one
    assert len(one) == min(k, len(order))
