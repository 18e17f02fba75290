"""Writes small image encoders and encoders of two towers as folders of Hugging Face, and computes their vectors a second time.

A network is defined once, over a few operations; one set of them is NumPy, which makes the expected vectors, the other writes
nodes of ONNX. Neither shares a line with the code that is tested.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from PIL import Image
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, pre_tokenizers
from tokenizers.models import BPE, Unigram
from tokenizers.normalizers import Lowercase
from tokenizers.processors import TemplateProcessing

Array = npt.NDArray[np.float64]

HIDDEN, HEADS, LAYERS, WIDE, SIDE, PATCH, DIM = 16, 2, 2, 32, 24, 8, 12
PATCHES = (SIDE // PATCH) ** 2
CLIP_WORDS, SIGLIP_WORDS = 20, 12
MEAN, STD = (0.48, 0.46, 0.41), (0.27, 0.26, 0.28)
BEGIN, END = "<|startoftext|>", "<|endoftext|>"
LETTERS = "abcdefghijklmnopqrstuvwxyz"

_EPSILON = {"vit": 1e-12, "deit": 1e-12, "dinov2": 1e-6, "clip": 1e-5, "siglip": 1e-6}
_ACTIVATION = {"clip": "quick_gelu", "siglip": "gelu_pytorch_tanh"}
_BLOCK = {
    "vit": ("layernorm_before", "attention.attention.query", "attention.attention.key", "attention.attention.value",
            "attention.output.dense", "layernorm_after", "intermediate.dense", "output.dense"),
    "dinov2": ("norm1", "attention.attention.query", "attention.attention.key", "attention.attention.value",
               "attention.output.dense", "norm2", "mlp.fc1", "mlp.fc2"),
    "clip": ("layer_norm1", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj",
             "layer_norm2", "mlp.fc1", "mlp.fc2"),
}  # fmt: skip
_BLOCK |= {"deit": _BLOCK["vit"], "siglip": _BLOCK["clip"]}
KINDS = tuple(_EPSILON)


def dim_of(kind: str) -> int:
    return DIM if kind == "clip" else HIDDEN


def write(
    folder: Path, *, kind: str = "clip", seed: int = 0, onnx: bool = False, prefix: str = "", **settings: Any
) -> Path:
    """A model folder with random weights.

    Args:
      onnx: as graphs in ONNX; of two towers `model.onnx` holds both.
      prefix: stands before the names of arrays, as where a head was trained ("vit.").
      settings: of `preprocessor_config.json`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config(kind)))
    (folder / "preprocessor_config.json").write_text(json.dumps({**preprocessing(kind), **settings}))
    if kind in ("clip", "siglip"):
        tokenizer(kind).save(str(folder / "tokenizer.json"))
    if onnx:
        write_onnx(folder / "model.onnx", kind, seed)
    else:
        arrays = {f"{prefix}{name}": array.astype(np.float32) for name, array in weights(kind, seed).items()}
        save_file(arrays, folder / "model.safetensors")
    return folder


def config(kind: str) -> dict[str, Any]:
    """`config.json`; of two towers it says only what differs from the defaults, as it is saved."""
    shape = {"hidden_size": HIDDEN, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "intermediate_size": WIDE,
             "image_size": SIDE, "patch_size": PATCH}  # fmt: skip
    if kind not in ("clip", "siglip"):
        return {"model_type": kind, **shape}
    words = {"max_position_embeddings": CLIP_WORDS if kind == "clip" else SIGLIP_WORDS}
    vocabulary = tokenizer(kind).get_vocab()
    text = {**shape, **words, "vocab_size": len(vocabulary)}
    if kind == "clip":
        return {"model_type": kind, "projection_dim": DIM, "vision_config": shape,
                "text_config": {**text, "eos_token_id": vocabulary[END]}}  # fmt: skip
    return {"model_type": kind, "vision_config": shape, "text_config": text}


def preprocessing(kind: str) -> dict[str, Any]:
    size: Any = {"shortest_edge": SIDE} if kind == "clip" else {"height": SIDE, "width": SIDE}
    crop = {"do_center_crop": True, "crop_size": {"height": SIDE, "width": SIDE}} if kind == "clip" else {}
    return {"do_resize": True, "size": size, "resample": 3, **crop, "do_rescale": True, "rescale_factor": 1 / 255,
            "do_normalize": True, "image_mean": list(MEAN), "image_std": list(STD), "do_convert_rgb": True}  # fmt: skip


def tokenizer(kind: str) -> Tokenizer:
    """CLIP's cuts into bytes and pairs of them, SigLIP's is one of SentencePiece's."""
    if kind == "siglip":
        pieces = [("<unk>", 0.0), ("</s>", 0.0), ("▁", -2.0), *((letter, -3.0) for letter in LETTERS), ("▁red", -1.0)]
        made = Tokenizer(Unigram(pieces, unk_id=0))
        made.normalizer = Lowercase()
        made.pre_tokenizer = pre_tokenizers.Metaspace()
        made.post_processor = TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
        return made
    words = [*LETTERS, *(f"{letter}</w>" for letter in LETTERS), "re", "red</w>", "!</w>", BEGIN, END]
    vocabulary = {word: number for number, word in enumerate(words)}
    bpe = BPE(vocabulary, [("r", "e"), ("re", "d</w>")], end_of_word_suffix="</w>", unk_token=END)
    made = Tokenizer(bpe)
    made.normalizer = Lowercase()
    split = pre_tokenizers.Split(Regex(r"[\p{L}]+|[^\s\p{L}]+"), behavior="removed", invert=True)
    made.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    made.post_processor = TemplateProcessing(
        single=f"{BEGIN} $A {END}", special_tokens=[(BEGIN, vocabulary[BEGIN]), (END, vocabulary[END])]
    )
    made.add_special_tokens([BEGIN, END])
    return made


def weights(kind: str, seed: int = 0) -> dict[str, Array]:
    """Random arrays under the names that transformers gives them."""
    random = np.random.default_rng(seed)
    stored: dict[str, Array] = {}

    def affine(name: str, *shape: int, bias: bool = True) -> None:
        stored[f"{name}.weight"] = random.normal(size=shape) / math.sqrt(shape[-1])
        if bias:
            stored[f"{name}.bias"] = random.normal(size=shape[:1]) / 4

    def free(name: str, *shape: int) -> None:
        stored[name] = random.normal(size=shape)

    def blocks(prefix: str) -> None:
        norm1, query, key, value, output, norm2, widen, narrow = _BLOCK[kind]
        for number in range(LAYERS):
            for name in (norm1, norm2):
                affine(f"{prefix}.{number}.{name}", HIDDEN)
            for name in (query, key, value, output):
                affine(f"{prefix}.{number}.{name}", HIDDEN, HIDDEN)
            affine(f"{prefix}.{number}.{widen}", WIDE, HIDDEN)
            affine(f"{prefix}.{number}.{narrow}", HIDDEN, WIDE)
            if kind == "dinov2":
                for half in (1, 2):
                    free(f"{prefix}.{number}.layer_scale{half}.lambda1", HIDDEN)

    if kind in ("vit", "deit", "dinov2"):
        affine("embeddings.patch_embeddings.projection", HIDDEN, 3, PATCH, PATCH)
        free("embeddings.cls_token", 1, 1, HIDDEN)
        if kind == "deit":
            free("embeddings.distillation_token", 1, 1, HIDDEN)
        free("embeddings.position_embeddings", 1, PATCHES + (2 if kind == "deit" else 1), HIDDEN)
        blocks("encoder.layer")
        affine("layernorm", HIDDEN)
    else:
        _two_towers(kind, affine, free, blocks)
    stored = {
        name: array / PATCH if "patch_embed" in name and array.ndim == 4 else array for name, array in stored.items()
    }
    return {name: array.astype(np.float32).astype(np.float64) for name, array in stored.items()}


def _two_towers(kind: str, affine: Any, free: Any, blocks: Any) -> None:
    vision, text = "vision_model", "text_model"
    affine(f"{vision}.embeddings.patch_embedding", HIDDEN, 3, PATCH, PATCH, bias=kind == "siglip")
    free(f"{vision}.embeddings.position_embedding.weight", PATCHES + (kind == "clip"), HIDDEN)
    blocks(f"{vision}.encoder.layers")
    affine(f"{vision}.post_layernorm", HIDDEN)
    free(f"{text}.embeddings.token_embedding.weight", len(tokenizer(kind).get_vocab()), HIDDEN)
    free(f"{text}.embeddings.position_embedding.weight", CLIP_WORDS if kind == "clip" else SIGLIP_WORDS, HIDDEN)
    blocks(f"{text}.encoder.layers")
    affine(f"{text}.final_layer_norm", HIDDEN)
    if kind == "clip":
        free(f"{vision}.embeddings.class_embedding", HIDDEN)
        affine(f"{vision}.pre_layrnorm", HIDDEN)
        affine("visual_projection", DIM, HIDDEN, bias=False)
        affine("text_projection", DIM, HIDDEN, bias=False)
        return
    head = f"{vision}.head"
    free(f"{head}.probe", 1, 1, HIDDEN)
    free(f"{head}.attention.in_proj_weight", 3 * HIDDEN, HIDDEN)
    free(f"{head}.attention.in_proj_bias", 3 * HIDDEN)
    affine(f"{head}.attention.out_proj", HIDDEN, HIDDEN)
    affine(f"{head}.layernorm", HIDDEN)
    affine(f"{head}.mlp.fc1", WIDE, HIDDEN)
    affine(f"{head}.mlp.fc2", HIDDEN, WIDE)
    affine(f"{text}.head", HIDDEN, HIDDEN)


# --- the networks, over operations of NumPy or of ONNX ---------------------------------------------------------


class NumpyOps:
    """Computes in float64."""

    def constant(self, value: Any) -> Any:
        return np.asarray(value, np.float64)

    def add(self, x: Any, y: Any) -> Any:
        return x + y

    def mul(self, x: Any, y: Any) -> Any:
        return x * y

    def matmul(self, x: Any, y: Any) -> Any:
        return x @ y

    def transpose(self, x: Any, order: list[int]) -> Any:
        return x.transpose(order)

    def reshape(self, x: Any, shape: list[int]) -> Any:
        # As in ONNX, 0 keeps a side.
        return x.reshape([x.shape[n] if side == 0 else side for n, side in enumerate(shape)])

    def concat(self, values: list[Any]) -> Any:
        return np.concatenate(values, axis=1)

    def softmax(self, x: Any) -> Any:
        shares = np.exp(x - x.max(-1, keepdims=True))
        return shares / shares.sum(-1, keepdims=True)

    def norm(self, x: Any, gain: Any, bias: Any, epsilon: float) -> Any:
        centred = x - x.mean(-1, keepdims=True)
        return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + epsilon) * gain + bias

    def conv(self, x: Any, kernel: Any) -> Any:
        n, _, height, width = x.shape
        cut = x.reshape(n, 3, height // PATCH, PATCH, width // PATCH, PATCH)
        return np.einsum("ncipjq,ocpq->noij", cut, kernel)

    def sigmoid(self, x: Any) -> Any:
        return 1 / (1 + np.exp(-x))

    def tanh(self, x: Any) -> Any:
        return np.tanh(x)

    def erf(self, x: Any) -> Any:
        return np.array([math.erf(value) for value in x.ravel()]).reshape(x.shape)

    def first(self, x: Any) -> Any:
        return x[:, 0]

    def sum_over_tokens(self, x: Any) -> Any:
        return x.sum(1)

    def rows(self, table: Any, ids: Any) -> Any:
        return table[ids]

    def tiled(self, x: Any, like: Any) -> Any:
        return np.repeat(x, len(like), axis=0)

    def up_to_length(self, table: Any, ids: Any, axes: list[int]) -> Any:
        cut = [slice(ids.shape[1]) if axis in axes else slice(None) for axis in range(table.ndim)]
        return table[tuple(cut)]

    def is_token(self, ids: Any, token: int) -> Any:
        return (ids == token).astype(np.float64)


class OnnxOps:
    """Writes nodes."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.values: list[Any] = []

    def _node(self, kind: str, *inputs: Any, **attributes: Any) -> str:
        from onnx import helper

        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, value: Any, dtype: Any = np.float32) -> str:
        from onnx import numpy_helper

        name = f"c{len(self.values)}"
        self.values.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def _whole(self, value: Any) -> str:
        return self.constant(value, np.int64)

    def add(self, x: str, y: str) -> str:
        return self._node("Add", x, y)

    def mul(self, x: str, y: str) -> str:
        return self._node("Mul", x, y)

    def matmul(self, x: str, y: str) -> str:
        return self._node("MatMul", x, y)

    def transpose(self, x: str, order: list[int]) -> str:
        return self._node("Transpose", x, perm=order)

    def reshape(self, x: str, shape: list[int]) -> str:
        return self._node("Reshape", x, self._whole(shape))

    def concat(self, values: list[str]) -> str:
        return self._node("Concat", *values, axis=1)

    def softmax(self, x: str) -> str:
        return self._node("Softmax", x, axis=-1)

    def norm(self, x: str, gain: str, bias: str, epsilon: float) -> str:
        return self._node("LayerNormalization", x, gain, bias, epsilon=epsilon, axis=-1)

    def conv(self, x: str, kernel: str) -> str:
        return self._node("Conv", x, kernel, strides=[PATCH, PATCH])

    def sigmoid(self, x: str) -> str:
        return self._node("Sigmoid", x)

    def tanh(self, x: str) -> str:
        return self._node("Tanh", x)

    def erf(self, x: str) -> str:
        return self._node("Erf", x)

    def first(self, x: str) -> str:
        return self._node("Gather", x, self._whole(0), axis=1)

    def sum_over_tokens(self, x: str) -> str:
        return self._node("ReduceSum", x, self._whole([1]), keepdims=0)

    def rows(self, table: str, ids: str) -> str:
        return self._node("Gather", table, ids)

    def tiled(self, x: str, like: str) -> str:
        count = self._node("Slice", self._node("Shape", like), self._whole([0]), self._whole([1]))
        return self._node("Tile", x, self._node("Concat", count, self._whole([1, 1]), axis=0))

    def up_to_length(self, table: str, ids: str, axes: list[int]) -> str:
        length = self._node("Slice", self._node("Shape", ids), self._whole([1]), self._whole([2]))
        for axis in axes:
            table = self._node("Slice", table, self._whole([0]), length, self._whole([axis]))
        return table

    def is_token(self, ids: str, token: int) -> str:
        from onnx import TensorProto

        return self._node("Cast", self._node("Equal", ids, self._whole(token)), to=TensorProto.FLOAT)


class _Network:
    """A network by its definition."""

    def __init__(self, ops: Any, kind: str, stored: dict[str, Array]) -> None:
        self.ops, self.kind, self.stored = ops, kind, stored

    def array(self, name: str) -> Any:
        return self.ops.constant(self.stored[name])

    def product(
        self, x: Any, name: str, rows: slice = slice(None), weight: str = ".weight", bias: str = ".bias"
    ) -> Any:
        mixed = self.ops.matmul(x, self.ops.constant(self.stored[f"{name}{weight}"][rows].T))
        if f"{name}{bias}" not in self.stored:
            return mixed
        return self.ops.add(mixed, self.ops.constant(self.stored[f"{name}{bias}"][rows]))

    def norm(self, x: Any, name: str) -> Any:
        return self.ops.norm(x, self.array(f"{name}.weight"), self.array(f"{name}.bias"), _EPSILON[self.kind])

    def activation(self, x: Any) -> Any:
        ops, kind = self.ops, _ACTIVATION.get(self.kind, "gelu")
        if kind == "quick_gelu":
            return ops.mul(x, ops.sigmoid(ops.mul(x, ops.constant(1.702))))
        if kind == "gelu":
            inner = ops.erf(ops.mul(x, ops.constant(1 / math.sqrt(2))))
        else:
            cubed = ops.mul(ops.mul(ops.mul(x, x), x), ops.constant(0.044715))
            inner = ops.tanh(ops.mul(ops.add(x, cubed), ops.constant(math.sqrt(2 / math.pi))))
        return ops.mul(ops.mul(x, ops.constant(0.5)), ops.add(inner, ops.constant(1.0)))

    def attention(self, query: Any, key: Any, value: Any, bias: Any = None) -> Any:
        ops = self.ops
        query, key, value = (
            ops.transpose(ops.reshape(x, [0, -1, HEADS, HIDDEN // HEADS]), [0, 2, 1, 3]) for x in (query, key, value)
        )
        scores = ops.matmul(query, ops.transpose(key, [0, 1, 3, 2]))
        scores = ops.mul(scores, ops.constant(1 / math.sqrt(HIDDEN // HEADS)))
        scores = scores if bias is None else ops.add(scores, bias)
        return ops.reshape(ops.transpose(ops.matmul(ops.softmax(scores), value), [0, 2, 1, 3]), [0, -1, HIDDEN])

    def blocks(self, x: Any, prefix: str, bias: Any = None) -> Any:
        ops = self.ops
        norm1, query, key, value, output, norm2, widen, narrow = _BLOCK[self.kind]
        for number in range(LAYERS):
            at = f"{prefix}.{number}."
            normed = self.norm(x, at + norm1)
            mixed = self.attention(*(self.product(normed, at + name) for name in (query, key, value)), bias=bias)
            x = ops.add(x, self.scaled(self.product(mixed, at + output), at, 1))
            wide = self.activation(self.product(self.norm(x, at + norm2), at + widen))
            x = ops.add(x, self.scaled(self.product(wide, at + narrow), at, 2))
        return x

    def scaled(self, x: Any, at: str, half: int) -> Any:
        return self.ops.mul(x, self.array(f"{at}layer_scale{half}.lambda1")) if self.kind == "dinov2" else x

    def image(self, pixels: Any) -> Any:
        """From what the preprocessing gives, [n, 3, SIDE, SIDE]: tokens behind the last norm, and the vectors."""
        ops, is_vit = self.ops, self.kind in ("vit", "deit", "dinov2")
        name = "embeddings.patch_embeddings.projection" if is_vit else "vision_model.embeddings.patch_embedding"
        x = ops.conv(pixels, self.array(f"{name}.weight"))
        x = ops.transpose(ops.reshape(x, [0, HIDDEN, PATCHES]), [0, 2, 1])
        if f"{name}.bias" in self.stored:
            x = ops.add(x, self.array(f"{name}.bias"))
        if is_vit:
            first = [self.stored["embeddings.cls_token"]]
            if self.kind == "deit":
                first.append(self.stored["embeddings.distillation_token"])
            x = ops.concat([*(ops.tiled(ops.constant(token), pixels) for token in first), x])
            x = self.blocks(ops.add(x, self.array("embeddings.position_embeddings")), "encoder.layer")
            tokens = self.norm(x, "layernorm")
            return tokens, ops.first(tokens)
        if self.kind == "clip":
            first_token = self.stored["vision_model.embeddings.class_embedding"][None, None]
            x = ops.concat([ops.tiled(ops.constant(first_token), pixels), x])
        x = ops.add(x, self.array("vision_model.embeddings.position_embedding.weight"))
        x = self.norm(x, "vision_model.pre_layrnorm") if self.kind == "clip" else x
        tokens = self.norm(self.blocks(x, "vision_model.encoder.layers"), "vision_model.post_layernorm")
        return tokens, self.product(ops.first(tokens), "visual_projection") if self.kind == "clip" else self.head(
            tokens
        )

    def head(self, tokens: Any) -> Any:
        ops, name = self.ops, "vision_model.head"
        parts = [slice(n * HIDDEN, (n + 1) * HIDDEN) for n in range(3)]
        probe = ops.tiled(self.array(f"{name}.probe"), tokens)
        query, key, value = (
            self.product(x, f"{name}.attention.in_proj", rows, "_weight", "_bias")
            for x, rows in zip((probe, tokens, tokens), parts, strict=True)
        )
        answer = self.product(self.attention(query, key, value), f"{name}.attention.out_proj")
        wide = self.activation(self.product(self.norm(answer, f"{name}.layernorm"), f"{name}.mlp.fc1"))
        return ops.first(ops.add(answer, self.product(wide, f"{name}.mlp.fc2")))

    def text(self, ids: Any, end: int) -> Any:
        ops, name = self.ops, "text_model"
        table = self.array(f"{name}.embeddings.position_embedding.weight")
        x = ops.rows(self.array(f"{name}.embeddings.token_embedding.weight"), ids)
        x = ops.add(x, ops.up_to_length(table, ids, [0]))
        if self.kind == "siglip":
            x = self.norm(self.blocks(x, f"{name}.encoder.layers"), f"{name}.final_layer_norm")
            last = np.zeros((1, SIGLIP_WORDS, 1))
            last[0, -1] = 1
            return self.product(ops.sum_over_tokens(ops.mul(x, ops.constant(last))), f"{name}.head")
        later = np.triu(np.full((CLIP_WORDS, CLIP_WORDS), -1e4), 1)[None, None]
        bias = ops.up_to_length(ops.constant(later), ids, [2, 3])
        x = self.norm(self.blocks(x, f"{name}.encoder.layers", bias), f"{name}.final_layer_norm")
        ends = ops.reshape(ops.is_token(ids, end), [0, -1, 1])
        return self.product(ops.sum_over_tokens(ops.mul(x, ends)), "text_projection")


def image_vectors(kind: str, pixels: npt.NDArray[np.uint8], *, seed: int = 0) -> Array:
    """Vectors [n, dim] of pixels uint8 [n, SIDE, SIDE, 3]; of two towers of unit length."""
    given = (pixels.astype(np.float64) / 255 - np.array(MEAN)) / np.array(STD)
    _, vectors = _Network(NumpyOps(), kind, weights(kind, seed)).image(given.transpose(0, 3, 1, 2))
    return cast(Array, _unit(vectors) if kind in ("clip", "siglip") else vectors)


def text_vectors(kind: str, texts: list[str], *, seed: int = 0) -> Array:
    """Vectors [n, dim] of unit length, each text by itself."""
    made = tokenizer(kind)
    most = CLIP_WORDS if kind == "clip" else SIGLIP_WORDS
    made.enable_truncation(most)
    if kind == "siglip":
        made.enable_padding(length=most, pad_id=1)
    end = made.get_vocab().get(END, 0)
    network = _Network(NumpyOps(), kind, weights(kind, seed))
    return _unit(np.concatenate([network.text(np.array([made.encode(text).ids]), end) for text in texts]))


def _unit(x: Array) -> Array:
    return cast(Array, x / np.linalg.norm(x, axis=1, keepdims=True))


def write_onnx(path: Path, kind: str, seed: int = 0) -> None:
    """The network as a graph, as `optimum-cli export onnx` names its inputs and outputs."""
    from onnx import TensorProto, helper, save

    ops = OnnxOps()
    network = _Network(ops, kind, weights(kind, seed))
    inputs = [helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])]
    tokens, vectors = network.image("pixel_values")
    made = {"image_embeds": (vectors, ["n", dim_of(kind)])}
    if kind in ("clip", "siglip"):
        inputs.append(helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["t", "length"]))
        text = network.text("input_ids", tokenizer(kind).get_vocab().get(END, 0))
        made["text_embeds"] = (text, ["t", dim_of(kind)])
        logits = ops.matmul(vectors, ops.transpose(text, [1, 0]))
        made = {"logits_per_image": (logits, ["n", "t"]), **made}
    else:
        made = {"last_hidden_state": (tokens, ["n", None, HIDDEN])}
    outputs = []
    for name, (value, shape) in made.items():
        ops.nodes.append(helper.make_node("Identity", [value], [name]))
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    graph = helper.make_graph(ops.nodes, "tiny", inputs, outputs, ops.values)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def pictures(count: int = 6, *, size: tuple[int, int] = (SIDE, SIDE), seed: int = 0) -> npt.NDArray[np.uint8]:
    """Smooth colours: uint8 [count, height, width, 3]."""
    random = np.random.default_rng(seed)
    small = random.integers(0, 256, (count, 4, 5, 3), dtype=np.uint8)
    sized = [Image.fromarray(one).resize(size[::-1], Image.Resampling.BICUBIC) for one in small]
    return np.stack([np.asarray(one) for one in sized])
