"""Word vectors as word2vec, fastText and GloVe write them."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.vector_files import expected, options, rows, vectors
from transforms.common.errors import RequestError

WORDS = ["the", "naïve", "東京", "</s>", "1990"]


def lines(words: list[str], values: np.ndarray) -> str:
    return "".join(
        f"{word} {' '.join(map(str, vector.tolist()))}\n" for word, vector in zip(words, values, strict=True)
    )


def as_binary(words: list[str], values: np.ndarray, *, newline: bytes) -> bytes:
    body = b"".join(
        word.encode() + b" " + vector.astype("<f4").tobytes() + newline
        for word, vector in zip(words, values, strict=True)
    )
    return f"{len(words)} {values.shape[1]}\n".encode() + body


@pytest.mark.parametrize("name", ["x.vec", "x.txt", "x.w2v", "x.bin"])
def test_text_with_and_without_a_head(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    for head in ("5 3\n", "5 3 \r\n", ""):
        path.write_text(head + lines(WORDS, vectors(5)))
        assert rows([path], options()) == expected(WORDS, vectors(5))
        assert rows([path], options(), max_bytes=30) == expected(WORDS, vectors(5))


def test_a_compressed_file(tmp_path: Path) -> None:
    path = tmp_path / "x.vec.gz"
    path.write_bytes(gzip.compress(("5 3\n" + lines(WORDS, vectors(5))).encode()))

    assert rows([path], options()) == expected(WORDS, vectors(5))


@pytest.mark.parametrize("newline", [b"\n", b""])
def test_binary(newline: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(as_binary(WORDS, vectors(5), newline=newline))

    assert rows([path], options()) == expected(WORDS, vectors(5))
    assert rows([path], options(), max_bytes=30) == expected(WORDS, vectors(5))


def test_words_with_blanks(tmp_path: Path) -> None:
    words = ["new york", ". . .", "at 5", "plain", "x"]
    path = tmp_path / "x.txt"
    path.write_text(lines(words, vectors(5)))

    assert rows([path], options()) == expected(words, vectors(5))


def test_single_rows_that_are_no_vectors(tmp_path: Path) -> None:
    path = tmp_path / "x.vec"
    path.write_bytes(b"5 3\na 1 2 3\nb 1 2\nc 1 x 3\n\xff 1 2 3\ne nan 2 3\n")

    found = rows([path], options())

    assert found["a"] == (1.0, 2.0, 3.0)
    assert found["b"] == "WrongLength: the vector has 2 values, the others have 3"
    assert found["c"] == "NotNumber: 'x' is no number"
    assert found["e"] == "NotFinite: value 0 of the vector is NaN"
    assert found[None] == r"NotUTF8: the word b'\xff' is not UTF-8"  # type: ignore[index]


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("6 3\n", "its first line says 6 vectors of 3 values, and there are 5: it is cut short, or that line is wrong"),
        ("4 3\n", "holds more than the 4 vectors of 3 values that its first line says"),
        ("5 2\n", "its first line says 2 values a word, and the words have 3"),
        ("5 4\n", "its first line says 4 values a word, and the words have 3"),
    ],
)
def test_a_head_that_lies(head: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "x.vec"
    path.write_text(head + lines(WORDS, vectors(5)))

    with pytest.raises(RequestError, match=message):
        rows([path], options(), dim=int(head.split()[1]))


def test_a_binary_file_that_is_cut_or_longer(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    data = as_binary(WORDS, vectors(5), newline=b"")
    path.write_bytes(data[:-1])
    with pytest.raises(RequestError, match="says 5 vectors of 3 values, and there are 4"):
        rows([path], options())
    path.write_bytes(data + b"more")
    with pytest.raises(RequestError, match="holds more than the 5 vectors of 3 values"):
        rows([path], options())


@pytest.mark.parametrize("text", ["a text of words\nand another\n", "", "\n\n", "{}", "word\n"])
def test_a_file_of_something_else(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text(text)

    with pytest.raises(RequestError, match="holds neither a FAISS index nor word vectors"):
        rows([path], options())


def test_a_whole_model_of_fasttext(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes((793712314).to_bytes(4, "little") + bytes(100))

    with pytest.raises(RequestError, match=r"is a whole model of fastText: give its vectors \(the .vec beside it\)"):
        rows([path], options())
