"""What tests of lists of rows to label share: vectors in clusters, and tables of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tests.helpers import fakes, heads
from tests.helpers.chosen_vectors import Spelt, spelt

Vectors = npt.NDArray[np.float32]


def clusters(
    sizes: Sequence[int], *, dim: int = 12, spread: float = 0.6, seed: int = 0
) -> tuple[Vectors, npt.NDArray[np.int32]]:
    """Vectors float32 [n, dim] round as many centres as there are sizes, and the centre of each, int32 [n]."""
    random = np.random.default_rng(seed)
    centres = np.linalg.qr(random.standard_normal((dim, dim)))[0][: len(sizes)]
    owner = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    vectors = centres[owner] + spread * random.standard_normal((len(owner), dim)) / np.sqrt(dim)
    return vectors.astype(np.float32), owner


def table(root: Path, vectors: Vectors, labels: Sequence[str | None]) -> str:
    """The feature table `root/table` of these vectors and labels; ids are r000, r001, ..."""
    rows = [
        {"id": f"r{number:03}", "text": spelt(vector.tolist(), f"text {number}"), "label": label}
        for number, (vector, label) in enumerate(zip(vectors, labels, strict=True))
    ]
    return heads.embedded(root, rows, encoder=Spelt(fakes.text_encoder(dim=vectors.shape[1]).spec))
