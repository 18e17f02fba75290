"""Packs texts into batches of like length, for networks that take a rectangle of tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.encoders.hugging_face.folder_tokenizer import Ids

TOKENS = 4_096
"""Of one batch at most: its activations stay in a processor's cache, and a GPU gets more of them side by side."""
ITEMS = 64
_STEP = 8
"""Lengths are rounded up to this, so that an engine plans for few shapes."""


@dataclass(frozen=True)
class TokenBatch:
    """`rows` are positions of texts, `ids` int32 [n, length] filled up with zeros, `lengths` int32 [n]."""

    rows: npt.NDArray[np.intp]
    ids: Ids
    lengths: npt.NDArray[np.int32]


def packed(texts: Sequence[Ids], *, most: int, tokens: int = TOKENS) -> Iterator[TokenBatch]:
    """The texts in batches, the longest first, each text once.

    Args:
      texts: ids of each text, one at least.
      most: the longest length that the network takes.
      tokens: of a batch, what is filled up among them; a longer text is a batch alone.
    """
    lengths = np.fromiter((len(ids) for ids in texts), np.int32, len(texts))
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        longest = min(-(-int(lengths[order[start]]) // _STEP) * _STEP, most)
        count = max(1, min(ITEMS, tokens // longest))
        rows = order[start : start + count]
        ids = np.zeros((len(rows), longest), np.int32)
        for place, row in enumerate(rows):
            ids[place, : lengths[row]] = texts[row]
        yield TokenBatch(rows=rows, ids=ids, lengths=lengths[rows])
        start += count
