"""Collects sample queries for the report: holdout rows and the index's answers to them, as text or thumbnails."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from transforms.common.arrays import Vectors
from transforms.common.errors import RequestError
from transforms.search.measure.recall import search_all
from transforms.search.store.segment import HOLDOUT, Segment
from transforms.table.raw_items import Corpus, thumbnail
from transforms.table.snapshot import Snapshot

_QUERIES, _ANSWERS = 8, 5


def sample_answers(
    segments: list[Segment], queries: Vectors, search_parameter: int, snapshot: Snapshot
) -> list[dict[str, Any]]:
    """The first holdout rows, each with its nearest rows: id, score, label, text, thumbnail."""
    structures = [segment for segment in segments if segment.name != HOLDOUT]
    holdout = next(segment for segment in segments if segment.name == HOLDOUT)
    asked = np.flatnonzero(holdout.alive)[:_QUERIES]
    if not len(asked) or not sum(segment.rows for segment in structures):
        return []
    rows, scores = search_all(structures, queries[: len(asked)], _ANSWERS, search_parameter=search_parameter)
    names = [name for name in ("id", "source", "label", "text") if name in holdout.columns.schema.names]
    columns = pa.concat_tables(segment.columns.select(names) for segment in structures)
    answers = [columns.take(pa.array(found[found >= 0])).to_pylist() for found in rows]
    shown = holdout.columns.select(names).take(pa.array(asked)).to_pylist()
    pictures = pictures_of(snapshot, [*shown, *(row for found in answers for row in found)])
    return [
        {
            **_described(query, pictures),
            "answers": [
                {**_described(row, pictures), "score": float(score)} for row, score in zip(found, cosines, strict=False)
            ],
        }
        for query, found, cosines in zip(shown, answers, scores, strict=True)
    ]


def _described(row: dict[str, Any], pictures: dict[str, str | None]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "label": row.get("label"),
        "text": row.get("text"),
        "thumbnail": pictures.get(row["id"]),
    }


def pictures_of(snapshot: Snapshot, rows: list[dict[str, Any]]) -> dict[str, str | None]:
    """Thumbnails by id; none where the corpus cannot be read any more."""
    if snapshot.about.modality != "image":
        return {}
    by_source: dict[str, set[str]] = {}
    for row in rows:
        by_source.setdefault(row["source"], set()).add(row["id"])
    try:
        return {name: thumbnail(payload) for name, payload in Corpus(snapshot).read(by_source)}
    except RequestError:
        return {}
