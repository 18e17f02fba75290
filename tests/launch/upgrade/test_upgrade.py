"""`vectormill upgrade` makes everything again beside what is served, compares, cuts over even if it is killed, and undoes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from launch.upgrade import job_text, switch
from tests.helpers import fakes, heads
from tests.helpers.embedding import rows
from tests.helpers.pages import Page, assert_locked, assert_quiet
from tests.launch.conftest import Command, Newsroom
from tests.launch.refresh.conftest import Job
from transforms.common.errors import RequestError
from transforms.search.ask.searcher import Searcher
from transforms.storage.lease import leased
from transforms.table.open import existing

FILE = """# What we keep fresh.
tables:
  news:
    inputs: news/*.csv
    encoder: fake-text  # until there is a better one
    text_column: text
    id_column: id
    label_column: topic
indexes:
  news: {table: news, recall: 0.5}   # read by the site
duplicates:
  twice: {table: news}
"""


class Upgraded:
    """A job that was refreshed, and the command that upgrades it to `fake-other`."""

    def __init__(self, job: Job, vectormill: Command) -> None:
        self.job, self.command = job, vectormill
        vectormill.encoders["fake-other"] = fakes.text_encoder(dim=12, fingerprint="fake-2")
        job.path.write_text(FILE)
        self.refresh()
        self.table, self.index = str(job.root / "tables/news"), str(job.root / "indexes/news")

    def refresh(self) -> dict[str, str]:
        found = json.loads(self.command("refresh", self.job.path, "--json").out)
        return {step["step"]: step["action"] for step in found["steps"]}

    def __call__(self, *options: str) -> dict[str, Any]:
        outcome = self.command("upgrade", self.job.path, *options, "--json")
        assert (outcome.code, outcome.err) == (0, ""), outcome
        found: dict[str, Any] = json.loads(outcome.out)
        return found

    def complaint(self, *options: str, code: int = 2) -> str:
        return self.command("upgrade", self.job.path, *options).complaint(code)

    @property
    def served(self) -> tuple[str, int, str]:
        """The encoders of the table and the index, whose answers are of that, and the index's version."""
        searcher = Searcher(self.index)
        table = existing(self.table)
        encoder = searcher.metadata["encoder"]["fingerprint"]
        assert searcher.metadata["table"]["path"] == self.table
        assert len(searcher.search(id="1-3", k=5)) == 5
        return table.about.encoder_fingerprint, int(Path(searcher.folder).name), encoder


@pytest.fixture
def upgraded(tmp_path: Path, vectormill: Command) -> Upgraded:
    return Upgraded(Job(tmp_path, vectormill), vectormill)


def scratch(upgraded: Upgraded, root: Path, encoder: str) -> dict[str, Any]:
    """The rows of a table of the same corpus that was made with the encoder at once."""
    options = ("--text-column", "text", "--id-column", "id", "--label-column", "topic", "--encoder", encoder)
    upgraded.command("embed", upgraded.job.root / "news", "--to", root, *options).output()
    return rows(str(root))


def test_everything_is_made_again_compared_cut_over_and_undone(upgraded: Upgraded, tmp_path: Path) -> None:
    before, old_rows = upgraded.served, rows(upgraded.table)
    fakes.forget()
    found = upgraded("--encoder", "fake-other")
    assert sum(map(len, fakes.CALLS)) == 120
    assert (found["state"], found["rows"]) == ("ready", {"lost": 0, "new": 0})
    index = found["indexes"]["news"]
    assert 0 < index["overlap"]["value"] < 1 and index["on"]["queries"] > 5
    assert index["label_agreement"]["difference"]["low"] < index["label_agreement"]["difference"]["high"]
    report = json.loads(Path(index["report"]).with_name("report.json").read_text())
    assert [one["reason"] for one in report["reasons"]] == ["encoder"]
    page = Page(html := Path(found["report"]).read_text())
    assert_quiet(page)
    assert_locked(html, scripts=0)
    assert page.headings == ["Search", "More"]
    assert "Nothing that is served has changed" in page.text

    assert (upgraded.served, rows(upgraded.table), upgraded.job.path.read_text()) == (before, old_rows, FILE)
    assert set(upgraded.refresh().values()) == {"fresh"}
    fakes.forget()
    assert upgraded("--encoder", "fake-other")["state"] == "ready"
    assert fakes.CALLS == []

    done = upgraded("--cut-over")
    assert (done["state"], done["others"]) == ("cut over", ["duplicates.twice"])
    assert upgraded.served == ("fake-2", 2, "fake-2")
    assert upgraded.job.path.read_text() == FILE.replace("fake-text", "fake-other")
    assert rows(upgraded.table) == scratch(upgraded, tmp_path / "scratch", "fake-other")
    fakes.forget()
    assert upgraded.refresh() == {"tables.news": "fresh", "indexes.news": "fresh", "duplicates.twice": "run"}
    assert fakes.CALLS == []
    diff = json.loads(upgraded.command("diff", upgraded.table, "--json").output())
    assert (diff["same_encoder"], diff["rows"]["encoded_anew"]) == (False, 120)
    upgraded.job.write_news(3)
    assert set(upgraded.refresh().values()) == {"run"}
    assert upgraded.served == ("fake-2", 3, "fake-2")
    assert "fake-other is what is served" in upgraded.complaint("--encoder", "fake-other")

    undone = upgraded("--undo")
    assert (undone["state"], undone["encoder"]) == ("ready", "fake-text")
    assert upgraded.served == ("fake-1", 4, "fake-1")
    assert (rows(upgraded.table), upgraded.job.path.read_text()) == (old_rows, FILE)
    fakes.forget()
    assert set(upgraded.refresh().values()) == {"run"}
    assert sum(map(len, fakes.CALLS)) == 40
    assert upgraded.served == ("fake-1", 5, "fake-1")
    assert rows(upgraded.table) == scratch(upgraded, tmp_path / "again", "fake-text")

    assert "out of date, tables.news: 1 new sources" in upgraded.complaint("--cut-over")
    upgraded("--encoder", "fake-other")
    assert upgraded("--cut-over")["state"] == "cut over"
    assert upgraded.served == ("fake-2", 6, "fake-2")
    upgraded.job.path.write_text(FILE)
    assert "fake-other is no longer the encoder of tables.news" in upgraded.complaint("--undo")


class Killed(BaseException):
    """As if the process were gone."""


def dying(at: int) -> Callable[..., Iterator[Callable[[], None]]]:
    """The steps of a switch, of which the process does `at`, and dies."""

    def steps(*given: Any) -> Iterator[Callable[[], None]]:
        for number, step in enumerate(real(*given)):
            if number == at:
                raise Killed
            yield step

    real = switch.steps
    return steps


def test_a_killed_cut_over_and_a_killed_undoing_are_finished_by_the_same_command(
    upgraded: Upgraded, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgraded("--encoder", "fake-other")
    for option, state, encoder in (("--cut-over", "cutting over", "fake-2"), ("--undo", "undoing", "fake-1")):
        version = upgraded.served[1]
        for at in range(4):
            with monkeypatch.context() as patch, pytest.raises(Killed):
                patch.setattr(switch, "steps", dying(at))
                upgraded(option)
            assert len(Searcher(upgraded.index).search(id="1-3", k=5)) == 5
            outcome = upgraded.command("refresh", upgraded.job.path)
            assert f"was stopped while it was {state}: finish it first" in outcome.complaint(2)
        other = "--undo" if option == "--cut-over" else "--cut-over"
        assert f"is {state}" in upgraded.complaint(other)
        assert f"was stopped while it was {state}" in upgraded.complaint("--encoder", "fake-other")
        upgraded(option)
        assert upgraded.served == (encoder, version + 1, encoder)
        assert upgraded.refresh()["tables.news"] == upgraded.refresh()["indexes.news"] == "fresh"


def test_wrong_requests_are_one_line_and_change_nothing(upgraded: Upgraded) -> None:
    before = upgraded.served
    assert "--encoder: name the encoder to upgrade to" in upgraded.complaint()
    assert "holds texts" in upgraded.complaint("--encoder", "fake-image")
    assert "is of fake-text already" in upgraded.complaint("--encoder", "fake-text")
    assert "--table newz: is news meant?" in upgraded.complaint("--encoder", "fake-other", "--table", "newz")
    assert "are opposites" in upgraded.complaint("--cut-over", "--undo")
    assert "has no upgrade: make one" in upgraded.complaint("--cut-over")
    assert not (upgraded.job.root / "upgrades").exists()

    upgraded("--encoder", "fake-other")
    assert "there is no cut-over to undo" in upgraded.complaint("--undo")
    with leased(str(upgraded.job.root / "runs/lease"), what="job.yaml"):
        assert "is being worked on by process" in upgraded.complaint("--cut-over", code=1)
    upgraded.job.write_news(1, words="other")
    assert "the upgrade is out of date, tables.news: 1 changed sources" in upgraded.complaint("--cut-over")
    assert upgraded.served == before


def test_the_encoder_is_changed_in_its_own_place_only(tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    path.write_text("tables:\n  a: {encoder: 'x y', inputs: b} # é\n")
    job_text.replace_encoder(str(path), "a", job_text.quoted("keras://New: 1"))
    assert path.read_text() == "tables:\n  a: {encoder: 'keras://New: 1', inputs: b} # é\n"
    path.write_text("tables:\n  a: {encoder: &e x}\n  b: {encoder: *e}\n")
    for table in "ab":
        with pytest.raises(RequestError, match="not written in its own place"):
            job_text.require_replaceable(str(path), table)


def test_models_are_compared_on_the_same_test_rows(newsmill: Command, newsroom: Newsroom, tmp_path: Path) -> None:
    room = newsroom.copy(tmp_path)
    heads.save_encoder(tmp_path / "second", seed=1)
    table = {"inputs": "corpus", "encoder": "./encoder", "to": "table", "text_column": "text", "id_column": "id"}
    described = {
        "tables": {"news": {**table, "label_column": "label", "keep": "tags,length,desk"}},
        "models": {"topics": {"table": "news"}},
    }
    job = tmp_path / "job.yaml"
    job.write_text(yaml.safe_dump(described))
    found = json.loads(newsmill("upgrade", job, "--encoder", "./second", "--json").output())
    model = found["models"]["topics"]
    old, new = (
        json.loads((tmp_path / path / "assets.extra/lineage.json").read_text())
        for path in ("models/topics/2", "upgrades/second/models/topics/1")
    )
    assert old["split"]["salt"] == new["split"]["salt"]
    assert model["on"]["rows"] == old["rows"]["test"] == new["rows"]["test"]
    gain = new["metrics"]["accuracy"]["value"] - old["metrics"]["accuracy"]["value"]
    assert model["accuracy"]["difference"]["value"] == pytest.approx(gain, abs=1e-6)

    newsmill("upgrade", job, "--cut-over").output()
    lineage = json.loads((room.model / "3/assets.extra/lineage.json").read_text())
    served = existing(str(room.table))
    assert lineage["table"] == {"id": served.table_id, "path": str(room.table), "version": served.version}
    figures = json.loads(newsmill("evaluate", room.model, room.table, "--json").output())
    assert figures["which_rows"] == "its test rows"
    assert figures["metrics"]["accuracy"]["value"] == new["metrics"]["accuracy"]["value"]
    diff = json.loads(newsmill("diff", room.model, "--json").output())
    assert {one["reason"] for one in diff["reasons"]} <= {"encoder"}
    assert diff["on"]["rows"] == model["on"]["rows"]
