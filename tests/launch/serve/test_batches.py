"""Concurrent requests: put together by kind, answered each with its own, refused where too many wait."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from launch.serve.batches import Batches, BusyError
from transforms.common.errors import RequestError


class Doubling:
    """Answers a number with its kind and its double; -1 is wrong. Notes each batch; waits where it is told to."""

    def __init__(self) -> None:
        self.batches: list[tuple[Any, list[int]]] = []
        self.may_go = threading.Event()
        self.may_go.set()
        self.begun = threading.Event()

    def __call__(self, kind: Any, items: Sequence[int]) -> list[Any]:
        self.begun.set()
        self.may_go.wait(60)
        self.batches.append((kind, list(items)))
        if -1 in items:
            raise RequestError("-1 is wrong")
        return [(kind, 2 * item) for item in items]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(-1, 9)), max_size=40), st.integers(1, 8))
def test_every_request_gets_its_own_answer(asked: list[tuple[str, int]], most: int) -> None:
    work = Doubling()

    async def ask_all() -> list[Any]:
        batches = Batches(work, most=lambda _: most)
        answers = await asyncio.gather(*(batches.ask(*one) for one in asked), return_exceptions=True)
        batches.close()
        return answers

    answers = asyncio.run(ask_all())

    for (kind, item), answer in zip(asked, answers, strict=True):
        if item == -1:
            assert isinstance(answer, RequestError)
        else:
            assert answer == (kind, 2 * item)
    assert all(1 <= len(items) <= most for _, items in work.batches)


def test_what_waits_together_is_worked_on_together() -> None:
    work = Doubling()

    async def ask() -> None:
        batches = Batches(work, most=lambda _: 3)
        work.may_go.clear()
        waiting = [asyncio.ensure_future(batches.ask(kind, item)) for item, kind in enumerate("xaabaaa")]
        await asyncio.to_thread(work.begun.wait, 60)
        work.may_go.set()
        await asyncio.gather(*waiting)
        batches.close()

    asyncio.run(ask())

    assert work.batches == [("x", [0]), ("a", [1, 2, 4]), ("b", [3]), ("a", [5, 6])]


def test_more_than_may_wait_are_refused_and_a_caller_that_leaves_is_not_worked_for() -> None:
    work = Doubling()

    async def ask() -> None:
        batches = Batches(work, waiting=2)
        work.may_go.clear()
        first, second, third = (asyncio.ensure_future(batches.ask("a", item)) for item in (1, 2, 3))
        await asyncio.to_thread(work.begun.wait, 60)
        with pytest.raises(BusyError):
            await batches.ask("a", 4)
        second.cancel()
        await asyncio.sleep(0)
        work.may_go.set()
        assert [await first, await third] == [("a", 2), ("a", 6)]
        assert batches.depth == 0
        batches.close()

    asyncio.run(ask())

    assert [item for _, items in work.batches for item in items] == [1, 3]


def test_a_fault_of_the_work_is_every_callers_and_the_next_batch_goes_on() -> None:
    def work(kind: Any, items: Sequence[int]) -> list[int]:
        if 0 in items:
            raise ZeroDivisionError("fault")
        return list(items)

    async def ask() -> None:
        batches = Batches(work)
        first = await asyncio.gather(batches.ask("a", 0), return_exceptions=True)
        assert isinstance(first[0], ZeroDivisionError)
        assert await batches.ask("a", 5) == 5
        batches.close()

    asyncio.run(ask())
