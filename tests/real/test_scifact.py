"""Queries of SciFact with their judgements: the figures of `evaluate INDEX` are those of trec_eval."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import pytrec_eval

import vectormill
from tests.helpers import fakes, heads
from tests.helpers.indexes import indexed
from transforms import encoders
from transforms.search.ask.searcher import Searcher
from transforms.search.judgements import read_judgements

pytestmark = pytest.mark.real

OTHERS = 300


def test_figures_are_those_of_trec_eval(corpora: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "resolve", lambda name, **_: fakes.text_encoder())
    files = [str(corpora / "scifact" / name) for name in ("queries.jsonl", "qrels/test.tsv")]
    judgements = read_judgements(*files)
    assert len(judgements.queries) == 300
    judged = {document for grades in judgements.qrels.values() for document in grades}
    with (corpora / "scifact" / "corpus.jsonl").open(encoding="utf-8") as lines:
        documents = [json.loads(line) for line in lines]
    kept = [one for at, one in enumerate(documents) if at < OTHERS or one["_id"] in judged]
    rows = [{"id": one["_id"], "text": f"{one['title']} {one['text']}"} for one in kept]
    index = indexed(heads.embedded(tmp_path, rows), tmp_path / "index")

    result = vectormill.evaluate(index, queries=files[0], qrels=files[1])

    evaluator = pytrec_eval.RelevanceEvaluator(judgements.qrels, {"ndcg_cut.10", "recall.100"})
    first_ten = pytrec_eval.RelevanceEvaluator(judgements.qrels, {"recip_rank"})
    searcher = Searcher(index)
    for mode in result["modes"]:
        found = searcher.search_texts(list(judgements.queries.values()), k=100, mode=mode["name"])
        runs = {
            query: {hit.id: -float(place) for place, hit in enumerate(hits)}
            for query, hits in zip(judgements.queries, found, strict=True)
        }
        scores = evaluator.evaluate(runs)
        tops = first_ten.evaluate({query: dict(list(run.items())[:10]) for query, run in runs.items()})
        expected = {
            "ndcg@10": sum(score["ndcg_cut_10"] for score in scores.values()) / 300,
            "mrr@10": sum(score["recip_rank"] for score in tops.values()) / 300,
            "recall@100": sum(score["recall_100"] for score in scores.values()) / 300,
        }
        assert {name: figure["value"] for name, figure in mode["figures"].items()} == pytest.approx(expected, abs=1e-6)
    assert result["modes"][-1]["figures"]["ndcg@10"]["value"] > 0.6
