"""Fitting a linear head: what is chosen, and that a table too large for memory makes the head that it would make within it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.helpers import heads
from transforms.common.progress import METER
from transforms.heads.fit import held_out, linear_head
from transforms.heads.fit.fitted import held_out_temperature
from transforms.heads.fit.training_data import HeadData
from transforms.heads.rows.feature_transform import HeadTransform
from transforms.heads.rows.inputs import Inputs
from transforms.heads.rows.prepare import prepare
from transforms.heads.rows.split import EVAL, TRAIN
from transforms.table.open import existing
from transforms.table.vectors import TableVectors


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> HeadData:
    """300 news of three topics, in the order of their labels."""
    root = tmp_path_factory.mktemp("fit")
    table = heads.embedded(root, sorted(heads.news(300), key=lambda row: row["label"]))
    job = heads.train_job(table, root / "model", leakage_threshold=None)
    prepared = prepare(job)
    snapshot = existing(table)
    inputs = Inputs.of(job, snapshot.schema, snapshot.about.dim)
    return HeadData(
        job=job,
        head=replace(job.heads[0], inverse_regularization=(1.0, 10.0)),
        vectors=TableVectors(table, snapshot),
        prepared=prepared,
        labels=prepared.labels[""],
        transform=HeadTransform("nowhere", inputs),
    )


def test_many_eval_rows_choose_without_folds(data: HeadData, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_out, "FEW_EVAL_ROWS", 0)

    choice = linear_head._by_eval(data, data.rows(TRAIN), data.rows(EVAL))

    assert choice.whole
    assert sum(int(block.x.shape[0]) for block in choice.blocks) == data.rows(TRAIN).sum()
    assert len(choice.logits) == len(choice.truth) == data.rows(EVAL).sum()
    x, truth, _ = data.in_memory(data.rows(EVAL))
    said = x @ choice.start.weights[0] + choice.start.bias[0]
    np.testing.assert_allclose(choice.logits, said, atol=1e-5)
    assert choice.errors.min() == pytest.approx((said.argmax(axis=1) != truth).mean())


def test_rows_that_do_not_fit_into_memory_are_streamed_to_the_same_head(
    data: HeadData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_out, "FEW_EVAL_ROWS", 0)
    monkeypatch.setattr(linear_head, "_STREAMED_PASSES", 60)
    data = replace(data, head=replace(data.head, inverse_regularization=(10.0,)))
    train = data.rows(TRAIN)
    # For 100 of the 240 training rows.
    small = replace(data, job=replace(data.job, memory=100 * data.transform.width * 4))
    assert not small.fits(int(train.sum()))

    choice = linear_head._by_eval(small, train, data.rows(EVAL))
    streamed = linear_head._final(small, choice, train)
    # The same geometry, or C would mean something else.
    whole = replace(choice, blocks=list(linear_head.StreamedBlocks(data, train, 64)), whole=True)
    in_memory = linear_head._final(data, whole, train)

    assert not choice.whole
    assert sum(int(block.x.shape[0]) for block in choice.blocks) < 150
    x = data.in_memory(train)[0]
    np.testing.assert_allclose(x @ streamed[0] + streamed[1], x @ in_memory[0] + in_memory[1], atol=0.05)
    alone = linear_head._fit(small, choice.blocks, choice.geometry, (10.0,), phase="fitting")
    assert np.abs(x @ alone.weights[0] + alone.bias[0] - (x @ in_memory[0] + in_memory[1])).max() > 0.1


def test_the_c_of_the_fewest_errors_is_taken_and_the_loss_breaks_ties() -> None:
    losses, errors = np.array([0.1, 0.5, 0.4, 0.3]), np.array([0.2, 0.1, 0.1, 0.3])

    assert held_out.best_setting(losses, errors, several=False) == 2


def test_the_passes_of_a_fit_are_told_as_steps_of_its_own_phase(
    data: HeadData, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where another head's training, in the same process, has set another phase meanwhile."""
    phases: list[str] = []
    monkeypatch.setattr(METER, "begin", lambda phase: phases.append(phase))
    monkeypatch.setattr(METER, "phase", "another head, pass 3")

    linear_head.fit_linear(data)

    assert phases[:2] == ["choosing the regularization", "choosing the regularization, fold 1 of 5"]
    assert phases[-1].startswith("fitting, pass ")
    assert not any("another" in phase or phase.count("pass") > 1 for phase in phases)


def test_a_few_right_rows_do_not_freeze_the_temperature() -> None:
    logits = np.array([[4.0, 0.0], [0.0, 4.0]], np.float32)

    assert held_out_temperature(logits, np.array([0, 1], np.int32)) == 1.0
    assert 1.0 < held_out_temperature(np.tile(logits, (2, 1)), np.array([0, 1, 1, 1], np.int32)) < 20.0
