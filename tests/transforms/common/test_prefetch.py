from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator

import pytest

from tests.helpers.embedding import settled
from transforms.common.prefetch import Feed, overlap


class Upstream:
    """Counts what was pulled, and knows whether it was closed."""

    def __init__(self, length: int, fails_at: int | None = None) -> None:
        self.length = length
        self.fails_at = fails_at
        self.pulled = 0
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[int]:
        try:
            for value in range(self.length):
                if value == self.fails_at:
                    raise KeyError(value)
                self.pulled += 1
                yield value
        finally:
            self.closed.set()


@pytest.mark.parametrize("workers", [1, 3])
def test_order_is_kept(workers: int) -> None:
    def slow_square(value: int) -> int:
        time.sleep(random.random() / 500)
        return value * value

    assert list(overlap(slow_square, range(60), workers=workers)) == [value * value for value in range(60)]


def test_nothing_in_nothing_out() -> None:
    assert list(overlap(str, [])) == []


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_an_exception_of_the_function_arrives_in_its_place(error: type[BaseException]) -> None:
    def picky(value: int) -> int:
        if value == 3:
            raise error(value)
        return value

    results = overlap(picky, Upstream(1000), workers=2)

    assert [next(results), next(results), next(results)] == [0, 1, 2]
    with pytest.raises(error):
        next(results)
    assert list(results) == []
    assert settled()


def test_an_exception_of_upstream_arrives_in_its_place() -> None:
    results = overlap(str, Upstream(1000, fails_at=2), workers=2)

    assert [next(results), next(results)] == ["0", "1"]
    with pytest.raises(KeyError):
        next(results)


@pytest.mark.parametrize("taken", [0, 1, 5])
def test_closing_closes_the_chain_and_stops_its_threads(taken: int) -> None:
    upstream = Upstream(1_000_000)
    chain = overlap(str, overlap(abs, overlap(abs, upstream), workers=2))
    for _ in range(taken):
        next(chain)

    chain.close()

    assert settled()
    assert upstream.closed.is_set() or not upstream.pulled


@pytest.mark.parametrize(("workers", "depth"), [(1, 1), (1, 2), (2, 2), (3, 4)])
def test_upstream_is_a_few_items_ahead_and_no_more(workers: int, depth: int) -> None:
    upstream = Upstream(100)
    results = overlap(str, upstream, workers=workers, depth=depth)
    for consumed in range(1, 8):
        next(results)
        time.sleep(0.02)
        assert upstream.pulled - consumed <= depth + workers + 1
    results.close()


def test_steps_run_at_the_same_time() -> None:
    meeting = threading.Barrier(2, timeout=60)

    def meet(value: int) -> int:
        meeting.wait()
        return value

    assert list(overlap(meet, range(10), workers=2)) == list(range(10))


def test_a_feed_gives_what_was_put_and_ends_when_finished() -> None:
    feed: Feed[int] = Feed(depth=1)
    results = overlap(lambda value: value + 1, feed, depth=1)
    got: list[int] = []
    reader = threading.Thread(target=lambda: got.extend(results))
    reader.start()
    for value in range(20):
        feed.put(value, while_waiting=lambda: None)
    feed.finish()
    reader.join(60)

    assert got == list(range(1, 21))


def test_a_feed_that_is_full_asks_whether_anybody_still_reads() -> None:
    feed: Feed[int] = Feed(depth=1)
    feed.put(1, while_waiting=lambda: None)

    def nobody() -> None:
        raise RuntimeError("the reader is gone")

    with pytest.raises(RuntimeError, match="the reader is gone"):
        feed.put(2, while_waiting=nobody)
