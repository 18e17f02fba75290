"""Times of steps, by a clock that the test sets."""

from __future__ import annotations

from transforms.common.step_times import StepTimes, shares


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_step_is_at_work_while_any_thread_is_in_it() -> None:
    clock = Clock()
    times = StepTimes(clock)
    assert times.take() == {}
    with times.during("encode"):
        clock.now += 1
        with times.during("encode"), times.during("decode"):
            clock.now += 2
        clock.now += 3
        assert times.take() == {"encode": 6.0, "decode": 2.0, "passed": 6.0}
        clock.now += 1
    times.add("gpu", 0.5)
    clock.now += 3

    assert times.take() == {"encode": 1.0, "gpu": 0.5, "passed": 4.0}


def test_shares_are_of_the_time_that_passed() -> None:
    assert shares({"encode": 6.0, "decode": 2.0, "passed": 8.0}) == {"encode": 0.75, "decode": 0.25, "wait": 0.25}
    assert shares({}) == {}
