"""Graph models of TensorFlow.js: weights where the manifest says, and in one line what a browser lacks."""

from __future__ import annotations

import json
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.graph_models import weights_of
from transforms.common.errors import RequestError
from transforms.web import graph_model
from transforms.web.graph_model import graph_model_files, supported_operators


def small_graph(tmp_path: Path, node: Any) -> Path:
    """Of a placeholder and what `node` makes of it."""
    import tensorflow as tf

    with tf.Graph().as_default() as graph:
        node(tf.compat.v1.placeholder(tf.float32, [None, 4, 4], name="pixels"))
    for name, content in graph_model_files(graph.as_graph_def(), name="odd", pixels="pixels:0", vectors="vectors:0"):
        (tmp_path / name).write_bytes(content)
    return tmp_path


def test_weights_lie_in_shards_as_the_manifest_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tensorflow as tf

    monkeypatch.setattr(graph_model, "SHARD_BYTES", 50)
    rows = np.arange(24, dtype=np.float32).reshape(4, 3, 2)
    far = np.array([2**60, 7, -(2**60)])

    small_graph(
        tmp_path,
        lambda pixels: (tf.constant(rows, name="rows"), tf.constant(far, name="far"), tf.constant(True, name="yes")),
    )

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "model.json",
        "weights-00.bin",
        "weights-01.bin",
        "weights-02.bin",
    ]
    assert [path.stat().st_size for path in sorted(tmp_path.glob("*.bin"))] == [50, 50, 24 * 4 + 3 * 4 + 1 - 100]
    found = weights_of(tmp_path)
    assert {name: array.dtype.name for name, array in found.items()} == {
        "rows": "float32",
        "far": "int32",
        "yes": "bool",
    }
    np.testing.assert_array_equal(found["rows"], rows)
    np.testing.assert_array_equal(found["far"], [2**31 - 1, 7, -(2**31)])
    assert found["yes"].item() is True


@pytest.mark.parametrize(
    ("make", "fault"),
    [
        ("MatrixInverse", "TensorFlow.js lacks its operators Digamma, MatrixInverse"),
        ("string", "it has constants of string"),
        ("float16", "it has constants of float16"),
    ],
)
def test_what_a_browser_lacks_is_refused_in_one_line(tmp_path: Path, make: str, fault: str) -> None:
    import tensorflow as tf

    def node(pixels: Any) -> Any:
        if make == "MatrixInverse":
            return tf.math.digamma(tf.linalg.inv(pixels))
        return tf.constant(["a"] if make == "string" else [1], make)

    with pytest.raises(RequestError) as raised:
        small_graph(tmp_path, node)

    assert str(raised.value) == f"odd does not run in a browser: {fault}"


def test_the_list_of_operators_is_of_the_vendored_runtime() -> None:
    rooms = resources("transforms.web")
    listed = json.loads(rooms.joinpath("tfjs_operators.json").read_text())
    (first,) = rooms.joinpath("page", "vendor", "tfjs.js").read_text(encoding="utf-8").splitlines()[:1]

    assert first.startswith(f"// TensorFlow.js {listed['tfjs']}, Apache-2.0")
    assert listed["operators"] == sorted(set(listed["operators"]))
    usual = {"_FusedConv2D", "FusedDepthwiseConv2dNative", "ResizeBilinear", "Mean", "Softmax", "Erf", "Placeholder"}
    assert usual <= supported_operators()
    assert not supported_operators() & {
        "Einsum",
        "MatrixInverse",
        "Where",
        "RandomUniform",
        "While",
        "StringSplit",
        "FFT",
    }
