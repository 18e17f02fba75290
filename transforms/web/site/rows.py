"""Writes what a site shows of its rows: their columns as JSON, small pictures, and the columns that answers are filtered by.

Rows lie in files of some tens of kilobytes, in the order of the site; a page of answers fetches the few that it shows.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.common.arrays import RowIndices
from transforms.common.errors import VectormillError
from transforms.common.json_values import plain
from transforms.corpus.chunks.units import sentences_of
from transforms.search.ask.searcher import Searcher
from transforms.table.open import existing
from transforms.table.raw_items import Corpus, thumbnail_jpeg
from transforms.table.result_table import free_names
from transforms.table.schema import kept_columns
from transforms.web.arrays_file import packed

_FILE_BYTES = 64 << 10
_AT_ONCE = 4_096
_PICTURES_OF_A_FILE = 16
_SIDE = 192
_MOST_VALUES = 50
_NO_KEPT = ["id", "score", "cosine", "words", "label", "text", "source", "sentence", "sentences", "chunk"]


def row_files(searcher: Searcher, rows: RowIndices) -> Iterator[tuple[str, bytes, int]]:
    """Yields name, content and number of rows of each file: gzip of a JSON list, a row an object.

    A row has `id`, `label`, `text` or `source`, and the kept columns; with texts `sentences`, where each begins and ends, in
    characters; of a chunk `id` is the document's and `chunk` its own.
    """
    waiting: list[bytes] = []
    size = number = 0
    for row in _described(searcher, rows):
        content = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        waiting.append(content)
        size += len(content)
        if size >= _FILE_BYTES:
            yield _row_file(number, waiting)
            waiting, size, number = [], 0, number + 1
    if waiting:
        yield _row_file(number, waiting)


def _row_file(number: int, rows: list[bytes]) -> tuple[str, bytes, int]:
    return f"rows-{number:05}.json.gz", gzip.compress(b"[" + b",".join(rows) + b"]", mtime=0), len(rows)


def _described(searcher: Searcher, rows: RowIndices) -> Iterator[dict[str, Any]]:
    content = "text" if "text" in searcher.schema.names else "source"
    kept = free_names(kept_columns(searcher.schema).names, taken=_NO_KEPT)
    names = [*searcher.id_columns, "label", content, *kept]
    for start in range(0, len(rows), _AT_ONCE):
        for row in searcher.rows_of(rows[start : start + _AT_ONCE], names).to_pylist():
            found = {"id": row.get("parent") or row["id"], "label": row["label"], content: row[content] or ""}
            if searcher.is_chunked:
                found["chunk"] = row["id"]
            if content == "text":
                found["sentences"] = sentences_of(found["text"], (0, len(found["text"])))
            yield found | {free: plain(row[name]) for name, free in kept.items()}


def filter_columns(
    searcher: Searcher, rows: RowIndices
) -> tuple[list[dict[str, Any]], dict[str, npt.NDArray[np.uint8]]]:
    """The columns of few values, with those, and the place of each row's value from 1 on (0: none), uint8 [n] by column."""
    facts: list[dict[str, Any]] = []
    codes: dict[str, npt.NDArray[np.uint8]] = {}
    for field in [searcher.schema.field("label"), *kept_columns(searcher.schema)]:
        if not (pa.types.is_string(field.type) or pa.types.is_boolean(field.type) or pa.types.is_integer(field.type)):
            continue
        column = searcher.rows_of(rows, [field.name]).column(field.name).combine_chunks()
        values = [value for value in column.unique().slice(0, _MOST_VALUES + 2).to_pylist() if value is not None]
        if not 2 <= len(values) <= _MOST_VALUES:
            continue
        places = {value: place for place, value in enumerate(sorted(values), start=1)}
        codes[f"column-{len(facts)}"] = np.array([places.get(value, 0) for value in column.to_pylist()], np.uint8)
        facts.append({"name": field.name, "type": str(field.type), "values": list(places)})
    return facts, codes


def pictures_of(searcher: Searcher, rows: RowIndices) -> list[bytes]:
    """Small JPEGs of rows, in their order; empty for what is no image, or cannot be read any more in the corpus of the table."""
    names = searcher.rows_of(rows, ["id", "source"]).to_pydict()
    by_source: dict[str, set[str]] = {}
    for name, source in zip(names["id"], names["source"], strict=True):
        by_source.setdefault(source, set()).add(name)
    found: dict[str, bytes] = {}
    table = searcher.metadata["table"]
    with suppress(VectormillError, OSError):  # the table is gone, or its whole corpus
        corpus = Corpus(existing(table["path"], table["version"]))
        for source, ids in by_source.items():
            with suppress(VectormillError, OSError):  # a file that is gone costs its own pictures
                for name, payload in corpus.read({source: ids}):
                    found[name] = thumbnail_jpeg(payload, side=_SIDE) or b""
    return [found.get(name, b"") for name in names["id"]]


def picture_files(pictures: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """Yields name and content of each file of small JPEGs: `bytes`, and where each begins, `starts`; some are empty."""
    for number, start in enumerate(range(0, len(pictures), _PICTURES_OF_A_FILE)):
        some = pictures[start : start + _PICTURES_OF_A_FILE]
        starts = np.cumsum([0, *map(len, some)]).astype(np.uint32)
        yield (
            f"pictures-{number:05}.arrays",
            packed({"starts": starts, "bytes": np.frombuffer(b"".join(some), np.uint8)}),
        )


def picture_facts(pictures: Sequence[bytes]) -> dict[str, int]:
    """What the page must know of them, and how many rows have none."""
    return {"rows_of_a_file": _PICTURES_OF_A_FILE, "missing": sum(not one for one in pictures)}
