"""Plain text files."""

from pathlib import Path

import pytest

from tests.transforms.corpus.readers.writing import COMPRESS, TEXT, payloads, rows, source
from transforms.common.errors import RequestError
from transforms.corpus import readers
from transforms.corpus.options import ReadOptions


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"", []),
        (b"\n", []),
        (b"a", [b"a"]),
        (b"a\n", [b"a"]),
        (b"a\n\nb\n\n", [b"a", b"b"]),
        (b"a\r\nb\rc\r\n\r\n", [b"a", b"b\rc"]),
        (b" \n\t\r\na\n \x0b\n", [b"a"]),
        (b"a\r", [b"a\r"]),
        (b"a\r\r\nb\r\r\n\r\r\n", [b"a", b"b"]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n", [b"a", b"\xef\xbb\xbfb"]),
        (b"\xef\xbb\xbf", []),
        (b" a \t\x00\xff\n\xe2\x80\xa8\x0b\x0c\x85\n", [b" a \t\x00\xff", b"\xe2\x80\xa8\x0b\x0c\x85"]),
    ],
)
@pytest.mark.parametrize("codec", ["", ".gz"])
def test_a_line_is_an_item_to_the_byte_and_a_blank_one_is_none(
    tmp_path: Path, content: bytes, lines: list[bytes], codec: str
) -> None:
    assert payloads(source(tmp_path / f"a.txt{codec}", COMPRESS[codec](content))) == lines


def test_short_files_share_batches_and_keep_their_names(tmp_path: Path) -> None:
    sources = [source(tmp_path / f"{n % 3}/{n}.txt", b"x\n" * (n % 4), name=f"{n % 3}/{n}.txt") for n in range(300)]
    sources.insert(150, source(tmp_path / "large.txt", b"y" * 300_000 + b"\nz"))
    sources.insert(200, source(tmp_path / "packed.txt.gz", COMPRESS[".gz"](b"p\nq\n")))
    options = ReadOptions(modality="text", labels_from="folder")
    batches = list(readers.read(sources, options))
    assert len(batches) < 10
    found = [(row["source"], row["payload"]) for batch in batches for row in batch.to_pylist()]
    expected = []
    for one in sources:
        if one.name == "large.txt":
            expected += [(one.name, b"y" * 300_000), (one.name, b"z")]
        elif one.name == "packed.txt.gz":
            expected += [(one.name, b"p"), (one.name, b"q")]
        else:
            expected += [(one.name, b"x")] * (int(Path(one.name).stem) % 4)
    assert found == expected
    labels = {row["source"]: row["label"] for batch in batches for row in batch.to_pylist()}
    assert labels["1/1.txt"] == "1" and labels["2/2.txt"] == "2" and labels["large.txt"] == tmp_path.name


def test_labels_come_from_the_file_or_its_folder(tmp_path: Path) -> None:
    sources = [source(tmp_path / f"news/{name}", b"") for name in ("pos.txt", "neg.v2.TXT.gz")]
    sources = [source(Path(sources[0].uri), b"a\nb\n"), source(Path(sources[1].uri), COMPRESS[".gz"](b"c\n"))]
    by_file = rows(sources, ReadOptions(modality="text", labels_from="file"))
    assert [row["label"] for row in by_file] == ["pos", "pos", "neg.v2"]
    by_folder = rows(sources, ReadOptions(modality="text", labels_from="folder"))
    assert [row["label"] for row in by_folder] == ["news"] * 3


def test_the_shards_of_a_file_have_one_label(tmp_path: Path) -> None:
    names = ("pos-00000-of-00002.txt", "pos-00001-of-00002.txt.gz", "pos.txt-00000-of-00001", "1-of-2.txt")
    sources = [source(tmp_path / name, COMPRESS[".gz" if name.endswith(".gz") else ""](b"a\n")) for name in names]
    found = rows(sources, ReadOptions(modality="text", labels_from="file"))
    assert [row["label"] for row in found] == ["pos", "pos", "pos", "1-of-2"]


@pytest.mark.parametrize(
    ("options", "option"),
    [
        (ReadOptions(modality="text", id_column="key"), "--id-column"),
        (ReadOptions(modality="text", text_column="key"), "--text-column"),
        (ReadOptions(modality="text", label_column="key"), "--label-column"),
        (ReadOptions(modality="text", keep=("key",)), "--keep"),
    ],
)
def test_lines_have_no_columns(tmp_path: Path, options: ReadOptions, option: str) -> None:
    with pytest.raises(RequestError, match=f"has no columns, so there is no 'key'; leave {option} out"):
        readers.probe(source(tmp_path / "a.txt", b"x\n"), options)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"one;pos\n" * 9,
            "each of its lines has as many semicolons: if they separate columns, name the file .csv",
        ),
        (
            b"one\t0\ttwo\n" * 9,
            "each of its lines has as many tabs: if they separate columns, name the file .tsv",
        ),
        (
            b"one | two\r\n" * 9,
            "each of its lines has as many bars: if they separate columns, name the file .csv",
        ),
        (
            b"__label__pos one\n__label__neg two\n" * 3,
            "the labels of fastText are read as part of the texts: write both as",
        ),
        (b'{"text": "one"}\n' * 5, "its lines are objects of JSON, which are read as texts: name the file .jsonl"),
        (b"<!doctype html>\n<html>\n", "is a page of HTML or XML: each of its lines is read as a text"),
        (b"one\rtwo\nthree\n", r"\r ends no line where \n does: what stands on both sides of it is one text"),
        (b"one\n\xef\xbb\xbftwo\n", "holds byte order marks inside, as where files are joined: they stay in its texts"),
    ],
)
@pytest.mark.parametrize("codec", ["", ".gz"])
def test_lines_that_are_perhaps_no_texts_are_said(tmp_path: Path, content: bytes, words: str, codec: str) -> None:
    (note,) = readers.survey([source(tmp_path / f"a.txt{codec}", COMPRESS[codec](content))], TEXT).notes
    assert note.startswith(f"a.txt{codec}: {words}")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"plain, words\nmore, of them\n" * 9,
        b"one;pos\n" * 4,
        b"one; two\nthree\n" * 9,
        b"one\r\r\ntwo\r\n" * 9,
        b"one\rtwo\rthree",
        b"{one}\n{two\n" * 9,
        b"\xef\xbb\xbfone\n",
        b"an <html> tag\n",
    ],
)
def test_of_plain_lines_nothing_is_said(tmp_path: Path, content: bytes) -> None:
    assert readers.survey([source(tmp_path / "a.txt", content)], TEXT).notes == ()


def test_batches_are_bounded_by_bytes_and_rows(tmp_path: Path) -> None:
    one = source(tmp_path / "a.txt", b"a\n" * 20_000 + (b"x" * 3_000_000 + b"\n") * 5)
    sizes = [
        (batch.num_rows, sum(map(len, batch.column("payload").to_pylist()))) for batch in readers.read([one], TEXT)
    ]
    assert sum(rows for rows, _ in sizes) == 20_005
    assert max(rows for rows, _ in sizes) <= 4096 and max(size for _, size in sizes) <= 8 << 20


REAL = Path(__file__).parents[5] / "shared/corpora"


@pytest.mark.real
@pytest.mark.skipif(not REAL.is_dir(), reason="../shared/corpora is missing")
def test_real_corpora_have_the_items_that_they_are_said_to_have() -> None:
    from transforms.corpus.sources import list_sources

    for folder, options, count in (
        ("movie_reviews", ReadOptions(modality="text", labels_from="file"), 10_662),
        ("clickbait", TEXT, 32_000),
        ("scifact/corpus.jsonl", ReadOptions(modality="text", id_column="_id", keep=("title",)), 5_183),
        ("agnews", ReadOptions(modality="text", text_column="0", label_column="1", header=False), 17_601),
        ("hymenoptera/train", ReadOptions(modality="image", labels_from="folder"), 244),
    ):
        sources = list_sources([str(REAL / folder)], options)
        found = rows(sources, options)
        assert len(found) == count
        assert all(row["error"] is None for row in found)
        if options.labels_from or options.label_column:
            labels = {row["label"] for row in found}
            assert labels in ({"pos", "neg"}, {"World", "Sports", "Business", "Sci/Tech"}, {"ants", "bees"})


@pytest.mark.real
@pytest.mark.skipif(not REAL.is_dir(), reason="../shared/corpora is missing")
def test_ranges_of_a_real_file_are_the_whole() -> None:
    from transforms.corpus.sources import list_sources

    (one,) = list_sources([str(REAL / "abcnews")], TEXT)
    whole = payloads(one)
    ranges = readers.split(one, TEXT, max_bytes=100_000)
    assert len(ranges) > 20
    assert [payload for part in ranges for payload in payloads(one, TEXT, part)] == whole
