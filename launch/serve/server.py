"""Listens: one process, one event loop; connections that send too slowly or too long a head, or read too slowly, are closed."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http import httptools_impl

from launch.serve.limits import Limits
from launch.serve.replies import refusal
from transforms.common.errors import RequestError

_BACKLOG = 4_096
_IDLE_SECONDS = 30
_PARTING_SECONDS = 10
_LONGEST_ADDRESS = 65_535
"""Bytes; the parser takes no more."""
_LONGEST_HEAD = 1 << 17
_LEAST_READ = 1 << 14
"""Bytes of an answer that must be taken within the time of a request, once it waits to be read."""


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 is any that is free.

    Raises:
      RequestError: the address is not this machine's, or is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except (OSError, OverflowError) as error:
        sock.close()
        why = getattr(error, "strerror", None) or error
        raise RequestError(f"cannot listen on {host}, port {port}: {why}: give another --host or --port") from error
    return sock


class Server(uvicorn.Server):
    """Answers with an application.

    Args:
      started: is called when it listens.
    """

    def __init__(self, app: Any, limits: Limits, *, started: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            http=_bounded(limits),
            lifespan="off",
            log_config=None,
            log_level="error",  # a wrong request is no line of the log
            ws="none",
            proxy_headers=False,  # nothing here asks who the client is
            access_log=False,
            server_header=False,
            backlog=_BACKLOG,
            timeout_keep_alive=_IDLE_SECONDS,
            timeout_graceful_shutdown=_PARTING_SECONDS,
        )
        super().__init__(config)
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._started()


def serve(server: Server, sock: socket.socket) -> None:
    """Answers until Ctrl-C or SIGTERM; then what is being answered is finished. In the main thread."""
    # uvicorn raises the signal that ended it once more, for the handler before its own.
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        server.run(sockets=[sock])
    finally:
        signal.signal(signal.SIGTERM, before)


class _ClosedError(Exception):
    """A request that is not looked at: the connection is closed with a status and a line."""

    def __init__(self, status: int, line: str) -> None:
        super().__init__(line)
        self.status = status


def _bounded(limits: Limits) -> type[httptools_impl.HttpToolsProtocol]:
    """The protocol of a connection, which is closed where the head of a request takes too long, or is too long.

    Where there are too many connections, those that came last are refused. (With uvicorn's own limit all are, the first, too.)
    """

    class Bounded(httptools_impl.HttpToolsProtocol):
        _timer: asyncio.TimerHandle | None = None
        _head = 0  # bytes since a head began, but for those that came with its first ones
        _closed: _ClosedError | None = None
        _is_one_too_many = False
        url = b""  # what comes before a request has none
        _reading: asyncio.TimerHandle | None = None
        _unread = 0  # bytes of answers when they were last looked at

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._is_one_too_many = len(self.connections) > limits.connections
            self._wait()

        def data_received(self, data: bytes) -> None:
            self._head += len(data)
            super().data_received(data)
            if self._timer is not None and self._head > _LONGEST_HEAD and not self.transport.is_closing():
                self._closed = self._too_long()
                self.send_400_response("")

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._head = 0
            self._wait()

        def on_headers_complete(self) -> None:
            self._stop()
            size = sum(len(name) + len(value) + len(b": \r\n") for name, value in self.headers)
            if len(self.url) > _LONGEST_ADDRESS or size > _LONGEST_HEAD:
                self._closed = self._too_long()
            elif self._is_one_too_many:
                self._closed = _ClosedError(503, "too many connections: ask again later")
            if self._closed is not None:
                raise self._closed  # comes back to `data_received` as a fault of the parser
            super().on_headers_complete()

        def send_400_response(self, msg: str) -> None:
            """Closes the connection of what is no request, with the answer of its own that the protocol gives in plain text."""
            self._stop()
            closed = self._closed or _ClosedError(400, "this is no HTTP request")
            response = refusal(closed.status, str(closed))
            response.headers["Connection"] = "close"
            head = b"".join(b"%b: %b\r\n" % pair for pair in response.raw_headers)
            self.transport.write(httptools_impl.STATUS_LINE[closed.status] + head + b"\r\n" + bytes(response.body))
            self.transport.close()

        def _too_long(self) -> _ClosedError:
            if len(self.url) > _LONGEST_ADDRESS:
                return _ClosedError(414, f"the address is longer than {_LONGEST_ADDRESS:,} bytes: send it as a body")
            return _ClosedError(431, f"the head of the request is longer than {_LONGEST_HEAD >> 10} KB")

        def pause_writing(self) -> None:
            super().pause_writing()
            self._watch()

        def resume_writing(self) -> None:
            self._unwatch()
            super().resume_writing()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop()
            self._unwatch()
            super().connection_lost(exc)

        def _watch(self) -> None:
            """Looks after some seconds whether the answers that wait are read."""
            self._unread = self.transport.get_write_buffer_size()
            self._reading = self.loop.call_later(limits.seconds, self._require_reader)

        def _unwatch(self) -> None:
            if self._reading is not None:
                self._reading.cancel()
                self._reading = None

        def _require_reader(self) -> None:
            if self._unread - self.transport.get_write_buffer_size() < _LEAST_READ:
                self.transport.abort()
            else:
                self._watch()

        def _wait(self) -> None:
            self._stop()
            self._timer = self.loop.call_later(limits.seconds, self.transport.close)

        def _stop(self) -> None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    return Bounded
