"""Makes `FetchOptions` of the options that say how web addresses are asked."""

from __future__ import annotations

from transforms.common.errors import RequestError
from transforms.corpus.addresses.options import USER_AGENT, FetchOptions


def fetch_options(
    *, connections: int, per_host: int, max_image_bytes: int, allow_private: bool, user_agent: str | None
) -> FetchOptions:
    """How web addresses are asked.

    Raises:
      RequestError: the user agent cannot stand in a request.
    """
    if user_agent is not None and not (user_agent.isascii() and user_agent.isprintable() and user_agent.strip()):
        raise RequestError("--user-agent: write it in printable ASCII characters, for example 'name/1.0 (+mail@host)'")
    return FetchOptions(
        connections=connections,
        per_host=per_host,
        max_bytes=max_image_bytes,
        allow_private=allow_private,
        user_agent=user_agent or USER_AGENT,
    )
