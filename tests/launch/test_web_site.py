"""A site in Chromium: its words, stems and answers are those of the index, by keys, at two widths, without a network."""

from __future__ import annotations

import json
import random
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers import graph_models
from tests.helpers.browser import require_scripts, run_script, run_script_offline
from tests.helpers.indexes import indexed
from tests.launch.conftest import news_rows, newsroom_environment, succeed
from tests.launch.test_web_export import SCRIPTS
from tests.launch.test_web_photographs import tinted
from transforms.search.ask.searcher import Searcher
from transforms.search.store.analysis import LANGUAGES, NEWEST, Analysis
from transforms.search.store.lexical import query_words
from transforms.search.store.stop_words import without_stop_words
from transforms.web.site.codes import cosines, encoded
from transforms.web.site.words import analysis_facts

pytestmark = pytest.mark.browser

MODES = ["hybrid", "vector", "words"]
NAMES = [
    "C++ and c# (not a+b), notepad++ on .NET #hashtag AT&T 3.11", "e-mail node.js U.S. v1.2 state-of-the-art R&D A+ x+1 C++17",
    "Vitamin A, IT support; THE WHO; l'avion dell'arte qu'il “quoted” don't can’t", "to be or not to be",
    "naïve café Straße ŒUVRE ﬁne Ångström",
    "İstanbul ΣΊΣΥΦΟΣ ΌΣΟΣ 東京都 한국어는 어렵다 ไทย 👩‍👩‍👧 ☕️ ①",
    "\ud800 lone", "the", "", "x" * 200, "soft\u00adhyphen ze\u200bro joi\u200dner",
]  # fmt: skip


def wild_texts() -> list[str]:
    """Characters of many scripts at random, none that a newer Unicode knows otherwise."""
    chance = random.Random(0)
    blocks = [(32, 127), (0xA0, 0x2000), (0x3000, 0xA000), (0x1F600, 0x1F650)]
    texts = [
        [chr(chance.randrange(*chance.choice(blocks))) for _ in range(chance.randrange(1, 30))] for _ in range(300)
    ]
    return ["".join(one for one in text if unicodedata.category(one) != "Cn") for text in texts]


def words_like(language: str, count: int = 2_000) -> list[str]:
    """Words of a language's letters, with endings that its stemmer knows, and its stop words."""
    code = resources("transforms.web.site").joinpath("stemmers").joinpath(f"{language}.js").read_text("utf-8")
    found = re.findall(r'"((?:\\[ux][0-9a-fA-F]+|[^"\\\s])+)"', code)
    plain = {re.sub(r"\\[ux]([0-9a-fA-F]+)", lambda match: chr(int(match[1], 16)), part) for part in found}
    parts = sorted(part for part in plain if part.isalpha() and part == part.lower())
    stops = analysis_facts(language)["stop_words"] or []
    chance = random.Random(language)
    letters = sorted(set("".join([*parts, *stops])))
    stems = ["".join(chance.choices(letters, k=chance.randint(2, 7))) for _ in range(300)] + stops
    made = [chance.choice(stems) + chance.choice([*parts, ""]) + chance.choice([*parts, "", ""]) for _ in range(count)]
    return sorted({word for word in [*made, *stops, *parts] if word})


def test_words_are_cut_and_stemmed_as_here(tmp_path: Path) -> None:
    require_scripts()
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    site = resources("transforms.web.site")
    (tmp_path / "analysis.mjs").write_bytes(site.joinpath("page").joinpath("analysis.js").read_bytes())
    for language in LANGUAGES:
        if language != "none":
            content = site.joinpath("stemmers").joinpath(f"{language}.js").read_bytes()
            (tmp_path / f"{language}.mjs").write_bytes(content)
    given = {
        "words": {language: words_like(language) for language in LANGUAGES if language != "none"},
        "texts": [*NAMES, *SCRIPTS, *wild_texts()],
        "facts": {language: analysis_facts(language) for language in LANGUAGES},
    }
    (tmp_path / "given.json").write_text(json.dumps(given))

    run_script("stemmers.mjs", tmp_path, tmp_path / "given.json", tmp_path / "out.json")

    made = json.loads((tmp_path / "out.json").read_text())
    for language, name in LANGUAGES.items():
        if name:
            stemmer = TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.stemmer(name)).build()
            words = given["words"][language]
            expected = [stemmer.analyze(word)[0] for word in words]
            assert [one for one in zip(words, made["stems"][language], expected, strict=True) if one[1] != one[2]] == []
        analysis = Analysis(NEWEST, language)
        analyser = analysis.analyser()
        for text, queries, words in zip(
            given["texts"], made["queries"][language], made["words"][language], strict=True
        ):
            where = (language, text, without_stop_words(text, language))
            assert Counter(words) == Counter(analyser.analyze(analysis.prepared(text, is_query=False))), where
            assert dict(queries) == dict(query_words(text, analysis, analyser)), where


@pytest.mark.parametrize("bits", [8, 12])
def test_cosines_are_the_same_numbers_as_here(bits: Any, tmp_path: Path) -> None:
    require_scripts()
    page = resources("transforms.web.site").joinpath("page")
    (tmp_path / "vectors.mjs").write_bytes(page.joinpath("vectors.js").read_bytes())
    (tmp_path / "products.wasm").write_bytes(page.joinpath("products.wasm").read_bytes())
    random = np.random.default_rng(0).standard_normal((41, 50)).astype(np.float32)
    unit = random / np.linalg.norm(random, axis=1, keepdims=True)
    codes, scales = encoded(unit[1:], bits)
    given = {"bits": bits, "width": codes.shape[1], "codes": codes.ravel().tolist(), "scales": scales.tolist()}
    given["query"] = unit[0].tolist()
    (tmp_path / "given.json").write_text(json.dumps(given))

    made = json.loads(run_script("site_vectors.mjs", tmp_path, tmp_path / "given.json"))

    assert made["fast"] == made["plain"] == cosines(codes, scales, unit[0]).tolist()


@dataclass(frozen=True)
class Visited:
    """What Chromium saw of a site."""

    seen: Any
    index: str
    texts: list[str]
    environment: Path


def driven(folder: Path, given: dict[str, Any], root: Path) -> Any:
    """What `site_page.mjs` saw of the page of a folder."""
    (root / "given.json").write_text(json.dumps(given))
    url, _ = run_script_offline(folder, "site_page.mjs", root / "given.json", root)
    return json.loads((root / "seen.json").read_text()) | {"url": url}


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Visited:
    require_scripts()
    root = tmp_path_factory.mktemp("site")
    (root / "corpus").mkdir()
    lines = [json.dumps(row) for row in news_rows(400)]
    (root / "corpus" / "news.jsonl").write_text("\n".join(lines) + "\n")
    columns = ["--text-column", "text", "--id-column", "id", "--label-column", "label", "--keep", "desk,length"]
    with newsroom_environment(root):
        succeed("embed", root / "corpus", "--encoder", "use-multilingual", *columns, "--to", root / "table")
        index = indexed(str(root / "table"), root / "indexes" / "news", map=True)
        succeed("site", index, "--to", root / "folder")
        texts = [row["text"] for row in news_rows(200, seed=7, name="other")]
    given = {
        "typed": "storm rain <b>",
        "filter": ["label", "sky"],
        "queries": texts,
        "modes": MODES,
        "photographs": [],
        "map": True,
    }
    return Visited(driven(root / "folder", given, root), index, texts, root)


def test_a_site_says_nothing_asks_nobody_else_and_is_usable(visited: Visited) -> None:
    seen = visited.seen
    assert (seen["console"], seen["serious"], set(seen["wide"].values())) == ([], [], {0})
    assert [url for url in seen["requests"] if not url.startswith((seen["url"], "blob:"))] == []


def test_two_hundred_queries_are_answered_as_by_the_searcher(visited: Visited) -> None:
    with newsroom_environment(visited.environment):
        searcher = Searcher(visited.index)
        for mode in MODES:
            expected: Any = searcher.search_texts(visited.texts, k=10, mode=mode)  # type: ignore[arg-type]
            shares, far = [], 0.0
            for hits, found in zip(expected, visited.seen["answers"][mode], strict=True):
                scores, own = {hit.id: hit.score for hit in hits}, {one["id"]: one["score"] for one in found}
                shares.append(len(scores.keys() & own.keys()) / max(len(scores), 1))
                far = max([far, *(abs(scores[name] - own[name]) for name in scores.keys() & own.keys())])
            assert np.mean(shares) >= 0.99 and far < 0.005, (mode, np.mean(shares), far)


@pytest.mark.parametrize("width", [1200, 400])
def test_by_keys_a_query_a_filter_and_what_is_like_a_row(width: int, visited: Visited) -> None:
    steps = visited.seen["steps"]
    with newsroom_environment(visited.environment):
        searcher = Searcher(visited.index)
        hits = searcher.search("storm rain <b>")
        filtered = searcher.search("storm rain <b>", where="label = 'sky'")
        asked, like = steps[f"like-{width}"]
        near = searcher.search(id=asked, where="label = 'sky'", k=20)
    assert sorted(steps[f"ids-{width}"]) == sorted(hit.id for hit in hits)
    assert sorted(steps[f"filtered-{width}"]) == sorted(hit.id for hit in filtered)
    assert len(set(like) & {hit.id for hit in near}) == 10 and asked not in like
    assert steps[f"marks-{width}"]
    assert steps[f"rings-{width}"].startswith("Rings: 10 of the 10 answers")
    counts = Counter(row["label"] for row in news_rows(400))
    shown = " ".join(steps[f"legend-{width}"])
    assert all(label in shown and f"{count}" in shown for label, count in counts.items()), shown
    assert steps["offline"] == steps["ids-400"]


def test_photographs_are_found_by_photographs(tmp_path: Path) -> None:
    require_scripts()
    for number in range(40):
        (tmp_path / "corpus" / "x").mkdir(parents=True, exist_ok=True)
        (tmp_path / "corpus" / "x" / f"{number}.jpg").write_bytes(tinted(number, ("cool", "warm")[number % 2]))
    network = graph_models.write_network(tmp_path / "network.keras")
    with newsroom_environment(tmp_path):
        succeed("embed", tmp_path / "corpus", "--encoder", network, "--trust", "--to", tmp_path / "table")
        index = indexed(str(tmp_path / "table"), tmp_path / "indexes" / "photos")
        succeed("site", index, "--to", tmp_path / "folder")
        asked = [str(tmp_path / "corpus" / "x" / f"{number}.jpg") for number in (3, 17, 30)]
        given = {"typed": None, "filter": None, "queries": [], "modes": [], "photographs": asked, "map": False}
        seen = driven(tmp_path / "folder", given, tmp_path)
        searcher = Searcher(index)
        expected = [searcher.search(image=Path(path).read_bytes()) for path in asked]

    assert (seen["console"], seen["serious"], set(seen["wide"].values())) == ([], [], {0})
    assert [seen["steps"]["pictures-1200"], seen["steps"]["pictures-400"]] == [10, 10]
    assert seen["steps"]["photograph"][0] == "x/3.jpg"
    for hits, found in zip(expected, seen["answers"]["photographs"], strict=True):
        scores, own = {hit.id: hit.score for hit in hits}, {one["id"]: one["score"] for one in found}
        both = scores.keys() & own.keys()
        assert found[0]["id"] == hits[0].id and len(both) >= 9
        assert [own[name] for name in sorted(both)] == pytest.approx([scores[name] for name in sorted(both)], abs=2e-3)
