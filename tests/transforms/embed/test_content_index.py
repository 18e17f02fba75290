"""What the table has is found by content, wherever it moved to; the encoder gets the rest."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.helpers import fakes
from tests.helpers.embedding import FORMATS, Corpus, embed, expected, job, rows
from transforms.embed.content_index import ContentIndex, update_contents
from transforms.embed.plan_file import load_summary
from transforms.table.open import existing

both = pytest.mark.parametrize("part_format", FORMATS)


def contents_folder(table: str) -> Path:
    return Path(table, "_vectormill", "contents")


def segments(table: str) -> list[dict[str, Any]]:
    return [json.loads(path.read_text()) for path in contents_folder(table).glob("*/parts.json")]


@both
def test_a_folder_that_moved_is_not_encoded_again(corpus: Corpus, table: str, part_format: Any) -> None:
    for number in range(12):
        corpus.write(f"old/{number}.txt", [f"{number} a", f"{number} b"])
    embed(job(corpus, table, part_format=part_format, shard_items=2))
    fakes.forget()
    corpus.rename("old", "new")

    summary = embed(job(corpus, table, part_format=part_format, replace=True))

    assert (summary.encoded, summary.reused, fakes.LOADS) == (0, 24, [])
    assert rows(table) == expected(corpus)


def test_a_first_run_looks_nothing_up(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["x"])
    first = job(corpus, table)

    embed(first)

    assert load_summary(first).contents == ()
    assert not contents_folder(table).exists()
    embed(job(corpus, table))
    assert not contents_folder(table).exists()


def test_images_that_moved_are_not_decoded_again(tmp_path: Path, table: str) -> None:
    folder = tmp_path / "photos"
    (folder / "cat").mkdir(parents=True)
    for number in range(5):
        pixels = np.random.default_rng(number).integers(0, 255, (6, 6, 3), np.uint8)
        Image.fromarray(pixels).save(folder / "cat" / f"{number}.png")
    embed(job(folder, table, modality="image"))
    before = {row["content"]: row["embedding"] for row in rows(table).values()}
    fakes.forget()
    (folder / "cat").rename(folder / "dog")

    summary = embed(job(folder, table, modality="image", replace=True))

    assert (summary.encoded, summary.reused, fakes.LOADS) == (0, 5, [])
    after = rows(table)
    assert set(after) == {f"dog/{number}.png" for number in range(5)}
    assert {row["content"]: row["embedding"] for row in after.values()} == before


def test_a_nightly_run_reads_the_contents_of_what_is_new_alone(corpus: Corpus, table: str) -> None:
    for night in range(24):
        corpus.write(f"{night:02}.txt", [f"{night} {row}" for row in range(1 + night % 3)])
        embed(job(corpus, table))

    assert len(segments(table)) <= 6  # of 23 parts
    covered = sorted(part for segment in segments(table) for part in segment["parts"])
    assert len(covered) == len(set(covered)) == 23
    assert sum(segment["rows"] for segment in segments(table)) == sum(1 + night % 3 for night in range(23))


def test_what_is_damaged_or_of_another_table_is_made_again(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["x", "y"])
    embed(job(corpus, table))
    update_contents(table, existing(table))
    (segment,) = contents_folder(table).iterdir()
    (segment / "parts.json").write_text("{")
    shutil.copytree(segment, contents_folder(table) / "another")
    about = {"format": "vectormill-contents-1", "origin": ["another table", "fake-1"], "parts": ["part-x"], "rows": 1}
    (contents_folder(table) / "another" / "parts.json").write_text(json.dumps(about))
    fakes.forget()
    corpus.write("b.txt", ["y", "z"])

    embed(job(corpus, table))

    assert fakes.encoded() == {b"z": 1}
    assert rows(table) == expected(corpus)


def test_parts_that_were_deleted_are_forgotten(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["x"])
    corpus.write("b.txt", ["y"])
    embed(job(corpus, table, shard_items=1))
    corpus.write("a.txt", ["z"])
    embed(job(corpus, table))
    gone = set(existing(table, 0).parts) - set(existing(table).parts)
    assert len(gone) == 1
    for part in gone:
        Path(table, part).unlink()

    index = ContentIndex(table, update_contents(table, existing(table)))

    contents = [row["content"] for row in rows(table).values()]
    places = index.places(contents)
    assert set(places) <= set(existing(table).parts)
    assert sum(map(len, places.values())) == len(contents)
    corpus.write("c.txt", ["x", "z"])
    fakes.forget()
    embed(job(corpus, table))
    assert fakes.encoded() in ({b"x": 1}, {})
    assert rows(table) == expected(corpus)
