"""The words of texts and queries: names with marks, scripts, and what holds for any text."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.common.errors import RequestError
from transforms.search.store.analysis import LANGUAGES, NEWEST, Analysis, require_language

ANALYSES = {version: Analysis(version, "none") for version in (1, 2)}
ANALYSERS = {version: analysis.analyser() for version, analysis in ANALYSES.items()}


def words(text: str, version: int = NEWEST, *, is_query: bool = False) -> list[str]:
    """The words, without the character that keeps the marks of a name."""
    found = ANALYSERS[version].analyze(ANALYSES[version].prepared(text, is_query=is_query))
    return [word.removeprefix("\x1f") for word in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("C", "c"),
        ("C++", "c++"),
        ("C#", "c#"),
        ("F#", "f#"),
        ("A+", "a+"),
        ("g++", "g++"),
        ("i++;", "i++"),
        ("C++17, C#8", "c++ 17 c# 8"),
        ("C/C++, C#/.NET", "c c++ c# net .net"),
        ("(C++) “C#” 'F#'", "c++ c# f#"),
        ("C++'s C++-like", "c++ s c++ like c++like"),
        ("notepad++ CD4+ 18+", "notepad notepad++ cd4 cd4+ 18 18+"),
        (".NET", "net .net"),
        ("ASP.NET Ph.D. v1.2", "asp net aspnet ph d phd v1 2 v1.2"),
        ("node.js. nodejs", "node js nodejs nodejs"),
        ("AT&T and R&D", "at t at&t and r d r&d"),
        ("#hashtag ##heading", "hashtag #hashtag heading"),
        ("3.11", "3 11 3.11"),
        ("python-3.11", "python 3 11 3.11 python3.11"),
        ("192.168.0.1", "192 168 0 1 192.168.0.1"),
        ("2020-01-31", "2020 01 31 2020-01-31"),
        ("objective-c", "objective c objectivec"),
        ("e-mail email", "e mail email email"),
        ("IL-2", "il 2 il2"),
        ("cha-cha-cha", "cha cha cha chachacha"),
        ("node.js-based", "node js based nodejs nodejsbased"),
        ("U.S.", "u s u.s"),
        ("a+b x+1 C+++ issue #12 PR#12 &#39;", "a b x 1 c issue 12 pr pr# 12 39"),
        ("wait ...and then.", "wait and then"),
        ("don't snake_case a@b 1,000", "don t snake case a b 1 000"),
        ("_C++_", "c++"),
        ("a\x1fb \x1fc++ \x1f", "a b c++"),
    ],
)
def test_names_with_marks_are_words(text: str, found: str) -> None:
    assert words(text) == found.split()
    assert words(text, is_query=True) == found.split()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ｃ＋＋ ｎｅｗｓ ﬁne", "c++ news fine"),
        ("node\u2011js", "node js nodejs"),
        ("inter\u00adnation\u200dal", "international"),
        ("Größe CAFE\u0301 Straße", "grosse cafe strasse"),
        ("Пётр ЁЖ йога", "петр еж йога"),
        ("Ελλάδα", "ελλαδα"),
        ("İstanbul Iğdır", "istanbul igdir"),
        ("كِتَاب كتـــاب", "كتاب كتاب"),
        ("שָׁלוֹם־עולם", "שלום עולם"),
        ("हिन्दी-भाषा", "हिन्दी भाषा"),
        ("서울은", "서울 울은 서 울 은"),
        ("使用C++编程", "使用 使 用 c++ 编程 编 程"),
        ("Great😀😀 ❤\ufe0f!", "great 😀 😀 ❤"),
        ("e\u0301-mail β-catenin", "e mail email β catenin βcatenin"),
    ],
)
def test_words_of_other_scripts_are_folded_and_cut(text: str, found: str) -> None:
    assert words(text) == found.split()


def test_a_query_of_an_unspaced_script_is_its_pairs() -> None:
    assert words("서울에서", is_query=True) == ["서울", "울에", "에서"]
    assert words("東京都", is_query=True) == ["東京", "京都"]
    assert words("都", is_query=True) == words("都") == ["都"]


def test_the_first_analysis_stays_as_it_was() -> None:
    assert words("C++ node.js e-mail Пётр 서울은 inter\u00adnational", 1) == [
        *("c", "node", "js", "e", "mail", "петр".replace("е", "ё"), "서울은", "inter", "national")
    ]


TEXTS = st.text(st.one_of(st.sampled_from("aBc1é.#+-&_ \x1f\u00ad漢서ि\u0301"), st.characters()), max_size=40)


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, version=st.sampled_from([1, 2]))
def test_a_text_holds_the_words_that_it_is_as_a_query(text: str, version: int) -> None:
    """Every word counts as often as in the text; of an unspaced script the text has single characters besides."""
    query, document = Counter(words(text, version, is_query=True)), Counter(words(text, version))
    assert query <= document
    assert all(len(word) == 1 for word in document - query)


@settings(max_examples=300, deadline=None)
@given(left=TEXTS, right=TEXTS)
def test_what_a_word_is_does_not_depend_on_its_neighbours(left: str, right: str) -> None:
    assert words(f"{left} {right}") == words(left) + words(right)


@settings(max_examples=300, deadline=None)
@given(text=st.text(st.sampled_from("abcXY12é.,;:!?()'\"/ "), max_size=60).map(lambda text: text.replace(".", ". ")))
def test_plain_words_are_the_same_in_both_analyses(text: str) -> None:
    assert words(text, 2) == words(text, 1)


@settings(max_examples=300, deadline=None)
@given(text=st.text(st.characters(max_codepoint=127), max_size=40))
def test_no_word_of_two_letters_is_lost_to_a_name(text: str) -> None:
    plain = Counter(word for word in words(text, 1) if len(word) > 1)
    assert plain <= Counter(words(text, 2))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_that_is_offered_has_its_stemmer(language: str) -> None:
    analysis = Analysis(NEWEST, language)
    assert analysis.analyser().analyze("42") == ["42"]
    assert Analysis.of_name(analysis.name) == analysis


@pytest.mark.parametrize("name", ["words9-en", "words2-tlh", "words-en", "en", "default", "words12-en"])
def test_a_name_of_no_analysis_is_none(name: str) -> None:
    assert Analysis.of_name(name) is None


def test_an_unknown_language_is_refused_with_the_known_ones() -> None:
    with pytest.raises(RequestError, match=r"no stemmer for language 'tlh': choose from none, ar, .*, tr"):
        require_language("tlh")


def test_long_texts_of_marks_take_no_longer_than_others() -> None:
    for text in ("a" * 100_000 + ".", "a-" * 50_000, "+" * 100_000, "#" * 100_000, "a+" * 50_000, "-.&" * 30_000):
        assert len(words(text)) <= 50_002
