"""The notebook `docs/tour.ipynb` runs from a fresh kernel, and what its cells assert holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

ROOT = Path(__file__).parents[2]


def results(cell: Any) -> list[str]:
    """Kinds of the results that a cell shows; lines of libraries on the way are none."""
    return [output.output_type for output in cell.get("outputs", ()) if output.output_type != "stream"]


def test_the_tour_runs() -> None:
    notebook = nbformat.read(ROOT / "docs" / "tour.ipynb", as_version=4)
    stored = [results(cell) for cell in notebook.cells]

    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}
    )
    client.execute()

    assert [results(cell) for cell in notebook.cells] == stored
