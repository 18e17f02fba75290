"""What a listing gives, and what it refuses."""

import builtins
import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from apache_beam.io.filesystem import BeamIOError, CompressionTypes, FileMetadata, FileSystem

from transforms.common.errors import RequestError
from transforms.corpus import formats
from transforms.corpus.formats import Format, format_of, stem
from transforms.corpus.options import ReadOptions
from transforms.corpus.sources import Source, list_corpus, list_sources

TEXT = ReadOptions(modality="text")
IMAGE = ReadOptions(modality="image")


class MemoryFiles(FileSystem):  # type: ignore[misc]
    """A store of objects at `memory://`, as far as reading goes."""

    objects: ClassVar[dict[str, bytes]] = {}
    updated: float | None = 12.5

    @classmethod
    def scheme(cls) -> str:
        return "memory"

    def join(self, basepath: str, *paths: str) -> str:
        return "/".join((basepath, *paths))

    def split(self, path: str) -> tuple[str, str]:
        head, _, tail = path.rpartition("/")
        return head, tail

    def has_dirs(self) -> bool:
        return False

    def _list(self, dir_or_prefix: str) -> Iterator[FileMetadata]:
        for path in sorted(self.objects):
            if path.startswith(dir_or_prefix):
                yield self.metadata(path)

    def metadata(self, path: str) -> FileMetadata:
        return FileMetadata(path, len(self.objects[path]), self.updated)

    def exists(self, path: str) -> bool:
        return path in self.objects

    def size(self, path: str) -> int:
        return len(self.objects[path])

    def last_updated(self, path: str) -> float:
        return self.updated or 0.0

    def checksum(self, path: str) -> str:
        return f"sum-{len(self.objects[path])}"

    def open(self, path: str, mime_type: str = "", compression_type: str = CompressionTypes.AUTO) -> io.BytesIO:
        assert compression_type == CompressionTypes.UNCOMPRESSED
        if path not in self.objects:
            raise BeamIOError("no such object", {path: "404"})
        return io.BytesIO(self.objects[path])

    def mkdirs(self, path: str) -> None:
        raise NotImplementedError

    create = copy = rename = delete = mkdirs


@pytest.fixture
def memory() -> Iterator[dict[str, bytes]]:
    MemoryFiles.objects.clear()
    MemoryFiles.updated = 12.5
    yield MemoryFiles.objects
    MemoryFiles.objects.clear()


def make(root: Path, *names: str, content: bytes = b"x\n") -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def names(sources: list[Source]) -> list[str]:
    return [source.name for source in sources]


# ---- formats ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.txt", Format("lines")),
        ("A.B/C.TXT.GZ", Format("lines", "gzip")),
        ("a.jsonl.zst", Format("json", "zstd")),
        ("a.json", Format("json", None, True)),
        ("a.csv.bz2", Format("comma", "bz2")),
        ("a.tfrecords", Format("tfrecord")),
        ("a.part.v2.parquet", Format("parquet")),
        ("a.tgz", Format("tar", "gzip")),
        ("a.tar.gz", Format("tar", "gzip")),
        ("a.txz", Format("tar", "xz")),
        ("a.tar.XZ", Format("tar", "xz")),
        ("a.tbz2", Format("tar", "bz2")),
        ("a.csv.xz", Format("comma", "xz")),
        ("a.JPeG", Format("image")),
        ("a.tfrecord-00000-of-00010", Format("tfrecord")),
        ("a.JSONL-00003-of-00010.gz", Format("json", "gzip")),
        ("a-00000-of-00010.csv", Format("comma")),
        ("a-00000-of-00010", None),
        ("a.v2-00000-of-00010", None),
        ("a.jl", Format("json")),
        ("a.jsonlines.zst", Format("json", "zstd")),
        ("a.pq", Format("parquet")),
        ("a.parq", Format("parquet")),
        ("a.tfrec", Format("tfrecord")),
        ("a.tab.gz", Format("tab", "gzip")),
        ("a.parquet.gz", None),
        ("a.jpg.gz", None),
        ("a.gz", None),
        ("txt", None),
        ("a.txt/b", None),
        ("a.md", Format("document")),
        ("a.html.gz", Format("document", "gzip")),
        ("README", None),
    ],
)
def test_a_format_is_told_by_the_name(name: str, form: Format | None) -> None:
    assert format_of(name) == form


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x/pos.txt.gz", "pos"),
        ("pos.TXT", "pos"),
        ("a.b.tar.gz", "a.b"),
        ("a.tgz", "a"),
        ("a.txz", "a"),
        ("README", "README"),
        ("x/a.csv-0-of-2", "a"),
    ],
)
def test_a_stem_is_the_name_without_the_extensions_of_its_format(name: str, expected: str) -> None:
    assert stem(name) == expected


@pytest.fixture
def heif(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Says whether pillow-heif is installed."""

    def say(installed: bool) -> None:
        monkeypatch.setattr(formats, "reads_heif", lambda: installed)

    return say


def test_photos_of_phones_are_counted_where_what_reads_them_is_not_installed(
    tmp_path: Path, heif: Callable[[bool], None]
) -> None:
    make(tmp_path, "a.HEIC", "b.heif", "c/d.hif", "e.jpg", "f.tif", "g.avif")
    heif(False)
    listing = list_corpus([str(tmp_path)], IMAGE)
    assert names(listing.sources) == ["e.jpg", "f.tif", "g.avif"]
    assert listing.skipped == {".heic": 1, ".heif": 1, ".hif": 1}
    assert listing.notes == ("3 HEIC photos need pillow-heif: pip install pillow-heif",)
    with pytest.raises(RequestError, match=r"holds a file, but none .*; 1 HEIC photo needs pillow-heif: pip install"):
        list_corpus([str(tmp_path / "c")], IMAGE)
    heif(True)
    listing = list_corpus([str(tmp_path)], IMAGE)
    assert names(listing.sources) == ["a.HEIC", "b.heif", "c/d.hif", "e.jpg", "f.tif", "g.avif"]
    assert (listing.skipped, listing.notes) == ({}, ())


def test_text_needs_nothing_for_photos(tmp_path: Path, heif: Callable[[bool], None]) -> None:
    heif(False)
    make(tmp_path, "a.heic", "b.txt")
    listing = list_corpus([str(tmp_path)], TEXT)
    assert (listing.skipped, listing.notes) == ({".heic": 1}, ())


def test_a_file_beside_the_folders_of_labels_is_another_source_than_before(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg")
    labels = ReadOptions(modality="image", labels_from="folder")
    (alone,) = list_sources([str(tmp_path)], labels)
    make(tmp_path, "cat/b.jpg")
    beside, inside = list_sources([str(tmp_path)], labels)
    assert (alone.is_stray, beside.is_stray, inside.is_stray) == (False, True, False)
    assert beside.fingerprint != alone.fingerprint
    assert not any(source.is_stray for source in list_sources([str(tmp_path)], IMAGE))
    assert [s.is_stray for s in list_sources([str(tmp_path / "a.jpg"), str(tmp_path / "cat")], labels)] == [False] * 2


# ---- folders, files, globs --------------------------------------------------------------------------------


def test_a_folder_gives_its_files_of_the_modality_sorted_by_relative_name(tmp_path: Path) -> None:
    make(tmp_path, "b.txt", "a/c.TXT.GZ", "a/d.jsonl", "e.parquet", "f.jpg", "notes.md", "meta.json", "z/t.tar")
    make(tmp_path, ".hidden.txt", "_SUCCESS.txt", ".git/x.txt", "_temporary/y.txt")
    assert names(list_sources([str(tmp_path)], TEXT)) == ["a/c.TXT.GZ", "a/d.jsonl", "b.txt", "e.parquet"]
    assert names(list_sources([str(tmp_path) + "/"], IMAGE)) == ["e.parquet", "f.jpg", "z/t.tar"]


def test_a_source_says_how_to_open_it_and_in_which_state_it_is(tmp_path: Path) -> None:
    path = make(tmp_path, "a/b.txt", content=b"12345") / "a/b.txt"
    os.utime(path, ns=(1, 1_700_000_000_000_000_001))
    expected = Source(name="a/b.txt", uri=str(path), size=5, fingerprint="5-1700000000000000001")
    assert list_sources([str(tmp_path)], TEXT) == [expected]
    assert list_sources([f"file://{tmp_path}"], TEXT) == [expected]


def test_uris_are_absolute_though_the_input_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "in/a.txt")
    monkeypatch.chdir(tmp_path)
    for given, name in (("in", "a.txt"), ("in/a.txt", "a.txt"), ("*/a.txt", "in/a.txt")):
        (source,) = list_sources([given], TEXT)
        assert (source.name, source.uri) == (name, str(tmp_path / "in/a.txt"))


def test_a_file_is_named_by_its_base_name_whatever_surrounds_it(tmp_path: Path) -> None:
    make(tmp_path, "_x/.a.txt")
    assert names(list_sources([str(tmp_path / "_x/.a.txt")], TEXT)) == [".a.txt"]


def test_a_glob_names_sources_from_its_longest_fixed_folder(tmp_path: Path) -> None:
    make(tmp_path, "c/2024/a.txt", "c/2025/b.txt", "c/2025/c.csv", "c/2025/deep/d.txt", "c/2025/e.jpg")
    assert names(list_sources([f"{tmp_path}/c/20*/*.txt"], TEXT)) == ["2024/a.txt", "2025/b.txt"]
    assert names(list_sources([f"{tmp_path}/c/2025/[bc].*"], TEXT)) == ["b.txt", "c.csv"]
    everything = ["2024/a.txt", "2025/b.txt", "2025/c.csv", "2025/deep/d.txt"]
    assert names(list_sources([f"{tmp_path}/c/**"], TEXT)) == everything
    assert names(list_sources([f"{tmp_path}/c/20*"], TEXT)) == everything


def test_a_name_with_wildcard_characters_can_be_a_file(tmp_path: Path) -> None:
    make(tmp_path, "a[1].txt")
    assert names(list_sources([f"{tmp_path}/a[1].txt"], TEXT)) == ["a[1].txt"]


def test_several_inputs_are_one_corpus(tmp_path: Path) -> None:
    make(tmp_path, "in/b.txt", "a.csv", "c/c1.tsv")
    given = [str(tmp_path / "in"), str(tmp_path / "c/*.tsv"), str(tmp_path / "a.csv")]
    assert names(list_sources(given, TEXT)) == ["a.csv", "b.txt", "c1.tsv"]


def test_tables_of_paths_are_read_as_images_only_where_a_column_is_named(tmp_path: Path) -> None:
    make(tmp_path, "a.csv", "b.jpg", "c.txt", "d.jsonl", "e.tsv.gz")
    assert names(list_sources([str(tmp_path)], IMAGE)) == ["b.jpg"]
    by_column = ReadOptions(modality="image", image_column="uri")
    assert names(list_sources([str(tmp_path)], by_column)) == ["a.csv", "b.jpg", "d.jsonl", "e.tsv.gz"]


def test_json_is_read_where_it_is_asked_for_by_name(tmp_path: Path) -> None:
    make(tmp_path, "a.json")
    assert names(list_sources([str(tmp_path / "a.json")], TEXT)) == ["a.json"]


# ---- links ------------------------------------------------------------------------------------------------


def test_linked_files_and_folders_are_read_and_loops_end(tmp_path: Path) -> None:
    make(tmp_path, "in/real/a.txt", "away/b.txt", "away/more/c.txt")
    folder = tmp_path / "in"
    (folder / "link.txt").symlink_to(tmp_path / "away/b.txt")
    (folder / "loop").symlink_to(folder)
    (folder / "real/up").symlink_to(folder)
    (folder / "again").symlink_to(folder / "real")
    (folder / "outside").symlink_to(tmp_path / "away/more")
    assert names(list_sources([str(folder)], TEXT)) == ["link.txt", "outside/c.txt", "real/a.txt"]


def test_a_link_to_nothing_is_named(tmp_path: Path) -> None:
    make(tmp_path, "a.txt")
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere")
    with pytest.raises(RequestError, match=r"gone\.txt: is a link to nothing"):
        list_sources([str(tmp_path)], TEXT)


# ---- refusals ---------------------------------------------------------------------------------------------


def test_what_cannot_give_an_item_is_refused_in_one_line(tmp_path: Path) -> None:
    make(
        tmp_path,
        "images/a.jpg",
        "images/b/c.png",
        "images/readme.md",
        "words/a.txt",
        "odd/a.log",
        "odd/b.json",
        "x.doc",
    )
    (tmp_path / "empty").mkdir()
    for given, options, message in (
        ("images", TEXT, "holds 2 image files but the encoder takes text: use an image encoder such as"),
        ("images/a.jpg", TEXT, "holds an image file but the encoder takes text"),
        ("images/*.jpg", TEXT, "holds an image file but the encoder takes text"),
        ("words", IMAGE, "holds a text file but the encoder takes images: use a text encoder such as"),
        ("empty", TEXT, "holds no files; a corpus of text needs .txt"),
        ("empty", IMAGE, "holds no files; a corpus of image needs .jpg"),
        ("odd", TEXT, "holds 2 files, but none that can be read as text: .txt, .csv"),
        ("x.doc", TEXT, "holds a file, but none that can be read as text"),
        ("nope", TEXT, "nope: does not exist; check the path"),
        ("nope.txt", TEXT, "nope.txt: does not exist; check the path"),
        ("no*pe.txt", TEXT, "matches nothing; check the pattern"),
    ):
        with pytest.raises(RequestError) as caught:
            list_sources([f"{tmp_path}/{given}"], options)
        assert str(caught.value).startswith(f"{tmp_path}/{given}: ")
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)
    with pytest.raises(RequestError, match="no input"):
        list_sources([], TEXT)


def test_one_name_for_two_sources_is_refused_with_both_inputs(tmp_path: Path) -> None:
    make(tmp_path, "a/pos.txt", "b/pos.txt")
    first, second = f"{tmp_path}/a", f"{tmp_path}/b/*.txt"
    with pytest.raises(RequestError) as caught:
        list_sources([first, second], TEXT)
    assert first in str(caught.value) and second in str(caught.value) and "pos.txt" in str(caught.value)


def test_one_file_under_two_names_is_refused(tmp_path: Path) -> None:
    make(tmp_path, "a/pos.txt")
    with pytest.raises(RequestError, match="name it only once"):
        list_sources([f"{tmp_path}/a", str(tmp_path)], TEXT)


def test_a_pipe_is_no_source(tmp_path: Path) -> None:
    make(tmp_path, "a.txt")
    os.mkfifo(tmp_path / "p.txt")
    assert names(list_sources([str(tmp_path)], TEXT)) == ["a.txt"]
    with pytest.raises(RequestError, match="no regular file"):
        list_sources([str(tmp_path / "p.txt")], TEXT)


def test_a_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/\xff.txt", "wb"):
        pass
    with pytest.raises(RequestError, match="not UTF-8"):
        list_sources([str(tmp_path)], TEXT)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    make(tmp_path, "a/b.txt")
    (tmp_path / "a").chmod(0)
    try:
        with pytest.raises(RequestError, match="cannot be listed: Permission denied"):
            list_sources([str(tmp_path)], TEXT)
    finally:
        (tmp_path / "a").chmod(0o700)


# ---- other file systems -----------------------------------------------------------------------------------


def test_a_store_lists_like_a_disk(memory: dict[str, bytes]) -> None:
    for key in ("c/a.txt", "c/d/b.csv", "c/d/p.jpg", "c/_delta_log/n.txt", "c/.h.txt", "c/d/", "cc/other.txt"):
        memory[f"memory://bucket/{key}"] = b"12345"
    assert list_sources(["memory://bucket/c"], TEXT) == [
        Source(name="a.txt", uri="memory://bucket/c/a.txt", size=5, fingerprint="5-12.5"),
        Source(name="d/b.csv", uri="memory://bucket/c/d/b.csv", size=5, fingerprint="5-12.5"),
    ]
    assert names(list_sources(["memory://bucket/c/"], IMAGE)) == ["d/p.jpg"]
    assert names(list_sources(["memory://bucket/c/d/b.csv"], TEXT)) == ["b.csv"]
    assert names(list_sources(["memory://bucket/c*/*.txt"], TEXT)) == ["c/.h.txt", "c/a.txt", "cc/other.txt"]


def test_a_store_without_times_is_asked_for_checksums(memory: dict[str, bytes]) -> None:
    memory["memory://bucket/a.txt"] = b"123"
    MemoryFiles.updated = None
    assert [s.fingerprint for s in list_sources(["memory://bucket/a.txt"], TEXT)] == ["3-sum-3"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("memory://bucket/nope.txt", "does not exist; check the path"),
        ("memory://bucket/no*.txt", "matches nothing; check the pattern"),
        ("memory://bucket/img", "holds an image file but the encoder takes text"),
        ("nosuch://bucket/a.txt", "there is no file system for nosuch:// here"),
    ],
)
def test_a_store_refuses_like_a_disk(memory: dict[str, bytes], given: str, message: str) -> None:
    memory["memory://bucket/img/a.jpg"] = b"1"
    with pytest.raises(RequestError) as caught:
        list_sources([given], TEXT)
    assert str(caught.value).startswith(given) and message in str(caught.value)


def test_listing_opens_no_file_and_asks_once_for_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        folder = tmp_path / str(number)
        folder.mkdir()
        for file in range(50):
            (folder / f"{file}.txt").touch()
    asked: list[str] = []
    stat, opened = os.stat, builtins.open

    def counted(path: Any, **named: Any) -> os.stat_result:
        asked.append(os.fspath(path))
        return stat(path, **named)

    def refused(path: Any, *given: Any, **named: Any) -> Any:
        assert not str(path).startswith(str(tmp_path)), path
        return opened(path, *given, **named)

    monkeypatch.setattr(os, "stat", counted)
    monkeypatch.setattr(builtins, "open", refused)
    assert len(list_sources([str(tmp_path)], TEXT)) == 200
    assert not [path for path in asked if path.endswith(".txt")], "the folder's entries know it"


def test_a_file_of_another_format_may_have_any_name(tmp_path: Path) -> None:
    make(tmp_path, "a.txt")
    (tmp_path / os.fsdecode(b"caf\xe9.d\xe9f")).write_bytes(b"x")
    os.mkfifo(tmp_path / "pipe.txt")
    listing = list_corpus([str(tmp_path)], TEXT)
    assert names(listing.sources) == ["a.txt"]
    assert listing.skipped == {".d\\udce9f": 1, "no regular file": 1}
    assert json.loads(json.dumps(listing.skipped, ensure_ascii=False).encode()) == listing.skipped
