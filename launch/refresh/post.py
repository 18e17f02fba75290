"""Sends JSON to an address of the web, and waits no longer than it is asked to."""

from __future__ import annotations

import json
import threading
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from transforms.common.errors import RequestError, one_line


def require_address(given: str) -> str:
    """The address as it is given.

    Raises:
      RequestError: it is none of http:// or https://.
    """
    if not given.startswith(("http://", "https://")):
        raise RequestError(f"{given}: an address starts with http:// or https://")
    return given


def post(address: str, content: Any, *, seconds: float) -> str:
    """Sends the content, and gives what went wrong in one line, "" where nothing did.

    It takes `seconds` at most, whatever the other side does: a name that is not found, a connection that nobody accepts, an
    answer that comes byte by byte. What is still under way then is left behind in a thread that ends with the process.
    """
    outcome: list[str] = []

    def send() -> None:
        try:
            request = Request(
                require_address(address),
                data=json.dumps(content, default=str).encode(),
                headers={"Content-Type": "application/json"},
                method="POST",
            )
            with urlopen(request, timeout=seconds + 1):
                outcome.append("")
        except HTTPError as error:
            outcome.append(f"it answers {error.code} {error.reason}")
        except (OSError, ValueError, HTTPException, RequestError) as error:
            outcome.append(one_line(error))

    thread = threading.Thread(target=send, daemon=True, name="post")
    thread.start()
    thread.join(seconds)
    return outcome[0] if outcome else f"it has not answered within {seconds:g} s"
