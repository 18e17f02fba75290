"""Cuts the batches that a reader yields to the size that an encoder wants.

Text goes by weight (characters), images by count, so that one call's memory is bounded by neither many short
items nor a few long ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def rebatch(batches: Iterable[pa.RecordBatch], *, max_items: int, max_weight: int | None) -> Iterator[pa.RecordBatch]:
    """Rows in order, in batches of at most `max_items` rows and `max_weight` payload bytes.

    A row heavier than `max_weight` is a batch of its own. Without `max_weight` only rows count.
    """
    buffer: list[pa.RecordBatch] = []
    rows = weight = 0
    for batch in batches:
        ends = _cumulative_weight(batch) if max_weight is not None else None
        start = 0
        while start < batch.num_rows:
            room = max_items - rows
            if ends is not None and max_weight is not None:
                before = int(ends[start - 1]) if start else 0
                fitting = int(np.searchsorted(ends, before + max_weight - weight, side="right")) - start
                room = min(room, fitting if rows else max(fitting, 1))
            take = min(room, batch.num_rows - start)
            if take > 0:
                buffer.append(batch.slice(start, take))
                rows += take
                if ends is not None:
                    weight += int(ends[start + take - 1]) - (int(ends[start - 1]) if start else 0)
                start += take
            if start < batch.num_rows:
                yield _joined(buffer)
                buffer, rows, weight = [], 0, 0
    if buffer:
        yield _joined(buffer)


def _joined(buffer: list[pa.RecordBatch]) -> pa.RecordBatch:
    return buffer[0] if len(buffer) == 1 else pa.concat_batches(buffer)


def _cumulative_weight(batch: pa.RecordBatch) -> np.ndarray:
    lengths = pc.fill_null(pc.binary_length(batch.column("payload")), 0)
    return np.cumsum(lengths.to_numpy(zero_copy_only=False), dtype=np.int64)
