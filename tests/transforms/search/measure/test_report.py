from __future__ import annotations

import copy
import math
import re
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.pages import HOSTILE, NOT_IMAGES, PIXEL, Page, assert_locked, assert_quiet, drawn
from transforms.common.errors import RequestError
from transforms.search.measure.report import render
from transforms.search.measure.report.plots import figures

OPTIONAL = ("recall", "latency", "drift", "sizes", "curve", "queries", "commands", "seconds")


def interval(value: float | None, low: float | None = None, high: float | None = None) -> dict[str, float | None]:
    return {"value": value, "low": low, "high": high}


def at(one: float | None, ten: float | None, hundred: float | None) -> dict[str, Any]:
    return {
        depth: interval(value, value and value - 0.01, value and value + 0.01)
        for depth, value in (("1", one), ("10", ten), ("100", hundred))
    }


def nothing() -> dict[str, Any]:
    """A report with every list empty and every figure null."""
    return {
        "format": "vectormill-index-report-1",
        "title": "news",
        "created": "2026-01-02T03:04:05+00:00",
        "index": {
            "path": "indexes/news",
            "version": None,
            "published": False,
            "verdict": "recall@10 is below the floor",
            "kind": "exact",
            "why": "few rows",
            "parameters": {},
            "search": {"name": None, "value": None},
            "floor": 0.95,
            "rows": 0,
            "held": 0,
            "dim": 8,
            "words": False,
            "segments": [],
        },
        "data": {
            "table": "tables/news",
            "version": 3,
            "encoder": "hashing",
            "encoder_fingerprint": "0123abcd",
            "modality": "text",
            "rows": 0,
            "dead": 0,
            "change": None,
        },
        "commands": [],
        "recall": {"queries": 0, "at": at(None, None, None), "indexed": None, "new": None},
        "latency": None,
        "sizes": [],
        "curve": [],
        "drift": None,
        "queries": [],
        "seconds": {},
    }


def full(*, thumbnail: str | None = None) -> dict[str, Any]:
    """A report with something in every corner: of texts, or of images where a thumbnail is given."""
    report = nothing()
    report["index"] |= {
        "version": 4,
        "published": True,
        "verdict": "recall@10 is 0.958",
        "kind": "ivf",
        "why": "500 MB were given",
        "parameters": {"lists": 4096, "code": "PQ64x8"},
        "search": {"name": "nprobe", "value": 16},
        "rows": 1_000_000,
        "held": 1312,
        "dim": 512,
        "words": True,
        "segments": [
            {"name": "base", "rows": 980_000, "deleted": 10_213, "bytes": 1_090_000_000},
            {"name": "recent", "rows": 28_901, "deleted": 0, "bytes": 31_900_000},
        ],
    }
    report["data"] |= {
        "modality": "image" if thumbnail else "text",
        "rows": 1_000_007,
        "dead": 7,
        "change": {"base": 3, "added": 1200, "removed": 34, "changed": 5, "rebuilt": True, "why": "recall fell"},
    }
    report["commands"] = ["vectormill embed 'a b.txt' --to t", "vectormill index t --to i"]
    report["recall"] = {
        "queries": 2000,
        "at": at(0.974, 0.958, 0.941),
        "indexed": at(0.989, 0.971, 0.949),
        "new": interval(0.953, 0.941, 0.964),
    }
    report["latency"] = {
        "p50": 0.4463,
        "p95": 0.71,
        "p99": 1.134,
        "exact_p50": 38.2,
        "batch_qps": 4321.4,
        "exact_qps": 97.4,
        "threads": 2,
    }
    report["sizes"] = [
        {"name": "codes", "bytes": 64_000_000, "resident": True},
        {"name": "centroids", "bytes": 8_912_896, "resident": True},
        {"name": "vectors", "bytes": 1_024_000_000, "resident": False},
    ]
    report["curve"] = [
        {
            "value": value,
            "recall": {"1": ten + 0.01, "10": ten, "100": ten - 0.02},
            "p50": value / 4,
            "qps": 9000 / value,
            "chosen": value == 16,
        }
        for value, ten in ((64, 0.988), (1, 0.612), (4, 0.842), (16, 0.958))
    ]
    report["drift"] = {
        "imbalance": 1.384,
        "history": [
            {"version": 3, "recall": 0.951, "rows": 998_000},
            {"version": 4, "recall": 0.958, "rows": 1_000_000},
        ],
    }
    text = None if thumbnail else "a text"
    report["queries"] = [
        {
            "id": f"q{query}",
            "text": text and f"{text} that asks {query}",
            "thumbnail": thumbnail,
            "label": "ant",
            "answers": [
                {
                    "id": f"r{query}-{rank}",
                    "score": 0.9 - rank / 10,
                    "label": ("ant", "bee")[rank],
                    "text": text and f"{text} that answers {rank}",
                    "thumbnail": thumbnail,
                }
                for rank in range(2)
            ],
        }
        for query in range(3)
    ]
    report["seconds"] = {"train": 88.1, "measure": 7260.0}
    return report


def corners() -> Mapping[str, dict[str, Any]]:
    """Reports in which something is missing, single, unknown or hostile."""
    unknown = full()
    for row in unknown["curve"]:
        row |= {"recall": None, "p50": math.nan, "qps": None}
    unknown["curve"].append({"value": None, "recall": {"10": 0.5}, "p50": 1.0, "qps": 1.0, "chosen": False})
    unknown["latency"] = dict.fromkeys(unknown["latency"], math.nan)
    unknown["recall"] |= {"at": at(None, None, None), "indexed": at(math.nan, None, math.inf), "new": interval(None)}
    unknown["sizes"] = [{"name": "codes", "bytes": None, "resident": True}]
    unknown["drift"] = {"imbalance": math.nan, "history": [{"version": 1, "recall": None, "rows": None}] * 3}
    unknown["index"] |= {"rows": None, "floor": None, "search": None, "parameters": None, "segments": None}
    unknown["queries"][0] |= {"answers": None, "label": None}
    unknown["queries"][1]["answers"][0] |= {"score": math.nan, "label": None, "text": None}
    one = full()
    one["curve"] = one["curve"][-1:]
    one["latency"]["exact_p50"] = None
    one["drift"]["history"] = one["drift"]["history"][:1]
    zeros = full()
    zeros["curve"][1] |= {"value": 0, "p50": 0.0}
    zeros["latency"] |= {"p50": 0.0, "exact_p50": 0.0}
    zeros["sizes"] = [{"name": "codes", "bytes": 0, "resident": True}]
    zeros["index"]["rows"] = 0
    hostile = full()
    for name in ("title", "created"):
        hostile[name] = HOSTILE
    hostile["index"] |= dict.fromkeys(("path", "verdict", "kind", "why"), HOSTILE)
    hostile["index"] |= {"parameters": {HOSTILE: HOSTILE}, "search": {"name": HOSTILE, "value": 16}}
    hostile["index"]["segments"][0]["name"] = hostile["sizes"][0]["name"] = HOSTILE
    hostile["data"] |= dict.fromkeys(("table", "encoder", "encoder_fingerprint", "modality"), HOSTILE)
    hostile["data"]["change"]["why"] = HOSTILE
    hostile["commands"] = [HOSTILE]
    hostile["seconds"] = {HOSTILE: 1.0}
    for query in hostile["queries"]:
        for row in (query, *query["answers"]):
            row |= dict.fromkeys(("id", "text", "label"), HOSTILE)
    return {
        "nothing": nothing(),
        "null": nothing() | dict.fromkeys(OPTIONAL),
        "unknown": unknown,
        "one of each": one,
        "zeros": zeros,
        "hostile": hostile,
        "texts": full(),
        "images": full(thumbnail=PIXEL),
    }


CORNERS = corners()
PLOTTED = {"nothing": False, "null": False, "unknown": False}


@cache
def rendered(name: str) -> str:
    return render(CORNERS[name])


@cache
def page_of(name: str) -> Page:
    return Page(rendered(name))


def data_of(plot: Any, renderer: int) -> Mapping[str, Any]:
    return plot.renderers[renderer].data_source.data


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


def test_the_trade_off_runs_up_the_parameter_and_marks_the_chosen_and_the_exact() -> None:
    plot = figures(full())["trade_off"]

    assert data_of(plot, 1)["setting"] == ["nprobe = 1", "nprobe = 4", "nprobe = 16", "nprobe = 64"]
    assert data_of(plot, 1)["recall"] == [0.612, 0.842, 0.958, 0.988]
    assert data_of(plot, 1)["p50"] == [0.25, 1.0, 4.0, 16.0]
    assert data_of(plot, 1)["told"][2] == "recall at 10: 0.958, 4.00 ms"
    assert data_of(plot, 2)["setting"] == ["nprobe = 16"]
    assert (data_of(plot, 3)["p50"], data_of(plot, 3)["recall"]) == ([38.2], [1.0])
    assert data_of(plot, 4)["y"] == [0.95]


def test_the_curve_by_parameter_has_a_line_for_each_depth() -> None:
    plot = figures(full())["by_parameter"]

    assert [item.label["value"] for item in plot.below[-1].items] == [
        "recall@1",
        "recall@10",
        "recall@100",
        "floor: 0.95",
    ]
    assert data_of(plot, 2)["x"] == [1, 4, 16, 64]
    assert data_of(plot, 2)["y"] == [0.612, 0.842, 0.958, 0.988]
    assert plot.xaxis.ticker.ticks == [1, 4, 16, 64]


def test_the_ticks_of_a_long_curve_are_thinned_from_its_largest_value_down() -> None:
    report = full()
    report["curve"] = [row | {"value": value} for value in range(1, 31) for row in report["curve"][:1]]

    assert figures(report)["by_parameter"].xaxis.ticker.ticks == [3, 6, 9, 12, 15, 18, 21, 24, 27, 30]


def test_the_history_of_one_version_is_not_drawn() -> None:
    assert "history" not in figures(CORNERS["one of each"])
    assert data_of(figures(full())["history"], 0)["told"] == [
        "recall at 10: 0.951, 998,000 rows",
        "recall at 10: 0.958, 1,000,000 rows",
    ]


def test_a_report_of_another_format_is_refused() -> None:
    with pytest.raises(RequestError, match=r"'vectormill-report-1'.*build the index again"):
        render(nothing() | {"format": "vectormill-report-1"})


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs a browser")
@pytest.mark.parametrize("name", ["hostile", "images"])
def test_a_browser_draws_it_without_a_word(name: str, tmp_path: Path) -> None:
    document, console = drawn(rendered(name), tmp_path)

    assert console == []
    assert document.count('class="bk-Figure"') == 3
