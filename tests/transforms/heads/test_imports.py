"""A served model, and the description of a training, load no more modules than they need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("apache_beam", "tensorflow", "tensorflow_transform", "keras", "scipy", "sklearn", "bokeh")
MAKING = ("transforms.heads.fit", "transforms.heads.publish", "transforms.heads.train", "pipelines")
PREPARING = tuple(f"transforms.heads.rows.{name}" for name in ("prepare", "leakage", "analysis", "feature_transform"))


def loaded(statement: str) -> set[str]:
    """The modules that a fresh Python holds after one statement."""
    command = f"{statement}; import sys; print('\\n'.join(sys.modules))"
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", command], cwd=root, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("from transforms.heads.serve.served_model import ServedModel", (*HEAVY, *MAKING, *PREPARING)),
        ("import transforms.heads.job", (*HEAVY, *MAKING, *PREPARING, "transforms.heads.evaluation")),
        ("from transforms.heads.rows.feature_transform import HeadTransform", (*HEAVY, *MAKING, *PREPARING[:3])),
    ],
)
def test_no_solver_and_no_beam_is_loaded_with_what_needs_none(statement: str, unwanted: tuple[str, ...]) -> None:
    found = loaded(statement)

    assert {name for name in found if name.startswith(tuple(f"{other}." for other in unwanted))} == set()
    assert found.isdisjoint(unwanted)
    assert statement.split()[1] in found
