"""Freezes a module: one graph without variables, its preprocessing inside, that any engine can run.

Variables become constants, so that an engine can fold batch norms into convolutions and lay weights out once:
NASNet-Mobile runs 1.2-1.35x the rate of the plain module.

Text modules stay as they were traced (`tensorflow_engine` says why). Nor can every other be frozen: constants and their
copies must fit into a protobuf of 2 GB, and some graphs hold resources that are no variables. Such a module is called as
it is, which is right and only slower.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from transforms.encoders.load import Module
from transforms.encoders.spec import EncoderSpec, Modality

_MOST_CONSTANT_BYTES = 512 << 20


@dataclass(frozen=True)
class FrozenGraph:
    """A graph without variables. `inputs[0]` takes the batch, the others the resources (tables, tokenizers)."""

    definition: Any
    signature: Any
    inputs: list[str]
    resources: list[Any]
    output: str

    @staticmethod
    def parsed(definition: bytes, names: tuple[str, ...], spec: EncoderSpec) -> FrozenGraph:
        """A graph without resources that was serialized; `names` are those of its input and its output."""
        import tensorflow as tf

        graph = tf.compat.v1.GraphDef.FromString(definition)
        taken, given = names
        return FrozenGraph(definition=graph, signature=items_of(spec), inputs=[taken], resources=[], output=given)


@dataclass(frozen=True, kw_only=True)
class Network:
    """A module that was traced with its preprocessing: string [n], or pixels uint8 [n, h, w, 3], to float32 [n, dim].

    Attributes:
      traced: a concrete function.
      owner: keeps the module's variables and tables alive.
    """

    name: str
    modality: Modality
    traced: Any = field(repr=False)
    owner: Any = field(repr=False)

    @property
    def has_weights(self) -> bool:
        """Whether there is anything to freeze: descriptors such as `hog`, and graphs of constants, hold no variables."""
        return bool(self.traced.variables)


def trace(module: Module, spec: EncoderSpec) -> Network:
    """The network of a complete `spec`: pixels 0..255 are mapped to its `pixel_range` inside the graph."""
    import tensorflow as tf

    items = items_of(spec)

    def call(batch: Any) -> Any:
        return module.call(batch if items.dtype == tf.string else scaled(tf.cast(batch, tf.float32), spec.pixel_range))

    traced = tf.function(call).get_concrete_function(items)
    return Network(name=spec.name, modality=module.modality, traced=traced, owner=module.owner)


def items_of(spec: EncoderSpec) -> Any:
    """The TensorSpec of an encoder's batches: string [n], or uint8 [n, height, width, 3]."""
    import tensorflow as tf

    shape, dtype = ([None], tf.string) if spec.image_size is None else ([None, *spec.image_size, 3], tf.uint8)
    return tf.TensorSpec(shape, dtype, name="items")


def scaled(batch: Any, pixel_range: tuple[float, float] | None) -> Any:
    """Pixels 0..255 in the range that a network wants; None: as they are."""
    if pixel_range is None or pixel_range == (0.0, 255.0):
        return batch
    low, high = pixel_range
    spread = batch * ((high - low) / 255.0)
    return spread + low if low else spread


def freeze(network: Network, *, lower: bool) -> FrozenGraph | None:
    """The network with constants for variables; None if that cannot be done.

    Args:
      lower: turn loops into plain nodes: the passes for half precision do not look into a loop's body, but a loop over
        variables can only be frozen as it is.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    traced = network.traced
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
    return FrozenGraph(
        definition=frozen.graph.as_graph_def(),
        signature=tf.TensorSpec(traced.inputs[0].shape, traced.inputs[0].dtype),
        inputs=[batch, *rest],
        resources=[held_by[name] for name in rest],
        output=output.name,
    )
