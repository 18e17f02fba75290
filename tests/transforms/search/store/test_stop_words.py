"""Stop words: left out of a query, unless they are names or all that there is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.search.store.analysis import LANGUAGES as STEMMED
from transforms.search.store.stop_words import LANGUAGES, stop_words_among, without_stop_words


@pytest.mark.parametrize(
    ("query", "language", "left"),
    [
        ("what is the cause of rain?", "en", "cause rain?"),
        ("How do I renew? I don’t know", "en", "renew? know"),
        ("What is IT support, and vitamin A?", "en", "IT support, vitamin A?"),
        ("A triumph of style", "en", "triumph style"),
        ("WHO IS THE COACH", "en", "COACH"),
        ("WHO guidelines", "en", "WHO guidelines"),
        ("to be or not to be", "en", "to be or not to be"),
        ("The Who", "en", "The Who"),
        ("the … ?", "en", "the … ?"),
        ("the 😀 the C++", "en", "😀 C++"),
        ("Wie ist das Wetter für die Stadt?", "de", "Wetter Stadt?"),
        ("qu'il l’avion de l'air", "fr", "avion air"),
        ("hava ve su için", "tr", "hava su"),
        ("what is the rain", "none", "what is the rain"),
        ("τι είναι η βροχή", "el", "τι είναι η βροχή"),
        ("東京 the 都", "en", "東京 都"),
        ("a\ud800 the goal", "en", "a\ud800 goal"),
    ],
)
def test_a_query_without_its_stop_words(query: str, language: str, left: str) -> None:
    assert without_stop_words(query, language).split() == left.split()


@settings(max_examples=60, deadline=None)
@given(query=st.text(max_size=40), language=st.sampled_from([*LANGUAGES, "none"]))
def test_words_are_left_out_and_none_is_added(query: str, language: str) -> None:
    left = without_stop_words(query, language).split()
    assert left or not query.split()
    rest = iter(query.replace("’", "'").replace("ʼ", "'").replace("`", "'").split())
    assert left == query.split() or all(any(word.endswith(kept) for word in rest) for kept in left)


def test_every_list_is_of_a_language_with_a_stemmer_and_has_words() -> None:
    assert set(LANGUAGES) < set(STEMMED)
    samples = ["the", "og", "und", "de", "ja", "és", "e", "het", "в", "och", "și", "ve", "goal42"]
    for language in LANGUAGES:
        assert stop_words_among(samples, language), language
        assert "goal42" not in stop_words_among(samples, language)
