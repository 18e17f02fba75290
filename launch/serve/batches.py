"""Puts concurrent requests of one kind together, so that a batch is encoded and searched at once.

While a batch is worked on, requests wait; when it is done, those that wait longest and all that are of the same kind make the
next one. A request that comes alone is worked on at once: nothing waits for a batch to fill.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from transforms.common.errors import RequestError

Work = Callable[[Any, Sequence[Any]], Sequence[Any]]
"""Answers a batch: its kind, and its items; an answer for each item."""


class BusyError(Exception):
    """Too many requests wait already."""


class LateError(Exception):
    """There is no answer in time."""


@dataclass(eq=False)
class _Waiting:
    kind: Hashable
    item: Any
    answer: asyncio.Future[Any]
    is_begun: bool = False

    def expire(self) -> None:
        if not self.answer.done():
            self.answer.set_exception(LateError())


@dataclass
class Batches:
    """A line of requests before threads that work on them in batches. Used from one event loop.

    Args:
      work: called in the thread. A `RequestError` out of a batch of several is of one of them: they are then asked one by one.
      threads: batches that are worked on at once.
      most: requests of a batch of a kind.
      waiting: requests that may wait.
      seconds: that a request may take, waiting included.
      observe: is called with the size of each batch.
    """

    work: Work
    threads: int = 1
    most: Callable[[Any], int] = lambda _: 64
    waiting: int = 256
    seconds: float = 60.0
    observe: Callable[[int], None] = lambda _: None
    _line: deque[_Waiting] = field(default_factory=deque)
    _batches: int = 0

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="answers")

    @property
    def depth(self) -> int:
        """How many requests wait."""
        return len(self._line)

    async def ask(self, kind: Hashable, item: Any) -> Any:
        """The answer to one request. A caller that is cancelled, or has waited for `seconds`, leaves the line.

        Raises:
          BusyError: as many as may wait do already.
          LateError: there is no answer after `seconds`.
          RequestError: the request was wrong.
        """
        if len(self._line) >= self.waiting:
            raise BusyError
        loop = asyncio.get_running_loop()
        one = _Waiting(kind, item, loop.create_future())
        self._line.append(one)
        # `asyncio.wait_for` would make a task of it.
        late = loop.call_later(self.seconds, one.expire)
        if self._batches < self.threads:
            self._begin()
        try:
            return await one.answer
        finally:
            late.cancel()
            if not one.is_begun:
                self._line.remove(one)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _begin(self) -> None:
        batch = self._next()
        if not batch:
            return
        self._batches += 1
        self.observe(len(batch))
        loop = asyncio.get_running_loop()
        items = [one.item for one in batch]
        done = loop.run_in_executor(self._pool, self._answers, batch[0].kind, items)
        done.add_done_callback(lambda answers: self._end(batch, answers))

    def _next(self) -> list[_Waiting]:
        """The longest waiting request, and those of its kind."""
        batch: list[_Waiting] = []
        rest: deque[_Waiting] = deque()
        most = self.most(self._line[0].kind) if self._line else 0
        for one in self._line:
            if not batch or (one.kind == batch[0].kind and len(batch) < most):
                one.is_begun = True
                batch.append(one)
            else:
                rest.append(one)
        self._line = rest
        return batch

    def _answers(self, kind: Hashable, items: list[Any]) -> Sequence[Any]:
        try:
            return self.work(kind, items)
        except RequestError as error:
            if len(items) == 1:
                return [error]
        answers: list[Any] = []
        for item in items:
            answers += self._answers(kind, [item])
        return answers

    def _end(self, batch: Sequence[_Waiting], done: asyncio.Future[Sequence[Any]]) -> None:
        self._batches -= 1
        failed = done.exception() if not done.cancelled() else RuntimeError("the service stops")
        answers = [failed] * len(batch) if failed is not None else done.result()
        for one, answer in zip(batch, answers, strict=True):
            if one.answer.done():
                continue
            if isinstance(answer, BaseException):
                one.answer.set_exception(answer)
            else:
                one.answer.set_result(answer)
        self._begin()
