"""Encoder and head learning together: tiny encoders with variables, items whose label is plain to see."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.transforms.encoders import models
from transforms import encoders
from transforms.common.errors import RequestError
from transforms.encoders import devices, resolved
from transforms.encoders.image_decoder import decoder_of
from transforms.heads.evaluation.scores import log_losses, scores_of
from transforms.heads.fit import fine_tune as module
from transforms.heads.fit import linear, training_items
from transforms.heads.fit.fine_tune import Tuned, fine_tune
from transforms.heads.fit.fitted import Fitted
from transforms.heads.fit.joint_training import JointTraining
from transforms.heads.fit.linear_head import linear_model
from transforms.heads.fit.training_data import HeadData, blocks_of
from transforms.heads.job import FineTuneOptions, HeadOptions, TrainJob
from transforms.heads.rows.feature_transform import HeadTransform
from transforms.heads.rows.inputs import Inputs
from transforms.heads.rows.labels import Labels
from transforms.heads.rows.prepared import Prepared
from transforms.heads.rows.split import EVAL, TEST, TRAIN
from transforms.table.vectors import Chunk

ROWS = 120
FAST = FineTuneOptions(epochs=3, learning_rate=0.05, batch=16)


@pytest.fixture(scope="module", autouse=True)
def own_caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("VECTORMILL_CACHE_DIR", str(tmp_path_factory.mktemp("state")))
        patched.setattr(resolved, "_loaded", {})
        yield


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    return {
        "text": models.save_text_model(folder / "text"),
        "image": save_normed_model(folder / "image"),
        "keras": save_keras_model(folder / "model.keras"),
        "constant": save_constant_model(folder / "constant"),
    }


def save_normed_model(folder: Path) -> Path:
    """A SavedModel with a batch norm that adapts where it is told that it is training, and variables without gradient."""
    import tensorflow as tf

    class Features(tf.Module):
        def __init__(self) -> None:
            self.kernel = tf.Variable(
                np.random.default_rng(1).standard_normal((3, 5)).astype(np.float32), name="kernel"
            )
            self.spare = tf.Variable(0.1, name="spare")
            self.steps = tf.Variable(np.array([0, 2], np.uint8), name="steps")
            self.gamma = tf.Variable(tf.ones(5), name="bn/gamma")
            self.mean = tf.Variable(tf.zeros(5), trainable=False, name="bn/moving_mean")

        @tf.function
        def __call__(self, pixels: Any, training: bool = False) -> Any:
            x = (
                tf.reduce_mean(pixels, axis=[1, 2]) @ self.kernel
                + tf.stop_gradient(self.spare)
                + tf.cast(self.steps[0], tf.float32)
            )
            if training:
                self.mean.assign(0.9 * self.mean + 0.1 * tf.reduce_mean(x, axis=0))
            return (x - self.mean) * self.gamma

    features = Features()
    for training in (False, True):
        features.__call__.get_concrete_function(tf.TensorSpec([None, 8, 8, 3]), training=training)
    tf.saved_model.save(features, str(folder))
    return folder


def save_keras_model(path: Path) -> Path:
    import keras

    keras.utils.set_random_seed(7)
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.BatchNormalization()(keras.layers.Conv2D(5, 3)(keras.layers.Rescaling(1 / 255)(inputs)))
    keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(keras.layers.ReLU()(x))).save(path)
    return path


def save_constant_model(folder: Path) -> Path:
    import tensorflow as tf

    class Lengths(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def __call__(self, texts: Any) -> Any:
            return tf.cast(tf.strings.length(texts), tf.float32)[:, None] * [[1.0, 2.0]]

    tf.saved_model.save(Lengths(), str(folder))
    return folder


def texts_of(labels: np.ndarray) -> list[bytes]:
    random = np.random.default_rng(1)
    words = np.where(labels, "good", "bad")
    return [f"{word} {'film ' * random.integers(1, 4)}".encode() for word in words]


def images_of(labels: np.ndarray) -> list[bytes]:
    """8 x 8 pixels, noise, bluish or reddish."""
    from PIL import Image

    random = np.random.default_rng(2)
    payloads = []
    for label in labels:
        pixels = random.integers(0, 120, (8, 8, 3))
        pixels[:, :, 2 * int(label)] += 135
        stream = io.BytesIO()
        Image.fromarray(pixels.astype(np.uint8)).save(stream, "PNG")
        payloads.append(stream.getvalue())
    return payloads


class Vectors:
    """What a head asks of a table's vectors."""

    def __init__(self, vectors: np.ndarray) -> None:
        self._vectors = vectors

    def chosen(self, wanted: np.ndarray, names: list[str]) -> Iterator[tuple[np.ndarray, pa.RecordBatch]]:
        for start in range(0, ROWS, 50):
            rows = start + np.flatnonzero(wanted[start : start + 50])
            yield rows, pa.RecordBatch.from_pydict({"id": [f"item {row}" for row in rows]})

    def chunks(self, wanted: np.ndarray, *, columns: Any = ()) -> Iterator[Chunk]:
        rows = np.flatnonzero(wanted)
        yield Chunk(rows, self._vectors[rows], pa.RecordBatch.from_pydict({}))


@dataclass
class World:
    """A table of 120 rows (60 train, 30 choose, 30 test) and a head that knows nothing yet."""

    data: HeadData
    fitted: Fitted
    encoder: encoders.ResolvedEncoder
    payloads: dict[int, bytes]
    folder: str

    def tune(self, folder: str = "ft", **options: Any) -> Tuned:
        head = replace(self.data.head, fine_tune=replace(FAST, **options))
        snapshot: Any = None
        data = replace(self.data, head=head)
        return fine_tune(data, self.fitted, snapshot, self.encoder, folder=f"{self.folder}/{folder}")

    def weights(self, tuned: Tuned) -> list[np.ndarray]:
        return [np.array(weight) for weight in tuned.fitted.model.get_weights()]

    def vectors(self, tuned: Tuned, rows: np.ndarray) -> np.ndarray:
        import tensorflow as tf

        encoded = tf.constant([self.payloads[row] for row in rows.tolist()])
        return np.asarray(tf.function(tuned.encode)(encoded))


@pytest.fixture
def world(saved: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def made(name: str, *, memory: int = 1 << 30, features: tuple[str, ...] = (), several: bool = False) -> World:
        codes = np.arange(ROWS) // 4 % 2
        is_text = name in ("text", "constant")
        payloads = texts_of(codes) if is_text else images_of(codes)
        encoder = encoders.resolve(str(saved[name]))
        decoder = decoder_of(encoder.spec)
        given: Any = [payload.decode() for payload in payloads] if decoder is None else decoder.decode(payloads)[0]
        vectors = encoder.load().encode(given)
        known = np.ones(ROWS, np.bool_)
        labels = Labels(names=("no", "yes"), codes=codes.astype(np.int32), known=known)
        if several:
            labels = Labels(names=("no", "yes"), codes=np.stack([codes == 0, codes == 1], axis=1), known=known)
        sides = np.array([TRAIN, EVAL, TEST, TRAIN], np.uint8)[np.arange(ROWS) % 4]
        prepared = Prepared(
            sides=sides, groups=np.arange(ROWS, dtype=np.uint64), labels={"": labels}, salt=0, split_by="test"
        )
        head = HeadOptions(fine_tune=FAST)
        job = TrainJob(table="t", version=0, to="m", heads=(head,), memory=memory, features=features)
        dim = vectors.shape[1]
        inputs = Inputs(dim=dim, normalise="none", numeric=(), categorical=(), heads=1)
        table: Any = Vectors(vectors)
        data = HeadData(
            job=job, head=head, vectors=table, prepared=prepared, labels=labels, transform=HeadTransform("", inputs)
        )
        model = linear_model(np.zeros((dim, 2), np.float32), np.zeros(2, np.float32))
        fitted = Fitted(
            kind="linear", model=model, temperature=1.5, inverse_regularization=None, curve={}, seconds={"fit": 1.0}
        )
        stored = World(data, fitted, encoder, dict(enumerate(payloads)), str(tmp_path))

        def items(table: str, snapshot: Any, wanted: np.ndarray) -> Iterator[tuple[str, bytes]]:
            for row in np.flatnonzero(wanted)[::-1].tolist():
                if row in stored.payloads:
                    yield f"item {row}", stored.payloads[row]

        monkeypatch.setattr(training_items, "raw_items", items)
        return stored

    return made


@pytest.mark.parametrize("name", ["text", "image", "keras"])
def test_learning_lowers_the_eval_loss_and_moves_the_encoder(world: Any, name: str):
    here = world(name)
    tuned = here.tune()
    curve = tuned.fitted.curve
    losses = curve["series"]["eval loss"]
    assert curve["x"] == [0, 1, 2, 3]
    assert [losses[0], curve["series"]["training loss"][0]] == pytest.approx([np.log(2)] * 2)
    assert curve["chosen"] == int(np.argmin(losses)) > 0
    assert min(losses) < 0.7 * losses[0]
    test = np.flatnonzero(here.data.rows(TEST))
    frozen = np.concatenate([chunk.vectors for chunk in here.data.chunks(here.data.rows(TEST))])
    assert np.abs(here.vectors(tuned, test) - frozen).max() > 0.01
    positions, scores = tuned.test_scores
    np.testing.assert_array_equal(positions, test)
    np.testing.assert_array_equal(scores.argmax(axis=1), here.data.labels.codes[test])
    np.testing.assert_array_equal(tuned.frozen_scores, np.full((30, 2), 0.5, np.float32))
    assert set(tuned.fitted.seconds) == {"fit", "fine-tune"}


def test_on_a_gpu_the_steps_alone_are_in_mixed_precision(world: Any, monkeypatch: pytest.MonkeyPatch):
    """A processor leaves the products in float32: the scaled losses must give the very same network, but for rounding."""
    import tensorflow as tf

    seen: list[tuple[str, bool]] = []

    def watched(name: str) -> None:
        function = getattr(JointTraining, name)

        def watching(self: JointTraining, *given: Any) -> Any:
            seen.append((name, bool(tf.config.optimizer.get_experimental_options().get("auto_mixed_precision"))))
            return function(self, *given)

        monkeypatch.setattr(JointTraining, name, watching)

    plain = world("text").tune("plain", eager=True, epochs=1)
    monkeypatch.setattr(devices, "gpus_used", lambda: 1)
    monkeypatch.setattr(devices, "let_memory_grow", lambda: None)
    for name in ("_learn", "eval_loss"):
        watched(name)

    tuned = world("text").tune("mixed", eager=True, epochs=1)

    assert set(seen) == {("_learn", True), ("eval_loss", False)}
    assert (tuned.fitted.trained, plain.fitted.trained) == ("on a GPU in mixed precision", "")
    np.testing.assert_allclose(tuned.test_scores[1], plain.test_scores[1], atol=1e-4)


def test_several_labels_an_item_learn_by_sigmoids(world: Any):
    here = world("text", several=True)
    losses = here.tune().fitted.curve["series"]["eval loss"]
    assert losses[0] == pytest.approx(2 * np.log(2))
    assert losses[-1] < 0.7 * losses[0]


def test_where_no_epoch_helps_the_frozen_head_comes_back(world: Any):
    here = world("text")
    here.data.labels.codes[here.data.rows(TRAIN)] ^= 1  # what training rows teach is wrong on the others
    x, truth, _ = here.data.in_memory(here.data.rows(EVAL))
    good = x[truth == 1].mean(axis=0) - x[truth == 0].mean(axis=0)
    here.fitted.model.set_weights([np.stack([-good, good], axis=1), np.zeros(2, np.float32)])
    before = here.fitted.model.get_weights()
    tuned = here.tune()
    losses = tuned.fitted.curve["series"]["eval loss"]
    assert tuned.fitted.curve["chosen"] == 0
    assert losses == sorted(losses) and losses[-1] > losses[0]
    assert tuned.fitted.model is here.fitted.model
    assert tuned.fitted.temperature == 1.5
    np.testing.assert_array_equal(tuned.fitted.model.get_weights()[0], before[0])
    rows = np.arange(ROWS)
    frozen = next(here.data.chunks(np.ones(ROWS, np.bool_))).vectors
    np.testing.assert_allclose(here.vectors(tuned, rows), frozen, rtol=1e-6)
    np.testing.assert_allclose(tuned.test_scores[1], tuned.frozen_scores, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", ["image", "keras"])
def test_batch_norms_stay_as_they_are_unless_asked(world: Any, name: str):
    here = world(name)
    network = module.open_trainable(here.encoder, batch_norms=False)
    start = {variable.name: variable.numpy() for variable in network.state}
    normed = [key for key in start if any(part in key for part in ("gamma", "beta", "moving"))]
    assert len(normed) == (2 if name == "image" else 4)

    def after(batch_norms: bool) -> dict[str, np.ndarray]:
        network = here.tune(f"{batch_norms}", batch_norms=batch_norms).network
        assert network is not None
        owner = network.owner.network
        found = [v.value for v in owner.weights] if name == "keras" else [owner.gamma, owner.mean, owner.kernel]
        return {variable.name: variable.numpy() for variable in found}

    kept, adapted = after(False), after(True)
    for key in normed:
        np.testing.assert_array_equal(kept[key], start[key])
        assert np.abs(adapted[key] - start[key]).max() > 1e-4
    changed = [key for key in kept if key not in normed and "spare" not in key]
    assert changed and all(np.abs(kept[key] - start[key]).max() > 1e-4 for key in changed)


def test_a_killed_training_goes_on_after_its_last_epoch(world: Any, monkeypatch: pytest.MonkeyPatch):
    here = world("image")
    whole = here.tune("whole", epochs=4)
    passes: list[int] = []
    run = JointTraining._pass

    def killed(self: JointTraining, number: int) -> float:
        passes.append(number)
        if passes == [1, 2, 3]:
            raise KeyboardInterrupt
        return run(self, number)

    monkeypatch.setattr(JointTraining, "_pass", killed)
    with pytest.raises(KeyboardInterrupt):
        here.tune("half", epochs=4)
    resumed = here.tune("half", epochs=4)
    assert passes == [1, 2, 3, 3, 4]
    assert resumed.fitted.curve["series"] == {
        name: pytest.approx(values, rel=1e-4) for name, values in whole.fitted.curve["series"].items()
    }
    np.testing.assert_allclose(resumed.test_scores[1], whole.test_scores[1], rtol=1e-4)


def test_without_graphs_the_outcome_is_the_same(world: Any):
    here = world("image")
    compiled, eager = here.tune("graph", epochs=2), here.tune("eager", epochs=2, eager=True)
    for ours, theirs in zip(here.weights(compiled), here.weights(eager), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(compiled.test_scores[1], eager.test_scores[1], rtol=1e-3)


def test_the_order_of_the_items_follows_from_the_seed(world: Any):
    here = world("text")
    first, again, other = (here.tune(f"{n}", seed=seed, epochs=1) for n, seed in enumerate((1, 1, 2)))
    np.testing.assert_array_equal(first.test_scores[1], again.test_scores[1])
    assert np.abs(first.test_scores[1] - other.test_scores[1]).max() > 0


@pytest.mark.parametrize("name", ["text", "image"])
def test_an_export_scores_raw_items_as_the_tuned_network_does(world: Any, tmp_path: Path, name: str):
    import tensorflow as tf

    here = world(name)
    tuned = here.tune(epochs=1)
    exported = tf.Module()
    assert tuned.network is not None
    exported.encoder, exported.head = tuned.network.owner, tuned.fitted.model
    items = tf.function(lambda encoded: {"logits": tuned.fitted.model(tuned.encode(encoded))})
    signature = items.get_concrete_function(tf.TensorSpec([None], tf.string, name="items"))
    tf.saved_model.save(exported, str(tmp_path / "export"), signature)
    positions, scores = tuned.test_scores
    served = tf.saved_model.load(str(tmp_path / "export")).signatures["serving_default"]
    logits = served(items=tf.constant([here.payloads[row] for row in positions.tolist()]))["logits"].numpy()
    expected = scores_of(logits, activation="softmax", temperature=tuned.fitted.temperature)
    np.testing.assert_allclose(scores, expected, rtol=1e-5)


def test_an_encoder_without_variables_is_refused(world: Any):
    with pytest.raises(RequestError, match="constant has no trainable variables"):
        world("constant").tune()


def test_batch_norms_of_a_model_that_knows_no_training_are_refused(world: Any, saved: dict[str, Path], tmp_path: Path):
    import tensorflow as tf

    restored = tf.saved_model.load(str(saved["image"]))
    alone = tf.Module()
    alone.parts = restored
    call = tf.function(lambda pixels: {"vectors": restored(pixels)})
    signature = call.get_concrete_function(tf.TensorSpec([None, 8, 8, 3], name="pixels"))
    tf.saved_model.save(alone, str(tmp_path / "untold"), signature)
    encoder = encoders.resolve(str(tmp_path / "untold"))
    with pytest.raises(RequestError, match=r"--batch-norms: .* cannot be told"):
        module.open_trainable(encoder, batch_norms=True)
    assert module.open_trainable(encoder, batch_norms=False).variables


def test_items_that_have_left_the_corpus_are_passed_over_up_to_a_hundredth(world: Any):
    here = world("text")
    gone = int(np.flatnonzero(here.data.rows(TEST))[3])
    del here.payloads[gone]
    with pytest.raises(RequestError, match=r"1 of 30 are no longer in the corpus"):
        here.tune(epochs=1)
    for row in np.flatnonzero(here.data.rows(TRAIN))[:1].tolist():
        del here.payloads[row]
    with pytest.raises(RequestError, match=r"2 of 120 are no longer in the corpus: bring them back"):
        here.tune("more", epochs=1)


def test_an_image_that_can_no_longer_be_decoded_is_passed_over(world: Any):
    here = world("image")
    rows = np.flatnonzero(here.data.rows(TRAIN)).tolist()
    items = training_items.TrainingItems(decoder=decoder_of(here.encoder.spec), payloads=dict(here.payloads))
    items.payloads[rows[1]] = b"\x89PNG\r\n\x1a\nnothing"
    found = list(items.batches(np.array(rows[:4]), 2))
    assert [positions.tolist() for positions, _ in found] == [[rows[0]], rows[2:4]]
    assert [tuple(x.shape) for _, x in found] == [(1, 8, 8, 3), (2, 8, 8, 3)]
    items.payloads[rows[2]] = b""
    with pytest.raises(RequestError, match="2 of 120 can no longer be decoded"):
        list(items.batches(np.array(rows[:4]), 2))


def test_images_are_mirrored_where_it_is_said(world: Any):
    here = world("image")
    items = training_items.TrainingItems(decoder=decoder_of(here.encoder.spec), payloads=dict(here.payloads))
    ((_, plain),) = items.batches(np.arange(3), 3)
    ((_, turned),) = items.batches(np.arange(3), 3, np.array([False, True, False]))
    np.testing.assert_array_equal(turned[1], plain.numpy()[1, :, ::-1])
    np.testing.assert_array_equal(turned.numpy()[[0, 2]], plain.numpy()[[0, 2]])


def test_items_beyond_the_memory_are_refused_with_what_they_take(world: Any):
    here = world("text", memory=100)
    here.payloads = {row: payload * 100_000 for row, payload in here.payloads.items()}
    needed = sum(len(here.payloads[row]) for row in np.flatnonzero(here.data.rows(TRAIN, EVAL)).tolist())
    with pytest.raises(RequestError, match=f"give --memory {-(-needed // 2**20)}"):
        here.tune()


def test_other_columns_beside_the_vector_are_refused(world: Any):
    with pytest.raises(RequestError, match="leave out --features"):
        world("text", features=("price",)).tune()


def test_a_linear_head_starts_without_what_it_knows_of_the_eval_rows(world: Any):
    here = world("text")
    here.fitted = replace(here.fitted, inverse_regularization=10.0)
    x, truth, weight = here.data.in_memory(here.data.rows(TRAIN))
    blocks = blocks_of((x, truth, weight), len(x))
    alone = linear.fit(
        blocks, classes=2, loss="softmax", geometry=linear.Geometry.of(blocks), inverse_regularization=(10.0,)
    )
    stored, truth, _ = here.data.in_memory(here.data.rows(EVAL))
    expected = log_losses(stored @ alone.weights[0] + alone.bias[0], truth).mean()
    assert here.tune(epochs=1).fitted.curve["series"]["eval loss"][0] == pytest.approx(expected, rel=1e-4)


def test_few_eval_rows_that_are_all_right_do_not_cool_the_scores():
    right = np.array([[4.0, -4.0], [-4.0, 4.0]], np.float32)
    assert module._temperature(right, np.array([0, 1]), 1.4) == 1.0
    assert module._temperature(right, np.array([0, 1]), 0.8) == 0.8
    unsure = np.tile(right, (10, 1))
    truth = np.tile([0, 1], 10)
    truth[:4] = 1 - truth[:4]  # four fifths are right: a score of 0.8 needs logits log(4) apart
    assert module._temperature(unsure, truth, 0.8) == pytest.approx(8 / np.log(4), rel=1e-3)
