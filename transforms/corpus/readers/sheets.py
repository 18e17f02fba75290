"""Reads workbooks of Excel and LibreOffice: one sheet, converted once by a process whose memory and time are limited."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.corpus import sheet_process
from transforms.corpus.columns.batches import ColumnBatch
from transforms.corpus.columns.kept import INFERRED
from transforms.corpus.columns.roles import Roles
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.readers import arrow
from transforms.corpus.sources import Source
from transforms.corpus.streams.opening import open_raw
from transforms.storage import files

MOST_BYTES = 2 << 30
"""Of memory, beyond what the process takes to start: enough for some 50 million cells."""

MOST_SECONDS = 180
_KEPT = 4


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    """A converted sheet; its folder stays for as long as somebody has this."""

    folder: tempfile.TemporaryDirectory[str]
    name: str
    sheets: tuple[str, ...]
    hidden: tuple[str, ...]
    above: int

    def of(self, source: Source) -> Source:
        return replace(source, uri=_arrow_file(self.folder.name))


def columns(source: Source, options: ReadOptions) -> pa.Schema | None:
    """The header's names and the types that the cells below agree on; None where no row is below.

    Numbers without fraction are integers; a column of several types is text; empty cells and errors (#N/A) are null.
    """
    sheet = _converted(source, options)
    return arrow.columns(sheet.of(source), options)


def kept(source: Source, options: ReadOptions) -> list[pa.Field]:
    """The kept columns, with types that were concluded from values."""
    schema = columns(source, options)
    if schema is None:
        return []
    return [schema.field(name).with_metadata(INFERRED) for name in options.keep if name in schema.names]


def read(source: Source, roles: Roles, options: ReadOptions, part: Range | None) -> Iterator[ColumnBatch]:
    """The rows of the sheet, without empty ones."""
    sheet = _converted(source, options)
    yield from arrow.read(sheet.of(source), roles, options, part)


def split(source: Source, options: ReadOptions, max_bytes: int) -> list[Range | None]:
    """[None]: a workbook is converted as a whole."""
    return [None]


def notes(source: Source, options: ReadOptions) -> list[str]:
    """A word about other sheets, and about rows above the header."""
    sheet = _converted(source, options)
    found = []
    if len(sheet.sheets) > 1 and options.sheet is None:
        hidden = f", {len(sheet.hidden)} of them hidden" if sheet.hidden else ""
        found.append(
            f"{source.name} has {len(sheet.sheets)} sheets{hidden}; {sheet.name!r} is read: --sheet names another"
        )
    if sheet.above:
        rows = "row is" if sheet.above == 1 else f"{sheet.above} rows are"
        found.append(f"{source.name}: the first {rows} taken for a title above the header")
    return found


def _converted(source: Source, options: ReadOptions) -> _Sheet:
    return _convert(source.uri, source.size, source.fingerprint, options.sheet)


@lru_cache(maxsize=_KEPT)
def _convert(uri: str, size: int, fingerprint: str, asked: str | None) -> _Sheet:
    folder = tempfile.TemporaryDirectory(prefix="vectormill-sheet-")
    local = uri
    with open_raw(uri) as raw:  # so that one that has vanished is said to have
        if not files.is_local(uri):
            local = os.path.join(folder.name, "workbook")
            with open(local, "wb") as copy:
                shutil.copyfileobj(raw, copy)
    limits = (str(MOST_BYTES), str(MOST_SECONDS))
    command = [sys.executable, "-I", sheet_process.__file__, local, _arrow_file(folder.name), *limits]
    try:
        done = subprocess.run(
            [*command, *([] if asked is None else [asked])], capture_output=True, timeout=2 * MOST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise OSError(_took_too_much("time")) from error
    if done.returncode:
        raise OSError(_took_too_much("memory or time") if _is_limit(done) else "its reader broke on it: it is damaged")
    said = json.loads(done.stdout)
    if said.get("is_request"):
        raise RequestError(f"{uri}: {said['error']}: name one with --sheet")
    if "error" in said:
        raise OSError(said["error"])
    return _Sheet(
        folder=folder,
        name=said["sheet"],
        sheets=tuple(said["sheets"]),
        hidden=tuple(said["hidden"]),
        above=said["above"],
    )


def _is_limit(done: subprocess.CompletedProcess[bytes]) -> bool:
    """Whether a process ended for the lack of memory (Rust's allocator aborts, Python's raises) or of time (by a signal)."""
    return done.returncode < 0 or b"MemoryError" in done.stderr or b"capacity overflow" in done.stderr


def _took_too_much(what: str) -> str:
    return (
        f"it takes more {what} than a workbook may ({MOST_BYTES >> 30} GB, {MOST_SECONDS} s): export the sheet as CSV"
    )


def _arrow_file(folder: str) -> str:
    return os.path.join(folder, "sheet.arrow")
