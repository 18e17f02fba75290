"""Compares two versions of an index by their answers: which of the first k changed, why, and for which queries most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.common.intervals import mean_interval
from transforms.compare.answers import REASONS, Answered, Change, Side, changes
from transforms.compare.difference_files import DifferenceFiles
from transforms.search.ask.hit import Hit, Mode
from transforms.search.measure.samples import pictures_of
from transforms.search.store.segment import HOLDOUT
from transforms.storage import files
from transforms.table.open import existing

FORMAT = "vectormill-index-diff-1"

_EXAMPLES = 10
_MOST_QUERIES = 2_000
_LONGEST = 300
_CHANGES = pa.schema(
    [
        pa.field("query", pa.string(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("change", pa.string(), nullable=False),
        pa.field("rank", pa.int32(), nullable=False),
        pa.field("score", pa.float32()),
        pa.field("reason", pa.string(), nullable=False),
    ]
)
_QUERIES = pa.schema(
    [
        pa.field("query", pa.string(), nullable=False),
        pa.field("text", pa.string()),
        pa.field("overlap", pa.float64(), nullable=False),
        pa.field("before", pa.list_(pa.string()), nullable=False),
        pa.field("after", pa.list_(pa.string()), nullable=False),
    ]
)


@dataclass(frozen=True, kw_only=True)
class AskedQuery:
    """A query: its name, its text where it has one, and whether it is the row of that id."""

    name: str
    text: str | None = None
    is_row: bool = False
    label: str | None = None
    source: str | None = None


def compare_indexes(
    before: Side,
    after: Side,
    tables: DifferenceFiles,
    *,
    texts: Sequence[AskedQuery] | None = None,
    k: int = 10,
    mode: Mode | None = None,
    title: str | None = None,
) -> dict[str, Any]:
    """The report of what `after` answers otherwise than `before`; `transforms.compare.report` shows it.

    Args:
      texts: the queries; None: the rows that both versions hold out of their structures, at most 2,000, by vectors.
      k: answers to a query.
      mode: of the searches by text, as of `Searcher.search`.

    `tables` get `answers`, every answer that is new or gone with its reason, and `queries`, with the answers of both versions.

    Raises:
      RequestError: the versions have no row in common, or no query.
    """
    k = min(k, before.searcher.rows, after.searcher.rows)
    if texts is None:
        queries = _holdout_queries(before, after)
        old, new = (_answers_to_rows(side, queries, k) for side in (before, after))
    else:
        queries = list(texts)
        old, new = (_answers_to_texts(side, queries, k, mode) for side in (before, after))
    found = changes(old, new, own=[query.name if query.is_row else None for query in queries])
    _require_common_rows(before, after, old, new)
    overlaps = [
        len({hit.id for hit in one} & {hit.id for hit in other}) / max(len(one), len(other), 1)
        for one, other in zip(old.hits, new.hits, strict=True)
    ]
    labels = [_label_agreement(answered, queries) for answered in (old, new)]
    _write(tables, queries, old, new, found, overlaps)
    reasons = Counter(change.reason for change in found)
    is_changed = [overlap < 1 for overlap in overlaps]
    most = sorted(np.flatnonzero(is_changed).tolist(), key=lambda at: (overlaps[at], queries[at].name))[:_EXAMPLES]
    return {
        "format": FORMAT,
        "kind": "index",
        "title": title or f"{files.parent(after.base.published)}: version {before.number} to {after.number}",
        "path": files.parent(after.base.published),
        "before": _version(before),
        "after": _version(after),
        "options_changed": _changed_options(before, after),
        "on": {
            "queries": len(queries),
            "which": "rows that both versions hold out" if texts is None else "the queries of the file",
            "mode": "vector" if texts is None else mode or ("hybrid" if after.searcher.has_words else "vector"),
            "k": k,
        },
        "overlap": mean_interval(overlaps).to_json(),
        "queries_changed": int(sum(is_changed)),
        "first_answer_changed": sum(
            bool(one and other and one[0].id != other[0].id) for one, other in zip(old.hits, new.hits, strict=True)
        ),
        "answers": {
            "added": sum(change.is_new for change in found),
            "removed": sum(not change.is_new for change in found),
        },
        "reasons": [
            {
                "reason": name,
                "added": sum(change.is_new for change in found if change.reason == name),
                "removed": sum(not change.is_new for change in found if change.reason == name),
                "words": words,
            }
            for name, words in REASONS.items()
            if reasons[name]
        ],
        "label_agreement": None if None in labels else _agreement(*labels),
        "overlaps": np.histogram(overlaps, np.linspace(0, 1, 11))[0].tolist(),
        "examples": _examples(queries, old, new, found, overlaps, most),
    }


def _holdout_queries(before: Side, after: Side) -> list[AskedQuery]:
    """The rows that are held out in both versions, in the order of the later one."""
    old, new = before.base.segment(HOLDOUT), after.base.segment(HOLDOUT)
    if old is None or new is None:
        return []
    there = set(old.columns.column("id").filter(pa.array(old.alive)).to_pylist())
    names = [name for name in ("id", "source", "label", "text") if name in new.columns.schema.names]
    rows = new.columns.select(names).filter(pa.array(new.alive)).to_pylist()
    found = [row for row in rows if row["id"] in there]
    if not found:
        raise RequestError(
            f"versions {before.number} and {after.number} of {files.parent(after.base.published)} hold no row out in common:"
            " give the queries of your own with --queries FILE"
        )
    return [
        AskedQuery(name=row["id"], text=row.get("text"), is_row=True, label=row.get("label"), source=row.get("source"))
        for row in found[:_MOST_QUERIES]
    ]


def _answers_to_rows(side: Side, queries: list[AskedQuery], k: int) -> Answered:
    """The answers near each version's own vector of a row, without the row."""
    holdout = side.base.segment(HOLDOUT)
    assert holdout is not None
    start = 0
    for segment in side.base.segments:
        if segment.name == HOLDOUT:
            break
        start += segment.size
    ids = holdout.columns.column("id").to_pylist()
    place = {ids[at]: at for at in np.flatnonzero(holdout.alive).tolist()}
    vectors = side.searcher.vectors_of([start + place[query.name] for query in queries])
    documents = {}
    if "parent" in holdout.columns.schema.names:
        documents = dict(zip(ids, holdout.columns.column("parent").to_pylist(), strict=True))
    hits = side.searcher.hits_near(vectors, min(k + 1, side.searcher.rows))
    own = [{query.name, documents.get(query.name)} for query in queries]
    kept = [[hit for hit in some if hit.id not in names][:k] for some, names in zip(hits, own, strict=True)]
    return Answered(side, kept, side.unit_queries(vectors))


def _answers_to_texts(side: Side, queries: list[AskedQuery], k: int, mode: Mode | None) -> Answered:
    texts = [query.text or "" for query in queries]
    hits = side.searcher.search_texts(texts, k=k, mode=mode)
    vectors = None if mode == "words" else side.unit_queries(side.searcher.encode(texts))
    return Answered(side, hits, vectors)


def _require_common_rows(before: Side, after: Side, old: Answered, new: Answered) -> None:
    names = {hit.id for answered in (old, new) for hits in answered.hits for hit in hits}
    if names and not any(before.contents(name) and after.contents(name) for name in names):
        raise RequestError(
            f"versions {before.number} and {after.number} of {files.parent(after.base.published)} have no row in common: they are"
            f" indexes of {before.metadata['table']['path']} and of {after.metadata['table']['path']}"
        )


def _label_agreement(answered: Answered, queries: list[AskedQuery]) -> list[float] | None:
    """The share of each labelled query's answers that have its label; None where there are no labels."""
    labelled = [at for at, query in enumerate(queries) if query.label is not None and answered.hits[at]]
    if not labelled or "label" not in answered.side.searcher.schema.names:
        return None
    found = []
    for at in labelled:
        rows = answered.side.searcher.rows_of([hit.row for hit in answered.hits[at]], ["label"])
        labels = rows.column("label").to_pylist()
        found.append(labels.count(queries[at].label) / len(labels))
    return found


def _agreement(old: list[float] | None, new: list[float] | None) -> dict[str, Any] | None:
    if old is None or new is None or len(old) != len(new):
        return None
    return {
        "before": mean_interval(old).to_json(),
        "after": mean_interval(new).to_json(),
        "difference": mean_interval(np.array(new) - np.array(old), ends=(-1.0, 1.0)).to_json(),
    }


def _write(
    tables: DifferenceFiles,
    queries: list[AskedQuery],
    old: Answered,
    new: Answered,
    found: list[Change],
    overlaps: list[float],
) -> None:
    rows = [
        {
            "query": queries[change.query].name,
            "id": change.id,
            "change": "added" if change.is_new else "removed",
            "rank": change.rank,
            "score": change.score,
            "reason": change.reason,
        }
        for change in found
    ]
    tables.write_rows("answers", rows, _CHANGES)
    asked = [
        {
            "query": query.name,
            "text": query.text,
            "overlap": overlap,
            "before": [hit.id for hit in one],
            "after": [hit.id for hit in other],
        }
        for query, overlap, one, other in zip(queries, overlaps, old.hits, new.hits, strict=True)
    ]
    tables.write_rows("queries", asked, _QUERIES)


def _version(side: Side) -> dict[str, Any]:
    metadata = side.metadata
    return {
        "version": side.number,
        "created": metadata.get("created"),
        "rows": side.searcher.rows,
        "encoder": metadata["encoder"]["name"],
        "encoder_fingerprint": metadata["encoder"]["fingerprint"],
        "kind": metadata["plan"]["kind"],
        "search_parameter": metadata["effort"],
        "table": {"path": metadata["table"]["path"], "version": metadata["table"]["version"]},
    }


def _changed_options(before: Side, after: Side) -> list[str]:
    old, new = ({**side.metadata["asked"], "kind": side.metadata["plan"]["kind"]} for side in (before, after))
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))


def _examples(
    queries: list[AskedQuery],
    old: Answered,
    new: Answered,
    found: list[Change],
    overlaps: list[float],
    chosen: list[int],
) -> list[dict[str, Any]]:
    """The queries whose answers changed most, with the answers of both versions."""
    reasons = {(change.query, change.id): change.reason for change in found}
    shown = []
    for at in chosen:
        query = queries[at]
        sides = {
            name: [_described(answered.side, hit, reasons.get((at, hit.id))) for hit in answered.hits[at]]
            for name, answered in (("before", old), ("after", new))
        }
        shown.append(
            {
                "id": query.name if query.is_row else None,
                "text": (query.text or "")[:_LONGEST] or None,
                "label": query.label,
                "source": query.source,
                "overlap": overlaps[at],
                **sides,
            }
        )
    _add_pictures(new.side, shown)
    return shown


def _described(side: Side, hit: Hit, reason: str | None) -> dict[str, Any]:
    names = [name for name in ("source", "label", "text") if name in side.searcher.schema.names]
    row = side.searcher.rows_of([hit.row], names).to_pylist()[0]
    return {
        "id": hit.id,
        "score": hit.score,
        "label": row.get("label"),
        "source": row.get("source"),
        "text": (row.get("text") or "")[:_LONGEST] or None,
        "reason": reason,
    }


def _add_pictures(side: Side, shown: list[dict[str, Any]]) -> None:
    """Adds thumbnails where the table and its images are still there."""
    try:
        snapshot = existing(side.metadata["table"]["path"], side.metadata["table"]["version"])
    except RequestError:
        return
    queries = [query for query in shown if query["id"] is not None]
    rows = [*queries, *(hit for query in shown for name in ("before", "after") for hit in query[name])]
    pictures = pictures_of(snapshot, rows)
    for row in rows:
        row["thumbnail"] = pictures.get(row["id"])
