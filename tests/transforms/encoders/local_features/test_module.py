"""DELF in the two signatures that it has: which features an image gives, where, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers import local_feature_modules
from tests.helpers.photographs import jpeg, picture
from tests.transforms.encoders.hub_modules import save_tf1
from transforms import encoders
from transforms.common.errors import ItemError, RequestError, RunError
from transforms.encoders import cache
from transforms.encoders.local_features.decoder import own_shape_decoder
from transforms.encoders.local_features.encoder import LocalFeatureEncoder
from transforms.encoders.local_features.module import LONGEST_SIDE, LocalFeatureModule

PAYLOAD = jpeg(picture(1), quality=95)


def loaded(name: str) -> LocalFeatureEncoder:
    encoder = encoders.resolve(name).load()
    assert isinstance(encoder, LocalFeatureEncoder)
    return encoder


def test_both_signatures_give_the_same_features_of_an_image(tmp_path: Path) -> None:
    found = []
    in_cache = cache.location(encoders.find("delf").handle)
    assert in_cache is not None
    local_feature_modules.save_delf_tf1(in_cache)
    for name in ("delf", str(local_feature_modules.save_delf_tf2(tmp_path / "exported"))):
        encoder = loaded(name)
        spec = encoder.spec
        assert (spec.modality, spec.dim, spec.features_per_image, spec.fit) == ("image", 40, 1_000, "within")
        (image,), failed = own_shape_decoder(spec).decode([PAYLOAD])
        assert not failed and image.pixels.shape == (200, 260, 3) and image.reduced == (1.0, 1.0)
        found.append(encoder.features(image, most=50))
        with pytest.raises(ItemError, match="no point of the image scores above 100"):
            encoder.features(own_shape_decoder(spec).decode([jpeg(picture(0).resize((1, 1)).resize((90, 90)))])[0][0])
        with pytest.raises(RequestError, match="gives many local features of an image and not one vector"):
            encoder.encode(np.zeros((1, 8, 8, 3), np.uint8))
    one, other = found
    assert len(one) == 50 and one.descriptors.shape == (50, 40)
    assert (np.diff(one.scores) <= 0).all() and one.scores.min() > 100
    assert (one.places >= 0).all() and (one.places < (200, 260)).all()
    for name in ("descriptors", "places", "scales", "scores"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-3, atol=2e-3)


def module_giving(outputs: dict[str, np.ndarray], dim: int = 2) -> LocalFeatureModule:
    import tensorflow as tf

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None, 3], tf.float32, name="image"),
            tf.TensorSpec([None], tf.float32, name="image_scales"),
            tf.TensorSpec([], tf.int32, name="max_feature_num"),
            tf.TensorSpec([], tf.float32, name="score_threshold"),
        ]
    )
    def default(image: Any, image_scales: Any, max_feature_num: Any, score_threshold: Any) -> Any:
        return {name: tf.constant(value) for name, value in outputs.items()}

    return LocalFeatureModule("some module", dim, _Named(default.get_concrete_function()), None)


class _Named:
    """A concrete function as a signature is called: by names."""

    def __init__(self, function: Any) -> None:
        self.structured_input_signature = ((), {spec.name: spec for spec in function.structured_input_signature[0]})
        self._function = function

    def __call__(self, **inputs: Any) -> Any:
        return self._function(*(inputs[name] for name in self.structured_input_signature[1]))


THREE = np.arange(6, dtype=np.float32).reshape(3, 2)
IMAGE = np.zeros((9, 9, 3), np.uint8)


def test_features_come_by_their_scores_and_no_more_than_asked() -> None:
    module = module_giving({"locations": THREE, "descriptors": THREE, "scores": np.float32([[1], [9], [5]])})
    found = module.features(IMAGE, most=2)
    np.testing.assert_array_equal(found.places, THREE[[1, 2]])
    np.testing.assert_array_equal(found.scores, [9, 5])
    assert np.isnan(found.scales).all() and len(found.scales) == 2


def test_without_scores_the_first_features_are_taken() -> None:
    found = module_giving({"locations": THREE, "descriptors": THREE}).features(IMAGE, most=2)
    np.testing.assert_array_equal(found.descriptors, THREE[:2])
    assert np.isnan(found.scores).all()


@pytest.mark.parametrize(
    "outputs",
    [
        {"locations": THREE, "descriptors": np.zeros((3, 5), np.float32)},
        {"locations": THREE[:2], "descriptors": THREE},
        {"locations": np.zeros((3, 3), np.float32), "descriptors": THREE},
        {"boxes": THREE, "features": THREE, "scores": np.zeros(2, np.float32)},
    ],
)
def test_arrays_that_do_not_fit_each_other_fail_the_run(outputs: dict[str, np.ndarray]) -> None:
    with pytest.raises(
        RunError, match=r"some module gave .*, which is not 2 values and a place for each feature"
    ) as caught:
        module_giving(outputs).features(IMAGE, most=9)
    assert "\n" not in str(caught.value)


def tf1_module(folder: Path, inputs: Callable[[Any], dict[str, Any]], outputs: Callable[[], dict[str, Any]]) -> Path:
    import tensorflow as tf

    v1 = tf.compat.v1
    return save_tf1(folder, lambda training: {"default": (inputs(v1.placeholder), outputs())})


def delf_inputs(placeholder: Any) -> dict[str, Any]:
    import tensorflow as tf

    shapes = {"image": [None, None, 3], "image_scales": [None], "max_feature_num": [], "score_threshold": []}
    types = {"max_feature_num": tf.int32}
    return {name: placeholder(types.get(name, tf.float32), shape) for name, shape in shapes.items()}


def test_a_module_of_another_kind_is_refused_in_one_line_that_lists_its_signatures(tmp_path: Path) -> None:
    import tensorflow as tf

    folder = tf1_module(
        tmp_path / "keypoints",
        lambda placeholder: {"image": placeholder(tf.float32, [None, None, 3]), "top_k": placeholder(tf.int32, [])},
        lambda: {"points": tf.zeros([3, 2])},
    )
    with pytest.raises(RequestError) as caught:
        encoders.resolve(str(folder))
    message = str(caught.value)
    assert (
        "\n" not in message
        and "takes neither strings [n] nor images [n, height, width, 3]: it takes image, top_k" in message
    )
    assert "default(image float32 [?, ?, 3], top_k int32 []) -> points" in message


def test_what_takes_an_image_as_delf_does_and_gives_no_descriptors_is_refused(tmp_path: Path) -> None:
    import tensorflow as tf

    folder = tf1_module(tmp_path / "saliency", delf_inputs, lambda: {"locations": tf.zeros([3, 2])})
    with pytest.raises(RequestError, match=r"gives locations \(3, 2\): descriptors \[n, dim\] .* are wanted"):
        encoders.resolve(str(folder))


def test_descriptors_of_another_width_than_delf_has_are_refused() -> None:
    import tensorflow as tf

    spec = encoders.find("delf")
    assert (spec.dim, spec.image_size, spec.features_per_image) == (40, (LONGEST_SIDE, LONGEST_SIDE), 1_000)
    folder = cache.location(spec.handle)
    assert folder is not None
    tf1_module(folder, delf_inputs, lambda: {"locations": tf.zeros([3, 2]), "descriptors": tf.zeros([3, 64])})
    with pytest.raises(RequestError, match="delf gives image vectors of 64, planned were image vectors of 40"):
        encoders.resolve("delf").load()


def test_large_images_are_reduced_in_their_own_shape_and_small_ones_left() -> None:
    decoder = own_shape_decoder(encoders.find("delf"))
    wide, small, broken = jpeg(picture(0, (2_100, 700))), jpeg(picture(0, (50, 40))), b"no image"
    images, failed = decoder.decode([wide, broken, small])
    assert [image.pixels.shape for image in images] == [(341, 1_024, 3), (40, 50, 3)]
    assert images[0].reduced == (700 / 341, 2_100 / 1_024)
    assert [(position, error.kind) for position, error in failed.items()] == [(1, "UndecodableImage")]
