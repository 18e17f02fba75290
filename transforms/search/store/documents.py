"""Collects the documents of a lexical index from the rows of segments: chunks of one document become one text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.arrays import Mask

SelectedRows = Iterable[tuple[pa.Table, Mask]]
"""Rows of segments, and which of them are meant."""


def has_texts(rows: pa.Table) -> bool:
    """Whether the rows have a column of texts."""
    return "text" in rows.schema.names


def document_ids(rows: pa.Table) -> pa.ChunkedArray:
    """The id of the document that each row belongs to: its own, or that of the document that it is a chunk of."""
    if "parent" not in rows.schema.names:
        return rows.column("id")
    return pc.coalesce(rows.column("parent"), rows.column("id"))


def documents(selected: SelectedRows) -> Iterator[tuple[list[str], list[str]]]:
    """Ids and texts of the documents, batch by batch.

    Chunks of a document are joined in the order of their numbers; for that, all their texts are held in memory.
    """
    chunks: dict[str, list[tuple[int, str]]] = {}
    for rows, mask in selected:
        if "parent" not in rows.schema.names:
            for batch in rows.select(["id", "text"]).filter(pa.array(mask)).to_batches():
                yield batch.column("id").to_pylist(), [text or "" for text in batch.column("text").to_pylist()]
            continue
        kept = rows.select(["id", "parent", "text"]).filter(pa.array(mask))
        columns = (kept.column("id").to_pylist(), document_ids(kept).to_pylist(), kept.column("text").to_pylist())
        for name, document, text in zip(*columns, strict=True):
            number = name.rpartition("#")[2]
            chunks.setdefault(document, []).append((int(number) if number.isdigit() else 0, text or ""))
    if chunks:
        names = sorted(chunks)
        yield names, [" ".join(text for _, text in sorted(chunks[name])) for name in names]


def sample_texts(selected: SelectedRows, count: int) -> list[str]:
    """Texts of rows that lie evenly among all, about `count` of them."""
    rows = [(table, np.flatnonzero(mask)) for table, mask in selected]
    step = max(sum(len(at) for _, at in rows) // count, 1)
    return [text or "" for table, at in rows for text in table.column("text").take(pa.array(at[::step])).to_pylist()]


def changed_documents(deleted: Iterable[pa.Table], added: Iterable[pa.Table]) -> list[str]:
    """Sorted ids of the documents of which rows were deleted or added."""
    return sorted({name for rows in (*deleted, *added) for name in document_ids(rows).to_pylist()})


def of_documents(names: list[str], segments: SelectedRows) -> Iterator[tuple[pa.Table, Mask]]:
    """Narrows a selection of rows to those of the named documents."""
    wanted = pa.array(names, pa.string())
    for rows, mask in segments:
        yield rows, pc.is_in(document_ids(rows), value_set=wanted).to_numpy(zero_copy_only=False) & mask
