"""Listens: one process, one event loop; connections that send nothing whole in time are closed."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from launch.serve.limits import Limits
from transforms.common.errors import RequestError

_BACKLOG = 4_096
_IDLE_SECONDS = 30
_PARTING_SECONDS = 10


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
            http=_impatient(limits.seconds),
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=limits.connections,
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


def _impatient(seconds: float) -> type[HttpToolsProtocol]:
    """The protocol of a connection, which is closed where the head of a request takes longer than this to arrive."""

    class Impatient(HttpToolsProtocol):
        _timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._wait()

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self._wait()

        def on_headers_complete(self) -> None:
            self._stop()
            super().on_headers_complete()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop()
            super().connection_lost(exc)

        def _wait(self) -> None:
            self._stop()
            self._timer = self.loop.call_later(seconds, self.transport.close)

        def _stop(self) -> None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

    return Impatient
