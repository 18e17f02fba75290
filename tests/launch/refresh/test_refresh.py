"""`vectormill refresh` runs what is out of date, in order, and only that."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from launch.refresh import freshness
from launch.refresh.job_file import Step
from tests.helpers import fakes
from tests.helpers.embedding import rows
from tests.launch.conftest import Command, Newsroom
from tests.launch.refresh.conftest import Job
from transforms.search.store.index_folder import INDEXES
from transforms.storage.lease import leased

STEPS = ("tables.news", "indexes.news", "duplicates.twice")


def all_are(action: str) -> dict[str, str]:
    return dict.fromkeys(STEPS, action)


def test_only_what_is_out_of_date_is_run(job: Job) -> None:
    job.described["neighbors"] = {"alike": {"table": "news", "index": "news", "k": 3, "exclude_self": True}}
    job.described["exports"] = {"arrays": {"table": "news", "format": "npy"}}
    steps = ("tables.news", "indexes.news", "neighbors.alike", "duplicates.twice", "exports.arrays")
    fresh = dict.fromkeys(steps, "fresh")

    assert job.refresh() == dict.fromkeys(steps, "run")
    assert len(rows(str(job.root / "tables/news"))) == 120
    assert job.why["tables.news"] == "it is not there yet (3 new sources)"
    assert (job.root / "runs" / f"{job.record['id']}.json").exists()

    records = sorted(Path(job.root, "runs").iterdir())
    assert job.refresh() == fresh
    assert sorted(Path(job.root, "runs").iterdir()) == records

    job.write_news(3)
    assert job.refresh("--dry-run") == dict.fromkeys(steps, "due")
    assert job.why["tables.news"] == "1 new sources"
    assert job.why["neighbors.alike"] == "tables.news is out of date"
    assert len(rows(str(job.root / "tables/news"))) == 120
    fakes.forget()
    assert job.refresh() == dict.fromkeys(steps, "run")
    assert sum(map(len, fakes.CALLS)) == 40
    assert len(rows(str(job.root / "tables/news"))) == 160
    assert [path.name for path in sorted((job.root / "exports/arrays").iterdir())] == ["0", "1"]
    assert INDEXES.newest(str(job.root / "indexes/news")) == 2

    job.described["indexes"]["news"]["no_words"] = True
    assert job.refresh() == {**fresh, "indexes.news": "run", "neighbors.alike": "run"}
    assert job.why["indexes.news"] == "another no_words than before"
    assert job.why["neighbors.alike"] == "indexes.news has changed"


def test_what_fails_keeps_only_what_is_made_of_it_waiting(job: Job) -> None:
    job.refresh()
    job.write_news(3)
    job.described["duplicates"]["twice"]["threshold"] = 7.0

    assert job.refresh(code=2) == {**all_are("run"), "duplicates.twice": "failed"}
    assert "--threshold" in job.message["duplicates.twice"]

    job.described["duplicates"]["twice"].clear()
    job.described["duplicates"]["twice"]["table"] = "news"
    assert job.refresh() == {**all_are("fresh"), "duplicates.twice": "run"}

    job.news.write("4.csv", ["id,text,topic", *(f"4-{row},POISON {row},sky" for row in range(20))])
    assert job.refresh(code=1) == {**all_are("waits"), "tables.news": "failed"}
    assert "dead" in job.message["tables.news"]
    assert job.why["indexes.news"] == "tables.news failed"

    job.news.remove("4.csv")
    assert job.refresh() == all_are("fresh")


def test_a_model_that_is_not_good_enough_is_held_back_once_and_the_last_one_stays(
    tmp_path: Path, newsmill: Command, bare_newsroom: Newsroom
) -> None:
    job = Job(tmp_path, newsmill, str(bare_newsroom.encoder))
    job.described = {
        "tables": job.described["tables"],
        "models": {"topics": {"table": "news"}},
        "predictions": {"scores": {"table": "news", "model": "topics"}},
    }
    steps = tuple(f"{section}.{name}" for section, named in job.described.items() for name in named)
    assert job.refresh() == dict.fromkeys(steps, "run")

    job.described["models"]["topics"]["min_gain"] = 1.0
    assert job.refresh(code=3) == {**dict.fromkeys(steps, "fresh"), "models.topics": "held back"}
    held_back = job.message["models.topics"]
    assert "not published" in held_back
    assert job.refresh() == dict.fromkeys(steps, "fresh")
    assert job.message["models.topics"] == held_back


def test_a_table_that_breaks_a_contract_is_held_back_and_the_next_good_day_publishes(job: Job) -> None:
    job.described["tables"]["news"]["contracts"] = {"rows_lost": 0.2}
    job.refresh()
    lines = job.news.lines("1.csv")
    job.news.remove("1.csv")
    assert job.refresh(code=3) == {**all_are("fresh"), "tables.news": "held back"}
    assert "rows_lost is 0.333, at most 0.2 is allowed" in job.message["tables.news"]
    assert len(rows(str(job.root / "tables/news"))) == 120

    job.news.write("1.csv", lines)
    job.write_news(3)
    assert job.refresh() == all_are("run")
    assert len(rows(str(job.root / "tables/news"))) == 160


def test_nothing_of_tensorflow_or_beam_is_used_to_see_that_all_is_fresh(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    job.refresh()
    for name in [name for name in sys.modules if name.split(".")[0] in ("tensorflow", "apache_beam", "faiss")]:
        monkeypatch.delitem(sys.modules, name)

    assert job.refresh() == all_are("fresh")
    assert not {"tensorflow", "apache_beam", "faiss"} & set(sys.modules)


def test_what_somebody_else_published_or_deleted_is_made_again(job: Job, vectormill: Command) -> None:
    job.refresh()
    vectormill(
        "index", job.root / "tables/news", "--to", job.root / "indexes/news", "--recall", 0.4, "--rebuild"
    ).output()
    assert job.refresh() == {**all_are("fresh"), "indexes.news": "run"}
    assert job.why["indexes.news"].endswith("is at version 2, the last refresh left it at 1")


def test_a_second_refresh_is_refused_while_one_works(job: Job, vectormill: Command) -> None:
    job.refresh("--dry-run")
    with leased(str(job.root / "runs/lease"), what="it"):
        assert vectormill("refresh", job.path).complaint(1).startswith(f"{job.path} is being worked on by process ")
    assert not (job.root / "tables").exists()


def test_a_refresh_whose_lease_was_taken_publishes_nothing(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = freshness.table_changes

    def plan_and_sleep(step: Step) -> str | None:
        (job.root / "runs/lease/00000002.json").write_text("{}")
        return plan(step)

    monkeypatch.setattr("launch.refresh.run.table_changes", plan_and_sleep)
    assert job.refresh(code=1) == {**all_are("waits"), "tables.news": "failed"}
    assert "another run has taken over" in job.message["tables.news"]
    assert not (job.root / "tables/news/_delta_log").exists()


def test_a_person_reads_what_was_done_and_why(job: Job, vectormill: Command) -> None:
    job.refresh("--dry-run")
    lines = vectormill("refresh", job.path).output().splitlines()
    assert lines[0].startswith("tables.news: done, version 0 (it is not there yet (3 new sources)), ")
    assert lines[-2].startswith("3 done (")
    assert lines[-1].startswith(f"report: {job.root}/runs/2")
    assert vectormill("refresh", job.path).output().splitlines()[-1].startswith("nothing to do, 3 steps up to date (")


def test_where_steps_run_is_said_by_a_profile(job: Job, vectormill: Command) -> None:
    (job.root / "where.yaml").write_text("runner: prism\ndetach: true\n")
    job.described["profile"] = "where.yaml"
    job.path.write_text(yaml.safe_dump(job.described, sort_keys=False))
    assert "profile: " in (complaint := vectormill("refresh", job.path).complaint(2))
    assert complaint.endswith("says detach: a refresh waits for each step, and publishes by what came of it")

    (job.root / "where.yaml").write_text("runner: prism\njob_endpoint: localhost:1\n")
    assert job.refresh(code=1) == {**all_are("waits"), "tables.news": "failed"}
    assert "localhost:1" in job.message["tables.news"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"tables": {}}, "describes nothing: write tables: with a name, its inputs and an encoder"),
        ({"modles": {}}, "line 1, column 1: there is no 'modles': is models meant?"),
        (
            {"tables": {"a": {"inputs": "x", "encoder": "e"}}, "indexes": {"b": {"table": "aa"}}},
            "line 7, column 5: indexes.b.table: tables has no 'aa': is a meant?",
        ),
        (
            {"tables": {"a": {"inputs": "x", "encoder": "e"}, "b": {"inputs": "tables/a", "encoder": "e"}}},
            "tables.b.inputs: ROOT/tables/a is what tables.a writes: a corpus is made by nothing in this file",
        ),
        (
            {"tables": {"a": {"inputs": "x", "encoder": "e"}, "b": {"inputs": "y", "encoder": "e", "to": "tables/a"}}},
            "tables.b: ROOT/tables/a is written by tables.a, too",
        ),
        (
            {"tables": {"a": {"inputs": "x", "encoder": "e", "contracts": {"drfit": 1}}}},
            "line 6, column 7: tables.a.contracts: there is no 'drfit': is drift meant?",
        ),
        (
            {"tables": {"a/b": {"inputs": "x", "encoder": "e"}}},
            "tables.a/b: a name is a folder's, too: write it without a slash, and not as a number",
        ),
        (
            {"tables": {"a": {"inputs": "x", "encoder": "e", "max_dead_fraction": 2}}},
            "tables.a.max_dead_fraction: input should be less than or equal to 1",
        ),
    ],
)
def test_a_wrong_file_is_refused_before_anything_is_done(
    change: dict[str, Any], complaint: str, tmp_path: Path, vectormill: Command
) -> None:
    path = tmp_path / "job.yaml"
    path.write_text(yaml.safe_dump(change, sort_keys=False))
    assert complaint.replace("ROOT", str(tmp_path)) in vectormill("refresh", path).complaint(2)
    assert list(tmp_path.iterdir()) == [path]


def test_the_schema_names_every_option(vectormill: Command) -> None:
    schema = json.loads(vectormill("refresh", "--schema").output())
    table = schema["$defs"]["table"]["properties"]
    assert {"inputs", "encoder", "to", "text_column", "keep"} <= set(table)
    assert table["max_dead_fraction"]["maximum"] == 1
    assert table["to"]["description"].startswith("Folder of the feature table")
    assert schema["$defs"]["model"]["required"] == ["table"]


def test_a_first_file_fits_the_corpus(job: Job, vectormill: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(job.root)
    assert vectormill("init", "news").output() == (
        "job.yaml is written: look at it, then `vectormill refresh job.yaml --dry-run`\n"
    )
    assert yaml.safe_load(job.path.read_text()) == {
        "tables": {
            "news": {
                "inputs": "news",
                "encoder": "use-multilingual",
                "text_column": "text",
                "id_column": "id",
                "label_column": "topic",
                "contracts": {"rows_lost": 0.2, "duplicates": 0.5},
            }
        },
        "models": {"news": {"table": "news", "min_gain": -0.01}},
        "indexes": {"news": {"table": "news"}},
    }
    job.path.write_text(job.path.read_text() + "# mine\n")
    assert vectormill("init", "news").complaint(2) == "job.yaml is there already: give another --to, or edit it"
    assert "nowhere: does not exist" in vectormill("init", job.root / "nowhere").complaint(2)


def test_a_first_file_of_photographs_has_their_folders_as_labels(tmp_path: Path, vectormill: Command) -> None:
    for name in ("ants/1.jpg", "ants/2.jpg", "bees/1.png", "about.txt"):
        path = tmp_path / "my photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    vectormill("init", tmp_path / "my photos", "--to", tmp_path / "photos.yaml").output()
    found = yaml.safe_load((tmp_path / "photos.yaml").read_text())["tables"]["my-photos"]
    assert {name: found[name] for name in ("inputs", "encoder", "labels_from")} == {
        "inputs": "my photos",
        "encoder": "nasnet-mobile",
        "labels_from": "folder",
    }


def test_a_first_file_of_documents_says_so(tmp_path: Path, vectormill: Command) -> None:
    for name in ("a.md", "deep/b.html", "other/c.py"):
        path = tmp_path / "notes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    vectormill("init", tmp_path / "notes", "--to", tmp_path / "notes.yaml").output()
    found = yaml.safe_load((tmp_path / "notes.yaml").read_text())["tables"]["notes"]
    assert {name: found[name] for name in found if name not in ("inputs", "encoder", "contracts")} == {
        "documents": True,
        "max_dead_fraction": 0.05,
        "chunk": "paragraphs",
    }
