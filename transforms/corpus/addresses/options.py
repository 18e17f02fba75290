"""Describes how addresses are fetched: how many at once, within which limits, from which hosts."""

from __future__ import annotations

from dataclasses import dataclass

USER_AGENT = "Vectormill (fetches images for feature vectors; honours X-Robots-Tag)"


@dataclass(frozen=True, kw_only=True)
class FetchOptions:
    """Frozen, hashable, picklable. Nothing here is part of a shard's identity.

    Attributes:
      connections: at once, of a process.
      per_host: of these to one host.
      max_bytes: a longer body, as it is sent or decompressed, is a dead letter.
      allow_private: hosts of private networks and of this machine may be asked, and the environment's proxies are used.
      user_agent: of every request; the word before its first "/" or space is the name that opt-out headers know us by.
      connect_seconds: to connect, TLS included.
      silence_seconds: until the answer's head is there, and between two pieces of its body.
      total_seconds: of one answer.
      min_rate: bytes a second, over any `rate_seconds`: a slower body is cut off.
      tries: of a request that fails for what may pass (429, 5xx, connection faults, time-outs).
      backoff_seconds: before the second try; doubled for each further one, with jitter.
      max_retry_after: seconds that a server's Retry-After is obeyed at most.
      redirects: that are followed.
      ahead: addresses that are asked for before the first of them is needed.
      buffer_bytes: of bodies that wait to be used.
    """

    connections: int = 64
    per_host: int = 8
    max_bytes: int = 50_000_000
    allow_private: bool = False
    user_agent: str = USER_AGENT
    connect_seconds: float = 10.0
    silence_seconds: float = 10.0
    total_seconds: float = 120.0
    min_rate: float = 1024.0
    rate_seconds: float = 10.0
    tries: int = 3
    backoff_seconds: float = 1.0
    max_retry_after: float = 30.0
    redirects: int = 5
    ahead: int = 4096
    buffer_bytes: int = 128 << 20

    @property
    def agent_token(self) -> str:
        """The name that an opt-out header may address us by, in lower case."""
        return self.user_agent.split("/")[0].split()[0].lower() if self.user_agent.strip() else ""
