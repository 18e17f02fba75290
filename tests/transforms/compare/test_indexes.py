"""Answers that a version of an index changed are all found, each with the reason that the rows tell."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.helpers.indexes import Library, clusters, library
from tests.helpers.pages import HOSTILE, Page, assert_locked, assert_quiet
from transforms.common.errors import RequestError
from transforms.compare.answers import Answered, Side, changes
from transforms.compare.difference_files import difference_files
from transforms.compare.indexes import AskedQuery, compare_indexes
from transforms.compare.report import render

VECTORS = clusters(300, 8, centres=6)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Two versions: of `0.parquet` some rows leave and some move, and `new.parquet` comes."""
    books = library(tmp_path_factory.mktemp("library"), VECTORS[:240])
    books.step(kind="exact", words=True)
    books.edit("0.parquet", drop=["r0004", "r0008", "r0012"], move={"r0016": (-VECTORS[16]).tolist()})
    books.put("new.parquet", {f"n{at}": VECTORS[at].tolist() for at in range(240, 260)}, label="a")
    books.commit()
    books.step(kind="exact", words=True)
    return books


def compared(
    made: Library, out: Path, **asked: Any
) -> tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]:
    index = str(made.root / "index")
    with difference_files(str(out)) as tables:
        report = compare_indexes(Side(index, 1), Side(index, 2), tables, **asked)
    return report, *(pq.read_table(out / f"{name}.parquet").to_pylist() for name in ("answers", "queries"))


def test_each_changed_answer_has_the_reason_that_the_rows_tell(made: Library, tmp_path: Path) -> None:
    report, answers, queries = compared(made, tmp_path, k=5)
    gone, moved = {"r0004", "r0008", "r0012"}, {"r0016"}
    assert queries and {"r0004", *moved}.isdisjoint({one["query"] for one in queries})
    for one in answers:
        if one["id"].startswith("n"):
            assert (one["change"], one["reason"]) == ("added", "row new")
        elif one["id"] in gone:
            assert (one["change"], one["reason"]) == ("removed", "row gone")
        elif one["id"] in moved:
            assert one["reason"] == "row encoded anew"
        else:
            assert (
                one["reason"] in ("row new", "row encoded anew")
                if one["change"] == "removed"
                else ("row gone", "row encoded anew")
            )
    # All changes are there, and nothing else.
    by_query = {one["query"]: one for one in queries}
    for side, other, change in (("after", "before", "added"), ("before", "after", "removed")):
        expected = {(name, hit) for name, one in by_query.items() for hit in {*one[side]} - {*one[other]}}
        assert {(one["query"], one["id"]) for one in answers if one["change"] == change} == expected
    for one in queries:
        assert one["query"] not in (*one["before"], *one["after"])
        assert one["overlap"] == pytest.approx(len({*one["before"]} & {*one["after"]}) / 5)
    counts = Counter((one["reason"], one["change"]) for one in answers)
    assert {
        (one["reason"], side): one[side] for one in report["reasons"] for side in ("added", "removed") if one[side]
    } == counts
    assert {"row new", "row gone"} <= {one["reason"] for one in report["reasons"]}
    assert report["queries_changed"] == sum(one["overlap"] < 1 for one in queries) > 0
    assert report["overlap"]["value"] == pytest.approx(sum(one["overlap"] for one in queries) / len(queries))
    assert 0.2 < report["label_agreement"]["after"]["value"] < 0.9
    lowest = sorted(queries, key=lambda one: (one["overlap"], one["query"]))[0]
    assert report["examples"][0]["id"] == lowest["query"]
    assert [hit["id"] for hit in report["examples"][0]["after"]] == lowest["after"]
    page = Page(html := render(report))
    assert_quiet(page)
    assert_locked(html, scripts=0)
    assert page.headings == [
        "Why answers changed",
        "How many answers stay",
        "The queries that changed most",
        "Versions",
    ]


def test_queries_by_words_are_compared_too(made: Library, tmp_path: Path) -> None:
    texts = [AskedQuery(name="1", text="n245"), AskedQuery(name="2", text="r0020"), AskedQuery(name="3", text="r0004")]
    report, answers, _ = compared(made, tmp_path, texts=texts, mode="words", k=3)
    assert [(one["query"], one["id"], one["change"], one["reason"]) for one in answers] == [
        ("1", "n245", "added", "row new"),
        ("3", "r0004", "removed", "row gone"),
    ]
    assert (report["on"]["queries"], report["on"]["mode"], report["queries_changed"]) == (3, "words", 2)
    assert Page(render({**report, "examples": [{**one, "text": HOSTILE} for one in report["examples"]]})).pictures == []


def test_an_answer_that_approximate_search_misses_is_put_down_to_its_parameter(made: Library) -> None:
    side = Side(str(made.root / "index"), 2)
    vectors = side.unit_queries(VECTORS[100:103])
    whole = side.searcher.hits_near(vectors, 5)
    missing = [hits[1:] for hits in side.searcher.hits_near(vectors, 6)]
    found = changes(Answered(side, whole, vectors), Answered(side, missing, vectors), own=[None] * 3)
    assert {(one.id, one.is_new): one.reason for one in found if not one.is_new} == {
        (hits[0].id, False): "parameter" for hits in whole
    }
    assert [one.rank for one in found] == [1, 5] * 3


def test_versions_of_different_tables_are_not_compared(tmp_path: Path) -> None:
    books, others = library(tmp_path / "a", VECTORS[:60], sources=1), Library(tmp_path / "b")
    books.step(kind="exact")
    others.put("x.parquet", {f"x{at}": VECTORS[at].tolist() for at in range(60)})
    others.commit()
    others.root = books.root
    others.index(kind="exact", rebuild=True)
    index = str(books.root / "index")
    with difference_files(None) as tables, pytest.raises(RequestError, match="no row out in common"):
        compare_indexes(Side(index, 1), Side(index, 2), tables)
