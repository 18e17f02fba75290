"""From photographs to answers: rows of local features, and photographs that show what an image shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from launch.cli import run
from launch.jobs.embed import embed
from launch.jobs.index import build_index
from launch.jobs.train import train
from tests.helpers import embedding, local_feature_modules
from tests.helpers.photographs import jpeg, part, picture
from transforms import encoders
from transforms.common.errors import RequestError
from transforms.encoders.item_encoder import ItemEncoder
from transforms.search.ask.searcher import Searcher

COUNT = 6


@dataclass(frozen=True)
class Album:
    folder: Path
    encoder: str
    table: str
    index: str
    outcome: Any


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(autouse=True)
def own_cache(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One for all of these tests: the encoder is looked at once."""
    monkeypatch.setenv("VECTORMILL_CACHE_DIR", str(state))


@pytest.fixture(scope="module")
def album(state: Path) -> Iterator[Album]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VECTORMILL_CACHE_DIR", str(state))
        folder = state / "photographs"
        for label in ("even", "odd"):
            (folder / label).mkdir(parents=True)
        for number in range(COUNT):
            picture(number).save(folder / ("odd" if number % 2 else "even") / f"{number}.png")
        (folder / "even" / "blank.png").write_bytes((folder / "even" / "0.png").read_bytes()[:400])
        picture(0).resize((1, 1)).resize((120, 90)).save(folder / "odd" / "grey.png")
        encoder = str(local_feature_modules.save_delf_tf1(state / "delf"))
        table, index = str(state / "table"), str(state / "index")
        done = embed(folder, to=table, encoder=encoder, labels_from="folder", max_features=150, max_dead_fraction=0.5)
        build_index(table, to=index)
        yield Album(folder, encoder, table, index, done)


def test_an_image_is_a_row_for_each_of_its_features(album: Album) -> None:
    rows = list(embedding.rows(album.table).values())
    assert album.outcome["rows"] == len(rows) == COUNT * 150
    assert album.outcome["dead"] == 2
    first = [row for row in rows if row["parent"] == "odd/1.png"]
    assert {row["id"] for row in first} == {f"odd/1.png#{number}" for number in range(1, 151)}
    best = next(row for row in first if row["id"] == "odd/1.png#1")
    assert best["score"] == max(row["score"] for row in first) > 100
    assert (best["label"], best["source"].endswith("odd/1.png"), len(best["embedding"])) == ("odd", True, 40)
    assert all(0 <= row["y"] < 200 and 0 <= row["x"] < 260 and row["scale"] > 0 for row in rows)


def test_a_second_run_encodes_only_what_changed(album: Album, tmp_path: Path) -> None:
    again = embed(
        album.folder,
        to=album.table,
        encoder=album.encoder,
        labels_from="folder",
        max_features=150,
        max_dead_fraction=0.5,
    )
    assert (again["encoded"], again["version"]) == (0, album.outcome["version"])


@pytest.mark.parametrize("degrees", [0, 15, 45, 90])
def test_a_part_of_a_photograph_finds_it_and_where_it_is(album: Album, degrees: int) -> None:
    searcher = Searcher(album.index)
    for number in (0, 4):
        query, (top, left, bottom, right) = part(picture(number), degrees=degrees, seed=number)
        hits = searcher.search(image=jpeg(query))
        assert [hit.id for hit in hits] == [f"even/{number}.png"]
        (hit,) = hits
        assert hit.inliers is not None and hit.inliers == hit.score >= 10 and hit.region is not None
        slack = 12
        assert top - slack <= hit.region[0] < hit.region[2] <= bottom + slack
        assert left - slack <= hit.region[1] < hit.region[3] <= right + slack
        assert hit.chunk is not None and hit.chunk.startswith(f"even/{number}.png#")


def test_a_photograph_that_is_not_there_has_no_answer(album: Album) -> None:
    searcher = Searcher(album.index)
    for number in range(100, 103):
        assert searcher.search(image=jpeg(picture(number))) == []


def test_a_condition_and_the_photograph_itself_are_left_out(album: Album) -> None:
    searcher = Searcher(album.index)
    image = jpeg(picture(2))
    assert [hit.id for hit in searcher.search(image=image, where="label = 'even'")] == ["even/2.png"]
    assert searcher.search(image=image, where="label = 'odd'") == []
    assert searcher.search(id="even/2.png") == []
    near = searcher.search(id="even/2.png#1", k=3)
    assert [hit.inliers for hit in near] == [None] * 3


def test_the_command_says_inliers_and_region(album: Album, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def said(*arguments: str) -> tuple[int, str]:
        code = run(list(arguments))
        return code, capsys.readouterr().out

    (tmp_path / "crop.jpg").write_bytes(jpeg(part(picture(4), degrees=30)[0]))
    code, output = said("search", album.index, "--image", str(tmp_path / "crop.jpg"), "--json")
    (hit,) = json.loads(output)["hits"]
    assert code == 0 and hit["id"] == "even/4.png" and hit["inliers"] == hit["score"] and len(hit["region"]) == 4
    code, output = said("search", album.index, "--image", str(tmp_path / "crop.jpg"))
    assert code == 0 and "inliers" in output and "region (y, x)" in output and "even/4.png" in output
    (tmp_path / "other.jpg").write_bytes(jpeg(picture(50)))
    code, output = said("search", album.index, "--image", str(tmp_path / "other.jpg"))
    assert code == 0 and "no photograph of the index matches it but by chance" in output


def test_what_needs_one_vector_of_an_image_says_so(album: Album, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="gives many local features of an image and not one vector"):
        train(album.table, to=tmp_path / "model")
    with pytest.raises(RequestError, match="gives many local features of an image and not one vector"):
        ItemEncoder(encoders.resolve(album.encoder)).encode([album.folder / "odd" / "1.png"])
    with pytest.raises(RequestError, match="the image cannot be searched for: no point of the image scores above 100"):
        Searcher(album.index).search(image=jpeg(picture(0).resize((1, 1)).resize((120, 90))))
    with pytest.raises(RequestError, match="--max-features: hog gives one vector of an item: leave it out"):
        embed(album.folder, to=tmp_path / "table", encoder="hog", max_features=5)


def test_a_kept_column_that_is_called_like_a_place_is_refused(album: Album, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    images = pa.table({"image": [jpeg(picture(0))], "x": [1]})
    pq.write_table(images, tmp_path / "images.parquet")
    with pytest.raises(RequestError, match="--keep x: a feature table has a column of that name already"):
        embed(tmp_path / "images.parquet", to=tmp_path / "table", encoder=album.encoder, keep=("x",), dry_run="plan")


def test_a_dry_run_estimates_the_features(album: Album, tmp_path: Path) -> None:
    estimate = embed(album.folder, to=tmp_path / "table", encoder=album.encoder, max_features=150, dry_run=True)
    assert (estimate["tried"], estimate["dead"]) == (COUNT + 2, 2)
    assert not np.isnan(estimate["rows_per_second"]) and estimate["bytes"] > COUNT * 150 * 40 * 3
