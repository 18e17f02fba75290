"""Cuts texts into the ids that a network was trained with, by the `tokenizers` wheel and a folder's `tokenizer.json`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.errors import RequestError, one_line
from transforms.encoders.hugging_face.folder import ModelFolder
from transforms.encoders.hugging_face.image_folder import read_text_side

Ids = npt.NDArray[np.int32]
TEXT = "{}"
"""What stands for the text in a prompt."""


class FolderTokenizer:
    """Implements `transforms.encoders.tokenizers.Tokenizer`. Thread-safe.

    Raises:
      RequestError: the file is no tokenizer, or has more tokens than the network has rows for.
    """

    def __init__(self, folder: ModelFolder) -> None:
        # Unsaid, the wheel prints a warning when a process that has used it forks.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
        from tokenizers import Tokenizer

        try:
            self._bare = Tokenizer.from_file(str(folder.tokenizer))
            self._full = Tokenizer.from_file(str(folder.tokenizer))
        except Exception as error:  # the wheel raises nothing narrower
            raise RequestError(
                f"{folder.tokenizer}: is no tokenizer ({one_line(error)}): copy the model again"
            ) from error
        for tokenizer in (self._bare, self._full):
            tokenizer.no_padding()
            tokenizer.no_truncation()
        self._full.enable_truncation(folder.max_tokens)
        if folder.padding is not None:
            self._full.enable_padding(length=folder.max_tokens, pad_id=folder.padding)
        self._lowercase = folder.lowercase
        self.added = self._full.num_special_tokens_to_add(is_pair=False)
        """Tokens that stand around each text."""
        rows = folder.config.get("vocab_size")
        if isinstance(rows, int) and self._full.get_vocab_size() > rows:
            raise RequestError(
                f"{folder.tokenizer}: has {self._full.get_vocab_size():,} tokens and the network {rows:,}: it is another"
                " model's tokenizer"
            )

    def ids(self, texts: Sequence[str]) -> list[Ids]:
        """The ids of each text, those around it among them, cut off at the network's limit."""
        return [np.asarray(found.ids, np.int32) for found in self._full.encode_batch_fast(self._given(texts))]

    def counts(self, texts: Sequence[str]) -> list[int]:
        found = self._bare.encode_batch_fast(self._given(texts), add_special_tokens=False)
        return [len(one) for one in found]

    def spans(self, text: str) -> list[tuple[int, int]]:
        offsets: list[Any] = self._bare.encode(self._given([text])[0], add_special_tokens=False).offsets
        return [(int(start), int(stop)) for start, stop in offsets if stop > start]

    def end_of(self, text: str, most: int) -> int | None:
        spans = self.spans(text)
        return spans[most - 1][1] if len(spans) > most else None

    def _given(self, texts: Sequence[str]) -> list[str]:
        return [text.lower() for text in texts] if self._lowercase else list(texts)


def open_folder(path: Path, *, onnx: Path | None) -> FolderTokenizer:
    """The tokenizer of the model in a folder, or of a graph in it. Raises RequestError: as `folder.read`."""
    return FolderTokenizer(read_text_side(path, onnx=onnx))


def room_for_text(folder: ModelFolder, prompt: str) -> int:
    """How many tokens of a text the network reads, beside those around it and those of a prompt."""
    tokenizer = FolderTokenizer(folder)
    return folder.max_tokens - tokenizer.added - (tokenizer.counts([prompt.replace(TEXT, "")])[0] if prompt else 0)


def prompted(prompt: str, text: str) -> str:
    """A text with its prompt: in the place of `{}`, or behind it where there is none."""
    return prompt.replace(TEXT, text) if TEXT in prompt else prompt + text
