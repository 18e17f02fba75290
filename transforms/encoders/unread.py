"""Counts what an encoder does not read of texts: all that stands behind its first `max_tokens`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from transforms.encoders.spec import EncoderSpec
from transforms.encoders.tokenizers import open_tokenizer


@dataclass(frozen=True)
class Unread:
    """Of some texts, how many are longer than the encoder reads, and how many characters it left out of all their `chars`.

    All are 0 where the encoder reads whole texts, or nobody knows how much it reads.
    """

    texts: int = 0
    unread_chars: int = 0
    chars: int = 0


NOTHING_UNREAD = Unread()


def unread(texts: Sequence[str], spec: EncoderSpec) -> Unread:
    """What the encoder that `spec` describes leaves out of these texts."""
    most = spec.max_tokens
    if most is None:
        return NOTHING_UNREAD
    tokenizer = open_tokenizer(spec.tokenizer)
    left_out = []
    for text in texts:
        # A token has a character at least.
        if len(text) > most and (end := tokenizer.end_of(text, most)) is not None:
            left_out.append(len(text.rstrip()) - end)
    return Unread(texts=len(left_out), unread_chars=sum(left_out), chars=sum(map(len, texts)))
