"""The labels of a table's rows, from the table itself, without a pipeline."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers import fakes, heads
from tests.helpers.embedding import rows
from transforms.common.errors import RequestError
from transforms.heads.rows.prepare import prepare
from transforms.heads.rows.prepared import Prepared
from transforms.heads.rows.row_columns import RowColumns
from transforms.table.open import existing


def labels_by_id(table: str, prepared: Prepared, head: str = "") -> dict[str, Any]:
    labels = prepared.labels[head]
    stored = [tuple(np.array(labels.names)[row].tolist()) for row in labels.membership]
    found = [
        (stored[at] if labels.several else stored[at][0]) if known else None for at, known in enumerate(labels.known)
    ]
    return dict(zip(heads.ids_of(table), found, strict=True))


@pytest.mark.parametrize(
    ("label", "values"),
    [("label", None), ("grade", {0: "0", 1: "1", 2: "2"}), ("urgent", {True: "true", False: "false"})],
)
def test_labels_of_a_column(label: str, values: dict[Any, str] | None, kept_table: str, tmp_path: Path) -> None:
    prepared = prepare(heads.train_job(kept_table, tmp_path / "m", label=label))

    table = rows(kept_table)
    assert labels_by_id(kept_table, prepared) == {
        name: row[label] if values is None else values[row[label]] for name, row in table.items()
    }


def test_several_labels_an_item(kept_table: str, tmp_path: Path) -> None:
    prepared = prepare(heads.train_job(kept_table, tmp_path / "m", label="tags", separator=";"))

    said = {"a;b": ("a", "b"), "b": ("b",), "": (), None: None, "a": ("a",)}
    assert labels_by_id(kept_table, prepared) == {name: said[row["tags"]] for name, row in rows(kept_table).items()}


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_labels_of_a_file_are_those_of_the_column(ending: str, kept_table: str, tmp_path: Path) -> None:
    table = pa.table({name: [row[name] for row in reversed(rows(kept_table).values())] for name in ("id", "label")})
    file = tmp_path / f"labels.{ending}"
    if ending == "csv":
        import pyarrow.csv

        pyarrow.csv.write_csv(table, file)
    elif ending == "jsonl":
        import json

        file.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    else:
        pq.write_table(table, file)

    joined = prepare(heads.train_job(kept_table, tmp_path / "m", labels_files=(str(file),)))
    own = prepare(heads.train_job(kept_table, tmp_path / "n"))

    assert labels_by_id(kept_table, joined) == labels_by_id(kept_table, own)
    assert joined.sides.tolist() == own.sides.tolist()


def test_unknown_ids_are_passed_over_where_that_is_asked_for(kept_table: str, tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    lines = [f"{number:03},{'ab'[number % 2]}" for number in range(150)]
    file.write_text("\n".join(["id,label", *lines, "strange,c"]) + "\n")

    prepared = prepare(heads.train_job(kept_table, tmp_path / "m", labels_files=(str(file),), skip_unknown=True))

    found = labels_by_id(kept_table, prepared)
    assert found == {f"{n:03}": "ab"[n % 2] if n < 150 else None for n in range(300)}
    assert prepared.labels[""].names == ("a", "b")


def test_reading_labels_alone_keeps_nothing(kept_table: str, tmp_path: Path) -> None:
    job = heads.train_job(kept_table, tmp_path / "m")

    labels = RowColumns.read(job, existing(kept_table)).labels(job)

    assert labels[""].names == ("money", "sky", "sport")
    assert not os.path.exists(job.state)
    assert fakes.CALLS == []


def test_answers_are_laid_over_the_tables_labels(kept_table: str, tmp_path: Path) -> None:
    job = heads.train_job(kept_table, tmp_path / "m")
    before = RowColumns.read(job, existing(kept_table)).labels(job)[""]
    ids = heads.ids_of(kept_table)
    other = "sport" if before.names[before.codes[0]] != "sport" else "sky"
    answers, more = tmp_path / "answers.csv", tmp_path / "more.csv"
    answers.write_text(f"id,answer\n{ids[0]},{other}\n{ids[1]},new\n")
    more.write_text(f"id,answer\n{ids[1]},{before.names[before.codes[1]]}\n")

    job = heads.train_job(kept_table, tmp_path / "m", labels_files=(str(answers), str(more)))
    after = RowColumns.read(job, existing(kept_table)).labels(job)[""]

    assert [after.names[code] for code in after.codes[1:]] == [before.names[code] for code in before.codes[1:]]
    assert after.names[after.codes[0]] == other
    assert after.notes == (
        f"{answers}: 2 answered, 2 with another label than before, 0 without one before, labels that no item had: 'new'",
        f"{more}: 1 answered, 1 with another label than before, 0 without one before",
    )


def test_answers_to_other_items_are_refused(kept_table: str, tmp_path: Path) -> None:
    (tmp_path / "answers.csv").write_text("id,answer\nnobody,sky\n")
    job = heads.train_job(kept_table, tmp_path / "m", labels_files=(str(tmp_path / "answers.csv"),))

    with pytest.raises(RequestError, match=r"1 of the 1 ids of .*answers.csv are not in the table, such as 'nobody'"):
        RowColumns.read(job, existing(kept_table)).labels(job)
