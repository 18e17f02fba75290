"""Queries and judgements in the formats of BEIR and TREC, and what is refused."""

from __future__ import annotations

import gzip
from pathlib import Path

from pytest import mark, raises

from transforms.common.errors import RequestError
from transforms.search.judgements import Judgements, read_judgements, read_qrels, read_queries


def written(tmp_path: Path, name: str, content: str | bytes) -> str:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


@mark.parametrize(
    ("name", "content"),
    [
        ("q.jsonl", '{"_id": "1", "text": "one wing"}\n\n{"_id": 2, "text": "two", "metadata": {}}\n'),
        (
            "q.jsonl.gz",
            gzip.compress(b'{"id": "1", "text": "one wing"}\r\n{"query_id": "2", "query": "two"}\r\n', mtime=0),
        ),
        ("q.tsv", "\ufeff1\tone wing\r\n2\ttwo\r\n"),
        ("q.txt", "1\tone wing\n2\t two \n".encode("utf-16")),
    ],
)
def test_queries_are_read_with_their_ids(tmp_path: Path, name: str, content: str | bytes) -> None:
    assert read_queries(written(tmp_path, name, content)) == {"1": "one wing", "2": "two"}


@mark.parametrize(
    "content",
    [
        "query-id\tcorpus-id\tscore\n1\td 1\t2\n1\td2\t0\n2\td 1\t1\n",
        "1\td 1\t2\n1\td2\t-1\n2\td 1\t1.0\n",
        "1\t0\td 1\t2\r\n1\tQ0\td2\t-2\r\n2\t0\td 1\t1\r\n",
    ],
)
def test_judgements_are_read_as_beir_and_trec_write_them(tmp_path: Path, content: str) -> None:
    assert read_qrels(written(tmp_path, "qrels", content)) == {"1": {"d 1": 2, "d2": 0}, "2": {"d 1": 1}}


def test_trec_lines_may_be_divided_by_blanks(tmp_path: Path) -> None:
    assert read_qrels(written(tmp_path, "qrels", "1 0 d1 1\n1   0   d2  0\n")) == {"1": {"d1": 1, "d2": 0}}


def test_only_queries_that_were_asked_and_judged_are_given(tmp_path: Path) -> None:
    queries = written(tmp_path, "q.tsv", "3\tthree\n1\tone\n2\ttwo\n")
    qrels = written(tmp_path, "qrels", "1 0 d1 1\n3 0 d2 1\n4 0 d1 1\n")
    expected = Judgements(
        queries={"3": "three", "1": "one"}, qrels={"1": {"d1": 1}, "3": {"d2": 1}}, unjudged=1, unasked=1
    )
    assert read_judgements(queries, qrels) == expected


@mark.parametrize(
    ("name", "content", "said"),
    [
        ("q.tsv", "one wing\n", "line 1: no query with an id"),
        ("q.jsonl", '{"text": "x"}\n', "line 1: no query with an id"),
        ("q.jsonl", "[1]\n", "line 1: no query with an id"),
        ("q.jsonl", "1\tx\n", "line 1: no JSON object"),
        ("q.tsv", "1\tone\n1\ttwo\n", "line 2: there is another query with the id '1'"),
        ("q.tsv", "\n", "holds no query"),
        ("q.tsv.gz", b"\x1f\x8b\x08cut", "cannot be read"),
    ],
)
def test_what_is_no_file_of_queries_is_refused(tmp_path: Path, name: str, content: str | bytes, said: str) -> None:
    with raises(RequestError, match=said):
        read_queries(written(tmp_path, name, content))


@mark.parametrize(
    ("content", "said"),
    [
        ("1 d1\n", "line 1: a judgement has three columns"),
        ("a b c\n1 d1 high\n", "line 2: the grade 'high' is no whole number"),
        ("1 d1 0.5\n1 d1 0.5\n", "line 2: the grade '0.5' is no whole number"),
        ("1 0 d1 1\n1 0 d1 2\n", "line 2: 'd1' is judged twice for the query '1'"),
        ("query-id\tcorpus-id\tscore\n", "holds no judgement"),
    ],
)
def test_what_is_no_file_of_judgements_is_refused(tmp_path: Path, content: str, said: str) -> None:
    with raises(RequestError, match=said):
        read_qrels(written(tmp_path, "qrels", content))


def test_files_whose_ids_do_not_match_are_refused(tmp_path: Path) -> None:
    queries, qrels = written(tmp_path, "q.tsv", "q1\tone\n"), written(tmp_path, "qrels", "1 0 d1 1\n")
    with raises(RequestError, match=r"its first id is 'q1'.*its first is '1'"):
        read_judgements(queries, qrels)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with raises(RequestError, match="cannot be read"):
        read_queries(str(tmp_path / "none.tsv"))
