"""Writes small text encoders as folders of Hugging Face, and computes their vectors a second time, in NumPy alone."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

Array = npt.NDArray[np.float64]

HIDDEN, HEADS, LAYERS, WIDE, POSITIONS = 16, 4, 2, 32, 40
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
WORDS = (*_SPECIAL, *"abcdefghijklmnopqrstuvwxyz.,:!?", *(f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"),
         "the", "film", "query", "passage")  # fmt: skip


def write(
    folder: Path,
    *,
    kind: str = "bert",
    pooling: str | None = "mean",
    normalize: bool = True,
    seed: int = 0,
    max_tokens: int = 24,
    prompts: dict[str, str] | None = None,
    config: dict[str, Any] | None = None,
) -> Path:
    """A model folder with random weights; `pooling` None: a bare network without `modules.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(WordPiece({word: place for place, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", WORDS.index("[CLS]")), ("[SEP]", WORDS.index("[SEP]"))]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    _json(folder / "config.json", {**_config(kind), **(config or {})})
    save_file(
        {name: array.astype(np.float32) for name, array in weights(kind, seed).items()}, folder / "model.safetensors"
    )
    _json(folder / "sentence_bert_config.json", {"max_seq_length": max_tokens, "do_lower_case": False})
    if prompts is not None:
        _json(folder / "config_sentence_transformers.json", {"prompts": prompts, "default_prompt_name": None})
    if pooling is not None:
        modules = ["Transformer", "Pooling", *(["Normalize"] if normalize else [])]
        paths = ["", "1_Pooling", "2_Normalize"]
        _json(
            folder / "modules.json",
            [
                {"idx": n, "name": str(n), "path": paths[n], "type": f"sentence_transformers.models.{name}"}
                for n, name in enumerate(modules)
            ],
        )
        (folder / "1_Pooling").mkdir(exist_ok=True)
        modes = {
            "mean": "mean_tokens",
            "cls": "cls_token",
            "max": "max_tokens",
            "mean_sqrt_len": "mean_sqrt_len_tokens",
        }
        _json(
            folder / "1_Pooling/config.json",
            {
                "word_embedding_dimension": HIDDEN,
                **{f"pooling_mode_{mode}": name == pooling for name, mode in modes.items()},
            },
        )
    return folder


def _json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value))


def _config(kind: str) -> dict[str, Any]:
    shape: dict[str, Any] = {"model_type": kind, "vocab_size": len(WORDS), "pad_token_id": 0}
    if kind == "distilbert":
        return shape | {"dim": HIDDEN, "n_heads": HEADS, "n_layers": LAYERS, "hidden_dim": WIDE,
                        "activation": "gelu", "max_position_embeddings": POSITIONS}  # fmt: skip
    return shape | {"hidden_size": HIDDEN, "num_attention_heads": HEADS, "num_hidden_layers": LAYERS, "hidden_act": "gelu",
                    "intermediate_size": WIDE, "max_position_embeddings": POSITIONS, "layer_norm_eps": 1e-6}  # fmt: skip


_NAMES = {
    "bert": ("encoder.layer", "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
             "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm"),
    "mpnet": ("encoder.layer", "attention.attn.q", "attention.attn.k", "attention.attn.v", "attention.attn.o",
              "attention.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm"),
    "distilbert": ("transformer.layer", "attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin",
                   "sa_layer_norm", "ffn.lin1", "ffn.lin2", "output_layer_norm"),
}  # fmt: skip


def _names(kind: str) -> tuple[str, ...]:
    return _NAMES.get(kind, _NAMES["bert"])


def weights(kind: str, seed: int = 0) -> dict[str, Array]:
    """Random arrays under the names that transformers gives them."""
    random = np.random.default_rng(seed)
    stored: dict[str, Array] = {
        "embeddings.word_embeddings.weight": random.normal(size=(len(WORDS), HIDDEN)),
        "embeddings.position_embeddings.weight": random.normal(size=(POSITIONS, HIDDEN)),
    }
    if kind not in ("distilbert", "mpnet"):
        stored["embeddings.token_type_embeddings.weight"] = random.normal(size=(2, HIDDEN))
    if kind == "mpnet":
        stored["encoder.relative_attention_bias.weight"] = random.normal(size=(32, HEADS))

    def affine(name: str, *shape: int) -> None:
        stored[f"{name}.weight"] = random.normal(size=shape) / math.sqrt(shape[-1])
        stored[f"{name}.bias"] = random.normal(size=shape[:1]) / 4

    affine("embeddings.LayerNorm", HIDDEN)
    prefix, query, key, value, attention, first_norm, widen, narrow, norm = _names(kind)
    for layer in range(LAYERS):
        for name in (query, key, value, attention):
            affine(f"{prefix}.{layer}.{name}", HIDDEN, HIDDEN)
        affine(f"{prefix}.{layer}.{widen}", WIDE, HIDDEN)
        affine(f"{prefix}.{layer}.{narrow}", HIDDEN, WIDE)
        for name in (first_norm, norm):
            affine(f"{prefix}.{layer}.{name}", HIDDEN)
    return {name: array.astype(np.float32).astype(np.float64) for name, array in stored.items()}


def token_vectors(kind: str, ids: list[int], *, seed: int = 0, types: list[int] | None = None) -> Array:
    """The network's output of one text, [tokens, hidden], by its definition, a text at a time and without padding.

    `types` say which of two texts each token is of; None: all are of the first.
    """
    stored = weights(kind, seed)
    epsilon = 1e-12 if kind == "distilbert" else 1e-6

    def product(x: Array, name: str) -> Array:
        return x @ stored[f"{name}.weight"].T + stored[f"{name}.bias"]

    def norm_of(x: Array, name: str) -> Array:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + epsilon)
        return scaled * stored[f"{name}.weight"] + stored[f"{name}.bias"]

    first = 1 if kind in ("roberta", "xlm-roberta", "camembert", "mpnet") else 0
    x = stored["embeddings.word_embeddings.weight"][ids]
    x = x + stored["embeddings.position_embeddings.weight"][first : first + len(ids)]
    if "embeddings.token_type_embeddings.weight" in stored:
        x = x + stored["embeddings.token_type_embeddings.weight"][types or [0] * len(ids)]
    x = norm_of(x, "embeddings.LayerNorm")
    prefix, query, key, value, attention, first_norm, widen, narrow, norm = _names(kind)
    size = HIDDEN // HEADS
    for layer in range(LAYERS):
        at = f"{prefix}.{layer}."
        q, k, v = (product(x, at + name).reshape(len(ids), HEADS, size) for name in (query, key, value))
        scores = np.einsum("ihd,jhd->hij", q, k) / math.sqrt(size)
        if kind == "mpnet":
            relative = stored["encoder.relative_attention_bias.weight"]
            scores += np.array(
                [[relative[_bucket(j - i)] for j in range(len(ids))] for i in range(len(ids))]
            ).transpose(2, 0, 1)
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        mixed = np.einsum("hij,jhd->ihd", shares, v).reshape(len(ids), HIDDEN)
        x = norm_of(x + product(mixed, at + attention), at + first_norm)
        wide = product(x, at + widen)
        wide = wide * np.array([0.5 * (1 + math.erf(value / math.sqrt(2))) for value in wide.ravel()]).reshape(
            wide.shape
        )
        x = norm_of(x + product(wide, at + narrow), at + norm)
    return x


def _bucket(distance: int) -> int:
    """T5's bucket of a distance, for 32 buckets up to 128, one number at a time."""
    half, exact = 16, 8
    offset = half if distance > 0 else 0
    far = abs(distance)
    if far < exact:
        return offset + far
    return offset + min(exact + int(math.log(far / exact) / math.log(128 / exact) * (half - exact)), half - 1)


def vector(kind: str, ids: list[int], *, pooling: str = "mean", normalize: bool = True, seed: int = 0) -> Array:
    """The text's vector [hidden]."""
    tokens = token_vectors(kind, ids, seed=seed)
    total: Array = {
        "mean": lambda: tokens.mean(0),
        "cls": lambda: tokens[0],
        "max": lambda: tokens.max(0),
        "mean_sqrt_len": lambda: tokens.sum(0) / math.sqrt(len(tokens)),
    }[pooling]()
    return total / np.linalg.norm(total) if normalize else total


def ids_of(folder: Path, text: str, *, most: int = 24) -> list[int]:
    """The ids of a text with begin and end, cut off at `most`."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(most)
    found: list[int] = tokenizer.encode(text).ids
    return found
