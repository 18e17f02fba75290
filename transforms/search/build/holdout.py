"""Chooses the holdout rows of an index by a hash of their ids: they are in no structure and serve as queries for recall.

Whether a row is held out depends on its id and a limit alone, so that it stays so whatever else is in the table.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from transforms.common.arrays import Mask
from transforms.common.hashes import hashes_of

BUILD_QUERIES = 1_000
"""Holdout rows of a build, where the table is large enough."""
UPDATE_QUERIES = 100
"""Holdout rows among those that an update adds."""
_MAX_SHARE = 0.1


def hash_limit(rows: int, *, queries: int) -> int:
    """The limit of the hash below which about `queries` of so many rows are held out, at most a tenth of them."""
    return int(min(queries / max(rows, 1), _MAX_SHARE) * 2.0**64)


def is_holdout(ids: pa.Array, limit: int) -> Mask:
    """The rows that are held out, bool [n]: those whose id has a 64-bit hash below the limit."""
    return hashes_of(ids.to_pylist()) < np.uint64(limit)
