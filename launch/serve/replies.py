"""Makes answers: JSON, and refusals of one line."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response


def reply(value: Any, status: int = 200) -> Response:
    """A value as JSON; NaN and infinity as null."""
    content = orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY, default=str)
    return Response(content, status, media_type="application/json")


def refusal(status: int, line: str) -> Response:
    """An answer that says in one line why a request is refused: `{"error": "..."}`."""
    response = reply({"error": " ".join(line.split())}, status)
    if status == 503:
        response.headers["Retry-After"] = "1"
    return response
