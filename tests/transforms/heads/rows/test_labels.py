from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.common.errors import RequestError
from transforms.heads.rows.labels import LabelFile, Labels, text_of

Columns = dict[str, list[str | None]]

ROWS: Columns = {"id": ["3", "1", "02"], "label": ["b", "a", None], "tags": ["x;y", None, ""]}


def write(path: Path, rows: Columns) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(pa.table({name: pa.array(values, pa.string()) for name, values in rows.items()}), path)
    elif path.suffix == ".jsonl":
        import json

        records = [dict(zip(rows, values, strict=True)) for values in zip(*rows.values(), strict=True)]
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
    else:
        mark = "\t" if path.suffix == ".tsv" else ","
        quoted = [["" if v is None else f'"{v}"' for v in values] for values in zip(*rows.values(), strict=True)]
        path.write_text("".join(mark.join(line) + "\n" for line in [list(rows), *quoted]))
    return path


# ---- one label an item ------------------------------------------------------------------------------------


def test_codes_follow_the_sorted_names_and_a_null_has_none() -> None:
    labels = Labels.of(pa.array(["b", None, "a", "b", "c"]), separator=None)

    assert labels.names == ("a", "b", "c")
    assert labels.codes.tolist() == [1, -1, 0, 1, 2]
    assert labels.codes.dtype == np.int32
    assert labels.known.tolist() == [True, False, True, True, True]
    assert not labels.several
    assert labels.membership.astype(int).tolist() == [[0, 1, 0], [0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert labels.counts(np.array([True, True, True, False, False])) == {"a": 1, "b": 1, "c": 0}


@pytest.mark.parametrize(
    ("column", "names", "codes"),
    [
        (pa.array([10, 9, None, 10]), ("10", "9"), [0, 1, -1, 0]),
        (pa.array([3, 4], pa.uint8()), ("3", "4"), [0, 1]),
        (pa.array([True, False, None]), ("false", "true"), [1, 0, -1]),
        (pa.array([datetime.date(2024, 5, 1)]), ("2024-05-01",), [0]),
        (pa.array(["y", "x", "y"]).dictionary_encode(), ("x", "y"), [1, 0, 1]),
        (pa.array(["y", "x"], pa.large_string()), ("x", "y"), [1, 0]),
        (pa.array([None, None]), (), [-1, -1]),
    ],
)
def test_what_is_no_text_is_written_as_one(column: pa.Array, names: tuple[str, ...], codes: list[int]) -> None:
    labels = Labels.of(column, separator=None)

    assert (labels.names, labels.codes.tolist()) == (names, codes)


@pytest.mark.parametrize("column", [pa.array([0.5]), pa.array([{"a": 1}]), pa.array([b"x"])])
def test_a_label_without_a_plain_text_is_refused(column: pa.Array) -> None:
    with pytest.raises(RequestError, match="a label must be a text, an integer or a boolean; this column holds"):
        text_of(column)


def test_rare_labels_count_as_missing() -> None:
    labels = Labels.of(pa.array(["a", "a", "b", "c", "c", "c"]), separator=None, drop_rare=2)

    assert (labels.names, labels.codes.tolist()) == (("a", "c"), [0, 0, -1, 1, 1, 1])
    assert labels.known.tolist() == [True, True, False, True, True, True]


@given(st.lists(st.none() | st.sampled_from(["", "a", "b", "ä", "b "]), max_size=30), st.integers(1, 4))
def test_codes_name_every_rows_own_label(values: list[str | None], pieces: int) -> None:
    column = pa.chunked_array([pa.array(values[at::pieces], pa.string()) for at in range(pieces)], pa.string())
    labels = Labels.of(column, separator=None)

    assert [labels.names[code] if code >= 0 else None for code in labels.codes] == [
        value or None for value in column.to_pylist()
    ]


# ---- several labels an item -------------------------------------------------------------------------------


def test_several_labels_an_item() -> None:
    labels = Labels.of(pa.array(["b; a", "a", None, "", ";c;", "a;a"]), separator=";")

    assert labels.names == ("a", "b", "c")
    assert labels.several
    assert labels.codes.astype(int).tolist() == [[1, 1, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 1], [1, 0, 0]]
    assert labels.known.tolist() == [True, True, False, True, True, True], "an empty text is an item of no label"
    assert labels.counts(np.ones(6, np.bool_)) == {"a": 3, "b": 1, "c": 1}
    np.testing.assert_array_equal(labels.membership, labels.codes)


def test_a_column_of_lists_needs_no_separator() -> None:
    labels = Labels.of(pa.array([["b", "a"], [], None, ["b"]]), separator=None)

    assert labels.codes.astype(int).tolist() == [[1, 1], [0, 0], [0, 0], [0, 1]]
    assert labels.known.tolist() == [True, True, False, True]


def test_of_several_labels_a_rare_one_leaves_its_item_the_others() -> None:
    labels = Labels.of(pa.array(["a|b", "a|c", "a"]), separator="|", drop_rare=2)

    assert labels.names == ("a",)
    assert labels.codes.tolist() == [[True], [True], [True]]
    assert labels.known.all()


def test_an_item_that_says_a_label_twice_counts_once() -> None:
    assert Labels.of(pa.array(["a;a;a", "b;a"]), separator=";", drop_rare=3).names == ()


# ---- another order ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [None, ";"])
def test_another_order_of_the_names_says_the_same_of_every_row(separator: str | None) -> None:
    labels = Labels.of(pa.array(["b", None, "a", "c", "a"]), separator=separator)

    moved = labels.in_order(["c", "new", "a", "b"])

    assert moved.names == ("c", "new", "a", "b")
    assert moved.known.tolist() == labels.known.tolist()
    every = np.ones(5, np.bool_)
    assert moved.counts(every) == {"c": 1, "new": 0, "a": 2, "b": 1}
    wanted = [[moved.names[at] for at in np.flatnonzero(row)] for row in moved.membership]
    assert wanted == [["b"], [], ["a"], ["c"], ["a"]]
    assert labels.in_order(["a", "b", "c"]) is labels


# ---- from a file ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
def test_labels_of_a_file_are_joined_by_id(ending: str, tmp_path: Path) -> None:
    held = LabelFile.read(str(write(tmp_path / f"labels.{ending}", ROWS)), ["label", "tags"])

    assert held.joined(["1", "2", "3", "02"], "label").to_pylist() == ["a", None, "b", None]
    no_tag = None if ending in ("csv", "tsv") else ""  # these cannot tell an empty text from no text
    assert held.joined(["3", "02", "1", "9"], "tags").to_pylist() == ["x;y", no_tag, None, None]


def test_numbers_in_a_file_are_labels_too(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text("id,label\n1,5\n2,10\n3,\n")

    held = LabelFile.read(str(tmp_path / "l.csv"), ["label"])

    assert Labels.of(held.joined(["3", "2", "1"], "label"), separator=None).codes.tolist() == [-1, 0, 1]


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ({"id": ["1", "2", "1", "1"], "label": list("abab")}, "1 ids stand more than once or are empty, first '1'"),
        ({"name": ["1"], "label": ["a"]}, "has no column 'id': it has name, label"),
        ({"id": ["1"], "topic": ["a"]}, "has no column 'label': it has id, topic"),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_a_file_that_cannot_be_joined_is_refused(ending: str, rows: Columns, complaint: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"labels.{ending}", rows)

    with pytest.raises(RequestError) as refused:
        LabelFile.read(str(path), ["label"])

    assert str(path) in str(refused.value)
    assert complaint in str(refused.value)


@pytest.mark.parametrize("name", ["l.csv", "l.tsv", "l.jsonl", "l.parquet"])
@pytest.mark.parametrize("content", [b"", b"\x00\xff{{{"])
def test_a_file_of_another_format_is_refused(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(RequestError) as refused:
        LabelFile.read(str(tmp_path / name), ["label"])

    assert name in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"the labels' file .*none.csv cannot be read: .*No such file"):
        LabelFile.read(str(tmp_path / "none.csv"), ["label"])


def test_ids_that_the_table_lacks_are_counted_and_shown(tmp_path: Path) -> None:
    held = LabelFile.read(str(write(tmp_path / "labels.csv", ROWS)), ["label"])

    held.require_known(pa.chunked_array([["1", "02"], ["3", "4"]]))
    with pytest.raises(RequestError) as refused:
        held.require_known(pa.chunked_array([["c", "b"], ["a", "1"]]))

    assert str(refused.value) == (
        f"2 of the 3 ids of {tmp_path}/labels.csv are not in the table, such as '3', '02'; ids of the table look like"
        " 'c', 'b', 'a'. To pass over them: --skip-unknown"
    )
