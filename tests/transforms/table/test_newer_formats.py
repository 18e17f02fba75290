"""Tables that a later release might write: what was added is passed over, a newer format is refused in one line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers import fakes
from tests.helpers.embedding import FORMATS, Corpus, embed, expected, job, rows
from transforms.common.errors import RequestError
from transforms.corpus import dead_letters
from transforms.table.ledger import read_receipt
from transforms.table.open import existing, open_log
from transforms.table.parts import PartFormat

both = pytest.mark.parametrize("part_format", FORMATS)
Values = dict[str, Any]


@pytest.fixture
def made(corpus: Corpus, table: str, part_format: PartFormat) -> str:
    corpus.write("a.txt", ["one", "two", "POISON"])
    corpus.write("b.txt", ["three"])
    embed(job(corpus, table, part_format=part_format, shard_items=1, max_dead_fraction=1))
    return table


def doctor(path: Path, change: Callable[[Values], Values], *columns: str) -> None:
    """Changes the metadata of a ledger or receipt, and adds columns of numbers."""
    found = pq.read_table(path)
    for name in columns:
        found = found.append_column(name, pa.array(range(found.num_rows)))
    values = json.dumps(change(json.loads(found.schema.metadata[b"vectormill"])))
    pq.write_table(found.replace_schema_metadata({"vectormill": values}), path)


def ours(table: str, folder: str) -> list[Path]:
    found = sorted(Path(table, "_vectormill", folder).glob("*.parquet"))
    assert found
    return found


def newer(kind: str) -> Callable[[Values], Values]:
    return lambda values: {**values, "format": f"vectormill-{kind}-2"}


@both
def test_what_a_later_release_adds_is_passed_over(made: str, corpus: Corpus, part_format: PartFormat) -> None:
    for folder in ("ledger", "receipts"):
        for path in ours(made, folder):
            doctor(path, lambda values: {**values, "colour": ["red"]}, "bytes")
    if part_format == "tfrecord":
        manifest = Path(made, "manifest.json")
        manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "colour": "red"}))

    assert existing(made).rows == 3
    assert read_receipt(str(ours(made, "receipts")[0]))[0].rows_in > 0
    corpus.write("b.txt", ["three", "four"])
    summary = embed(job(corpus, made, part_format=part_format, max_dead_fraction=1))
    assert (summary.version, summary.unchanged, summary.encoded) == (1, 1, 1)
    assert set(rows(made)) == {name for name, row in expected(corpus).items() if row["text"] != "POISON"}


@both
def test_a_table_without_a_format_is_of_the_first(made: str, part_format: PartFormat) -> None:
    for path in ours(made, "ledger"):
        doctor(path, lambda values: {name: value for name, value in values.items() if name != "format"})

    assert existing(made).rows == 3


@both
def test_a_newer_table_is_refused_before_anything_is_done(made: str, corpus: Corpus, part_format: PartFormat) -> None:
    for path in ours(made, "ledger"):
        doctor(path, newer("table"))
    fakes.forget()

    printed = f"{made} was written by a newer Vectormill (table format 2; this one reads up to 1): upgrade Vectormill"
    for read in (
        lambda: existing(made),
        lambda: open_log(made).snapshot(),
        lambda: embed(job(corpus, made, part_format=part_format)),
    ):
        with pytest.raises(RequestError) as caught:
            read()
        assert str(caught.value) == printed
    assert fakes.LOADS == []


@pytest.mark.parametrize("part_format", ["tfrecord"])
def test_a_newer_manifest_is_refused(made: str, part_format: PartFormat) -> None:
    for path in (Path(made, "manifest.json"), *Path(made, "_vectormill", "manifests").glob("*.json")):
        path.write_text(json.dumps({**json.loads(path.read_text()), "format": "vectormill-tfrecord-2"}))

    with pytest.raises(RequestError, match=rf"^{made} was written by a newer Vectormill \(table format 2; this one"):
        existing(made)


@both
def test_a_damaged_ledger_names_what_is_missing(made: str, part_format: PartFormat) -> None:
    for path in ours(made, "ledger"):
        doctor(path, lambda values: {name: value for name, value in values.items() if name != "dim"})

    with pytest.raises(RequestError, match=rf"^the ledger of {made} is damaged \(it lacks 'dim'\): restore it from"):
        existing(made)


@both
def test_a_newer_receipt_is_refused(made: str, part_format: PartFormat) -> None:
    receipt = ours(made, "receipts")[0]
    doctor(receipt, newer("receipt"))

    with pytest.raises(RequestError, match=r"was written by a newer Vectormill \(receipt format 2; this one"):
        read_receipt(str(receipt))


@both
def test_columns_of_dead_letters_may_come_and_go(made: str, part_format: PartFormat) -> None:
    (path,) = Path(made, "_dead").glob("*.parquet")
    found = pq.read_table(path)
    pq.write_table(found.drop_columns(["step"]).append_column("row", pa.array([1])), path)

    (letter,) = dead_letters.read(made, [path.stem]).to_pylist()

    assert (letter["source"], letter["step"], "row" in letter) == ("a.txt", None, False)


@both
def test_a_copy_of_a_table_needs_all_of_its_folder(made: str, tmp_path: Path, part_format: PartFormat) -> None:
    shutil.copytree(made, tmp_path / "copy", ignore=shutil.ignore_patterns("ledger"))

    with pytest.raises(RequestError, match="half of the table was copied or deleted"):
        existing(str(tmp_path / "copy"))
