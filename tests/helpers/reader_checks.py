"""Checks a file through the readers: every record is a row, a dead letter with a reason, or part of a refusal.

The same checks serve the property tests and `benchmarks.fuzz_readers`. They raise AssertionError; whatever else is raised
comes from the readers and is a fault of theirs.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import pyarrow as pa

from tests.helpers.random_files import File, Row
from tests.helpers.reference_readers import expected_rows
from transforms.common.errors import RequestError
from transforms.corpus import readers
from transforms.corpus.columns.batches import MAX_ROWS
from transforms.corpus.items import Itemiser
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.sources import Source
from transforms.corpus.streams import blocks

_MAX_CHARS = 100_000
_SHARE_IN_RANGES = 0.15


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a file: its rows as the reader gave them, and the dead letters among them; or why it was refused."""

    rows: Sequence[dict[str, Any]] = ()
    ids: Sequence[str | None] = ()
    dead: int = 0
    refusal: str | None = None
    kept: pa.Schema = field(default_factory=lambda: pa.schema([]))


def outcome_of(source: Source, options: ReadOptions, parts: Sequence[Range | None] = (None,)) -> Outcome:
    """Reads a file, or its ranges one after the other; every row is an item or a dead letter with a reason."""
    itemiser = Itemiser(modality=options.modality, max_chars=_MAX_CHARS)
    rows: list[dict[str, Any]] = []
    ids: list[str | None] = []
    dead_letters = 0
    try:
        kept = readers.survey([source], options).kept
        for part in parts:
            for batch in readers.read([source], options, range=part, kept=kept):
                batch.validate(full=True)
                assert 0 < batch.num_rows <= MAX_ROWS
                good, dead = itemiser.split(batch)
                assert good.num_rows + len(dead) == batch.num_rows
                assert all(letter.error and letter.message and "\n" not in letter.error for letter in dead)
                rows += batch.to_pylist()
                ids += good.column("id").to_pylist() + [letter.id for letter in dead]
                dead_letters += len(dead)
    except RequestError as error:
        message = str(error)
        assert message and "\n" not in message, f"a refusal of several lines: {message!r}"
        assert source.uri in message or "--" in message, f"a refusal that names neither file nor option: {message!r}"
        return Outcome(refusal=message)
    return Outcome(rows=rows, ids=ids, dead=dead_letters, kept=kept)


def check_file(source: Source, file: File, random: Random) -> Outcome:
    """A well-written file comes back as it was written, whole and in ranges."""
    outcome = outcome_of(source, file.options)
    assert outcome.refusal is None, outcome.refusal
    assert len(outcome.rows) == len(file.rows), f"{len(outcome.rows)} rows of {len(file.rows)}"
    kind = outcome.kept.field(file.value).type if file.value is not None else None
    for number, (found, row) in enumerate(zip(outcome.rows, file.rows, strict=True)):
        where = f"row {number}: {found} where {row} was written"
        assert (found["error"] is not None) == row.is_bad, where
        if row.is_bad:
            continue
        assert (found["payload"], found["id"], found["label"]) == (row.text, row.id, row.label), where
        if file.value is not None:
            assert _is_value(found[file.value], row.value, kind, as_written=file.as_written), where
    if random.random() < _SHARE_IN_RANGES:
        check_ranges(source, file.options, outcome, random)
    return outcome


def check_bytes(source: Source, content: bytes, options: ReadOptions, random: Random) -> Outcome:
    """Any bytes at all: the reader ends, and gives what a slow and simple reader of the format gives, where there is one."""
    outcome = outcome_of(source, options)
    expected = expected_rows(source.name, content, options)
    if expected is not None:
        found = None if outcome.refusal is not None else [_short(row) for row in outcome.rows]
        assert expected.agrees(found), f"{outcome.refusal or found} where {expected} is due"
    if random.random() < _SHARE_IN_RANGES:
        check_ranges(source, options, outcome, random, is_damaged=True)
    return outcome


def check_ranges(
    source: Source, options: ReadOptions, whole: Outcome, random: Random, *, is_damaged: bool = False
) -> None:
    """The ranges of a file, read in blocks of a few bytes, are the whole: rows, ids and dead letters."""
    if whole.refusal is not None:
        return
    with small_blocks(random.choice((1, 2, 3, 7, 64))):
        parts = readers.split(source, options, max_bytes=random.randrange(1, max(source.size, 2)))
        cut = outcome_of(source, options, parts)
    if is_damaged and cut.refusal is not None and source.name.endswith(".parquet"):
        return  # Arrow looks more closely at the first row group that it reads.
    assert cut.refusal is None, cut.refusal
    assert len(cut.rows) == len(whole.rows) and all(map(same, cut.rows, whole.rows)), (
        f"in {parts}: {cut.rows} where the whole has {whole.rows}"
    )
    assert (sorted(cut.ids, key=str), cut.dead) == (sorted(whole.ids, key=str), whole.dead)


@contextmanager
def small_blocks(size: int) -> Iterator[None]:
    with mock.patch.object(blocks, "BLOCK", size):
        yield


def same(a: Any, b: Any) -> bool:
    """Equality to the bit: NaN is NaN, and -0.0 is not 0.0."""
    if isinstance(a, float) and isinstance(b, float):
        return (a != a and b != b) or struct.pack("<d", a) == struct.pack("<d", b)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(value, b[key]) for key, value in a.items())
    return type(a) is type(b) and bool(a == b)


def written(folder: Path, file: File) -> Source:
    """The file on disk, as a source."""
    path = folder / file.name
    path.write_bytes(file.content)
    return Source(name=file.name, uri=str(path), size=len(file.content), fingerprint="f")


def _short(row: dict[str, Any]) -> Row:
    error = row["error"]
    return Row(None if error else row["payload"], None, None if error else row["label"], is_bad=error is not None)


def _is_value(found: Any, value: Any, kind: pa.DataType | None, *, as_written: bool) -> bool:
    """Whether a kept value is what was written, where texts may have been concluded to be numbers."""
    if as_written:
        if pa.types.is_string(kind):
            return bool(found == value)
        if value == "":
            return found is None
        if pa.types.is_integer(kind):
            return str(found) == value
        return isinstance(found, float) and same(found, float(value))
    if isinstance(value, list) and pa.types.is_string(kind):
        return same(json.loads(found), value)
    if pa.types.is_string(kind) and not isinstance(value, str | None):
        # Numbers of which some fit no type of number are texts, all of them.
        return isinstance(found, str) and found == str(value)
    return same(found, value)
