"""Counts the tokens of texts as encoders do, without loading an encoder.

`use-multilingual` cuts texts by SentencePiece, whose model file is data of an installed package. Tokens of other encoders are
estimated (`WORDS`): a token is a run of up to six letters and digits, any other sign that is no blank, or a single character of
a script that is written without blanks. English text has about as many of them as of SentencePiece's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Protocol

WORDS = "words"
"""The name of the tokenizer that estimates."""

_WORD = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    r"\U00020000-\U000323af]|[^\W_]{1,6}|[^\s]"
)


class Tokenizer(Protocol):
    """Cuts texts into tokens. Safe to use from several threads.

    Tokens hold no blanks inside, so that a text has as many as its words have together.
    """

    def counts(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has."""
        ...

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the tokens of a text begin and end, in characters, in order."""
        ...


class WordTokenizer:
    """Estimates tokens by words."""

    def counts(self, texts: Sequence[str]) -> list[int]:
        return [sum(1 for _ in _WORD.finditer(text)) for text in texts]

    def spans(self, text: str) -> list[tuple[int, int]]:
        return [found.span() for found in _WORD.finditer(text)]


@cache
def open_tokenizer(name: str) -> Tokenizer:
    """The tokenizer of this name.

    Raises:
      RequestError: there is none of this name, or its package is not installed.
    """
    assert name == WORDS
    return WordTokenizer()
