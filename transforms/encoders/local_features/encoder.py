"""Encodes images to local features: the encoder behind DELF."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from transforms.common.arrays import Pixels, Vectors
from transforms.common.errors import ItemError, RequestError, VectormillError
from transforms.encoders.local_features.decoder import DecodedImage
from transforms.encoders.local_features.features import LocalFeatures
from transforms.encoders.local_features.module import SCORE_THRESHOLD, LocalFeatureModule
from transforms.encoders.spec import Computation, Encoder, EncoderSpec, EngineChoice, Precision

_TENSORFLOW = Computation(engine="tensorflow")


@dataclass(kw_only=True)
class LocalFeatureEncoder:
    """Gives many vectors of an image. Implements `spec.Encoder` to say so to whoever wants one. Thread-safe."""

    spec: EncoderSpec
    fingerprint: str
    module: LocalFeatureModule
    computation: Computation = _TENSORFLOW
    exact: Callable[[], Encoder] | None = None

    def encode(self, items: list[str] | Pixels) -> Vectors:
        """Raises RequestError: there is no one vector of an image."""
        raise RequestError(several_vectors(self.spec.name))

    def features(self, image: DecodedImage, *, most: int | None = None) -> LocalFeatures:
        """The features of an image, with their places in the image as it was before it was reduced.

        Args:
          most: of them at most; None: as many as the encoder gives.

        Raises:
          ItemError: it has none, or the module fails on it.
          RunError: the module gives arrays that do not fit each other.
        """
        try:
            found = self.module.features(image.pixels, most=most or self.spec.features_per_image or 1)
        except VectormillError:
            raise
        except Exception as error:  # whatever a network may raise of an image
            first = (str(error).strip().splitlines() or [""])[0]
            raise ItemError(type(error).__name__, first) from error
        good = np.isfinite(found.descriptors).all(axis=1) & np.isfinite(found.places).all(axis=1)
        good &= (found.descriptors != 0).any(axis=1)
        if not good.any():
            raise ItemError("NoFeatures", f"no point of the image scores above {SCORE_THRESHOLD:g}")
        kept = LocalFeatures(
            *(values[good] for values in (found.descriptors, found.places, found.scales, found.scores))
        )
        return kept.enlarged(image.reduced)

    def features_of(
        self, images: Sequence[DecodedImage], *, most: int | None = None
    ) -> tuple[list[LocalFeatures], dict[int, ItemError]]:
        """The features of each image that has some, in their order; and position -> error of the others."""
        found: list[LocalFeatures] = []
        failed: dict[int, ItemError] = {}
        for position, image in enumerate(images):
            try:
                found.append(self.features(image, most=most))
            except ItemError as error:
                failed[position] = error
        return found, failed


def several_vectors(name: str) -> str:
    """Why an encoder of local features cannot be used where an image has one vector."""
    return (
        f"{name} gives many local features of an image and not one vector: embed images with it, make an index, and search"
        " that with an image"
    )


def open_encoder(
    module: LocalFeatureModule, spec: EncoderSpec, *, fingerprint: str, precision: Precision, engine: EngineChoice
) -> LocalFeatureEncoder:
    """Raises RequestError: another engine than TensorFlow, or half precision."""
    if precision != "float32":
        raise RequestError(f"{spec.name} cannot be had in {precision}: local features are computed in float32")
    if engine == "openvino":
        raise RequestError(f"--engine openvino: {spec.name} finds local features, which TensorFlow does: leave it out")
    return LocalFeatureEncoder(spec=spec, fingerprint=fingerprint, module=module)
