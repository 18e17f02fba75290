"""Describes how texts are cut into chunks, and reads it from `--chunk`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from transforms.common.errors import RequestError
from transforms.encoders.tokenizers import ESTIMATE

ChunkUnit = Literal["sentences", "paragraphs", "headings", "tokens"]

LONGEST_PARAGRAPH = 256
"""Tokens: a longer paragraph is cut at sentences, unless the encoder is known to read less, or more."""

_WRITTEN = re.compile(r"(sentences|tokens):([1-9]\d{0,8})(?::(0|[1-9]\d{0,8}))?|(paragraphs|headings)")


@dataclass(frozen=True, kw_only=True)
class Chunking:
    """How texts become chunks. Frozen, picklable; part of what decides which items a source is.

    Attributes:
      unit: what a chunk consists of. "sentences": `size` of them. "paragraphs": one, short ones joined to the next, and those of
        more than `size` tokens cut at sentences. "headings": a section of a document; of a text without headings, all of it.
        "tokens": as many whole sentences, where possible whole paragraphs, as `size` tokens hold.
      size: sentences or tokens; None for headings.
      overlap: tokens at the end of a chunk that the next one begins with; of "tokens" only.
      tokenizer: the name of the tokenizer that counts (`transforms.encoders.tokenizers`).
    """

    unit: ChunkUnit
    size: int | None = None
    overlap: int = 0
    tokenizer: str = ESTIMATE

    def __post_init__(self) -> None:
        if (self.size is None) != (self.unit == "headings") or (self.size is not None and self.size < 1):
            raise ValueError(f"a chunk of {self.size} {self.unit}")
        if not 0 <= 2 * self.overlap <= (self.size or 0):
            raise ValueError(f"chunks of {self.size} {self.unit} that overlap by {self.overlap}")

    @staticmethod
    def parsed(text: str, *, tokenizer: str = ESTIMATE, max_tokens: int | None = None) -> Chunking:
        """What `--chunk` says: `sentences:N`, `paragraphs`, `headings`, `tokens:N` or `tokens:N:OVERLAP`.

        Args:
          tokenizer: the name of the encoder's.
          max_tokens: that the encoder reads at most; None: all, or it is not known.

        Raises:
          RequestError: it says something else, or an overlap of more than half a chunk.
        """
        found = _WRITTEN.fullmatch(text)
        if found is None or (found[1] == "sentences" and found[3]):
            raise RequestError(
                f"--chunk {text}: write it as sentences:N, for example --chunk sentences:3;"
                " or as paragraphs, headings, tokens:N or tokens:N:OVERLAP"
            )
        if found[4] == "headings":
            return Chunking(unit="headings")
        if found[4] == "paragraphs":
            return Chunking(unit="paragraphs", size=max_tokens or LONGEST_PARAGRAPH, tokenizer=tokenizer)
        size, overlap = int(found[2]), int(found[3] or 0)
        if found[1] == "sentences":
            return Chunking(unit="sentences", size=size)
        if 2 * overlap > size:
            raise RequestError(
                f"--chunk {text}: chunks of {size} tokens overlap by half of them at most: tokens:{size}:{size // 2}"
            )
        return Chunking(unit="tokens", size=size, overlap=overlap, tokenizer=tokenizer)
