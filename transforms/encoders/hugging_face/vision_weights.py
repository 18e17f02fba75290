"""Reads the arrays of vision transformers and of the text towers beside them under one set of names."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from transforms.common.errors import RequestError
from transforms.encoders.hugging_face.folder import ModelFolder
from transforms.encoders.hugging_face.image_folder import ImageFolder
from transforms.encoders.hugging_face.weights import Affine, Array, PreNormBlock, StoredArrays, read_arrays

_VIT = {
    "attention_norm": "layernorm_before",
    "query": "attention.attention.query",
    "key": "attention.attention.key",
    "value": "attention.attention.value",
    "attention": "attention.output.dense",
    "norm": "layernorm_after",
    "widen": "intermediate.dense",
    "narrow": "output.dense",
}
_DINO = {**_VIT, "attention_norm": "norm1", "norm": "norm2", "widen": "mlp.fc1", "narrow": "mlp.fc2"}
_CLIP = {
    "attention_norm": "layer_norm1",
    "query": "self_attn.q_proj",
    "key": "self_attn.k_proj",
    "value": "self_attn.v_proj",
    "attention": "self_attn.out_proj",
    "norm": "layer_norm2",
    "widen": "mlp.fc1",
    "narrow": "mlp.fc2",
}
_NORMS = ("attention_norm", "norm")
_SHARPNESS = -0.75
"""Of PyTorch's cubic interpolation."""


@dataclass(frozen=True, kw_only=True)
class PoolingHead:
    """SigLIP's: one learnt question to all patches, then two products beside the answer."""

    probe: Array
    query: Affine
    key: Affine
    value: Affine
    attention: Affine
    norm: Affine
    widen: Affine
    narrow: Affine


@dataclass(frozen=True, kw_only=True)
class VisionWeights:
    """The arrays of a vision transformer.

    Attributes:
      patches: float32 [hidden, 3, side, side], what makes a token of a square of pixels; `patches_bias` is added.
      first: float32 [k, hidden], tokens before those of the patches, their positions added; the first is the image's vector.
      positions: float32 [patches, hidden], for the grid of the images that are given.
      before: a layer norm in front of the blocks (CLIP); None: none.
      after: that behind them.
      head: of SigLIP; None: the first token is taken.
      projection: to the space that it shares with texts; None: none.
    """

    patches: Array
    patches_bias: Array
    first: Array
    positions: Array
    before: Affine | None
    blocks: tuple[PreNormBlock, ...]
    after: Affine
    head: PoolingHead | None = None
    projection: Affine | None = None

    @property
    def dim(self) -> int:
        """Length of an image's vector."""
        return len(self.after.bias) if self.projection is None else len(self.projection.bias)


@dataclass(frozen=True, kw_only=True)
class TextTowerWeights:
    """The arrays of a text tower: tokens [vocabulary, hidden], positions [length, hidden], blocks, a norm, a projection."""

    tokens: Array
    positions: Array
    blocks: tuple[PreNormBlock, ...]
    after: Affine
    projection: Affine


def read_vision(folder: ImageFolder) -> VisionWeights:
    """The arrays of the vision network.

    Raises:
      RequestError: an array is missing or has another shape than the configuration says, or images are of another size than
        the network was trained with.
    """
    arrays, kind = read_arrays(folder.weights), folder.kind
    if kind.startswith(("clip", "siglip")):
        return _of_clip(StoredArrays(arrays, folder.path), folder)
    return _of_vit(StoredArrays(_without_prefix(arrays, kind), folder.path), folder)


def read_text_tower(folder: ModelFolder) -> TextTowerWeights:
    """The arrays of the text tower. Raises RequestError: one is missing or has another shape than the configuration says."""
    stored = StoredArrays(read_arrays(folder.weights), folder.path)
    hidden, config = folder.hidden, folder.config
    is_clip = config["model_type"] == "clip_text_model"
    return TextTowerWeights(
        tokens=stored.array("text_model.embeddings.token_embedding.weight", (int(config["vocab_size"]), hidden)),
        positions=stored.array("text_model.embeddings.position_embedding.weight", (folder.max_tokens, hidden)),
        blocks=_blocks(stored, "text_model.encoder.layers", _CLIP, hidden, config["num_hidden_layers"]),
        after=stored.affine("text_model.final_layer_norm", hidden),
        projection=stored.product("text_projection" if is_clip else "text_model.head", folder.dim, hidden),
    )


def _of_clip(stored: StoredArrays, folder: ImageFolder) -> VisionWeights:
    vision, hidden = folder.vision, int(folder.vision["hidden_size"])
    is_clip = not folder.kind.startswith("siglip")
    patches = stored.array("vision_model.embeddings.patch_embedding.weight", (hidden, 3, None, None))
    grid = _grid(folder, patches)
    first = np.zeros((0, hidden), np.float32)
    if is_clip:
        first = stored.array("vision_model.embeddings.class_embedding", (hidden,))[None]
    positions = stored.array("vision_model.embeddings.position_embedding.weight", (None, hidden))
    first, positions = _placed(first, positions, grid, folder)
    projects = is_clip and "visual_projection.weight" in stored.arrays
    if folder.kind == "clip" and not projects:
        raise RequestError(f"half a model in {folder.path}: visual_projection.weight is missing; copy the model again")
    return VisionWeights(
        patches=patches,
        patches_bias=np.zeros(hidden, np.float32)
        if is_clip
        else stored.array("vision_model.embeddings.patch_embedding.bias", (hidden,)),
        first=first,
        positions=positions,
        before=stored.affine("vision_model.pre_layrnorm", hidden) if is_clip else None,
        blocks=_blocks(stored, "vision_model.encoder.layers", _CLIP, hidden, vision["num_hidden_layers"]),
        after=stored.affine("vision_model.post_layernorm", hidden),
        head=None if is_clip else _head(stored, hidden),
        projection=stored.product("visual_projection", None, hidden) if projects else None,
    )


def _head(stored: StoredArrays, hidden: int) -> PoolingHead:
    name = "vision_model.head"
    weight = stored.array(f"{name}.attention.in_proj_weight", (3 * hidden, hidden))
    bias = stored.array(f"{name}.attention.in_proj_bias", (3 * hidden,))
    query, key, value = (
        Affine(weight=rows, bias=own) for rows, own in zip(np.split(weight, 3), np.split(bias, 3), strict=True)
    )
    return PoolingHead(
        probe=stored.array(f"{name}.probe", (1, 1, hidden)),
        query=query,
        key=key,
        value=value,
        attention=stored.affine(f"{name}.attention.out_proj", hidden),
        norm=stored.affine(f"{name}.layernorm", hidden),
        widen=stored.affine(f"{name}.mlp.fc1", None),
        narrow=stored.affine(f"{name}.mlp.fc2", hidden),
    )


def _of_vit(stored: StoredArrays, folder: ImageFolder) -> VisionWeights:
    vision, hidden = folder.vision, int(folder.vision["hidden_size"])
    is_dino = folder.kind.startswith("dinov2")
    if vision.get("use_swiglu_ffn"):
        raise RequestError(f"{folder.network / 'config.json'}: use_swiglu_ffn is not known here: give it as ONNX")
    patches = stored.array("embeddings.patch_embeddings.projection.weight", (hidden, 3, None, None))
    first = stored.array("embeddings.cls_token", (1, 1, hidden))[0]
    if folder.kind == "deit":
        first = np.concatenate([first, stored.array("embeddings.distillation_token", (1, 1, hidden))[0]])
    positions = stored.array("embeddings.position_embeddings", (1, None, hidden))[0]
    first, positions = _placed(first, positions, _grid(folder, patches), folder)
    if "embeddings.register_tokens" in stored.arrays:
        # They have no positions.
        first = np.concatenate([first, stored.array("embeddings.register_tokens", (1, None, hidden))[0]])
    names = _DINO if is_dino else _VIT
    return VisionWeights(
        patches=patches,
        patches_bias=stored.array("embeddings.patch_embeddings.projection.bias", (hidden,)),
        first=first,
        positions=positions,
        before=None,
        blocks=_blocks(stored, "encoder.layer", names, hidden, vision["num_hidden_layers"], scaled=is_dino),
        after=stored.affine("layernorm", hidden),
    )


def _blocks(
    stored: StoredArrays, prefix: str, names: dict[str, str], hidden: int, count: Any, *, scaled: bool = False
) -> tuple[PreNormBlock, ...]:
    def block(at: str) -> PreNormBlock:
        parts: dict[str, Affine] = {}
        for role, name in names.items():
            if role in _NORMS:
                parts[role] = stored.affine(f"{at}.{name}", hidden)
            else:
                given, taken = (None, hidden) if role == "widen" else (hidden, None if role == "narrow" else hidden)
                parts[role] = stored.product(f"{at}.{name}", given, taken)
        scales = (stored.array(f"{at}.layer_scale{n}.lambda1", (hidden,)) if scaled else None for n in (1, 2))
        return PreNormBlock(**parts, attention_scale=next(scales), scale=next(scales))

    return tuple(block(f"{prefix}.{number}") for number in range(int(count)))


def _without_prefix(arrays: dict[str, Any], kind: str) -> dict[str, Any]:
    """The names as the bare network has them: one that was trained with a head on it calls its own `vit.…`."""
    prefix = f"{kind}."
    if f"{prefix}embeddings.cls_token" not in arrays:
        return arrays
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _grid(folder: ImageFolder, patches: Array) -> tuple[int, int]:
    """Patches of an image, downwards and across."""
    height, width = folder.preprocessing.image_size
    return height // patches.shape[2], width // patches.shape[3]


def _placed(first: Array, positions: Array, grid: tuple[int, int], folder: ImageFolder) -> tuple[Array, Array]:
    """The first tokens with their positions, and those of the patches.

    Raises:
      RequestError: images are of another size than the positions, and the network is none that stretches them.
    """
    count = len(positions) - len(first)
    if count == grid[0] * grid[1] and (grid[0] == grid[1] or not folder.kind.startswith("dinov2")):
        return first + positions[: len(first)], positions[len(first) :]
    side = math.isqrt(max(count, 0))
    if not folder.kind.startswith("dinov2") or side * side != count:
        raise RequestError(
            f"{folder.path}: its images are of {grid[0]} x {grid[1]} patches and the network has positions for {count}:"
            " preprocessor_config.json is another model's"
        )
    square = positions[len(first) :].reshape(side, side, -1)
    stretched = np.einsum("ai,bj,ijh->abh", _cubic(side, grid[0]), _cubic(side, grid[1]), square)
    return first + positions[: len(first)], stretched.reshape(grid[0] * grid[1], -1).astype(np.float32)


def _cubic(given: int, wanted: int) -> Any:
    """float64 [wanted, given]: what PyTorch's `interpolate(mode="bicubic", align_corners=False)` mixes of a line."""
    mixed = np.zeros((wanted, given))
    for row in range(wanted):
        place = (row + 0.5) * given / wanted - 0.5
        start = math.floor(place)
        for at in range(start - 1, start + 3):
            mixed[row, min(max(at, 0), given - 1)] += _weight(abs(place - at))
    return mixed


def _weight(far: float) -> float:
    a = _SHARPNESS
    if far <= 1:
        return ((a + 2) * far - (a + 3)) * far * far + 1
    return ((a * far - 5 * a) * far + 8 * a) * far - 4 * a
