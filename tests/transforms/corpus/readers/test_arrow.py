"""Arrow files, streams and Feather, and the folders that Hugging Face's `datasets` writes of them."""

import datetime
import io
import json
import shutil
import uuid
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import feather

from tests.transforms.corpus.readers.writing import IMAGE, TEXT, payloads, rows, source
from transforms.common.errors import RequestError
from transforms.corpus import readers
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.readers import arrow
from transforms.corpus.sources import list_corpus

GOLDEN = Path(__file__).parents[3] / "data/datasets-1"
LABELS = ReadOptions(modality="text", id_column="id", label_column="label")


def arrow_bytes(
    columns: Mapping[str, Any] | pa.Table, *, form: str = "file", batch: int = 3, codec: Any = None
) -> bytes:
    table = columns if isinstance(columns, pa.Table) else pa.table(dict(columns))
    out = io.BytesIO()
    make = pa.ipc.new_file if form == "file" else pa.ipc.new_stream
    with make(out, table.schema, options=pa.ipc.IpcWriteOptions(compression=codec)) as writer:
        writer.write_table(table, max_chunksize=batch)
    return out.getvalue()


TABLE = pa.table(
    {
        "text": [f"text {n} é" for n in range(8)],
        "skipped": [list(range(n)) for n in range(8)],
        "kind": pa.array(["u", "v"] * 4).dictionary_encode(),
        "n": pa.array([1, None] * 4, pa.int16()),
        "when": pa.array([datetime.datetime(2024, 1, n + 1) for n in range(8)], pa.timestamp("us")),
    }
)
KEPT = ReadOptions(modality="text", text_column="text", keep=("n", "kind", "when"))


@pytest.mark.parametrize("codec", [None, "lz4", "zstd"])
@pytest.mark.parametrize("form", ["file", "stream"])
def test_files_and_streams_hold_what_pyarrow_and_pandas_read(tmp_path: Path, form: str, codec: Any) -> None:
    one = source(tmp_path / "a.arrow", arrow_bytes(TABLE, form=form, codec=codec))
    found = rows(one, KEPT)
    expected = TABLE.select(["text", "n", "kind", "when"]).to_pylist()
    assert [{"text": row["payload"].decode(), **{name: row[name] for name in KEPT.keep}} for row in found] == expected
    assert [str(kind) for kind in readers.probe(one, KEPT).types] == ["int16", "string", "timestamp[us]"]
    assert readers.columns_of(one, TEXT) == TABLE.schema.names
    if form == "file":
        assert [row["payload"].decode() for row in found] == pd.read_feather(one.uri)["text"].tolist()
        assert [row["payload"].decode() for row in found] == pl.read_ipc(one.uri)["text"].to_list()


@pytest.mark.parametrize("form", ["file", "stream"])
def test_any_rows_are_read_alone(tmp_path: Path, form: str) -> None:
    one = source(tmp_path / "a.arrow", arrow_bytes(TABLE, form=form))
    whole = rows(one, KEPT)
    for start in range(9):
        for stop in range(start, 9):
            assert rows(one, KEPT, Range(unit="rows", start=start, stop=stop)) == whole[start:stop]
    ranges = readers.split(one, KEPT, max_bytes=400)
    assert [(part.start, part.stop) for part in ranges if part] == [(0, 3), (3, 6), (6, 8)]
    assert readers.split(one, KEPT, max_bytes=one.size) == [None]


def test_only_the_record_batches_of_a_range_are_read(tmp_path: Path) -> None:
    table = {"text": ["x" * 10_000] * 30}
    for form in ("file", "stream"):
        one = source(tmp_path / "a.arrow", arrow_bytes(table, form=form))
        with open(one.uri, "rb", buffering=0) as raw:
            counted = mock.Mock(wraps=raw, closed=False)
            list(arrow._batches(counted, ["text"], Range(unit="rows", start=9, stop=12)))
            sizes = [call.args[0] for call in counted.read.call_args_list]
            assert sum(sizes) < 60_000, form


def test_feather_of_both_versions_is_read(tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": ["a", None, "é"], "n": [1.5, 2.0, None]})
    options = ReadOptions(modality="text", keep=("n",))
    for version in (1, 2):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            feather.write_feather(frame, str(tmp_path / "a.feather"), version=version)
            one = source(tmp_path / "a.feather")
            read = pd.read_feather(one.uri)
        found = rows(one, options)
        assert [row["payload"] for row in found] == [b"a", None, "é".encode()]
        assert [row["n"] for row in found][:2] == read["n"].tolist()[:2] == [1.5, 2.0]
        assert readers.split(one, options, max_bytes=1)


def test_every_type_is_read_as_what_it_is_stored_in(tmp_path: Path) -> None:
    one_id = uuid.UUID(int=5)
    table = pa.table(
        {
            "text": pa.array(["a", "b", None], pa.string_view()),
            "id": pa.array([one_id.bytes, None, one_id.bytes], pa.uuid()),
            "runs": pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array(["x", "y"])),
            "large": pa.array(["l", "m", "n"], pa.large_string()),
            "tags": pa.array([{"k": ["v"]}, None, {"k": []}], pa.struct([("k", pa.list_(pa.string()))])),
        }
    )
    for form in ("file", "stream"):
        one = source(tmp_path / "a.arrow", arrow_bytes(table, form=form))
        options = ReadOptions(modality="text", text_column="text", id_column="id", keep=("runs", "large", "tags"))
        found = rows(one, options)
        assert [row["id"] for row in found] == [str(one_id), None, str(one_id)]
        assert [row["runs"] for row in found] == ["x", "x", "y"]
        assert [row["large"] for row in found] == ["l", "m", "n"]
        assert [row["tags"] for row in found] == [{"k": ["v"]}, None, {"k": []}]


def test_dictionaries_that_grow_or_are_replaced_are_followed(tmp_path: Path) -> None:
    out = io.BytesIO()
    chunks = [pa.array(values).dictionary_encode() for values in (["a", "b"], ["c", "a"], ["d"])]
    schema = pa.schema([("text", chunks[0].type)])
    with pa.ipc.new_stream(out, schema) as writer:
        for chunk in chunks:
            writer.write_batch(pa.record_batch([chunk], schema=schema))
    one = source(tmp_path / "a.arrow", out.getvalue())
    assert payloads(one) == [b"a", b"b", b"c", b"a", b"d"]
    assert payloads(one, TEXT, Range(unit="rows", start=3, stop=5)) == [b"a", b"d"]


def test_texts_that_are_not_utf8_are_dead_and_broken_offsets_refused(tmp_path: Path) -> None:
    bad = pa.array([b"fine", b"caf\xe9"], pa.binary())
    texts = pa.Array.from_buffers(pa.string(), 2, bad.buffers())
    assert payloads(source(tmp_path / "a.arrow", arrow_bytes({"text": texts}))) == [b"fine", b"caf\xe9"]
    labelled = source(tmp_path / "b.arrow", arrow_bytes({"text": ["a", "b"], "label": texts}))
    found = rows(labelled, ReadOptions(modality="text", text_column="text", label_column="label"))
    assert [row["error"] and row["error"].split(":")[0] for row in found] == [None, "NotUTF8"]
    offsets = pa.py_buffer(b"".join(n.to_bytes(4, "little", signed=True) for n in (0, 900_000, 3)))
    lying = pa.Array.from_buffers(pa.string(), 2, [None, offsets, pa.py_buffer(b"abc")])
    with pytest.raises(RequestError, match=r"c\.arrow: cannot be read"):
        rows(source(tmp_path / "c.arrow", arrow_bytes({"text": lying})))


@pytest.mark.parametrize("form", ["file", "stream"])
def test_a_file_that_was_cut_off_anywhere_is_refused(tmp_path: Path, form: str) -> None:
    whole = arrow_bytes({"text": ["a", "b", "c", "d"]}, form=form, batch=1)
    for size in [*range(1, len(whole), 23), len(whole) - 1]:
        with pytest.raises(RequestError, match=r"a\.arrow: cannot be read: "):
            rows(source(tmp_path / "a.arrow", whole[:size]))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"certainly no Arrow file at all, but a text", "it is no Arrow file or stream"),
        (b"PAR1\x15\x04" + b"\0" * 40, "it is a Parquet file: name it .parquet"),
        (b"\x1f\x8b\x08\x00" + b"\0" * 40, "it is packed by gzip"),
    ],
)
def test_what_is_no_arrow_file_is_said(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(RequestError, match=words):
        readers.probe(source(tmp_path / "a.arrow", content), TEXT)


def test_a_table_without_rows_has_none(tmp_path: Path) -> None:
    for form in ("file", "stream"):
        one = source(tmp_path / "a.arrow", arrow_bytes({"text": pa.array([], pa.string())}, form=form))
        assert rows(one) == [] and readers.columns_of(one, TEXT) == []


def test_columns_of_one_name_are_refused_where_they_are_asked_for(tmp_path: Path) -> None:
    table = pa.table([pa.array(["a"]), pa.array(["b"]), pa.array(["c"])], names=["text", "x", "x"])
    one = source(tmp_path / "a.arrow", arrow_bytes(table))
    assert payloads(one) == [b"a"]
    with pytest.raises(RequestError, match="has 2 columns named 'x': rename all but one"):
        rows(one, ReadOptions(modality="text", keep=("x",)))


# ---- datasets.save_to_disk ---------------------------------------------------------------------------------


def test_a_saved_dataset_is_its_rows_with_the_names_of_its_classes() -> None:
    found = list_corpus([str(GOLDEN / "two_files")], LABELS)
    assert [one.name for one in found.sources] == ["data-00000-of-00002.arrow", "data-00001-of-00002.arrow"]
    expected = [(str(n), f"sentence {n} é", ("neg", "pos")[n % 2]) for n in range(10)]
    assert [(row["id"], row["payload"].decode(), row["label"]) for row in rows(found.sources, LABELS)] == expected


def test_parquet_of_hugging_face_has_the_same_labels() -> None:
    found = rows(source(GOLDEN / "x.parquet"), LABELS)
    assert [(row["id"], row["label"]) for row in found] == [("0", "neg"), ("1", "pos"), ("2", "neg")]


def test_a_number_that_is_of_no_class_is_an_error_of_its_row(tmp_path: Path) -> None:
    table = pa.ipc.open_stream((GOLDEN / "two_files/data-00000-of-00002.arrow").read_bytes()).read_all()
    numbers = pa.array([-1, None, 2, 0, 1], pa.int64())
    changed = table.set_column(2, table.schema.field("label"), numbers).replace_schema_metadata(table.schema.metadata)
    found = rows(source(tmp_path / "a.arrow", arrow_bytes(changed, form="stream")), LABELS)
    assert [row["label"] for row in found] == [None, None, None, "neg", "pos"]
    assert [row["error"] for row in found if row["error"]] == [
        "KeptValue: column 'label' holds 2 where its 2 classes are 0 to 1"
    ]


def test_splits_are_told_apart() -> None:
    options = ReadOptions(modality="text", id_column="id", keep=("split",))
    found = list_corpus([str(GOLDEN / "dict")], options)
    assert [one.name.split("/")[0] for one in found.sources] == ["test", "train"]
    assert [(row["split"], row["id"]) for row in rows(found.sources, options)] == [
        ("test", "4"), ("test", "5"), ("train", "0"), ("train", "1"), ("train", "2"), ("train", "3")
    ]  # fmt: skip
    by_folder = ReadOptions(modality="text", labels_from="folder")
    assert {row["label"] for row in rows(found.sources, by_folder)} == {"test", "train"}


def test_saved_images_are_read_to_the_byte() -> None:
    (one,) = list_corpus([str(GOLDEN / "images")], IMAGE).sources
    expected = pa.ipc.open_stream(Path(one.uri).read_bytes()).read_all().to_pylist()
    options = ReadOptions(modality="image", label_column="label")
    assert [(row["payload"], row["label"]) for row in rows(one, options)] == [
        (row["image"]["bytes"], ("neg", "pos")[row["label"]]) for row in expected
    ]
    assert readers.behind(one, IMAGE) is None


def test_images_that_a_dataset_only_names_are_part_of_its_state(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG one")
    images = pa.array([{"bytes": b"x", "path": None}, {"bytes": None, "path": str(tmp_path / "a.png")}])
    one = source(tmp_path / "a.arrow", arrow_bytes({"n": [[1], [2]], "image": images}))
    assert payloads(one, IMAGE) == [b"x", b"\x89PNG one"]
    before = readers.behind(one, IMAGE)
    (tmp_path / "a.png").write_bytes(b"\x89PNG other")
    assert before is not None and readers.behind(one, IMAGE) != before


def test_of_a_saved_dataset_only_the_files_of_its_state_are_read(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(GOLDEN / "two_files", tmp_path / "d"))
    shutil.copy(folder / "data-00000-of-00002.arrow", folder / "cache-1f.arrow")
    (folder / "notes.txt").write_text("beside\n")
    found = list_corpus([str(folder)], TEXT)
    assert [one.name for one in found.sources] == [
        "data-00000-of-00002.arrow", "data-00001-of-00002.arrow", "notes.txt"
    ]  # fmt: skip
    assert found.skipped["beside a saved dataset's own files"] == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"_data_files": [{"filename": "gone.arrow"}]}, "its state.json names 'gone.arrow', which is not there"),
        ({"_data_files": [{"filename": "../x.arrow"}]}, "names '../x.arrow', which is not there"),
        ({"_data_files": [7]}, "names None, which is not there"),
        ({"_indices_files": [{"filename": "indices.arrow"}]}, "a selection of its rows beside them"),
    ],
)
def test_a_state_that_lies_is_refused(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    folder = Path(shutil.copytree(GOLDEN / "two_files", tmp_path / "d"))
    state = json.loads((folder / "state.json").read_text())
    (folder / "state.json").write_text(json.dumps({**state, **change}))
    with pytest.raises(RequestError, match=words):
        list_corpus([str(folder)], TEXT)
    (folder / "state.json").write_text("{")
    with pytest.raises(RequestError, match=r"state\.json: cannot be read as JSON"):
        list_corpus([str(folder)], TEXT)
