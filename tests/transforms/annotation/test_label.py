from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers import annotation
from transforms.annotation.job import LabelJob
from transforms.annotation.label import label


def made(root: Path, labels: Sequence[str | None], *, count: int = 10, **asked: Any) -> dict[str, Any]:
    vectors = np.random.default_rng(0).standard_normal((len(labels), 6)).astype(np.float32)
    table = annotation.table(root, vectors, labels)
    return label(LabelJob(table=table, version=0, out=str(root / "todo"), count=count, **asked))


@pytest.mark.parametrize(
    ("labels", "chosen"),
    [
        (["a"], 0),
        ([None], 1),
        ([None] * 3, 3),
        (["a"] * 12, 0),
        (["a"] * 12 + [None] * 4, 4),
        (["a", "b"] + [None] * 30, 10),
        ([*map(str, range(12))], 0),
    ],
)
def test_small_tables(labels: list[str | None], chosen: int, tmp_path: Path) -> None:
    found = made(tmp_path, labels)

    assert sum(found["chosen"].values()) == len(found["items"]) == chosen
    with (tmp_path / "todo" / "label.csv").open(newline="") as stream:
        assert [row["id"] for row in csv.DictReader(stream)] == [row["id"] for row in found["items"]]


def test_vectors_of_zeros_are_passed_over(tmp_path: Path) -> None:
    table = annotation.table(tmp_path, np.zeros((20, 4), np.float32), ["a", "b"] * 5 + [None] * 10)

    found = label(LabelJob(table=table, version=0, out=str(tmp_path / "todo")))

    assert all(row["reason"] == "label error" for row in found["items"])


def test_a_list_is_the_same_each_time(tmp_path: Path) -> None:
    labels = ["a", "b", "c"] * 8 + [None] * 40
    first = made(tmp_path / "one", labels, count=12)
    again = made(tmp_path / "two", labels, count=12)

    assert [row["id"] for row in first["items"]] == [row["id"] for row in again["items"]]
