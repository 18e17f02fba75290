"""The report of a refresh says what happened, with the rows that show it; nothing in it comes alive in a browser."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest

from launch.refresh.record import RunRecord, StepRecord
from launch.refresh.report import render, render_list
from launch.refresh.report.words import summary_of
from tests.helpers.pages import HOSTILE, Page, assert_locked
from tests.launch.refresh.conftest import Job


def page_of(job: Job) -> Page:
    """The report of the last refresh, whose links lead to files."""
    path = Path(job.record["report"])
    assert path == job.root / "runs" / job.record["id"] / "report.html"
    html = path.read_text()
    assert_locked(html, scripts=0)
    page = Page(html)
    for tag, attributes in page.tags:
        if tag == "a":
            assert (path.parent / unquote(attributes["href"] or "")).exists(), attributes
    return page


def addresses(page: Page) -> list[str]:
    return [(attributes["href"] or "").split("/", 2)[-1] for tag, attributes in page.tags if tag == "a"]


def test_a_good_day(job: Job) -> None:
    lines = job.news.lines("1.csv")
    job.news.write("1.csv", [*lines, "empty,,sky"])
    job.refresh()
    page = page_of(job)
    assert "Published: 3 steps brought up to date." in page.text
    assert "Items encoded 120" in page.text
    assert "published tables.news version 0" in page.text
    assert "120 rows, sources: 3 new, 120 items encoded, 1 dead letter" in page.text
    assert "tables.news lacks 1 item that could not be embedded" in page.text
    assert "empty read the text is empty" in page.text
    assert addresses(page)[0] == "indexes/news/1/report.html"

    runs = Page((job.root / "runs/index.html").read_text())
    assert [attributes["href"] for tag, attributes in runs.tags if tag == "a"] == [f"{job.record['id']}/report.html"]
    before = sorted((job.root / "runs").rglob("*.html"))
    job.refresh()
    assert job.record["report"] == ""
    assert sorted((job.root / "runs").rglob("*.html")) == before


def test_a_day_that_is_held_back(job: Job) -> None:
    job.described["tables"]["news"]["contracts"] = {"duplicates": 0.1}
    del job.described["indexes"], job.described["duplicates"]
    job.refresh()
    job.news.write("3.csv", ["id,text,topic", *(f"same-{row},one text over and over,sky" for row in range(120))])
    job.refresh(code=3)
    page = page_of(job)
    assert "Held back: tables.news (duplicates is 1, at most 0.1 is allowed); the last good version stays" in page.text
    assert "Items encoded –" in page.text
    assert "duplicates all new rows 1.000 0.100" in page.text
    assert "the same picture or text over and over" in page.text
    assert "same-0 sky 3.csv" in page.text
    assert addresses(page)[0].startswith("tables/news/_vectormill/runs/")
    assert "held back tables.news version 0 stays" in page.text


def test_a_day_on_which_a_step_fails(job: Job) -> None:
    del job.described["duplicates"]
    job.refresh()
    job.news.write("4.csv", ["id,text,topic", *(f"4-{row},POISON {row},sky" for row in range(20))])
    job.refresh(code=1)
    page = page_of(job)
    assert "Failed: tables.news; 1 step made of it waits." in page.text
    assert "20 of 140 items cannot be embedded" in page.text
    assert "waits indexes.news" in page.text
    assert "Because: tables.news failed" in page.text
    runs = Page((job.root / "runs/index.html").read_text())
    assert runs.text.index("Failed tables.news") < runs.text.index("Published 2 steps")


def test_what_comes_from_a_corpus_or_a_job_file_is_text() -> None:
    step = StepRecord(step=f"tables.{HOSTILE}", action="failed", why=HOSTILE, message=HOSTILE, exit_code=1)
    record = RunRecord(id="20260101T000000-0", job=f"/a/{HOSTILE}", started=0.0, steps=[step], report="r")
    record.finish(1.0)
    assert record.exit_code == 1
    for html in (render(record, "/runs/1"), render_list([record])):
        assert_locked(html, scripts=0)
        page = Page(html)
        assert not {"script", "img"} & {tag for tag, _ in page.tags}
        assert "{{ 7 * 7 }}" in page.text


def test_a_report_that_cannot_be_written_is_a_notice_and_changes_nothing(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise RuntimeError("no page today")

    monkeypatch.setattr("launch.refresh.report.render", fail)
    job.refresh(notices=1)
    assert job.record["notices"] == [f"{job.root}/runs/{job.record['id']}/report.html was not written: no page today"]
    assert job.record["report"] == ""


def test_texts_that_were_not_read_whole_are_counted() -> None:
    facts = {"rows": 4, "new": 1, "encoded": 4, "cut_off": 2, "unread": 0.1234}
    step = StepRecord(step="tables.news", action="run", facts=facts)
    assert summary_of(step) == (
        "4 rows, sources: 1 new, 4 items encoded, 2 longer than the encoder reads, 12.3% of the text not read"
    )
