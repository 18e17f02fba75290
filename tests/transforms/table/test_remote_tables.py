"""Tables on file systems with a scheme.

Delta Lake's own access to a store is not tried: where a Parquet table is asked for, deltalake is shown the local folder that
the imitated store keeps its files in.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import deltalake
import deltalake.transaction
import pytest

from tests.helpers import drive, fakes
from tests.helpers.embedding import FORMATS, Corpus, embed, expected, job, rows, without_fingerprints
from transforms.common.errors import RequestError
from transforms.storage import files
from transforms.table import open as opening
from transforms.table.open import existing, is_table, open_log
from transforms.table.parts import PartFormat

both = pytest.mark.parametrize("part_format", FORMATS)


@pytest.fixture
def remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder that is reached by Beam and, so it believes, by deltalake."""
    real_table, real_create = deltalake.DeltaTable, deltalake.transaction.create_table_with_add_actions

    def local(uri: str) -> str:
        return uri.replace("drive:/", "", 1)

    def table(uri: str, **asked: Any) -> Any:
        return real_table(local(uri), **asked)

    def create(uri: str, *asked: Any, **more: Any) -> Any:
        return real_create(local(uri), *asked, **more)

    monkeypatch.setattr(deltalake, "DeltaTable", table)
    monkeypatch.setattr(deltalake.transaction, "create_table_with_add_actions", create)
    monkeypatch.setattr(opening, "_DELTA_SCHEMES", frozenset([drive.Drive.scheme()]))
    return f"drive:/{tmp_path}"


@both
def test_a_remote_table_is_a_table_and_a_remote_corpus_is_none(
    remote: str, corpus: Corpus, part_format: PartFormat
) -> None:
    table = files.join(remote, "table")
    corpus.write("a.txt", ["one", "two"])
    made = dataclasses.replace(job(corpus, table, part_format=part_format), inputs=(files.join(remote, "corpus"),))

    assert not is_table(table)
    assert embed(made).version == 0

    assert is_table(table)
    assert is_table(table + "/")
    for path in (made.inputs[0], made.inputs[0] + "/*.txt", made.inputs[0] + "/a.txt", files.join(remote, "nowhere")):
        assert not is_table(path)
    assert "_vectormill" in files.names(table)
    assert existing(table).about.inputs == made.inputs


@both
def test_a_remote_table_is_kept_up_to_date(
    remote: str, tmp_path: Path, corpus: Corpus, part_format: PartFormat
) -> None:
    table = files.join(remote, "table")
    corpus.write("a.txt", ["one", "two"])
    embed(job(corpus, table, part_format=part_format))
    corpus.write("a.txt", ["two", "three"])
    fakes.forget()

    assert embed(job(corpus, table, part_format=part_format)).version == 1
    assert embed(job(corpus, table, part_format=part_format)).committed is False

    assert fakes.encoded() == {b"three": 1}
    assert [version.version for version in open_log(table).history()] == [1, 0]
    assert without_fingerprints(rows(str(tmp_path / "table"))) == without_fingerprints(expected(corpus))


@pytest.mark.parametrize(
    ("root", "part_format", "printed"),
    [
        (
            "azfs://account/box/t",
            "parquet",
            "Delta Lake cannot keep a table on azfs://: use --format tfrecord, or give",
        ),
        ("az://box/t", "parquet", "there is no file system for az:// here"),
        ("floppy://a/t", "parquet", "there is no file system for floppy:// here"),
        ("floppy://a/t", "tfrecord", "there is no file system for floppy:// here"),
        ("floppy://a/t", None, "there is no file system for floppy:// here"),
    ],
)
def test_a_scheme_that_cannot_hold_the_table_is_refused(
    root: str, part_format: PartFormat | None, printed: str
) -> None:
    with pytest.raises(RequestError) as caught:
        open_log(root, part_format)

    assert str(caught.value).startswith(f"{root}: {printed}")
    assert "\n" not in str(caught.value)
    assert not is_table("floppy://a/t")


@pytest.mark.parametrize("root", ["azfs://account/box/t", "floppy://a/t"])
def test_nothing_is_encoded_for_a_table_that_cannot_be(corpus: Corpus, root: str) -> None:
    corpus.write("a.txt", ["one"])

    with pytest.raises(RequestError):
        embed(job(corpus, root))

    assert fakes.LOADS == []
