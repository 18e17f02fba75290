"""Makes one vector of a text from those of its tokens, as sentence-transformers does: pooling, linear layers, unit length."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import Vectors
from transforms.common.errors import RequestError
from transforms.encoders.hugging_face.folder import ModelFolder, Pooling
from transforms.encoders.hugging_face.weights import Affine, read_arrays

Lengths = npt.NDArray[np.int32]

_ACTIVATIONS: dict[str, Callable[[Vectors], Vectors]] = {
    "": lambda x: x,
    "Identity": lambda x: x,
    "Tanh": np.tanh,
    "ReLU": lambda x: np.maximum(x, 0),
}


@dataclass(frozen=True)
class Head:
    """What follows the network."""

    pooling: tuple[Pooling, ...]
    dense: tuple[tuple[Affine, str], ...]
    normalize: bool

    @staticmethod
    def of(folder: ModelFolder) -> Head:
        """Raises RequestError: a layer's file is missing or damaged, or its activation is not known here."""
        layers = []
        for module in folder.dense:
            arrays = read_arrays([module.folder / "model.safetensors"])
            if module.activation not in _ACTIVATIONS:
                raise RequestError(
                    f"{module.folder / 'config.json'}: its activation {module.activation} is not known here"
                )
            if "linear.weight" not in arrays:
                raise RequestError(f"half a model in {module.folder}: linear.weight is missing; copy the model again")
            weight = arrays["linear.weight"]
            bias = arrays.get("linear.bias", np.zeros(len(weight), np.float32))
            layers.append((Affine(weight=weight, bias=bias), module.activation))
        return Head(pooling=folder.pooling, dense=tuple(layers), normalize=folder.normalize)

    def __call__(self, tokens: npt.NDArray[np.float32], lengths: Lengths, first: int = 0) -> Vectors:
        """Vectors float32 [n, dim] of tokens float32 [n, length, hidden]; tokens before `first` (a prompt's) do not count."""
        x = np.concatenate([pooled(tokens, lengths, how, first) for how in self.pooling], axis=1)
        for affine, activation in self.dense:
            x = _ACTIVATIONS[activation](x @ affine.weight.T + affine.bias)
        return unit(x) if self.normalize else x


def pooled(tokens: npt.NDArray[np.float32], lengths: Lengths, how: Pooling, first: int = 0) -> Vectors:
    """One vector of each row of tokens float32 [n, length, hidden], of which the first `lengths` are a text's."""
    length = tokens.shape[1]
    if how == "cls":
        return tokens[:, 0]
    if how == "last":
        return tokens[np.arange(len(tokens)), lengths - 1]
    place = np.arange(length)[None, :]
    present = (place < lengths[:, None]) & (place >= first)
    if how == "max":
        highest: Vectors = np.where(present[:, :, None], tokens, -np.inf).max(axis=1)
        return highest
    weights = present.astype(np.float32)
    if how == "weighted_mean":
        weights = weights * (place + 1)
    summed = np.einsum("nlh,nl->nh", tokens, weights)
    total = np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    result: Vectors = (summed / (np.sqrt(total) if how == "mean_sqrt_len" else total)).astype(np.float32)
    return result


def unit(x: Vectors) -> Vectors:
    result: Vectors = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
    return result
