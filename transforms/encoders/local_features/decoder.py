"""Decodes images in their own shape: of several images each has its own height and width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from transforms.common.errors import ItemError
from transforms.encoders.image_decoder import ImageDecoder, size_of
from transforms.encoders.spec import EncoderSpec


@dataclass(frozen=True, eq=False)
class DecodedImage:
    """Attributes:
    pixels: uint8 [height, width, 3], RGB.
    reduced: how many times higher and wider the image itself is.
    """

    pixels: npt.NDArray[np.uint8]
    reduced: tuple[float, float]


@dataclass(frozen=True)
class OwnShapeDecoder:
    """Decodes images as `decoder` does, each reduced to fit into its size and never enlarged."""

    decoder: ImageDecoder

    def decode(
        self, payloads: Sequence[bytes], *, side_by_side: bool = True
    ) -> tuple[list[DecodedImage], dict[int, ItemError]]:
        """As `ImageDecoder.decode`, with a list of images. They are decoded one after the other."""
        images: list[DecodedImage] = []
        failed: dict[int, ItemError] = {}
        for position, payload in enumerate(payloads):
            try:
                pixels = self.decoder.decoded(payload)
                height, width = size_of(payload)
                images.append(DecodedImage(pixels, (height / pixels.shape[0], width / pixels.shape[1])))
            except ItemError as error:
                failed[position] = ItemError(error.kind, str(error))
        return images, failed


def own_shape_decoder(spec: EncoderSpec) -> OwnShapeDecoder:
    assert spec.image_size is not None, "a resolved image encoder knows its size"
    return OwnShapeDecoder(ImageDecoder(size=spec.image_size, fit="within", transparency=spec.transparency))
