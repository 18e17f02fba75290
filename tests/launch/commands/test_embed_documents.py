"""`vectormill embed` of a folder of documents."""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import Any

from tests.helpers import document_files as made
from tests.helpers import fakes
from tests.helpers.embedding import Corpus
from tests.launch.conftest import Embed, letters

PARTS = [("Heading 1", "One"), ("Normal", "a paragraph"), ("Heading 1", "Two"), ("Normal", "another")]


def table_of(path: str) -> dict[str, dict[str, Any]]:
    from deltalake import DeltaTable

    return {row["id"]: row for row in DeltaTable(path).to_pyarrow_table().to_pylist()}


def summary(embed: Embed, *arguments: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(embed(*arguments, "--json").output())
    return found


def filled(corpus: Corpus) -> None:
    corpus.write_bytes("guide.md", b"# Guide\n\nintro\n\n## Use\n\nfirst\n\nsecond\n")
    corpus.write_bytes("report.pdf", made.pdf([[(12, "page one")], [(12, "page two")]], title="Report"))
    corpus.write_bytes("deep/letter.docx", made.docx(title="Letter", parts=PARTS))
    corpus.write_bytes("talk.pptx", made.pptx([("Slide", "words", "")]))
    corpus.write_bytes("page.html", b"<title>Page</title><h1>Page</h1><p>of words")


def test_a_folder_of_documents_through_its_life(embed: Embed, corpus: Corpus, table: str) -> None:
    filled(corpus)
    first = summary(embed, corpus.root, "--chunk", "headings")
    rows = table_of(table)
    assert (first["new"], first["rows"], first["dead"], first["notes"]) == (5, 7, 0, [])
    assert {
        (row["source"], row["title"], row["heading"], row["page"], row["position"], row["text"])
        for row in rows.values()
    } == {
        ("guide.md", "Guide", "Guide", None, 0, "Guide\n\nintro"),
        ("guide.md", "Guide", "Guide > Use", None, 14, "Use\n\nfirst\n\nsecond"),
        ("report.pdf", "Report", None, 1, 0, "page one\n\npage two"),
        ("deep/letter.docx", "Letter", "One", None, 0, "One\n\na paragraph"),
        ("deep/letter.docx", "Letter", "Two", None, 18, "Two\n\nanother"),
        ("talk.pptx", "Slide", "Slide", 1, 0, "Slide\n\nwords"),
        ("page.html", "Page", "Page", None, 0, "Page\n\nof words"),
    }
    assert {row["parent"] for row in rows.values()} == {row["source"] for row in rows.values()}
    assert all(row["modified"].year >= 2023 for row in rows.values())

    fakes.forget()
    corpus.write_bytes("guide.md", b"# Guide\n\nintro\n\n## New\n\nadded\n\n## Use\n\nfirst, edited\n\nsecond\n")
    os.rename(corpus.root / "deep/letter.docx", corpus.root / "moved.docx")
    corpus.remove("talk.pptx")
    edited = summary(embed, corpus.root, "--chunk", "headings")
    assert (edited["new"], edited["changed"], edited["deleted"], edited["unchanged"]) == (1, 1, 2, 2)
    assert fakes.encoded() == Counter([b"New\n\nadded", b"Use\n\nfirst, edited\n\nsecond"])
    assert {row["source"] for row in table_of(table).values()} == {"guide.md", "report.pdf", "moved.docx", "page.html"}

    fakes.forget()
    assert summary(embed, corpus.root, "--chunk", "headings")["unchanged"] == 4
    assert not fakes.encoded()


def test_a_table_of_whole_documents(embed: Embed, corpus: Corpus, table: str) -> None:
    filled(corpus)
    assert summary(embed, corpus.root)["rows"] == 5
    assert table_of(table)["guide.md"]["text"] == "Guide\n\nintro\n\nUse\n\nfirst\n\nsecond"
    complaint = embed(corpus.root, "--keep", "author").complaint(2)
    assert complaint.endswith("has no columns, so there is no 'author'; leave --keep out")


def test_documents_that_cannot_be_read_are_dead_letters(embed: Embed, corpus: Corpus, table: str) -> None:
    filled(corpus)
    corpus.write_bytes("scan.pdf", made.pdf([[], []], picture=True))
    corpus.write_bytes("locked.pdf", made.pdf([[]], encrypted=True))
    corpus.write_bytes("broken.docx", made.docx(title="", parts=PARTS)[:-40])
    corpus.write_bytes("slow.md", b"[" * 100_000)
    found = summary(embed, corpus.root, "--max-dead-fraction", "0.5", "--document-seconds", "1")
    assert (found["rows"], found["dead"]) == (5, 4)
    assert letters(table) == {
        "scan.pdf": ("read", "ScannedPages", "2 scanned pages without text; needs OCR (ocrmypdf adds the text)"),
        "locked.pdf": ("read", "Encrypted", "is encrypted: save it without a password"),
        "broken.docx": ("read", "Damaged", "its archive cannot be read: File is not a zip file"),
        "slow.md": ("read", "TimedOut", "reading it took longer than 1 s"),
    }


def test_what_was_embedded_without_documents_stays_as_it_is(embed: Embed, corpus: Corpus, table: str) -> None:
    corpus.write("lines.txt", ["one", "two"])
    assert summary(embed, corpus.root)["rows"] == 2
    corpus.write_bytes("README.md", b"# About")
    again = summary(embed, corpus.root)
    assert (again["version"], again["rows"], again["skipped"]) == (0, 2, {".md": 1})
    assert "--documents reads them" in again["notes"][0]
    assert "--documents" in embed(corpus.root, "--documents").complaint(2)


def test_a_few_texts_beside_many_documents_are_told_apart(embed: Embed, corpus: Corpus, table: str) -> None:
    filled(corpus)
    corpus.write("notes.txt", ["one", "two"])
    found = summary(embed, corpus.root)
    assert (found["rows"], found["skipped"]) == (7, {})
    (note,) = found["notes"]
    assert note == "1 .txt file beside documents: each line is an item; --documents makes a file one"
    assert {row["heading"] for row in table_of(table).values() if row["source"] == "notes.txt"} == {None}


def test_a_table_of_documents_stays_one_when_a_table_comes_into_the_folder(
    embed: Embed, corpus: Corpus, table: str
) -> None:
    filled(corpus)
    assert summary(embed, corpus.root)["rows"] == 5
    corpus.write("people.csv", ["text", "a person"])
    corpus.write("notes.txt", ["one", "two"])
    again = summary(embed, corpus.root)
    assert (again["new"], again["unchanged"], again["rows"]) == (2, 5, 8)


def test_many_documents_do_not_change_a_table_of_lines(embed: Embed, corpus: Corpus, table: str) -> None:
    corpus.write("lines.txt", ["one", "two"])
    assert summary(embed, corpus.root)["rows"] == 2
    filled(corpus)
    again = summary(embed, corpus.root)
    assert (again["version"], again["rows"]) == (0, 2)


def test_documents_in_a_table_of_records(embed: Embed, corpus: Corpus, table: str) -> None:
    filled(corpus)
    corpus.write("lines.txt", ["one", "two"])
    found = summary(embed, corpus.root, "--documents", "--format", "tfrecord")
    assert found["rows"] == 6
    assert summary(embed, corpus.root, "--documents", "--format", "tfrecord")["unchanged"] == 6


def test_a_folder_may_be_called_like_a_document(embed: Embed, corpus: Corpus) -> None:
    corpus.write_bytes("x.pdf/a.md", b"# A")
    assert summary(embed, corpus.root)["rows"] == 1
