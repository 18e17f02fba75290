"""Indexes of every kind over one table, and the versions that followed when it changed: made once for all tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from tests.helpers.indexes import KINDS, Library, clusters, ids_of, library
from transforms.common.arrays import Vectors
from transforms.search.ask.searcher import Searcher
from transforms.search.build.finish import IndexOutcome

ROWS, DIM = 1200, 16


@dataclass(frozen=True, eq=False)
class Shelf:
    """A library whose index of each kind has two versions, and what stood in the table of the first.

    Between them a source was touched, rows of others were dropped, moved and relabelled, and new ones added.
    """

    library: Library
    outcomes: Mapping[str, tuple[IndexOutcome, IndexOutcome]]
    queries: Vectors
    old_vectors: Mapping[str, Sequence[float]]
    old_labels: Mapping[str, str | None]
    old_answers: Mapping[str, list[list[str]]]
    dropped: Sequence[str]
    moved: Sequence[str]
    relabelled: Sequence[str]
    added: Sequence[str]

    def searcher(self, kind: str, version: int) -> Searcher:
        return self.library.searcher(kind, version)

    def vectors(self, version: int) -> Mapping[str, Sequence[float]]:
        return self.old_vectors if version == 1 else self.library.vectors

    def labels(self, version: int) -> Mapping[str, str | None]:
        return self.old_labels if version == 1 else self.library.labels


def answers(searcher: Searcher, queries: Vectors) -> list[list[str]]:
    rows, _ = searcher.nearest(queries, 10)
    return [ids_of(searcher, found) for found in rows]


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    made = library(tmp_path_factory.mktemp("shelf"), clusters(ROWS, DIM))
    old_vectors, old_labels = made.vectors, made.labels
    queries = clusters(50, DIM, seed=1)
    first, old_answers = {}, {}
    for kind in KINDS:
        first[kind] = made.step(kind, kind=kind, min_recall=0.9)
        old_answers[kind] = answers(made.searcher(kind), queries)
    names = sorted(old_vectors)
    dropped, moved, relabelled = names[0:120:4], names[1:81:4], names[2:82:4]
    new = clusters(80, DIM, seed=2).tolist()
    added = [f"new{number:02}" for number in range(60)]
    made.edit("0.parquet", drop=dropped)
    made.edit("1.parquet", move=dict(zip(moved, new[:20], strict=True)))
    made.edit("2.parquet", relabel=dict.fromkeys(relabelled, "n"))
    made.edit("3.parquet")
    made.put("new.parquet", dict(zip(added, new[20:], strict=True)), label="a")
    made.commit()
    outcomes = {}
    for kind in KINDS:
        outcomes[kind] = (first[kind], made.step(kind, kind=kind, min_recall=0.9))
    return Shelf(
        library=made,
        outcomes=outcomes,
        queries=queries,
        old_vectors=old_vectors,
        old_labels=old_labels,
        old_answers=old_answers,
        dropped=dropped,
        moved=moved,
        relabelled=relabelled,
        added=added,
    )


EDITIONS = [(kind, version) for kind in KINDS for version in (1, 2)]


@pytest.fixture(params=EDITIONS, ids=lambda edition: f"{edition[0]}-{edition[1]}")
def edition(request: pytest.FixtureRequest) -> tuple[str, int]:
    """Each version of each kind."""
    found: tuple[str, int] = request.param
    return found
