from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.report.formatting import bounds, compact, count, duration, interval, latency, memory, number, short


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 B"),
        (843, "843 B"),
        (68.25, "68 B"),
        (999.4, "999 B"),
        (999.6, "1.0 kB"),
        (1_530, "1.5 kB"),
        (9_949, "9.9 kB"),
        (9_951, "10 kB"),
        (26_800_000, "27 MB"),
        (2_200_000_000, "2.2 GB"),
        (4e15, "4,000 TB"),
    ],
)
def test_bytes_have_two_or_three_digits_and_a_decimal_unit(size: float, words: str) -> None:
    assert memory(size) == words


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(0.0431, "0.043 ms"), (0.446, "0.446 ms"), (1.134, "1.13 ms"), (38.24, "38.2 ms"), (1234.5, "1,234 ms")],
)
def test_a_latency_has_the_digits_that_mean_something(milliseconds: float, words: str) -> None:
    assert latency(milliseconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.254, "0.25 s"), (12.34, "12.3 s"), (200.0, "3 min 20 s"), (7260.0, "2 h 1 min")]
)
def test_a_duration_is_told_in_the_units_that_fit(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize("figure", [None, math.nan, math.inf, -math.inf, "1", [1]])
@pytest.mark.parametrize("words", [number, count, compact, duration, latency, memory])
def test_a_figure_that_is_not_known_is_a_dash(words: object, figure: object) -> None:
    assert callable(words) and words(figure) == "–"


def test_an_interval_without_both_ends_is_its_value_alone() -> None:
    assert interval({"value": 0.5, "low": None, "high": 0.6}) == "0.500"
    assert interval(None) == "–"
    assert bounds({"value": 0.5, "low": -0.1, "high": 0.25}, signed=True) == "[−0.100, +0.250]"


@given(st.text(max_size=80))
def test_a_short_name_keeps_both_ends(name: str) -> None:
    line, cut = " ".join(name.split()), short(name)

    assert len(cut) <= 24
    assert cut == line or (line.startswith(cut.split("…")[0]) and line.endswith(cut.rsplit("…", 1)[1]))
