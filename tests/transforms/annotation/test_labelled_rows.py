from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.helpers import annotation
from transforms.annotation.labelled_rows import LabelledRows, look_at_labelled
from transforms.annotation.out_of_fold import folds_of
from transforms.common.hashes import hashes_of
from transforms.heads.rows.labels import Labels
from transforms.table.open import existing
from transforms.table.vectors import TableVectors


def looked(root: Path, vectors: annotation.Vectors, labels: list[str], *, separator: str | None = None) -> LabelledRows:
    import pyarrow as pa

    path = annotation.table(root, vectors, labels)
    return look_at_labelled(
        TableVectors(path, existing(path)),
        Labels.of(pa.array(labels), separator=separator),
        np.ones(len(labels), np.bool_),
        hashes_of(f"r{number:03}" for number in range(len(labels))),
        threshold=0.98,
    )


def test_flipped_labels_are_found_and_mended(tmp_path: Path) -> None:
    vectors, owner = annotation.clusters([40, 40, 40], spread=0.4)
    flipped = [3, 21, 50, 77, 90, 118]
    labels = ["abc"[code] for code in owner]
    for row in flipped:
        labels[row] = "abc"[(owner[row] + 1) % 3]

    found = looked(tmp_path, vectors, labels)

    assert sorted(one.row for one in found.errors[:6]) == flipped
    assert {one.row: one.suggested for one in found.errors if one.row in flipped} == {
        row: ("abc"[owner[row]],) for row in flipped
    }
    assert found.estimated is not None
    assert 3 <= found.estimated <= 12


def test_of_several_labels_an_item_the_wrong_one_is_found(tmp_path: Path) -> None:
    vectors, owner = annotation.clusters([40, 40, 40], spread=0.4)
    labels = [("a", "b", "a,b")[code] for code in owner]
    labels[5], labels[60] = "a,b", ""

    found = looked(tmp_path, vectors, labels, separator=",")

    assert {one.row: one.suggested for one in found.errors[:2]} == {5: ("a",), 60: ("b",)}


def test_near_duplicates_that_disagree_are_paired(tmp_path: Path) -> None:
    vectors, owner = annotation.clusters([20, 20])
    vectors = np.concatenate([vectors, vectors[:2], vectors[:1]])
    labels = ["ab"[code] for code in owner] + ["a", "b", "b"]

    found = looked(tmp_path, vectors, labels)

    assert {(one.row, one.twin) for one in found.disagreements} <= {(41, 1), (1, 41), (42, 0), (42, 40)}
    assert {one.row for one in found.disagreements} & {42} == {42}
    assert all(one.score > 0.999 for one in found.disagreements)


def test_a_label_of_one_item_is_not_called_wrong(tmp_path: Path) -> None:
    vectors, owner = annotation.clusters([20, 20])
    labels = ["ab"[code] for code in owner]
    labels[0] = "alone"

    found = looked(tmp_path, vectors, labels)

    assert 0 not in {one.row for one in found.errors}
    assert found.notes == ("1 labelled rows could not be judged: no other row, but near-duplicates, has their label",)


def test_few_labels_say_nothing(tmp_path: Path) -> None:
    vectors, _ = annotation.clusters([2, 2])

    found = looked(tmp_path, vectors, ["a", "a", "b", "b"])

    assert (found.errors, found.estimated, found.c) == ((), None, None)
    assert found.notes == ("4 labelled rows are too few, or of too few labels, to say which labels are wrong",)


def test_a_group_is_in_one_fold_and_labels_are_spread() -> None:
    groups = np.repeat(np.arange(20, dtype=np.uint64), 2)
    fold = folds_of(groups, np.repeat(np.arange(2), 20))

    assert all(len(set(fold[groups == group])) == 1 for group in groups)
    assert all((np.bincount(fold[start : start + 20], minlength=5) == 4).all() for start in (0, 20))
