from __future__ import annotations

import bz2
import gzip
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.helpers import document_files as made
from transforms.common.errors import RequestError
from transforms.corpus import readers
from transforms.corpus.chunks.chunking import Chunking
from transforms.corpus.documents import suffixes
from transforms.corpus.options import ReadOptions
from transforms.corpus.sources import Listing, list_corpus

TEXT = ReadOptions(modality="text")
ALL = ReadOptions(modality="text", documents=True)


def corpus(root: Path, files: dict[str, bytes]) -> str:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, ns=(0, 1_700_000_000_123_456_789))
    return str(root)


def rows(root: str, options: ReadOptions = TEXT) -> list[dict[str, Any]]:
    sources = list_corpus([root], options).sources
    kept = readers.survey(sources, options).kept
    return pa.Table.from_batches(list(readers.read(sources, options, kept=kept))).to_pylist()


def names(listing: Listing) -> list[str]:
    return [source.name for source in listing.sources]


def test_a_document_is_an_item_that_is_called_by_its_path(tmp_path: Path) -> None:
    root = corpus(
        tmp_path, {"a/x.md": b"# One\n\ntext", "b.html.gz": gzip.compress(b"<title>T</title><p>page"), "c.py": b"x = 1"}
    )
    changed = datetime.fromtimestamp(1_700_000_000, timezone.utc).replace(microsecond=123456)
    assert [
        {name: row[name] for name in ("id", "payload", "title", "heading", "page", "position", "modified", "error")}
        for row in rows(root)
    ] == [
        {"id": name, "payload": text, "title": title, "heading": heading, "page": None, "position": 0, "modified": changed,
         "error": None}
        for name, text, title, heading in (
            ("a/x.md", b"One\n\ntext", "One", "One"), ("b.html.gz", b"page", "T", None), ("c.py", b"x = 1", None, None)
        )
    ]  # fmt: skip


def test_chunks_follow_their_content(tmp_path: Path) -> None:
    options = ReadOptions(modality="text", chunk=Chunking(unit="headings"))
    found = rows(corpus(tmp_path, {"a.md": b"# Two\n\ntext\n\n# One\n\n# Two\n\ntext"}), options)
    assert [(row["payload"], row["heading"], row["position"], row["parent"]) for row in found] == [
        (b"Two\n\ntext", "Two", 0, "a.md"),
        (b"One", "One", 11, "a.md"),
        (b"Two\n\ntext", "Two", 16, "a.md"),
    ]
    first, other, again = (row["id"] for row in found)
    assert again == f"{first}.2"
    (tmp_path / "a.md").write_bytes(b"# One\n\n# Two\n\ntext and more\n\n# Three\n\n# Two\n\ntext")
    edited = [row["id"] for row in rows(str(tmp_path), options)]
    assert (edited[0], edited[3]) == (other, first)


def test_mails_of_a_mailbox_are_called_by_their_keys(tmp_path: Path) -> None:
    def mail(number: int, text: bytes) -> bytes:
        return b"From a@b Mon Jan  1 00:00:00 2024\nSubject: s%d\nMessage-ID: <%d@x>\n\n%b\n\n" % (number, number, text)

    box = mail(1, b"one\n\nFrom here on\n>From there") + mail(2, b"two") + mail(1, b"again")
    root = corpus(
        tmp_path, {"a.mbox": box, "b.mbox.bz2": bz2.compress(mail(1, b"packed")), "c.mbox": b"", "d.mbox": b"no mail"}
    )
    found = rows(root)
    assert [(row["title"], row["payload"], row["error"]) for row in found] == [
        ("s1", b"Subject: s1\n\none\n\nFrom here on\nFrom there", None),
        ("s2", b"Subject: s2\n\ntwo", None),
        ("s1", b"Subject: s1\n\nagain", None),
        ("s1", b"Subject: s1\n\npacked", None),
        (None, None, 'WrongFormat: it is no mailbox: it does not begin with "From "'),
    ]
    first, _, again, packed, _ = (row["id"] for row in found)
    assert again == f"{first}.2"
    assert packed.partition("#")[2] == first.partition("#")[2] and packed.startswith("b.mbox.bz2#")


def test_a_document_that_cannot_be_read_costs_no_other(tmp_path: Path) -> None:
    files = {
        "a.pdf": b"",
        "b.pdf": made.pdf([[]], picture=True),
        "c.docx": made.docx(title="", parts=[("Normal", "word")])[:-30],
        "d.md.gz": b"\x1f\x8bno",
        "e.ipynb": b"{",
        "f.html": b"<p> </p>",
        "g.md": b" \n",
        "h.py": b"",
        "i.md": b"good",
    }
    found = rows(corpus(tmp_path, files))
    assert [(row["id"], row["error"] and row["error"].partition(":")[0]) for row in found] == [
        ("a.pdf", "EmptyText"),
        ("b.pdf", "ScannedPages"),
        ("c.docx", "Damaged"),
        ("d.md.gz", "Damaged"),
        ("e.ipynb", "BadJson"),
        ("f.html", "EmptyText"),
        ("i.md", None),
    ]


def test_a_document_that_vanishes_is_the_requests_fault(tmp_path: Path) -> None:
    for name in ("a.md", "a.mbox"):
        (tmp_path / name).write_text("a")
        sources = list_corpus([str(tmp_path / name)], TEXT).sources
        (tmp_path / name).unlink()
        with pytest.raises(RequestError, match="has vanished"):
            list(readers.read(sources, TEXT))


# ---- which files are read ---------------------------------------------------------------------------------


def test_documents_beside_tables_or_lines_are_read_where_that_is_said(tmp_path: Path) -> None:
    root = corpus(
        tmp_path, {"a.txt": b"one\ntwo", "README.md": b"# R", "x.py": b"x", "LICENSE": b"free", "b.csv": b"text\nrow\n"}
    )
    listing = list_corpus([root], TEXT)
    assert names(listing) == ["a.txt", "b.csv"]
    assert listing.skipped == {".md": 1, ".py": 1, "without suffix": 1}
    assert listing.notes == (
        "2 documents (.md, .py) beside tables or files of lines are not read:"
        " --documents reads them, and .txt files as documents",
    )
    assert names(list_corpus([root], ALL)) == ["LICENSE", "README.md", "a.txt", "b.csv", "x.py"]
    assert names(list_corpus([f"{root}/README.md", f"{root}/a.txt"], TEXT)) == ["README.md", "a.txt"]
    assert [(row["id"], row["payload"], row["position"]) for row in rows(root, ALL)] == [
        ("LICENSE", b"free", 0),
        ("README.md", b"R", 0),
        ("a.txt", b"one\ntwo", 0),
        (None, b"row", None),
        ("x.py", b"x", 0),
    ]


def test_beside_more_images_documents_are_not_what_is_meant(tmp_path: Path) -> None:
    root = corpus(tmp_path, {"a.jpg": b"", "b.jpg": b"", "README.md": b"# R"})
    with pytest.raises(RequestError, match="holds 2 image files but the encoder takes text"):
        list_corpus([root], TEXT)
    assert names(list_corpus([root], ALL)) == ["README.md"]
    assert names(list_corpus([root], ReadOptions(modality="image"))) == ["a.jpg", "b.jpg"]


def test_what_lacks_a_package_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = corpus(tmp_path, {"a.md": b"a", "b.pdf": b"b", "c.docx": b"c", "only/d.pdf": b"d"})
    monkeypatch.setattr(suffixes, "is_installed", lambda package: package != "pypdfium2")
    listing = list_corpus([root], TEXT)
    assert names(listing) == ["a.md", "c.docx"]
    assert (listing.skipped, listing.notes) == ({".pdf": 2}, ("2 documents need pip install 'vectormill[documents]'",))
    with pytest.raises(RequestError, match=r"1 document needs pip install 'vectormill\[documents\]'"):
        list_corpus([f"{root}/only"], TEXT)


def test_columns_of_documents_are_kept_by_themselves(tmp_path: Path) -> None:
    root = corpus(tmp_path, {"a.md": b"# A"})
    columns = ["title", "heading", "page", "position", "modified"]
    sources = list_corpus([root], TEXT).sources
    assert readers.survey(sources, TEXT).kept.names == columns
    assert readers.survey(sources, ReadOptions(modality="text", keep=("page",))).kept.names == [
        "page",
        *columns[:2],
        *columns[3:],
    ]
    with pytest.raises(RequestError, match="has no columns, so there is no 'author'; leave --keep out"):
        readers.survey(sources, ReadOptions(modality="text", keep=("author",)))


def test_a_title_of_a_table_and_of_a_document_are_one_column(tmp_path: Path) -> None:
    root = corpus(tmp_path, {"a.md": b"# A", "b.csv": b"text,title\nx,B\n"})
    found = rows(root, ReadOptions(modality="text", documents=True, keep=("title",)))
    assert [(row["payload"], row["title"]) for row in found] == [(b"A", "A"), (b"x", "B")]


@pytest.mark.parametrize("link", ["gone.md", "gone.py"])
def test_a_link_to_no_document_is_passed_over(tmp_path: Path, link: str) -> None:
    root = corpus(tmp_path, {"a.md": b"a"})
    (tmp_path / link).symlink_to(tmp_path / "nowhere")
    assert list_corpus([root], TEXT).skipped == {"no regular file": 1}


def test_labels_come_from_folders(tmp_path: Path) -> None:
    root = corpus(tmp_path, {"good/a.md": b"a", "bad/b.html": b"<p>b"})
    found = rows(root, ReadOptions(modality="text", labels_from="folder"))
    assert [(row["id"], row["label"]) for row in found] == [("bad/b.html", "bad"), ("good/a.md", "good")]


def test_a_document_of_many_chunks_comes_in_several_batches(tmp_path: Path) -> None:
    root = corpus(tmp_path, {"a.md": b"\n\n".join(b"# s%d" % number for number in range(5000)), "b.md": b"# b"})
    options = ReadOptions(modality="text", chunk=Chunking(unit="headings"))
    sources = list_corpus([root], options).sources
    batches = list(readers.read(sources, options, kept=readers.survey(sources, options).kept))
    assert [batch.num_rows for batch in batches] == [4096, 905]
