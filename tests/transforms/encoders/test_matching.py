"""The encoder that made some vectors is found, also where images were decoded otherwise then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.transforms.encoders.pictures import encoded
from transforms import encoders
from transforms.common.errors import RequestError
from transforms.encoders import registry, resolved
from transforms.encoders.image_decoder import decoder_of
from transforms.encoders.matching import drops_transparency, encoder_that_made
from transforms.encoders.resolved import ResolvedEncoder, with_transparency_dropped

Copy = Callable[..., Path]

HOG_OF_0_1 = "8067f9b89fe95be5f81a5fc75b4b6c98"


def found(handle: str, fingerprint: str) -> ResolvedEncoder:
    return encoder_that_made(
        handle, precision="float32", fingerprint=fingerprint, name="it", where="these are vectors", advice="embed again"
    )


def test_an_image_encoder_of_version_0_1_has_the_fingerprint_that_it_had() -> None:
    spec = registry.look_up("hog", trust=False)
    now = ResolvedEncoder(
        spec=spec,
        precision="float32",
        identity=spec.handle,
        fingerprint=resolved.fingerprint(spec, spec.handle, "float32"),
    )
    assert with_transparency_dropped(now).fingerprint == HOG_OF_0_1 != now.fingerprint
    assert drops_transparency(now, HOG_OF_0_1)
    assert not drops_transparency(now, now.fingerprint) and not drops_transparency(now, "another")


def test_a_text_encoder_is_the_same_as_ever(copy: Copy) -> None:
    now = encoders.resolve(str(copy("text")))
    assert with_transparency_dropped(now).fingerprint == now.fingerprint
    assert not drops_transparency(now, now.fingerprint)


def test_images_are_decoded_as_they_were_for_the_vectors_at_hand(copy: Copy) -> None:
    folder = str(copy("image"))
    now = encoders.resolve(folder)
    before = with_transparency_dropped(now)
    ink = Image.new("RGBA", (9, 9), (10, 20, 30, 0))
    for fingerprint, colour in ((now.fingerprint, (255, 255, 255)), (before.fingerprint, (10, 20, 30))):
        encoder = found(folder, fingerprint)
        assert encoder.fingerprint == encoder.load().fingerprint == fingerprint
        decoder = decoder_of(encoder.load().spec)
        assert decoder is not None
        pixels, failed = decoder.decode([encoded(ink, "PNG")])
        assert failed == {}
        np.testing.assert_array_equal(pixels, np.broadcast_to(np.float32(colour), pixels.shape))


def test_any_other_encoder_is_refused(copy: Copy) -> None:
    with pytest.raises(RequestError, match=r"these are vectors of another it \(0123abcd\) .*: embed again"):
        found(str(copy("image")), "0123abcd4567")
