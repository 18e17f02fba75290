"""An encoder of images in a browser: its vectors in every way of computing, and a check that finds other ones."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.helpers.browser import require_scripts, run_script, script_result
from tests.helpers.graph_models import SIDE, write_network
from tests.helpers.image_models import pictures
from tests.helpers.static_server import static_server
from transforms import encoders
from transforms.web.arrays_file import packed
from transforms.web.image_files import image_files

PAGE = Path(__file__).parents[2] / "transforms" / "web" / "page"
COUNT = 11  # more than the runtime takes at once

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's files with a small network's encoder beside them, and that network."""
    require_scripts()
    root = tmp_path_factory.mktemp("web-images")
    network = write_network(root / "small.keras")
    shutil.copytree(PAGE, root / "page")
    for name, content in image_files(encoders.resolve(str(network), trust=True, remember=False)):
        path = root / "page" / "encoder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def given_pixels(root: Path) -> tuple[Path, npt.NDArray[np.uint8]]:
    pixels = pictures(COUNT, size=(SIDE, SIDE), seed=3)
    path = root / "pixels.arrays"
    path.write_bytes(packed({"pixels": pixels.astype(np.float32)}))
    return path, pixels


def test_every_way_of_computing_gives_the_vectors_of_this_machine(exported: Path) -> None:
    given, pixels = given_pixels(exported)
    with static_server(exported / "page") as url:
        out = run_script("graph_runtime.mjs", exported / "page", given, url, "auto", "wasm-plain", "webgl")

    made: dict[str, Any] = json.loads(out)
    ways = {name: way.get("backend", name) for name, way in made.items()}
    assert ways == {
        "wasm-simd": "wasm-simd", "wasm": "wasm",
        "page auto": "wasm-simd", "page wasm-plain": "wasm", "page webgl": "webgl",
    }  # fmt: skip
    expected = encoders.resolve(str(exported / "small.keras"), trust=True, remember=False).load().encode(pixels)
    for way in made.values():
        found = np.array(way["vectors"]).reshape(expected.shape)
        np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


def test_another_vector_than_the_encoders_is_found_before_the_model_is_used(exported: Path, tmp_path: Path) -> None:
    given, _ = given_pixels(exported)
    page = shutil.copytree(exported / "page", tmp_path / "page")
    vector = np.zeros(10, np.float32)
    vector[0] = 1
    picture = np.zeros((1, SIDE, SIDE, 3), np.uint8)
    (page / "encoder" / "check.arrays").write_bytes(packed({"pixels": picture, "vector": vector}))

    done = script_result("graph_runtime.mjs", page, given)

    assert done.returncode == 1
    assert "Error: This browser cannot run the model: wasm-simd: its vectors are off by" in done.stderr
