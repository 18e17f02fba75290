"""The notebook `docs/tour.ipynb` runs from a fresh kernel, and what its cells assert holds."""

from __future__ import annotations

from pathlib import Path

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

ROOT = Path(__file__).parents[2]


def test_the_tour_runs() -> None:
    notebook = nbformat.read(ROOT / "docs" / "tour.ipynb", as_version=4)
    stored = [len(cell.outputs) for cell in notebook.cells if cell.cell_type == "code"]

    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}
    )
    client.execute()

    shown = [
        [output for output in cell.outputs if output.get("name") != "stderr"]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    assert [len(outputs) for outputs in shown] == stored
    errors = [output for outputs in shown for output in outputs if output.output_type == "error"]
    assert errors == []
