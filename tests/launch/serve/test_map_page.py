"""The map of the search page in Chromium: points, colours, hover, lasso and keys, at two widths; and without WebGL."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.helpers import embedding
from tests.helpers.browser import require_scripts, run_script
from tests.helpers.indexes import indexed
from tests.launch import pictures
from tests.launch.conftest import Newsroom, newsroom_environment, succeed
from tests.launch.serve.conftest import serving

WIDTHS = pytest.mark.parametrize("width", [1200, 400])

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def seen(newsroom: Newsroom, news_index: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    require_scripts()
    root = tmp_path_factory.mktemp("map")
    pictures.write_two_classes(root / "photographs", 12)
    with newsroom_environment(newsroom.root):
        succeed("embed", root / "photographs", "--encoder", "hog", "--labels-from", "folder", "--to", root / "table")
        images = indexed(str(root / "table"), root / "indexes" / "photos", map=True)
        with serving([news_index, images]) as client:
            shots = Path(os.environ.get("VECTORMILL_SCREENSHOTS", root))
            url = f"http://127.0.0.1:{client.port}/"
            out = run_script("map_page.mjs", url, "news", "photos", shots)
            return json.loads(out) | {"url": url, "notes": client.notes, "shots": shots}


def test_nothing_is_said_asked_elsewhere_or_hard_to_use(seen: Any) -> None:
    assert (seen["console"], seen["serious"], seen["notes"]) == ([], [], [])
    assert [url for url in seen["requests"] if not url.startswith((seen["url"], "blob:"))] == []
    assert {name: wide for name, wide in seen["widths"].items() if wide > 0} == {}


def colours_of(shot: Path) -> Counter[tuple[int, int, int]]:
    """How many pixels of a screenshot have each colour."""
    pixels = np.asarray(Image.open(shot).convert("RGB")).reshape(-1, 3)
    return Counter(map(tuple, pixels.tolist()))


@WIDTHS
def test_points_are_drawn_in_the_colours_of_the_legend(width: int, seen: Any, newsroom: Newsroom) -> None:
    labels = Counter(row["label"] for row in embedding.rows(str(newsroom.table)).values())
    legend = dict(re.fullmatch(r"(.*) \((\d+)\)", entry).groups() for entry in seen["steps"][f"legend-{width}"])  # type: ignore[union-attr]
    assert {name: int(count) for name, count in legend.items()} == {label or "none": labels[label] for label in labels}
    paper = np.array([255, 255, 255] if width == 1200 else [15, 20, 25])
    drawn = colours_of(seen["shots"] / f"labels-{width}.png")
    for swatch in seen["steps"][f"colours-{width}"]:
        # Points are drawn through a little.
        ink = np.array([int(part) for part in re.findall(r"\d+", swatch)])
        through = 0.85 * ink + 0.15 * paper
        near = [count for colour, count in drawn.items() if np.abs(np.array(colour) - through).max() <= 4]
        assert sum(near) > 10, swatch
    assert drawn.keys() != colours_of(seen["shots"] / f"clusters-{width}.png").keys()


@WIDTHS
def test_hover_lasso_and_keys_show_the_rows_of_their_points(width: int, seen: Any) -> None:
    steps = {name.removesuffix(f"-{width}"): value for name, value in seen["steps"].items()}
    shown, text, place = steps["hover"]
    assert (shown, text) == (place["id"], place["text"])
    assert steps["rings"] == f"Rings: {len(steps['hits'])} of the {len(steps['hits'])} answers to the last search."
    assert steps["lasso"] == ["300 points, 300 selected; the first 100 are listed", 100]
    name, count = re.fullmatch(r"(.*) \((\d+)\)", steps["legend"][0]).groups()  # type: ignore[union-attr]
    listed = "; the first 100 are listed" if int(count) > 100 else ""
    assert (steps["pressed"], steps["by key"]) == (1, [f"300 points, {count} selected{listed}", [name]])
    assert steps["cleared"] == "300 points"
    assert sorted(steps["pictures"]) == sorted(f"{'odd' if at % 2 else 'even'}/{at}.jpg" for at in range(12))


def test_without_webgl_one_line_says_so_and_the_page_goes_on(seen: Any) -> None:
    assert seen["steps"]["without"] == "This browser draws no map: it has no WebGL 2."
