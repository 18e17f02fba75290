"""What the lexical index of a version is made of: whole documents, also where the table has chunks of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Mask = npt.NDArray[np.bool_]
Chosen = Iterable[tuple[pa.Table, Mask]]
"""Rows of segments, and which of them count."""


def has_texts(rows: pa.Table) -> bool:
    return "text" in rows.schema.names


def names_of(rows: pa.Table) -> pa.ChunkedArray:
    """The document that each row belongs to: itself, or what it is a chunk of."""
    if "parent" not in rows.schema.names:
        return rows.column("id")
    return pc.coalesce(rows.column("parent"), rows.column("id"))


def documents(chosen: Chosen) -> Iterator[tuple[list[str], list[str]]]:
    """Names and texts; chunks of a document are joined in the order of their numbers, which holds their texts in memory."""
    chunks: dict[str, list[tuple[int, str]]] = {}
    for rows, mask in chosen:
        if "parent" not in rows.schema.names:
            for batch in rows.select(["id", "text"]).filter(pa.array(mask)).to_batches():
                yield batch.column("id").to_pylist(), [text or "" for text in batch.column("text").to_pylist()]
            continue
        kept = rows.select(["id", "parent", "text"]).filter(pa.array(mask))
        columns = (kept.column("id").to_pylist(), names_of(kept).to_pylist(), kept.column("text").to_pylist())
        for name, document, text in zip(*columns, strict=True):
            number = name.rpartition("#")[2]
            chunks.setdefault(document, []).append((int(number) if number.isdigit() else 0, text or ""))
    if chunks:
        names = sorted(chunks)
        yield names, [" ".join(text for _, text in sorted(chunks[name])) for name in names]


def touched(lost: Iterable[pa.Table], came: Iterable[pa.Table]) -> list[str]:
    """Documents that lost rows or got some, in the order of their names."""
    return sorted({name for rows in (*lost, *came) for name in names_of(rows).to_pylist()})


def only(names: list[str], segments: Chosen) -> Iterator[tuple[pa.Table, Mask]]:
    """The rows of these documents."""
    wanted = pa.array(names, pa.string())
    for rows, alive in segments:
        yield rows, pc.is_in(names_of(rows), value_set=wanted).to_numpy(zero_copy_only=False) & alive
