from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.helpers import annotation
from transforms.annotation.gain import gain_of_answers
from transforms.heads.rows.labels import Labels
from transforms.heads.rows.split import TEST, TRAIN
from transforms.table.open import existing
from transforms.table.vectors import TableVectors


def test_answers_that_mend_labels_gain_accuracy_on_the_same_rows(tmp_path: Path) -> None:
    vectors, owner = annotation.clusters([60, 60], spread=0.3)
    path = annotation.table(tmp_path, vectors, ["ab"[code] for code in owner])
    table = TableVectors(path, existing(path))
    sides = np.where(np.arange(120) % 3 == 0, TEST, TRAIN).astype(np.uint8)
    known = np.ones(120, np.bool_)
    after = Labels(names=("a", "b"), codes=owner, known=known)
    wrong = np.where((np.arange(120) % 2 == 0) & (owner == 0), 1, owner).astype(np.int32)
    before = Labels(names=("a", "b"), codes=wrong, known=known)

    found = gain_of_answers(table, before, after, sides, c=10.0, seed=0)

    assert found is not None
    assert (found["test_rows"], found["test_rows_answered"]) == (40, 10)
    assert found["after"]["value"] == 1.0
    assert found["gain"]["value"] == pytest.approx(1.0 - found["before"]["value"])
    assert 0 < found["gain"]["low"] < found["gain"]["value"]
    none = gain_of_answers(table, before, after, np.full(120, TRAIN, np.uint8), c=10.0, seed=0)
    assert none is None


def test_the_first_answers_are_compared_with_knowing_nothing(tmp_path: Path) -> None:
    vectors, owner = annotation.clusters([60, 60], spread=0.3)
    path = annotation.table(tmp_path, vectors, [None] * 120)
    after = Labels(names=("a", "b"), codes=owner, known=np.ones(120, np.bool_))
    before = Labels(names=("a", "b"), codes=np.full(120, -1, np.int32), known=np.zeros(120, np.bool_))
    sides = np.where(np.arange(120) % 3 == 0, TEST, TRAIN).astype(np.uint8)

    found = gain_of_answers(TableVectors(path, existing(path)), before, after, sides, c=10.0, seed=0)

    assert found is not None
    assert (found["before"]["value"], found["after"]["value"]) == (0.5, 1.0)
    assert found["gain"]["value"] == 0.5
