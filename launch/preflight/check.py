"""Describes one thing that was looked at before a job is submitted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes:
      name: "service", "version", "flink", "slots", "accelerator", "quota", "workers", "encoder" or "folder PATH".
      ok: whether it is as it should be; None: it could not be found out.
      words: what was found, and where it is wrong what to do.
    """

    name: str
    ok: bool | None
    words: str
