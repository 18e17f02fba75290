"""The default mode of an index: chosen by documents that ask for themselves, by judgements, or asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from hypothesis import given
from hypothesis import strategies as st

from pipelines.index import run
from tests.helpers import fakes, heads
from transforms import encoders
from transforms.encoders.spec import Encoder
from transforms.search.ask.fusion import WEIGHT
from transforms.search.ask.searcher import Searcher
from transforms.search.build.mode_choice import WAYS, chosen_way, cross_validated, way_of_documents
from transforms.search.job import IndexJob
from transforms.search.judgements import Judgements
from transforms.table.open import existing

DIM = 64


class _ByNumbers(fakes.FakeEncoder):
    """Knows the numbers in the words of a text, whatever else the words are."""

    def encode(self, items: Any) -> Any:
        return np.array([self._vector(item) for item in items], np.float32)

    def _vector(self, text: str) -> Any:
        numbers = re.findall(r"\d+", text) or ["none"]
        return np.sum([fakes.vector_of(number.encode(), DIM) for number in numbers], axis=0)


@dataclass(frozen=True)
class ByNumbers(fakes.FakeResolved):
    def load(self) -> Encoder:
        return _ByNumbers(self.spec, self.fingerprint)


BY_NUMBERS = ByNumbers(fakes.text_encoder(dim=DIM).spec)
"""Finds a text by another that has its numbers."""
BY_CHANCE = fakes.text_encoder(dim=DIM)
"""Finds a text by itself alone."""


def rows(count: int, *, first: str, rest: str, start: int = 0) -> list[dict[str, Any]]:
    """Documents of two sentences about three numbers, which stand behind `first` in one and behind `rest` in the other."""
    found = []
    for at in range(start, start + count):
        numbers = np.random.default_rng(at).choice(60, 3, replace=False) + 100
        one, other = ([f"{word}{number}" for number in numbers] for word in (first, rest))
        found.append(
            {"id": f"d{at}", "text": f"Look for {' '.join(one)} here. There are {' '.join(other)} in the end."}
        )
    return found


def built(root: Path, table: str, monkeypatch: pytest.MonkeyPatch, encoder: fakes.FakeResolved, **asked: Any) -> Any:
    """What `report.json` of the next version of an index says of its mode."""
    monkeypatch.setattr(encoders, "resolve", lambda name, **_: encoder)
    job = IndexJob(table=table, version=existing(table).version, to=str(root / "index"), kind="exact", **asked)
    outcome = run(job, PipelineOptions([]))
    assert outcome is not None
    return outcome.report["search_mode"]


def test_words_are_left_out_where_they_mislead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = heads.embedded(tmp_path, rows(80, first="ask", rest="tell"), encoder=BY_NUMBERS)

    found = built(tmp_path, table, monkeypatch, BY_NUMBERS)

    assert (found["mode"], found["by"], found["queries"]) == ("vector", "documents", 80)
    assert found["figures"]["words"] < 0.1 < 0.9 < found["figures"]["vector"]
    searcher = Searcher(str(tmp_path / "index"))
    assert searcher.default_mode == "vector" and searcher.weight == found["weight"]
    hits = searcher.search("tell101 tell120", k=5)
    assert [hit.score for hit in hits] == [hit.cosine for hit in hits]


def test_vectors_that_find_nothing_hardly_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = heads.embedded(tmp_path, rows(80, first="word", rest="word"), encoder=BY_CHANCE)

    found = built(tmp_path, table, monkeypatch, BY_CHANCE)

    assert found["figures"]["vector"] < 0.2 < 0.9 < found["figures"]["words"]
    assert found["mode"] in ("words", "hybrid")
    assert found["expected"]["value"] > 0.98 * found["figures"]["words"]


def test_where_both_find_all_the_usual_weight_stays_also_for_a_small_update(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = heads.embedded(tmp_path, rows(80, first="word", rest="word"), encoder=BY_NUMBERS)

    first = built(tmp_path, table, monkeypatch, BY_NUMBERS)
    for number, count in enumerate((4, 8)):
        more = rows(count, first="word", rest="word", start=100 * (number + 1))
        heads.embedded(tmp_path, more, source=f"{number}.parquet", encoder=BY_NUMBERS)
        found = built(tmp_path, table, monkeypatch, BY_NUMBERS)
        if number == 0:
            assert found == {**first, "changed": 4}

    assert (first["mode"], first["weight"], first["rows"], first["changed"]) == ("hybrid", WEIGHT, 80, 0)
    assert (found["rows"], found["changed"], found["queries"]) == (92, 0, 92)


def test_judgements_choose_where_there_are_some_and_what_is_asked_for_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = rows(80, first="ask", rest="tell")
    table = heads.embedded(tmp_path, made, encoder=BY_CHANCE)
    texts = {row["id"]: row["text"].partition(". ")[2] for row in made[:40]}
    judged = Judgements(
        queries={**texts, "q": "nothing"},
        qrels={**{name: {name: 1} for name in texts}, "q": {"d1": 0}},
        unjudged=0,
        unasked=0,
    )

    found = built(tmp_path, table, monkeypatch, BY_CHANCE, judgements=judged)

    assert (found["by"], found["queries"]) == ("judgements", 40)
    assert found["figures"]["vector"] < 0.3 < 0.9 < found["figures"]["words"]
    assert found["mode"] in ("words", "hybrid") and found["expected"]["value"] > 0.9
    again = built(tmp_path, table, monkeypatch, BY_CHANCE, mode="vector")
    assert (again["mode"], again["by"], again["figures"]) == ("vector", "request", {})


def test_few_or_short_texts_leave_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = heads.embedded(tmp_path, [{"id": f"d{at}", "text": f"short text {at}"} for at in range(40)])

    found = built(tmp_path, table, monkeypatch, fakes.text_encoder())

    assert (found["mode"], found["weight"], found["by"], found["figures"]) == ("hybrid", WEIGHT, "default", {})
    assert found["why"] == "only 0 documents have a title or a first sentence, and more text"


@given(st.integers(0, 2**32), st.integers(2, 40))
def test_the_way_that_is_taken_is_within_one_standard_error_of_the_best(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    gains = random.random((len(WAYS), count)) * random.random((len(WAYS), 1))
    taken = chosen_way(gains)
    lost = gains[gains.mean(axis=1).argmax()] - gains[taken]
    assert lost.mean() <= lost.std(ddof=1) / np.sqrt(len(lost)) + 1e-6
    assert cross_validated(gains).shape == (count,)


@given(st.integers(0, len(WAYS) - 1), st.integers(5, 50))
def test_a_way_that_is_always_better_is_taken_whatever_is_usual(at: int, count: int) -> None:
    gains = np.zeros((len(WAYS), count))
    gains[at] = 1
    assert chosen_way(gains) == at
    assert cross_validated(gains).tolist() == [1] * count


def test_documents_that_ask_for_themselves_lean_on_the_vectors() -> None:
    gains = np.zeros((len(WAYS), 40))
    gains[:, ::2] = 1.0
    # All are alike: nothing is known.
    assert WAYS[way_of_documents(gains)] == WEIGHT
    # Words and vectors alone lose three queries, all others none.
    gains[0, :6:2] = gains[-1, :6:2] = 0.0
    assert WAYS[way_of_documents(gains)] == WAYS[-2]
    # A weight that loses six is shown to be worse.
    gains[-2, :12:2] = 0.0
    assert WAYS[way_of_documents(gains)] == WAYS[-3]


def test_one_lucky_query_among_equals_chooses_nothing() -> None:
    gains = np.full((len(WAYS), 20), 0.5)
    gains[0, 0] = 1
    assert WAYS[chosen_way(gains)] == WEIGHT
