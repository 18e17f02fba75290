"""Reads the body of a request within bounds of size and time."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from launch.serve.limits import Limits


class RefusedUnread(Response):
    """The answer to a request whose body is too large. What still comes of it is read, for some seconds, and thrown away.

    A connection that is closed while the other side sends is reset, and who sends would not see the answer.
    """

    def __init__(self, refusal: Response, seconds: float) -> None:
        super().__init__(bytes(refusal.body), refusal.status_code, dict(refusal.headers))
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(_thrown_away(receive), self._seconds)
        await send({"type": "http.response.body", "body": b""})


async def _thrown_away(receive: Receive) -> None:
    while (await receive()).get("more_body"):  # that of a client who left has none
        pass


class TooLargeError(Exception):
    """The body is larger than the service takes."""


class TooSlowError(Exception):
    """The body did not arrive in time."""


async def body_of(request: Request, limits: Limits) -> bytes:
    """The whole body.

    Raises:
      TooLargeError: it is larger than `limits.body_bytes`.
      TooSlowError: it is not there within `limits.seconds`.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limits.body_bytes:
        raise TooLargeError
    task = asyncio.current_task()
    assert task is not None
    is_late = False

    def expire() -> None:
        nonlocal is_late
        is_late = True
        task.cancel()

    # `asyncio.wait_for` would make another task for each request.
    timer = asyncio.get_running_loop().call_later(limits.seconds, expire)
    try:
        return await _read(request, limits.body_bytes)
    except asyncio.CancelledError as error:
        if is_late:
            raise TooSlowError from error
        raise
    finally:
        timer.cancel()


async def _read(request: Request, most: int) -> bytes:
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > most:
            raise TooLargeError
        pieces.append(piece)
    return b"".join(pieces)
