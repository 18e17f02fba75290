"""`vectormill evaluate INDEX`: an index on queries with judgements, alone and against another version."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import vectormill as package
from tests.helpers import cross_encoders, fakes, heads
from tests.helpers.indexes import indexed
from tests.launch.conftest import Command
from transforms.corpus.chunks.chunking import Chunking
from transforms.encoders.hugging_face.cross_encoder import open_cross_encoder
from transforms.search.ask.searcher import Searcher
from transforms.search.evaluate.figures import FIGURES, figures_of

TEXTS = {
    "d1": "rain over the hills",
    "d2": "a goal in the last minute",
    "d3": "the bank lends again",
    "d4": "hail and thunder tonight",
    "d5": "the coach is gone after the last goal",
    "d6": "profits of the bank fall",
}
QUERIES = {"q1": "the last goal", "q2": "thunder", "q3": "the bank", "q4": "nobody judged this"}
QRELS = {"q1": {"d5": 2, "d2": 1}, "q2": {"d1": 1, "d4": 0}, "q3": {"d3": 1, "d6": 1, "D9": 1}, "q5": {"d1": 1}}


@pytest.fixture(autouse=True)
def _encoder(vectormill: Command) -> None:
    vectormill.encoders["builtin://fake-text"] = fakes.text_encoder()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of two versions: the second lacks d6 and has a d7."""
    root = tmp_path_factory.mktemp("evaluated")
    for number, texts in enumerate(
        (TEXTS, {name: text for name, text in TEXTS.items() if name != "d6"} | {"d7": "snow"})
    ):
        table = heads.embedded(root, [{"id": name, "text": text} for name, text in texts.items()])
        if number == 0:
            indexed(table, root / "indexes" / "news")
    package.build_index(table, to=root / "indexes" / "news", rebuild=True)
    return root / "indexes" / "news"


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    return judgements(tmp_path, QUERIES, QRELS)


def judgements(folder: Path, queries: Mapping[str, str], qrels: Mapping[str, Mapping[str, int]]) -> tuple[str, ...]:
    """The options of a file of queries and of one of judgements."""
    written = [json.dumps({"_id": name, "text": text}) for name, text in queries.items()]
    (folder / "queries.jsonl").write_text("\n".join(written))
    judged = [f"{name}\t{document}\t{grade}" for name, own in qrels.items() for document, grade in own.items()]
    (folder / "qrels.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *judged]))
    return ("--queries", str(folder / "queries.jsonl"), "--qrels", str(folder / "qrels.tsv"))


def by_mode(report: dict[str, Any], name: str = "figures") -> dict[str, Any]:
    return {mode["name"]: mode[name] for mode in report["modes"]}


def test_each_mode_has_the_figures_of_its_answers(vectormill: Command, index: Path, files: tuple[str, ...]) -> None:
    report = json.loads(vectormill("evaluate", index / "1", *files, "--json").output())
    searcher = Searcher(str(index / "1"))
    judged = {name: own for name, own in QRELS.items() if name != "q5"}

    assert list(by_mode(report)) == ["hybrid", "vector", "words"]
    for mode, figures in by_mode(report).items():
        found = searcher.search_texts([QUERIES[name] for name in judged], k=6, mode=mode)
        expected = figures_of([[hit.id for hit in hits] for hits in found], list(judged.values()))
        for name in FIGURES:
            assert figures[name]["value"] == pytest.approx(expected[name].mean())
            assert figures[name]["low"] < figures[name]["value"] < figures[name]["high"]
    assert report["against"] is None
    assert report["queries"] == {"judged": 3, "unjudged": 1, "unasked": 1, "relevant": 6, "missing": 1}
    assert report["notes"] == [
        "1 query has no judgement and is left out",
        "1 query that was judged is not among the queries and is left out",
        f"1 of 6 relevant documents is not in {index}/1, first D9: it counts as not found",
    ]


def test_a_version_is_compared_with_the_one_before(
    vectormill: Command, index: Path, files: tuple[str, ...], tmp_path: Path
) -> None:
    said = vectormill("evaluate", index, *files, "--to", tmp_path / "report").output()
    report = json.loads((tmp_path / "report" / "report.json").read_text())

    assert report["index"]["path"] == f"{index}/2"
    assert report["against"]["path"] == f"{index}/1"
    words = next(mode for mode in report["modes"] if mode["name"] == "words")
    assert (words["won"], words["lost"]) == (0, 1)
    assert words["gains"]["ndcg@10"]["value"] == pytest.approx(
        words["figures"]["ndcg@10"]["value"] - words["before"]["ndcg@10"]["value"]
    )
    lost = report["lost"][0]
    assert (lost["id"], lost["text"]) == ("q3", "the bank")
    assert lost["ndcg@10"] < lost["before"]
    wanted = {one["id"]: (one["place"], one["is_missing"], one["text"]) for one in lost["wanted"]}
    assert wanted["d3"][1:] == (False, "the bank lends again")
    assert wanted["d6"] == (None, True, None)
    assert "gain: over " in said and "the bank (q3: " in said and "d6 (not in the index)" in said
    page = (tmp_path / "report" / "report.html").read_text()
    assert "Queries that lost most" in page and "the bank lends again" in page
    assert "first D9: they count as not found." in page


@pytest.mark.parametrize("against", ["1", "{index}/1"])
def test_against_names_a_version_or_an_index(
    vectormill: Command, index: Path, files: tuple[str, ...], against: str
) -> None:
    there = against.format(index=index)
    report = json.loads(vectormill("evaluate", index / "1", *files, "--against", there, "--json").output())
    assert {mode["won"] + mode["lost"] for mode in report["modes"]} == {0}
    assert report["default"]["gain"]["value"] == 0


def test_judgements_may_name_documents_or_their_chunks(vectormill: Command, tmp_path: Path) -> None:
    rows = [
        {"id": "a", "text": "The rain falls. A goal is shot."},
        {"id": "b", "text": "The bank lends. Profits fall."},
    ]
    table = heads.embedded(tmp_path, rows, read={"chunk": Chunking(unit="sentences", size=1)})
    index = indexed(table, tmp_path / "index")
    chunks = Searcher(index).search("profits fall", k=2, mode="words")
    assert (chunks[0].id, chunks[0].chunk) == ("b", "b#2")

    reports = []
    for document, other in (("b", "a"), ("b#2", "a#1")):
        given = judgements(tmp_path, {"q": "profits fall"}, {"q": {document: 1, other: 0, "b#1": 0}})
        reports.append(json.loads(vectormill("evaluate", index, *given, "--json").output()))

    assert by_mode(reports[0]) == by_mode(reports[1])
    assert by_mode(reports[0])["words"]["mrr@10"]["value"] == 1


def test_it_is_a_function_too(index: Path, files: tuple[str, ...]) -> None:
    result = package.evaluate(index, queries=files[1], qrels=files[3], against=index / "1")
    assert result["default"]["mode"] == "hybrid"
    assert {"id", "text", "figures", "before"} == set(result.outcome["by_query"][0])


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["{index}"], "{index} is an index: give --queries FILE and --qrels FILE, its queries and their judgements"),
        (["{index}", "a.table"], "a table is for a model, and {index} is an index: leave it out"),
        (["{index}", "--labels", "a.csv"], "--labels is for a model, and {index} is an index: leave it out"),
        (["{index}", "--against", "7", "{files}"], "--against 7: {index} has no such version: it has 1, 2"),
        (["{index}", "--against", "nowhere", "{files}"], "nowhere holds no index: make one with"),
        (["nowhere", "{files}"], "nowhere holds no index: make one with"),
        (["nowhere", "a.table"], "nowhere holds no model: make one with"),
    ],
)
def test_requests_that_do_not_fit_are_refused(
    vectormill: Command,
    index: Path,
    files: tuple[str, ...],
    arguments: list[str],
    complaint: str,
) -> None:
    names = {"index": index}
    given = [one for word in arguments for one in (files if word == "{files}" else (word.format(**names),))]
    assert vectormill("evaluate", *given).complaint(2).startswith(complaint.format(**names))


def test_judgements_of_other_documents_are_refused(vectormill: Command, index: Path, tmp_path: Path) -> None:
    given = judgements(tmp_path, {"q1": "a goal"}, {"q1": {"corpus.jsonl#1": 1, "corpus.jsonl#2": 0}})
    said = vectormill("evaluate", index, *given).complaint(2)
    assert said.startswith(
        f"none of the 2 ids that {given[3]} judges is in {index}/2: it judges 'corpus.jsonl#1', and the "
    )


def test_an_earlier_version_that_cannot_be_asked_is_noted(
    vectormill: Command, index: Path, files: tuple[str, ...], tmp_path: Path
) -> None:
    shutil.copytree(index, tmp_path / "copy")
    (tmp_path / "copy" / "1" / "dead.parquet").unlink()

    report = json.loads(vectormill("evaluate", tmp_path / "copy", *files, "--json").output())
    assert report["against"] is None
    assert report["notes"][-1].startswith(f"not compared with {tmp_path}/copy/1: ")
    assert "is half an index" in vectormill("evaluate", tmp_path / "copy", *files, "--against", "1").complaint(2)


# ---- a cross-encoder --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    name = f"hf:{cross_encoders.write(tmp_path_factory.mktemp('cross') / 'model')}"
    # TensorFlow says on standard error that it is there.
    open_cross_encoder(name)
    return name


def test_a_cross_encoder_orders_the_first_answers_anew(vectormill: Command, index: Path, cross_encoder: str) -> None:
    asked = ("search", index / "1", "the last goal", "--mode", "vector", "-k", 5, "--json")
    before = json.loads(vectormill(*asked).output())["hits"]
    after = json.loads(vectormill(*asked, "--rerank", cross_encoder, "--rerank-top", 3).output())["hits"]

    scores = open_cross_encoder(cross_encoder).scores("the last goal", [hit["text"] for hit in before[:3]]).tolist()
    order = sorted(range(3), key=lambda at: -scores[at])
    assert [hit["id"] for hit in after] == [*(before[at]["id"] for at in order), before[3]["id"], before[4]["id"]]
    expected = [*(scores[at] for at in order), min(scores), min(scores)]
    assert [hit["score"] for hit in after] == pytest.approx(expected, abs=1e-5)
    assert [hit["cosine"] for hit in after[3:]] == [hit["cosine"] for hit in before[3:]]

    best = Searcher(str(index / "1"), rerank=cross_encoder).search("the last goal", k=1, mode="words")
    assert best[0].score == pytest.approx(max(scores_of(cross_encoder, "the last goal", [TEXTS["d2"], TEXTS["d5"]])))


def scores_of(cross_encoder: str, query: str, texts: list[str]) -> list[float]:
    found: list[float] = open_cross_encoder(cross_encoder).scores(query, texts).tolist()
    return found


def test_it_is_evaluated_beside_the_modes(
    vectormill: Command, index: Path, files: tuple[str, ...], cross_encoder: str
) -> None:
    report = json.loads(vectormill("evaluate", index / "1", *files, "--rerank", cross_encoder, "--json").output())
    searcher = Searcher(str(index / "1"), rerank=cross_encoder)
    judged = {name: own for name, own in QRELS.items() if name != "q5"}
    found = searcher.search_texts([QUERIES[name] for name in judged], k=6)
    expected = figures_of([[hit.id for hit in hits] for hits in found], list(judged.values()))
    assert by_mode(report)["reranked"]["ndcg@10"]["value"] == pytest.approx(expected["ndcg@10"].mean())


def test_a_cross_encoder_that_cannot_be_used_is_refused(
    vectormill: Command, index: Path, tmp_path: Path, cross_encoder: str
) -> None:
    search = ("search", index, "goal", "--rerank")
    assert (
        vectormill(*search, "ms-marco").complaint(2).startswith("--rerank ms-marco: give the folder of a cross-encoder")
    )
    assert (
        vectormill(*search, f"hf:{tmp_path}")
        .complaint(2)
        .startswith(f"half a model in {tmp_path}: there is no config.json")
    )
    said = vectormill("search", index, "--id", "d1", "--rerank", cross_encoder).complaint(2)
    assert said == "--rerank is for queries in words, not for --id: leave it out"
    said = vectormill("search", index, "goal", "--rerank-top", 3).complaint(2)
    assert said == "--rerank-top is for --rerank: give both, or leave it out"
    without = heads.embedded(tmp_path, [{"id": "a", "text": "a goal"}], keep_text=False)
    bare = indexed(without, tmp_path / "bare")
    said = vectormill("search", bare, "goal", "--rerank", cross_encoder).complaint(2)
    assert said == f"{bare}/1 keeps no texts for --rerank to read: embed the table without --drop-text"
