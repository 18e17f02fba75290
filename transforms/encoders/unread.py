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
    # A token has a character at least.
    candidates = [text for text in texts if len(text) > most]
    tokenizer = open_tokenizer(spec.tokenizer)
    counts = tokenizer.counts(candidates) if candidates else []
    longer = [text for text, count in zip(candidates, counts, strict=True) if count > most]
    left_out = sum(len(text.rstrip()) - tokenizer.spans(text)[most - 1][1] for text in longer)
    return Unread(texts=len(longer), unread_chars=left_out, chars=sum(map(len, texts)))
