"""Images in files of their own."""

from pathlib import Path

import pytest

from tests.transforms.corpus.readers.writing import IMAGE, parquet_bytes, rows, source
from transforms.common.errors import RequestError
from transforms.corpus import readers
from transforms.corpus.options import ReadOptions
from transforms.corpus.sources import Source

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
    assert row["error"].startswith("UnreadableUri: nosuch://host/a.jpg: Unable to get filesystem")


def test_image_files_have_no_columns(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="has no columns, so there is no 'x'; leave --id-column out"):
        readers.probe(source(tmp_path / "a.jpg", b""), ReadOptions(modality="image", id_column="x"))


def test_an_image_beside_the_folders_of_labels_is_said(tmp_path: Path) -> None:
    sources = [source(tmp_path / "c" / name, b"x", name=name) for name in ("cat/1.jpg", "stray.jpg")]
    options = ReadOptions(modality="image", labels_from="folder")
    (note,) = readers.survey(sources, options).notes
    assert note.startswith("stray.jpg lies beside the folders that are labels: its label is 'c'")
    assert readers.survey(sources[:1], options).notes == readers.survey(sources[1:], options).notes == ()


def test_a_web_address_is_a_dead_letter_that_says_so(tmp_path: Path) -> None:
    table = source(tmp_path / "list.csv", b"path,n\nhttp://example.org/a.jpg,1\n")
    (row,) = rows(table, ReadOptions(modality="image", image_column="path"))
    assert row["payload"] is None and "http is not read" in row["error"]


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
