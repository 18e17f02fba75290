from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.transforms.encoders.pictures import encoded, soft
from transforms.common.errors import RequestError
from transforms.encoders.hugging_face.preprocessing import parsed
from transforms.encoders.image_decoder import ImageDecoder

FILE = Path("preprocessor_config.json")


@pytest.mark.parametrize(
    ("stored", "image_size", "fit", "resized"),
    [
        ({"size": 224, "image_processor_type": "ViTImageProcessor"}, (224, 224), "stretch", None),
        ({"size": {"height": 256, "width": 192}}, (256, 192), "stretch", None),
        ({"size": [256, 192]}, (256, 192), "stretch", None),
        ({"size": 224, "crop_size": 224, "feature_extractor_type": "CLIPFeatureExtractor"}, (224, 224), "crop", (224, 224)),
        ({"size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}}, (224, 224), "crop", (256, 256)),
        ({"size": 256, "crop_size": 224, "image_processor_type": "DeiTImageProcessor"}, (224, 224), "stretch", (256, 256)),
        ({"size": {"height": 224, "width": 224}, "crop_size": 224, "do_center_crop": False}, (224, 224), "stretch", None),
        ({"image_processor_type": "CLIPImageProcessorFast", "crop_size": None}, (224, 224), "crop", (224, 224)),
        ({"image_processor_type": "SiglipImageProcessor", "do_pad": None}, (224, 224), "stretch", None),
    ],
)  # fmt: skip
def test_every_spelling_of_a_size_is_read(stored: dict[str, Any], image_size: Any, fit: str, resized: Any):
    found = parsed({"image_mean": [0.5] * 3, "image_std": [0.5] * 3, **stored}, FILE)
    assert (found.image_size, found.fit, found.resized) == (image_size, fit, resized)


def test_colours_are_scaled_and_shifted_as_the_file_says():
    config = {"size": 8, "resample": 3, "image_mean": [0.5, 0.25, 0.0], "image_std": [0.5, 0.5, 1.0]}
    found = parsed(config, FILE)
    assert found.resampling == "bicubic"
    np.testing.assert_allclose(found.scale, [2 / 255, 2 / 255, 1 / 255])
    np.testing.assert_allclose(found.offset, [-1, -0.5, 0])
    plain = parsed({"size": 8, "do_normalize": False, "rescale_factor": 2.0}, FILE)
    assert (plain.scale, plain.offset, plain.resampling) == ((2.0,) * 3, (0.0,) * 3, "bilinear")


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ({}, "size is None"),
        ({"size": {"longest_edge": 224}}, "size is {'longest_edge': 224}: known are"),
        ({"size": {"shortest_edge": 224}}, "resizes the shorter side alone"),
        ({"size": {"shortest_edge": 224}, "crop_size": 256}, "larger than what it is cut from, 224 pixels"),
        ({"size": {"height": 8}}, "size is {'height': 8}: known are"),
        ({"size": 224, "resample": 0}, "filter nearest; bilinear .2. and bicubic .3. are done here"),
        ({"size": 224, "do_pad": True}, "asks for do_pad, which is not done here"),
        ({"size": 224, "do_flip_channel_order": True}, "asks for do_flip_channel_order"),
        ({"size": 224, "crop_pct": 0.9}, "asks for crop_pct"),
        ({"size": 224, "do_resize": False}, "do_resize is off"),
        ({"size": 224, "image_mean": [0.5]}, r"image_mean is \[0.5\]: known are three numbers"),
        ({"size": 224, "image_std": [0.5, 0.5, 0]}, "numbers other than 0"),
        ({"size": 224, "auto_map": {"AutoImageProcessor": "x.Y"}}, "code of its own"),
    ],
)
def test_what_is_not_done_here_is_refused(stored: dict[str, Any], words: str):
    with pytest.raises(RequestError, match=words):
        parsed({"image_mean": [0.5] * 3, "image_std": [0.5] * 3, **stored}, FILE)


@pytest.mark.parametrize(
    ("size", "kind", "most"), [((300, 200), "PNG", 1), ((97, 330), "JPEG", 1), ((1200, 900), "JPEG", 3)]
)
@pytest.mark.parametrize(("side", "fit"), [(224, "crop"), (256, "crop"), (256, "stretch")])
def test_pixels_are_those_of_pillows_own_resize(size: tuple[int, int], kind: str, most: int, side: int, fit: Any):
    """What image processors do: the whole image is resized, and the centre is cut out of it."""
    payload = encoded(soft(*size), kind)
    whole = encoded_image(payload)
    shorter = min(size)
    wanted = tuple(side * length // shorter for length in size) if fit == "crop" else (side, side)
    resized = np.asarray(whole.resize(wanted, Image.Resampling.BICUBIC), np.int16)
    top, left = (resized.shape[0] - 224) // 2, (resized.shape[1] - 224) // 2
    decoder = ImageDecoder(size=(224, 224), fit=fit, resampling="bicubic", resized=(side, side))
    pixels, failed = decoder.decode([payload])
    assert failed == {}
    assert np.abs(pixels[0] - resized[top : top + 224, left : left + 224]).max() <= most


def encoded_image(payload: bytes) -> Image.Image:
    import io

    return Image.open(io.BytesIO(payload)).convert("RGB")
