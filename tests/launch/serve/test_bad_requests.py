"""What is no request, or a wrong one, byte by byte: the right status, one line, and nothing in the log."""

from __future__ import annotations

import json
import socket
import struct
import zlib
from collections.abc import Iterator

import pytest

from launch.serve.answers import require_few_pixels
from launch.serve.limits import Limits
from launch.serve.query_log import QueryLog
from tests.launch.conftest import Newsroom, newsroom_environment
from tests.launch.serve.conftest import PATIENCE, Client, serving
from transforms.common.errors import RequestError

HEAD = b"Host: localhost\r\nConnection: close\r\n"
JSON = HEAD + b"Content-Type: application/json\r\n"


def sent(client: Client, *pieces: bytes) -> tuple[int, bytes]:
    """The status and body of what comes back for these bytes, until the service closes the connection; 0 where nothing does."""
    with socket.create_connection(("127.0.0.1", client.port), timeout=PATIENCE) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
        except OSError:
            pass  # it answers before all is sent
        received = b""
        try:
            while piece := connection.recv(1 << 16):
                received += piece
        except ConnectionResetError:
            pass
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]) if head else 0, body


def post(body: bytes, *headers: bytes) -> bytes:
    more = b"".join(header + b"\r\n" for header in headers)
    return b"POST /api/search HTTP/1.1\r\n%b%bContent-Length: %d\r\n\r\n%b" % (JSON, more, len(body), body)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"GARBAGE\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00", 400),
        (b"FOO /health HTTP/1.1\r\n" + HEAD + b"\r\n", 400),
        ("GET /é HTTP/1.1\r\n".encode() + HEAD + b"\r\n", 400),
        (b"GET /api/search?text=" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n", 414),
        (b"GET /health HTTP/1.1\r\n" + HEAD + b"X: " + b"b" * 131_200 + b"\r\n\r\n", 431),
        (b"GET /health HTTP/1.1\r\n" + HEAD + b"".join(b"X%d: y\r\n" % i for i in range(13_000)) + b"\r\n", 431),
        (b"\r\n" * 70_000, 431),
        (b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n", 200),
        (b"GET http://localhost/health HTTP/1.1\r\n" + HEAD + b"\r\n", 200),
        (b"PUT /api/search HTTP/1.1\r\n" + HEAD + b"\r\n", 405),
        (b"OPTIONS /api/search HTTP/1.1\r\n" + HEAD + b"\r\n", 405),
        (b"POST /page/app.js HTTP/1.1\r\n" + HEAD + b"Content-Length: 0\r\n\r\n", 405),
        (b"OPTIONS * HTTP/1.1\r\n" + HEAD + b"\r\n", 404),
        (b"GET /page/%00 HTTP/1.1\r\n" + HEAD + b"\r\n", 404),
        (b"GET /page/%ff%fe HTTP/1.1\r\n" + HEAD + b"\r\n", 404),
        (b"GET /page/..%2fapp.py HTTP/1.1\r\n" + HEAD + b"\r\n", 404),
        (b"GET /%zz HTTP/1.1\r\n" + HEAD + b"\r\n", 404),
        (b"GET /api/search?text=rain&text=hail HTTP/1.1\r\n" + HEAD + b"\r\n", 400),
        (b"POST /api/search HTTP/1.1\r\n" + JSON + b"Content-Length: -1\r\n\r\n{}", 400),
        (b"POST /api/search HTTP/1.1\r\n" + JSON + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
        (b"POST /api/search HTTP/1.1\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (post(b"{}", b"Content-Encoding: gzip"), 415),
        (post(b'{"vector": [NaN]}'), 400),
        (post(b'{"vector": [1e400]}'), 400),
        (post(b"[" * 100_000), 400),
        (post(b'{"text": "\\ud800"}'), 400),
        (post(b'{"text": "rain", "where": "' + b"(" * 4_900 + b"1 = 1" + b")" * 4_900 + b'"}'), 400),
        (post(b'{"text": "rain", "k": 1e9}'), 400),
    ],
)
def test_what_is_no_request_gets_its_status_and_one_line(content: bytes, status: int, client: Client) -> None:
    before = len(client.notes)

    found, body = sent(client, content)

    assert (found, len(client.notes)) == (status, before)
    if status >= 400:
        (line,) = json.loads(body).values()
        assert line and "\n" not in line


def test_a_head_without_end_is_cut_off(client: Client) -> None:
    for start, status in ((b"GET /health HTTP/1.1\r\nX: ", 431), (b"GET /", 414)):
        # Who still sends may lose the answer with the connection.
        assert sent(client, start, *[b"b" * (1 << 16)] * 1_000)[0] in (status, 0)
    assert client.get("/health").status == 200


def test_an_upgrade_is_passed_over(client: Client) -> None:
    upgrade = b"Connection: upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nHost: localhost\r\n\r\n"
    assert sent(client, b"GET /health HTTP/1.1\r\n" + upgrade)[0] == 200


def test_connections_beyond_the_limit_are_refused_and_those_before_are_not(newsroom: Newsroom, news_index: str) -> None:
    with newsroom_environment(newsroom.root), serving([news_index], limits=Limits(connections=2)) as client:
        first, second = client.connect(), client.connect()
        for connection in (first, second):
            connection.request("GET", "/health")
            assert connection.getresponse().read()
        answer = client.get("/health")
        assert "too many connections" in answer.refusal(503) and answer.headers["retry-after"] == "1"
        first.request("GET", "/health")
        assert first.getresponse().status == 200
        first.close()
        second.close()


def test_small_files_of_many_pixels_are_refused_before_they_are_decoded() -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 10_000, 10_000, 8, 0, 0, 0, 0))
    png = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    require_few_pixels([png] * 4 + [b"", b"no image"])
    with pytest.raises(RequestError, match="500,000,000 pixels in all"):
        require_few_pixels([png] * 5)


def test_refusals_say_names_and_no_folders(client: Client, news_index: str) -> None:
    for asked in ({"id": "nobody"}, {"text": "rain", "where": "nothing = 1"}, {"image": "AAAA"}):
        line = client.post("/api/search", asked).refusal(400)
        assert "news" in line and "/" not in line


@pytest.fixture
def full_disk() -> Iterator[QueryLog]:
    log = QueryLog("/dev/full", "plain")
    yield log
    log.close()


def test_a_log_that_cannot_be_written_costs_no_answer(newsroom: Newsroom, news_index: str, full_disk: QueryLog) -> None:
    with newsroom_environment(newsroom.root), serving([news_index], log=full_disk) as client:
        assert client.get("/api/search?text=rain").status == 200
        health = client.get("/health").json
        assert health["status"] == "ok" and health["problems"] == ["queries are not logged: No space left on device"]
