"""Makes a file of every kind that a reader has to fear, and says what a person sees of each, in how many seconds and MB."""

from __future__ import annotations

import io
import json
import os
import resource
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from benchmarks.common import FORK
from tests.helpers import document_files as made

_PAGES = [[(12.0, "A line of words that a person wrote.")]]
_GIGABYTE = 1 << 30


@dataclass(frozen=True)
class Outcome:
    """What became of a file: what is said, the seconds of processors, and the most memory of a process that read it, in MB."""

    said: str
    seconds: float
    megabytes: float


def write(folder: Path) -> Iterator[str]:
    """Writes the files, one after the other, and names each when it is there; it is removed before the next."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in FILES.items():
        path = folder / name
        with path.open("wb") as out:
            for piece in content():
                out.write(piece)
        yield name
        path.unlink()


def outcome(path: Path) -> Outcome:
    """Reads a file as `embed` does, in a fork of this process."""
    receiving, sending = FORK.Pipe(duplex=False)

    def body() -> None:
        said = _read(path)
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        seconds = sum(one.ru_utime + one.ru_stime for one in used)
        sending.send(Outcome(said, seconds, max(one.ru_maxrss for one in used) / 1024))
        os._exit(0)

    process = FORK.Process(target=body)
    process.start()
    found: Outcome = receiving.recv()
    process.join()
    return found


def _read(path: Path) -> str:
    from transforms.common.errors import RequestError
    from transforms.corpus import readers
    from transforms.corpus.documents.processes import DocumentProcesses, Limits
    from transforms.corpus.options import ReadOptions
    from transforms.corpus.sources import list_corpus

    options = ReadOptions(modality="text", documents=True)
    try:
        sources = list_corpus([str(path)], options).sources
        kept = readers.survey(sources, options).kept
        rows = [row for batch in readers.read(sources, options, kept=kept) for row in batch.to_pylist()]
    except RequestError as error:
        return f"refused: {str(error).removeprefix(str(path)).lstrip(': ')}"
    DocumentProcesses.shared(Limits()).close()
    dead = [row["error"] for row in rows if row["error"]]
    words = " ".join((row["payload"] or b"").decode() for row in rows if not row["error"])
    return f"dead letter: {dead[0]}" if dead else f"read, {len(words):,} characters: {words[:60]!r}"


# ---- the files ---------------------------------------------------------------------------------------------


def _one(content: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: iter([content])


def _bomb_docx() -> Iterator[bytes]:
    """A document of Word of some MB whose text would be 4 GB."""
    whole = made.docx(title="t", parts=[("Normal", "words")])
    yield _swollen(whole, "word/document.xml", b"words", b"words " * (_GIGABYTE // 6), times=4)


def _bomb_xlsx() -> Iterator[bytes]:
    """A workbook whose only far cell makes a table of 17 billion cells."""
    import openpyxl

    out = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.append(["text"])
    book.active["XFD1048576"] = 1
    book.save(out)
    yield out.getvalue()


def _swollen(whole: bytes, member: str, old: bytes, new: bytes, *, times: int) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(whole)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as to,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name != member:
                to.writestr(name, content)
                continue
            before, _, after = content.partition(old)
            with to.open(name, "w", force_zip64=True) as stream:
                stream.write(before)
                for _ in range(times):
                    stream.write(new)
                stream.write(after)
    return out.getvalue()


def _huge_html() -> Iterator[bytes]:
    yield b"<html><body>"
    piece = b"<p>one more paragraph of a page that never ends</p>\n" * 20_000
    for _ in range(_GIGABYTE // len(piece) + 1):
        yield piece


def _nested_html() -> Iterator[bytes]:
    yield b"<html><body>" + b"<div>" * 1_000_000 + b"deep" + b"</div>" * 1_000_000


def _mail_in_five_encodings() -> Iterator[bytes]:
    mail = EmailMessage()
    mail["Subject"] = "=?utf-8?q?f=C3=BCnf?= =?koi8-r?b?8M/T3A==?="
    mail.set_content("plain ünï", charset="utf-8", cte="base64")
    for text, charset in (
        ("café", "iso-8859-1"),
        ("привет", "koi8-r"),
        ("日本語", "iso-2022-jp"),
        ("مرحبا", "windows-1256"),
    ):
        mail.add_attachment(
            text.encode(charset), maintype="text", subtype="plain", disposition="inline", params={"charset": charset}
        )
    yield mail.as_bytes()


def _broken_pdf() -> Iterator[bytes]:
    yield made.pdf(_PAGES).replace(b"00000 n", b"99999 n").replace(b"startxref\n", b"startxref\n9")


def _arrow_cut_off() -> Iterator[bytes]:
    import pyarrow as pa

    out = io.BytesIO()
    table = pa.table({"text": ["words"] * 1000})
    with pa.ipc.new_file(out, table.schema) as writer:
        writer.write_table(table, max_chunksize=100)
    yield out.getvalue()[:-200]


_DATA = Path(__file__).parents[1] / "tests" / "data"
_LAUGHS = b'<!DOCTYPE a [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%b">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12)
) + b"]>"  # fmt: skip
FILES: dict[str, Callable[[], Iterator[bytes]]] = {
    "encrypted.pdf": lambda: iter([made.pdf(_PAGES, encrypted=True)]),
    "broken-references.pdf": _broken_pdf,
    "scanned.pdf": lambda: iter([made.pdf([[]], picture=True)]),
    "cut-off.pdf": lambda: iter([made.pdf(_PAGES)[:300]]),
    "bomb.docx": _bomb_docx,
    "cut-off.docx": lambda: iter([made.docx(title="t", parts=[("Normal", "words")])[:2000]]),
    "a-billion-laughs.odt": lambda: iter([made.zipped({"content.xml": _LAUGHS + b"<a>&m;</a>"})]),
    "a-gigabyte.html": _huge_html,
    "a-million-deep.html": _nested_html,
    "no-json.ipynb": _one(b'{"cells": [{"cell_type": "markdown", "source": ["# half'),
    "no-notebook.ipynb": _one(json.dumps([1, 2]).encode()),
    "five-encodings.eml": _mail_in_five_encodings,
    "empty.epub": _one(b""),
    "bomb.xlsx": _bomb_xlsx,
    "encrypted.xlsx": lambda: iter([(_DATA / "sheets-1/encrypted.xlsx").read_bytes()]),
    "cut-off.arrow": _arrow_cut_off,
    "nothing.md": _one(b"\n \n"),
    "binary.md": _one(bytes(range(256)) * 100),
}
