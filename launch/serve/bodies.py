"""Reads the body of a request within bounds of size and time."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from launch.serve.limits import Limits

_PASSED_OVER = 10
"""A body of up to so many times the limit is read to its end, and not kept: who still sends would not see the answer."""


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
    if declared.isdecimal() and int(declared) > _PASSED_OVER * limits.body_bytes:
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
        if size > _PASSED_OVER * most:
            raise TooLargeError
        if size <= most:
            pieces.append(piece)
        else:
            pieces.clear()
    if size > most:
        raise TooLargeError
    return b"".join(pieces)
