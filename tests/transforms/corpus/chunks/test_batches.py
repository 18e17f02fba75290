"""Texts cut into chunks of sentences."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.corpus.readers.writing import rows, source
from transforms.corpus.chunks.batches import chunk_batch
from transforms.corpus.chunks.chunking import Chunking
from transforms.corpus.chunks.sentences import sentences
from transforms.corpus.columns.batches import assemble, batch_schema
from transforms.corpus.items import content_hash
from transforms.corpus.options import ReadOptions


def by_sentences(n: int) -> Chunking:
    return Chunking(unit="sentences", size=n)


def split(text: str) -> list[str]:
    return [piece for a, b in sentences(text) if (piece := text[a:b].strip())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Wait... What?! No.", ["Wait...", "What?!", "No."]),
        ("Wait... and see.", ["Wait... and see."]),
        ('"Stop!" he said. (Really.) Yes', ['"Stop!" he said.', "(Really.)", "Yes"]),
        (
            "Dr. Who met J. Doe at 3.5 p.m. Monday, e.g. Here. End.",
            ["Dr. Who met J. Doe at 3.5 p.m. Monday, e.g. Here.", "End."],
        ),
        ("See example.com for v1.2.3 now. Then go.", ["See example.com for v1.2.3 now.", "Then go."]),
        ("今日は晴れ。明日は雨！「本当？」はい。", ["今日は晴れ。", "明日は雨！", "「本当？」", "はい。"]),
        ("هل هذا صحيح؟ نعم.", ["هل هذا صحيح؟", "نعم."]),
        ("यह एक है। यह दो है।", ["यह एक है।", "यह दो है।"]),
        ("A title\n\nwrapped\ntext. More\n \t\nend", ["A title", "wrapped\ntext.", "More", "end"]),
        ("", []),
        (" \n\n . ", ["."]),
    ],
)
def test_a_sentence_ends_where_a_reader_would_say(text: str, expected: list[str]) -> None:
    assert split(text) == expected


def batch(*items: tuple[bytes | None, str | None, str | None], name: str = "a.txt") -> pa.RecordBatch:
    kept = pa.schema([("k", pa.int64())])
    payloads, ids, errors = zip(*items, strict=True)
    values: dict[str, Any] = {"source": name, "fingerprint": "f", "payload": list(payloads), "id": list(ids)}
    values |= {"error": list(errors), "k": list(range(len(items)))}
    return assemble(batch_schema(kept), len(items), values)


def test_chunks_have_ids_of_their_parent_and_the_rest_of_its_row() -> None:
    text = b"One. Two. Three."
    parent = f"a.txt#{content_hash(text, modality='text')[:16]}"
    found = chunk_batch(batch((text, None, None), (b"Only.", "own", None), (text, None, None)), by_sentences(2))
    assert found.schema.names == ["source", "fingerprint", "payload", "id", "label", "error", "parent", "k"]
    assert [(r["payload"], r["id"], r["parent"], r["k"], r["source"]) for r in found.to_pylist()] == [
        (b"One. Two.", f"{parent}#1", parent, 0, "a.txt"),
        (b"Three.", f"{parent}#2", parent, 0, "a.txt"),
        (b"Only.", "own#1", "own", 1, "a.txt"),
        (b"One. Two.", f"{parent}.2#1", f"{parent}.2", 2, "a.txt"),
        (b"Three.", f"{parent}.2#2", f"{parent}.2", 2, "a.txt"),
    ]


def test_what_has_nothing_to_cut_stays_as_it_is() -> None:
    items = [
        (None, None, None),
        (None, "x", "BadJson: no"),
        (b"", None, None),
        (b" \n", "y", None),
        (b"\xff. A.", None, None),
    ]
    given_rows = batch(*items)
    found = chunk_batch(given_rows, by_sentences(1))
    assert found.column("parent").to_pylist() == [None] * 5
    assert found.drop_columns(["parent"]).equals(given_rows)


def test_repeats_are_counted_across_the_batches_of_a_read(tmp_path: Path) -> None:
    one = source(tmp_path / "a.txt", b"One. Two.\n" * 5000)
    found = rows(one, ReadOptions(modality="text", chunk=by_sentences(1)))
    assert len(found) == 10_000
    assert len({row["id"] for row in found}) == 10_000
    assert found[-1]["id"].endswith(".5000#2") and found[-1]["id"] == found[-1]["parent"] + "#2"


def test_a_text_of_many_sentences_makes_many_batches(tmp_path: Path) -> None:
    one = source(tmp_path / "a.txt", b"Word. " * 20_000 + b"\n")
    found = rows(one, ReadOptions(modality="text", chunk=by_sentences(2)))
    assert [row["payload"] for row in found] == [b"Word. Word."] * 10_000


def test_a_chunk_has_a_sentence() -> None:
    with pytest.raises(ValueError, match="a chunk of 0 sentences"):
        by_sentences(0)


TEXTS = st.text(st.sampled_from("aA1 .!?…。！\n\t\"')」J\u2028\u3000é😀")) | st.text()


@settings(max_examples=200, deadline=None)
@given(text=TEXTS, n=st.integers(1, 4))
def test_every_character_that_is_not_blank_is_in_exactly_one_chunk(text: str, n: int) -> None:
    found = chunk_batch(batch((text.encode(), "p", None)), by_sentences(n)).column("payload").to_pylist()
    chunks = [chunk.decode() for chunk in found]
    assert "".join("".join(chunks).split()) == "".join(text.split())
    position = 0
    for chunk in chunks:
        position = text.index(chunk, position) + len(chunk)
    if text.strip():
        assert all(chunk == chunk.strip() and chunk for chunk in chunks)
        assert all(len(split(chunk)) >= 1 for chunk in chunks)


@pytest.mark.parametrize(
    "text", ["." * 3_000_000, "\n" * 3_000_000, "a. " * 300_000, '"' * 3_000_000, ". " + " " * 3_000_000]
)
def test_no_text_takes_more_than_its_length(text: str) -> None:
    assert sum(len(text[a:b]) for a, b in sentences(text)) == len(text)
