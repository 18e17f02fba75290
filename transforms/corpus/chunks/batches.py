"""Cuts the texts of a batch into chunks."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from transforms.corpus.chunks.chunking import Chunking
from transforms.corpus.chunks.cutting import cut_text
from transforms.corpus.items import ID_HASH_HEX, content_hash


def chunk_batch(batch: pa.RecordBatch, chunking: Chunking, *, seen: dict[str, int] | None = None) -> pa.RecordBatch:
    """The rows of a batch, each text as its chunks.

    Args:
      batch: with the columns of `transforms.corpus.columns.batches.batch_schema`.
      chunking: how they are cut.
      seen: how often each parent was met in what came before, and from now on in this batch, too.

    Returns:
      The same columns and `parent` (string) behind `error`. A chunk's id is `parent#1`, `parent#2` and so on; its
      parent is the row's id, or where that is null what an unchunked text is called: `source#hash`, `.2` for a
      repeat. A row that has nothing to cut (an error, no value, blank, not UTF-8) stays as it is, without a parent.
    """
    seen = {} if seen is None else seen
    sources, ids = batch.column("source"), batch.column("id").to_pylist()
    failed = batch.column("error").is_valid().to_pylist()
    rows: list[int] = []
    payloads: list[bytes | None] = []
    names: list[str | None] = []
    parents: list[str | None] = []
    for row, payload in enumerate(batch.column("payload").to_pylist()):
        pieces = [] if payload is None or failed[row] else _chunks(payload, chunking)
        if not pieces:
            rows.append(row)
            payloads.append(payload)
            names.append(ids[row])
            parents.append(None)
            continue
        parent = ids[row] or _name(sources[row].as_py(), payload, seen)
        rows += [row] * len(pieces)
        payloads += pieces
        names += [f"{parent}#{number}" for number in range(1, len(pieces) + 1)]
        parents += [parent] * len(pieces)
    # Without the payloads: a long text taken once for each of its chunks would be its length squared.
    taken = batch.drop_columns(["payload", "id"]).take(pa.array(rows, pa.int64()))
    columns: dict[str, Any] = dict(zip(taken.schema.names, taken.columns, strict=True))
    columns["payload"] = pa.array(payloads, pa.binary())
    columns["id"] = pa.array(names, pa.string())
    place = batch.schema.get_field_index("error") + 1
    schema = batch.schema.insert(place, pa.field("parent", pa.string()))
    columns["parent"] = pa.array(parents, pa.string())
    return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)


def _chunks(payload: bytes, chunking: Chunking) -> list[bytes]:
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        return []
    return [text[start:stop].encode() for start, stop in cut_text(text, chunking)]


def _name(source: str, payload: bytes, seen: dict[str, int]) -> str:
    name = f"{source}#{content_hash(payload, modality='text')[:ID_HASH_HEX]}"
    seen[name] = count = seen.get(name, 0) + 1
    return name if count == 1 else f"{name}.{count}"
