"""Reads the arrays of safetensors files under one set of names, whatever the network calls them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.errors import RequestError, one_line
from transforms.encoders.hugging_face.folder import ModelFolder

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Affine:
    """`x @ weight.T + bias`, or the gain and the bias of a layer norm."""

    weight: Array
    bias: Array


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One block of a network of BERT's kind: attention and a layer norm, two products and a layer norm."""

    query: Affine
    key: Affine
    value: Affine
    attention: Affine
    attention_norm: Affine
    widen: Affine
    narrow: Affine
    norm: Affine


@dataclass(frozen=True, kw_only=True)
class PreNormBlock:
    """One block of a network of ViT's kind: a layer norm and attention, a layer norm and two products.

    Attributes:
      attention_scale, scale: float32 [hidden], by which what each half adds is multiplied (DINOv2); None: 1.
    """

    attention_norm: Affine
    query: Affine
    key: Affine
    value: Affine
    attention: Affine
    norm: Affine
    widen: Affine
    narrow: Affine
    attention_scale: Array | None = None
    scale: Array | None = None


@dataclass(frozen=True, kw_only=True)
class BertWeights:
    """The arrays of a network of BERT's kind.

    Attributes:
      words: float32 [vocabulary, hidden].
      positions: float32 [positions, hidden], from the first that a text uses on, with the row of the token type 0 added.
      norm: of the sum of both.
      relative: float32 [buckets, heads], what is added to attention by distance (MPNet); None: nothing.
    """

    words: Array
    positions: Array
    norm: Affine
    layers: tuple[Layer, ...]
    relative: Array | None = None


_BERT = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attention": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
    "norm": "output.LayerNorm",
}
_MPNET = {
    **_BERT,
    "query": "attention.attn.q",
    "key": "attention.attn.k",
    "value": "attention.attn.v",
    "attention": "attention.attn.o",
    "attention_norm": "attention.LayerNorm",
}
_DISTILBERT = {
    "query": "attention.q_lin",
    "key": "attention.k_lin",
    "value": "attention.v_lin",
    "attention": "attention.out_lin",
    "attention_norm": "sa_layer_norm",
    "widen": "ffn.lin1",
    "narrow": "ffn.lin2",
    "norm": "output_layer_norm",
}
_FROM_PADDING = ("roberta", "xlm-roberta", "camembert", "mpnet")


def read_arrays(files: Sequence[Path]) -> dict[str, Any]:
    """All arrays of some safetensors files, as float32 where they are floats.

    Raises:
      RequestError: a file is damaged, or holds whole numbers where a network has fractions (int8).
    """
    from safetensors import SafetensorError, safe_open

    arrays: dict[str, Any] = {}
    for file in files:
        try:
            with safe_open(file, framework="np") as stored:
                for name in stored.keys():  # noqa: SIM118 (it is no dict)
                    arrays[name] = _float32(stored.get_tensor(name))
        except (SafetensorError, OSError, TypeError, ValueError) as error:
            raise RequestError(f"{file}: cannot be read ({one_line(error)}): copy the model again") from error
    return arrays


def names_in(files: Sequence[Path]) -> set[str]:
    """The names of the arrays of some files, of which the heads alone are read. Raises RequestError: one is damaged."""
    from safetensors import SafetensorError, safe_open

    names: set[str] = set()
    for file in files:
        try:
            with safe_open(file, framework="np") as stored:
                names.update(stored.keys())
        except (SafetensorError, OSError) as error:
            raise RequestError(f"{file}: cannot be read ({one_line(error)}): copy the model again") from error
    return names


def _float32(array: Any) -> Any:
    return array.astype(np.float32) if array.dtype.kind in "fV" or array.dtype.name == "bfloat16" else array


def read_bert(folder: ModelFolder) -> BertWeights:
    """The network's arrays.

    Raises:
      RequestError: an array is missing, or has another shape than the configuration says.
    """
    config, kind = folder.config, folder.config["model_type"]
    arrays = _without_prefix(read_arrays(folder.weights), kind)
    taken = StoredArrays(arrays, folder.path)
    hidden = folder.hidden
    count = int(config.get("num_hidden_layers") or config.get("n_layers") or 0)
    vocabulary = int(config["vocab_size"])
    words = taken.array("embeddings.word_embeddings.weight", (vocabulary, hidden))
    positions = taken.array("embeddings.position_embeddings.weight", (None, hidden))
    if kind in _FROM_PADDING:
        positions = positions[int(config.get("pad_token_id", 1)) + 1 :]
    if "embeddings.token_type_embeddings.weight" in arrays:
        positions = positions + taken.array("embeddings.token_type_embeddings.weight", (None, hidden))[0]
    names = _DISTILBERT if kind == "distilbert" else _MPNET if kind == "mpnet" else _BERT
    prefix = "transformer.layer" if kind == "distilbert" else "encoder.layer"
    relative = taken.array("encoder.relative_attention_bias.weight", (None, None)) if kind == "mpnet" else None
    return BertWeights(
        words=words,
        positions=positions,
        norm=taken.affine("embeddings.LayerNorm", hidden),
        layers=tuple(
            Layer(**{role: taken.affine(f"{prefix}.{number}.{name}", None) for role, name in names.items()})
            for number in range(count)
        ),
        relative=relative,
    )


def _without_prefix(arrays: dict[str, Any], kind: str) -> dict[str, Any]:
    """The names as the bare network has them: one that was trained with a head on it calls its own `bert.…`."""
    prefixes = ("bert.", "roberta.", "distilbert.", "mpnet.", "model.", f"{kind}.")
    found = next((p for p in prefixes if f"{p}embeddings.word_embeddings.weight" in arrays), "")
    bare = {name.removeprefix(found): array for name, array in arrays.items() if name.startswith(found)}
    # Checkpoints that came from the first TensorFlow code.
    return {name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias"): array
            for name, array in bare.items()}  # fmt: skip


@dataclass(frozen=True)
class StoredArrays:
    """The arrays of the model in a folder, by their names there; each is checked when it is taken."""

    arrays: dict[str, Any]
    path: Path

    def array(self, name: str, shape: tuple[int | None, ...]) -> Array:
        """The array of this name and shape, of which None is any side.

        Raises:
          RequestError: it is missing, or has another shape or no floats.
        """
        found = self.arrays.get(name)
        if found is None:
            raise RequestError(f"half a model in {self.path}: {name} is missing; copy the model again")
        fits = len(found.shape) == len(shape) and all(b in (None, a) for a, b in zip(found.shape, shape, strict=True))
        if not fits or found.dtype != np.float32:
            raise RequestError(
                f"{self.path}: {name} is {found.dtype} {list(found.shape)} and config.json asks for float"
                f" {['any' if side is None else side for side in shape]}: quantised models can be given as ONNX"
            )
        array: Array = found
        return array

    def affine(self, name: str, side: int | None) -> Affine:
        """A product or a layer norm of so many outputs. Raises RequestError: as `array`."""
        bias = self.array(f"{name}.bias", (side,))
        weight = self.arrays.get(f"{name}.weight")
        rank = 2 if weight is not None and weight.ndim == 2 else 1
        return Affine(weight=self.array(f"{name}.weight", (len(bias), None)[:rank]), bias=bias)

    def product(self, name: str, side: int | None, taken: int | None) -> Affine:
        """A product of `taken` inputs and so many outputs, which may have no bias. Raises RequestError: as `array`."""
        weight = self.array(f"{name}.weight", (side, taken))
        if f"{name}.bias" not in self.arrays:
            return Affine(weight=weight, bias=np.zeros(len(weight), np.float32))
        return Affine(weight=weight, bias=self.array(f"{name}.bias", (len(weight),)))
