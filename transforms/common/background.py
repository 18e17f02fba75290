"""Runs a watcher in a thread beside a block of code."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def beside(watch: Callable[[threading.Event], None], *, name: str, patience: float | None = None) -> Iterator[None]:
    """Runs `watch(stop)` in a thread of its own while the block runs; `stop` is set when the block ends.

    Args:
      patience: seconds that the end of the block waits for the thread; None: as long as it takes.
    """
    stop = threading.Event()
    thread = threading.Thread(target=watch, args=(stop,), daemon=True, name=name)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(patience)
