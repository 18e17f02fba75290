"""WebDataset shards."""

import io
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.transforms.corpus.readers.writing import COMPRESS, IMAGE, payloads, rows, source, tar_of
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
    assert [row["error"] for row in found] == [None] * 3 + [
        "NoImage: e/003 has txt and no image: the members of an item must lie one behind another in the archive"
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
    assert [row["error"] and row["error"].partition(": ")[0] for row in found] == [
        None, "BrokenSidecar", None, "NoImage"
    ]  # fmt: skip
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
        for name, kind in (("d.jpg", tarfile.DIRTYPE), ("l.jpg", tarfile.SYMTYPE), ("f.jpg", tarfile.FIFOTYPE)):
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


def linked(members: list[tuple[str, bytes | tuple[bytes, str]]]) -> bytes:
    """A tar of files, and of links: (type, target)."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                info.type, info.linkname = content
                archive.addfile(info)
    return data.getvalue()


@pytest.mark.parametrize(
    ("kind", "cure"), [(tarfile.SYMTYPE, "--dereference"), (tarfile.LNKTYPE, "--hard-dereference")]
)
def test_a_link_is_a_dead_letter_with_the_cure(tmp_path: Path, kind: bytes, cure: str) -> None:
    archive = linked([("a.jpg", b"1"), ("l.jpg", (kind, "a.jpg")), ("b.jpg", b"2"), ("folder", (kind, "other"))])
    found = rows(source(tmp_path / "0.tar", archive), IMAGE)
    assert [(row["id"], row["payload"], row["error"]) for row in found] == [
        ("0.tar/a", b"1", None),
        ("0.tar/l", None, f"LinkInTar: l.jpg is a link: archive the files themselves (tar {cure})"),
        ("0.tar/b", b"2", None),
    ]


def test_a_label_that_is_a_link_costs_its_item(tmp_path: Path) -> None:
    archive = linked([("a.cls", b"x"), ("a.jpg", b"1"), ("b.cls", (tarfile.LNKTYPE, "a.cls")), ("b.jpg", b"2")])
    first, second = rows(source(tmp_path / "0.tar", archive), IMAGE)
    assert (first["label"], first["error"]) == ("x", None)
    assert second["label"] is None and second["error"].startswith("LinkInTar: b.cls is a link")


BROKEN = [
    ("json", b'{"cls": "x"', "BrokenSidecar: b.json cannot be read as JSON"),
    ("json", b'["cls", "x"]', "BrokenSidecar: b.json cannot be read as JSON: it is no object"),
    ("json", b"", "BrokenSidecar: b.json cannot be read as JSON"),
    ("json", '{"cls": "é"}'.encode("latin-1"), "BrokenSidecar: b.json cannot be read as JSON"),
    ("cls", "é".encode("latin-1"), "NotUTF8: b.cls is not UTF-8: convert it"),
    ("cls", "x".encode("utf-16"), "NotUTF8: b.cls is not UTF-8: convert it"),
]


@pytest.mark.parametrize(("kind", "content", "error"), BROKEN)
def test_a_broken_sidecar_is_a_dead_letter_where_a_value_of_it_is_asked_for(
    tmp_path: Path, kind: str, content: bytes, error: str
) -> None:
    good = b'{"cls": "x"}' if kind == "json" else b"x"
    members = [(f"a.{kind}", good), ("a.jpg", b"1"), (f"b.{kind}", content), ("b.jpg", b"2"), ("c.jpg", b"3")]
    one = source(tmp_path / "0.tar", tar_of(members))
    for options in (ReadOptions(modality="image", label_column="cls"), ReadOptions(modality="image", keep=("cls",))):
        found = rows(one, options)
        assert [row["payload"] for row in found] == [b"1", b"2", b"3"]
        assert found[0]["error"] is None and found[2]["error"] is None
        assert found[1]["error"].startswith(error)
    # Nothing is asked of a JSON member by default.
    assert [row["error"] for row in rows(one, IMAGE)] == [None, error if kind == "cls" else None, None]


def test_a_byte_order_mark_is_no_part_of_a_value(tmp_path: Path) -> None:
    members = [("a.cls", b"\xef\xbb\xbfcat"), ("a.json", b'\xef\xbb\xbf{"size": 7}'), ("a.jpg", b"1")]
    (row,) = rows(source(tmp_path / "0.tar", tar_of(members)), ReadOptions(modality="image", keep=("size",)))
    assert (row["label"], row["size"]) == ("cat", "7")


def test_members_that_lie_apart_are_said(tmp_path: Path) -> None:
    members = [("a.jpg", b"1"), ("b.jpg", b"2"), ("a.cls", b"x"), ("b.cls", b"y")]
    found = rows(source(tmp_path / "0.tar", tar_of(members)), IMAGE)
    assert [row["payload"] for row in found] == [b"1", b"2", None, None]
    assert all("must lie one behind another" in row["error"] for row in found[2:])


def test_a_member_that_comes_again_is_said_and_the_last_one_counts(tmp_path: Path) -> None:
    found = rows(source(tmp_path / "0.tar", tar_of([("a.jpg", b"1"), ("a.jpg", b"2"), ("b.jpg", b"3")])), IMAGE)
    assert [(row["id"], row["payload"]) for row in found] == [
        ("0.tar/a.jpg", None),
        ("0.tar/a", b"2"),
        ("0.tar/b", b"3"),
    ]
    assert found[0]["error"] == "TwiceInTar: a.jpg comes again later in the archive, and the last one counts"


def test_images_whose_extensions_differ_by_case_are_two_items(tmp_path: Path) -> None:
    found = rows(source(tmp_path / "0.tar", tar_of([("a.JPG", b"1"), ("a.jpg", b"2"), ("a.cls", b"x")])), IMAGE)
    assert [(row["id"], row["payload"], row["label"]) for row in found] == [
        ("0.tar/a.JPG", b"1", "x"), ("0.tar/a.jpg", b"2", "x")
    ]  # fmt: skip


LONG = "/".join(["a folder with a long name"] * 8) + "/image " + "x" * 120


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_and_letters_of_any_script_are_read(tmp_path: Path, form: int) -> None:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=form, pax_headers={"comment": "of the archive"}) as archive:
        for name in (f"{LONG}.jpg", "猫/ü.jpg"):
            info = tarfile.TarInfo(name)
            info.size, info.mtime = 1, 1.5
            archive.addfile(info, io.BytesIO(b"1"))
    found = rows(source(tmp_path / "0.tar", data.getvalue()), IMAGE)
    assert [row["id"] for row in found] == [f"0.tar/{LONG}", "0.tar/猫/ü"]


@pytest.mark.parametrize("root", ["", "./", "/", ".//", "/./", "././"])
def test_names_begin_at_the_root(tmp_path: Path, root: str) -> None:
    members = [(f"{root}cat/1.jpg", b"1"), (f"{root}cat/._1.jpg", b"fork"), (f"{root}__MACOSX/cat/1.jpg", b"fork")]
    (row,) = rows(source(tmp_path / "0.tar", tar_of(members)), ReadOptions(modality="image", labels_from="folder"))
    assert (row["id"], row["label"]) == ("0.tar/cat/1", "cat")


@pytest.mark.parametrize("form", ["gnu", "posix"])
def test_sparse_files_have_their_holes(tmp_path: Path, form: str) -> None:
    tar = shutil.which("tar")
    if tar is None or b"GNU" not in subprocess.run([tar, "--version"], capture_output=True, check=True).stdout:
        pytest.skip("no GNU tar")
    with open(tmp_path / "a.jpg", "wb") as stream:
        stream.write(b"begin")
        stream.truncate(300_000)
        stream.seek(200_000)
        stream.write(b"middle")
    subprocess.run([tar, "-S", f"--format={form}", "-cf", "0.tar", "a.jpg"], check=True, cwd=tmp_path)
    assert (tmp_path / "0.tar").stat().st_size < 100_000
    assert payloads(source(tmp_path / "0.tar"), IMAGE) == [(tmp_path / "a.jpg").read_bytes()]


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        *((f"0.tar{suffix}", suffix) for suffix in COMPRESS),
        ("0.tgz", ".gz"),
        ("0.tbz2", ".bz2"),
        ("0.tzst", ".zst"),
        ("0.txz", ".xz"),
    ],
)
def test_compressed_archives_are_read(tmp_path: Path, name: str, codec: str) -> None:
    first, second = tar_of([("a.jpg", b"1")]), tar_of([("b.jpg", b"2")])
    one = source(tmp_path / name, COMPRESS[codec](first + second))
    assert [(row["id"], row["payload"]) for row in rows(one, IMAGE)] == [(f"{name}/a", b"1"), (f"{name}/b", b"2")]
    assert rows(one, ReadOptions(modality="image", labels_from="file"))[0]["label"] == "0"
    if codec:
        cut = source(tmp_path / name, COMPRESS[codec](first + second)[:-20])
        with pytest.raises(RequestError, match="cannot be read"):
            rows(cut, IMAGE)


def test_names_that_no_line_can_show_are_escaped(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"its first items hold 'txt\\nhidden', cls and no image: name the member"):
        readers.survey([source(tmp_path / "a.tar", tar_of([("1.txt\nhidden", b"x"), ("1.cls", b"3")]))], IMAGE)
