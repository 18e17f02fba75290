"""The search page in Chromium: what it shows of texts, photographs and predictions, by keys, at two widths."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.browser import require_scripts, run_script
from tests.helpers.indexes import indexed
from tests.launch import pictures
from tests.launch.conftest import Newsroom, newsroom_environment, succeed
from tests.launch.serve.conftest import serving
from transforms.heads.serve.classifier import load_model
from transforms.search.ask.searcher import Searcher

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def photographs(bare_newsroom: Newsroom) -> Path:
    """A folder of pictures in two classes."""
    root = bare_newsroom.root / "photographs"
    pictures.write_two_classes(root, 12)
    return root


@pytest.fixture(scope="module")
def seen(newsroom: Newsroom, news_index: str, photographs: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    require_scripts()
    root = tmp_path_factory.mktemp("page")
    with newsroom_environment(newsroom.root):
        succeed("embed", photographs, "--encoder", "hog", "--labels-from", "folder", "--to", root / "photos.table")
        images = indexed(str(root / "photos.table"), root / "indexes" / "photos")
        with serving([news_index, images, str(newsroom.model)]) as client:
            shots = Path(os.environ.get("VECTORMILL_SCREENSHOTS", root))
            photograph = photographs / "odd" / "7.jpg"
            url = f"http://127.0.0.1:{client.port}/"
            out = run_script("search_page.mjs", url, photograph, "news", "photos", shots)
            return json.loads(out) | {"url": url, "notes": client.notes}


WIDTHS = pytest.mark.parametrize("width", [1200, 400])


def test_nothing_is_said_asked_elsewhere_or_hard_to_use(seen: Any) -> None:
    # Of each width one request was wrong on purpose, which Chromium notes.
    provoked = "Failed to load resource: the server responded with a status of 400 (Bad Request)"
    assert (seen["console"], seen["serious"], seen["notes"]) == ([provoked] * 2, [], [])
    assert [url for url in seen["requests"] if not url.startswith((seen["url"], "blob:"))] == []
    assert {name: wide for name, wide in seen["widths"].items() if wide} == {}


@WIDTHS
def test_words_are_answered_as_by_the_searcher(width: int, seen: Any, newsroom: Newsroom, news_index: str) -> None:
    with newsroom_environment(newsroom.root):
        searcher = Searcher(news_index)
        hits = searcher.search("storm rain <b>")
        asked, like = seen["steps"][f"like-{width}"]
        assert seen["steps"][f"ids-{width}"] == [hit.id for hit in hits]
        assert like == [hit.id for hit in searcher.search(id=asked, where="label = 'sky'")]
    assert seen["steps"][f"marks-{width}"] > 0
    assert seen["steps"][f"filtered-{width}"] == ["sky"]
    assert seen["steps"][f"whole-{width}"] == "1234567890123456789,-5,0.5,1e+300,true,x"
    assert "no column" in seen["steps"][f"problem-{width}"]


@WIDTHS
def test_a_photograph_finds_itself_and_a_model_predicts(width: int, seen: Any, newsroom: Newsroom) -> None:
    assert seen["steps"][f"pictures-{width}"][0] == "odd/7.jpg"
    with newsroom_environment(newsroom.root):
        expected = load_model(str(newsroom.model)).predict(["storm rain hail", "goal coach"]).labels
    assert seen["steps"][f"labels-{width}"] == expected
