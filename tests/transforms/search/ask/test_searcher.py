"""Searching every kind of index, before and after an update: what must hold whatever is asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers import fakes, heads
from tests.helpers.indexes import KINDS, clusters, ids_of, indexed, unit, year_of
from tests.transforms.search.conftest import DIM, Shelf, answers
from transforms.common.errors import RequestError
from transforms.corpus.chunks.chunking import Chunking
from transforms.search.ask.searcher import Searcher

Wanted = Callable[[str, str | None], bool]

WHERE: dict[str | None, Wanted] = {
    None: lambda name, label: True,
    "label = 'a'": lambda name, label: label == "a",
    "label <> 'b' AND year < 2010": lambda name, label: label != "b" and year_of(name) < 2010,
    "label = 'n'": lambda name, label: label == "n",
    "year = 2003 OR id = 'r0001'": lambda name, label: year_of(name) == 2003 or name == "r0001",
    "label = 'nobody'": lambda name, label: False,
}
NOISE = 2e-3  # of float16
many = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True)
class Opened:
    """A version, and what is in it."""

    searcher: Searcher
    units: dict[str, np.ndarray]
    labels: dict[str, str | None]


@cache
def opened(shelf: Shelf, kind: str, version: int) -> Opened:
    vectors = shelf.vectors(version)
    units = dict(zip(vectors, unit(list(vectors.values())), strict=True))
    return Opened(shelf.searcher(kind, version), units, dict(shelf.labels(version)))


@pytest.fixture
def index(shelf: Shelf, edition: tuple[str, int]) -> Opened:
    return opened(shelf, *edition)


# ---- what holds for every query ---------------------------------------------------------------------------


@many
@given(
    seeds=st.lists(st.integers(0, 10_000), min_size=1, max_size=4),
    k=st.one_of(st.integers(1, 20), st.sampled_from([100, 500, 1150])),
    where=st.sampled_from(list(WHERE)),
)
def test_every_answer_is_k_rows_that_exist_and_are_wanted(
    index: Opened, seeds: list[int], k: int, where: str | None
) -> None:
    queries = np.concatenate([clusters(1, DIM, seed=seed) for seed in seeds])
    wanted = {name for name, label in index.labels.items() if WHERE[where](name, label)}

    rows, scores = index.searcher.nearest(queries, k, where=where)

    assert rows.shape == scores.shape == (len(seeds), k)
    assert (np.diff(scores[:, : min(k, len(wanted))], axis=1) <= 0).all()
    for query, found, cosines in zip(unit(queries), rows, scores, strict=True):
        there = found[found >= 0]
        names = ids_of(index.searcher, there)
        assert len(set(names)) == len(names) == min(k, len(wanted))
        assert set(names) <= wanted
        assert (found[len(there) :] == -1).all() and np.isneginf(cosines[len(there) :]).all()
        exact = [float(query @ index.units[name]) for name in names]
        np.testing.assert_allclose(cosines[: len(there)], exact, atol=NOISE)


@many
@given(seeds=st.lists(st.integers(0, 10_000), min_size=2, max_size=12, unique=True), k=st.integers(1, 30))
def test_a_query_alone_and_among_others_has_the_same_answer(index: Opened, seeds: list[int], k: int) -> None:
    queries = np.concatenate([clusters(1, DIM, seed=seed) for seed in seeds])

    together, scores = index.searcher.nearest(queries, k)

    for row, query in enumerate(queries):
        alone, cosines = index.searcher.nearest(query[None], k)
        np.testing.assert_allclose(cosines[0], scores[row], atol=1e-6)
        if (np.diff(scores[row]) < -1e-6).all():
            np.testing.assert_array_equal(alone[0], together[row])


def test_a_stored_vector_finds_itself_first(index: Opened) -> None:
    names = list(index.units)
    queries = np.array([index.units[name] for name in names], np.float32)

    rows, scores = index.searcher.nearest(queries, 1)

    assert ids_of(index.searcher, rows[:, 0]) == names
    np.testing.assert_allclose(scores[:, 0], 1, atol=NOISE)


def test_a_row_is_not_among_its_own_neighbours(index: Opened) -> None:
    near = []
    for name in list(index.units)[::30]:
        found = [hit.id for hit in index.searcher.search(id=name, k=5)]
        assert len(found) == 5 and name not in found
        cosines = [float(vector @ index.units[name]) for other, vector in index.units.items() if other != name]
        near.append(float(index.units[found[0]] @ index.units[name]) > max(cosines) - NOISE)
    assert np.mean(near) > 0.97


def test_the_rows_are_those_of_the_table(index: Opened) -> None:
    names = sorted(index.units)
    everything, _ = index.searcher.nearest(np.ones((1, DIM), np.float32), index.searcher.rows)

    found = index.searcher.rows_of(everything[0]).to_pylist()

    assert sorted(row["id"] for row in found) == names
    assert {row["id"]: (row["label"], row["year"]) for row in found} == {
        name: (index.labels[name], year_of(name)) for name in names
    }


# ---- an update --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_deleted_never_comes_back(shelf: Shelf, kind: str) -> None:
    index = opened(shelf, kind, 2)
    queries = np.array([shelf.old_vectors[name] for name in shelf.dropped], np.float32)

    rows, _ = index.searcher.nearest(queries, 200)

    assert not {name for found in rows for name in ids_of(index.searcher, found)} & set(shelf.dropped)
    assert index.searcher.nearest(queries, 10, where=f"id = '{shelf.dropped[0]}'")[0].max() == -1
    with pytest.raises(RequestError, match=f"has no row with the id '{shelf.dropped[0]}'"):
        index.searcher.search(id=shelf.dropped[0])


@pytest.mark.parametrize("kind", KINDS)
def test_what_changed_comes_back_new(shelf: Shelf, kind: str) -> None:
    old, new = opened(shelf, kind, 1).searcher, opened(shelf, kind, 2).searcher
    for name in shelf.moved:
        (hit,) = new.search(vector=np.array(shelf.library.vectors[name], np.float32), k=1)
        assert (hit.id, round(hit.score, 2)) == (name, 1.0)
        (before,) = old.search(vector=np.array(shelf.old_vectors[name], np.float32), k=1)
        assert (before.id, round(before.score, 2)) == (name, 1.0)
    hits = new.search(vector=np.ones(DIM, np.float32), k=20, where="label = 'n'")
    assert sorted(hit.id for hit in hits) == sorted(shelf.relabelled)
    assert not old.search(vector=np.ones(DIM, np.float32), where="label = 'n'")


@pytest.mark.parametrize("kind", KINDS)
def test_the_version_before_answers_as_it_did(shelf: Shelf, kind: str) -> None:
    assert answers(shelf.searcher(kind, 1), shelf.queries) == shelf.old_answers[kind]


# ---- how it is opened and asked ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_threads_get_the_same_answers(shelf: Shelf, kind: str) -> None:
    index = shelf.searcher(kind, 2)
    wheres = [None, "label = 'a'"]
    expected = {where: opened(shelf, kind, 2).searcher.nearest(shelf.queries, 10, where=where)[0] for where in wheres}
    wrong: list[object] = []
    together = threading.Barrier(4)

    def ask(number: int) -> None:
        together.wait()
        for turn in range(4):
            where = wheres[(number + turn) % 2]
            found, _ = index.nearest(shelf.queries, 10, where=where)
            if not np.array_equal(found, expected[where]):
                wrong.append((number, turn))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({"k": 0}, "-k 0: give 1 or more"),
        ({"k": 1231}, "-k 1,231 is more than the 1,230 rows of"),
        ({"vector": np.zeros(DIM, np.float32)}, "a query's vector is zero or not finite"),
        ({"vector": np.full(DIM, np.nan, np.float32)}, "a query's vector is zero or not finite"),
        ({"vector": np.ones(3, np.float32)}, "have 16 dimensions, a query has 3"),
        ({"where": "size = 3"}, "names 'size', no column of"),
        ({"where": ""}, "the condition '' cannot be read"),
        ({"mode": "words"}, "a search by vector has no words: leave out the mode 'words'"),
        ({"id": "r0001"}, "a search takes one of a text, an image, an id and a vector"),
        ({"vector": None, "text": "  "}, "the query is empty"),
        ({"vector": None, "text": "x" * 1_000_000}, "1,000,000 characters long, and 100,000 is the most"),
        ({"vector": None, "text": "x", "mode": "words"}, "has no lexical index"),
        ({"vector": None, "image": b"x"}, "is an index of texts"),
    ],
)
def test_a_query_that_cannot_be_answered(
    shelf: Shelf, asked: dict[str, object], complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Searcher, "encoder", shelf.library.encoder().load())
    query = {"vector": np.ones(DIM, np.float32), **asked}
    with pytest.raises(RequestError) as raised:
        opened(shelf, "ivf", 2).searcher.search(**query)  # type: ignore[arg-type]
    assert complaint in str(raised.value)


# ---- texts ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """Three documents of sentences, of which the first says one thing twice."""
    texts = {
        "d1": "Rain fell. Rain fell. The goal was late.",
        "d2": "The bank lends. Profits fall.",
        "d3": "Hail tonight. The coach is gone.",
    }
    root = tmp_path_factory.mktemp("documents")
    rows = [{"id": name, "text": text, "label": name} for name, text in texts.items()]
    table = heads.embedded(root, rows, read={"chunk": Chunking(unit="sentences", size=1)})
    return Searcher(indexed(table, root / "index"))


@pytest.fixture
def _encoder(documents: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Searcher, "encoder", fakes.text_encoder().load())


@pytest.mark.usefixtures("_encoder")
def test_chunks_come_back_as_their_documents(documents: Searcher) -> None:
    hits = documents.search("Profits fall.", mode="vector", k=3)
    assert (hits[0].id, hits[0].chunk, round(hits[0].score, 5)) == ("d2", "d2#2", 1.0)
    assert sorted(hit.id for hit in hits) == ["d1", "d2", "d3"]
    others = documents.search("Profits fall.", mode="vector", where="label <> 'd2'", k=3)
    assert sorted(hit.id for hit in others) == ["d1", "d3"]
    (words,) = documents.search("coaches", k=5, mode="words")
    assert words.chunk == "d3#2"
    assert words.id == "d3" and 0 < words.score <= 1
    both = documents.search("Profits fall.", k=2)
    assert (both[0].id, both[0].chunk) == ("d2", "d2#2")


def test_words_are_shown_in_the_chunk_that_holds_them_and_that_meets_the_condition(documents: Searcher) -> None:
    def found(query: str, where: str | None = None) -> list[str | None]:
        return [hit.chunk for hit in documents.search(query, k=3, mode="words", where=where)]

    assert found("goal") == ["d1#3"]
    assert found("late rain goal") == ["d1#3"]
    assert found("bank") == found("bank", "label = 'd2'") == ["d2#1"]
    assert found("goal", "text LIKE '%goal%'") == ["d1#3"]
    assert found("goal", "text LIKE '%bank%'") == found("goal", "text LIKE 'Rain%'") == []
    assert found("profits bank", "text LIKE '%fall%'") == ["d2#2"]


@pytest.mark.usefixtures("_encoder")
@pytest.mark.parametrize(
    ("query", "chunk"), [("late goal", "d1#3"), ("fall of the profits", "d2#2"), ("a coach", "d3#2")]
)
def test_a_hybrid_hit_that_its_words_led_to_shows_the_chunk_that_holds_them(
    documents: Searcher, query: str, chunk: str
) -> None:
    assert documents.search(query, k=1)[0].chunk == chunk
    assert documents.search(query, k=1, where="text LIKE '%.'")[0].chunk == chunk


@pytest.mark.usefixtures("_encoder")
def test_a_hybrid_hit_has_the_cosine_of_its_row_and_the_word_score_of_its_document(documents: Searcher) -> None:
    for query in ("Profits and hail fall", "Rain fell.", "nothing of it"):
        vector = unit(fakes.vector_of(query.encode()))[0]
        words = {hit.id: hit.score for hit in documents.search(query, mode="words", k=3)}
        hits = documents.search(query, k=3)

        assert sorted(hit.id for hit in hits) == ["d1", "d2", "d3"]
        for hit in hits:
            (text,) = documents.rows_of([hit.row], ["text"]).column("text").to_pylist()
            exact = float(vector @ unit(fakes.vector_of(text.encode()))[0])
            assert hit.cosine == pytest.approx(exact, abs=NOISE)
            assert hit.words == words.get(hit.id)
    assert not words


@pytest.mark.parametrize("name", ["d1", "d1#1", "d1#2", "d1#3"])
def test_a_document_is_not_among_its_own_neighbours(documents: Searcher, name: str) -> None:
    assert sorted(hit.id for hit in documents.search(id=name, k=2)) == ["d2", "d3"]
