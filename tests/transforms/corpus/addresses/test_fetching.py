"""Fetching and checking addresses, against a server that misbehaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.helpers.web_server import WebServer, web_server
from transforms.corpus.addresses.fetching import Fetched, Fetcher
from transforms.corpus.addresses.options import FetchOptions

JPEG = b"\xff\xd8\xff" + bytes(1000)
QUICK = FetchOptions(
    allow_private=True,
    max_bytes=1_000_000,
    connect_seconds=0.3,
    silence_seconds=0.2,
    total_seconds=5.0,
    rate_seconds=0.15,
    backoff_seconds=0.01,
    max_retry_after=0.05,
)
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


def fetched(*addresses: str, options: FetchOptions = QUICK) -> list[Fetched]:
    with Fetcher(options) as fetcher:
        return [future.result(10) for future in fetcher.fetch(addresses)]


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
    options = replace(QUICK, tries=1)
    (found,) = fetched(server.url(path), options=options)
    assert (found.body, found.state.error) == (None, error)


def test_images_come_in_order_whatever_the_way(server: WebServer) -> None:
    paths = ["/ok/0.jpg", "/hop/hop/ok/1.jpg", "/flaky/2.jpg", "/gzipped/0.jpg", "/plain/1.jpg", "/dated/2.jpg"]
    assert [found.body for found in fetched(*map(server.url, paths))] == [JPEG + bytes([n]) for n in (0, 1, 2, 0, 1, 2)]
    assert server.asked["/flaky/2.jpg"] == 3
