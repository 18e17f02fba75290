from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from transforms.common.errors import RequestError
from transforms.heads.fit import mlp
from transforms.heads.fit.checkpoints import Epoch
from transforms.heads.fit.mlp import Batch, TrainedMlp
from transforms.heads.job import MlpOptions

QUICK = MlpOptions(hidden=(16,), dropout=0.2, input_dropout=0.1, learning_rate=0.02, batch=32, epochs=3, patience=3)
XOR = MlpOptions(hidden=(32,), dropout=0.0, input_dropout=0.0, learning_rate=0.05, batch=16, epochs=5, patience=5)
LINEAR = replace(XOR, hidden=())


def xor(rows: int, seed: int) -> Batch:
    """Class 1 where the signs of the first two of four numbers differ."""
    x = np.random.default_rng(seed).uniform(-1, 1, (rows, 4)).astype(np.float32)
    return x, ((x[:, 0] > 0) != (x[:, 1] > 0)).astype(np.int32), np.ones(rows, np.float32)


def pieces(batch: Batch, size: int = 130) -> Iterator[Batch]:
    for low in range(0, len(batch[0]), size):
        x, y, weight = (part[low : low + size] for part in batch)
        yield x, y, weight


def shuffled(batch: Batch) -> Callable[[int], Iterator[Batch]]:
    def epoch(number: int) -> Iterator[Batch]:
        order = np.random.default_rng(number).permutation(len(batch[0]))
        x, y, weight = (part[order] for part in batch)
        return pieces((x, y, weight))

    return epoch


ROWS, EVAL_ROWS = xor(600, 0), xor(200, 1)


def run(
    folder: Path | str,
    options: MlpOptions = QUICK,
    *,
    rows: Callable[[int], Iterable[Batch]] | None = None,
    eval_rows: Callable[[], Iterable[Batch]] = lambda: pieces(EVAL_ROWS),
    loss: mlp.Loss = "softmax",
    dim: int = 4,
    after_epoch: Callable[[Epoch], None] = lambda epoch: None,
    centre: Any = None,
    scale: float | None = None,
) -> TrainedMlp:
    return mlp.train(
        rows or shuffled(ROWS),
        eval_rows,
        dim=dim,
        classes=2,
        loss=loss,
        options=options,
        checkpoint=str(folder),
        after_epoch=after_epoch,
        centre=centre,
        scale=scale,
    )


def logits(trained: TrainedMlp, x: np.ndarray) -> np.ndarray:
    return np.asarray(trained.model(x, training=False))


def accuracy(trained: TrainedMlp) -> float:
    return float((logits(trained, EVAL_ROWS[0]).argmax(axis=1) == EVAL_ROWS[1]).mean())


def same_weights(one: TrainedMlp, other: TrainedMlp) -> bool:
    mine, theirs = one.model.get_weights(), other.model.get_weights()
    return len(mine) == len(theirs) and all(np.array_equal(a, b) for a, b in zip(mine, theirs, strict=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("undisturbed")


@pytest.fixture(scope="module")
def undisturbed(folder: Path) -> TrainedMlp:
    return run(folder)


class Killed(BaseException):
    pass


def test_a_hidden_layer_learns_what_a_linear_head_cannot(tmp_path: Path) -> None:
    assert accuracy(run(tmp_path / "mlp", XOR)) > 0.93
    assert accuracy(run(tmp_path / "linear", LINEAR)) < 0.65


def test_a_training_killed_after_an_epoch_ends_as_if_undisturbed(tmp_path: Path, undisturbed: TrainedMlp) -> None:
    def kill(epoch: Epoch) -> None:
        if epoch.number == 2:
            raise Killed

    with pytest.raises(Killed):
        run(tmp_path, after_epoch=kill)
    printed: list[Epoch] = []
    asked: list[int] = []

    def rows(number: int) -> Iterator[Batch]:
        asked.append(number)
        return shuffled(ROWS)(number)

    resumed = run(tmp_path, rows=rows, after_epoch=printed.append)

    assert asked == [3]
    assert printed == undisturbed.history[2:]
    assert resumed.history == undisturbed.history
    assert resumed.best_epoch == undisturbed.best_epoch
    assert same_weights(resumed, undisturbed)


def test_a_training_killed_within_an_epoch_runs_that_epoch_again(tmp_path: Path, undisturbed: TrainedMlp) -> None:
    def broken(number: int) -> Iterator[Batch]:
        for position, batch in enumerate(shuffled(ROWS)(number)):
            if (number, position) == (2, 3):
                raise ZeroDivisionError("the stream broke")
            yield batch

    with pytest.raises(ZeroDivisionError, match=r"^the stream broke$"):
        run(tmp_path, rows=broken)

    assert same_weights(run(tmp_path), undisturbed)


def test_a_training_killed_between_its_two_checkpoints_ends_as_if_undisturbed(
    tmp_path: Path, undisturbed: TrainedMlp, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tensorflow as tf

    save = tf.train.CheckpointManager.save

    def dies(self: Any, checkpoint_number: int) -> Any:
        if checkpoint_number == 2 and self.directory.endswith("last"):
            raise Killed
        return save(self, checkpoint_number=checkpoint_number)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(tf.train.CheckpointManager, "save", dies)
        run(tmp_path)

    assert same_weights(run(tmp_path), undisturbed)


def test_a_finished_training_comes_back_without_a_pass(folder: Path, undisturbed: TrainedMlp) -> None:
    def nothing(*_: int) -> Iterator[Batch]:
        raise AssertionError("the rows were read")

    again = run(folder, rows=nothing, eval_rows=nothing)

    assert again.history == undisturbed.history
    assert same_weights(again, undisturbed)


def test_a_checkpoint_of_another_training_is_refused(folder: Path, undisturbed: TrainedMlp) -> None:
    with pytest.raises(RequestError, match=r"holds a training that differs in scale, hidden, seed: "):
        run(folder, replace(QUICK, hidden=(5,), seed=1), scale=2.0)


def test_training_ends_without_progress_and_keeps_the_best_epoch(tmp_path: Path) -> None:
    # Labels at random: what is learnt of them does not hold elsewhere.
    rng = np.random.default_rng(5)
    noise = (ROWS[0], rng.integers(0, 2, 600).astype(np.int32), ROWS[2])
    options = replace(XOR, hidden=(64,), learning_rate=0.03, epochs=30, patience=2)

    trained = run(tmp_path, options, rows=shuffled(noise))

    losses = [epoch.eval_loss for epoch in trained.history]
    assert [epoch.number for epoch in trained.history] == list(range(1, trained.best_epoch + 3))
    assert trained.best_epoch == 1 + int(np.argmin(losses))
    assert 2 < len(trained.history) < 30
    assert softmax_loss(logits(trained, EVAL_ROWS[0]), EVAL_ROWS[1]) == pytest.approx(min(losses), rel=1e-5)


def softmax_loss(z: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]))


def test_without_eval_rows_all_epochs_run_and_the_last_is_kept(tmp_path: Path, undisturbed: TrainedMlp) -> None:
    trained = run(tmp_path, eval_rows=lambda: iter(()))

    assert [(epoch.number, epoch.eval_loss) for epoch in trained.history] == [(n, None) for n in range(1, 4)]
    assert [epoch.train_loss for epoch in trained.history] == [epoch.train_loss for epoch in undisturbed.history]
    assert trained.best_epoch == 3


def test_rows_of_no_weight_teach_nothing(tmp_path: Path) -> None:
    wrong = (ROWS[0], 1 - ROWS[1], np.zeros(600, np.float32))
    right = (ROWS[0], ROWS[1], np.full(600, 2, np.float32))
    both = tuple(np.concatenate(pair) for pair in zip(wrong, right, strict=True))

    assert accuracy(run(tmp_path, XOR, rows=shuffled((both[0], both[1], both[2])))) > 0.93


def test_losses_are_weighted_means(tmp_path: Path) -> None:
    weight = np.linspace(0, 3, 200, dtype=np.float32)
    options = replace(LINEAR, epochs=1, learning_rate=1e-12)

    trained = run(
        tmp_path,
        options,
        rows=lambda number: pieces((EVAL_ROWS[0], EVAL_ROWS[1], weight)),
        eval_rows=lambda: pieces((EVAL_ROWS[0], EVAL_ROWS[1], weight**2)),
    )

    z = logits(trained, EVAL_ROWS[0])
    losses = np.log(np.exp(z).sum(axis=1)) - z[np.arange(200), EVAL_ROWS[1]]
    (epoch,) = trained.history
    assert epoch.train_loss == pytest.approx(np.average(losses, weights=weight), rel=1e-5)
    assert epoch.eval_loss == pytest.approx(np.average(losses, weights=weight**2), rel=1e-5)


def test_several_labels_are_learnt_each_for_itself(tmp_path: Path) -> None:
    def labelled(batch: Batch) -> Batch:
        return batch[0], (batch[0][:, 2:] > 0.2).astype(np.float32), batch[2]

    options = replace(LINEAR, learning_rate=0.1, epochs=4)

    trained = run(
        tmp_path, options, rows=shuffled(labelled(ROWS)), eval_rows=lambda: pieces(labelled(EVAL_ROWS)), loss="sigmoid"
    )

    assert ((logits(trained, EVAL_ROWS[0]) > 0) == labelled(EVAL_ROWS)[1]).mean() > 0.95
    z, y = logits(trained, EVAL_ROWS[0]).astype(np.float64), labelled(EVAL_ROWS)[1]
    best = trained.history[trained.best_epoch - 1].eval_loss
    assert best == pytest.approx(np.mean(np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0) - z * y), rel=1e-4)


def test_only_the_seed_decides(tmp_path: Path, undisturbed: TrainedMlp) -> None:
    import keras

    def one_piece(number: int) -> list[Batch]:
        x, y, weight = (np.concatenate(part) for part in zip(*shuffled(ROWS)(number), strict=True))
        return [(x, y, weight)]

    keras.utils.set_random_seed(77)  # somebody else's, which neither decides here nor is changed
    again = run(tmp_path / "same", rows=one_piece)
    drawn = float(keras.random.uniform(()))
    keras.utils.set_random_seed(77)

    assert same_weights(again, undisturbed)
    assert float(keras.random.uniform(())) == drawn
    other = run(tmp_path / "other", replace(QUICK, seed=1, epochs=1))
    assert other.history[0] != undisturbed.history[0]


def test_eagerly_the_same_is_learnt(tmp_path: Path, undisturbed: TrainedMlp) -> None:
    trained = run(tmp_path, replace(QUICK, eager=True, epochs=1))

    for mine, theirs in zip(trained.history, undisturbed.history[:1], strict=True):
        assert mine.train_loss == pytest.approx(theirs.train_loss, rel=1e-4)
        assert mine.eval_loss == pytest.approx(theirs.eval_loss, rel=1e-4)


def test_a_saved_model_gives_the_same_logits(tmp_path: Path) -> None:
    import keras
    import tensorflow as tf

    centre = np.array([0.1, -0.2, 0.3, 1 / 3], np.float32)
    trained = run(tmp_path / "run", replace(QUICK, epochs=1), centre=centre, scale=1.7)
    expected = logits(trained, EVAL_ROWS[0])

    trained.model.save(tmp_path / "head.keras")
    trained.model.export(os.fspath(tmp_path / "head"), verbose=False)

    assert np.array_equal(np.asarray(keras.models.load_model(tmp_path / "head.keras")(EVAL_ROWS[0])), expected)
    served = tf.saved_model.load(os.fspath(tmp_path / "head"))  # its functions hold on to no variable: it must stay
    assert np.abs(served.serve(tf.constant(EVAL_ROWS[0])).numpy() - expected).max() < 1e-6


def test_vectors_are_normalised_by_centre_and_scale() -> None:
    centre = np.array([1, 2, 3, 4], np.float32)
    model = mlp.build(4, 2, MlpOptions(hidden=()), centre=centre, scale=0.5)
    kernel, bias = model.trainable_variables

    expected = (EVAL_ROWS[0] - centre) * 0.5 @ np.asarray(kernel) + np.asarray(bias)

    assert np.asarray(model(EVAL_ROWS[0])) == pytest.approx(expected, abs=1e-5)


def test_mixed_precision_without_a_gpu_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tensorflow as tf

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: [])

    with pytest.raises(RequestError, match=r"^--mixed-precision needs a GPU"):
        run(tmp_path, MlpOptions(mixed_precision=True))
    assert list(tmp_path.iterdir()) == []


def test_mixed_precision_learns_and_resumes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A CPU computes float16 as well, if slowly: what needs a GPU is the gain.
    import tensorflow as tf

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: ["GPU"])
    options = replace(QUICK, batch=64, epochs=2, mixed_precision=True)

    def kill(epoch: Epoch) -> None:
        raise Killed

    whole = run(tmp_path / "whole", options)
    with pytest.raises(Killed):
        run(tmp_path / "killed", options, after_epoch=kill)

    assert same_weights(run(tmp_path / "killed", options), whole)
    assert whole.model.get_layer("hidden_0").compute_dtype == "float16"
    assert {variable.dtype for variable in whole.model.trainable_variables} == {"float32"}
    assert logits(whole, EVAL_ROWS[0]).dtype == np.float32
    assert whole.history[-1].train_loss < whole.history[0].train_loss


def test_a_training_that_diverges_says_so(tmp_path: Path) -> None:
    x = np.full((64, 4), np.nan, np.float32)
    rows = [(x, np.zeros(64, np.int32), np.ones(64, np.float32))]

    with pytest.raises(RequestError, match=r"^the training diverged in epoch 1 \(loss "):
        run(tmp_path, rows=lambda number: rows)


@pytest.mark.parametrize("rows", [[], [(ROWS[0], ROWS[1], 0 * ROWS[2])]])
def test_a_stream_without_rows_is_refused(tmp_path: Path, rows: list[Batch]) -> None:
    with pytest.raises(RequestError, match=r"^no row to train on"):
        run(tmp_path, rows=lambda number: rows)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hidden": (8, 0)}, r"--hidden must be layers of at least 1 unit, not \(8, 0\)"),
        ({"dropout": 1.0}, "--dropout must be at least 0 and below 1, not 1.0"),
        ({"input_dropout": -0.1}, "--input-dropout must be at least 0 and below 1, not -0.1"),
        ({"learning_rate": 0.0}, "--learning-rate must be above 0, not 0.0"),
        ({"weight_decay": float("nan")}, "--weight-decay must be at least 0, not nan"),
        ({"batch": 0}, "--batch must be at least 1, not 0"),
        ({"epochs": 0}, "--epochs must be at least 1, not 0"),
        ({"patience": 0}, "--patience must be at least 1, not 0"),
        ({"seed": -1}, "--seed must be at least 0, not -1"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=f"^{message}$"):
        MlpOptions(**options)
