"""The benchmarks' figures: declared once, recorded by their own command only, and the page follows from them."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from benchmarks import figures

BENCHMARKS = Path(figures.__file__).parent


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty file of measurements, and the command of `benchmarks.memory` as the running one."""
    monkeypatch.setattr(figures, "MEASURED", tmp_path / "figures.json")
    monkeypatch.setattr(figures, "PAGE", tmp_path / "figures.md")
    monkeypatch.setattr(figures, "running_command", lambda: "python -m benchmarks.memory")
    return tmp_path / "figures.json"


def test_the_page_is_the_one_that_the_figures_make() -> None:
    assert figures.PAGE.read_text(encoding="utf-8") == figures.page(), "python -m benchmarks.figures"


def test_no_recorded_figure_is_past_its_limit() -> None:
    assert figures.fallen() == []


def test_every_measurement_is_of_a_declared_figure() -> None:
    assert set(json.loads(figures.MEASURED.read_text(encoding="utf-8"))) <= set(figures.declared())


def test_every_declared_command_records_figures() -> None:
    for figure in figures.declared().values():
        module = figure.command.split("benchmarks.")[1].split()[0]
        path = BENCHMARKS / f"{module}.py"
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        assert "record" in called, module


def test_a_figure_is_the_median_of_its_turns_with_machine_date_and_versions(measured: Path) -> None:
    figures.record({"growth": [1.2, 1.1, 1.3], "rows_100000": 1000})
    stored = json.loads(measured.read_text(encoding="utf-8"))
    assert list(stored) == ["memory/rows_100000", "memory/growth"]
    growth = stored["memory/growth"]
    assert (growth["value"], growth["samples"]) == (1.2, [1.2, 1.1, 1.3])
    assert "cores" in growth["machine"] and growth["date"].count("-") == 2
    assert "tensorflow" in growth["versions"]
    assert figures.page() == figures.PAGE.read_text(encoding="utf-8")


def test_a_run_with_other_options_records_nothing(measured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "running_command", lambda: "python -m benchmarks.memory --repeats 1")
    figures.record({"growth": 9.0})
    assert not measured.exists()


def test_a_figure_that_nobody_declared_is_an_error(measured: Path) -> None:
    with pytest.raises(KeyError, match=r"shrinkage: declare it in figures\.yaml"):
        figures.record({"shrinkage": 1.0})


def test_a_value_past_its_limit_is_named_and_bold_on_the_page(measured: Path) -> None:
    figures.record({"growth": 1.4})
    assert figures.fallen() == ["memory/growth: 1.4  is past its limit, ≤ 1.25"]
    assert "| **1.4** | ≤ 1.25 |" in figures.page()


def test_variables_of_the_environment_are_no_part_of_a_command() -> None:
    assert figures.same_command("A=1 python -m benchmarks.heads", "python -m benchmarks.heads")
    assert not figures.same_command("python -m benchmarks.heads", "python -m benchmarks.heads --rows 2")
