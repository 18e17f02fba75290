"""Bounds what one request, and all of them together, may take of the service."""

from __future__ import annotations

from dataclasses import dataclass

from transforms.search.ask.searcher import LONGEST_QUERY

__all__ = ["LONGEST_QUERY", "Limits"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The bounds of a service.

    Attributes:
      body_bytes: of one request; more is answered 413.
      waiting: requests that wait for a turn at once; more are answered 503.
      seconds: until an answer, waiting included; then it is 503. The same for the body to arrive; then it is 408.
      hits: that one search may ask for.
      items: that one prediction may ask for.
      connections: at once; requests on those that come beyond are answered 503 unread.
    """

    body_bytes: int = 20 << 20
    waiting: int = 256
    seconds: float = 30.0
    hits: int = 1_000
    items: int = 64
    connections: int = 1_000
