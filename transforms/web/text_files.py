"""Writes the Universal Sentence Encoder multilingual 3 for a browser: tokenizer, network, and the table in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.encoders import multilingual
from transforms.web.arrays_file import packed
from transforms.web.sentencepiece_model import sentencepiece_model

ROWS_OF_A_FILE = 2_048
_ORDERS = (2, 3, 5)
_TRANSPOSED = ("projection", "output", "d0", "d1", "d2", "d3", "p1", "p3")


def text_files() -> Iterator[tuple[str, bytes]]:
    """Yields name and content of each file. Half a megabyte each of the table's, of which a text needs a few.

    Raises:
      RequestError: the package that carries the weights is missing.
    """
    yield "tokenizer.arrays", packed(_tokenizer(multilingual.resource("sp.model")))
    weights = multilingual.folded_weights()
    table = weights.pop("table")
    weights.pop("epsilon")
    yield "network.arrays", packed({name: _turned(name, value) for name, value in weights.items()})
    for number, start in enumerate(range(0, len(table), ROWS_OF_A_FILE)):
        yield f"rows-{number:03}.arrays", packed({"table": table[start : start + ROWS_OF_A_FILE]})


def text_facts() -> dict[str, Any]:
    """What the page must know of the files."""
    return {"rows_of_a_file": ROWS_OF_A_FILE, "epsilon": float(multilingual.folded_weights()["epsilon"])}


def _turned(name: str, weight: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """The weight as JavaScript reads it: the numbers that make one output lie together."""
    if name in _TRANSPOSED:
        weight = weight.T
    elif name.startswith("kernel"):
        weight = weight.reshape(-1, weight.shape[-1]).T
    return np.ascontiguousarray(weight, np.float32)


def _tokenizer(model: bytes) -> dict[str, npt.NDArray[Any]]:
    proto = sentencepiece_model(model)
    spec = proto.normalizer_spec
    if not (spec.add_dummy_prefix and spec.remove_extra_whitespaces and spec.escape_whitespaces):
        raise ValueError("a tokenizer of another kind")
    charsmap = spec.precompiled_charsmap
    size = int.from_bytes(charsmap[:4], "little")
    return {
        "pieces": np.frombuffer("\n".join(piece.piece for piece in proto.pieces).encode(), np.uint8),
        "scores": np.array([piece.score for piece in proto.pieces], np.float32),
        "types": np.array([piece.type for piece in proto.pieces], np.uint8),
        "units": np.frombuffer(charsmap[4 : 4 + size], np.uint32),
        "replacements": np.frombuffer(charsmap[4 + size :], np.uint8),
        "unknown": np.array([proto.trainer_spec.unk_id], np.int32),
    }
