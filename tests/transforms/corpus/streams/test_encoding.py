"""Text files in any encoding are read as UTF-8, or refused by name."""

import codecs
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.corpus.readers.writing import COMPRESS, payloads, rows, source
from transforms.common.errors import RequestError
from transforms.corpus.options import ReadOptions
from transforms.corpus.streams.encoding import encoding_of, require_encoding, to_utf8, utf8_stream

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0\ufeff"))


@given(text=TEXTS, encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]), size=st.integers(1, 9))
def test_any_text_with_a_mark_comes_back(text: str, encoding: str, size: int) -> None:
    data = text.encode(encoding)
    assert to_utf8(data).decode() == text
    stream = utf8_stream(io.BytesIO(data), None)
    pieces = list(iter(lambda: stream.read(size), b""))
    assert b"".join(pieces).removeprefix(codecs.BOM_UTF8).decode() == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_recognised(encoding: str) -> None:
    assert encoding_of("apples and pears\n".encode(encoding)) == encoding
    assert encoding_of(b"apples and\0pears") is None


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("iso2022_jp", "日本語のテキスト"),
        ("iso2022_jp_2", "テキスト"),
        ("iso2022_jp_ext", "漢字 丂 ｱ"),
        ("iso2022_jp_2004", "①②③"),
        ("iso2022_kr", "한국어 문장"),
    ],
)
def test_encodings_of_escape_sequences_are_recognised(tmp_path: Path, encoding: str, text: str) -> None:
    content = f"plain words\n{text}\nthree\n".encode(encoding)
    assert [p.decode() for p in payloads(source(tmp_path / "a.txt", content))] == ["plain words", text, "three"]


def test_colours_of_a_terminal_are_no_encoding() -> None:
    assert encoding_of(b"\x1b[31mred\x1b[0m costs \x1b$ 5\n") is None
    assert encoding_of("\x1b$B is in a text of UTF-8: é\n".encode()) is None


@pytest.mark.parametrize("text", ["\x1b$B", "\x1b$Bwords|", "\x1b$B\x1b$B", "\x1b$Bword\x1b(B", "\x1b$(Onull\x1b$B"])
def test_an_escape_in_a_plain_text_is_no_encoding_unless_pairs_and_the_way_back_follow(text: str) -> None:
    found = encoding_of(f'"text";"label"\n"{text}";"a"\n'.encode())
    assert found == ("iso2022_jp_ext" if text.endswith("(B") else None)


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".jsonl"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp1252", "shift_jis", "latin-1"])
@pytest.mark.parametrize("packed", [False, True])
def test_files_in_other_encodings_are_read(tmp_path: Path, suffix: str, encoding: str, packed: bool) -> None:
    texts = ["plain words", "日本語" if encoding in ("utf-16", "utf-32", "shift_jis") else "Größe", "three"] * 20
    line = '{{"text": "{}"}}' if suffix == ".jsonl" else "{}"
    content = "".join(f"{line.format(text)}\r\n" for text in (["text"] if suffix == ".csv" else []) + texts)
    data = content.encode(encoding)
    one = source(tmp_path / f"a{suffix}{'.gz' if packed else ''}", gzip.compress(data) if packed else data)
    asked = None if encoding.startswith("utf") else encoding
    assert [p.decode() for p in payloads(one, ReadOptions(modality="text", encoding=asked))] == texts


def test_bytes_that_the_encoding_does_not_have_cost_their_line(tmp_path: Path) -> None:
    data = "one\n".encode("utf-16") + b"\x00\xd8" + "\ntwo\n".encode("utf-16-le")
    first, bad, last = payloads(source(tmp_path / "a.txt", data))
    assert (first, last) == (b"one", b"two")
    with pytest.raises(UnicodeDecodeError):
        bad.decode()


def test_old_mac_line_ends_end_lines(tmp_path: Path) -> None:
    assert payloads(source(tmp_path / "a.txt", b"one\rtwo\rthree\r")) == [b"one", b"two", b"three"]
    assert payloads(source(tmp_path / "b.txt", b"one\rtwo\nthree\n")) == [b"one\rtwo", b"three"]
    assert len(rows(source(tmp_path / "c.jsonl", b'{"text": "a"}\r{"text": "b"}\r'))) == 2


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "gb18030"])
@pytest.mark.parametrize("suffix", [".txt", ".txt.gz", ".jsonl", ".jsonl.bz2"])
def test_old_mac_line_ends_end_lines_in_any_encoding_and_compression(
    tmp_path: Path, suffix: str, encoding: str
) -> None:
    texts = ["ein", "größer", "drei"]
    lines = [f'{{"text": "{text}"}}' if "json" in suffix else text for text in texts]
    content = COMPRESS[suffix[suffix.rindex(".") :] if suffix.count(".") > 1 else ""]("\r".join(lines).encode(encoding))
    options = ReadOptions(modality="text", encoding=encoding if encoding == "gb18030" else None)
    assert [p.decode() for p in payloads(source(tmp_path / f"a{suffix}", content), options)] == texts


@pytest.mark.parametrize("suffix", [".txt", ".txt.gz", ".csv", ".jsonl"])
@pytest.mark.parametrize("name", ["utf-16", "utf-32", "UTF16"])
@pytest.mark.parametrize("stored", ["little, marked", "little", "big"])
def test_an_encoding_with_a_mark_is_read_without_one_too(tmp_path: Path, suffix: str, name: str, stored: str) -> None:
    text = '{"text": "größer"}\n' if suffix == ".jsonl" else "text\ngrößer\n"
    side = "be" if stored == "big" else "le"
    content = (text if "marked" not in stored else "\ufeff" + text).encode(f"{codecs.lookup(name).name}-{side}")
    packed = gzip.compress(content) if suffix.endswith("gz") else content
    found = payloads(source(tmp_path / f"a{suffix}", packed), ReadOptions(modality="text", encoding=name))
    assert found[-1].decode() == "größer"


def test_a_mark_is_taken_off_once() -> None:
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        assert to_utf8("\ufefftext".encode(encoding)).decode() == "\ufefftext"


@pytest.mark.parametrize("name", ["no-such", "base64", "rot13", ""])
def test_what_is_no_encoding_is_refused(name: str) -> None:
    with pytest.raises(RequestError, match="no such encoding"):
        require_encoding(name)
