"""Finds the documents that judgements are of in an index: by the id of a document, or of one of its chunks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.errors import RequestError
from transforms.search.ask.open_index import OpenIndex
from transforms.search.store.documents import document_ids

Grades = Mapping[str, Mapping[str, int]]
"""Query -> document or row -> grade."""


@dataclass(frozen=True, kw_only=True)
class JudgedDocuments:
    """The judgements of an index's documents.

    Attributes:
      grades: query -> document -> grade. Of a document that was judged by several chunks it is the highest; what is not in
        the index stays under its own id, since no answer can be it.
      rows: the position of a row of each judged document that is in the index.
      relevant: documents that are relevant for some query.
      missing: those of them that are not in the index, sorted.
    """

    grades: dict[str, dict[str, int]]
    rows: dict[str, int]
    relevant: int
    missing: list[str]


def judged_documents(index: OpenIndex, judged: Grades, *, of: str) -> JudgedDocuments:
    """Looks up all that is judged in one pass over the ids.

    Args:
      of: the file of the judgements, for the message.

    Raises:
      RequestError: nothing that is judged is in the index.
    """
    names = list(dict.fromkeys(name for grades in judged.values() for name in grades))
    documents, rows = _looked_up(index, names)
    if not documents:
        there = index.rows_of([_first(index)], index.id_columns).to_pylist()[0]
        raise RequestError(
            f"none of the {len(names):,} ids that {of} judges is in {index.folder}: it judges {names[0]!r}, and the index has"
            f" {(there.get('parent') or there['id'])!r}: embed the table with --id-column"
        )
    grades: dict[str, dict[str, int]] = {}
    for query, given in judged.items():
        own = grades.setdefault(query, {})
        for name, grade in given.items():
            document = documents.get(name, name)
            own[document] = max(grade, own.get(document, grade))
    relevant = {name for own in grades.values() for name, grade in own.items() if grade > 0}
    return JudgedDocuments(grades=grades, rows=rows, relevant=len(relevant), missing=sorted(relevant - rows.keys()))


def _looked_up(index: OpenIndex, names: Sequence[str]) -> tuple[dict[str, str], dict[str, int]]:
    """The document of each id that is in the index, and a row of each document."""
    documents: dict[str, str] = {}
    of_chunks: dict[str, str] = {}
    rows: dict[str, int] = {}
    wanted = pa.array(names, pa.string())
    for segment, start in zip(index.segments, index.starts[:-1], strict=True):
        columns = segment.columns.select(index.id_columns)
        parents, ids = document_ids(columns), columns.column("id")
        found = pc.or_(pc.is_in(parents, value_set=wanted), pc.is_in(ids, value_set=wanted))
        at = np.flatnonzero(found.to_numpy(zero_copy_only=False).astype(np.bool_) & segment.alive)
        taken = pa.array(at)
        for parent, name, row in zip(
            parents.take(taken).to_pylist(), ids.take(taken).to_pylist(), at.tolist(), strict=True
        ):
            documents[parent] = parent
            of_chunks[name] = parent
            rows.setdefault(parent, row + int(start))
    return {
        name: documents.get(name) or of_chunks[name] for name in names if name in documents or name in of_chunks
    }, rows


def _first(index: OpenIndex) -> int:
    """The position of the first row that is not deleted."""
    for segment, start in zip(index.segments, index.starts[:-1], strict=True):
        alive = np.flatnonzero(segment.alive)
        if len(alive):
            return int(alive[0] + start)
    raise RequestError(f"{index.folder} has no rows")
