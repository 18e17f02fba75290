"""`vectormill train --weights`: a head that was learnt elsewhere is evaluated, calibrated and published as any other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers import embedding
from tests.launch.conftest import Command, Newsroom
from transforms.heads.serve.classifier import load_model
from transforms.table.open import existing


@pytest.fixture(scope="module")
def learnt(bare_newsroom: Newsroom) -> dict[str, Any]:
    """What a page that has learnt two of the three labels gives to download."""
    table = str(bare_newsroom.table)
    rows = [row for row in embedding.rows(table).values() if row["label"] in ("sky", "sport")]
    x = np.array([row["embedding"] for row in rows], np.float64)
    side = np.array([1.0 if row["label"] == "sport" else -1.0 for row in rows])
    weight = np.linalg.lstsq(np.c_[x, np.ones(len(x))], 4 * side, rcond=None)[0]
    return {
        "format": "vectormill-head-1",
        "labels": ["sport", "sky"],
        "activation": "softmax",
        "temperature": 1,
        "encoder": existing(table).about.encoder_fingerprint,
        "shape": [x.shape[1], 2],
        "kernel": np.stack([weight[:-1], -weight[:-1]], axis=1).ravel().tolist(),
        "bias": [weight[-1], -weight[-1]],
    }


def written(path: Path, head: Any) -> Path:
    path.write_text(head if isinstance(head, str) else json.dumps(head))
    return path


def test_it_is_published_and_predicts_by_its_own_weights(
    newsmill: Command, bare_newsroom: Newsroom, learnt: dict[str, Any], tmp_path: Path
) -> None:
    model = tmp_path / "models" / "topics"
    file = written(tmp_path / "head.json", learnt)

    (printed,) = newsmill(
        "train", bare_newsroom.table, "--to", model, "--weights", file, "--no-leakage-check", "--json"
    ).output().splitlines()  # fmt: skip

    assert json.loads(printed)["version"] == 1
    rows = list(embedding.rows(str(bare_newsroom.table)).values())[:60]
    vectors = np.array([row["embedding"] for row in rows], np.float32)
    predicted = load_model(str(model)).predict_vectors(vectors)
    logits = vectors @ np.array(learnt["kernel"]).reshape(learnt["shape"]) + learnt["bias"]
    assert predicted.labels == [learnt["labels"][at] for at in logits.argmax(axis=1)]
    assert predicted.scores[:, predicted.names.index("money")].max() < 1e-3
    # It never says money: a fitted head beats it, and it does not beat that one.
    newsmill("train", bare_newsroom.table, "--to", model, "--head", "linear", "--no-leakage-check").output()
    again = newsmill("train", bare_newsroom.table, "--to", model, "--weights", file, "--no-leakage-check")
    assert again.code == 3
    assert sorted(path.name for path in model.iterdir() if path.name.isdigit()) == ["1", "2"]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"encoder": "0" * 32}, "another encoder"),
        ({"labels": ["sport", "rugby"]}, "knows the label 'rugby'"),
        ({"labels": ["sport", "sport"]}, "each once"),
        ({"format": "other"}, "its format is 'other'"),
        ({"bias": [1.0]}, "does not fit 2 labels"),
        ({"bias": [1.0, "x"]}, "no head that a page has learnt"),
        ({"kernel": [1.0]}, "no head that a page has learnt"),
        ({"shape": [1, 2], "kernel": [1.0, 2.0]}, "takes vectors of 1 numbers"),
        ({"bias": [1.0, float("inf")]}, "not finite"),
        ("{", "no head that a page has learnt"),
        ("[]", "no head that a page has learnt"),
    ],
)
def test_what_is_no_head_for_this_table_is_refused(
    change: Any, line: str, newsmill: Command, bare_newsroom: Newsroom, learnt: dict[str, Any], tmp_path: Path
) -> None:
    file = written(tmp_path / "head.json", change if isinstance(change, str) else learnt | change)

    done = newsmill("train", bare_newsroom.table, "--to", tmp_path / "models", "--weights", file, "--no-leakage-check")

    assert line in done.complaint(2)
    assert not list((tmp_path / "models").glob("[0-9]*"))


def test_options_of_other_heads_and_a_missing_file_are_refused(
    newsmill: Command, bare_newsroom: Newsroom, learnt: dict[str, Any], tmp_path: Path
) -> None:
    file = written(tmp_path / "head.json", learnt)
    asked = ("train", bare_newsroom.table, "--to", tmp_path / "models")

    assert "cannot be read" in newsmill(*asked, "--weights", tmp_path / "none.json").complaint(2)
    for options in (("--head", "mlp"), ("--hidden", "8"), ("--fine-tune",), ("--label-columns", "label,desk")):
        assert "leave out the options of others" in newsmill(*asked, "--weights", file, *options).complaint(2)
