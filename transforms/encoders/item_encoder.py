"""Encodes texts or images in this process: a list in, a NumPy array of vectors out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from transforms.common.errors import RequestError
from transforms.encoders.image_decoder import ImageDecoder, decoder_of
from transforms.encoders.safe_encoder import SafeEncoder
from transforms.encoders.spec import EncoderSpec, EngineChoice, LoadableEncoder, PrecisionChoice, query_vectors
from transforms.encoders.towers import tower_of

Item = str | bytes | os.PathLike[str]
"""A text; or, for images, the bytes of an image file or its path."""


class ItemEncoder:
    """An encoder for a few items at a time. It is loaded with the first call; later ones are fast.

    Attributes:
      resolved: the encoder with its fingerprint; `vectormill.embed` takes it, too.
    """

    def __init__(self, resolved: LoadableEncoder) -> None:
        self.resolved = resolved

    @property
    def spec(self) -> EncoderSpec:
        return self.resolved.spec

    @property
    def dim(self) -> int:
        """Length of a vector."""
        assert self.spec.dim is not None, "a resolved encoder knows its dimension"
        return self.spec.dim

    def encode(self, items: Sequence[Item]) -> npt.NDArray[np.float32]:
        """Vectors float32 [n, dim]; row i belongs to item i.

        Raises:
          RequestError: an item is none of the encoder's, or cannot be encoded; the message names its position.
        """
        if isinstance(items, str | bytes):
            raise RequestError("encode takes a list of items: write [item] for one")
        spec, step = self.spec, self.spec.batch_items
        batches = [self._batch(items[start : start + step], start) for start in range(0, len(items), step)]
        return np.concatenate(batches) if batches else np.empty((0, spec.dim or 0), np.float32)

    def encode_queries(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Vectors float32 [n, dim] of questions: of an encoder of images with two towers, by that of texts.

        Raises:
          RequestError: it takes no texts.
        """
        if isinstance(texts, str):
            raise RequestError("encode_queries takes a list of texts: write [text] for one")
        return query_vectors(tower_of(self.resolved, "text").load(), list(texts))

    def _batch(self, items: Sequence[Item], start: int) -> npt.NDArray[np.float32]:
        if self._decoder is None:
            for position, item in enumerate(items):
                if not isinstance(item, str):
                    raise RequestError(
                        f"item {start + position}: {self.spec.name} takes texts, not {type(item).__name__}"
                    )
            vectors, failed = self._safe.encode(list(items))
        else:
            pixels, failed = self._decoder.decode([_content(item, start + i) for i, item in enumerate(items)])
            if not failed:
                vectors, failed = self._safe.encode(pixels)
        if failed:
            position = min(failed)
            raise RequestError(f"item {start + position}: {failed[position]}")
        return vectors

    @cached_property
    def _decoder(self) -> ImageDecoder | None:
        return decoder_of(self.spec)

    @cached_property
    def _safe(self) -> SafeEncoder:
        return SafeEncoder(self.resolved.load(), self.dim)

    def __repr__(self) -> str:
        return f"<ItemEncoder {self.spec.name}: {self.spec.modality}, {self.dim} dimensions>"


def _content(item: Item, position: int) -> bytes:
    if isinstance(item, bytes):
        return item
    try:
        with open(item, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise RequestError(f"item {position}: {os.fspath(item)} cannot be read: {error.strerror or error}") from error


def encoder(
    name: str, *, precision: PrecisionChoice = "float32", engine: EngineChoice = "auto", trust: bool = False
) -> ItemEncoder:
    """The encoder of a name, a TF Hub handle, keras://Name or a path.

    Raises:
      RequestError: there is none, it cannot be fetched, or its publisher is not trusted.
    """
    from transforms import encoders

    return ItemEncoder(encoders.resolve(name, precision=precision, engine=engine, trust=trust))
