"""The service asked over a socket: answers that equal the searcher's and the model's, and refusals of one line."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from launch.serve.limits import Limits
from launch.serve.query_log import QueryLog
from tests.helpers import embedding
from tests.helpers.indexes import indexed
from tests.launch.conftest import Command, Newsroom, newsroom_environment
from tests.launch.serve.conftest import Client, serving
from transforms.heads.serve.classifier import load_model
from transforms.search.ask.searcher import Searcher


@pytest.fixture(scope="module")
def searcher(news_index: str, bare_newsroom: Newsroom) -> Searcher:
    with newsroom_environment(bare_newsroom.root):
        opened = Searcher(news_index)
        opened.encode(["words"])
    return opened


def pairs(answer: Any) -> list[tuple[str, float]]:
    return [(hit["id"], hit["score"]) for hit in answer["hits"]]


def expected(hits: Any) -> list[tuple[str, float]]:
    return [(hit.id, round(hit.score, 6)) for hit in hits]


@pytest.mark.parametrize("mode", ["hybrid", "vector", "words", None])
def test_words_get_the_answers_of_the_searcher(mode: Any, client: Client, searcher: Searcher) -> None:
    asked: dict[str, Any] = {"text": "a storm over the hills", "k": 7, "where": "label = 'sky'"}
    hits = searcher.search(asked["text"], k=7, mode=mode, where=asked["where"])

    posted = client.post("/api/search", {**asked, "mode": mode})
    got = client.get(
        "/api/search?text=a+storm+over+the+hills&k=7&where=label%20=%20'sky'" + (f"&mode={mode}" if mode else "")
    )

    assert (posted.status, got.status) == (200, 200)
    assert (posted.json["index"], posted.json["version"]) == ("news", 1)
    assert pairs(posted.json) == pairs(got.json) == expected(hits)
    assert len(hits) == 7 and {hit["label"] for hit in posted.json["hits"]} == {"sky"}


def test_ids_and_vectors_get_the_answers_of_the_searcher(client: Client, searcher: Searcher) -> None:
    vector = searcher.vectors_of([3])[0]
    coded = base64.b64encode(vector.astype("<f4").tobytes()).decode()
    (name,) = searcher.rows_of([3], ["id"]).column("id").to_pylist()

    by_numbers = client.post("/api/search", {"vector": vector.tolist(), "k": 4}).json
    by_base64 = client.post("/api/search", {"vector": coded, "k": 4}).json
    similar = client.get(f"/api/similar?id={quote(name)}&k=4").json

    assert pairs(by_numbers) == pairs(by_base64) == expected(searcher.search(vector=vector, k=4))
    assert pairs(similar) == expected(searcher.search(id=name, k=4))
    assert client.get(f"/api/row?id={quote(name)}").json["id"] == name


def test_a_model_gives_the_labels_and_scores_of_its_saved_model(client: Client, newsroom: Newsroom) -> None:
    rows = list(embedding.rows(str(newsroom.table)).values())[:5]
    predicted = load_model(str(newsroom.model)).predict([row["text"] for row in rows])

    by_text = client.post("/api/predict", {"texts": [row["text"] for row in rows]}).json
    by_vector = client.post("/api/predict", {"vectors": [list(map(float, row["embedding"])) for row in rows]}).json

    assert (by_text["model"], by_text["version"], by_text["labels"]) == ("topics", 2, list(predicted.names))
    for answer in (by_text, by_vector):
        assert [one["label"] for one in answer["predictions"]] == predicted.labels
        found = np.array([one["scores"] for one in answer["predictions"]])
        np.testing.assert_allclose(found, predicted.scores, atol=1e-5)


def test_many_at_once_get_each_their_own_answer(client: Client, searcher: Searcher) -> None:
    texts = [f"rain number {at} and a bank" for at in range(24)]

    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda text: client.post("/api/search", {"text": text, "k": 3}).json, texts))

    assert [pairs(answer) for answer in answers] == [expected(searcher.search(text, k=3)) for text in texts]


def test_the_page_its_parts_and_the_description_are_there(client: Client, newsroom: Newsroom) -> None:
    page = client.get("/")
    assert page.status == 200 and b"<title>Vectormill</title>" in page.content
    for part in ("style.css", "main.js", "api.js", "search.js", "results.js", "map.js", "map.css", "icon.svg"):
        assert client.get(f"/page/{part}").status == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "access-control-allow-origin" not in client.get("/health", Origin="https://elsewhere.example").headers
    served = client.get("/api/catalog").json
    assert served["indexes"]["news"]["rows"] == 300
    desks = next(column for column in served["indexes"]["news"]["columns"] if column["name"] == "desk")
    assert desks["values"] == ["north", "south"]
    assert served["models"]["topics"]["labels"] == list(load_model(str(newsroom.model)).labels)
    assert client.get("/health").json == {
        "status": "ok", "indexes": {"news": 1}, "models": {"topics": 2}, "problems": [],
    }  # fmt: skip
    metrics = client.get("/metrics").content.decode()
    assert 'vectormill_version{kind="index",name="news"} 1.0' in metrics
    assert "vectormill_requests_total" in metrics


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ({}, "give one of text, id, vector and image, not none"),
        ({"text": "a", "id": "b"}, "give one of text, id, vector and image, not text and id"),
        ({"text": ""}, "text"),
        ({"text": " "}, "the query is empty"),
        ({"text": "a", "k": 0}, "k: "),
        ({"text": "a", "k": 1_001}, "more than the 1,000"),
        ({"text": "a", "mode": "magic"}, "mode"),
        ({"text": "a", "where": "drop table"}, "no column"),
        ({"text": "a", "where": "1 = "}, "condition"),
        ({"text": "a", "wher": "x"}, "wher"),
        ({"text": "x" * 100_001}, "text"),
        ({"vector": [1.0, 2.0]}, "dimensions"),
        ({"vector": "????"}, "base64"),
        ({"vector": "AAAA"}, "base64"),
        ({"id": "a", "mode": "words"}, "leave out the mode"),
        ({"image": "AAAA"}, "index of texts"),
        ({"image": "A"}, "base64"),
        ([1], ""),
        (b"{", ""),
        (b"\xff\xfe", ""),
        (b'{"text": "\\ud800"}', ""),
        (b'{"vector": [1e999]}', ""),
    ],
)
def test_a_wrong_request_gets_one_line(body: Any, line: str, client: Client) -> None:
    assert line in client.post("/api/search", body).refusal(400)


def test_a_vector_that_has_no_direction_is_refused(client: Client) -> None:
    dim = client.catalog.index(None)[1].current[1].facts["dim"]

    for vector in ([0.0] * dim, [1e39] * dim):
        assert "direction" in client.post("/api/search", {"vector": vector}).refusal(400)


def test_what_is_not_there_gets_404_and_wrong_types_415(client: Client) -> None:
    assert "no index is called 'x'" in client.post("/api/search", {"text": "a", "index": "x"}).refusal(404)
    assert "no row has the id" in client.get("/api/row?id=nobody").refusal(404)
    assert "no picture" in client.get("/api/image?id=nobody").refusal(404)
    assert "no row with the id" in client.get("/api/similar?id=nobody").refusal(400)
    client.get("/nothing").refusal(404)
    client.get("/page/../app.py").refusal(404)
    client.post("/health", {}).refusal(405)
    assert "not text/plain" in client.post("/api/search", b"a", media="text/plain").refusal(415)
    assert "this model takes texts" in client.post("/api/predict", {"images": ["AAAA"]}).refusal(400)
    # The body is the image, not base64 of it.
    assert "this model takes texts" in client.post("/api/predict", b"\xff\xd8", media="image/jpeg").refusal(400)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
fields = st.sampled_from(
    ["index", "model", "text", "id", "vector", "image", "k", "mode", "where", "texts", "vectors", "images"]
)


@settings(max_examples=120, deadline=None)
@given(
    path=st.sampled_from(["/api/search", "/api/predict"]),
    body=st.dictionaries(fields, anything, max_size=4) | anything,
)
def test_no_body_is_a_fault_of_the_service(path: str, body: Any, client: Client) -> None:
    answer = client.post(path, body)

    assert answer.status < 500, (answer, client.notes)
    assert answer.status == 200 or answer.json["error"]


@settings(max_examples=80, deadline=None)
@given(value=st.text(max_size=30), name=st.sampled_from(["text", "id", "where", "k", "vector", "index", "mode", "x"]))
def test_no_address_is_a_fault_of_the_service(value: str, name: str, client: Client) -> None:
    for path in ("/api/search?text=rain&", "/api/row?", "/api/similar?id=n1&", "/api/image?"):
        answer = client.get(f"{path}{name}={quote(value, errors='surrogatepass')}")
        assert answer.status < 500, (answer, client.notes)


def test_a_body_too_large_or_too_slow_is_refused_and_others_are_answered(newsroom: Newsroom, news_index: str) -> None:
    limits = Limits(body_bytes=1_000, seconds=2.0)
    with newsroom_environment(newsroom.root), serving([news_index], limits=limits) as client:
        assert "larger than" in client.post("/api/search", b"x" * 1_001).refusal(413)
        chunked = client.request("POST", "/api/search", iter([b"x" * 600] * 5), {"Content-Type": "application/json"})
        assert "larger than" in chunked.refusal(413)
        # More than fits into what lies between: the sender is done before it reads, and is not cut off.
        assert "larger than" in client.post("/api/predict", b"x" * (30 << 20)).refusal(413)

        address = ("127.0.0.1", client.port)
        with socket.create_connection(address, 60) as slow, socket.create_connection(address, 60) as silent:
            slow.sendall(b"POST /api/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{")
            silent.sendall(b"GET /health HT")
            assert client.get("/health").status == 200
            assert slow.recv(4096).startswith(b"HTTP/1.1 408")
            assert silent.recv(4096) == b""
        assert client.get("/health").status == 200


def test_who_waits_too_long_is_told_and_too_many_are_refused(newsroom: Newsroom, news_index: str) -> None:
    limits = Limits(waiting=2, seconds=3.0)
    may_go = threading.Event()
    with newsroom_environment(newsroom.root), serving([news_index], limits=limits) as client:
        line = client.service._lines["search"]
        work, line.work = line.work, lambda kind, items: (may_go.wait(60), work(kind, items))[1]
        with ThreadPoolExecutor(8) as threads:
            asked = [threads.submit(client.get, "/api/search?text=rain") for _ in range(8)]
            lines = sorted(one.result().refusal(503) for one in asked)
            may_go.set()
        # One is worked on, two wait in vain, five find no place.
        assert [line[:12] for line in lines] == ["no answer wi"] * 4 + ["too many req"] * 4
        assert client.get("/api/search?text=rain").status == 200


def test_a_fault_is_a_line_of_the_log_and_no_secret(newsroom: Newsroom, news_index: str) -> None:
    with newsroom_environment(newsroom.root), serving([news_index]) as client:
        line = client.service._lines["search"]
        work = line.work

        def failing(kind: Any, items: Any) -> Any:
            raise ZeroDivisionError("a secret path")

        line.work = failing
        assert (
            client.get("/api/search?text=rain").refusal(500) == "the service failed on this request: its log says why"
        )
        assert client.notes == ["/api/search: ZeroDivisionError: a secret path"]
        line.work = work
        assert client.get("/api/search?text=rain").status == 200


def test_a_token_and_a_host_are_asked_for(newsroom: Newsroom, news_index: str) -> None:
    token = "correct horse battery staple"
    with newsroom_environment(newsroom.root), serving([news_index], token=token, hosts=["127.0.0.1"]) as client:
        assert "token" in client.get("/api/catalog").refusal(401)
        assert "token" in client.get("/metrics", Authorization="Bearer wrong").refusal(401)
        assert "token" in client.get("/metrics", Authorization="Bearer caf\xe9").refusal(401)
        assert client.get("/api/catalog", Authorization=f"Bearer {token}").status == 200
        assert (client.get("/").status, client.get("/page/main.js").status, client.get("/health").status) == (200,) * 3
        assert "not asked under that name" in client.get("/health", Host="evil.example").refusal(421)


@pytest.mark.parametrize("form", ["plain", "hashed"])
def test_queries_are_logged_in_words_or_as_hashes(
    form: Any, newsroom: Newsroom, news_index: str, tmp_path: Path
) -> None:
    path = tmp_path / "log" / "queries.jsonl"
    with newsroom_environment(newsroom.root), serving([news_index], log=QueryLog(str(path), form)) as client:
        for text in ("naïve rain", "naïve rain", "sun"):
            client.post("/api/search", {"text": text, "k": 3, "mode": "vector"})

    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [(line["index"], line["version"], line["k"], line["mode"]) for line in lines] == [
        ("news", 1, 3, "vector")
    ] * 3
    if form == "plain":
        assert [line["query"] for line in lines] == ["naïve rain", "naïve rain", "sun"]
    else:
        first, second, third = (line["hash"] for line in lines)
        assert first == second != third
        assert "rain" not in path.read_text(encoding="utf-8")
    assert abs(lines[0]["time"] - time.time()) < 3600


def test_imported_vectors_are_served_without_an_encoder(vectormill: Command, tmp_path: Path) -> None:
    vectors = np.random.default_rng(0).standard_normal((40, 8)).astype(np.float32)
    np.save(tmp_path / "v.npy", vectors)
    (tmp_path / "ids.txt").write_text("".join(f"r{at}\n" for at in range(40)))
    table = tmp_path / "table"
    vectormill("import", tmp_path / "v.npy", "--ids", tmp_path / "ids.txt", "--to", table).output()

    with serving([indexed(str(table), tmp_path / "indexes" / "given")]) as client:
        (hit, *_) = client.post("/api/search", {"vector": vectors[7].tolist(), "k": 3}).json["hits"]
        assert hit["id"] == "r7"
        assert len(client.get("/api/similar?id=r7&k=3").json["hits"]) == 3
        assert client.post("/api/search", {"text": "words"}).status == 400
        assert "given has no map" in client.get("/api/map").refusal(404)
        assert "given has no map" in client.get("/api/map/rows?rows=1").refusal(404)
        facts = client.get("/api/catalog").json["indexes"]["given"]
        assert (facts["asks"], facts["modes"]) == ([], [])
