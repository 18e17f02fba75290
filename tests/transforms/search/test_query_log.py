"""Files of logged queries: equal ones are counted, what is no query is left out and counted, and what says nothing is refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from launch.serve.query_log import QueryLog
from transforms.common.errors import RequestError
from transforms.search import query_log
from transforms.search.query_log import read_query_log


def line(query: str, **facts: Any) -> str:
    return json.dumps({"time": 1.0, "query": query, "index": "news", "version": 1, "k": 10, "mode": None} | facts)


def written(path: Path, *lines: str | bytes) -> str:
    content = b"\n".join(one if isinstance(one, bytes) else one.encode() for one in lines) + b"\n"
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return str(path)


def test_what_the_service_logs_is_read_from_plain_and_gzip_files(tmp_path: Path) -> None:
    log = QueryLog(str(tmp_path / "queries.jsonl"), "plain")
    for text in ("rain", "Grüße", "rain"):
        log.add(text, index="news", version=1, k=10, mode=None)
    log.close()
    older = written(tmp_path / "older.jsonl.gz", line("rain"), "", line("goal"))

    found = read_query_log([str(tmp_path / "queries.jsonl"), older], index="news")

    assert found.times == {"rain": 3, "Grüße": 1, "goal": 1}
    assert (found.distinct, found.asked, found.broken, found.hashed) == (3, 5, 0, 0)


def test_what_is_no_query_is_counted_and_left_out(tmp_path: Path) -> None:
    bad = ("no JSON", "[]", "{}", line("  "), b'{"query": "\\ud800"}', b"\xff\xfe", "[" * 50_000, '{"query": 3}')
    path = written(
        tmp_path / "log", *bad, line("rain"), line("goal", mode="words"), '{"hash": "00ff"}', "x" * (3 << 20)
    )

    found = read_query_log([path], index="news")

    assert found.times == {"rain": 1}
    assert (found.hashed, found.asked) == (1, 1)
    assert found.broken >= len(bad) + 1


def test_of_many_a_sample_by_hash_is_taken_that_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_log, "MOST_QUERIES", 10)
    lines = [line(f"query {number}") for number in range(100)]
    some = read_query_log([written(tmp_path / "some", *lines[:50])], index="news").times
    more = read_query_log([written(tmp_path / "more", *reversed(lines), *lines[:3])], index="news")

    assert len(some) == len(more.times) == 10 and more.distinct == 100 and more.asked == 103
    assert {text for text in more.times if int(text.split()[1]) < 50} <= set(some)


def test_queries_of_other_indexes_do_not_count(tmp_path: Path) -> None:
    one = written(tmp_path / "one", line("rain", index="renamed"))
    two = written(tmp_path / "two", line("goal"), line("bank", index="b"))

    assert read_query_log([one], index="news").times == {"rain": 1}
    assert read_query_log([one, two], index="news").times == {"goal": 1}
    with pytest.raises(RequestError, match="queries are of the indexes b, news, and none is called other"):
        read_query_log([two], index="other")


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (['{"hash": "00ff"}'] * 3, "as hashes, which nobody can ask again"),
        ([], "no line is a query"),
        (["rain", "goal"], "no line is a query"),
    ],
)
def test_files_without_any_query_are_refused(lines: list[str], why: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=why):
        read_query_log([written(tmp_path / "log", *lines)], index="news")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(line("rain").encode() * 100)[:-20])
    for path in (tmp_path / "none", tmp_path, cut):
        with pytest.raises(RequestError, match=r"--query-log .* cannot be read"):
            read_query_log([str(path)], index="news")
