"""Parquet."""

import uuid
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.transforms.corpus.readers.writing import IMAGE, TEXT, parquet_bytes, payloads, rows, source
from transforms.common.errors import RequestError
from transforms.corpus import readers
from transforms.corpus.options import ReadOptions


def test_kept_columns_keep_their_types(tmp_path: Path) -> None:
    table = {
        "text": ["a", None],
        "n": pa.array([1, None], pa.int16()),
        "d": pa.array([Decimal("1.50"), None], pa.decimal128(5, 2)),
        "tags": pa.array([["x"], []], pa.list_(pa.string())),
        "kind": pa.array(["u", "v"]).dictionary_encode(),
    }
    one = source(tmp_path / "a.parquet", parquet_bytes(table))
    options = ReadOptions(modality="text", keep=("tags", "n", "d", "kind"))
    kept = readers.probe(one, options)
    assert kept.names == ["tags", "n", "d", "kind"]
    assert [str(kept.field(name).type) for name in ("n", "d", "kind")] == ["int16", "decimal128(5, 2)", "string"]
    (batch,) = readers.read([one], options)
    assert batch.schema.names == ["source", "fingerprint", "payload", "id", "label", "error", "tags", "n", "d", "kind"]
    assert [batch.schema.field(name).type for name in kept.names] == kept.types
    assert batch.column("payload").to_pylist() == [b"a", None]
    assert batch.column("tags").to_pylist() == [["x"], []]
    assert batch.column("kind").to_pylist() == ["u", "v"]
    assert batch.column("d").to_pylist() == [Decimal("1.50"), None]


def test_ids_and_labels_of_any_scalar_type_become_strings(tmp_path: Path) -> None:
    table = {"text": ["a", "b"], "id": [10, None], "label": pa.array([True, False])}
    found = rows(
        source(tmp_path / "a.parquet", parquet_bytes(table)),
        ReadOptions(modality="text", id_column="id", label_column="label"),
    )
    assert [(row["id"], row["label"]) for row in found] == [("10", "true"), (None, "false")]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.string_view()])
def test_text_of_any_type_of_text_is_read(tmp_path: Path, kind: pa.DataType) -> None:
    table = {"text": pa.array([b"a", None, b"\xc3\xa9"], pa.binary()).cast(kind), "n": [1, 2, 3]}
    assert payloads(source(tmp_path / "a.parquet", parquet_bytes(table))) == [b"a", None, "é".encode()]


def test_texts_of_several_columns_are_joined(tmp_path: Path) -> None:
    table = {"title": pa.array(["a", None, "é"]), "body": pa.array([b"b", b"c", b"\xff"])}
    one = source(tmp_path / "a.parquet", parquet_bytes(table))
    options = ReadOptions(modality="text", text_column="title,body")
    assert payloads(one, options) == [b"a b", b"c", "é ".encode() + b"\xff"]
    with pytest.raises(RequestError, match="no column 'none'; it has title, body: name one with --text-column"):
        payloads(one, ReadOptions(modality="text", text_column="title,none"))


def test_images_are_found_in_a_column_of_bytes_or_in_the_struct_that_datasets_write(tmp_path: Path) -> None:
    struct = pa.array([{"bytes": b"1", "path": "x.jpg"}, {"bytes": None, "path": None}, None])
    for table in ({"image": struct, "label": [0, 1, 2]}, {"label": [0, 1, 2], "anything": [b"1", None, None]}):
        found = rows(source(tmp_path / "a.parquet", parquet_bytes(table)), IMAGE)
        assert [(row["payload"], row["id"], row["error"]) for row in found] == [
            (b"1", None, None),
            (None, None, None),
            (None, None, None),
        ]


def test_large_images_come_few_at_a_time(tmp_path: Path) -> None:
    images = [bytes([n]) * 3_000_000 for n in range(12)]
    one = source(tmp_path / "a.parquet", parquet_bytes({"image": images}, compression="none", use_dictionary=False))
    assert [batch.num_rows for batch in readers.read([one], IMAGE)] == [2] * 6
    assert payloads(one, IMAGE) == images


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        ({"image": [b"x"], "label": ["a"]}, TEXT, "holds images but the encoder takes text: use an image encoder"),
        ({"text": ["x"], "url": ["y"]}, IMAGE, "holds text but the encoder takes images: use a text encoder"),
        ({"n": [1]}, TEXT, "cannot tell which column holds the text; it has n"),
        ({"n": [1]}, IMAGE, "cannot tell which column holds the images; it has n"),
        ({"n": [1]}, ReadOptions(modality="text", text_column="n"), "column 'n' holds int64, not text"),
        (
            {"n": [1]},
            ReadOptions(modality="image", image_column="n"),
            "column 'n' holds int64, neither images nor paths",
        ),
        (
            {"text": ["a"], "l": [[1]]},
            ReadOptions(modality="text", id_column="l"),
            "holds list<element: int64>, not one",
        ),
    ],
)
def test_a_table_that_cannot_serve_is_refused(
    tmp_path: Path, table: dict[str, list[object]], options: ReadOptions, message: str
) -> None:
    with pytest.raises(RequestError) as caught:
        readers.probe(source(tmp_path / "a.parquet", parquet_bytes(table)), options)
    assert message in str(caught.value)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    whole = parquet_bytes({"text": ["a"] * 1000})
    for content in (whole[:-50], whole[:100], b"", b"PAR1 no"):
        with pytest.raises(RequestError, match=r"a\.parquet: cannot be read"):
            readers.probe(source(tmp_path / "a.parquet", content), TEXT)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.binary()])
def test_strings_that_are_not_utf8_are_dead(tmp_path: Path, kind: pa.DataType) -> None:
    values = pa.array([b"fine", b"caf\xe9", None, b"caf\xe8"], pa.binary())
    # Arrow's own cast to a string would refuse them; files of other writers hold them.
    stored = values.cast(pa.large_binary()) if kind == pa.large_string() else values
    texts = pa.Array.from_buffers(kind, 4, stored.buffers())
    one = source(tmp_path / "a.parquet", parquet_bytes({"text": ["a", "b", "c", "d"], "x": texts}))
    for options in (
        ReadOptions(modality="text", text_column="text", label_column="x"),
        ReadOptions(modality="text", text_column="text", id_column="x"),
        *([ReadOptions(modality="text", text_column="text", keep=("x",))] if kind != pa.binary() else []),
    ):
        found = rows(one, options)
        assert [(row["error"] or "")[:20] for row in found] == ["", "NotUTF8: column 'x':", "", "NotUTF8: column 'x':"]


def test_uuids_are_ids_and_labels_as_they_are_written(tmp_path: Path) -> None:
    values = [uuid.UUID(int=n * 2**96 + 0xFF) for n in range(3)]
    table = {"text": ["a", "b", "c"], "x": pa.array([value.bytes for value in values], pa.uuid())}
    one = source(tmp_path / "a.parquet", parquet_bytes(table))
    found = rows(one, ReadOptions(modality="text", id_column="x", label_column="x"))
    assert [(row["id"], row["label"]) for row in found] == [(str(value), str(value)) for value in values]


def test_a_damaged_footer_does_not_end_the_process(tmp_path: Path) -> None:
    whole = parquet_bytes({"text": ["a", "b"] * 1000, "n": list(range(2000))}, row_group_size=500)
    # "text" becomes a column without nulls, which its statistics contradict.
    damaged = whole.replace(b"\x25\x02\x18\x04text", b"\x25\x00\x18\x04text")
    assert damaged != whole
    one = source(tmp_path / "a.parquet", damaged)
    readers.split(one, TEXT, max_bytes=100)
    with pytest.raises(RequestError, match=r"a\.parquet: cannot be read"):
        rows(one)


def test_a_name_that_is_not_utf8_is_refused_in_one_line(tmp_path: Path) -> None:
    whole = parquet_bytes({"text": ["a"], "nnnn": [1]})
    one = source(tmp_path / "a.parquet", whole.replace(b"nnnn", b"n\xf4nn"))
    with pytest.raises(RequestError, match=r"a\.parquet: cannot be read: .*decode byte 0xf4"):
        rows(one)


def test_sources_that_differ_give_one_schema(tmp_path: Path) -> None:
    first = source(tmp_path / "a.parquet", parquet_bytes({"text": ["a"], "n": [1]}))
    second = source(tmp_path / "b.parquet", parquet_bytes({"n": pa.array([2], pa.int8()), "text": ["b"]}))
    third = source(tmp_path / "c.csv", b"text,n\nc,3\n")
    odd = source(tmp_path / "d.parquet", parquet_bytes({"text": ["d"], "n": ["four"]}))
    options = ReadOptions(modality="text", keep=("n",))
    assert [row["n"] for row in rows([first, second, third], options)] == [1, 2, 3]
    assert [row["n"] for row in rows([third, first], options)] == [3, 1]
    with pytest.raises(RequestError, match=r"d\.parquet: column 'n' holds string where .* holds int64"):
        rows([first, odd], options)
    (batch,) = readers.read([second], options, kept=readers.probe(first, options))
    assert batch.schema.field("n").type == pa.int64()


def test_uuids_are_read_as_they_are_written(tmp_path: Path) -> None:
    from uuid import UUID

    names = ["00000000-0000-0000-0000-000000000001", "12345678-1234-5678-1234-567812345678"]
    uuids = pa.array([UUID(name).bytes for name in names], pa.uuid())
    data = parquet_bytes({"id": uuids, "text": ["a", "b"], "key": uuids})
    one = source(tmp_path / "a.parquet", data)
    found = rows(one, ReadOptions(modality="text", id_column="id", label_column="key", keep=("key",)))
    assert [(row["id"], row["label"], row["key"]) for row in found] == [(name, name, name) for name in names]


def test_other_extension_types_are_what_they_are_stored_in(tmp_path: Path) -> None:
    data = parquet_bytes({"text": pa.array(['{"a": 1}', None], pa.json_()), "n": [1, 2]})
    assert payloads(source(tmp_path / "a.parquet", data)) == [b'{"a": 1}', None]


@pytest.mark.parametrize(
    "empty",
    [
        pa.table({}),
        pa.table({"text": pa.nulls(0), "label": pa.nulls(0), "n": pa.nulls(0)}),
        pa.table({"text": pa.array([], pa.float64()), "n": pa.array([], pa.string())}),
        pa.table({"other": pa.array([], pa.string())}),
    ],
)
@pytest.mark.parametrize("name", ["a.parquet", "z.parquet"])
def test_a_file_without_rows_has_no_say(tmp_path: Path, empty: pa.Table, name: str) -> None:
    columns = dict(zip(empty.column_names, empty.columns, strict=True))
    sources = [
        source(tmp_path / name, parquet_bytes(columns)),
        source(tmp_path / "m.parquet", parquet_bytes({"text": ["a"], "label": ["x"], "n": [7]})),
    ]
    sources.sort(key=lambda one: one.name)
    for options in (TEXT, ReadOptions(modality="text", text_column="text", label_column="label", keep=("n",))):
        found = readers.survey(sources, options)
        assert found.notes == () and found.kept.types == [pa.int64()] * len(options.keep)
        read = [row for batch in readers.read(sources, options, kept=found.kept) for row in batch.to_pylist()]
        assert [row["payload"] for row in read] == [b"a"]


def test_row_groups_without_rows_are_passed_over(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    path = tmp_path / "a.parquet"
    schema = pa.schema([("text", pa.dictionary(pa.int32(), pa.string()))])
    with pq.ParquetWriter(path, schema) as writer:
        for words in (["a", "b"], [], ["c", "a"], [], ["d"]):
            writer.write_table(pa.table({"text": pa.array(words, pa.string()).dictionary_encode()}, schema=schema))
    assert payloads(source(path)) == [b"a", b"b", b"c", b"a", b"d"]


def test_a_text_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    import io

    import pyarrow.parquet as pq

    data = io.BytesIO()
    pq.write_table(pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["text", "text"]), data)
    for name, content in (("a.parquet", data.getvalue()), ("a.csv", b"text,text\na,b\n")):
        with pytest.raises(RequestError, match="has 2 columns named 'text': rename all but one"):
            rows(source(tmp_path / name, content))


def test_a_file_whose_text_is_null_throughout_has_no_text_and_no_other_column_takes_its_place(tmp_path: Path) -> None:
    data = parquet_bytes({"text": pa.nulls(2), "title": ["a", "b"]})
    assert payloads(source(tmp_path / "a.parquet", data)) == [None, None]
    assert payloads(source(tmp_path / "b.jsonl", b'{"text": null, "title": "a"}\n{"text": "b", "title": "c"}\n')) == [
        None,
        b"b",
    ]


def test_a_footer_that_counts_rows_below_zero_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["one", "two"]}), path, row_group_size=1)
    content = path.read_bytes()
    size = int.from_bytes(content[-8:-4], "little")
    footer = content[-8 - size : -8]
    # Thrift's compact protocol: a field one further, of 64 bits, zigzag: rows 1 is 2, rows -1 is 1.
    at = footer.rindex(b"\x16\x02")
    damaged = footer[:at] + b"\x16\x01" + footer[at + 2 :]
    path.write_bytes(content[: -8 - size] + damaged + content[-8:])
    assert pq.read_metadata(path).row_group(1).num_rows == -1
    with pytest.raises(
        RequestError, match=r"a.parquet.*its footer is damaged: it counts rows that the file cannot have"
    ):
        rows(source(path, path.read_bytes()))
