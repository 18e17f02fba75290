"""Results of format 1, as an earlier release wrote them: read, found to be done, continued where it was killed; newer refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from tests.helpers import fakes
from tests.helpers.golden_files import assert_same, copy_of, expected
from tests.launch.conftest import Command, newsroom_environment
from transforms.similarity import near_duplicates

OWN = ("predicted", "score", "scores", "neighbours", "neighbour_labels", "group", "representative", "cosine", "cluster")
RESULTS = [name for name in expected("results-1") if name != "times"]


@pytest.fixture
def golden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where copies of the golden results and of what they were made from lie; the test works there."""
    for name in ("index-1", "results-1", "model-1"):
        copy_of(name, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows_of(out: Path | str, version: int | None = None) -> dict[str, dict[str, Any]]:
    rows = DeltaTable(out, version=version).to_pyarrow_table().to_pylist()
    return {row["id"]: row for row in sorted(rows, key=lambda row: row["id"])}


def own(rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: {key: value for key, value in row.items() if key in OWN} for name, row in rows.items()}


@pytest.mark.parametrize("name", RESULTS)
def test_results_are_read(golden: Path, name: str) -> None:
    wanted, out = expected("results-1")[name], golden / "results-1" / name
    table = DeltaTable(out)

    assert {field.name: str(field.type) for field in pa.schema(table.schema().to_arrow())} == wanted["columns"]
    assert table.version() == len(wanted["versions"]) - 1
    assert_same(next(iter(rows_of(out).values())), wanted["first"])
    for version in wanted["versions"]:
        rows = rows_of(out, version["version"])
        assert len(rows) == version["rows"]
        assert_same(own(rows), version["items"])


@pytest.mark.parametrize(
    "name", [name for name in RESULTS if name.split("-")[0] in ("neighbors", "duplicates", "clusters")]
)
def test_what_was_done_is_not_done_again(vectormill: Command, golden: Path, name: str) -> None:
    wanted, summary = expected("results-1")[name], golden / "results-1" / name / ".summary.json"
    before = summary.read_bytes()

    printed = json.loads(vectormill(*wanted["command"], "--json").output())

    assert (printed["changed"], printed["version"]) == (False, wanted["summary"]["version"])
    assert summary.read_bytes() == before


@pytest.mark.parametrize("name", ["predictions", "tags", "corpus-predictions"])
def test_predictions_that_were_made_are_not_made_again(bare: Command, golden: Path, name: str) -> None:
    wanted, summary = expected("results-1")[name], golden / "results-1" / name / ".summary.json"
    before = summary.read_bytes()

    with newsroom_environment(golden / "model-1"):
        printed = json.loads(bare(*wanted["command"], "--json").output())

    assert (printed["changed"], printed["scored"], printed["rows"]) == (False, 0, wanted["summary"]["rows"])
    assert summary.read_bytes() == before


def test_newer_results_are_refused(vectormill: Command, golden: Path) -> None:
    wanted, summary = expected("results-1")["neighbors"], golden / "results-1" / "neighbors" / ".summary.json"
    summary.write_text(json.dumps({**json.loads(summary.read_text()), "format": "vectormill-results-2"}))

    assert vectormill(*wanted["command"]).complaint(2) == (
        "results-1/neighbors was written by a newer Vectormill (result table format 2; this one reads up to 1):"
        " upgrade Vectormill"
    )


@pytest.mark.parametrize("name", ["clusters", "pairs", "cells"])
def test_killed_work_is_gone_on_with(
    vectormill: Command, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy_of("index-draft-1", tmp_path)
    wanted = expected("index-draft-1")["commands"][name]
    monkeypatch.chdir(folder)
    if name == "cells":
        monkeypatch.setattr(near_duplicates, "AFFORDABLE", 0)
    for step in ("train_cells", "link_stripe", "link_cells"):
        monkeypatch.setattr(near_duplicates, step, None)
    monkeypatch.setattr("pipelines.cluster.train", None)

    printed = json.loads(vectormill(*wanted["command"], "--json").output())

    printed.pop("seconds")
    assert printed.pop("renamed") == {}
    summary = {key: value for key, value in wanted["summary"].items() if key != "key"}
    assert_same(printed, summary)
    assert_same(rows_of(folder / name), wanted["items"])
    assert fakes.LOADS == []
