"""Freezes a module into one optimised, thread-safe function with its preprocessing inside.

Variables become constants, so that TensorFlow can fold batch norms into convolutions and lay weights out once:
NASNet-Mobile runs 1.2-1.35x the rate of the plain module. In bfloat16, oneDNN's auto-mixed-precision pass rewrites this
one graph; TensorFlow's switch for it is global and would change every other function of the process.

Text modules stay as they were traced (`freeze` says why). Nor can every other be frozen: constants and their copies must
fit into a protobuf of 2 GB, and some graphs hold resources that are no variables. Such a module is called as it is, which
is right and only slower; in bfloat16 it is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import Vectors
from transforms.common.errors import RequestError
from transforms.encoders.load import Module
from transforms.encoders.spec import EncoderSpec, Precision

_MOST_CONSTANT_BYTES = 512 << 20
_BFLOAT16_PASS = "auto_mixed_precision_onednn_bfloat16"


@dataclass
class FrozenEncoder:
    """Implements `spec.Encoder`. `is_frozen` is False where the module had to be called as it is."""

    spec: EncoderSpec
    fingerprint: str
    is_frozen: bool
    _call: Callable[[Any], Any] = field(repr=False)
    _owner: Any = field(repr=False)

    def encode(self, items: list[str] | npt.NDArray[np.float32]) -> Vectors:
        batch = np.asarray(items, object if self.spec.modality == "text" else np.float32)
        return np.asarray(self._call(batch))  # a view: .numpy() would copy


def freeze(module: Module, spec: EncoderSpec, *, fingerprint: str, precision: Precision) -> FrozenEncoder:
    """Freezes and optimises `module`.

    Args:
      spec: complete; pixels 0..255 are mapped to its `pixel_range` inside the graph.

    Raises:
      RequestError: bfloat16 is wanted of a module that cannot be frozen.
    """
    import tensorflow as tf

    shape, dtype = ([None], tf.string) if spec.image_size is None else ([None, *spec.image_size, 3], tf.float32)
    traced = tf.function(lambda batch: module.call(scaled(batch, spec.pixel_range))).get_concrete_function(
        tf.TensorSpec(shape, dtype, name="items")
    )
    if precision == "bfloat16":
        graph = _with_constants(traced, lower=True)
        if graph is None:
            raise RequestError(f"{spec.name} cannot run in bfloat16 (its graph cannot be frozen): use float32")
        lowered = _in_bfloat16(graph)
        called = _image_function(lowered) if module.modality == "image" else _function(lowered)
        return FrozenEncoder(spec, fingerprint, True, called, module.owner)
    # Text networks stay as they were traced: they gain nothing, and Grappler does not optimise the body of a loop over
    # constants (use-multilingual: 0.8 of the rate, twice the memory).
    graph = _with_constants(traced, lower=False) if traced.variables and module.modality == "image" else None
    frozen = _eager(traced) if graph is None else _image_function(graph)
    return FrozenEncoder(spec, fingerprint, graph is not None or not traced.variables, frozen, module.owner)


def _eager(traced: Any) -> Callable[[Any], Any]:
    import tensorflow as tf

    return lambda batch: traced(tf.constant(batch))


def scaled(batch: Any, pixel_range: tuple[float, float] | None) -> Any:
    """Pixels 0..255 in the range that a network wants; None: as they are."""
    if pixel_range is None or pixel_range == (0.0, 255.0):
        return batch
    low, high = pixel_range
    spread = batch * ((high - low) / 255.0)
    return spread + low if low else spread


@dataclass(frozen=True)
class _Graph:
    """A graph without variables. `inputs[0]` takes the batch, the others the resources (tables, tokenizers)."""

    definition: Any
    signature: Any
    inputs: list[str]
    resources: list[Any]
    output: str


def _with_constants(traced: Any, *, lower: bool) -> _Graph | None:
    """None if it cannot be done. `lower` turns loops into plain nodes: the bfloat16 pass does not look into a loop's
    body, but a loop over variables can only be frozen as it is."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    constant_bytes = sum(variable.shape.num_elements() * variable.dtype.size for variable in traced.variables)
    if constant_bytes > _MOST_CONSTANT_BYTES:
        return None
    try:
        frozen = convert_variables_to_constants_v2(traced, lower_control_flow=lower)
    except (ValueError, TypeError, KeyError, NotImplementedError, tf.errors.OpError):
        return None
    # Freezing forgets which resource belongs to which of the inputs that it leaves; their names have stayed.
    held_by = {tensor.name: value for tensor, value in zip(traced.inputs[1:], traced.captured_inputs, strict=True)}
    names = [tensor.name for tensor in frozen.inputs]
    (batch,) = [name for name in names if name not in held_by]
    rest = [name for name in names if name != batch]
    (output,) = frozen.outputs
    return _Graph(
        definition=frozen.graph.as_graph_def(),
        signature=tf.TensorSpec(traced.inputs[0].shape, traced.inputs[0].dtype),
        inputs=[batch, *rest],
        resources=[held_by[name] for name in rest],
        output=output.name,
    )


def _image_function(graph: _Graph) -> Callable[[Any], Any]:
    """The graph with each operation on one thread, where the batches are encoded on processors.

    An image network is hundreds of small operations: splitting each over the cores costs more than it gains when the
    branches of the graph, and several calls, can run side by side (NASNet-Mobile on two cores: 125 images/s for 111). A
    session has threads of its own; the switch for eager functions would change the whole process.
    """
    import tensorflow as tf

    if graph.resources or tf.config.list_physical_devices("GPU"):
        return _function(graph)
    config = tf.compat.v1.ConfigProto(intra_op_parallelism_threads=1, use_per_session_threads=True)
    with tf.Graph().as_default() as alone:
        tf.import_graph_def(graph.definition, name="")
    session = tf.compat.v1.Session(graph=alone, config=config)
    function: Callable[[Any], Any] = session.make_callable(graph.output, [graph.inputs[0]])
    return function


def _function(graph: _Graph) -> Callable[[Any], Any]:
    import tensorflow as tf

    def body(batch: Any) -> Any:
        here = tf.compat.v1.get_default_graph()
        values = [batch, *(here.capture(resource) for resource in graph.resources)]
        fed = dict(zip(graph.inputs, values, strict=True))
        return tf.import_graph_def(graph.definition, input_map=fed, return_elements=[graph.output], name="")[0]

    wrapped = tf.compat.v1.wrap_function(body, [graph.signature])
    return _eager(wrapped)


def _in_bfloat16(graph: _Graph) -> _Graph:
    """Runs oneDNN's bfloat16 pass over this graph alone, by Grappler called by hand."""
    import tensorflow as tf
    from tensorflow.core.protobuf import config_pb2, rewriter_config_pb2
    from tensorflow.python.grappler import tf_optimizer
    from tensorflow.python.training.saver import export_meta_graph

    with tf.Graph().as_default() as alone:
        tf.import_graph_def(graph.definition, name="")
        meta_graph = export_meta_graph(graph_def=graph.definition, graph=alone)
    meta_graph.collection_def["train_op"].node_list.value.append(graph.output)  # Grappler must not prune it

    config = config_pb2.ConfigProto()
    rewrites = config.graph_options.rewrite_options
    rewrites.min_graph_nodes = -1
    rewrites.meta_optimizer_iterations = rewriter_config_pb2.RewriterConfig.ONE
    rewrites.optimizers.extend(["constfold", _BFLOAT16_PASS, "constfold"])
    setattr(rewrites, _BFLOAT16_PASS, rewriter_config_pb2.RewriterConfig.ON)
    rewritten = tf_optimizer.OptimizeGraph(config, meta_graph)
    for node in rewritten.node:
        # The pass asks nodes for attributes that they lack, which leaves empty ones behind; importing those fails.
        for name in [name for name, value in node.attr.items() if value.WhichOneof("value") is None]:
            del node.attr[name]
    return replace(graph, definition=rewritten)
