"""`vectormill search`: in words, by an id or an image, of a file, of standard input, at a prompt."""

from __future__ import annotations

import builtins
import datetime
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.helpers import embedding, fakes, heads
from tests.helpers.indexes import indexed
from tests.launch import pictures
from tests.launch.conftest import Command
from transforms.corpus.chunks.chunking import Chunking
from transforms.search.ask.searcher import Searcher

TEXTS = [
    "rain over the hills",
    "a goal in the last minute",
    "the bank lends again",
    "hail and\tthunder [bold]tonight[/]",
    "the coach is gone",
    "profits fall",
]
LABELS = ["sky", "sport", "money", "sky", "sport", None]
ROWS = [
    {
        "id": f"n{at}",
        "text": text,
        "label": label,
        "year": 2000 + at,
        "day": datetime.date(2020, 1, 1 + at),
        "weight": float("nan") if at == 2 else at / 2,
    }
    for at, (text, label) in enumerate(zip(TEXTS, LABELS, strict=True))
]


@pytest.fixture(scope="module")
def news(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An index of six texts with labels, years, days and weights."""
    root = tmp_path_factory.mktemp("news")
    return indexed(heads.embedded(root, ROWS), root / "indexes" / "news")


@pytest.fixture(autouse=True)
def _encoder(vectormill: Command) -> None:
    vectormill.encoders["builtin://fake-text"] = fakes.text_encoder()


def ranked(query: str, names: str = "n0 n1 n2 n3 n4 n5") -> list[tuple[str, float]]:
    """By comparing with every text: ids and cosines, the nearest first."""
    vector = fakes.vector_of(query.encode())
    found = []
    for row in ROWS:
        there = fakes.vector_of(str(row["text"]).encode())
        found.append((str(row["id"]), float(vector @ there / np.linalg.norm(vector) / np.linalg.norm(there))))
    return sorted((pair for pair in found if pair[0] in names.split()), key=lambda pair: -pair[1])


def answers(printed: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in printed.splitlines()]


def found(answer: dict[str, Any]) -> list[tuple[str, float]]:
    return [(hit["id"], hit["score"]) for hit in answer["hits"]]


def assert_ranked(answer: dict[str, Any], expected: list[tuple[str, float]]) -> None:
    assert [name for name, _ in found(answer)] == [name for name, _ in expected]
    assert [score for _, score in found(answer)] == pytest.approx([score for _, score in expected], abs=1e-3)


@pytest.fixture
def ask(vectormill: Command, news: str) -> Callable[..., list[dict[str, Any]]]:
    """`vectormill search NEWS ... --mode vector --json`: its lines."""

    def asked(*arguments: object) -> list[dict[str, Any]]:
        return answers(vectormill("search", news, *arguments, "--mode", "vector", "--json").output())

    return asked


Ask = Callable[..., list[dict[str, Any]]]


def test_kept_columns_that_are_named_like_those_of_a_hit_get_a_free_name(vectormill: Command, tmp_path: Path) -> None:
    rows = [{**row, "score": at, "chunk": "mine", "Words": 7} for at, row in enumerate(heads.news(3))]
    index = indexed(heads.embedded(tmp_path, rows), tmp_path / "indexes" / "news")

    (answer,) = answers(vectormill("search", index, rows[1]["text"], "-k", 1, "--mode", "vector", "--json").output())

    (hit,) = answer["hits"]
    assert (hit["id"], hit["score"], hit["chunk"]) == (rows[1]["id"], 1.0, None)
    assert (hit["kept_score"], hit["kept_chunk"], hit["kept_Words"]) == (1, "mine", 7)


def test_words_find_the_rows_nearest_to_them(ask: Ask) -> None:
    (answer,) = ask("the bank", "lends again", "-k", 3)

    assert answer["query"] == "the bank lends again"
    assert_ranked(answer, ranked("the bank lends again")[:3])
    assert answer["hits"][0] == {
        "id": "n2",
        "score": pytest.approx(1, abs=1e-3),
        "cosine": answer["hits"][0]["score"],
        "words": None,
        "label": "money",
        "text": "the bank lends again",
        "sentence": [0, 20],
        "chunk": None,
        "year": 2002,
        "day": "2020-01-03",
        "weight": None,
    }


def test_all_rows_of_a_small_index_are_found_unless_asked_otherwise(ask: Ask) -> None:
    (answer,) = ask("what else")

    assert_ranked(answer, ranked("what else"))


def test_a_row_finds_those_like_it(ask: Ask) -> None:
    (answer,) = ask("--id", "n4", "-k", 3)

    assert answer["query"] == "n4"
    assert_ranked(answer, ranked(TEXTS[4], "n0 n1 n2 n3 n5")[:3])
    assert fakes.LOADS == []


def test_a_condition_chooses_what_may_be_found(ask: Ask) -> None:
    (answer,) = ask("anything", "--where", "label IN ('sky', 'sport') AND year < 2004")
    assert_ranked(answer, ranked("anything", "n0 n1 n3"))

    assert ask("anything", "--where", "year > 3000") == [{"query": "anything", "hits": []}]


def test_a_file_of_queries_is_answered_in_its_order(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("launch.commands.search._AT_ONCE", 2)
    lines = ["profits fall", "snow", "the coach is gone", "a cup", "rain"]
    (tmp_path / "q.txt").write_text("\ufeffprofits fall\n\n  snow \r\nthe coach is gone\n\t\na cup\nrain")
    printed = ask("--queries", tmp_path / "q.txt", "-k", 2)

    assert [answer["query"] for answer in printed] == lines
    for line, answer in zip(lines, printed, strict=True):
        assert_ranked(answer, ranked(line)[:2])

    objects = [{"text": "snow", "id": 7}, {"text": "rain", "more": 1}]
    (tmp_path / "q.jsonl").write_text("".join(json.dumps(query) + "\n" for query in objects))
    printed = ask("--queries", tmp_path / "q.jsonl", "-k", 1)
    assert [{name: value for name, value in answer.items() if name != "hits"} for answer in printed] == [
        {"query": "snow", "id": "7"},
        {"query": "rain"},
    ]
    assert_ranked(printed[0], ranked("snow")[:1])


def test_what_is_piped_in_is_answered_line_by_line(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("snow\n\nprofits fall\n"))
    printed = ask("-k", 1)

    assert [answer["query"] for answer in printed] == ["snow", "profits fall"]
    assert_ranked(printed[1], ranked("profits fall")[:1])


def test_words_are_looked_up_without_the_encoder(vectormill: Command, news: str) -> None:
    (answer,) = answers(vectormill("search", news, "banks", "rain", "--mode", "words", "--json").output())

    assert {name for name, _ in found(answer)} == {"n0", "n2"}
    assert fakes.LOADS == []


def test_by_default_words_and_meaning_are_asked_together(vectormill: Command, news: str) -> None:
    last = ranked("lending banks")[-1][0]
    word = str(next(row["text"] for row in ROWS if row["id"] == last)).split()[-1]
    far = f"lending banks {word}"
    (vector,), (default,) = (
        answers(vectormill("search", news, far, "--json", *mode).output()) for mode in (["--mode", "vector"], [])
    )

    assert_ranked(vector, ranked(far))
    assert [name for name, _ in found(default)] != [name for name, _ in found(vector)]
    assert {name for name, _ in found(default)} == {row["id"] for row in ROWS}


def test_hybrid_hits_tell_their_cosine_and_their_word_score(vectormill: Command, news: str) -> None:
    (hybrid,), (words,) = (
        answers(vectormill("search", news, "the bank rain", "--json", *mode).output())
        for mode in ([], ["--mode", "words"])
    )

    by_words = dict(found(words))
    assert 0 < len(by_words) < len(ROWS)
    assert {hit["id"]: hit["words"] for hit in hybrid["hits"]} == {
        row["id"]: by_words.get(str(row["id"])) for row in ROWS
    }
    assert {hit["id"]: hit["cosine"] for hit in hybrid["hits"]} == pytest.approx(
        dict(ranked("the bank rain")), abs=1e-3
    )
    scores = [hit["score"] for hit in hybrid["hits"]]
    assert scores == sorted(scores, reverse=True)
    assert all((hit["cosine"], hit["words"]) == (None, hit["score"]) for hit in words["hits"])


def test_a_document_of_chunks_answers_once_and_names_the_chunk(vectormill: Command, tmp_path: Path) -> None:
    texts = {"d1": "Rain fell. A goal was late.", "d2": "The bank lends. Profits fall."}
    rows = [{"id": name, "text": text, "label": "x"} for name, text in texts.items()]
    table = heads.embedded(tmp_path, rows, read={"chunk": Chunking(unit="sentences", size=1)})
    index = indexed(table, tmp_path / "indexes" / "chunks")
    (answer,) = answers(vectormill("search", index, "Profits fall.", "--mode", "vector", "-k", 2, "--json").output())

    assert (answer["hits"][0]["id"], answer["hits"][0]["chunk"]) == ("d2", "d2#2")
    assert answer["hits"][0]["text"] == "Profits fall."
    assert [hit["id"] for hit in answer["hits"]] == ["d2", "d1"]
    assert "parent" not in answer["hits"][0]


def test_a_picture_finds_its_like(vectormill: Command, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    for seed, name in enumerate(("a.jpg", "b.jpg", "c.jpg")):
        (tmp_path / "pictures" / name).write_bytes(pictures.jpeg(seed))
    table = str(tmp_path / "table")
    embedding.embed(embedding.job(tmp_path / "pictures", table, modality="image"))
    index = indexed(table, tmp_path / "indexes" / "pictures")
    vectormill.encoders["builtin://fake-image"] = fakes.image_encoder()
    (answer,) = answers(vectormill("search", index, "--image", tmp_path / "pictures" / "b.jpg", "--json").output())

    assert (answer["hits"][0]["id"], answer["hits"][0]["source"]) == ("b.jpg", "b.jpg")
    assert answer["hits"][0]["score"] == pytest.approx(1, abs=1e-3)
    assert {hit["id"] for hit in answer["hits"]} == {"a.jpg", "b.jpg", "c.jpg"}
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    vectormill("search", index, "--image", tmp_path / "bad.jpg").complaint(2)
    vectormill("search", index, "words").complaint(2)


# ---- on a terminal ----------------------------------------------------------------------------------------


def test_hits_are_shown_a_line_each_within_the_width(
    vectormill: Command, news: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    printed = vectormill("search", news, TEXTS[3], "--mode", "vector", "-k", 6).output().splitlines()

    assert printed[0].split() == ["score", "id", "label", "text"]
    assert printed[1].split() == ["1.000", "n3", "sky", "hail", "and", "thunder", "[bold]tonig…"]
    assert [line.split()[1] for line in printed[1:7]] == [name for name, _ in ranked(TEXTS[3])]
    assert max(map(len, printed[:7])) <= 50
    assert printed[7].startswith("6 hits of 6 rows in ") and printed[7].endswith(
        "s, the loading of the encoder included"
    )
    assert len(printed) == 8


def test_hybrid_hits_are_shown_with_cosine_and_word_score_in_80_columns(
    vectormill: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        {
            "id": f"{'reviews/' * 6}{at}.txt#{at:032}",
            "text": f"{text} and more of it " * 5,
            "label": "a long label " * 3,
        }
        for at, text in enumerate(TEXTS)
    ]
    index = indexed(heads.embedded(tmp_path, rows), tmp_path / "index")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    printed = re.sub(r"\x1b\[\d*m", "", vectormill("search", index, "hail").output()).splitlines()

    assert printed[0].split() == ["score", "cosine", "words", "id", "label", "text"]
    assert max(map(len, printed[:7])) <= 80
    cells = [line.split()[:3] for line in printed[1:7]]
    assert cells[0][2] != "–" and [words for _, _, words in cells[1:]] == ["–"] * 5
    assert all(line.rstrip().endswith("…") for line in printed[1:7])


PAGES: list[dict[str, Any]] = [
    {
        "text": "Rain fell on the hills. The bank lends again. Nobody minded it.",
        "page": 12,
        "heading": "3 Study > 3.2 Results",
    },
    {"text": "A goal was scored late. The coach is gone.", "page": None, "heading": None},
]


def documents(root: Path, **types: Any) -> str:
    """An index of two documents; `types`: of columns that a person gave the names of a document's."""
    columns = {"title": pa.string(), "heading": pa.string(), "page": pa.int32()} | types
    rows = [{"id": f"{name}.pdf", "title": "Report", **row} for name, row in zip("ab", PAGES, strict=True)]
    cast = [
        {
            name: str(value) if value is not None and columns.get(name) == pa.string() else value
            for name, value in row.items()
        }
        for row in rows
    ]
    return indexed(heads.embedded(root, cast, types=columns), root / "indexes" / "documents")


def test_a_hit_in_a_document_says_where_it_stands_and_marks_the_best_sentence(
    vectormill: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = documents(tmp_path)
    monkeypatch.setenv("COLUMNS", "36")
    plain = vectormill("search", index, "bank", "--mode", "words").output().splitlines()
    monkeypatch.setattr("rich.console.Console.is_terminal", True)
    marked = vectormill("search", index, "bank", "--mode", "words").output().splitlines()
    (answer,) = answers(vectormill("search", index, "bank", "--mode", "words", "--json").output())

    assert plain[0] == " score  document"
    assert re.fullmatch(r' 0\.\d{3}  a\.pdf, page 12, "3\.2 Results"', plain[1])
    assert [line.rstrip() for line in plain[2:4]] == ["        … The bank lends again.", "        Nobody minded it."]
    assert plain[4].startswith("1 hit of 2 rows in ")
    assert marked[2].rstrip() == "        … \x1b[1mThe bank lends again.\x1b[0m"
    (hit,) = answer["hits"]
    assert (hit["title"], hit["heading"], hit["page"]) == ("Report", "3 Study > 3.2 Results", 12)
    start, stop = hit["sentence"]
    assert hit["text"][start:stop] == "The bank lends again."


def test_the_nearest_sentence_is_marked_where_vectors_answer(vectormill: Command, tmp_path: Path) -> None:
    index = documents(tmp_path)
    query = "The coach is gone."
    (answer,) = answers(vectormill("search", index, query, "--mode", "vector", "--json").output())
    (tmp_path / "q.txt").write_text(query)
    (batch,) = answers(
        vectormill("search", index, "--queries", tmp_path / "q.txt", "--mode", "vector", "--json").output()
    )

    found = {hit["id"]: hit["text"][slice(*hit["sentence"])] for hit in answer["hits"]}
    assert found["b.pdf"] == query
    pieces = str(PAGES[0]["text"]).replace(". ", ".|").split("|")
    vectors = {piece: fakes.vector_of(piece.encode()) for piece in pieces}
    near = {
        piece: vector @ fakes.vector_of(query.encode()) / np.linalg.norm(vector) for piece, vector in vectors.items()
    }
    assert found["a.pdf"] == max(pieces, key=lambda piece: float(near[piece]))
    assert [hit["sentence"] for hit in batch["hits"]] == [None, None]


def test_hits_in_python_say_where_they_stand(tmp_path: Path) -> None:
    searcher = Searcher(documents(tmp_path))
    first, *others = searcher.search("bank", mode="words")
    second = searcher.search(id="a.pdf", k=1)[0]

    assert (first.id, first.title, first.heading, first.page) == ("a.pdf", "Report", "3 Study > 3.2 Results", 12)
    assert others == [] and first.place == 'a.pdf, page 12, "3.2 Results"'
    assert (second.id, second.title, second.place) == ("b.pdf", "Report", "b.pdf")
    assert searcher.sentences("bank", [first]) == [(24, 45)]
    assert searcher.sentences("zebra", [second]) == [None]  # no word of it is there, and no encoder was loaded


def test_a_persons_own_columns_of_these_names_are_shown_as_any_other(
    vectormill: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    index = documents(tmp_path, page=pa.string())
    printed = vectormill("search", index, "bank", "--mode", "words").output().splitlines()
    (answer,) = answers(vectormill("search", index, "bank", "--mode", "words", "--json").output())

    assert printed[0].split() == ["score", "id", "label", "text"]
    assert printed[1].split()[1:3] == ["a.pdf", "Rain"] and printed[1].rstrip().endswith("Nobody minded it.")
    assert answer["hits"][0]["page"] == "12"


def test_each_of_several_queries_stands_above_its_hits(vectormill: Command, news: str, tmp_path: Path) -> None:
    (tmp_path / "q.txt").write_text("snow\nrain\n")
    printed = (
        vectormill("search", news, "--queries", tmp_path / "q.txt", "--where", "year > 3000").output().splitlines()
    )

    assert printed[0::2] == ["snow", "rain"]
    assert [line.partition(" in ")[0] for line in printed[1::2]] == ["0 hits of 6 rows"] * 2


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _typed(monkeypatch: pytest.MonkeyPatch, lines: Iterator[str]) -> None:
    def read(prompt: str = "") -> str:
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr(sys, "stdin", _Terminal())
    monkeypatch.setattr(builtins, "input", read)


def test_a_prompt_goes_on_after_a_query_that_cannot_be_answered(
    vectormill: Command, news: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _typed(monkeypatch, iter(["profits fall", "x" * 2_000_000, "rain", "", "never read"]))
    outcome = vectormill("search", news, "--mode", "vector", "--json", "-k", 1)

    assert outcome.code == 0
    printed = answers(outcome.out)
    assert [answer["query"] for answer in printed] == ["profits fall", "rain"]
    assert_ranked(printed[0], ranked("profits fall")[:1])
    # What is written to a file has no prompt in it.
    prompts, complaint = outcome.err.split("search> ")[:2], outcome.err.split("search> ")[2]
    assert prompts == ["", ""] and complaint.count("\n") == 1 and len(complaint) < 400


def test_the_end_of_input_ends_a_prompt(vectormill: Command, news: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _typed(monkeypatch, iter([]))
    outcome = vectormill("search", news)

    assert (outcome.code, outcome.out, outcome.err) == (0, "", "search> \n")


# ---- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["rain", "--id", "n1"], "WORDS and --id are given: ask by one of WORDS, --image, --id, --queries"),
        (
            ["--image", "a.png", "--queries", "q"],
            "--image and --queries are given: ask by one of WORDS, --image, --id, --queries",
        ),
        (["--queries", "{tmp}/none"], "--queries {tmp}/none cannot be read: No such file or directory"),
        (["--queries", "{tmp}/empty"], "{tmp}/empty holds no query: it takes one a line"),
        (["--queries", "{tmp}/binary"], "--queries {tmp}/binary is no UTF-8 text, from byte 2"),
        (
            ["--queries", "{tmp}/array.jsonl"],
            '{tmp}/array.jsonl, line 2: no JSON object with a text: {{"id": "q1", "text": "a query"}}',
        ),
        (["--image", "{tmp}/none.png"], "--image {tmp}/none.png cannot be read: No such file or directory"),
    ],
)
def test_what_is_no_query(arguments: list[str], complaint: str, vectormill: Command, news: str, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text(" \n\n")
    (tmp_path / "binary").write_bytes(b"a\n\xff\xfe")
    (tmp_path / "array.jsonl").write_text('\n["text"]\n')
    given = [argument.format(tmp=tmp_path) for argument in arguments]

    assert vectormill("search", news, *given).complaint(2) == complaint.format(tmp=tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        [""],
        ["  "],
        ["--id", "n9"],
        ["rain", "-k", 0],
        ["rain", "-k", 7],
        ["rain", "--where", "label >"],
        ["rain", "--where", "nope = 1"],
        ["rain", "--mode", "loud"],
    ],
)
def test_what_an_index_cannot_answer_is_said_in_one_line(
    arguments: list[object], vectormill: Command, news: str
) -> None:
    assert vectormill("search", news, *arguments).complaint(2)


def test_an_image_is_no_query_of_texts(vectormill: Command, news: str, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    assert vectormill("search", news, "--image", tmp_path / "a.png").complaint(2)


def test_the_line_of_a_query_that_cannot_be_answered_is_named(vectormill: Command, news: str, tmp_path: Path) -> None:
    (tmp_path / "q.txt").write_text(f"snow\n\n{'x' * 2_000_000}\nrain\n")
    complaint = vectormill("search", news, "--queries", tmp_path / "q.txt").complaint(2)

    assert complaint.startswith(f"{tmp_path}/q.txt, line 3: ")


def test_nothing_piped_in_is_no_query(vectormill: Command, news: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    assert vectormill("search", news).complaint(2) == (
        "standard input holds no query: give WORDS, --image, --id or --queries"
    )


def test_no_index(vectormill: Command, tmp_path: Path) -> None:
    assert str(tmp_path / "none") in vectormill("search", tmp_path / "none", "rain").complaint(2)
