"""Simplifies a frozen graph of an image network: batch norms go into convolutions, and biases and ReLUs into their operators.

TensorFlow's own optimiser folds constants, and factors into the weights of full convolutions. Its fusion is left out: what it
fuses depends on the machine that it runs on.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Graph = Any
"""A `tf.compat.v1.GraphDef`."""

_NORMS = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
_SUMS = ("AddV2", "Add", "BiasAdd")
_ACTIVATIONS = ("Relu", "Relu6")
_FUSED = {
    "Conv2D": "_FusedConv2D",
    "DepthwiseConv2dNative": "FusedDepthwiseConv2dNative",
    "MatMul": "_FusedMatMul",
}
"""Operators by the name of that which adds a bias, too. TensorFlow.js has its own name for the second one."""

_FEWEST_WEIGHTS = 16_384
"""Of a constant that is halved. Folded norms leave weights of very different sizes in the first layers and in those by channel:
with all of MobileNetV2's halved the least cosine on photographs is 0.996; with these, which are 93 % of them, 0.999997."""


class UnsupportedGraphError(ValueError):
    """A graph that TensorFlow.js cannot run; the message says what of it."""


def simplified(graph: Graph, output: str) -> Graph:
    """The same function from fewer nodes; `output` is the name of the tensor that is asked for.

    Raises:
      UnsupportedGraphError: channels come first, a norm is of the batch at hand, or a convolution has groups of several channels.
    """
    for node in graph.node:
        if _attribute(node, "data_format").s.startswith(b"NC"):
            raise UnsupportedGraphError(f"its images have their channels first (NCHW, as {node.name} has them)")
        if node.op in _NORMS and _attribute(node, "is_training").b:
            raise UnsupportedGraphError(f"its batch norm {node.name} is of the batch, as in training")
    plain = _in_plain_operators(_with_constants_folded(_with_calls_open(graph), output))
    scaled = _with_factors_in_weights(_with_constants_folded(plain, output))
    return _with_constants_folded(scaled, output)


def fused(graph: Graph) -> Graph:
    """Each product by constant weights with the bias and the ReLU that alone follow it, as one node of TensorFlow.js."""
    uses = _Uses(graph)
    taken: set[str] = set()
    made: dict[str, list[Any]] = {}
    for node in graph.node:
        product = uses.product_before(node) if node.op in _SUMS else None
        bias = None if product is None else uses.of_channels(node, product)
        if product is None or bias is None:
            continue
        follower = uses.only_follower(node)
        last = follower if follower is not None and follower.op in _ACTIVATIONS else node
        constant = constant_node(f"{last.name}/fused_bias", bias)
        merged = type(node)(name=last.name, op=_FUSED[product.op], input=[*product.input, constant.name])
        for name, value in product.attr.items():
            merged.attr[name].CopyFrom(value)
        merged.attr["num_args"].i = 1
        merged.attr["fused_ops"].list.s.extend([b"BiasAdd", *([] if last is node else [last.op.encode()])])
        taken |= {product.name, node.name, last.name}
        made[last.name] = [constant, merged]
    return _replaced(graph, taken, made)


def _with_factors_in_weights(graph: Graph) -> Graph:
    """Each product by constant weights, of which every channel is then scaled, with scaled weights."""
    uses = _Uses(graph)
    taken: set[str] = set()
    made: dict[str, list[Any]] = {}
    for node in graph.node:
        product = uses.product_before(node) if node.op == "Mul" else None
        factor = None if product is None else uses.of_channels(node, product)
        if product is None or factor is None:
            continue
        weights = constant_of(uses.nodes[_source(product.input[1])])
        by = factor.reshape(weights.shape[2:]) if product.op == "DepthwiseConv2dNative" else factor
        scaled = constant_node(f"{node.name}/weights", weights * by)
        merged = type(node)(name=node.name, op=product.op, input=[product.input[0], scaled.name], attr=product.attr)
        taken |= {product.name, node.name}
        made[node.name] = [scaled, merged]
    return _replaced(graph, taken, made)


class _Uses:
    """The nodes of a graph by name, and what uses them."""

    def __init__(self, graph: Graph) -> None:
        self.nodes = {node.name: node for node in graph.node}
        self._followers: dict[str, list[Any]] = {node.name: [] for node in graph.node}
        for node in graph.node:
            for name in node.input:
                self._followers[_source(name)].append(node)

    def only_follower(self, node: Any) -> Any | None:
        followers = self._followers[node.name]
        return followers[0] if len(followers) == 1 else None

    def product_before(self, node: Any) -> Any | None:
        """The product by constant weights that nothing but `node` uses; None where there is none."""
        for name in node.input:
            before = self.nodes[_source(name)]
            if before.op in _FUSED and self.only_follower(before) is node and not _attribute(before, "transpose_b").b:
                return before if self.nodes[_source(before.input[1])].op == "Const" else None
        return None

    def of_channels(self, node: Any, product: Any) -> npt.NDArray[np.float32] | None:
        """The constant [channels] that `node` combines with a product; None where that is something else."""
        (other,) = [self.nodes[_source(name)] for name in node.input if _source(name) != product.name]
        if other.op != "Const":
            return None
        shape = constant_of(self.nodes[_source(product.input[1])]).shape
        channels = shape[2] * shape[3] if product.op == "DepthwiseConv2dNative" else shape[-1]
        value = constant_of(other)
        is_of_channels = value.dtype == np.float32 and value.size == channels == (*value.shape, 0)[value.ndim - 1]
        return value.reshape(-1) if is_of_channels else None


def _replaced(graph: Graph, taken: set[str], made: dict[str, list[Any]]) -> Graph:
    """The graph without the nodes that were `taken`, and with those that were `made` in place of one of them."""
    result = type(graph)(versions=graph.versions)
    for node in graph.node:
        result.node.extend(made.get(node.name, [] if node.name in taken else [node]))
    return result


def with_half_weights(graph: Graph) -> Graph:
    """The graph with its weights rounded to float16; they stay float32."""
    result = type(graph)(versions=graph.versions)
    for node in graph.node:
        if node.op == "Const" and is_weight(array := constant_of(node)):
            node = constant_node(node.name, array.astype(np.float16).astype(np.float32))
        result.node.append(node)
    return result


def is_weight(array: npt.NDArray[Any]) -> bool:
    """Whether a constant may be halved: a large matrix or kernel."""
    return array.dtype == np.float32 and array.size >= _FEWEST_WEIGHTS


def constant_node(name: str, value: npt.NDArray[Any]) -> Any:
    """A node of a graph that holds an array."""
    import tensorflow as tf

    node = tf.compat.v1.NodeDef(name=name, op="Const")
    node.attr["dtype"].type = tf.as_dtype(value.dtype).as_datatype_enum
    node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))
    return node


def constant_of(node: Any) -> npt.NDArray[Any]:
    """The array of a node of the operator Const."""
    import tensorflow as tf

    array: npt.NDArray[Any] = tf.make_ndarray(node.attr["value"].tensor)
    return array


def _source(name: str) -> str:
    """The node that an input is of: `a` and `a:1` are of `a`."""
    return name.partition(":")[0]


def _attribute(node: Any, name: str) -> Any:
    """An attribute's value, empty where there is none; asking the node itself would leave an empty one behind."""
    import tensorflow as tf

    return node.attr.get(name) or tf.compat.v1.AttrValue()


def _with_calls_open(graph: Graph) -> Graph:
    """The graph with the calls that were meant for a compiler as such that TensorFlow's optimiser replaces by what they call."""
    result = type(graph).FromString(graph.SerializeToString())
    for one in (*result.node, *result.library.function):
        for name in ("_noinline", "_XlaMustCompile"):
            one.attr.pop(name, None)
    return result


def _in_plain_operators(graph: Graph) -> Graph:
    """The graph with batch norms over constants as products and sums, and what TensorFlow.js lacks in operators that it has."""
    nodes = {node.name: node for node in graph.node}
    groups = _groups(graph)
    result = type(graph)(versions=graph.versions)
    for node in graph.node:
        constants = [nodes.get(_source(name)) for name in node.input[1:5]]
        if groups.get(node.name, 1) > 1:
            result.node.extend(_by_channel(node, nodes[_source(node.input[1])], groups[node.name]))
            continue
        if node.op in _NORMS and all(one is not None and one.op == "Const" for one in constants):
            scale, offset, mean, variance = (constant_of(one).astype(np.float64) for one in constants)
            factor = scale / np.sqrt(variance + node.attr["epsilon"].f)
            steps = [("Mul", 1, factor), ("AddV2", 1, offset - mean * factor)]
        elif node.op == "Erfc":
            steps = [("Erf", 0, None), ("Sub", 0, np.ones(()))]
        else:
            result.node.append(node)
            continue
        before = node.input[0]
        for number, (operator, place, value) in enumerate(steps):
            step = type(node)(name=node.name if number else f"{node.name}/{operator}", op=operator, input=[before])
            step.attr["T"].CopyFrom(node.attr["T"])
            if value is not None:
                constant = constant_node(f"{step.name}/constant", value.astype(np.float32))
                result.node.append(constant)
                step.input.insert(place, constant.name)
            result.node.append(step)
            before = step.name
    return result


def _groups(graph: Graph) -> dict[str, int]:
    """Of each convolution the groups of channels that it keeps apart."""
    import tensorflow as tf

    with tf.Graph().as_default() as alone:
        tf.import_graph_def(graph, name="")
    found = {}
    for one in alone.get_operations():
        if one.type == "Conv2D":
            given, kernel = (tensor.shape for tensor in one.inputs)
            found[one.name] = (given[-1] or 0) // (kernel[2] or 1) if given.rank == kernel.rank == 4 else 1
    return found


def _by_channel(node: Any, kernel: Any, groups: int) -> list[Any]:
    """A convolution that keeps all channels apart, by the operator for such ones."""
    if kernel.op != "Const" or constant_of(kernel).shape[2] != 1:
        raise UnsupportedGraphError(f"TensorFlow.js lacks convolutions in groups, of which {node.name} has {groups}")
    weights = constant_of(kernel)
    apart = constant_node(f"{node.name}/kernel", weights.reshape(*weights.shape[:2], groups, -1))
    made = type(node)(name=node.name, op="DepthwiseConv2dNative", input=[node.input[0], apart.name], attr=node.attr)
    made.attr.pop("use_cudnn_on_gpu", None)
    return [apart, made]


def _with_constants_folded(graph: Graph, output: str) -> Graph:
    import tensorflow as tf
    from tensorflow.core.protobuf import config_pb2, rewriter_config_pb2
    from tensorflow.python.grappler import tf_optimizer
    from tensorflow.python.training.saver import export_meta_graph

    with tf.Graph().as_default() as alone:
        tf.import_graph_def(graph, name="")
    meta_graph = export_meta_graph(graph_def=graph, graph=alone)
    meta_graph.collection_def["train_op"].node_list.value.append(output)  # Grappler must not prune it
    config = config_pb2.ConfigProto()
    rewrites = config.graph_options.rewrite_options
    rewrites.min_graph_nodes = -1
    rewrites.meta_optimizer_iterations = rewriter_config_pb2.RewriterConfig.ONE
    rewrites.optimizers.extend(["function", "pruning", "constfold", "dependency"])
    folded = tf_optimizer.OptimizeGraph(config, meta_graph)
    for node in folded.node:
        # What should run first: without variables there is no before and after.
        data = [name for name in node.input if not name.startswith("^")]
        del node.input[:]
        node.input.extend(data)
    return folded
