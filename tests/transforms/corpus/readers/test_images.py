"""Images in files of their own."""

import sys
from base64 import b64encode
from pathlib import Path

import orjson
import pyarrow as pa
import pytest

from tests.transforms.corpus.readers.writing import IMAGE, parquet_bytes, rows, source, tar_of
from transforms.common.errors import RequestError
from transforms.corpus import readers
from transforms.corpus.options import ReadOptions
from transforms.corpus.readers import images
from transforms.corpus.sources import Source, list_sources

BY_COLUMN = ReadOptions(modality="image", image_column="path")


def test_a_file_is_an_item(tmp_path: Path) -> None:
    sources = [source(tmp_path / f"{n % 2}/{n}.jpg", bytes([n]) * n, name=f"{n % 2}/{n}.jpg") for n in range(100)]
    options = ReadOptions(modality="image", labels_from="folder")
    assert [batch.num_rows for batch in readers.read(sources, options)] == [64, 36]
    assert rows(sources, options) == [
        {
            "source": f"{n % 2}/{n}.jpg",
            "fingerprint": "f",
            "payload": bytes([n]) * n,
            "id": None,
            "label": str(n % 2),
            "error": None,
        }
        for n in range(100)
    ]


def test_large_files_come_few_at_a_time(tmp_path: Path) -> None:
    sources = [source(tmp_path / f"{n}.png", b"x" * 3_000_000) for n in range(5)]
    sources.insert(2, source(tmp_path / "huge.bmp", b"y" * 20_000_000))
    assert [batch.num_rows for batch in readers.read(sources, IMAGE)] == [2, 1, 2, 1]


def test_a_file_that_vanished_fails_the_run(tmp_path: Path) -> None:
    sources = [
        source(tmp_path / "a.jpg", b"x"),
        Source(name="b.jpg", uri=str(tmp_path / "b.jpg"), size=1, fingerprint="f"),
    ]
    with pytest.raises(RequestError, match=r"b\.jpg: has vanished since it was listed"):
        rows(sources, IMAGE)


def test_a_table_names_files_beside_it_or_anywhere(tmp_path: Path) -> None:
    for name, content in (("cat/1.jpg", b"one"), ("dog/2.jpg", b"two"), ("3.jpg", b"three")):
        source(tmp_path / "corpus" / name, content)
    paths = ["cat/1.jpg", str(tmp_path / "corpus/dog/2.jpg"), f"file://{tmp_path}/corpus/3.jpg", "gone.jpg", ""]
    listed = "path,n\n" + "".join(f"{path},{n}\n" for n, path in enumerate(paths))
    table = source(tmp_path / "corpus/list.csv", listed.encode())
    options = ReadOptions(modality="image", image_column="path", labels_from="folder", keep=("n",))
    found = rows(table, options)
    assert [(row["id"], row["payload"], row["label"], row["n"]) for row in found] == [
        (paths[0], b"one", "cat", 0),
        (paths[1], b"two", "dog", 1),
        (paths[2], b"three", "corpus", 2),
        (paths[3], None, "corpus", 3),
        (None, None, "corpus", 4),
    ]
    assert [row["error"] for row in found] == [None] * 3 + ["UnreadableUri: gone.jpg: No such file or directory", None]


def test_a_parquet_column_of_paths_serves_too(tmp_path: Path) -> None:
    source(tmp_path / "a.jpg", b"one")
    table = source(tmp_path / "t.parquet", parquet_bytes({"path": ["a.jpg", None], "id": [5, 6], "label": ["x", "y"]}))
    options = ReadOptions(modality="image", id_column="id", label_column="label")
    assert [(r["id"], r["payload"], r["label"], r["error"]) for r in rows(table, options)] == [
        ("5", b"one", "x", None),
        ("6", None, "y", None),
    ]


def test_named_files_come_few_at_a_time(tmp_path: Path) -> None:
    for n in range(5):
        source(tmp_path / f"{n}.jpg", b"x" * 3_000_000)
    listed = "path\n" + "".join(f"{n % 5}.jpg\n" for n in range(5)) + "no.jpg\n" * 100
    table = source(tmp_path / "list.csv", listed.encode())
    assert [batch.num_rows for batch in readers.read([table], BY_COLUMN)] == [2, 2, 64, 37]
    assert [len(row["payload"] or b"") for row in rows(table, BY_COLUMN)] == [3_000_000] * 5 + [0] * 100


def test_a_range_of_a_list_of_files_is_read(tmp_path: Path) -> None:
    for n in range(20):
        source(tmp_path / f"{n}.jpg", str(n).encode())
    table = source(tmp_path / "list.csv", b"path\n" + b"".join(b"%d.jpg\n" % n for n in range(20)))
    ranges = readers.split(table, BY_COLUMN, max_bytes=40)
    assert len(ranges) > 2
    found = [row for part in ranges for row in rows(table, BY_COLUMN, part)]
    assert found == rows(table, BY_COLUMN) and len(found) == 20


def test_an_address_that_no_file_system_knows_costs_its_row(tmp_path: Path) -> None:
    table = source(tmp_path / "list.csv", b"path\nnosuch://host/a.jpg\n")
    (row,) = rows(table, BY_COLUMN)
    assert row["error"] == (
        "UnreadableUri: nosuch://host/a.jpg: nosuch addresses cannot be read here: download the images and name their paths"
    )


def test_image_files_have_no_columns(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="has no columns, so there is no 'x'; leave --id-column out"):
        readers.probe(source(tmp_path / "a.jpg", b""), ReadOptions(modality="image", id_column="x"))


def test_an_image_beside_the_folders_of_labels_has_none_and_is_said(tmp_path: Path) -> None:
    for name in ("cat/1.jpg", "dog/old/2.jpg", "stray.jpg", "list.tar"):
        source(tmp_path / "c" / name, tar_of([("3.jpg", b"x")]) if name.endswith("tar") else b"x")
    options = ReadOptions(modality="image", labels_from="folder")
    sources = list_sources([str(tmp_path / "c")], options)
    assert [(row["source"], row["label"]) for row in rows(sources, options)] == [
        ("cat/1.jpg", "cat"), ("dog/old/2.jpg", "old"), ("list.tar", None), ("stray.jpg", None)
    ]  # fmt: skip
    assert readers.survey(sources, options).notes == (
        "list.tar lies beside the folders that are labels: it has none (2 such)",
    )


@pytest.mark.parametrize("given", [["c/cat"], ["c/cat", "c/dog"], ["c/cat/*.jpg"], ["c/cat/1.jpg"]])
def test_a_folder_without_folders_is_the_label_of_its_files(tmp_path: Path, given: list[str]) -> None:
    for name in ("cat/1.jpg", "dog/2.jpg"):
        source(tmp_path / "c" / name, b"x")
    options = ReadOptions(modality="image", labels_from="folder")
    sources = list_sources([str(tmp_path / each) for each in given], options)
    assert [row["label"] for row in rows(sources, options)] == ["cat", "dog"][: len(given)]
    assert readers.survey(sources, options).notes == ()


def test_a_web_address_is_handed_on_to_be_fetched_without_its_credentials_as_id(tmp_path: Path) -> None:
    table = source(tmp_path / "list.csv", b"path,n\n HTTP://me:secret@example.org/a@b.jpg,1\nc.jpg,2\n")
    source(tmp_path / "c.jpg", b"c")
    row, file = rows(table, ReadOptions(modality="image", image_column="path"))
    assert row["payload"] is None and row["error"].startswith("NotFetched: ")
    assert (row["id"], row["_address"]) == ("HTTP://example.org/a@b.jpg", "HTTP://me:secret@example.org/a@b.jpg")
    assert (file["payload"], file["_address"]) == (b"c", None)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("ftp://example.org/a.jpg", "images behind ftp addresses are not fetched"),
        ("s3://bucket/a.jpg", "s3 addresses cannot be read here: pip install obstore, or download"),
        ("gs://bucket/a.jpg", "gs addresses cannot be read here: pip install obstore, or download"),
        ("hf://datasets/x/a.jpg", "hf addresses cannot be read here: download the images"),
        ("a\0.jpg", "a path has no NUL in it"),
    ],
)
def test_an_address_that_is_not_read_says_what_to_do(
    tmp_path: Path, address: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(path: str) -> None:
        raise RequestError("there is no file system")

    monkeypatch.setattr("transforms.storage.files.require_file_system", unknown)
    images._unreachable.cache_clear()
    source(tmp_path / "b.jpg", b"b")
    table = source(tmp_path / "t.parquet", parquet_bytes({"path": [address, "b.jpg", address]}))
    found = rows(table, IMAGE)
    images._unreachable.cache_clear()
    assert [row["payload"] for row in found] == [None, b"b", None]
    assert message in found[0]["error"] and found[0]["error"] == found[2]["error"]
    assert readers.behind(table, IMAGE) == readers.behind(table, IMAGE)


def test_a_store_whose_client_is_missing_says_what_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)  # as if it were not installed
    images._unreachable.cache_clear()
    (row,) = rows(source(tmp_path / "t.parquet", parquet_bytes({"path": ["s3://bucket/a.jpg"]})), IMAGE)
    images._unreachable.cache_clear()
    assert "s3 addresses cannot be read here: pip install obstore, or download" in row["error"]


IMAGE_FILES = {"JPEG": b"\xff\xd8\xff\xe0", "PNG": b"\x89PNG\r\n\x1a\n", "GIF": b"GIF89a", "WEBP": b"RIFF"}


@pytest.mark.parametrize("kind", IMAGE_FILES)
@pytest.mark.parametrize("form", ["bare", "url", "lines"])
def test_base64_in_a_list_is_the_image(tmp_path: Path, kind: str, form: str) -> None:
    image = IMAGE_FILES[kind] + bytes(range(256))
    coded = b64encode(image).decode()
    if form == "lines":
        coded = "\n".join(coded[at : at + 76] for at in range(0, len(coded), 76))
    written = f"data:image/{kind.lower()};base64,{coded}" if form == "url" else coded
    table = source(tmp_path / "t.jsonl", b"".join(orjson.dumps({"image": written}) + b"\n" for _ in range(2)))
    assert [
        (row["id"], row["payload"], row["error"])
        for row in rows(table, ReadOptions(modality="image", image_column="image"))
    ] == [(None, image, None)] * 2


def test_a_data_url_that_cannot_be_decoded_is_a_dead_letter(tmp_path: Path) -> None:
    written = ["data:image/png;base64,AAA", "data:image/png;base64,%%%%", "data:,plain%20text"]
    table = source(tmp_path / "t.parquet", parquet_bytes({"image": written}))
    found = rows(table, IMAGE)
    assert [row["payload"] for row in found] == [None, None, b"plain text"]
    assert all(row["error"].startswith("BadBase64: data:image/png;base64,") for row in found[:2])


STRUCT = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def test_a_hugging_face_image_without_bytes_is_read_from_its_path(tmp_path: Path) -> None:
    source(tmp_path / "corpus/cat/1.jpg", b"one")
    outside = source(tmp_path / "elsewhere/2.jpg", b"two")
    images = [
        {"bytes": b"inside", "path": "0.jpg"},
        {"bytes": None, "path": "cat/1.jpg"},
        {"bytes": None, "path": outside.uri},
        {"bytes": None, "path": "gone.jpg"},
        {"bytes": None, "path": None},
        None,
        {"bytes": b"also inside", "path": None},
        {"bytes": b"", "path": None},
    ]
    table = source(
        tmp_path / "corpus/t.parquet",
        parquet_bytes({"image": pa.array(images, STRUCT), "n": list(range(len(images)))}, row_group_size=3),
    )
    found = rows(table, ReadOptions(modality="image", keep=("n",)))
    assert [(row["n"], row["id"], row["payload"]) for row in found] == [
        (0, None, b"inside"),
        (1, "cat/1.jpg", b"one"),
        (2, outside.uri, b"two"),
        (3, "gone.jpg", None),
        (4, None, None),
        (5, None, None),
        (6, None, b"also inside"),
        (7, None, None),
    ]
    assert [row["error"] for row in found if row["error"]] == ["UnreadableUri: gone.jpg: No such file or directory"]


def test_hugging_face_images_of_paths_alone_are_read(tmp_path: Path) -> None:
    for n in range(70):
        source(tmp_path / f"{n}.jpg", str(n).encode())
    paths = [{"path": f"{n}.jpg"} for n in range(70)]
    kinds = [pa.struct([("path", pa.string())]), pa.struct([("bytes", pa.null()), ("path", pa.large_string())])]
    for kind in kinds:
        table = source(tmp_path / "t.parquet", parquet_bytes({"photo": pa.array(paths, kind)}))
        assert [batch.num_rows for batch in readers.read([table], IMAGE)] == [64, 6]
        assert [row["payload"] for row in rows(table, IMAGE)] == [str(n).encode() for n in range(70)]


def test_the_state_behind_hugging_face_images_changes_with_their_files(tmp_path: Path) -> None:
    image = source(tmp_path / "a.jpg", b"x")
    values = [{"bytes": None, "path": "a.jpg"}, {"bytes": b"y", "path": "b.jpg"}]
    table = source(tmp_path / "t.parquet", parquet_bytes({"image": pa.array(values, STRUCT)}))
    before = readers.behind(table, IMAGE)
    Path(image.uri).write_bytes(b"longer")
    assert before is not None and before != readers.behind(table, IMAGE)
    inside = source(tmp_path / "u.parquet", parquet_bytes({"image": pa.array(values[1:], STRUCT)}))
    assert readers.behind(inside, IMAGE) is None


@pytest.mark.parametrize(
    "kind", [pa.list_(STRUCT), pa.list_(pa.uint8()), pa.large_list(pa.list_(pa.uint8())), pa.list_(pa.uint8(), 2)]
)
@pytest.mark.parametrize("options", [IMAGE, ReadOptions(modality="image", image_column="images")])
def test_lists_of_images_or_of_pixels_are_refused_with_a_way_out(
    tmp_path: Path, kind: pa.DataType, options: ReadOptions
) -> None:
    table = source(tmp_path / "t.parquet", parquet_bytes({"images": pa.nulls(1, kind)}))
    with pytest.raises(RequestError, match=r"column 'images' holds .*: write one row an image \(DataFrame.explode\)"):
        readers.probe(table, options)


def test_images_as_plain_bytes_or_as_strings_of_paths_are_found_by_name(tmp_path: Path) -> None:
    source(tmp_path / "a.jpg", b"one")
    for values in (pa.array([b"one"]), pa.array([b"one"], pa.large_binary()), pa.array(["a.jpg"], pa.large_string())):
        table = source(tmp_path / "t.parquet", parquet_bytes({"image": values, "label": ["x"], "note": ["y"]}))
        assert [row["payload"] for row in rows(table, IMAGE)] == [b"one"]


def test_the_state_behind_a_list_changes_with_its_images(tmp_path: Path) -> None:
    image = source(tmp_path / "a.jpg", b"x")
    table = source(tmp_path / "list.csv", b"path,n\na.jpg,1\nb.jpg,2\n")
    options = ReadOptions(modality="image", image_column="path")
    states = [readers.behind(table, options)]
    Path(image.uri).write_bytes(b"longer")
    states.append(readers.behind(table, options))
    Path(image.uri).unlink()
    states.append(readers.behind(table, options))
    assert len(set(states)) == 3 and states[2] == readers.behind(table, options)
    assert readers.behind(image, options) is None
