"""A linear head whose weights are given: `head.json`, as a page has learnt it in a browser (docs/web.md).

    {"format": "vectormill-head-1", "encoder": "fingerprint", "labels": ["a", "b"],
     "shape": [dim, K], "kernel": [...], "bias": [...]}

It is evaluated, calibrated on the eval rows and published as any other head; nothing of it is fitted here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.errors import RequestError
from transforms.heads.fit.fitted import Fitted, held_out_temperature
from transforms.heads.fit.linear_head import linear_model
from transforms.heads.fit.training_data import HeadData
from transforms.heads.job import GivenHead
from transforms.heads.rows.split import EVAL
from transforms.storage import files

FORMAT = "vectormill-head-1"
_NEVER = -30.0
"""The logit of a label that the given head does not know."""
_CALIBRATING_ROWS = 50_000
_LARGEST = 256 << 20
"""Bytes of a file; 1,000 labels of 4,096 dimensions take some 90 MB."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Weights:
    """What the file says: labels, kernel float32 [dim, K], bias float32 [K], and the fingerprint of the encoder."""

    labels: tuple[str, ...]
    kernel: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float32]
    encoder: str


def read_weights(path: str) -> tuple[Weights, str]:
    """Reads the file; also returns a digest of its bytes.

    Raises:
      RequestError: it is not there, or is no such file.
    """
    try:
        if files.size(path) > _LARGEST:
            raise RequestError(f"{path} is no head that a page has learnt: it is larger than {_LARGEST >> 20} MB")
        content = files.read(path)
    except OSError as error:
        raise RequestError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        found: dict[str, Any] = json.loads(content)
        if found.get("format") != FORMAT:
            raise ValueError(f"its format is {found.get('format')!r}, not {FORMAT!r}")
        if not isinstance(found["labels"], list) or not all(isinstance(label, str) for label in found["labels"]):
            raise ValueError("its labels are no list of texts")
        labels = tuple(found["labels"])
        with np.errstate(over="ignore"):
            kernel = np.asarray(found["kernel"], np.float32).reshape(found["shape"])
            bias = np.asarray(found["bias"], np.float32)
        if len(set(labels)) != len(labels) or len(labels) < 2:
            raise ValueError("it must have two labels or more, each once")
        if kernel.ndim != 2 or kernel.shape[1:] != bias.shape or len(bias) != len(labels):
            raise ValueError(f"its kernel of {list(kernel.shape)} does not fit {len(labels)} labels")
        if not (np.isfinite(kernel).all() and np.isfinite(bias).all()):
            raise ValueError("it holds numbers that are not finite")
        weights = Weights(labels=labels, kernel=kernel, bias=bias, encoder=str(found["encoder"]))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        why = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise RequestError(f"{path} is no head that a page has learnt: {why}") from error
    return weights, blake2b(content, digest_size=16).hexdigest()


def fit_given(data: HeadData, given: GivenHead) -> Fitted:
    """The given head, with a temperature from the eval rows.

    Raises:
      RequestError: the file has changed since the training was asked for, is of another encoder or width, or knows a label
        that the table has not.
    """
    weights, digest = read_weights(given.path)
    names = data.labels.names
    unknown = [label for label in weights.labels if label not in names]
    if digest != given.digest:
        raise RequestError(f"{given.path} has changed meanwhile: run the same command again")
    if unknown:
        raise RequestError(
            f"{given.path} knows the label {unknown[0]!r}, which no row of the table has: its labels are"
            f" {', '.join(names[:20])}"
        )
    if len(weights.kernel) != data.transform.width:
        raise RequestError(
            f"{given.path} takes vectors of {len(weights.kernel)} numbers, those here have {data.transform.width}"
        )
    place = [names.index(label) for label in weights.labels]
    kernel = np.zeros((len(weights.kernel), len(names)), np.float32)
    bias = np.full(len(names), _NEVER, np.float32)
    kernel[:, place], bias[place] = weights.kernel, weights.bias
    x, truth, _ = data.in_memory(data.some(data.rows(EVAL), _CALIBRATING_ROWS))
    # Rows of a label that it cannot say would make it doubt the others.
    known = np.isin(truth, place) if truth.ndim == 1 else np.ones(len(truth), np.bool_)
    temperature = held_out_temperature((x @ kernel + bias)[known], truth[known]) if known.any() else 1.0
    return Fitted(
        kind="linear", model=linear_model(kernel, bias), temperature=temperature, inverse_regularization=None, curve={}
    )
