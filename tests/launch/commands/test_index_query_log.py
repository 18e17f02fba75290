"""`vectormill index --query-log`: recall is measured on what people asked, too, and shown."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from launch.serve.query_log import QueryLog
from tests.helpers.indexes import random_vectors
from tests.launch.conftest import Command, Newsroom


def test_recall_is_measured_on_what_people_asked(newsmill: Command, bare_newsroom: Newsroom, tmp_path: Path) -> None:
    log, index = tmp_path / "queries.jsonl", tmp_path / "indexes" / "news"
    asked = QueryLog(str(log), "plain")
    for number in range(60):
        asked.add(f"rain on day {number % 20}", index="news", version=1, k=10, mode=None)
    asked.close()
    with log.open("a") as stream:
        stream.write('half a li\n{"hash": "00ff"}\n')
    command = ("index", bare_newsroom.table, "--to", index, "--kind", "ivf", "--query-log", log)

    said = newsmill(*command).output()

    report = json.loads((index / "1" / "report.json").read_text())
    logged = report["logged"]
    assert {name: logged[name] for name in ("queries", "distinct", "asked", "broken", "hashed")} == {
        "queries": 20, "distinct": 20, "asked": 60, "broken": 1, "hashed": 1,
    }  # fmt: skip
    assert np.isclose(logged["recall"]["10"]["value"], 1.0, atol=0.05) and logged["recall"]["10"]["value"] >= 0.95
    assert f"{logged['recall']['10']['value']:.3f}" in report["index"]["verdict"]
    assert "on 20 that people asked" in said.splitlines()[0]
    assert (
        "--query-log: 20 of 20 distinct queries measured, asked 60 times; 1 line left out: no query;"
        " 1 line left out: only a hash" in said
    )
    assert "That people asked" in (index / "1" / "report.html").read_text()

    shown = newsmill("show", index).output()
    assert "on 20 queries that people asked" in shown and "on holdout rows" in shown
    facts = json.loads(newsmill("show", index / "1", "--json").output())
    assert facts["logged"] == logged and facts["rows"] == 300

    # A longer log makes no other index.
    assert "--rebuild" in newsmill(*command).output()
    assert "is an index" in newsmill("show", index, "--version", 1).complaint(2)


def test_logs_that_cannot_be_asked_again_are_refused(
    vectormill: Command, newsmill: Command, bare_newsroom: Newsroom, tmp_path: Path
) -> None:
    hashed = tmp_path / "hashed.jsonl"
    log = QueryLog(str(hashed), "hashed")
    log.add("rain", index="news", version=1, k=10, mode=None)
    log.close()
    command = ("index", bare_newsroom.table, "--to", tmp_path / "indexes" / "news")
    assert "serve with --log-as plain" in newsmill(*command, "--query-log", hashed).complaint(2)

    np.save(tmp_path / "made.npy", random_vectors(50))
    (tmp_path / "ids.txt").write_text("\n".join(map(str, range(50))))
    imported = ("import", tmp_path / "made.npy", "--ids", tmp_path / "ids.txt", "--to", tmp_path / "table")
    assert vectormill(*imported).code == 0
    refused = vectormill("index", tmp_path / "table", "--to", tmp_path / "indexes" / "made", "--query-log", hashed)
    assert "--query-log: the vectors of" in refused.complaint(2)
