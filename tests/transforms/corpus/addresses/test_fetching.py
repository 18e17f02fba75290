"""Fetching and checking addresses, against a server that misbehaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.helpers.web_server import WebServer, web_server
from transforms.corpus.addresses.fetching import Fetched, Fetcher
from transforms.corpus.addresses.options import FetchOptions
from transforms.corpus.items import content_hash

JPEG = b"\xff\xd8\xff" + bytes(1000)
LOCAL = FetchOptions(
    allow_private=True,
    max_bytes=1_000_000,
    connect_seconds=60.0,
    silence_seconds=60.0,
    rate_seconds=60.0,
    backoff_seconds=0.01,
    max_retry_after=0.05,
)
"""Does not wait between two tries, and waits long for an answer: a busy machine is no fault of a server."""
IMPATIENT = {
    "/slow": replace(LOCAL, rate_seconds=0.15),
    **dict.fromkeys(("/slow-head", "/silent", "/stalls"), replace(LOCAL, connect_seconds=0.3, silence_seconds=0.2)),
}
"""By path of the server: what is needed to see that it is slow."""
IMAGES = {
    f"/{kind}/{n}.jpg": JPEG + bytes([n])
    for kind in ("ok", "plain", "dated", "flaky", "gzipped", "opted-out")
    for n in range(3)
}


@pytest.fixture(scope="module")
def shared_server() -> Iterator[WebServer]:
    with web_server(IMAGES) as server:
        yield server


@pytest.fixture
def server(shared_server: WebServer) -> WebServer:
    shared_server.forget_counts()
    return shared_server


def fetched(*addresses: str, options: FetchOptions = LOCAL) -> list[Fetched]:
    with Fetcher(options) as fetcher:
        return [future.result(60) for future in fetcher.fetch(addresses)]


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/status/404", "HttpStatus: 404 Not Found"),
        ("/status/410", "HttpStatus: 410 Gone"),
        ("/status/503", "HttpStatus: 503 Service Unavailable"),
        ("/status/599", "HttpStatus: 599"),
        ("/for-ever/0", "TooManyRedirects: it redirects more than 5 times"),
        ("/page/cat.jpg", "NotAnImage: it is a page of HTML of 37 bytes"),
        ("/to/ftp://example.org/a.jpg", "BadRedirect: it redirects to ftp address, which is not followed"),
        ("/to/file:///etc/passwd", "BadRedirect: it redirects to file address, which is not followed"),
        ("/slow", "TooSlow: it sends fewer than 1,024 bytes a second"),
        ("/slow-head", "TimedOut: its server does not answer in time"),
        ("/silent", "TimedOut: its server does not answer in time"),
        ("/stalls", "TimedOut: its server does not answer in time"),
        ("/endless", "TooLarge: it has more than 1,000,000 bytes: --max-image-bytes sets the limit"),
        ("/large", "TooLarge: it has more than 1,000,000 bytes: --max-image-bytes sets the limit"),
        ("/bomb", "TooLarge: it has more than 1,000,000 bytes: --max-image-bytes sets the limit"),
        ("/cut", "CutOff: its body ends too soon"),
        ("/brotli", "BadEncoding: its body is compressed by br, which was not asked for"),
        ("/reset", "NoConnection: its server closed the connection"),
        ("/no-http", "BadAnswer: its server's answer cannot be understood (ClientResponseError)"),
        ("/opted-out/1.jpg", "OptedOut: its server opts out: X-Robots-Tag: noai"),
    ],
)
def test_what_misbehaves_fails_with_its_kind(server: WebServer, path: str, error: str) -> None:
    options = replace(IMPATIENT.get(path, LOCAL), tries=1)
    (found,) = fetched(server.url(path), options=options)
    assert (found.body, found.state.error) == (None, error)


def test_images_come_in_order_whatever_the_way(server: WebServer) -> None:
    paths = ["/ok/0.jpg", "/hop/hop/ok/1.jpg", "/flaky/2.jpg", "/gzipped/0.jpg", "/plain/1.jpg", "/dated/2.jpg"]
    assert [found.body for found in fetched(*map(server.url, paths))] == [JPEG + bytes([n]) for n in (0, 1, 2, 0, 1, 2)]
    assert server.asked["/flaky/2.jpg"] == 3


def test_a_host_has_few_connections_at_once_and_knows_who_asks() -> None:
    options = replace(LOCAL, per_host=3, connections=16, user_agent="Mine/1.0 (me@example.org)")
    with web_server(IMAGES) as server:
        fetched(*(server.url(f"/ok/{n % 3}.jpg") for n in range(60)), options=options)
        assert server.most_open <= 3 and server.agents == {"Mine/1.0 (me@example.org)"}


def test_what_asks_to_wait_is_asked_again_so_often_and_no_more(server: WebServer) -> None:
    (found,) = fetched(server.url("/status/503"), options=replace(LOCAL, tries=4))
    assert found.state.kind == "HttpStatus" and found.state.may_pass and server.asked["/status/503"] == 4
    (found,) = fetched(server.url("/status/404"), options=replace(LOCAL, tries=4))
    assert not found.state.may_pass and server.asked["/status/404"] == 1


def test_a_host_that_fails_always_is_not_asked_for_each_of_its_addresses(server: WebServer) -> None:
    addresses = [server.url(f"/reset/{n}") for n in range(400)]
    found = fetched(*addresses, server.url("/reset/last"), options=replace(LOCAL, tries=2))
    assert {each.state.kind for each in found} == {"NoConnection"}
    assert sum(server.asked.values()) < 200


def test_bytes_in_memory_are_bounded_and_nothing_waits_for_ever(shared_server: WebServer) -> None:
    large = {f"/ok/large-{n}.jpg": JPEG + bytes(200_000) + bytes([n]) for n in range(40)}
    shared_server.images |= large
    options = replace(LOCAL, buffer_bytes=500_000, per_host=8)
    with Fetcher(options) as fetcher:
        futures = fetcher.fetch([shared_server.url(path) for path in large])
        most = 0
        for future, image in zip(futures, large.values(), strict=True):
            found = future.result(60)
            assert found.body == image and fetcher._client is not None
            most = max(most, fetcher._client.budget.used)
            fetcher.used(found)
        # One image and a piece of each connection may be above it.
        assert most <= 500_000 + 201_004 + 8 * (128 << 10)


def test_the_state_of_an_address_says_what_the_next_check_needs(server: WebServer) -> None:
    (found,) = fetched(server.url("/ok/0.jpg"))
    assert found.state.content == content_hash(JPEG + b"\0", modality="image") and found.state.length == len(JPEG) + 1
    assert found.state.etag and found.state.last_modified and found.state.error is None
    server.forget_counts()
    with Fetcher(LOCAL) as fetcher:
        ((_, same), (_, new)) = fetcher.check([(found.state.address, found.state), (server.url("/ok/1.jpg"), None)])
    assert same is not None and same.is_same and new is None
    assert server.asked == {"/ok/0.jpg": 1} and not server.bodies


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/ok/0.jpg?sig=a%2Fb%3D&x=%7e", "/ok/0.jpg?sig=a%2Fb%3D&x=%7e"),
        ("/hop/ok/0.jpg?u=%3A%2f;", "/hop/ok/0.jpg?u=%3A%2f;"),
        ("/b\u00e4r.jpg", "/b%C3%A4r.jpg"),
        ("/a b.jpg", "/a%20b.jpg"),
        ("?x#part", "/?x"),
    ],
)
def test_an_address_is_asked_for_to_the_letter(server: WebServer, path: str, sent: str) -> None:
    fetched(server.url(path), options=replace(LOCAL, tries=1))
    assert sent in server.asked
