"""Counts the progress of the run in this process, for whoever draws a progress bar.

On the in-process runner the launcher reads the counts directly. On a cluster nobody can: there two of them, items
encoded and items dead, are Beam counters of the namespace "vectormill" (`items_encoded`, `items_dead`).
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field


@dataclass
class Meter:
    """Running totals of one process. Units: items, except `work` and `work_total` (bytes of sources)."""

    read: int = 0
    encoded: int = 0
    written: int = 0
    dead: int = 0
    work: int = 0
    work_total: int = 0
    sources: int = 0
    phase: str = "starting"
    first_at: float = 0.0
    last_at: float = 0.0
    first_rows: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, *, read: int = 0, encoded: int = 0, written: int = 0, dead: int = 0, work: int = 0) -> None:
        with self._lock:
            self.read += read
            self.encoded += encoded
            self.dead += dead
            self.work += work
            if written:
                self.written += written
                self.last_at = time.monotonic()
                if not self.first_at:
                    self.first_at, self.first_rows = self.last_at, written

    @property
    def steady_rate(self) -> float | None:
        """Rows a second between the first batch written and the last; None where there was but one."""
        seconds = self.last_at - self.first_at
        return (self.written - self.first_rows) / seconds if seconds > 0 else None

    def begin(self, phase: str, *, work_total: int = 0, sources: int = 0) -> None:
        with self._lock:
            self.phase = phase
            if work_total:
                self.work_total = work_total
            if sources:
                self.sources = sources

    def reset(self) -> None:
        with self._lock:
            self.read = self.encoded = self.written = self.dead = 0
            self.work = self.work_total = self.sources = 0
            self.phase = "starting"
            self.first_at = self.last_at = 0.0


METER = Meter()
