"""A model of photographs in a browser: labels as here, and classes that are learnt in the page, offline, by files and camera."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.helpers import graph_models, photographs
from tests.helpers.browser import require_scripts, run_script_offline
from tests.launch import pictures
from tests.launch.conftest import newsroom_environment, succeed
from transforms.heads.serve.classifier import load_model
from transforms.table.open import existing

CLASSES = ("cool", "warm")
TAUGHT, MANY = 10, 30

pytestmark = pytest.mark.browser


def tinted(seed: int, label: str) -> bytes:
    """A picture that has more blue, or more red."""
    levels = np.asarray(photographs.picture(seed)).astype(np.float32)
    levels *= (0.2, 0.6, 1.0) if label == "cool" else (1.0, 0.6, 0.2)
    return photographs.jpeg(Image.fromarray(levels.astype(np.uint8)), quality=90)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Holds photographs/LABEL/*.jpg, the table, models/tints, and page: the exported model."""
    require_scripts()
    root = tmp_path_factory.mktemp("photographs")
    for label in CLASSES:
        folder = root / "photographs" / label
        folder.mkdir(parents=True)
        for number in range(MANY):
            (folder / f"{number:02}.jpg").write_bytes(tinted(2 * number + CLASSES.index(label), label))
    network = graph_models.write_network(root / "network.keras")
    with newsroom_environment(root):
        succeed(
            "embed", root / "photographs", "--encoder", network, "--trust", "--labels-from", "folder", "--to", root / "table"
        )  # fmt: skip
        succeed("train", root / "table", "--to", root / "models" / "tints", "--head", "linear", "--no-leakage-check")
        succeed("export-model", root / "models" / "tints", "--format", "web", "--to", root / "page")
        yield root


@pytest.fixture(scope="module")
def seen(root: Path) -> Any:
    files = {label: [str(file) for file in sorted((root / "photographs" / label).iterdir())] for label in CLASSES}
    bad = {"empty.jpg": b"", "text.png": b"no photograph", "bomb.png": pictures.bomb()}
    for name, content in bad.items():
        (root / name).write_bytes(content)
    given = {
        "label": [files["cool"][0], files["warm"][0]],
        "bad": [str(root / name) for name in bad],
        "classes": {label: files[label][:TAUGHT] for label in CLASSES},
        "others": [file for label in CLASSES for file in files[label][TAUGHT:]],
    }
    (root / "given.json").write_text(json.dumps(given))
    url, out = run_script_offline(root / "page", "photograph_page.mjs", root / "given.json", root)
    return json.loads(out) | {"url": url, "given": given}


def test_a_page_says_nothing_asks_nobody_else_and_is_usable(seen: Any) -> None:
    assert (seen["console"], seen["serious"], seen["wide"]) == ([], [], [0, 0])
    assert [url for url in seen["requests"] if not url.startswith((seen["url"], f"blob:{seen['url']}"))] == []
    reached = list(dict.fromkeys(seen["stops"]))
    assert reached == ["files", "camera", "label", "remove", "learn", "download"]
    assert (seen["stops"].count("files"), seen["stops"].count("camera")) == (2, 2)


def test_photographs_get_the_labels_and_scores_of_the_model(seen: Any, root: Path) -> None:
    predicted = load_model(str(root / "models" / "tints")).predict(seen["given"]["label"])

    assert [Path(one["name"]).name for one in seen["labels"]] == ["00.jpg", "00.jpg"]
    for one, scores in zip(seen["labels"], predicted.scores, strict=True):
        found = {name: float(score) for score, name in (line.split() for line in one["lines"])}
        assert found == pytest.approx(dict(zip(predicted.names, scores.tolist(), strict=True)), abs=2e-3)
        assert one["width"] == 96


def test_what_is_no_photograph_is_one_line_and_the_page_goes_on(seen: Any) -> None:
    assert seen["problem"] == [
        "empty.jpg: the file has 0 bytes",
        "text.png: it is no photograph: not a JPEG, PNG, WebP, GIF, BMP or AVIF",
        "bomb.png: 20000 x 20000 is 400,000,000 pixels, the limit is 100,000,000",
    ]
    assert seen["nameless"] == "Name the class first."
    assert seen["refused"] == "The camera was refused: allow it for this page, or choose files."


def test_a_page_keeps_a_version_whole_until_the_next_one_is_taken(seen: Any) -> None:
    assert seen["offline"] == "All of the model is kept in this browser: it works without a network."
    assert seen["before"].startswith("tints, version 1: ")


def test_classes_are_learnt_offline_from_files_drops_pastes_and_the_camera(seen: Any, root: Path) -> None:
    assert "Learnt cool, warm from 20 examples" in seen["learnt"]
    assert (len(seen["camera"]), seen["kept"]) == (1, 2 * TAUGHT)
    right = [label for label in CLASSES for _ in range(MANY - TAUGHT)]
    said = [one["lines"][0].split()[1] for one in seen["own"]]
    assert sum(a == b for a, b in zip(said, right, strict=True)) >= 0.9 * len(right)

    with newsroom_environment(root):
        succeed("import-head", root / "head.json", "--to", root / "models" / "learnt", "--table", root / "table")
    head = json.loads((root / "head.json").read_text())
    assert head["encoder"] == existing(str(root / "table")).about.encoder_fingerprint
    published = load_model(str(root / "models" / "learnt")).predict(seen["given"]["others"])
    assert published.labels == said
