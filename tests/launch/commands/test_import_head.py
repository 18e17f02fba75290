"""`vectormill import-head`: a head that a page has learnt is compared with the published version, as that one was trained."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers import embedding
from tests.launch.conftest import Command, Newsroom
from transforms.heads import model_folder
from transforms.table.open import existing


def head_of(table: str, labels: list[str]) -> dict[str, Any]:
    """What a page that was shown all rows of these labels gives to download: it says them nearly always right."""
    rows = [row for row in embedding.rows(table).values() if row["label"] in labels]
    x = np.array([[*row["embedding"], 1.0] for row in rows])
    sides = np.array([[10.0 if row["label"] == label else -10.0 for label in labels] for row in rows])
    weights = np.linalg.lstsq(x, sides, rcond=None)[0]
    return {
        "format": "vectormill-head-1",
        "labels": labels,
        "encoder": existing(table).about.encoder_fingerprint,
        "shape": [x.shape[1] - 1, len(labels)],
        "kernel": weights[:-1].ravel().tolist(),
        "bias": weights[-1].tolist(),
    }


@pytest.fixture(scope="module")
def good(bare_newsroom: Newsroom) -> dict[str, Any]:
    return head_of(str(bare_newsroom.table), ["sport", "sky", "money"])


def written(folder: Path, head: Any) -> Path:
    path = folder / "head.json"
    path.write_text(head if isinstance(head, str) else json.dumps(head))
    return path


def changed(version: Path, change: dict[str, Any]) -> dict[str, Any]:
    """The lineage of a copied version, after some of its fields got other values."""
    path = version / "assets.extra" / "lineage.json"
    lineage: dict[str, Any] = json.loads(path.read_text())
    path.write_text(json.dumps(lineage | change))
    return lineage


def test_it_is_gated_on_the_table_labels_and_split_of_the_published_version(
    newsmill: Command, newsroom: Newsroom, good: dict[str, Any], tmp_path: Path
) -> None:
    table = Path(shutil.copytree(newsroom.table, tmp_path / "news.table"))
    model, head = tmp_path / "models" / "topics", written(tmp_path, good)
    assert "give --table" in newsmill("import-head", head, "--to", model).complaint(2)
    # It learnt from a file where two labels changed places: by these a head that knows the table's own is poor.
    shutil.copytree(newsroom.model / "1", model / "1")
    before = changed(model / "1", {})
    fractions = {**before["split"], "fractions": {"eval": 0.1, "test": 0.3}}
    settings = {**before["settings"], "leakage_threshold": None, "min_gain": 0.01}
    changed(model / "1", {"table": {**before["table"], "path": str(table)}, "split": fractions, "settings": settings})

    kept = newsmill("import-head", head, "--to", model, "--json")
    assert kept.code == 3
    outcome = json.loads(kept.out.splitlines()[0])
    assert outcome["version"] is None and outcome["rows"]["test"] > 2 * before["rows"]["test"]
    better = json.loads(newsmill("import-head", head, "--to", model, "--table", table, "--json").output())
    assert better["version"] == 2 and better["gain"]["value"] > 0.3 and better["rows"] == outcome["rows"]
    lineage = model_folder.lineage(str(model))
    assert lineage is not None and lineage["settings"] == {**settings, "labels_files": []}
    shutil.rmtree(table)
    assert "give another --table" in newsmill("import-head", head, "--to", model).complaint(2)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"encoder": "0" * 32}, "another encoder"),
        ({"labels": ["sport", "sky", "rugby"]}, "knows the label 'rugby'"),
        ({"labels": "abc"}, "its labels are no list of texts"),
        ({"labels": [1, 2, 3]}, "its labels are no list of texts"),
        ({"kernel": [float("nan")] * 3, "shape": [1, 3]}, "not finite"),
        ({"kernel": [1e300] * 3, "shape": [1, 3]}, "not finite"),
        ({"kernel": [10**400] * 3, "shape": [1, 3]}, "no head that a page has learnt"),
        ({"shape": [2, 2]}, "no head that a page has learnt"),
        ("[" * 100_000, "no head that a page has learnt"),
        ("\xff", "no head that a page has learnt"),
        ("", "no head that a page has learnt"),
    ],
)
def test_what_is_no_head_is_one_line(
    change: Any, line: str, newsmill: Command, bare_newsroom: Newsroom, good: dict[str, Any], tmp_path: Path
) -> None:
    head = written(tmp_path, change if isinstance(change, str) else good | change)

    done = newsmill("import-head", head, "--to", tmp_path / "models", "--table", bare_newsroom.table)

    assert line in done.complaint(2)
    assert not list((tmp_path / "models").glob("[0-9]*"))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"head": {"label": "tags", "separator": ";"}}, "gives an item several labels"),
        ({"inputs": {"dim": 16, "numeric": ["length"]}}, "sees the column 'length'"),
    ],
)
def test_a_model_of_another_task_is_refused(
    change: dict[str, Any], line: str, newsmill: Command, newsroom: Newsroom, good: dict[str, Any], tmp_path: Path
) -> None:
    model = Path(shutil.copytree(newsroom.model, tmp_path / "topics"))
    changed(model / "2", change)

    assert line in newsmill("import-head", written(tmp_path, good), "--to", model).complaint(2)


def test_a_file_that_is_huge_or_a_folder_is_no_head(newsmill: Command, tmp_path: Path) -> None:
    with (tmp_path / "huge.json").open("wb") as huge:
        huge.truncate(1 << 30)
    assert "larger than" in newsmill("import-head", tmp_path / "huge.json", "--to", tmp_path / "models").complaint(2)
    assert "cannot be read" in newsmill("import-head", tmp_path, "--to", tmp_path / "models").complaint(2)
