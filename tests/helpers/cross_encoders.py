"""Writes small cross-encoders as folders of Hugging Face."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing

from tests.helpers.text_models import HIDDEN, WORDS, weights
from tests.helpers.text_models import write as write_text_model

Array = npt.NDArray[np.float64]

_NAMES = {"bert": ("bert.pooler.dense", "classifier"), "distilbert": ("pre_classifier", "classifier")}


def head_of(kind: str) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Weight and bias of the two layers over the first token's vector."""
    random = np.random.default_rng([7, len(kind)])
    first = random.normal(size=(HIDDEN, HIDDEN)) / 4, random.normal(size=HIDDEN)
    second = random.normal(size=(1, HIDDEN)), random.normal(size=1)
    return tuple(
        (one.astype(np.float32).astype(float), two.astype(np.float32).astype(float)) for one, two in (first, second)
    )  # type: ignore[return-value]


def write(folder: Path, *, kind: str = "bert") -> Path:
    """A classifier of pairs with one label and random weights, under the names that transformers gives them."""
    config: dict[str, Any] = {"architectures": ["TinyForSequenceClassification"], "id2label": {"0": "LABEL_0"}}
    write_text_model(folder, kind=kind, pooling=None, config=config)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    second = 0 if kind in ("roberta", "distilbert", "mpnet") else 1
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair=f"[CLS] $A [SEP] $B:{second} [SEP]:{second}",
        special_tokens=[(name, WORDS.index(name)) for name in ("[CLS]", "[SEP]")],
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    stored: dict[str, Any] = {f"{kind}.{name}": array for name, array in weights(kind).items()}
    names = _NAMES.get(kind, ("classifier.dense", "classifier.out_proj"))
    for name, (weight, bias) in zip(names, head_of(kind), strict=True):
        stored |= {f"{name}.weight": weight, f"{name}.bias": bias}
    arrays = {name: np.ascontiguousarray(array, np.float32) for name, array in stored.items()}
    save_file(arrays, folder / "model.safetensors")
    return folder
