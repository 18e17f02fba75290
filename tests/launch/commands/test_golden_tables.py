"""Exports, and runs of all endings in a table, as an earlier release left them: read, shown, and gone on from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.helpers import fakes
from tests.helpers.embedding import parquet_rows, relative_sources, rows, tfrecord_rows
from tests.helpers.golden_files import DATA, assert_same, copy_of, expected
from tests.launch.conftest import Command
from transforms.table.open import existing, open_log

READERS = {"parquet": parquet_rows, "tfrecord": tfrecord_rows}
FORMATS = ["npy", *READERS]
ABOUT = list(expected("export-1")["table"]["about"])


def plain(found: Any) -> Any:
    """Rows as `expected.json` has them: lists for tuples, dates as text."""
    return json.loads(json.dumps(found, default=str))


def table_values(table: Path) -> dict[str, Any]:
    """A table's newest version, without fields that provenance had not yet."""
    snapshot = existing(str(table))
    about = json.loads(snapshot.about.to_json())
    items = {
        item: {name: value for name, value in row.items() if name != "fingerprint"}
        for item, row in sorted(rows(str(table)).items())
    }
    return {
        "version": snapshot.version,
        "rows": snapshot.rows,
        "parts": len(snapshot.parts),
        "columns": {field.name: str(field.type) for field in snapshot.schema},
        "about": {name: about[name] for name in ABOUT},
        "items": plain(items),
    }


# ---- exports ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("export_format", FORMATS)
@pytest.mark.parametrize("made", ["then", "now"])
def test_an_export_holds_the_table(vectormill: Command, tmp_path: Path, export_format: str, made: str) -> None:
    wanted, out = expected("export-1")[export_format], DATA / "export-1" / export_format
    if made == "now":
        folder, out = copy_of("export-1", tmp_path), tmp_path / "out"
        vectormill("export", folder / "table", "--to", out, "--format", export_format).output()

    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest | {"table": "table"} == wanted["manifest"] | {"encoder": manifest["encoder"]}
    if export_format == "npy":
        vectors, items = np.load(out / "embeddings.npy"), pq.read_table(out / "items.parquet").to_pylist()
        assert (list(vectors.shape), str(vectors.dtype)) == (wanted["shape"], wanted["dtype"])
        assert [item["id"] for item in items] == wanted["order"]
        assert plain(items[0]) == wanted["first"]
        assert_same(vectors[0].tolist(), wanted["vector"])
        whole = expected("export-1")["table"]["items"]
        assert_same(vectors.tolist(), [whole[item]["embedding"] for item in wanted["order"]])
    else:
        parts = sorted(out.glob("part-*"))
        assert [path.name for path in parts] == wanted["files"]
        assert_same(plain(READERS[export_format](map(str, parts))), wanted["rows"])


def test_the_exported_table_is_read() -> None:
    assert_same(table_values(DATA / "export-1" / "table"), expected("export-1")["table"])


# ---- what runs leave --------------------------------------------------------------------------------------


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    """A copy of the table of which one run ended, one found nothing to do and one failed; its corpus was edited then."""
    return copy_of("runs-1", tmp_path)


def test_a_table_with_runs_of_all_endings_is_shown(vectormill: Command, golden: Path) -> None:
    wanted = expected("runs-1")["table"]

    shown = json.loads(vectormill("show", golden / "table", "--json").output())

    assert_same(table_values(golden / "table"), wanted)
    assert (shown["version"], shown["rows"], shown["dead"]) == (0, wanted["rows"], 1)
    assert shown["versions"] == [{"version": 0, "rows": wanted["rows"]}]
    assert {name: shown["encoder"][name] for name in wanted["about"]} == wanted["about"]
    assert (
        f"{golden}/table  version 0, 5 rows in {wanted['parts']} parts" in vectormill("show", golden / "table").output()
    )


def test_a_run_goes_on_from_the_one_that_failed(vectormill: Command, golden: Path) -> None:
    wanted, runs = expected("runs-1"), golden / "table" / "_vectormill" / "runs"
    before = {path.relative_to(golden).as_posix() for path in runs.rglob("*") if path.is_file()}
    options = ["--labels-from", "file", "--max-dead-fraction", 1, "--shard-items", 1]

    with relative_sources(golden):
        vectormill("embed", "corpus", "--to", "table", "--encoder", "fake-text", *options).output()

    assert before == set(wanted["files"])
    (path,) = (path for path in runs.rglob("summary.json") if path.relative_to(golden).as_posix() not in before)
    summary = json.loads(path.read_text())
    assert {name: summary[name] for name in wanted["then"]} == wanted["then"]
    assert fakes.LOADS == []
    assert [past.rows for past in open_log(str(golden / "table")).history()] == [5, 5]
