"""The sentence of a hit that answers best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from transforms.search.ask.hit import Hit
from transforms.search.ask.passages import best_sentences

FALLS = "A bank falls, and rain follows it."
TEXT = f"It rains.\n\nThe bank lends. {FALLS}"
AXES = ("rain", "bank", "lends")


def shares(query: str, passages: Sequence[str]) -> list[float]:
    words = query.split()
    return [sum(word in passage.lower() for word in words) / len(words) for passage in passages]


def cosines(query: str, passages: Sequence[str]) -> np.ndarray:
    vectors = np.array([[0.1, *(float(axis in text) for axis in AXES)] for text in [query, *passages]], np.float32)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return units[1:] @ units[0]


def hit(words: float | None) -> Hit:
    return Hit("d", 1.0, 0, None, words=words)


def sentence(query: str, content: str | None, *, words: float | None, encodes: bool = True) -> str | None:
    (found,) = best_sentences(
        query,
        [hit(words)],
        [content],
        shares=shares,
        cosines=cosines if encodes else lambda query, passages: pytest.fail("encoded"),
    )
    return None if found is None or content is None else content[found[0] : found[1]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("lends", "The bank lends."),
        ("bank", "The bank lends."),
        ("bank rain falls", FALLS),
    ],
)
def test_words_choose_the_first_sentence_that_holds_most_of_them(query: str, expected: str) -> None:
    assert sentence(query, TEXT, words=0.5, encodes=False) == expected


@pytest.mark.parametrize(("query", "expected"), [("lends to a bank", "The bank lends."), ("rain", "It rains.")])
def test_vectors_choose_where_no_word_did(query: str, expected: str) -> None:
    assert sentence(query, TEXT, words=None) == expected
    # A word may stand across sentences, or be stemmed otherwise: then words choose none.
    assert sentence(query + "zz", TEXT, words=0.5) is not None


def test_one_sentence_needs_no_choice() -> None:
    assert sentence("anything", " The bank lends. ", words=None, encodes=False) == "The bank lends."
    assert sentence("anything", "", words=None, encodes=False) is None
    assert sentence("anything", None, words=None, encodes=False) is None


def test_nothing_is_chosen_without_an_encoder_or_of_a_whole_book() -> None:
    assert best_sentences("rain", [hit(None)], [TEXT], shares=None, cosines=None) == [None]
    assert sentence("rain", "It rains. " * 65, words=None, encodes=False) is None


def test_the_sentences_of_all_hits_are_encoded_at_once() -> None:
    calls: list[list[str]] = []

    def counted(query: str, passages: Sequence[str]) -> np.ndarray:
        calls.append(list(passages))
        return cosines(query, passages)

    found = best_sentences(
        "lends", [hit(None), hit(0.5), hit(None)], [TEXT, TEXT, "A rain. A bank."], shares=shares, cosines=counted
    )
    assert [text[a:b] for text, (a, b) in zip([TEXT, TEXT, "A rain. A bank."], found, strict=True)] == [  # type: ignore[misc]
        "The bank lends.", "The bank lends.", "A rain.",
    ]  # fmt: skip
    assert len(calls) == 1 and len(calls[0]) == 3 + 2


@pytest.mark.parametrize(
    ("page", "heading", "expected"),
    [
        (12, "3 Study > 3.2 Results", 'd, page 12, "3.2 Results"'),
        (None, "Results", 'd, "Results"'),
        (1, None, "d, page 1"),
        (None, None, "d"),
    ],
)
def test_a_place_is_said_as_a_person_says_it(page: int | None, heading: str | None, expected: str) -> None:
    assert Hit("d", 1.0, 0, None, page=page, heading=heading).place == expected
