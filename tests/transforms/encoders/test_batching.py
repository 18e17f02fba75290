from __future__ import annotations

from itertools import pairwise

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from transforms.encoders.batching import rebatch

SCHEMA = pa.schema([("payload", pa.binary()), ("row", pa.int64())])

payloads = st.lists(st.lists(st.one_of(st.none(), st.binary(max_size=12)), max_size=9), max_size=8)


def batches(groups: list[list[bytes | None]]) -> list[pa.RecordBatch]:
    made, row = [], 0
    for group in groups:
        rows = list(range(row, row + len(group)))
        made.append(pa.RecordBatch.from_pydict({"payload": group, "row": rows}, schema=SCHEMA))
        row += len(group)
    return made


def weight(batch: pa.RecordBatch) -> int:
    return sum(len(payload or b"") for payload in batch.column("payload").to_pylist())


@given(payloads, st.integers(1, 7), st.one_of(st.none(), st.integers(1, 25)))
def test_the_same_rows_in_batches_within_the_limits(
    groups: list[list[bytes | None]], max_items: int, max_weight: int | None
) -> None:
    given_rows = [payload for group in groups for payload in group]

    found = list(rebatch(batches(groups), max_items=max_items, max_weight=max_weight))

    assert [payload for batch in found for payload in batch.column("payload").to_pylist()] == given_rows
    assert [row for batch in found for row in batch.column("row").to_pylist()] == list(range(len(given_rows)))
    assert all(1 <= batch.num_rows <= max_items for batch in found)
    if max_weight is not None:
        assert all(weight(batch) <= max_weight or batch.num_rows == 1 for batch in found)
    for batch, after in pairwise(found):
        # No batch could have held one row more.
        first = len(after.column("payload")[0].as_py() or b"")
        assert batch.num_rows == max_items or (max_weight is not None and weight(batch) + first > max_weight)


def test_a_heavy_row_is_a_batch_of_its_own() -> None:
    found = rebatch(batches([[b"a", b"x" * 100, b"b", None, b"c"]]), max_items=10, max_weight=3)

    assert [batch.column("payload").to_pylist() for batch in found] == [[b"a"], [b"x" * 100], [b"b", None, b"c"]]


def test_without_a_weight_only_rows_count() -> None:
    found = rebatch(batches([[b"x" * 100, b"y" * 100], [], [b"z" * 100]]), max_items=2, max_weight=None)

    assert [batch.num_rows for batch in found] == [2, 1]
