"""An update changes exactly the difference, on disk as in the figures."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.index import run
from tests.helpers.chosen_vectors import Spelt, spelt
from tests.helpers.fakes import text_encoder
from tests.helpers.heads import embedded
from tests.helpers.indexes import KINDS, Library, clusters, library
from tests.transforms.search.conftest import Shelf
from transforms.common.hashes import hashes_of
from transforms.search.ask.searcher import Searcher
from transforms.search.job import IndexJob
from transforms.table.open import existing

HELD_OUT = [f"h{n}" for n in range(200) if hashes_of([f"h{n}"])[0] < 0.1 * 2**64]
"""Ids that a small table holds out."""


def about(folder: Path | str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(folder, "index.json").read_text())
    return found


def change(made: Library, name: str = "index") -> tuple[int, int, int] | None:
    """Makes the next version, and what it says: added, removed and changed; None of the first."""
    printed = made.step(name, kind="exact", min_recall=0.9).report["data"]["change"]
    assert made.searcher(name).rows == len(made.vectors)
    return printed and (printed["added"], printed["removed"], printed["changed"])


@pytest.mark.parametrize("kind", KINDS)
def test_exactly_the_difference_is_reported(shelf: Shelf, kind: str) -> None:
    first, second = shelf.outcomes[kind]

    assert (first.version, first.report["data"]["change"]) == (1, None)
    assert second.version == 2
    assert second.report["data"]["change"] == {
        "base": 1, "added": 60, "removed": 30, "changed": 40, "rebuilt": False, "why": "",
    }  # fmt: skip
    assert second.report["index"]["rows"] == 1230
    segments = {segment["name"]: segment for segment in second.report["index"]["segments"]}
    below = about(first.folder)["below"]
    left = (*shelf.dropped, *shelf.moved, *shelf.relabelled)
    assert segments["base-0"]["deleted"] == (hashes_of(left) >= np.uint64(below)).sum() > 50


@pytest.mark.parametrize("kind", KINDS)
def test_segments_of_the_version_before_take_no_space_again(shelf: Shelf, kind: str) -> None:
    one, two = (shelf.library.root / kind / str(version) / "base-0" for version in (1, 2))

    assert sorted(os.listdir(one)) == sorted(os.listdir(two))
    assert all(os.path.samefile(one / name, two / name) for name in os.listdir(one))


def test_a_source_that_was_written_again_changes_nothing_then_or_later(tmp_path: Path) -> None:
    made = library(tmp_path, clusters(400, 8))
    change(made)
    made.edit("0.parquet")
    made.commit()
    assert change(made) == (0, 0, 0)

    made.put("new.parquet", {"new0": [1.0] * 8})
    made.edit("0.parquet", relabel={"r0000": "n"})
    made.commit()
    assert change(made) == (1, 0, 1)

    made.edit("0.parquet", drop=["r0004", "r0000"])
    made.commit()
    assert change(made) == (0, 2, 0)
    assert [hit.id for hit in made.searcher().search(vector=np.ones(8, np.float32), k=1, where="id = 'new0'")] == [
        "new0"
    ]


def test_rows_that_are_held_out_come_and_go(tmp_path: Path) -> None:
    made = library(tmp_path, clusters(300, 8))
    change(made)
    steps = []
    for names in (HELD_OUT[:1], HELD_OUT[:3], HELD_OUT[2:3]):
        made.put("held.parquet", {name: [1.0, *range(7)] for name in names})
        made.commit()
        steps.append(change(made))
    made.edit("0.parquet", drop=["r0000"])
    made.commit()
    steps.append(change(made))

    assert steps == [(1, 0, 0), (2, 0, 0), (0, 2, 0), (0, 1, 0)]
    assert made.searcher().rows == 300


def test_a_large_update_after_a_small_one_holds_out_as_few_as_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.search.build.update.UPDATE_QUERIES", 20)
    made = library(tmp_path, clusters(1500, 4))
    stored = []
    for rows in (0, 1, 400):
        if rows:
            new = {f"{rows}-{n}": row.tolist() for n, row in enumerate(clusters(rows, 4, seed=3))}
            made.put(f"new{rows}.parquet", new)
            made.commit()
        stored.append(made.step(kind="exact").report["index"]["held"])

    assert stored[0] == held_below(made, "r", 0.1)
    assert stored[1] - stored[0] == held_below(made, "1-", 0.1)
    assert stored[2] - stored[1] == held_below(made, "400-", 20 / 400)


def test_a_change_inside_a_nested_column_is_a_change(tmp_path: Path) -> None:
    encoder = Spelt(text_encoder(dim=4).spec)
    printed = []
    for tags in (["a"], ["a", "b"]):
        rows = [
            {"id": f"r{at}", "text": spelt(vector), "tags": tags if at == 3 else [], "more": {"year": at}}
            for at, vector in enumerate(clusters(60, 4).tolist())
        ]
        table = embedded(tmp_path, rows, encoder=encoder)
        job = IndexJob(table=table, version=existing(table).version, to=str(tmp_path / "index"), words=False)
        outcome = run(job, PipelineOptions([]))
        assert outcome is not None
        printed.append(outcome.report["data"]["change"])

    assert printed[0] is None
    assert [printed[1][name] for name in ("added", "removed", "changed")] == [0, 0, 1]
    rows = Searcher(outcome.folder).rows_of(np.arange(60), ["id", "tags"]).to_pylist()
    assert {row["id"]: row["tags"] for row in rows if row["tags"]} == {"r3": ["a", "b"]}


def held_below(made: Library, prefix: str, share: float) -> int:
    names = [name for name in made.vectors if name.startswith(prefix)]
    return int((hashes_of(names) < share * 2**64).sum())


def test_drift_is_counted_from_the_last_build(shelf: Shelf) -> None:
    first, second = (about(shelf.library.root / "ivf" / str(version)) for version in (1, 2))

    assert first["drift"]["imbalance"] > 1
    assert second["drift"] == first["drift"]
    assert shelf.outcomes["ivf"][1].report["drift"]["imbalance"] != first["drift"]["imbalance"]
