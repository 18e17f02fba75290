"""The figures of an index's report: what is drawn, from the values that they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.transforms.search.measure.reports import corners, full
from transforms.search.measure.report.plots import figures


def data_of(plot: Any, renderer: int) -> Mapping[str, Any]:
    return plot.renderers[renderer].data_source.data


def test_the_trade_off_runs_up_the_parameter_and_marks_the_chosen_and_the_exact() -> None:
    plot = figures(full())["trade_off"]

    assert data_of(plot, 1)["setting"] == ["nprobe = 1", "nprobe = 4", "nprobe = 16", "nprobe = 64"]
    assert data_of(plot, 1)["recall"] == [0.612, 0.842, 0.958, 0.988]
    assert data_of(plot, 1)["p50"] == [0.25, 1.0, 4.0, 16.0]
    assert data_of(plot, 1)["summary"][2] == "recall at 10: 0.958, 4.00 ms"
    assert data_of(plot, 2)["setting"] == ["nprobe = 16"]
    assert (data_of(plot, 3)["p50"], data_of(plot, 3)["recall"]) == ([38.2], [1.0])
    assert data_of(plot, 4)["y"] == [0.95]


def test_the_curve_by_parameter_has_a_line_for_each_depth() -> None:
    plot = figures(full())["by_parameter"]

    assert [item.label["value"] for item in plot.below[-1].items] == [
        "recall@1",
        "recall@10",
        "recall@100",
        "minimum: 0.95",
    ]
    assert data_of(plot, 2)["x"] == [1, 4, 16, 64]
    assert data_of(plot, 2)["y"] == [0.612, 0.842, 0.958, 0.988]
    assert plot.xaxis.ticker.ticks == [1, 4, 16, 64]


def test_the_ticks_of_a_long_curve_are_thinned_from_its_largest_value_down() -> None:
    report = full()
    report["curve"] = [row | {"value": value} for value in range(1, 31) for row in report["curve"][:1]]

    assert figures(report)["by_parameter"].xaxis.ticker.ticks == [3, 6, 9, 12, 15, 18, 21, 24, 27, 30]


def test_the_history_of_one_version_is_not_drawn() -> None:
    assert "history" not in figures(corners()["one of each"])
    assert data_of(figures(full())["history"], 0)["summary"] == [
        "recall at 10: 0.951, 998,000 rows",
        "recall at 10: 0.958, 1,000,000 rows",
    ]
