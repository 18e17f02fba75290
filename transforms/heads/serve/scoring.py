"""Traces a published model as one TensorFlow function, from numbers to scores, that other runtimes' converters take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from transforms.common.errors import RequestError
from transforms.heads.serve.served_model import FROM_VECTORS, ServedModel, argument


@dataclass(frozen=True, kw_only=True)
class Scoring:
    """A model without strings.

    Attributes:
      function: of a tensor for each of `inputs`, to scores float32 [n, K].
      inputs: their `tf.TensorSpec`: pixels 0..255 float32 [n, height, width, 3] or vectors float32 [n, dim], then a float32 [n]
        for each number that the head sees beside.
      owners: of the variables.
      takes: what it takes, in words.
    """

    function: Any
    inputs: list[Any]
    owners: list[Any]
    takes: str


def scoring_of(model: ServedModel, *, batch: int | None, runtime: str) -> Scoring:
    """The encoder of an image model with its head; of any other model the head alone.

    Args:
      batch: items at a time; None: any number.
      runtime: what it is for, in words.

    Raises:
      RequestError: the head sees texts, or the encoder is no TensorFlow graph.
    """
    import tensorflow as tf

    if model.inputs.categorical:
        raise RequestError(f"{runtime} has no vocabularies: leave text --features out of a model for it")
    restored, head = model.head
    beside = [tf.TensorSpec([batch], tf.float32, name=argument(name)) for name in model.inputs.numeric]
    names = [spec.name for spec in beside]
    n = "n" if batch is None else batch

    def scores(vectors: Any, numbers: tuple[Any, ...]) -> Any:
        return head(vectors=vectors, **dict(zip(names, numbers, strict=True)))["scores"]

    if model.fact("encoder")["modality"] != "image":
        return Scoring(
            function=lambda vectors, *numbers: scores(vectors, numbers),
            inputs=[tf.TensorSpec([batch, model.inputs.dim], tf.float32, name="vectors"), *beside],
            owners=[restored],
            takes=f"{FROM_VECTORS} alone (text needs a tokenizer): float32 [{n}, {model.inputs.dim}]",
        )
    from transforms.encoders import cache, load
    from transforms.encoders.frozen import scaled

    spec = model.encoder().spec
    assert spec.image_size is not None
    module = load.open_module(spec, cache.fetch(spec.handle))
    height, width = spec.image_size
    return Scoring(
        function=lambda pixels, *numbers: scores(module.call(scaled(pixels, spec.pixel_range)), numbers),
        inputs=[tf.TensorSpec([batch, height, width, 3], tf.float32, name="pixels"), *beside],
        owners=[restored, module],
        takes=f"from pixels 0..255, float32 [{n}, {height}, {width}, 3]",
    )
