"""Runs the steps of a generator chain ahead of their consumer, in threads.

Reading, decoding, encoding and writing release the interpreter lock, so a chain of plain generators becomes a
pipeline by putting `overlap` between its steps. Order is kept, the queues are short (memory is bounded), an
exception reaches the consumer where the value would have been, and closing the last generator stops the chain.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, Full, Queue
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_POLL_SECONDS = 0.05


def overlap(function: Callable[[T], R], items: Iterable[T], *, workers: int = 1, depth: int = 2) -> Iterator[R]:
    """Yields `function(item)` in the order of `items`, computed ahead.

    Args:
      function: called in one of `workers` threads.
      items: pulled in a thread of its own, at most `depth + workers` ahead of the consumer.
    """
    waiting: Queue[Future[R] | None] = Queue(depth)
    stop = threading.Event()
    name = f"overlap-{getattr(function, '__name__', 'step')}"
    pool = ThreadPoolExecutor(workers, thread_name_prefix=name)

    def hand_over(future: Future[R] | None) -> bool:
        while not stop.is_set():
            try:
                waiting.put(future, timeout=_POLL_SECONDS)
                return True
            except Full:
                continue
        return False

    def pump() -> None:
        source = iter(items)
        try:
            for item in source:
                if not hand_over(pool.submit(function, item)):
                    return
            hand_over(None)
        except BaseException as error:  # carried to the consumer, whatever it is
            failed: Future[R] = Future()
            failed.set_exception(error)
            hand_over(failed)
        finally:
            close = getattr(source, "close", None)
            if close is not None:
                close()

    thread = threading.Thread(target=pump, daemon=True, name=name)
    thread.start()
    try:
        while (future := waiting.get()) is not None:
            yield future.result()
    finally:
        stop.set()
        pool.shutdown(wait=False, cancel_futures=True)


class Feed(Generic[T]):
    """An iterator that another thread fills: how a DoFn's `process` drives a chain of generators."""

    def __init__(self, depth: int) -> None:
        self._items: Queue[T | None] = Queue(depth)
        self._closed = threading.Event()

    def put(self, item: T, *, while_waiting: Callable[[], None]) -> None:
        """Hands over one item; calls `while_waiting` (which may raise) as long as the chain is behind."""
        while True:
            try:
                return self._items.put(item, timeout=_POLL_SECONDS)
            except Full:
                while_waiting()

    def finish(self) -> None:
        """No further item follows those handed over."""
        self._closed.set()

    def __iter__(self) -> Iterator[T]:
        while True:
            try:
                item = self._items.get(timeout=_POLL_SECONDS)
            except Empty:
                if self._closed.is_set() and self._items.empty():
                    return
                continue
            if item is not None:
                yield item
