"""Encoders of images for a browser: a graph model of the same vectors, in the format of TensorFlow.js."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.graph_models import SIDE, computed, write_network
from tests.helpers.image_models import pictures
from tests.transforms.web.test_arrays_file import unpacked
from transforms import encoders
from transforms.common.errors import RequestError
from transforms.encoders.resolved import ResolvedEncoder
from transforms.encoders.self_check import picture
from transforms.web.graph_model import WeightType
from transforms.web.image_files import image_files


def written(encoder: ResolvedEncoder, folder: Path, weights: WeightType = "float32") -> Path:
    for name, content in image_files(encoder, weights):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> ResolvedEncoder:
    path = write_network(tmp_path_factory.mktemp("network") / "small.keras")
    return encoders.resolve(str(path), trust=True, remember=False)


@pytest.fixture(scope="module")
def folder(network: ResolvedEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(network, tmp_path_factory.mktemp("encoder"))


def operators(folder: Path) -> Counter[str]:
    model = json.loads((folder / "graph" / "model.json").read_bytes())
    return Counter(node["op"] for node in model["modelTopology"]["node"])


def test_a_written_graph_computes_the_vectors_of_the_encoder(network: ResolvedEncoder, folder: Path) -> None:
    pixels = pictures(5, size=(SIDE, SIDE))

    vectors = computed(folder / "graph", pixels.astype(np.float32))

    np.testing.assert_allclose(vectors, network.load().encode(pixels), rtol=1e-4, atol=1e-5)


def test_norms_biases_and_rectifiers_are_parts_of_products(folder: Path) -> None:
    found = operators(folder)

    products = (
        "_FusedConv2D",
        "FusedDepthwiseConv2dNative",
        "_FusedMatMul",
        "Conv2D",
        "DepthwiseConv2dNative",
        "MatMul",
    )
    # The first half of a separable convolution has neither a norm nor a bias.
    assert [found[name] for name in products] == [6, 1, 2, 0, 1, 0]
    assert not any("BatchNorm" in name for name in found)


def test_an_encoder_says_how_images_become_pixels_and_what_to_check(network: ResolvedEncoder, folder: Path) -> None:
    facts = json.loads((folder / "model.json").read_bytes())

    assert facts == {
        "kind": "image",
        "name": "small.keras",
        "fingerprint": network.fingerprint,
        "image": {
            "height": SIDE, "width": SIDE, "channels": 3, "range": [0.0, 255.0],
            "resize": {"fit": "crop", "resampling": "bilinear", "resized": None, "transparency": "composite"},
        },
        "graph": "graph/model.json",
        "dimension": 10,
        "check": {"pixels": "check.arrays"},
    }  # fmt: skip
    check = unpacked((folder / facts["check"]["pixels"]).read_bytes())
    np.testing.assert_array_equal(check["pixels"], picture(0, (SIDE, SIDE))[None])
    np.testing.assert_allclose(check["vector"], network.load().encode(check["pixels"])[0], rtol=1e-4, atol=1e-5)


def test_weights_in_half_precision_are_smaller_and_near(
    network: ResolvedEncoder, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.web.graph_rewrites._FEWEST_WEIGHTS", 256)
    half = written(network, tmp_path, "float16")

    def size(folder: Path) -> int:
        return sum(path.stat().st_size for path in folder.glob("graph/*.bin"))

    assert size(folder) * 0.5 < size(half) < size(folder) * 0.9
    pixels = pictures(5, size=(SIDE, SIDE))
    vectors = computed(half / "graph", pixels.astype(np.float32))
    expected = network.load().encode(pixels)
    assert np.abs(vectors - expected).max() > 1e-5
    np.testing.assert_allclose(vectors, expected, atol=5e-3 * np.abs(expected).max())
    check = unpacked((half / "check.arrays").read_bytes())
    np.testing.assert_allclose(
        computed(half / "graph", check["pixels"].astype(np.float32))[0], check["vector"], rtol=1e-4, atol=1e-5
    )


def test_weights_in_half_precision_that_make_other_vectors_are_refused(
    network: ResolvedEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.web.graph_rewrites._FEWEST_WEIGHTS", 256)
    monkeypatch.setattr("transforms.web.image_files.HALF_PRECISION", 0.9999999999)

    with pytest.raises(
        RequestError, match=r"^\S+ cannot have weights in float16: the least cosine to its vectors is 1\.0000"
    ):
        written(network, tmp_path, "float16")
