"""Bounds the memory of answers that are read and not yet used."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field


@dataclass
class Ticket:
    """A request's place: the lower, the sooner its answer is needed. `paused`: seconds that it had to wait for memory."""

    number: int
    counted: int = 0
    paused: float = 0.0


@dataclass
class Budget:
    """Counts the bytes of answers; has requests wait while there are too many, but for the oldest, so none waits for ever."""

    most: int
    used: int = 0
    _reading: dict[int, Ticket] = field(default_factory=dict)
    _freed: asyncio.Event = field(default_factory=asyncio.Event)

    def open(self, ticket: Ticket) -> None:
        self._reading[ticket.number] = ticket

    def close(self, ticket: Ticket) -> None:
        """It reads no more. What it has stays counted until `release`."""
        self._reading.pop(ticket.number, None)
        self._freed.set()

    def release(self, count: int) -> None:
        self.used -= count
        self._freed.set()

    async def take(self, ticket: Ticket, count: int) -> None:
        while self.used + count > self.most and ticket.number != min(self._reading):
            started = time.monotonic()
            self._freed.clear()
            await self._freed.wait()
            ticket.paused += time.monotonic() - started
        self.used += count
        ticket.counted += count
