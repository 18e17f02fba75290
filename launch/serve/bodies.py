"""Reads the body of a request within bounds of size and time."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from launch.serve.limits import Limits


class TooLargeError(Exception):
    """The body is larger than the service takes."""


class TooSlowError(Exception):
    """The body did not arrive in time."""


async def body_of(request: Request, limits: Limits) -> bytes:
    """The whole body.

    Raises:
      TooLargeError: it is larger than `limits.body_bytes`; no more of it is read.
      TooSlowError: it is not there within `limits.seconds`.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limits.body_bytes:
        raise TooLargeError
    try:
        return await asyncio.wait_for(_read(request, limits.body_bytes), limits.seconds)
    except asyncio.TimeoutError as error:
        raise TooSlowError from error


async def _read(request: Request, most: int) -> bytes:
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > most:
            raise TooLargeError
        pieces.append(piece)
    return b"".join(pieces)
