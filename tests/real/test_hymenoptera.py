"""Photographs of ants and bees through MobileNet V2: vectors that a linear classifier tells apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.helpers import embedding
from tests.real.conftest import vectormill

pytestmark = pytest.mark.real

FLOOR = 0.93
"""Accuracy on `val`. Measured: see README.md; the floor leaves room for another library's rounding."""


def test_a_linear_classifier_tells_ants_from_bees(corpora: Path, mobilenet: str, tmp_path: Path) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    found = {}
    for part in ("train", "val"):
        table = tmp_path / part
        vectormill(
            "embed", corpora / "hymenoptera" / part, "--to", table, "--encoder", mobilenet, "--labels-from", "folder"
        )
        rows = embedding.rows(str(table))
        assert set(rows) == {f"{path.parent.name}/{path.name}" for path in (corpora / "hymenoptera" / part).glob("*/*")}
        assert all(row["label"] == name.split("/")[0] for name, row in rows.items())
        found[part] = (
            np.array([row["embedding"] for row in rows.values()]),
            np.array([row["label"] for row in rows.values()]),
        )

    model = linear_model.LogisticRegression(max_iter=2000).fit(*found["train"])

    assert model.score(*found["val"]) >= FLOOR
