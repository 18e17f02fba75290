"""Evaluates an index on queries with judgements, and compares it with another version on the same queries."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from transforms.common.errors import RequestError
from transforms.search.ask.hit import Hit, Mode
from transforms.search.evaluate.figures import DEPTH, FIGURES, NDCG, Floats, figures_of, gains, means
from transforms.search.evaluate.judgements import Grades, JudgedDocuments, judged_documents
from transforms.search.evaluate.searches import QuerySearcher, answers
from transforms.search.judgements import Judgements

FORMAT = "vectormill-index-evaluation-1"
RERANKED = "reranked"
"""The default search as a cross-encoder orders its answers, beside the modes."""

_LOST = 20
"""Queries that the report shows."""
_SHOWN, _WANTED = 5, 10
"""Answers, and relevant documents, that it shows of each."""
_TEXT = 300
_SAME = 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class _Answered:
    """One version's answers to all queries: hits by mode, and figures by mode and name."""

    searcher: QuerySearcher
    judged: JudgedDocuments
    hits: dict[str, list[list[Hit]]]
    figures: dict[str, dict[str, Floats]]

    @property
    def mode(self) -> Mode:
        """That of a search for which none is chosen."""
        return self.searcher.default_mode


def evaluate_index(
    index: str,
    judgements: Judgements,
    *,
    against: str | None,
    must_compare: bool = True,
    qrels: str = "the file",
    rerank: str | None = None,
    rerank_top: int | None = None,
) -> dict[str, Any]:
    """The report of an evaluation (format `vectormill-index-evaluation-1`).

    Args:
      index: INDEXES/NAME (its newest version) or INDEXES/NAME/3.
      against: another version, or another index, that is asked the same queries.
      must_compare: False: where the other version cannot be asked, a note says so.
      qrels: the file of the judgements, for messages.
      rerank, rerank_top: as of `Searcher`: the default search is also evaluated as a cross-encoder orders its answers.

    Raises:
      RequestError: there is no such index, it holds nothing that is judged, or it cannot be searched by texts.
    """
    queries = list(judgements.queries.items())
    after = _answered(QuerySearcher(index, rerank=rerank, rerank_top=rerank_top), queries, judgements.qrels, qrels)
    before, refusal = None, ""
    if against is not None:
        try:
            other = QuerySearcher(against, like=after.searcher, rerank=rerank, rerank_top=rerank_top)
            before = _answered(other, queries, judgements.qrels, qrels)
        except RequestError as error:
            if must_compare:
                raise
            refusal = f"not compared with {against}: {error}"
    notes = _notes(judgements, after, before)
    searcher = after.searcher
    return {
        "format": FORMAT,
        "title": f"Evaluation of {searcher.folder}",
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "index": _described(searcher),
        "against": None if before is None else _described(before.searcher),
        "queries": {
            "judged": len(queries),
            "unjudged": judgements.unjudged,
            "unasked": judgements.unasked,
            "relevant": after.judged.relevant,
            "missing": len(after.judged.missing),
        },
        "default": _default(after, before),
        "modes": [_mode(mode, after, before) for mode in after.figures],
        "lost": _lost(queries, after, before),
        "by_query": _by_query(queries, after, before),
        "notes": [*notes, refusal] if refusal else notes,
    }


def default_gain(index: str, judgements: Judgements, *, against: str) -> dict[str, Any]:
    """nDCG@10 of the searches that people get who choose no mode, and its gain over another version.

    Returns:
      `queries`, `mode`, `mode_before`, and the intervals `ndcg@10`, `before` and `gain`, as JSON.

    Raises:
      RequestError: one of them cannot be asked, or holds nothing that is judged.
    """
    queries = list(judgements.queries.items())
    searcher = QuerySearcher(index)
    other = QuerySearcher(against, like=searcher)
    after, before = (
        _answered(one, queries, judgements.qrels, "the file", modes=(one.default_mode,)) for one in (searcher, other)
    )
    return {
        "queries": len(queries),
        **_default(after, before),
        NDCG: means(after.figures[after.mode])[NDCG].to_json(),
        "before": means(before.figures[before.mode])[NDCG].to_json(),
    }


def _answered(
    searcher: QuerySearcher,
    queries: Sequence[tuple[str, str]],
    grades: Grades,
    qrels: str,
    *,
    modes: Sequence[Mode] | None = None,
) -> _Answered:
    judged = judged_documents(searcher, grades, of=qrels)
    own = [judged.grades[name] for name, _ in queries]
    hits: dict[str, list[list[Hit]]] = {
        mode: answers(searcher, queries, mode=mode, depth=DEPTH) for mode in modes or searcher.modes
    }
    reranked = searcher.reranked([text for _, text in queries], hits[searcher.default_mode])
    if reranked is not None:
        hits[RERANKED] = reranked
    figures = {mode: figures_of([[hit.id for hit in one] for one in found], own) for mode, found in hits.items()}
    return _Answered(searcher=searcher, judged=judged, hits=hits, figures=figures)


def _described(searcher: QuerySearcher) -> dict[str, Any]:
    metadata = searcher.metadata
    return {
        "path": searcher.folder,
        "rows": searcher.rows,
        "encoder": metadata["encoder"]["name"],
        "table": metadata["table"]["path"],
        "table_version": metadata["table"]["version"],
    }


def _default(after: _Answered, before: _Answered | None) -> dict[str, Any]:
    """The search that people get who choose no mode, and the gain of nDCG@10 over that of the version before."""
    found: dict[str, Any] = {"mode": after.mode, "mode_before": None, "gain": None}
    if before is not None:
        gain = gains(after.figures[after.mode], before.figures[before.mode])[NDCG]
        found |= {"mode_before": before.mode, "gain": gain.to_json()}
    return found


def _mode(mode: str, after: _Answered, before: _Answered | None) -> dict[str, Any]:
    figures = after.figures[mode]
    found: dict[str, Any] = {
        "name": mode,
        "is_default": mode == after.mode,
        "figures": {name: figure.to_json() for name, figure in means(figures).items()},
        "before": None,
        "gains": None,
        "won": None,
        "lost": None,
    }
    if before is not None and mode in before.figures:
        old = before.figures[mode]
        change = figures[NDCG] - old[NDCG]
        found |= {
            "before": {name: figure.to_json() for name, figure in means(old).items()},
            "gains": {name: figure.to_json() for name, figure in gains(figures, old).items()},
            "won": int((change > _SAME).sum()),
            "lost": int((change < -_SAME).sum()),
        }
    return found


def _lost(queries: Sequence[tuple[str, str]], after: _Answered, before: _Answered | None) -> list[dict[str, Any]]:
    """The queries whose nDCG@10 fell most in the default search; without a version before, those where it is lowest."""
    now = after.figures[after.mode][NDCG]
    was = np.ones(len(now)) if before is None else before.figures[before.mode][NDCG]
    change = now - was
    order = np.argsort(change, kind="stable")
    worst = [int(at) for at in order[:_LOST] if change[at] < -_SAME]
    return [_lost_query(at, queries[at], after, before) for at in worst]


def _lost_query(at: int, query: tuple[str, str], after: _Answered, before: _Answered | None) -> dict[str, Any]:
    name, text = query
    grades = after.judged.grades[name]
    hits = after.hits[after.mode][at]
    places = {hit.id: place for place, hit in enumerate(hits, 1)}
    earlier: dict[str, int] = {}
    if before is not None:
        earlier = {hit.id: place for place, hit in enumerate(before.hits[before.mode][at], 1)}
    relevant = sorted((item for item in grades.items() if item[1] > 0), key=lambda item: (-item[1], item[0]))[:_WANTED]
    shown = hits[:_SHOWN]
    rows = {hit.id: hit.row for hit in shown}
    rows |= {document: after.judged.rows[document] for document, _ in relevant if document in after.judged.rows}
    texts = _texts(after.searcher, rows)
    return {
        "id": name,
        "text": text,
        NDCG: float(after.figures[after.mode][NDCG][at]),
        "before": None if before is None else float(before.figures[before.mode][NDCG][at]),
        "wanted": [
            {
                "id": document,
                "grade": grade,
                "place": places.get(document),
                "place_before": earlier.get(document),
                "is_missing": document not in after.judged.rows,
                "text": texts.get(document),
            }
            for document, grade in relevant
        ],
        "answers": [
            {"id": hit.id, "place": place, "grade": grades.get(hit.id), "score": hit.score, "text": texts.get(hit.id)}
            for place, hit in enumerate(shown, 1)
        ],
    }


def _texts(searcher: QuerySearcher, rows: dict[str, int]) -> dict[str, str]:
    """The beginning of the text of each document's row; empty where the index keeps no texts."""
    if "text" not in searcher.schema.names or not rows:
        return {}
    texts = searcher.rows_of(list(rows.values()), ["text"]).column("text").to_pylist()
    return {name: " ".join((text or "").split())[:_TEXT] for name, text in zip(rows, texts, strict=True)}


def _by_query(queries: Sequence[tuple[str, str]], after: _Answered, before: _Answered | None) -> list[dict[str, Any]]:
    def row(answered: _Answered, at: int) -> dict[str, dict[str, float]]:
        return {
            mode: {name: round(float(figures[name][at]), 6) for name in FIGURES}
            for mode, figures in answered.figures.items()
        }

    return [
        {
            "id": name,
            "text": text,
            "figures": row(after, at),
            **({} if before is None else {"before": row(before, at)}),
        }
        for at, (name, text) in enumerate(queries)
    ]


def _notes(judgements: Judgements, after: _Answered, before: _Answered | None) -> list[str]:
    notes = []
    if count := judgements.unjudged:
        notes.append(
            _said(count, "query has no judgement and is left out", "queries have no judgement and are left out")
        )
    if count := judgements.unasked:
        one = "query that was judged is not among the queries and is left out"
        notes.append(_said(count, one, "queries that were judged are not among the queries and are left out"))
    if count := sum(not any(grade > 0 for grade in own.values()) for own in after.judged.grades.values()):
        notes.append(
            _said(
                count,
                "query has no relevant document: it counts as 0",
                "queries have no relevant document: each counts as 0",
            )
        )
    for answered in (after, before):
        missing = [] if answered is None else answered.judged.missing
        if answered is not None and missing:
            where = f"{answered.searcher.folder}, first {missing[0]}"
            some = f"of {answered.judged.relevant:,} relevant documents"
            notes.append(
                _said(
                    len(missing),
                    f"{some} is not in {where}: it counts as not found",
                    f"{some} are not in {where}: they count as not found",
                )
            )
    if before is not None and (left := before.figures.keys() ^ after.figures.keys()):
        notes.append(f"only one of the two can be searched by {' and '.join(sorted(left))}: not compared there")
    return notes


def _said(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
