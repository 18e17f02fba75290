from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transforms.common.errors import RequestError
from transforms.corpus import readers
from transforms.corpus.options import ReadOptions
from transforms.corpus.sources import list_corpus
from transforms.heads.rows.label_file import LabelFile
from transforms.heads.rows.labels import Labels

Columns = dict[str, list[str | None]]

ROWS: Columns = {"id": ["3", "1", "02"], "label": ["b", "a", None], "tags": ["x;y", None, ""]}


def write(path: Path, rows: Columns) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(pa.table({name: pa.array(values, pa.string()) for name, values in rows.items()}), path)
    elif path.suffix == ".jsonl":
        records = [dict(zip(rows, values, strict=True)) for values in zip(*rows.values(), strict=True)]
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
    else:
        mark = "\t" if path.suffix == ".tsv" else ","
        quoted = [["" if v is None else f'"{v}"' for v in values] for values in zip(*rows.values(), strict=True)]
        path.write_text("".join(mark.join(line) + "\n" for line in [list(rows), *quoted]))
    return path


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
def test_labels_of_a_file_are_joined_by_id(ending: str, tmp_path: Path) -> None:
    stored = LabelFile.read(str(write(tmp_path / f"labels.{ending}", ROWS)), ["label", "tags"])

    assert stored.joined(["1", "2", "3", "02"], "label").to_pylist() == ["a", None, "b", None]
    no_tag = None if ending in ("csv", "tsv") else ""  # these cannot tell an empty text from no text
    assert stored.joined(["3", "02", "1", "9"], "tags").to_pylist() == ["x;y", no_tag, None, None]


def test_numbers_in_a_file_are_labels_too(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text("id,label\n1,5\n2,10\n3,\n")

    stored = LabelFile.read(str(tmp_path / "l.csv"), ["label"])

    assert Labels.of(stored.joined(["3", "2", "1"], "label"), separator=None).codes.tolist() == [-1, 0, 1]


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
    stored = LabelFile.read(str(write(tmp_path / "labels.csv", ROWS)), ["label"])

    stored.require_known(pa.chunked_array([["1", "02"], ["3", "4"]]))
    with pytest.raises(RequestError) as refused:
        stored.require_known(pa.chunked_array([["c", "b"], ["a", "1"]]))

    assert str(refused.value) == (
        f"2 of the 3 ids of {tmp_path}/labels.csv are not in the table, such as '3', '02'; ids of the table look like"
        " 'c', 'b', 'a'. To pass over them: --skip-unknown"
    )


@pytest.mark.parametrize(
    "values", [["01", "1", "10"], ["1.0", "5.0", "+1"], ["12:30", "NA", "True"], ["pos ", "pos", "-"]]
)
@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
def test_a_label_stays_as_it_is_written(ending: str, values: list[str], tmp_path: Path) -> None:
    rows: Columns = {"id": ["a", "b", "c"], "label": list(values)}

    file = LabelFile.read(str(write(tmp_path / f"labels.{ending}", rows)), ["label"])

    assert file.joined(["a", "b", "c"], "label").to_pylist() == values


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1), min_size=1, max_size=8),
    ending=st.sampled_from(["csv", "tsv", "jsonl", "parquet"]),
)
def test_any_label_comes_back_from_every_format(values: list[str], ending: str, tmp_path: Path) -> None:
    rows: Columns = {"id": [f"i{n}" for n in range(len(values))], "label": [v.replace('"', "'") for v in values]}

    file = LabelFile.read(str(write(tmp_path / f"labels.{ending}", rows)), ["label"])

    assert file.joined(rows["id"], "label").to_pylist() == rows["label"]


@pytest.mark.parametrize("code", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encoding_and_separator_are_told_as_those_of_a_corpus(code: str, separator: str, tmp_path: Path) -> None:
    lines = [["id", "label"], ["1", "été"], ["2", "hiver"], ["3", "été"]]
    (tmp_path / "l.csv").write_bytes("".join(separator.join(line) + "\r\n" for line in lines).encode(code))

    file = LabelFile.read(str(tmp_path / "l.csv"), ["label"])

    assert file.joined(["2", "3"], "label").to_pylist() == ["hiver", "été"]


def test_a_compressed_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "l.csv.gz").write_bytes(gzip.compress(b"id,label\n1,a\n"))

    assert LabelFile.read(str(tmp_path / "l.csv.gz"), ["label"]).joined(["1"], "label").to_pylist() == ["a"]


def test_lists_of_json_lines_are_several_labels(tmp_path: Path) -> None:
    (tmp_path / "l.jsonl").write_text('{"id": "1", "label": ["a", "b"]}\n{"id": "2", "label": []}\n{"id": "3"}\n')

    file = LabelFile.read(str(tmp_path / "l.jsonl"), ["label"])

    assert file.joined(["2", "1", "3"], "label").to_pylist() == [[], ["a", "b"], None]


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("l.csv", b"id,label\n1,a\n2,b,c\n", "3 values where 2 are due"),
        ("l.csv", b"id,label\n1,a\xff\n2,a\xfe\n", "not UTF-8"),
        ("l.jsonl", b'{"id": "1", "label": "a"}\n{"id": "2", \n', "is no CSV, TSV, JSON lines or Parquet file"),
        ("l.csv", b"id,label,label\n1,a,b\n", "more than one column named 'label'"),
    ],
)
def test_a_row_that_cannot_be_read_is_not_a_missing_label(
    name: str, content: bytes, complaint: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(RequestError, match=complaint):
        LabelFile.read(str(tmp_path / name), ["label"])


# ---- the same labels by column and by file ----------------------------------------------------------------

KINDS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "text": (pa.string(), st.text(st.characters(exclude_categories=("Cs", "Cc")))),
    "written": (
        pa.string(),
        st.sampled_from(["01", "1", "1.0", "+1", "NA", "True", "true", " a", "a", "e\u0301", "\xe9"]),
    ),
    "integer": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "double": (pa.float64(), st.floats()),
    "whole": (pa.float64(), st.integers(-(2**53), 2**53).map(float)),
    "boolean": (pa.bool_(), st.booleans()),
    "day": (pa.date32(), st.dates()),
    "bytes": (pa.binary(), st.text(st.characters(exclude_categories=("Cs", "Cc"))).map(str.encode)),
}
WITHOUT_TYPES = ("text", "written", "integer", "double", "whole", "boolean")


def write_typed(path: Path, values: list[Any], kind: pa.DataType) -> None:
    rows = [{"id": f"i{at}", "text": "a text", "label": value} for at, value in enumerate(values)]
    if path.suffix == ".parquet":
        schema = pa.schema([("id", pa.string()), ("text", pa.string()), ("label", kind)])
        pq.write_table(pa.Table.from_pylist(rows, schema), path)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        with path.open("w", newline="") as stream:
            dialect = csv.excel_tab if path.suffix == ".tsv" else csv.excel
            writer = csv.DictWriter(stream, list(rows[0]), dialect=dialect, quoting=csv.QUOTE_ALL)
            writer.writeheader()
            writer.writerows(rows)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), ending=st.sampled_from(["csv", "tsv", "jsonl", "parquet"]))
def test_labels_of_a_file_are_those_of_a_column(data: st.DataObject, ending: str, tmp_path: Path) -> None:
    names = list(KINDS) if ending == "parquet" else WITHOUT_TYPES
    kind, values = KINDS[data.draw(st.sampled_from(names))]
    path = tmp_path / f"labels.{ending}"
    write_typed(path, data.draw(st.lists(st.none() | values, min_size=1, max_size=6)), kind)

    options = ReadOptions(modality="text", text_column="text", id_column="id", label_column="label")
    batches = list(readers.read(list_corpus([str(path)], options).sources, options))
    column = pa.chunked_array([batch.column("label") for batch in batches])
    ids = [name for batch in batches for name in batch.column("id").to_pylist()]
    by_file = LabelFile.read(str(path), ["label"]).joined(ids, "label")

    assert [label or None for label in by_file.to_pylist()] == column.to_pylist()
    one, other = Labels.of(by_file, separator=None), Labels.of(column, separator=None)
    assert (one.names, one.codes.tolist()) == (other.names, other.codes.tolist())


def test_integers_that_pandas_stored_as_doubles_are_integers(tmp_path: Path) -> None:
    table = pa.table(
        {"id": ["a", "b", "c", "d"], "label": [1.0, 20.0, None, float("nan")], "many": [[1.0], [], None, [2]]}
    )
    pq.write_table(table, tmp_path / "l.parquet")

    file = LabelFile.read(str(tmp_path / "l.parquet"), ["label", "many"])

    assert file.joined(["a", "b", "c", "d"], "label").to_pylist() == ["1", "20", None, None]
    assert Labels.of(file.joined(["a", "d"], "many"), separator=None).names == ("1", "2")


def test_objects_of_parquet_are_no_labels(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["a"], "label": [{"name": "x"}]}), tmp_path / "l.parquet")

    with pytest.raises(RequestError, match="the column 'label' holds objects: a label must be a text or a list"):
        LabelFile.read(str(tmp_path / "l.parquet"), ["label"])


def test_bytes_of_parquet_that_are_no_text_are_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["a", "b"], "label": [b"\xe9", b"\xe8"]}), tmp_path / "l.parquet")

    with pytest.raises(RequestError, match="the column 'label' holds bytes that are not UTF-8"):
        LabelFile.read(str(tmp_path / "l.parquet"), ["label"])
