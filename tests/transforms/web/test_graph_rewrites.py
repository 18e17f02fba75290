"""Frozen graphs for a browser: fewer nodes, the same function."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from transforms.web.graph_rewrites import UnsupportedGraphError, fused, simplified


def product_graph(*, weights: Any, value: Any, operator: str = "AddV2") -> Any:
    """pixels -> product by `weights` -> `operator` with `value` -> Relu."""
    import tensorflow as tf

    with tf.Graph().as_default() as graph:
        pixels = tf.compat.v1.placeholder(tf.float32, [None, 4, 4, 2], name="pixels")
        product = tf.nn.conv2d(pixels, tf.constant(weights, tf.float32), 1, "SAME")
        tf.nn.relu(getattr(tf.raw_ops, operator)(x=product, y=tf.constant(value)), name="vectors")
    return graph.as_graph_def()


def rewritten(graph: Any) -> list[str]:
    return [node.op for node in fused(simplified(graph, "vectors:0")).node if node.op not in ("Const", "Placeholder")]


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("AddV2", np.ones(3, np.float32), ["_FusedConv2D"]),
        ("Add", np.ones((1, 1, 1, 3), np.float32), ["_FusedConv2D"]),
        ("AddV2", np.float32(2), ["Conv2D", "AddV2", "Relu"]),
        ("AddV2", np.ones((4, 1, 3), np.float32), ["Conv2D", "AddV2", "Relu"]),
        ("Mul", np.ones(3, np.float32) * 2, ["Conv2D", "Relu"]),
    ],
)
def test_only_what_changes_each_channel_alike_becomes_part_of_a_product(
    operator: str, value: Any, expected: list[str]
) -> None:
    graph = product_graph(weights=np.ones((1, 1, 2, 3)), value=value, operator=operator)

    assert rewritten(graph) == expected


def test_a_product_that_is_used_twice_stays() -> None:
    import tensorflow as tf

    with tf.Graph().as_default() as graph:
        pixels = tf.compat.v1.placeholder(tf.float32, [None, 4, 4, 2], name="pixels")
        product = tf.nn.conv2d(pixels, tf.ones([1, 1, 2, 3]), 1, "SAME")
        tf.add(tf.nn.bias_add(product, [1.0, 2.0, 3.0]), product, name="vectors")

    assert rewritten(graph.as_graph_def()) == ["Conv2D", "BiasAdd", "AddV2"]


def test_a_norm_of_a_module_is_the_product_and_sum_that_it_is() -> None:
    import tensorflow as tf

    chance = np.random.default_rng(3)
    scale, offset, mean = chance.normal(size=(3, 3)).astype(np.float32)
    variance = chance.uniform(0.5, 2, 3).astype(np.float32)
    given = chance.normal(size=(2, 4, 4, 3)).astype(np.float32)
    with tf.Graph().as_default() as graph:
        pixels = tf.compat.v1.placeholder(tf.float32, [None, 4, 4, 3], name="pixels")
        normed = tf.compat.v1.nn.fused_batch_norm(
            pixels, scale, offset, mean=mean, variance=variance, epsilon=1e-3, is_training=False
        )
        tf.math.erfc(normed[0], name="vectors")
        with tf.compat.v1.Session(graph=graph) as session:
            expected = session.run("vectors:0", {"pixels:0": given})

    simple = simplified(graph.as_graph_def(), "vectors:0")

    assert Counter(node.op for node in simple.node) == {
        "Placeholder": 1,
        "Const": 3,
        "Mul": 1,
        "AddV2": 1,
        "Erf": 1,
        "Sub": 1,
    }
    with tf.Graph().as_default() as alone, tf.compat.v1.Session(graph=alone) as session:
        tf.import_graph_def(simple, name="")
        np.testing.assert_allclose(session.run("vectors:0", {"pixels:0": given}), expected, atol=1e-6)


def grouped(kernel: Any) -> Any:
    """Pixels of 4 channels -> convolution in as many groups as the kernel leaves; with its graph."""
    import tensorflow as tf

    with tf.Graph().as_default() as graph:
        pixels = tf.compat.v1.placeholder(tf.float32, [None, 4, 4, 4], name="pixels")

        # As Keras calls it: processors have such convolutions only where XLA compiles them.
        @tf.function(jit_compile=True)
        def compiled(given: Any) -> Any:
            return tf.nn.conv2d(given, tf.constant(kernel, tf.float32), 1, "SAME")

        tf.identity(compiled(pixels), name="vectors")
    return graph


def test_a_convolution_of_each_channel_alone_has_the_operator_for_that() -> None:
    import tensorflow as tf

    chance = np.random.default_rng(5)
    kernel, given = chance.normal(size=(3, 3, 1, 8)), chance.normal(size=(2, 4, 4, 4)).astype(np.float32)

    simple = simplified(grouped(kernel).as_graph_def(), "vectors:0")

    assert sorted(node.op for node in simple.node) == ["Const", "DepthwiseConv2dNative", "Identity", "Placeholder"]
    channels = [tf.nn.conv2d(given[..., n : n + 1], kernel[..., 2 * n : 2 * n + 2], 1, "SAME") for n in range(4)]
    with tf.Graph().as_default() as alone, tf.compat.v1.Session(graph=alone) as session:
        tf.import_graph_def(simple, name="")
        found = session.run("vectors:0", {"pixels:0": given})
    np.testing.assert_allclose(found, np.concatenate(channels, axis=-1), atol=1e-5)


def test_a_convolution_in_larger_groups_is_refused() -> None:
    with pytest.raises(
        UnsupportedGraphError, match=r"^TensorFlow.js lacks convolutions in groups, of which \S+ has 2$"
    ):
        simplified(grouped(np.ones((1, 1, 2, 6))).as_graph_def(), "vectors:0")


def test_images_with_channels_first_and_norms_as_in_training_are_refused() -> None:
    import tensorflow as tf

    with tf.Graph().as_default() as first:
        pixels = tf.compat.v1.placeholder(tf.float32, [None, 3, 4, 4], name="pixels")
        tf.nn.bias_add(pixels, tf.ones([3]), data_format="NCHW", name="vectors")
    with tf.Graph().as_default() as training:
        pixels = tf.compat.v1.placeholder(tf.float32, [None, 4, 4, 3], name="pixels")
        tf.compat.v1.nn.fused_batch_norm(pixels, tf.ones([3]), tf.ones([3]), name="vectors")

    with pytest.raises(
        UnsupportedGraphError, match=r"^its images have their channels first \(NCHW, as vectors has them\)$"
    ):
        simplified(first.as_graph_def(), "vectors:0")
    with pytest.raises(UnsupportedGraphError, match=r"^its batch norm vectors is of the batch, as in training$"):
        simplified(training.as_graph_def(), "vectors:0")
