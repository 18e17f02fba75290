"""`vectormill site`: a folder whose answers are the index's, or one line that says why there is none."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.indexes import indexed
from tests.launch import pictures
from tests.launch.conftest import Command, Newsroom, newsroom_environment, succeed
from transforms.common.errors import RunError
from transforms.search.ask.searcher import Searcher
from transforms.search.map.map_file import read_map
from transforms.table.unit_vectors import normalize_rows
from transforms.web.arrays_file import unpacked
from transforms.web.site import codes, encoder, export
from transforms.web.site.replica import SiteReplica

QUERIES = ["storm rain hail", "goal coach", "a bank and THE storm", "vote", "nothing-of-it", "the"]


@pytest.fixture
def any_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a browser ran the newsroom's encoder."""
    monkeypatch.setattr(export, "runs_in_browser", lambda handle: True)
    monkeypatch.setattr(encoder, "text_files", lambda: iter([("tokenizer.arrays", b"")]))


@pytest.fixture(scope="module")
def words_site(bare_newsroom: Newsroom, news_index: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sites") / "words"
    with newsroom_environment(bare_newsroom.root):
        succeed("site", news_index, "--mode", "words", "--to", out)
    return out


def asked(site: SiteReplica, text: str, mode: str, vector: Any = None) -> list[tuple[str, float]]:
    return [(site.name_of(document), round(score, 4)) for document, score in site.search(text, vector, 10, mode=mode)]


def test_words_are_ranked_as_by_the_index(words_site: Path, news_index: str) -> None:
    site, searcher = SiteReplica(str(words_site)), Searcher(news_index)

    for text in QUERIES:
        hits = searcher.search(text, mode="words")
        assert asked(site, text, "words") == [(hit.id, round(hit.score, 4)) for hit in hits]
    assert asked(site, QUERIES[0], "words")


def test_a_site_is_a_page_and_what_it_shows(words_site: Path, news_index: str, newsroom: Newsroom) -> None:
    facts = json.loads((words_site / "site.json").read_text())
    listed = {path.relative_to(words_site).as_posix() for path in words_site.rglob("*") if path.is_file()}

    assert listed == {"site.json", *facts["files"]}
    assert {"index.html", "search.js", "site.js", "service-worker.js", "stemmer.js", "products.wasm"} <= listed
    assert not [name for name in listed if name.startswith("encoder")]
    worker = (words_site / "service-worker.js").read_text()
    assert "VERSION_KEY" not in worker and "FACTS" not in worker and '"site.json"' in worker
    assert (facts["name"], facts["version"], facts["rows"], facts["modes"]) == ("news", 1, 300, ["words"])
    columns = {column["name"]: column["values"] for column in facts["columns"]}
    assert columns["label"] == ["money", "sky", "sport"] and columns["desk"] == ["north", "south"]
    rows = json.loads(gzip.decompress((words_site / "rows-00000.json.gz").read_bytes()))
    expected = Searcher(news_index).rows_of([0], ["id", "text", "label", "desk"]).to_pylist()[0]
    assert {name: rows[0][name] for name in expected} == expected
    start, stop = rows[0]["sentences"][0]
    assert rows[0]["text"][start:stop].strip()
    codes_of = unpacked((words_site / "index.arrays").read_bytes())
    number = list(columns).index("desk")
    desks = [row["desk"] for row in Searcher(news_index).rows_of(np.arange(300), ["desk"]).to_pylist()]
    assert [([None, *columns["desk"]])[code] for code in codes_of[f"column-{number}"]] == desks
    points, own = unpacked((words_site / "map.arrays").read_bytes()), read_map(f"{news_index}/1")
    assert own is not None and facts["map"] == len(own.rows)
    np.testing.assert_array_equal(points["rows"], own.rows)
    np.testing.assert_array_equal(np.stack([points["x"], points["y"]], axis=1), own.places)


@pytest.mark.usefixtures("any_encoder")
def test_all_ways_of_searching_are_the_indexs(news_index: str, newsmill: Command, tmp_path: Path) -> None:
    said = newsmill("site", news_index, "--to", tmp_path / "site").output()

    facts = json.loads((tmp_path / "site" / "site.json").read_text())
    searcher, site = Searcher(news_index), SiteReplica(str(tmp_path / "site"))
    assert facts["modes"] == ["vector", "words", "hybrid"] and facts["default_mode"] == searcher.default_mode
    assert min(facts["agreement"]["recall"].values()) >= 0.99 and facts["agreement"]["difference"] < 0.01
    assert f"of the index's answers to {facts['agreement']['queries']} queries it gives" in said
    for text in QUERIES:
        vector = normalize_rows(np.array(searcher.encode([text])))[0][0]
        for mode in ("vector", "hybrid"):
            hits = searcher.search(text, mode=mode)  # type: ignore[arg-type]
            found = dict(asked(site, text, mode, vector))
            both = [hit for hit in hits if hit.id in found]
            assert len(both) >= 9
            assert [found[hit.id] for hit in both] == pytest.approx([hit.score for hit in both], abs=0.01)


@pytest.mark.usefixtures("any_encoder")
def test_an_index_that_keeps_no_texts_is_searched_by_vectors(
    bare_newsroom: Newsroom, newsmill: Command, tmp_path: Path
) -> None:
    options = bare_newsroom.embed_options()
    newsmill("embed", bare_newsroom.corpus, "--to", tmp_path / "table", "--drop-text", *options)
    index = indexed(str(tmp_path / "table"), tmp_path / "bare")

    newsmill("site", index, "--to", tmp_path / "site").output()

    facts = json.loads((tmp_path / "site" / "site.json").read_text())
    assert (facts["modes"], facts["words"], list(facts["agreement"]["recall"])) == (["vector"], None, ["like"])
    rows = json.loads(gzip.decompress((tmp_path / "site" / "rows-00000.json.gz").read_bytes()))
    assert rows[0]["source"].endswith(".parquet") and "text" not in rows[0]


def test_a_changed_byte_is_seen(words_site: Path, tmp_path: Path) -> None:
    for name in ("vectors-000.arrays", "words-00000.arrays", "rows-00000.json.gz", "index.html"):
        copied = tmp_path / name
        shutil.copytree(words_site, copied)
        content = bytearray((copied / name).read_bytes())
        content[len(content) // 2] ^= 1
        (copied / name).write_bytes(content)

        with pytest.raises(RunError, match=f"{name} is not as it was written"):
            SiteReplica(str(copied))


@pytest.mark.usefixtures("any_encoder")
def test_other_answers_are_not_published(
    news_index: str, newsmill: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = codes.encoded
    monkeypatch.setattr(codes, "encoded", lambda vectors, bits: whole(np.roll(vectors, 1, axis=0), bits))

    outcome = newsmill("site", news_index, "--to", tmp_path / "site")

    assert outcome.code == 3
    assert "to 200 held-out queries the site gives 0." in outcome.err and "by vector" in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_what_a_browser_cannot_search_is_refused_in_one_line(
    news_index: str, newsmill: Command, tmp_path: Path
) -> None:
    def refused(*arguments: object) -> str:
        outcome = newsmill("site", *arguments)
        assert outcome.code == 2 and outcome.err.count("\n") == 1, outcome
        assert [path.name for path in tmp_path.iterdir()] == ["taken"]
        return str(outcome.err)

    (tmp_path / "taken").mkdir()
    out = tmp_path / "site"
    assert "a browser runs use-multilingual; give --mode words" in refused(news_index, "--to", out)
    assert "taken is there already" in refused(news_index, "--mode", "words", "--to", tmp_path / "taken")
    assert "is no folder of this machine" in refused(news_index, "--mode", "words", "--to", "memory://site")
    (tmp_path / "taken" / "file").touch()
    below_file = refused(news_index, "--mode", "words", "--to", tmp_path / "taken" / "file" / "x")
    assert "cannot be made (Not a directory)" in below_file or "(File exists)" in below_file
    assert "holds no index" in refused(tmp_path / "taken", "--to", out)
    assert "give --max-mb" in _too_large(refused, news_index, out)


def _too_large(refused: Any, index: str, out: Path) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "MAX_ROWS", 299)
        line: str = refused(index, "--mode", "words", "--to", out)
    return line


@pytest.fixture(scope="module")
def photographs(bare_newsroom: Newsroom, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An index of pictures in two classes."""
    root = tmp_path_factory.mktemp("photographs")
    pictures.write_two_classes(root / "corpus", 40)
    with newsroom_environment(bare_newsroom.root):
        succeed("embed", root / "corpus", "--encoder", "hog", "--labels-from", "folder", "--to", root / "table")
        yield indexed(str(root / "table"), root / "indexes" / "photos")


def test_photographs_are_shown_and_found_by_what_is_like_them(
    photographs: str, newsmill: Command, tmp_path: Path
) -> None:
    out = tmp_path / "site"
    first = Path(photographs).parents[1] / "corpus" / "even" / "0.jpg"
    first.rename(first.with_suffix(".away"))
    printed = newsmill("site", photographs, "--to", out).output()
    first.with_suffix(".away").rename(first)

    assert "1 row without a picture: " in printed
    facts, site, searcher = json.loads((out / "site.json").read_text()), SiteReplica(str(out)), Searcher(photographs)
    assert (facts["modes"], facts["pictures"], facts["vectors"]["bits"]) == (
        [],
        {"rows_of_a_file": 16, "missing": 1},
        12,
    )
    found = unpacked((out / "pictures-00001.arrays").read_bytes())
    assert len(found["starts"]) == 17
    assert found["bytes"][found["starts"][3] :][:2].tobytes() == b"\xff\xd8"
    hits = searcher.search(id=site.name_of(3), k=5)
    assert [site.name_of(document) for document, _ in site.like(3, 5)] == [hit.id for hit in hits]
    assert "leave out --mode words" in newsmill("site", photographs, "--mode", "words", "--to", tmp_path / "x").err
