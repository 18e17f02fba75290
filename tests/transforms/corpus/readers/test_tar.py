"""WebDataset shards."""

import io
import tarfile
from pathlib import Path

import pytest

from tests.transforms.corpus.readers.writing import IMAGE, payloads, rows, source, tar_of
from transforms.common.errors import RequestError
from transforms.corpus import readers
from transforms.corpus.options import ReadOptions

SHARD = tar_of(
    [
        ("./d/001.cls", b"3\n"),
        ("./d/001.JPG", b"one"),
        ("./d/001.json", b'{"caption": "a cat", "size": 7, "key": "k1"}'),
        ("./d/._001.jpg", b"resource fork"),
        ("d/002.png", b"two"),
        ("d/002.seg.png", b"mask"),
        ("d/002.json", b"not json"),
        ("e/002.seg.png", b"alone"),
        ("e/003.txt", b"no image"),
    ]
)


def test_members_of_one_name_are_one_item(tmp_path: Path) -> None:
    found = rows(source(tmp_path / "s/0.tar", SHARD, name="s/0.tar"), IMAGE)
    assert [(row["id"], row["payload"], row["label"]) for row in found] == [
        ("s/0.tar/d/001", b"one", "3"),
        ("s/0.tar/d/002", b"two", None),
        ("s/0.tar/e/002", b"alone", None),
        ("s/0.tar/e/003", None, None),
    ]


def test_columns_are_members_and_keys_of_the_json_member(tmp_path: Path) -> None:
    one = source(tmp_path / "0.tar", SHARD)
    options = ReadOptions(modality="image", id_column="key", label_column="size", keep=("caption", "cls"))
    assert readers.probe(one, options).names == ["caption", "cls"]
    found = rows(one, options)
    assert [(row["id"], row["label"], row["caption"], row["cls"]) for row in found] == [
        ("k1", "7", "a cat", "3"),
        (None, None, None, None),
        (None, None, None, None),
        (None, None, None, None),
    ]
    masks = ReadOptions(modality="image", image_column="seg.png")
    assert payloads(one, masks) == [None, b"mask", b"alone", None]


def test_names_that_are_not_utf8_are_ids_all_the_same(tmp_path: Path) -> None:
    names = ["caf\udce9.jpg", "caf\udce8.jpg", "käse.jpg"]
    found = rows(
        source(tmp_path / "0.tar", tar_of([(name, name[3:4].encode("utf-8", "replace")) for name in names])), IMAGE
    )
    assert [row["id"] for row in found] == ["0.tar/caf\\xe9", "0.tar/caf\\xe8", "0.tar/käse"]


def test_labels_come_from_the_folder_in_the_tar_or_from_the_tar(tmp_path: Path) -> None:
    one = source(tmp_path / "train/cats.tar", tar_of([("bees/1.jpg", b"1"), ("2.jpg", b"2")]))
    by_folder = rows(one, ReadOptions(modality="image", labels_from="folder"))
    assert [row["label"] for row in by_folder] == ["bees", "train"]
    by_file = rows(one, ReadOptions(modality="image", labels_from="file"))
    assert [row["label"] for row in by_file] == ["cats", "cats"]


def test_what_is_no_file_is_passed_over(tmp_path: Path) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name, kind in (("d.jpg", tarfile.DIRTYPE), ("l.jpg", tarfile.SYMTYPE)):
            info = tarfile.TarInfo(name)
            info.type = kind
            archive.addfile(info)
    assert rows(source(tmp_path / "a.tar", data.getvalue()), IMAGE) == []


def test_batches_are_bounded(tmp_path: Path) -> None:
    small = source(tmp_path / "a.tar", tar_of([(f"{n}.jpg", b"x") for n in range(130)]))
    assert [batch.num_rows for batch in readers.read([small], IMAGE)] == [64, 64, 2]
    large = source(tmp_path / "b.tar", tar_of([(f"{n}.jpg", b"x" * 3_000_000) for n in range(5)]))
    assert [batch.num_rows for batch in readers.read([large], IMAGE)] == [2, 2, 1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ReadOptions(modality="image", id_column="no"),
            "no column 'no'; it has cls, jpg, json, caption, size",
        ),
        (ReadOptions(modality="image", keep=("no",)), "name one with --keep"),
        (ReadOptions(modality="text"), "cannot be read as text"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, options: ReadOptions, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        readers.probe(source(tmp_path / "0.tar", SHARD), options)
    assert message in str(caught.value)


def test_a_shard_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="its first items hold txt and no image"):
        readers.probe(source(tmp_path / "0.tar", tar_of([("a.txt", b"words")])), IMAGE)


@pytest.mark.parametrize("cut", [700, 1536, 1800, 3072])
def test_a_truncated_tar_is_named(tmp_path: Path, cut: int) -> None:
    whole = tar_of([("a.jpg", b"x" * 600), ("b.jpg", b"y" * 600)])
    with pytest.raises(RequestError, match=r"0\.tar: cannot be read"):
        rows(source(tmp_path / "0.tar", whole[:cut]), IMAGE)


def test_a_damaged_tar_is_named(tmp_path: Path) -> None:
    whole = tar_of([("a.jpg", b"x" * 600), ("b.jpg", b"y" * 600)])
    for damaged in (b"no tar at all" * 100, whole[:1536] + b"?" + whole[1537:]):
        with pytest.raises(RequestError, match=r"0\.tar: cannot be read"):
            rows(source(tmp_path / "0.tar", damaged), IMAGE)


def test_images_with_dots_in_their_names_are_items(tmp_path: Path) -> None:
    pages = [(f"book/page.{n:03}.png", str(n).encode()) for n in range(40)]
    found = rows(source(tmp_path / "0.tar", tar_of(pages)), IMAGE)
    assert [row["id"] for row in found] == [f"0.tar/book/page.{n:03}" for n in range(40)]
    assert [row["payload"] for row in found] == [data for _, data in pages]


def test_sidecars_of_names_with_dots_belong_to_their_image(tmp_path: Path) -> None:
    members = [(f"item_v1.{n}.{kind}", f"{kind}{n}".encode()) for n in range(30) for kind in ("cls", "png")]
    found = rows(source(tmp_path / "0.tar", tar_of(members)), IMAGE)
    assert [(row["id"], row["payload"], row["label"]) for row in found] == [
        (f"0.tar/item_v1.{n}", b"png%d" % n, f"cls{n}") for n in range(30)
    ]
    assert [row["label"] for row in rows(source(tmp_path / "1.tar", tar_of(members[:2])), IMAGE)] == ["cls0"]


def test_two_images_of_one_name_are_two_items_with_the_same_sidecars(tmp_path: Path) -> None:
    members = [("a.cls", b"x"), ("a.jpg", b"1"), ("a.png", b"2"), ("b.jpg", b"3")]
    found = rows(source(tmp_path / "0.tar", tar_of(members)), IMAGE)
    assert [(row["id"], row["payload"], row["label"]) for row in found] == [
        ("0.tar/a.jpg", b"1", "x"), ("0.tar/a.png", b"2", "x"), ("0.tar/b", b"3", None)
    ]  # fmt: skip


def test_archives_one_behind_another_are_read(tmp_path: Path) -> None:
    first, second = tar_of([("a.jpg", b"1"), ("b.jpg", b"2")]), tar_of([("c.jpg", b"3")])
    assert payloads(source(tmp_path / "0.tar", first + second), IMAGE) == [b"1", b"2", b"3"]
    with pytest.raises(RequestError, match="cannot be read"):
        rows(source(tmp_path / "1.tar", first + second[:700]), IMAGE)


def test_a_link_is_a_dead_letter_with_the_cure(tmp_path: Path) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        info = tarfile.TarInfo("l.jpg")
        info.type, info.linkname = tarfile.SYMTYPE, "a.jpg"
        archive.addfile(info)
    (row,) = rows(source(tmp_path / "0.tar", data.getvalue()), IMAGE)
    assert row["payload"] is None and row["error"].startswith("LinkInTar: l.jpg is a link")
