"""Names the NumPy array types that modules of all rooms exchange."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""[n, dim], a row a vector."""
Pixels = npt.NDArray[np.uint8]
"""[n, height, width, 3], RGB."""
RowIndices = npt.NDArray[np.int64]
"""Positions of rows in a table, a part or a segment, from 0."""
Mask = npt.NDArray[np.bool_]
"""[n], true where a row is meant."""
