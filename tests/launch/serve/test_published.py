"""Versions that appear, are half there, or are deleted under a service that answers."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from launch.serve.catalog import open_catalog
from launch.serve.service import renamed
from tests.launch.conftest import Newsroom, newsroom_environment
from tests.launch.serve.conftest import serving
from transforms.common.errors import RequestError


@pytest.fixture
def index(news_index: str, tmp_path: Path) -> Path:
    """A copy with version 1, to be changed."""
    shutil.copytree(news_index, tmp_path / "news")
    return tmp_path / "news"


def test_the_next_version_answers_when_it_is_whole_and_may_vanish_then(index: Path, newsroom: Newsroom) -> None:
    with newsroom_environment(newsroom.root), serving([str(index)]) as client:
        published = client.catalog.index(None)[1]
        asked = {"text": "a storm over the hills", "k": 5}
        first = client.post("/api/search", asked).json
        assert (first["version"], published.look()) == (1, False)

        half = index / "2"
        shutil.copytree(index / "1", half)
        victim = max((path for path in half.rglob("*.arrow")), key=lambda path: path.stat().st_size)
        content = victim.read_bytes()
        victim.write_bytes(content[:100])
        assert not published.look()
        health = client.get("/health").json
        assert (health["status"], health["indexes"]) == ("behind", {"news": 1})
        assert health["problems"][0].startswith("news/2 is half an index")
        assert client.post("/api/search", asked).json == first

        victim.write_bytes(content)
        assert published.look()
        assert client.get("/health").json == {"status": "ok", "indexes": {"news": 2}, "models": {}, "problems": []}
        second = client.post("/api/search", asked).json
        assert second == {**first, "version": 2}

        shutil.rmtree(index)
        assert not published.look()
        assert client.post("/api/search", asked).json == second
        for query in ({**asked, "mode": "words"}, {**asked, "where": "label = 'sky'"}, {"id": first["hits"][0]["id"]}):
            assert client.post("/api/search", query).status == 200
        assert client.get("/api/row?id=" + first["hits"][0]["id"]).status == 200
        assert "no version any more" in client.get("/health").json["problems"][0]


def test_a_version_that_was_built_anew_under_its_number_answers(index: Path, newsroom: Newsroom) -> None:
    with newsroom_environment(newsroom.root):
        published = open_catalog([str(index)]).index(None)[1]
        before = published.current[1]
        assert not published.look()
        shutil.copytree(index / "1", index / "copy", copy_function=shutil.copyfile)
        shutil.rmtree(index / "1")
        assert not published.look()
        os.utime(index / "copy" / "index.json", (1, 1))
        (index / "copy").rename(index / "1")
        assert published.look() and not published.look()
        assert published.current[0] == 1 and published.current[1] is not before


def test_a_version_that_is_named_stays(index: Path, newsroom: Newsroom) -> None:
    shutil.copytree(index / "1", index / "2")

    with newsroom_environment(newsroom.root):
        catalog = open_catalog([f"old={index}/1", str(index)])

        assert {name: one.current[0] for name, one in catalog.indexes.items()} == {"old": 1, "news": 2}
        shutil.copytree(index / "1", index / "3")
        assert (catalog.index("old")[1].look(), catalog.index("news")[1].look()) == (False, True)
        notes: list[str] = []
        other = open_catalog([f"mine={index}"])
        shutil.copytree(index / "1", index / "4")
        other.look(notes.append)
        assert notes == ["mine: version 4"]
        shutil.copytree(index / "1", index / "5")
        shutil.rmtree(index / "5" / "words")
        for _ in range(2):
            other.look(notes.append)
        assert notes[1].startswith(f"mine: {index}/5 is half an index") and len(notes) == 2
        # One encoder serves all.
        encoders = {id(one.current[1].searcher.encoder) for one in catalog.indexes.values()}
        assert len(encoders) == 1
        with pytest.raises(LookupError, match="say which index: old, news"):
            catalog.index(None)


def test_a_model_that_sees_columns_needs_no_file_once_it_answers(
    bare_newsroom: Newsroom, lengths_model: Path, tmp_path: Path
) -> None:
    model = shutil.copytree(lengths_model, tmp_path / "lengths")
    with newsroom_environment(bare_newsroom.root):
        with serving([str(model)]) as client:
            shutil.rmtree(model)
            asked = {"texts": ["rain", "a goal"], "features": [{"length": 3}, {}]}
            scores = [one["scores"] for one in client.post("/api/predict", asked).json["predictions"]]
            assert [round(sum(own), 3) for own in scores] == [1, 1]
            infinite = b'{"texts": ["rain"], "features": [{"length": 1e400}]}'
            assert "length takes finite numbers" in client.post("/api/predict", infinite).refusal(400)


def test_what_is_neither_index_nor_model_and_equal_names_are_refused(
    index: Path, newsroom: Newsroom, news_index: str, tmp_path: Path
) -> None:
    with newsroom_environment(newsroom.root):
        with pytest.raises(RequestError, match="neither an index nor a model"):
            open_catalog([str(tmp_path)])
        for given in (f"={index}", "name=", " = "):
            with pytest.raises(RequestError, match="is no NAME=PATH"):
                open_catalog([given])
        with pytest.raises(RequestError, match="two indexes are called news"):
            open_catalog([str(index), news_index])
        assert list(open_catalog([str(index), f"other={news_index}"]).indexes) == ["news", "other"]


@pytest.mark.parametrize(
    ("line", "folder", "expected"),
    [
        (
            "./4 is half an index: its base-0/vectors.faiss is missing.",
            ".",
            "docs/4 is half an index: its base-0/vectors.faiss is missing.",
        ),
        ("a/3: a page of a table", "a", "docs/3: a page of a table"),
        ("'/srv/x' and /srv/xy and /y/srv/x", "/srv/x", "'docs' and /srv/xy and /y/srv/x"),
    ],
)
def test_the_name_stands_for_the_folder_alone(line: str, folder: str, expected: str) -> None:
    assert renamed(line, folder, "docs") == expected
