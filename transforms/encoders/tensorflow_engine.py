"""Runs a network on TensorFlow: the reference engine, on any device, in float32 and in half precision.

Half precision is a pass of TensorFlow's graph optimiser over one frozen graph; its switch for whole processes would change
every other function. Where the pass leaves products in float32, because no device here computes otherwise, the request
is refused: half precision is never float32 in silence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from transforms.common.errors import RequestError
from transforms.encoders import devices, xla_engine
from transforms.encoders.frozen import FrozenGraph, Network, freeze
from transforms.encoders.spec import HalfPrecision

Function = Callable[[Any], Any]
"""From a batch, string [n] or uint8 [n, h, w, 3], to float32 [n, dim] (a tensor, or an array)."""

_PASSES: dict[HalfPrecision, str] = {
    "bfloat16": "auto_mixed_precision_onednn_bfloat16",
    "float16": "auto_mixed_precision",
}
_PRODUCTS = {"MatMul", "BatchMatMulV2", "BatchMatMulV3", "Einsum", "Conv2D", "DepthwiseConv2dNative"}


def in_float32(network: Network, graph: FrozenGraph | None) -> Function:
    """The network in float32: `graph` where it could be frozen, else as it was traced. On a GPU XLA compiles images' graphs.

    On a GPU, TF32 is switched off, for the whole process: TensorFlow has no narrower switch, and its products have the
    10-bit fractions of float16.
    """
    _without_tensor_float_32()
    return _eager(network.traced) if graph is None else function_of(graph)


def _without_tensor_float_32() -> None:
    import tensorflow as tf

    tf.config.experimental.enable_tensor_float_32_execution(False)


def in_half_precision(network: Network, precision: HalfPrecision) -> tuple[Function, FrozenGraph | None]:
    """The network with its heavy operations in half precision, and its graph; vectors are float32.

    Raises:
      RequestError: its graph cannot be frozen, or this machine's devices do not compute in that precision.
    """
    import tensorflow as tf

    graph = freeze(network, lower=True)
    if graph is None:
        raise RequestError(f"{network.name} cannot run in {precision} (its graph cannot be frozen): use float32")
    lowered = _lowered(graph, precision)
    nodes = lowered.definition.node
    half = tf.as_dtype(precision).as_datatype_enum
    changed = any(value.type == half for node in nodes for value in node.attr.values())
    # A mean over word vectors has no product, and is in any precision what it is in float32.
    if not changed and any(node.op in _PRODUCTS for node in nodes):
        raise RequestError(
            f"{network.name} cannot run in {precision}: no device of this machine computes in it: use float32"
            " (`vectormill doctor` shows what there is)"
        )
    return function_of(lowered), lowered


def frozen_for_float32(network: Network) -> FrozenGraph | None:
    """The frozen graph of an image network; None for what runs as it was traced.

    Text networks gain nothing from being frozen, and Grappler does not optimise the body of a loop over constants
    (use-multilingual: 0.8 of the rate, twice the memory).
    """
    return freeze(network, lower=False) if network.has_weights and network.modality == "image" else None


def _eager(traced: Any) -> Function:
    import tensorflow as tf

    return lambda batch: traced(tf.constant(batch))


def function_of(graph: FrozenGraph) -> Function:
    """The graph as a function; that of images with each operation on one thread, where they are encoded on processors.

    An image network is hundreds of small operations: splitting each over the cores costs more than it gains when the
    branches of the graph, and several calls, can run side by side (NASNet-Mobile on two cores: 125 images/s for 111). A
    session has threads of its own; the switch for eager functions would change the whole process.
    """
    import tensorflow as tf

    if graph.signature.dtype == tf.string:
        return _function(graph)
    if devices.gpus_used():
        height, width = graph.signature.shape[1:3]
        batch = xla_engine.batch_of((int(height), int(width)))
        return xla_engine.XlaFunction(_function(graph, compiled=True), _function(graph), batch=batch)
    config = tf.compat.v1.ConfigProto(intra_op_parallelism_threads=1, use_per_session_threads=True)
    with tf.Graph().as_default() as alone:
        tf.import_graph_def(graph.definition, name="")
    session = tf.compat.v1.Session(graph=alone, config=config)
    function: Function = session.make_callable(graph.output, [graph.inputs[0]])
    return function


def _function(graph: FrozenGraph, *, compiled: bool = False) -> Function:
    """The graph as an eager function; `compiled` by XLA for each shape."""
    import tensorflow as tf

    def body(batch: Any) -> Any:
        here = tf.compat.v1.get_default_graph()
        values = [batch, *(here.capture(resource) for resource in graph.resources)]
        fed = dict(zip(graph.inputs, values, strict=True))
        return tf.import_graph_def(graph.definition, input_map=fed, return_elements=[graph.output], name="")[0]

    wrapped = tf.compat.v1.wrap_function(body, [graph.signature])
    if not compiled:
        return _eager(wrapped)
    return _eager(tf.function(lambda batch: wrapped(batch), input_signature=[graph.signature], jit_compile=True))


def _lowered(graph: FrozenGraph, precision: HalfPrecision) -> FrozenGraph:
    """Runs the pass for a precision over this graph alone, by Grappler called by hand."""
    import tensorflow as tf
    from tensorflow.core.protobuf import config_pb2, rewriter_config_pb2
    from tensorflow.python.grappler import cluster, tf_optimizer
    from tensorflow.python.training.saver import export_meta_graph

    with tf.Graph().as_default() as alone:
        tf.import_graph_def(graph.definition, name="")
        meta_graph = export_meta_graph(graph_def=graph.definition, graph=alone)
    meta_graph.collection_def["train_op"].node_list.value.append(graph.output)  # Grappler must not prune it

    config = config_pb2.ConfigProto()
    rewrites = config.graph_options.rewrite_options
    rewrites.min_graph_nodes = -1
    rewrites.meta_optimizer_iterations = rewriter_config_pb2.RewriterConfig.ONE
    rewrites.optimizers.extend(["constfold", _PASSES[precision], "constfold"])
    setattr(rewrites, _PASSES[precision], rewriter_config_pb2.RewriterConfig.ON)
    # The pass for GPUs looks for one among the devices that it is given.
    found = cluster.Cluster(disable_detailed_stats=True) if devices.gpus_used() else None
    rewritten = tf_optimizer.OptimizeGraph(config, meta_graph, cluster=found)
    for node in rewritten.node:
        # The pass asks nodes for attributes that they lack, which leaves empty ones behind; importing those fails.
        for name in [name for name, value in node.attr.items() if value.WhichOneof("value") is None]:
            del node.attr[name]
    return replace(graph, definition=rewritten)
