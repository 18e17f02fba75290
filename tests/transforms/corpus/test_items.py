from __future__ import annotations

from hashlib import blake2b

import pyarrow as pa
import pytest

from tests.helpers.embedding import item_batch
from transforms.corpus.dead_letters import DeadLetter
from transforms.corpus.items import Itemiser, content_hash


def hash_of(text: bytes, *, modality: bytes = b"text") -> str:
    return blake2b(text, digest_size=16, person=modality).hexdigest()


def itemiser(*, max_chars: int = 1000) -> Itemiser:
    return Itemiser(modality="text", max_chars=max_chars)


def letter(item: str | None, error: str, message: str) -> DeadLetter:
    return DeadLetter(id=item, source="a.txt", fingerprint="1-1", step="read", error=error, message=message)


def test_an_items_id_is_its_source_and_the_hash_of_its_text() -> None:
    rows, letters = itemiser().split(item_batch([b"one", "zwei €".encode()], source=["a.txt", "b/c.txt"]))

    assert rows.column("id").to_pylist() == [
        f"a.txt#{hash_of(b'one')[:16]}",
        f"b/c.txt#{hash_of('zwei €'.encode())[:16]}",
    ]
    assert rows.column("content").to_pylist() == [hash_of(b"one"), hash_of("zwei €".encode())]
    assert rows.column("payload").to_pylist() == [b"one", "zwei €".encode()]
    assert letters == []


def test_repeats_are_numbered_within_a_source_across_batches() -> None:
    items = itemiser()
    first, _ = items.split(item_batch([b"x", b"x", b"y"]))
    second, _ = items.split(item_batch([b"x", b"x"], source=["a.txt", "b.txt"]))

    x = hash_of(b"x")[:16]
    assert first.column("id").to_pylist() == [f"a.txt#{x}", f"a.txt#{x}.2", f"a.txt#{hash_of(b'y')[:16]}"]
    assert second.column("id").to_pylist() == [f"a.txt#{x}.3", f"b.txt#{x}"]


def test_given_ids_are_kept_to_the_character() -> None:
    given = ["a\nb", "𝔘𝔫𝔦\U0001f600", " ", "a.txt#0123456789abcdef", "\x00"]
    rows, _ = itemiser().split(item_batch([b"x"] * 5, id=given))

    assert rows.column("id").to_pylist() == given


def test_a_row_without_an_id_among_rows_that_have_one_is_called_by_its_text() -> None:
    rows, _ = itemiser().split(item_batch([b"x", b"x", b"x"], id=["mine", None, None]))

    x = hash_of(b"x")[:16]
    assert rows.column("id").to_pylist() == ["mine", f"a.txt#{x}", f"a.txt#{x}.2"]


NAME_IT = ": if its file is in another encoding, name it with --encoding"


@pytest.mark.parametrize(
    ("payload", "error", "message"),
    [
        (None, "MissingValue", "there is no value in the column that is embedded"),
        (b"", "EmptyText", "the text is empty"),
        (b" \t ", "EmptyText", "the text is empty"),
        (b"ab\xffcd", "NotUTF8", "byte 2 is not UTF-8 (invalid start byte)" + NAME_IT),
        (b"\xed\xa0\x80", "NotUTF8", "byte 0 is not UTF-8 (invalid continuation byte)" + NAME_IT),
        (
            b"x" * 11,
            "TextTooLong",
            "the text has 11 bytes, over the limit of 10 characters: raise --max-chars or split it with"
            " --chunk sentences:N",
        ),
    ],
)
def test_a_bad_row_is_a_dead_letter_and_its_neighbours_are_untouched(
    payload: bytes | None, error: str, message: str
) -> None:
    batch = item_batch(
        [b"before", payload, b"after", payload],
        label=["l1", "l2", "l3", "l4"],
        size=pa.array([1, 2, 3, None]),
        source=["a.txt", "a.txt", "b.txt", "a.txt"],
    )
    rows, letters = itemiser(max_chars=10).split(batch)

    assert rows.drop_columns(["id", "error"]).to_pylist() == [
        {"source": "a.txt", "fingerprint": "1-1", "payload": b"before", "label": "l1", "size": 1,
         "content": hash_of(b"before")},
        {"source": "b.txt", "fingerprint": "1-1", "payload": b"after", "label": "l3", "size": 3,
         "content": hash_of(b"after")},
    ]  # fmt: skip
    item = f"a.txt#{hash_of(payload)[:16]}" if payload else None
    assert letters == [letter(item, error, message)] * 2


def test_ten_characters_of_many_bytes_are_not_too_long() -> None:
    rows, letters = itemiser(max_chars=10).split(item_batch(["€".encode() * 10, "€".encode() * 11]))

    assert rows.column("payload").to_pylist() == ["€".encode() * 10]
    assert [each.error for each in letters] == ["TextTooLong"]


def test_what_a_reader_found_wrong_is_told_by_its_kind() -> None:
    errors = [None, "WrongColumns: 3 values where 2 are due: a,b,c", "BadQuotes: it: never ends", "Odd"]
    rows, letters = itemiser().split(
        item_batch([b"good", b"half a row", None, b"x"], error=errors, id=["g", "mine", None, None])
    )

    assert rows.column("id").to_pylist() == ["g"]
    assert letters == [
        letter("mine", "WrongColumns", "3 values where 2 are due: a,b,c"),
        letter(None, "BadQuotes", "it: never ends"),
        letter(f"a.txt#{hash_of(b'x')[:16]}", "Odd", "Odd"),
    ]


def test_a_batch_of_bad_rows_leaves_an_empty_batch_of_the_same_columns() -> None:
    good, _ = itemiser().split(item_batch([b"x"]))
    rows, letters = itemiser().split(item_batch([None, b""]))

    assert rows.num_rows == 0 and rows.schema == good.schema
    assert [each.error for each in letters] == ["MissingValue", "EmptyText"]


def test_bytes_of_an_image_may_be_anything_but_missing() -> None:
    batch = item_batch([b"", b"\xff\xd8", None], source=["a.jpg", "cat/b.jpg", "c.jpg"])
    rows, letters = Itemiser(modality="image", max_chars=1).split(batch)

    assert rows.column("content").to_pylist() == [
        hash_of(b"", modality=b"image"),
        hash_of(b"\xff\xd8", modality=b"image"),
    ]
    assert [each.error for each in letters] == ["MissingValue"]


def test_an_image_file_is_called_by_its_path_and_an_image_in_a_table_by_its_bytes() -> None:
    batch = item_batch([b"one", b"two", b"three"], source=["cat/a.jpg", "cat/b.png", "all.parquet"])
    rows, _ = Itemiser(modality="image", max_chars=1).split(batch)

    in_table = f"all.parquet#{hash_of(b'three', modality=b'image')[:16]}"
    assert rows.column("id").to_pylist() == ["cat/a.jpg", "cat/b.png", in_table]


def test_the_same_bytes_as_text_and_as_image_are_two_contents() -> None:
    assert content_hash(b"x", modality="text") == hash_of(b"x") != content_hash(b"x", modality="image")
