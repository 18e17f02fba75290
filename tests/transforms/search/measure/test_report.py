"""The HTML report of an index: what it shows, and that nothing in it can do harm."""

from __future__ import annotations

import copy
import re
import shutil
from functools import cache
from pathlib import Path

import pytest

from tests.helpers.pages import HOSTILE, NOT_IMAGES, PIXEL, Page, assert_locked, assert_quiet, drawn
from tests.transforms.search.measure.reports import corners, full, nothing
from transforms.common.errors import RequestError
from transforms.search.measure.report import render

CORNERS = corners()
PLOTTED = {"nothing": False, "null": False, "unknown": False}


@cache
def rendered(name: str) -> str:
    return render(CORNERS[name])


@cache
def page_of(name: str) -> Page:
    return Page(rendered(name))


@pytest.mark.parametrize("name", CORNERS)
def test_any_report_is_a_page_that_asks_the_network_for_nothing(name: str) -> None:
    assert_quiet(page_of(name))
    assert_locked(rendered(name), scripts=2 if PLOTTED.get(name, True) else 0)
    assert not {"None", "nan", "inf", "Undefined"} & set(re.findall(r"\w+", page_of(name).text))


def test_the_report_itself_is_left_as_it_was() -> None:
    report = full(thumbnail=PIXEL)
    before = copy.deepcopy(report)
    render(report)

    assert report == before


def test_the_figures_of_a_text_report_are_in_its_page() -> None:
    page = page_of("texts")

    assert page.headings == [
        "Recall",
        "Recall against latency",
        "Recall by nprobe",
        "Speed",
        "Size",
        "Drift",
        "Sample queries",
        "Data and index",
    ]
    for expected in (
        "Published as version 4: recall@10 is 0.958",
        "Recall@10 0.958 [0.948, 0.968]",
        "Latency of one query (p50) 0.446 ms p95 0.710 ms, p99 1.13 ms",
        "Memory per vector 73 B 73 MB in all",
        "Speed 86× that of exact search",
        "Batches 4,321 queries/s",
        "Recall on 2,000 queries that are not in the index",
        "latency and speed on 2 threads",
        "Held out of the index 0.974 [0.964, 0.984] 0.958 [0.948, 0.968] 0.941 [0.931, 0.951]",
        "Taken from the index 0.989 [0.979, 0.999] 0.971 [0.961, 0.981] 0.949 [0.939, 0.959]",
        "Held out, of rows newer than the base – 0.953 [0.941, 0.964] –",
        "The vertical line is what searches use: 16.",
        "Exact search 38.2 ms 97 queries/s",
        "vectors mapped from disk 1.0 GB 1.0 kB",
        "All in memory 73 MB 73 B All mapped 1.0 GB 1.0 kB",
        "Imbalance of the lists: 1.38.",
        "a text that asks 1 ant q1",
        "0.900 a text that answers 0 ant r1-0 0.800 a text that answers 1 bee r1-1",
        "IVF: 500 MB were given",
        "lists 4096 · code PQ64x8",
        "nprobe = 16",
        "1,000,000 of 512 dimensions; 1,312 of them kept out of the structure and searched exactly; with a lexical index",
        "tables/news, version 3: 1,000,007 rows (text), 7 left out because their vectors have no direction",
        "since version 3 of the index: 1,200 added, 34 removed, 5 changed; rebuilt: recall fell",
        "Base 980,000 10,213 1.1 GB Recent 28,901 0 32 MB",
        "Train 1 min 28 s Measure 2 h 1 min",
        "vectormill embed 'a b.txt' --to t vectormill index t --to i",
    ):
        assert expected in page.text


def test_the_answers_of_an_image_report_are_pictures() -> None:
    page = page_of("images")

    assert page.pictures == [PIXEL] * 9
    assert "0.900 ant r2-0 0.800 bee r2-1" in page.text


def test_an_answer_that_shares_the_label_of_the_query_is_marked() -> None:
    marked = [attributes.get("class") for tag, attributes in page_of("texts").tags if tag == "b"]

    assert marked == [None, "same", None] * 3


@pytest.mark.parametrize("name", ["nothing", "null"])
def test_what_is_not_there_has_no_section(name: str) -> None:
    page = page_of(name)

    assert page.headings == ["Data and index"]
    assert "Not published: recall@10 is below the floor" in page.text
    assert len(rendered(name)) < 20_000


def test_an_index_whose_figures_are_unknown_says_so_with_a_dash() -> None:
    page = page_of("unknown")

    assert page.headings == ["Recall", "Speed", "Size", "Sample queries", "Data and index"]
    assert "This index – – – – Exact search" in page.text
    assert "codes in memory – –" in page.text
    assert "No answer." in page.text
    assert "against exact search. In brackets" in page.text


def test_an_exact_index_is_not_compared_with_itself() -> None:
    exact = full()
    exact["index"] |= {"kind": "exact", "search": {"name": None, "value": None}}
    exact["curve"] = []
    page = Page(render(exact))

    assert "that of exact search" not in page.text
    assert not [heading for heading in page.headings if heading.startswith("Recall ")]


def test_hostile_strings_stay_text() -> None:
    html, page = rendered("hostile"), page_of("hostile")

    assert re.sub(r"\s+", " ", HOSTILE) in page.text
    assert "<script>" not in html and "<img" not in html
    assert len([tag for tag, _ in page.tags if tag == "script"]) == 2


def test_a_thumbnail_that_is_no_image_is_left_out() -> None:
    report = full(thumbnail=PIXEL)
    query = report["queries"][0]
    answers = [query["answers"][0] | {"thumbnail": uri} for uri in (*NOT_IMAGES, PIXEL)]
    report["queries"] = [query | {"thumbnail": uri, "answers": []} for uri in NOT_IMAGES]
    report["queries"].append(query | {"answers": answers})
    html = render(report)

    assert Page(html).pictures == [PIXEL] * 2
    assert not [part for part in ("example.org", "alert(1)", "data:text/html;base64") if part in html]


def test_a_report_of_another_format_is_refused() -> None:
    with pytest.raises(RequestError, match=r"'vectormill-report-1'.*build the index again"):
        render(nothing() | {"format": "vectormill-report-1"})


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs a browser")
@pytest.mark.parametrize("name", ["hostile", "images"])
def test_a_browser_draws_it_without_a_word(name: str, tmp_path: Path) -> None:
    document, console = drawn(rendered(name), tmp_path)

    assert console == []
    assert document.count('class="bk-Figure"') == 3
