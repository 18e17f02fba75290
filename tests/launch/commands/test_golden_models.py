"""Models of format 1, as an earlier release wrote them: scored, evaluated away from where they were made, found to be done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.helpers import embedding
from tests.helpers.golden_files import assert_same, copy_of, expected
from tests.launch.conftest import Command, newsroom_environment
from transforms.heads.fit import mlp
from transforms.heads.serve.predict import predicted_labels
from transforms.heads.serve.served_model import ServedModel

MODELS: dict[str, Any] = expected("model-1")["models"]
VERSIONS = [name for name in MODELS if name.rpartition("/")[2].isdigit()]


@pytest.fixture
def golden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the models, their table, corpus and encoder, away from where they were made; the test works there."""
    folder = copy_of("model-1", tmp_path / "moved")
    monkeypatch.chdir(folder)
    with newsroom_environment(folder):
        yield folder


def values(found: Any) -> Any:
    """Figures without their intervals, which are computed in another way by now."""
    if isinstance(found, dict):
        return found["value"] if "value" in found else {name: values(inner) for name, inner in found.items()}
    return found


@pytest.mark.parametrize("name", MODELS)
def test_a_model_scores_vectors_and_items(golden: Path, name: str) -> None:
    model, wanted = ServedModel(name), MODELS[name]
    rows = embedding.rows("table")
    chosen = [rows[item] for item in wanted["from vectors"]["ids"]]
    vectors = np.array([row["embedding"] for row in chosen], np.float32)
    features = pa.RecordBatch.from_pydict(
        {
            "length": pa.array([row["length"] for row in chosen], pa.float64()),
            "desk": pa.array([row["desk"] for row in chosen], pa.string()),
        }
    )
    others = pa.RecordBatch.from_pydict(
        {"length": [20.0, None, 20.0, 20.0], "desk": ["north", "south", None, "elsewhere"]}
    )

    by_vector = model.from_vectors(vectors, features)
    by_item = model.from_items([text.encode() for text in expected("model-1")["texts"]], others)

    assert (list(model.labels), model.activation) == (wanted["labels"], wanted["activation"])
    assert_same(by_vector.tolist(), wanted["from vectors"]["scores"])
    assert predicted_labels(by_vector, model) == wanted["from vectors"]["said"]
    assert_same(by_item.tolist(), wanted["from items"]["scores"])
    assert predicted_labels(by_item, model) == wanted["from items"]["said"]
    lineage = {field: model.lineage[field] for field in ("split", "table", "metrics", "rows", "leaks", "base", "key")}
    assert_same(lineage, {field: wanted[field] for field in lineage})


@pytest.mark.parametrize(("options", "which"), [([], "test rows"), (["--all-rows"], "all rows")])
@pytest.mark.parametrize("name", VERSIONS)
def test_a_model_is_evaluated_on_a_copy_of_its_table(
    bare: Command, golden: Path, name: str, options: list[str], which: str
) -> None:
    wanted = MODELS[name][f"evaluate, {which}"]

    summary = json.loads(bare("evaluate", golden / name, golden / "table", *options, "--json").output())

    assert summary["which_rows"] == wanted["split_by"]
    assert {"rows": summary["rows"], "per_label": summary["support"]} == wanted["split"]["test"]
    assert_same(values(summary["metrics"]), values(wanted["metrics"]))
    baselines = {row["name"]: row["metrics"]["accuracy"]["value"] for row in wanted["comparison"][1:]}
    assert_same(values(summary["comparison"]), baselines)


def test_a_training_that_was_done_is_not_done_again(bare: Command, golden: Path) -> None:
    before = sorted(path for path in (golden / "models").rglob("*") if path.is_file())

    said = bare("train", "table", "--to", "models/topics", "--head", "linear").output()
    refused = bare("train", "table", "--to", "models/topics", "--strengths", "1,10")

    assert said.startswith("models/topics/2: nothing to do, this training has been done\n")
    assert refused.code == 3
    assert "kept as models/topics/_candidates/89348efdcf16fed9: nothing to do" in refused.err
    after = sorted(path for path in (golden / "models").rglob("*") if path.is_file())
    assert [path for path in after if path.name != "lock"] == before


def test_a_killed_training_goes_on(bare: Command, golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted, train, trained = expected("model-1")["unfinished"], mlp.train, []

    def counted(*given: Any, after_epoch: Any, **named: Any) -> Any:
        def after(epoch: Any) -> None:
            trained.append(epoch.number)
            after_epoch(epoch)

        return train(*given, after_epoch=after, **named)

    monkeypatch.setattr(mlp, "train", counted)
    monkeypatch.setattr("transforms.heads.publish.lineage.render", lambda report: "")

    printed = bare(*wanted["command"], "--json")

    assert (printed.code, json.loads(printed.out)["version"]) == (0, 1)
    assert [trained[0], trained[-1]] == wanted["epochs"]
    lineage = ServedModel("models/unfinished/1").lineage
    assert_same(values(lineage["metrics"]), values(wanted["metrics"]))
    assert_same(lineage["temperature"], wanted["temperature"])
    assert not (golden / wanted["state"]).exists()


# ---- later formats ----------------------------------------------------------------------------------------


def doctored(golden: Path, **fields: Any) -> Path:
    """A version of which `lineage.json` says something else."""
    path = golden / "models" / "topics" / "2" / "assets.extra" / "lineage.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))
    return golden / "models" / "topics" / "2"


def test_a_newer_format_is_refused(bare: Command, golden: Path) -> None:
    model = doctored(golden, format="vectormill-model-2")

    assert bare("evaluate", model, "table").complaint(2) == (
        f"{model} was written by a newer Vectormill (model format 2; this one reads up to 1): upgrade Vectormill"
    )


def test_fields_that_a_later_release_adds_are_ignored(bare: Command, golden: Path) -> None:
    inputs, split = (MODELS["models/topics/2"][name] for name in ("inputs", "split"))
    model = doctored(golden, novelty=1, inputs={**inputs, "novelty": 2}, split={**split, "novelty": 3})

    summary = json.loads(bare("evaluate", model, "table", "--json").output())

    wanted = MODELS["models/topics/2"]["evaluate, test rows"]
    assert summary["rows"] == wanted["split"]["test"]["rows"]
    assert_same(values(summary["metrics"]), values(wanted["metrics"]))
