"""Connections whose other end does not read: they are closed, and what waits for them is given up."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from launch.serve.limits import Limits
from launch.serve.server import Server, listening
from tests.launch.serve.conftest import PATIENCE

_SIZE = 32 << 20
"""Bytes of an answer: more than the kernel keeps for who does not read."""


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_who_does_not_read_an_answer_is_left() -> None:
    started, asked = threading.Event(), threading.Event()

    async def large_answers(_: Any, __: Any, send: Any) -> None:
        headers = [(b"content-length", str(_SIZE).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        asked.set()
        await send({"type": "http.response.body", "body": bytes(_SIZE)})

    server = Server(large_answers, Limits(seconds=2), started=started.set)
    sock = listening("127.0.0.1", 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
    thread.start()
    try:
        assert started.wait(PATIENCE)
        with socket.create_connection(sock.getsockname()) as idle:
            idle.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert asked.wait(PATIENCE)
            until(lambda: not server.server_state.connections)
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
    assert not thread.is_alive()
