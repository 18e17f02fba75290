"""Preparing the rows of a training: found again, near-duplicates, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers import heads
from tests.helpers.embedding import rows
from transforms.common.errors import RequestError
from transforms.heads.job import HeadOptions, SplitOptions
from transforms.heads.rows.prepare import prepare
from transforms.heads.rows.prepared import Prepared
from transforms.heads.rows.row_columns import RowColumns
from transforms.heads.rows.split import EVAL, TEST, TRAIN


def split_by(**asked: Any) -> SplitOptions:
    return SplitOptions(**asked)


def test_many_heads_share_a_split(kept_table: str, tmp_path: Path) -> None:
    options = (HeadOptions(name="x", label="label"), HeadOptions(name="y", label="tags", separator=";"))
    prepared = prepare(heads.train_job(kept_table, tmp_path / "m", heads=options))

    assert list(prepared.labels) == ["x", "y"]
    assert prepared.rows(options[0], TRAIN, EVAL, TEST).all()
    known = [row["tags"] is not None for row in rows(kept_table).values()]
    assert prepared.rows(options[1], TRAIN, EVAL, TEST).sum() == sum(known)


def test_what_was_prepared_is_found_again(kept_table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = (HeadOptions(name="x", label="label"), HeadOptions(name="y", label="tags", separator=";"))
    job = heads.train_job(kept_table, tmp_path / "m", heads=options)
    first = prepare(job)
    monkeypatch.setattr(RowColumns, "read", None)

    again = prepare(job)

    for name in ("salt", "split_by", "split_name", "leakage", "moved"):
        assert getattr(again, name) == getattr(first, name)
    for name in ("sides", "groups"):
        assert getattr(again, name).tolist() == getattr(first, name).tolist()
    for name in ("x", "y"):
        assert again.labels[name].names == first.labels[name].names
        assert again.labels[name].codes.tolist() == first.labels[name].codes.tolist()
        assert again.labels[name].known.tolist() == first.labels[name].known.tolist()


# ---- near-duplicates --------------------------------------------------------------------------------------


@pytest.fixture
def leaky(tmp_path: Path) -> str:
    """240 rows, and 50 of their texts once more under other ids in another source."""
    made = heads.news(240)
    copies = [{**row, "id": f"copy of {row['id']}"} for row in made[::4][:50]]
    heads.embedded(tmp_path, made)
    return heads.embedded(tmp_path, copies, source="copies.parquet")


def straddling(table: str, prepared: Prepared, threshold: float) -> int:
    """Held-out rows that a training row is as near to, counted the plain way."""
    by_id, stored = heads.sides_by_id(table, prepared), rows(table)
    matrix = np.array([stored[name]["embedding"] for name in by_id], np.float64)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    side = np.array(list(by_id.values()))
    cosines = matrix[np.isin(side, (EVAL, TEST))] @ matrix[side == TRAIN].T
    return int((cosines.max(axis=1) >= threshold).sum())


def test_planted_copies_across_the_split_are_counted_and_named(leaky: str, tmp_path: Path) -> None:
    prepared = prepare(heads.train_job(leaky, tmp_path / "m", leakage_threshold=0.999))

    by_id = heads.sides_by_id(leaky, prepared)
    apart = {name: by_id[name.removeprefix("copy of ")] != side for name, side in by_id.items() if "copy" in name}
    assert prepared.leakage is not None
    assert prepared.leakage["found"] == straddling(leaky, prepared, 0.999) > 10
    assert prepared.leakage["moved"] == 0
    for example in prepared.leakage["examples"]:
        pair = {example["held_out"].removeprefix("copy of "), example["train"].removeprefix("copy of ")}
        assert len(pair) == 1 and apart[f"copy of {pair.pop()}"]
        assert by_id[example["train"]] == TRAIN and by_id[example["held_out"]] in (EVAL, TEST)


def test_asked_to_be_mended_they_train_together(leaky: str, tmp_path: Path) -> None:
    before = prepare(heads.train_job(leaky, tmp_path / "m", leakage_threshold=0.999))
    prepared = prepare(heads.train_job(leaky, tmp_path / "m", leakage_threshold=0.999, fix_leakage=True))

    assert prepared.leakage is not None and before.leakage is not None
    assert straddling(leaky, prepared, 0.999) == 0
    assert prepared.leakage["found"] == before.leakage["found"], "told of the split as it was"
    moved = np.flatnonzero(prepared.sides != before.sides)
    assert len(moved) == prepared.leakage["moved"] >= before.leakage["found"] > 10
    assert set(prepared.sides[moved].tolist()) == {TRAIN}


def test_copies_of_one_group_never_straddle(leaky: str, tmp_path: Path) -> None:
    split = split_by(group_pattern=r"\d+$")

    prepared = prepare(heads.train_job(leaky, tmp_path / "m", leakage_threshold=0.9999, split=split))

    assert prepared.leakage is not None and prepared.leakage["found"] == 0


def test_nobody_looks_for_them_unasked(leaky: str, tmp_path: Path) -> None:
    assert prepare(heads.train_job(leaky, tmp_path / "m", leakage_threshold=None)).leakage is None


# ---- what the rows make impossible ------------------------------------------------------------------------


def refused(job: Any) -> str:
    with pytest.raises(RequestError) as error:
        prepare(job)
    said = str(error.value)
    assert "\n" not in said
    assert Prepared.load(job.state) is None
    return said


def test_a_table_without_labels(tmp_path: Path) -> None:
    table = heads.embedded(tmp_path, [{"id": row["id"], "text": row["text"]} for row in heads.news(30)])

    assert refused(heads.train_job(table, tmp_path / "m")) == (
        f"{table}: no row has a label in the column 'label': give --label-column, or --labels FILE with the columns id"
        " and label"
    )


def labelled(tmp_path: Path, labels: Sequence[str | None]) -> str:
    made = [{**row, "label": label} for row, label in zip(heads.news(len(labels)), labels, strict=True)]
    return heads.embedded(tmp_path, made, types={"label": pa.string()})


def test_one_label_is_no_choice(tmp_path: Path) -> None:
    table = labelled(tmp_path, ["same"] * 30 + [None] * 10)

    assert refused(heads.train_job(table, tmp_path / "m")) == (
        f"{table}: every label is 'same' in the column 'label': a classifier needs two"
    )


def test_labels_of_too_few_items(tmp_path: Path) -> None:
    table = labelled(tmp_path, ["a", "b"] * 30 + ["two", "two", "one"])

    assert refused(heads.train_job(table, tmp_path / "m")) == (
        "2 of 4 labels have fewer items than there are sides (train, eval, test): 'one' (1), 'two' (2); leave such"
        " labels out with --drop-rare 3, or label more items"
    )
    prepared = prepare(heads.train_job(table, tmp_path / "m", drop_rare=3))
    assert prepared.labels[""].names == ("a", "b")
    assert int((~prepared.labels[""].known).sum()) == 3


def test_a_refused_training_leaves_no_salt_behind(tmp_path: Path) -> None:
    labels = ["a", "b"] * 30 + ["one"]
    table, again = labelled(tmp_path / "tried", labels), labelled(tmp_path / "new", labels)
    splits = Path(table, "_vectormill", "splits")

    refused(heads.train_job(table, tmp_path / "m"))
    assert not splits.exists()

    salts = [prepare(heads.train_job(one, f"{one}-model", drop_rare=3)).salt for one in (table, again)]
    assert salts[0] == salts[1]
    assert [json.loads(path.read_text())["salt"] for path in splits.iterdir()] == salts[:1]


def test_nothing_left_after_the_rare_ones_went(tmp_path: Path) -> None:
    table = labelled(tmp_path, ["a", "b"] * 5)

    assert "there is no label left in the column 'label'" in refused(
        heads.train_job(table, tmp_path / "m", drop_rare=6)
    )


def test_weights_of_labels_are_for_one_label_an_item(kept_table: str, tmp_path: Path) -> None:
    job = heads.train_job(kept_table, tmp_path / "m", label="tags", separator=";", balanced=True)

    assert "--balanced is for one label an item" in refused(job)


def test_a_column_that_cannot_hold_labels(kept_table: str, tmp_path: Path) -> None:
    job = heads.train_job(kept_table, tmp_path / "m", label="weight")

    assert refused(job) == "a label must be a text, an integer or a boolean; this column holds double"


def test_a_word_that_names_no_side(kept_table: str, tmp_path: Path) -> None:
    assert refused(heads.train_job(kept_table, tmp_path / "m", split=split_by(column="strange"))) == (
        "the column strange holds 'maybe': its values name the side of a row, as train, eval (or val, validation, dev)"
        " and test"
    )


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("(", r"--group-pattern \(: no regular expression: "),
        ("x+", r"--group-pattern x\+ matches no id; ids look like"),
    ],
)
def test_a_pattern_that_groups_nothing(pattern: str, complaint: str, kept_table: str, tmp_path: Path) -> None:
    job = heads.train_job(kept_table, tmp_path / "m", split=split_by(group_pattern=pattern))

    with pytest.raises(RequestError, match=complaint):
        prepare(job)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_vector_that_is_no_number_is_named(value: float, tmp_path: Path) -> None:
    table = heads.embedded(tmp_path, heads.news(60))
    (part,) = Path(table).glob("part-*.parquet")
    stored = pq.read_table(part)
    vectors = stored["embedding"].to_pylist()
    vectors[17][3] = value
    at = stored.schema.get_field_index("embedding")
    pq.write_table(
        stored.set_column(at, stored.schema.field(at), pa.array(vectors, stored.schema.field(at).type)), part
    )

    said = refused(heads.train_job(table, tmp_path / "m"))

    name = stored["id"][17].as_py()
    assert said == f"{table}: the vectors of 1 rows here hold NaN or infinity, first {name}: embed its source again"


def test_a_label_that_no_training_row_has(kept_table: str, tmp_path: Path) -> None:
    """Its rows are all of one group, which is one of the tests."""
    file = tmp_path / "labels.csv"
    ids = heads.ids_of(kept_table)
    lines = [f"{name},{'seen in a test' if name >= '200' else 'usual' if name >= '100' else 'other'}" for name in ids]
    file.write_text("\n".join(["id,label", *lines]) + "\n")

    job = heads.train_job(
        kept_table, tmp_path / "m", labels_files=(str(file),), split=split_by(test_sources=("more/*",))
    )

    assert refused(job) == "no training row has the label 'seen in a test' (1 such): choose another split"
