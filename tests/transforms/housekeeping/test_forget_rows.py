"""What a table was asked to forget is nowhere on the disk, and no later run brings it back."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from PIL import Image

from tests.helpers import fakes
from tests.helpers.bytes_scan import files_with
from tests.helpers.embedding import FORMATS, Corpus, embed, job, rows
from transforms.common.errors import RequestError
from transforms.housekeeping.compact import compact
from transforms.housekeeping.forget_rows import forget_rows, table_items
from transforms.housekeeping.traces import search
from transforms.table.feature_table import open_table

both = pytest.mark.parametrize("part_format", FORMATS)
SECRET = "a text that only one person wrote"


def forget(table: str, *ids: str) -> Any:
    found = table_items(table, ids)
    return found, forget_rows(table, found, run=uuid4().hex)


def id_of(table: str, text: str) -> str:
    return next(name for name, row in rows(table).items() if row["text"] == text)


@both
def test_an_item_leaves_every_byte_and_does_not_come_back(corpus: Corpus, table: str, part_format: Any) -> None:
    asked: dict[str, Any] = {"part_format": part_format}
    corpus.write("a.txt", ["before"])
    embed(job(corpus, table, **asked))
    corpus.write("b.txt", ["x", SECRET, "y"])
    embed(job(corpus, table, **asked))
    corpus.write("c.txt", ["z"])
    embed(job(corpus, table, **asked))
    name, root = id_of(table, SECRET), Path(table)
    sought: dict[str, Any] = {"words": [name, SECRET], "vectors": [fakes.vector_of(SECRET.encode())]}
    assert files_with(root, **sought)

    found, done = forget(table, name)

    assert files_with(root, **sought) == []
    assert search(table, found.items).found == ()
    assert (done.version, done.removed) == (3, (1, 2))
    assert open_table(table).versions() == [3, 0]
    assert {row["text"] for row in rows(table).values()} == {"before", "x", "y", "z"}
    fakes.forget()
    for edit in ("renamed", "touched"):
        corpus.rename("b.txt", "d.txt") if edit == "renamed" else corpus.touch("d.txt")
        summary = embed(job(corpus, table, **asked))
        assert {row["text"] for row in rows(table).values()} == {"before", "x", "y", "z"}
        assert any("1 item left out that `vectormill forget`" in note for note in summary.notes)
        assert fakes.encoded() == {}
    compact(table, run="compaction")
    assert files_with(root, **sought) == []


def test_what_others_have_too_stays_theirs(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["yes", "no"])
    corpus.write("b.txt", ["yes"])
    embed(job(corpus, table))
    name = next(name for name, row in rows(table).items() if row["source"] == "a.txt" and row["text"] == "yes")

    found, _ = forget(table, name)

    assert found.items.texts == frozenset()
    assert files_with(Path(table), words=[name], vectors=[[9] * fakes.DIM]) == []
    corpus.touch("a.txt")
    corpus.write("c.txt", ["yes"])
    embed(job(corpus, table))
    assert sorted((row["source"], row["text"]) for row in rows(table).values()) == [
        ("a.txt", "no"),
        ("b.txt", "yes"),
        ("c.txt", "yes"),
    ]


def test_a_dead_letter_and_a_finished_part_of_a_run_that_died_go_too(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["fine", "POISON of one person", SECRET])
    embed(job(corpus, table, max_dead_fraction=1))
    dead = next(Path(table, "_dead").glob("*.parquet"))
    import pyarrow.parquet as pq

    name = pq.read_table(dead)["id"][0].as_py()

    forget(table, name)

    assert files_with(Path(table), words=[name], vectors=[[9] * fakes.DIM]) == []
    corpus.touch("a.txt")
    assert embed(job(corpus, table, max_dead_fraction=1)).dead == 0


def test_the_same_again_finishes_and_an_unknown_id_changes_nothing(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["x", SECRET])
    embed(job(corpus, table))
    name = id_of(table, SECRET)
    with pytest.raises(
        RequestError, match="has no item 'never', in no version that is on the disk: nothing was changed"
    ):
        table_items(table, ["never", name])
    assert open_table(table).versions() == [0]

    forget(table, name)
    _, again = forget(table, name)

    assert (again.version, again.removed) == (1, ())
    with pytest.raises(RequestError, match="holds no feature table"):
        table_items(str(corpus.root), [name])


def test_an_image_leaves_the_lists_of_sources_too(tmp_path: Path, table: str) -> None:
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number in range(4):
        pixels = np.random.default_rng(number).integers(0, 255, (6, 6, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"person-{number}.png")
        embed(job(folder, table, modality="image"))
    vector = rows(table)["person-2.png"]["embedding"]
    # A run of the command deletes its plan when it has ended; these steps do not.
    shutil.rmtree(Path(table, "_vectormill", "runs"))

    found, done = forget(table, "person-2.png")

    assert files_with(Path(table), words=["person-2.png"], vectors=[vector]) == []
    assert (set(rows(table)), done.removed) == ({"person-0.png", "person-1.png", "person-3.png"}, (2, 3))
    assert search(table, found.items).found == ()
    (folder / "person-2.png").rename(folder / "another.png")
    summary = embed(job(folder, table, modality="image"))
    assert (summary.rows, summary.encoded) == (3, 0)
    assert files_with(Path(table), words=[], vectors=[vector]) == []
