"""Lexical indexes: what is found in which script, scores, updates, damage."""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.common.errors import RequestError
from transforms.search.store import lexical
from transforms.search.store.lexical import (
    DocumentBatches,
    LexicalIndex,
    build_lexical_index,
    has_newest_analysis,
    update_lexical_index,
)

TEXTS = {
    "cats": "Cats were running through the café",
    "dog": "The dog runs",
    "market": "Stock market news of Monday",
    "chinese": "今天天气很好，我们去公园散步",
    "japanese": "東京で犬と散歩する",
    "thai": "ภาษาไทยง่ายมาก",
    "hindi": "हिन्दी एक भाषा है",
    "greek": "β-catenin binds IL-2",
}


def rows(texts: dict[str, str], batch: int = 3) -> DocumentBatches:
    names = list(texts)
    for start in range(0, len(names), batch):
        some = names[start : start + batch]
        yield some, [texts[name] for name in some]


def made(folder: Path, texts: dict[str, str], language: str = "en") -> LexicalIndex:
    build_lexical_index(str(folder), rows(texts), language=language)
    return LexicalIndex(str(folder))


def ids(index: LexicalIndex, text: str, k: int = 10) -> list[str]:
    return [name for name, _ in index.search(text, k)]


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    return made(tmp_path_factory.mktemp("words") / "index", TEXTS)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("cat", ["cats"]),
        ("run", ["dog", "cats"]),
        ("CAFE\u0301", ["cats"]),
        ("ｎｅｗｓ", ["market"]),
        ("公园", ["chinese"]),
        ("天气", ["chinese"]),
        ("犬", ["japanese"]),
        ("ไทย", ["thai"]),
        ("भाषा", ["hindi"]),
        ("β-Catenin", ["greek"]),
        ("il-2", ["greek"]),
    ],
)
def test_a_text_is_found_by_its_words_in_any_script(index: LexicalIndex, query: str, found: list[str]) -> None:
    assert ids(index, query) == found


@pytest.mark.parametrize(
    "query", ["", " \n", "😀", '"', "AND (", "*:*", "-+!", "unheard", "\udc80", "\0", "x" * 100_000]
)
def test_what_has_no_words_of_the_texts_finds_nothing(index: LexicalIndex, query: str) -> None:
    assert index.search(query, 5) == []


@pytest.mark.parametrize(
    "query", ["dog AND (", 'dog "', "body:dog", "dog~2 \\", "+dog -runs", "dog^9 TO]", "NOT dog", "dog\0", "dog\udc80"]
)
def test_a_query_is_words_and_never_syntax(index: LexicalIndex, query: str) -> None:
    assert "dog" in ids(index, query)


def test_a_long_query_counts_by_its_most_repeated_words(index: LexicalIndex) -> None:
    strange = " ".join(f"strange{number}" for number in range(20_000))
    assert ids(index, f"{strange} dog dog") == ["dog"]
    assert ids(index, f"{strange} dog") == []


def test_scores_are_bm25_as_a_share_of_the_highest(tmp_path: Path) -> None:
    index = made(tmp_path / "i", {"a": "red red car", "b": "red bus stops here today", "c": "blue car"}, "none")
    lengths = {"a": 3, "b": 5, "c": 2}
    mean = sum(lengths.values()) / 3

    def idf(stored: int) -> float:
        return math.log(1 + (3 - stored + 0.5) / (stored + 0.5))

    def part(repeats: int, name: str) -> float:
        return repeats * 2.2 / (repeats + 1.2 * (0.25 + 0.75 * lengths[name] / mean))

    highest = 2.2 * (2 * idf(2) + idf(2) + idf(0))
    expected = {
        "a": (2 * idf(2) * part(2, "a") + idf(2) * part(1, "a")) / highest,
        "b": 2 * idf(2) * part(1, "b") / highest,
        "c": idf(2) * part(1, "c") / highest,
    }
    assert dict(index.search("red, red car nowhere", 3)) == pytest.approx(expected, abs=2e-6)


def test_scores_of_some_texts_are_those_of_a_search(index: LexicalIndex) -> None:
    for query in ("cat market news", "run", "犬 il-2", "unheard", ""):
        found = dict(index.search(query, 10))

        assert index.scores(query, list(TEXTS)) == found
        assert index.scores(query, ["cats", "thai", "nowhere"]) == {n: s for n, s in found.items() if n == "cats"}
        assert index.scores(query, []) == {}


def test_equal_scores_come_by_id_and_pages_join(tmp_path: Path) -> None:
    names = [f"n{number:03}" for number in range(150)]
    texts = dict.fromkeys(reversed(names), "same words") | {"best": "words words"}
    index = made(tmp_path / "i", texts)
    assert ids(index, "words", 200) == ["best", *names]
    assert ids(index, "words", 7) == ["best", *names[:6]]
    assert [name for name, _ in index.search("words", 5, skip=4)] == names[3:8]
    assert [name for name, _ in index.search("words", 5, skip=149)] == names[148:]
    assert index.search("words", 5, skip=151) == []
    assert index.search("words", 0) == []


def test_answers_do_not_depend_on_the_segments(tmp_path: Path) -> None:
    texts = {f"t{number}": f"{'ape ' * (number % 3)}bear {'cow ' * (number % 5)}w{number % 7}" for number in range(60)}
    whole = made(tmp_path / "whole", texts)
    first = dict(list(texts.items())[:20])
    build_lexical_index(str(tmp_path / "p0"), rows(first))
    for step in (1, 2):
        more = dict(list(texts.items())[20 * step : 20 * step + 20])
        update_lexical_index(str(tmp_path / f"p{step - 1}"), str(tmp_path / f"p{step}"), removed=[], added=rows(more))
    pieces = LexicalIndex(str(tmp_path / "p2"))
    for query in ("ape", "bear cow", "w3 ape cow bear", "w1 w2 w3 w4 ape"):
        assert pieces.search(query, 60) == whole.search(query, 60) != []


def test_an_update_is_the_difference_and_leaves_the_old_version_as_it_was(tmp_path: Path) -> None:
    old, new = tmp_path / "1", tmp_path / "2"
    before = made(old, TEXTS)
    was = contents(old)
    changed = {"dog": "A wolf howls", "late": "The market opens late"}
    update_lexical_index(str(old), str(new), removed=["dog", "thai", "never there"], added=rows(changed))
    after = LexicalIndex(str(new))
    assert contents(old) == was
    assert (len(before), len(after)) == (8, 8)
    assert [ids(after, query) for query in ("dog", "ไทย", "wolf", "late", "cat")] == [
        [],
        [],
        ["dog"],
        ["late"],
        ["cats"],
    ]
    for index in (before, LexicalIndex(str(old))):
        assert [ids(index, query) for query in ("dog", "ไทย", "wolf")] == [["dog"], ["thai"], []]
    shared = {path.name for path in new.iterdir() if path.stat().st_nlink > 1}
    assert shared == set(was) - {"meta.json", ".managed.json"}


def test_an_update_works_where_links_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError("no links here")

    made(tmp_path / "1", TEXTS)
    monkeypatch.setattr(os, "link", refused)
    update_lexical_index(str(tmp_path / "1"), str(tmp_path / "2"), removed=["dog"], added=[])
    assert ids(LexicalIndex(str(tmp_path / "2")), "run") == ["cats"]


def test_everything_can_leave_and_come_back(tmp_path: Path) -> None:
    made(tmp_path / "0", {})
    assert LexicalIndex(str(tmp_path / "0")).search("dog", 3) == []
    update_lexical_index(str(tmp_path / "0"), str(tmp_path / "1"), removed=[], added=rows(TEXTS))
    update_lexical_index(str(tmp_path / "1"), str(tmp_path / "2"), removed=TEXTS, added=[])
    assert ids(LexicalIndex(str(tmp_path / "1")), "dog") == ["dog"]
    assert (len(LexicalIndex(str(tmp_path / "2"))), LexicalIndex(str(tmp_path / "2")).search("dog", 3)) == (0, [])


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sets(st.sampled_from("abcdefgh")),
            st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(["sun", "moon", "sun moon"])),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_after_any_updates_exactly_the_rows_that_are_left_are_found(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[set[str], dict[str, str]]]
) -> None:
    root = tmp_path_factory.mktemp("updates")
    stored = {"a": "sun", "b": "moon"}
    build_lexical_index(str(root / "0"), rows(stored))
    for number, (removed, added) in enumerate(steps):
        gone = removed | (added.keys() & stored.keys())
        update_lexical_index(
            str(root / str(number)), str(root / str(number + 1)), removed=sorted(gone), added=rows(added)
        )
        stored = {name: text for name, text in stored.items() if name not in gone} | added
    index = LexicalIndex(str(root / str(len(steps))))
    for word in ("sun", "moon"):
        found = index.search(word, 20)
        assert Counter(name for name, _ in found) == Counter(name for name, text in stored.items() if word in text)
        assert found == sorted(found, key=lambda hit: (-hit[1], hit[0]))
        assert all(0 < score < 1 for _, score in found)


def test_an_opened_index_writes_nothing_and_outlives_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "i"
    build_lexical_index(str(folder), rows(TEXTS), language="en")
    was, listed = contents(folder), folder.stat().st_mtime_ns
    index = LexicalIndex(str(folder))
    assert ids(index, "dog") == ["dog"]
    assert (contents(folder), folder.stat().st_mtime_ns) == (was, listed)
    folder.rename(tmp_path / "elsewhere")
    assert ids(index, "cat") == ["cats"]
    assert ids(LexicalIndex(str(tmp_path / "elsewhere")), "cat") == ["cats"]


def test_an_index_is_as_readable_as_other_files(tmp_path: Path) -> None:
    made(tmp_path / "1", TEXTS)
    update_lexical_index(str(tmp_path / "1"), str(tmp_path / "2"), removed=["dog"], added=[])
    (tmp_path / "plain").write_text("")
    mode = (tmp_path / "plain").stat().st_mode
    for version in ("1", "2"):
        assert {path.stat().st_mode for path in (tmp_path / version).iterdir()} == {mode}
        assert not [path.name for path in (tmp_path / version).iterdir() if path.name.endswith(".lock")]


def test_threads_get_the_answers_of_one(index: LexicalIndex) -> None:
    queries = ["cat", "run", "公园", "market news", "nothing", "il-2"] * 30
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda query: index.search(query, 5), queries)) == [index.search(q, 5) for q in queries]


def test_the_language_decides_the_stems_and_stays_with_the_index(tmp_path: Path) -> None:
    texts = {"de": "Die Häuser brennen", "en": "houses burning"}
    german, plain = made(tmp_path / "de", texts, "de"), made(tmp_path / "none", texts, "none")
    update_lexical_index(str(tmp_path / "de"), str(tmp_path / "de2"), removed=["en"], added=rows({"neu": "Das Haus"}))
    assert ids(german, "Häusern") == ["de"]
    assert ids(plain, "haus") == []
    assert ids(plain, "HAUSER") == ["de"]
    assert sorted(ids(LexicalIndex(str(tmp_path / "de2")), "hauser")) == ["de", "neu"]


def test_an_unknown_language_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"no stemmer for language 'tlh': choose from none, ar, .*, tr"):
        build_lexical_index(str(tmp_path / "i"), [], language="tlh")
    assert not (tmp_path / "i").exists()


def test_a_folder_without_an_index_or_with_half_of_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"no holds no words index: build the index again"):
        LexicalIndex(str(tmp_path / "no"))
    folder = tmp_path / "i"
    made(folder, TEXTS)
    postings = next(folder.glob("*.idx"))
    whole = postings.read_bytes()
    for half in (whole[: len(whole) // 2], b""):
        postings.write_bytes(half)
        with pytest.raises(RequestError, match=r"i: the words index is damaged, build it again: "):
            LexicalIndex(str(folder))
    postings.unlink()
    with pytest.raises(RequestError, match=r"damaged"):
        LexicalIndex(str(folder))
    with pytest.raises(RequestError, match=r"damaged"):
        update_lexical_index(str(folder), str(tmp_path / "2"), removed=[], added=[])
    assert not (tmp_path / "2").exists()
    (folder / "meta.json").write_text("{")
    with pytest.raises(RequestError, match=r"damaged"):
        LexicalIndex(str(folder))


def test_an_index_of_another_analysis_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "i"
    made(folder, TEXTS)
    meta = (folder / "meta.json").read_text()
    assert json.loads(meta)["schema"][1]["options"]["indexing"]["tokenizer"] == "words2-en"
    (folder / "meta.json").write_text(meta.replace("words2-en", "words9-en"))
    with pytest.raises(RequestError, match=r"i: the words index is of another version: build the index again"):
        LexicalIndex(str(folder))


# ---- names, and indexes of the first analysis -------------------------------------------------------------

NAMES = {
    "c": "A guide to C pointers",
    "cpp": "A guide to C++ templates",
    "csharp": "A guide to C# generics and linq and more of that kind",
    "net": "Casting a net for fish",
    "dotnet": "The .NET framework and all that comes with it",
    "node": "A node of a graph in js, 11 of 3",
    "nodejs": "Servers that are written for node.js, for python 3.11 and for AT&T",
    "dept": "R and D, two letters",
    "research": "Much of what is spent on R&D is spent on development in the end",
    "mail": "Send an e-mail to the list",
}


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    return made(tmp_path_factory.mktemp("names") / "index", NAMES)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("C", ["c"]),
        ("C++", ["cpp"]),
        ("c#", ["csharp"]),
        (".NET", ["dotnet", "net"]),
        ("net", ["net", "dotnet"]),
        ("node.js", ["nodejs", "node"]),
        ("nodejs", ["nodejs"]),
        ("3.11", ["nodejs", "node"]),
        ("R&D", ["research", "dept"]),
        ("AT&T", ["nodejs"]),
        ("email", ["mail"]),
        ("e-mails", ["mail"]),
        ("C++ templates", ["cpp"]),
        ("guide", ["c", "cpp", "csharp"]),
    ],
)
def test_a_name_finds_its_own_texts_first(names: LexicalIndex, query: str, found: list[str]) -> None:
    assert ids(names, query) == found


def built_by_the_first_analysis(folder: Path, texts: dict[str, str]) -> LexicalIndex:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lexical, "NEWEST", 1)
        return made(folder, texts)


def test_an_index_of_the_first_analysis_is_searched_and_updated_by_it(tmp_path: Path) -> None:
    old = built_by_the_first_analysis(tmp_path / "1", NAMES)
    update_lexical_index(str(tmp_path / "1"), str(tmp_path / "2"), removed=["c"], added=rows({"late": "C++ again"}))
    updated = LexicalIndex(str(tmp_path / "2"))

    assert ids(old, "C++") == ids(old, "C") == ["c", "cpp", "csharp"]
    assert ids(updated, "C++") == ids(updated, "c") == ["late", "cpp", "csharp"]
    assert ids(updated, "email") == []
    assert not has_newest_analysis(str(tmp_path / "1")) and not has_newest_analysis(str(tmp_path / "2"))


PLAIN = st.lists(
    st.sampled_from(["ape", "bear", "cow", "run", "running", "Straße", "tall"]), min_size=1, max_size=6
).map(" ".join)


@settings(max_examples=6, deadline=None)
@given(texts=st.lists(PLAIN, min_size=1, max_size=6), queries=st.lists(PLAIN, min_size=3, max_size=3))
def test_plain_words_find_the_same_with_the_same_scores_in_both_analyses(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], queries: list[str]
) -> None:
    root = tmp_path_factory.mktemp("both")
    named = {f"t{number}": text for number, text in enumerate(texts)}
    first, second = built_by_the_first_analysis(root / "1", named), made(root / "2", named)
    for query in queries:
        assert first.search(query, 10) == second.search(query, 10)
