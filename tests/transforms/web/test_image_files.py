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
from transforms.encoders.resolved import ResolvedEncoder
from transforms.web.image_files import check_picture, image_files


def written(encoder: ResolvedEncoder, folder: Path) -> Path:
    for name, content in image_files(encoder):
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
        "name": network.spec.name,
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
    np.testing.assert_array_equal(check["pixels"], check_picture((SIDE, SIDE)))
    np.testing.assert_allclose(check["vector"], network.load().encode(check["pixels"])[0], rtol=1e-4, atol=1e-5)
