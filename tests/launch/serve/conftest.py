"""A service that answers on this machine, in a thread of the test."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from launch.serve.app import make_app
from launch.serve.catalog import Catalog, open_catalog
from launch.serve.limits import Limits
from launch.serve.query_log import QueryLog
from launch.serve.server import Server, listening
from launch.serve.service import Service
from tests.launch.conftest import Newsroom, newsroom_environment

PATIENCE = 60


@dataclass(frozen=True)
class Answer:
    """What the service sent."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    def refusal(self, status: int) -> str:
        """The one line of a request that is refused with this status."""
        assert self.status == status, self
        line = self.json["error"]
        assert list(self.json) == ["error"] and "\n" not in line and "Traceback" not in line
        return str(line)


@dataclass(frozen=True)
class Client:
    """Asks a running service."""

    port: int
    service: Service
    notes: list[str]

    @property
    def catalog(self) -> Catalog:
        return self.service.catalog

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def get(self, path: str, **headers: str) -> Answer:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, body: Any, *, media: str = "application/json") -> Answer:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.request("POST", path, content, {"Content-Type": media})

    def request(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        connection = self.connect()
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()


@contextmanager
def serving(paths: Sequence[str], *, limits: Limits | None = None, **options: Any) -> Iterator[Client]:
    """A service of these paths; `log`, `hosts` and `token` as of `Service` and `make_app`."""
    log: QueryLog | None = options.pop("log", None)
    service = Service(open_catalog(paths), limits or Limits(), log)
    notes: list[str] = []
    started = threading.Event()
    sock = listening("127.0.0.1", 0)
    app = make_app(service, note=notes.append, **options)
    server = Server(app, service.limits, started=started.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
    thread.start()
    try:
        assert started.wait(PATIENCE)
        yield Client(sock.getsockname()[1], service, notes)
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        service.close()
    assert not thread.is_alive()


@pytest.fixture(scope="session")
def client(newsroom: Newsroom, news_index: str) -> Iterator[Client]:
    """A service of the newsroom's index and model."""
    with newsroom_environment(newsroom.root), serving([news_index, str(newsroom.model)]) as client:
        yield client
