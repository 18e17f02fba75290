"""One bad item of a corpus: it becomes a dead letter, the others their vectors."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers import fakes
from tests.helpers.embedding import Corpus, rows
from tests.launch import pictures
from tests.launch.conftest import Command, Embed, letters, unchanged


def vectors(table: str) -> dict[str, tuple[float, ...]]:
    return {name: row["embedding"] for name, row in rows(table).items()}


def text_vectors(**texts: str) -> dict[str, tuple[float, ...]]:
    return {name: tuple(fakes.vector_of(text.encode()).tolist()) for name, text in texts.items()}


def write_json(path: Path, *items: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(item) + "\n" for item in items))
    return path


# ---- images -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        pytest.param("x.jpg", b"", "EmptyImage", "the image has 0 bytes", id="a JPEG of 0 bytes"),
        pytest.param("x.jpg", pictures.jpeg(9)[:-400], "TruncatedImage", "truncated JPEG of", id="a truncated JPEG"),
        pytest.param(
            "x.png", pictures.bomb(), "ImageTooLarge", "20000 x 20000 is 400,000,000 pixels, the limit is", id="a bomb"
        ),
        pytest.param(
            "x.jpg", b"Dear Sir or Madam,\n", "UndecodableImage", "not a JPEG, PNG, WebP, GIF or BMP", id="a text"
        ),
        pytest.param(
            "x.jpg",
            b"\xff\xd8\xff\xe0" + bytes(90) + b"\xff\xd9",
            "UndecodableImage",
            "broken JPEG",
            id="a broken JPEG",
        ),
    ],
)
def test_an_image_that_cannot_be_decoded_is_a_dead_letter(
    name: str, content: bytes, error: str, message: str, embed: Embed, table: str, tmp_path: Path
) -> None:
    photos = {f"{number}.jpg": pictures.jpeg(number) for number in range(3)}
    folder = tmp_path / "photos"
    folder.mkdir()
    for path, bytes_ in {**photos, name: content}.items():
        (folder / path).write_bytes(bytes_)

    printed = embed(folder, "--max-dead-fraction", 1, encoder="fake-image").output()

    assert vectors(table) == {path: pictures.vector_of(bytes_) for path, bytes_ in photos.items()}
    assert set(letters(table)) == {name}
    step, kind, why = letters(table)[name]
    assert (step, kind) == ("decode", error)
    assert why.startswith(message)
    assert f"1 dead letter in {table}/_dead" in printed


def test_a_bomb_is_1_kb() -> None:
    assert 900 < len(pictures.bomb()) < 1100


# ---- texts ------------------------------------------------------------------------------------------------


def test_a_line_that_is_not_utf_8_is_a_dead_letter(embed: Embed, corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["good", b"caf\xe9", "fine"])

    embed(corpus.root, "--max-dead-fraction", 1)

    assert {row["text"] for row in rows(table).values()} == {"good", "fine"}
    assert list(letters(table).values()) == [
        (
            "read",
            "NotUTF8",
            "byte 3 is not UTF-8 (unexpected end of data): if its file is in another encoding, name it with --encoding",
        )
    ]


def test_an_empty_text_is_a_dead_letter(embed: Embed, table: str, tmp_path: Path) -> None:
    items = write_json(
        tmp_path / "a.jsonl", {"id": "a", "text": "one"}, {"id": "b", "text": ""}, {"id": "c", "text": " "}
    )

    embed(items, "--id-column", "id", "--text-column", "text", "--max-dead-fraction", 1)

    assert vectors(table) == text_vectors(a="one")
    why = ("read", "EmptyText", "the text is empty")
    assert letters(table) == {"b": why, "c": why}


def test_a_missing_value_is_a_dead_letter(embed: Embed, table: str, tmp_path: Path) -> None:
    items = write_json(tmp_path / "a.jsonl", {"id": "a", "text": "one"}, {"id": "b", "text": None}, {"id": "c"})

    embed(items, "--text-column", "text", "--id-column", "id", "--max-dead-fraction", 1)

    assert vectors(table) == text_vectors(a="one")
    why = ("read", "MissingValue", "there is no value in the column that is embedded")
    assert letters(table) == {"b": why, "c": why}


def test_a_column_that_is_half_null_fails_the_run_and_can_be_gone_on_from(
    embed: Embed, table: str, tmp_path: Path
) -> None:
    texts = [None if number % 2 else f"text {number}" for number in range(20)]
    path = tmp_path / "half.parquet"
    pq.write_table(pa.table({"id": [str(number) for number in range(20)], "text": texts}), path)

    complaint = embed(path, "--id-column", "id").complaint(1)

    assert complaint.startswith("10 of 20 items cannot be embedded (10 MissingValue, first 1: there is no value")
    assert not Path(table, "_delta_log").exists()
    assert set(letters(table)) == {str(number) for number in range(1, 20, 2)}

    embed(path, "--id-column", "id", "--max-dead-fraction", 0.5)

    assert vectors(table) == text_vectors(**{str(number): f"text {number}" for number in range(0, 20, 2)})


def test_a_text_of_10_mb_in_one_row_is_a_dead_letter_that_says_what_to_do(
    embed: Embed, table: str, tmp_path: Path
) -> None:
    items = write_json(tmp_path / "a.jsonl", {"id": "a", "text": "one"}, {"id": "big", "text": "ten " * (10 << 18)})

    embed(items, "--id-column", "id", "--max-dead-fraction", 1)

    assert vectors(table) == text_vectors(a="one")
    step, error, why = letters(table)["big"]
    assert (step, error) == ("read", "TextTooLong")
    assert why == (
        "the text has 10,485,760 bytes, over the limit of 100,000 characters:"
        " raise --max-chars or split it with --chunk sentences:N"
    )


# ---- the encoder ------------------------------------------------------------------------------------------


def test_an_item_that_the_encoder_fails_on_is_found_by_bisection(embed: Embed, corpus: Corpus, table: str) -> None:
    good = [f"line {number}" for number in range(15)]
    corpus.write("a.txt", [*good[:9], "here is POISON", *good[9:]])

    embed(corpus.root, "--max-dead-fraction", 1)

    assert {row["text"] for row in rows(table).values()} == set(good)
    assert fakes.encoded() == Counter(line.encode() for line in good)
    assert list(letters(table).values()) == [("encode", "ValueError", "cannot encode b'here is POISON'")]


def test_an_item_whose_vector_is_not_finite_is_a_dead_letter(embed: Embed, corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["one", "NAN!", "three"])

    embed(corpus.root, "--max-dead-fraction", 1)

    assert {row["text"] for row in rows(table).values()} == {"one", "three"}
    assert list(letters(table).values()) == [("encode", "NonFiniteVector", "the vector holds NaN or infinity")]


def test_an_encoder_that_runs_out_of_memory_gets_smaller_batches(
    embed: Embed, vectormill: Command, corpus: Corpus, table: str
) -> None:
    lines = [f"line {number}" for number in range(40)]
    corpus.write("a.txt", lines)
    vectormill.encoders["fake-text"] = fakes.text_encoder(most_items=3)

    embed(corpus.root).output()

    assert {row["text"]: row["embedding"] for row in rows(table).values()} == text_vectors(**{x: x for x in lines})
    assert fakes.encoded() == Counter(line.encode() for line in lines)
    assert max(len(call) for call in fakes.CALLS) <= 3


def test_one_item_that_does_not_fit_into_memory_fails_the_run(
    embed: Embed, vectormill: Command, corpus: Corpus, made: str
) -> None:
    corpus.write("new.txt", ["one"])
    vectormill.encoders["fake-text"] = fakes.text_encoder(most_items=0)

    with unchanged(made):
        complaint = embed(corpus.root).complaint(1)

    assert complaint == "one item alone does not fit into memory: use a machine with more, or lower --max-chars"


# ---- ids --------------------------------------------------------------------------------------------------

STRANGE = [
    "two\nlines",
    "tab\tand\rreturn",
    "𐍈 and 😀",
    "\x1b[31mred",
    "[bold]markup[/bold] :smile:",
    "e\u0301",
    "\u2028",
]


def test_ids_of_any_characters_come_out_as_they_went_in(
    embed: Embed, vectormill: Command, table: str, tmp_path: Path
) -> None:
    good = [{"id": name, "text": f"text {number}"} for number, name in enumerate(STRANGE)]
    bad = [{"id": f"{name}!", "text": f"POISON {number}"} for number, name in enumerate(STRANGE)]
    items = write_json(tmp_path / "a.jsonl", *good, *bad)
    asked = (items, "--text-column", "text", "--id-column", "id")

    complaint = embed(*asked).complaint(1)

    assert r"first two\nlines!: cannot encode" in complaint

    embed(*asked, "--max-dead-fraction", 1)

    assert {name: row["text"] for name, row in rows(table).items()} == {item["id"]: item["text"] for item in good}
    assert set(letters(table)) == {item["id"] for item in bad}
    shown = vectormill("show", table).output()
    assert r'  "two\nlines!" at encode: cannot encode' in shown
    assert '  "𐍈 and 😀!" at encode: cannot encode' in shown
    assert '  "[bold]markup[/bold] :smile:!" at encode: cannot encode' in shown
    assert "\x1b" not in shown
