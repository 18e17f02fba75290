"""The map of an index follows its table: rows keep their places, deleted ones leave, added ones go among their nearest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.helpers.indexes import Library, clusters, ids_of, library, unit
from transforms.common.arrays import Vectors
from transforms.common.hashes import hashes_of
from transforms.search.map.map_file import VectorMap, read_map
from transforms.search.map.points import sampled_rows

Points = dict[str, tuple[list[float], int, bool]]


@pytest.fixture(autouse=True)
def layouts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The number of points of each layout that was made; in its stead the first two components are taken."""
    made: list[int] = []

    def laid_out(points: Vectors, *, seed: int) -> Vectors:
        made.append(len(points))
        return points[:, :2]

    monkeypatch.setattr("transforms.search.map.points.laid_out", laid_out)
    yield made


def map_of(made: Library, name: str = "index", version: int | None = None) -> tuple[VectorMap, list[str], Points]:
    """The map, the ids of its rows, and its points by id."""
    searcher = made.searcher(name, version)
    found = read_map(searcher.local_folder)
    assert found is not None
    assert searcher.metadata["map"] == {
        "points": len(found.rows),
        "placed": int(found.placed.sum()),
        "clusters": len(set(found.clusters.tolist())),
    }
    assert (np.diff(found.rows) > 0).all()
    ids = ids_of(searcher, found.rows)
    points = zip(found.places.tolist(), found.clusters.tolist(), found.placed.tolist(), strict=True)
    return found, ids, dict(zip(ids, points, strict=True))


def expected_place(made: Library, before: Points, after: Points, name: str) -> npt.NDArray[np.float64]:
    """The mean of the five nearest rows that were laid out, weighted by one over 1 - cos."""
    names = [one for one, (_, _, placed) in after.items() if not placed]
    cosines = (unit([made.vectors[one] for one in names]) @ unit([made.vectors[name]]).T)[:, 0]
    nearest = np.argsort(-cosines)[:5]
    weights = 1 / np.maximum(1 - cosines[nearest], 1e-4)
    places = np.array([before[names[at]][0] for at in nearest])
    return (places * weights[:, None]).sum(axis=0) / weights.sum()


def test_an_update_keeps_drops_and_places_exactly_its_rows(tmp_path: Path, layouts: list[int]) -> None:
    made = library(tmp_path, clusters(200, 8, centres=6))
    made.step(kind="exact", map=True)
    _, _, before = map_of(made)
    names = sorted(made.vectors)
    dropped, moved = names[0:40:4], names[1:21:4]
    new = clusters(30, 8, centres=6, seed=5).tolist()
    made.edit("0.parquet", drop=dropped)
    made.edit("1.parquet", move=dict(zip(moved, new[:5], strict=True)))
    made.put("new.parquet", {f"new{at:02}": vector for at, vector in enumerate(new[5:])})
    made.commit()

    made.step(kind="exact", map=True)
    _, ids, after = map_of(made)

    assert sorted(ids) == sorted(made.vectors) and layouts == [200]
    came = {name for name, (_, _, placed) in after.items() if placed}
    assert came == {*moved, *(f"new{at:02}" for at in range(25))}
    assert {name: after[name] for name in after if name not in came} == {
        name: point for name, point in before.items() if name not in {*dropped, *moved}
    }
    for name in sorted(came):
        np.testing.assert_allclose(after[name][0], expected_place(made, before, after, name), atol=1e-4)

    # Once more: the rows of the segment of added rows move within it, and those that were placed are no measure for others.
    made.put("more.parquet", {"more": new[7]})
    made.edit("new.parquet", drop=["new00", "new07"])
    made.commit()
    made.step(kind="exact", map=True)
    _, ids, last = map_of(made)
    assert sorted(ids) == sorted(made.vectors) and layouts == [200]
    assert {name: point for name, point in last.items() if name != "more"} == {
        name: point for name, point in after.items() if name not in ("new00", "new07")
    }
    np.testing.assert_allclose(last["more"][0], after["new02"][0], atol=1e-4)


def test_where_more_than_a_fifth_came_later_the_layout_is_made_anew(tmp_path: Path, layouts: list[int]) -> None:
    made = library(tmp_path, clusters(100, 8))
    made.step(kind="exact", map=True)
    for number, count in enumerate((15, 12)):
        new = clusters(count, 8, seed=number + 1).tolist()
        made.put(f"new{number}.parquet", {f"new{number}.{at}": vector for at, vector in enumerate(new)})
        made.commit()
        made.step(kind="exact", map=True)

    assert layouts == [100, 127]
    assert not map_of(made)[0].placed.any()
    assert map_of(made, version=2)[0].placed.sum() == 15


def test_of_many_rows_those_with_the_lowest_hashes_of_their_ids_are_shown(tmp_path: Path) -> None:
    made = library(tmp_path, clusters(90, 8))
    made.step(kind="exact")
    segments = made.searcher().segments

    rows = sampled_rows(segments, most=40)

    searcher = made.searcher()
    by_hash = sorted(made.vectors, key=lambda name: int(hashes_of([name])[0]))
    assert sorted(ids_of(searcher, rows)) == sorted(by_hash[:40]) and (np.diff(rows) > 0).all()
    assert sampled_rows(segments, most=90).tolist() == list(range(90))


def test_an_index_keeps_its_map_until_none_is_asked_for(tmp_path: Path, layouts: list[int]) -> None:
    made = library(tmp_path, clusters(60, 8), sources=1)

    first = made.index(kind="exact")
    assert first is not None and read_map(first.folder) is None
    second = made.index(kind="exact", map=True)
    assert second is not None and second.report["data"]["change"]["base"] == 1  # not built anew for it
    assert made.index(kind="exact") is None
    made.put("new.parquet", {"new": clusters(1, 8)[0].tolist()})
    made.commit()
    third = made.index(kind="exact")
    assert third is not None and third.version == 3
    assert map_of(made)[0].placed.tolist().count(True) == 1 and layouts == [60]
    fourth = made.index(kind="exact", map=False)
    assert fourth is not None and read_map(fourth.folder) is None and "map" not in made.searcher().metadata
    assert made.index(kind="exact") is None


def test_a_build_that_was_killed_goes_on_with_the_map_that_it_had_made(tmp_path: Path, layouts: list[int]) -> None:
    made = library(tmp_path, clusters(60, 8), sources=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("transforms.search.build.finish.index_metadata", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            made.step(kind="exact", map=True)

    made.step(kind="exact", map=True)

    assert layouts == [60] and len(map_of(made)[1]) == 60
