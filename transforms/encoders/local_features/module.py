"""Recognises modules of local features by their signatures, and calls them with an image.

    delf/1 of TF Hub                   image float32 [h, w, 3] in 0..1, image_scales [k], max_feature_num, score_threshold
                                       -> locations [n, 2], descriptors [n, dim]
    exports of tensorflow/models       input_image uint8 [h, w, 3], input_scales [k], input_max_feature_num, input_abs_thres
    (research/delf)                    -> boxes [n, 4], features [n, dim]

Both may give scales [n] and scores [n] or [n, 1] beside; a place is (y, x) in pixels, that of a box its centre. Scales and
threshold are those that delf/1 documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from transforms.common.arrays import Pixels
from transforms.common.errors import RequestError, RunError
from transforms.encoders.local_features.features import Floats, LocalFeatures
from transforms.encoders.spec import Modality

IMAGE_SCALES = (0.25, 0.3536, 0.5, 0.7071, 1.0, 1.4142, 2.0)
SCORE_THRESHOLD = 100.0
MOST_FEATURES = 1_000
LONGEST_SIDE = 1_024
"""Pixels: larger images are reduced to it. Features are found at twice that size, too."""

_ARGUMENTS = (
    ("image", "image_scales", "max_feature_num", "score_threshold"),
    ("input_image", "input_scales", "input_max_feature_num", "input_abs_thres"),
)


@dataclass(frozen=True, eq=False)
class LocalFeatureModule:
    """A module of local features. The attributes are those of `load.Module`, as far as both have them."""

    name: str
    dim: int
    call: Any
    owner: Any
    modality: Modality = "image"
    image_size: tuple[int, int] = (LONGEST_SIDE, LONGEST_SIDE)
    digest: None = None

    def features(self, image: Pixels, *, most: int) -> LocalFeatures:
        """The features of one image.

        Args:
          image: uint8 [height, width, 3], RGB.
          most: of them at most, those with the highest scores.

        Raises:
          RunError: the module gives arrays that do not fit each other.
        """
        given = self.call(**_arguments(self.call, image, most))
        return self._checked({key: np.asarray(value) for key, value in given.items()}, most)

    def _checked(self, given: dict[str, Any], most: int) -> LocalFeatures:
        descriptors = np.float32(given["descriptors"] if "descriptors" in given else given["features"])
        count = len(descriptors)
        places = _places(given)
        optional = [_one_each(given.get(key), count) for key in ("scales", "scores")]
        if descriptors.shape != (count, self.dim) or places.shape != (count, 2) or any(o is None for o in optional):
            shapes = ", ".join(f"{key} {list(value.shape)}" for key, value in sorted(given.items()))
            raise RunError(f"{self.name} gave {shapes}, which is not {self.dim} values and a place for each feature")
        scale, score = (np.empty(0, np.float32) if value is None else value for value in optional)
        order = np.argsort(-np.nan_to_num(score), kind="stable")[:most]
        return LocalFeatures(descriptors[order], places[order], scale[order], score[order])


def local_feature_module(restored: Any, name: str) -> LocalFeatureModule | None:
    """The module behind a SavedModel's objects, if it has one of the two signatures; None if it is of another kind.

    Raises:
      RequestError: it takes what such a module takes, and gives something else.
    """
    for signature in dict(getattr(restored, "signatures", {})).values():
        if not any(set(names) == set(signature.structured_input_signature[1]) for names in _ARGUMENTS):
            continue
        given: dict[str, Any] = signature.structured_outputs
        vectors = given.get("descriptors", given.get("features"))
        is_placed = {"locations", "boxes"} & set(given)
        if vectors is None or not is_placed or vectors.shape.rank not in (None, 2):
            listed = ", ".join(f"{key} {spec.shape}" for key, spec in sorted(given.items()))
            raise RequestError(
                f"{name} takes an image and scales as DELF does, and gives {listed}: descriptors [n, dim] (or features)"
                " and locations [n, 2] (or boxes) are wanted"
            )
        dim = vectors.shape[-1] if vectors.shape.rank else None
        module = LocalFeatureModule(name, dim or 0, signature, restored)
        return module if dim else LocalFeatureModule(name, _tried(module), signature, restored)
    return None


def _tried(module: LocalFeatureModule) -> int:
    """How long its descriptors are, where the signature does not say."""
    from transforms.encoders.self_check import picture

    given = module.call(**_arguments(module.call, picture(0, (256, 256)), MOST_FEATURES))
    return int((given["descriptors"] if "descriptors" in given else given["features"]).shape[-1])


def _arguments(call: Any, image: Pixels, most: int) -> dict[str, Any]:
    import tensorflow as tf

    inputs: dict[str, Any] = call.structured_input_signature[1]
    argument, scales, limit, threshold = next(names for names in _ARGUMENTS if set(names) == set(inputs))
    pixels = image if inputs[argument].dtype == tf.uint8 else np.float32(image) / np.float32(255)
    values = {argument: pixels, scales: IMAGE_SCALES, limit: most, threshold: SCORE_THRESHOLD}
    return {key: tf.constant(value, inputs[key].dtype) for key, value in values.items()}


def _places(given: dict[str, Any]) -> Floats:
    if "locations" in given:
        return np.float32(given["locations"])
    boxes = np.float32(given["boxes"])
    return (boxes[:, :2] + boxes[:, 2:]) / 2 if boxes.ndim == 2 and boxes.shape[1] == 4 else boxes


def _one_each(values: Any, count: int) -> Floats | None:
    """A number for each feature, NaN where the module gives none; None where there are more or fewer."""
    if values is None:
        return np.full(count, np.nan, np.float32)
    return np.float32(values).reshape(count) if np.size(values) == count else None
