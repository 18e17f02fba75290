"""Chooses how an index is searched where nobody says it: by vectors, by words or by both, and with which weight of the vectors.

Every way is tried on queries whose answers are known, on the version that is about to be published, and compared by nDCG@10. With
judgements (`transforms.search.judgements`) the queries are theirs. Without any, documents ask for themselves
(`transforms.search.build.self_queries`).

Of all ways that are worse than the best by no more than one standard error of the difference, paired by query (Breiman et al.,
Classification and Regression Trees, 1984, section 3.4.3), one is taken that does not depend on luck. By judgements it is the one
nearest to the usual one, and the figure that is reported for it is cross-validated. Documents that ask for themselves favour
words, since a text goes on with the words that it began with, and people ask in other words: of them it is the one that leans
most on the vectors; the usual one where all are good.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from transforms.common.errors import RequestError, RunError, one_line
from transforms.common.intervals import mean_interval
from transforms.search.ask.fusion import WEIGHT, WEIGHTS, Evidence, Floats, best
from transforms.search.ask.hit import Mode
from transforms.search.ask.searcher import Searcher
from transforms.search.build.self_queries import SelfQuery, evidence_without_queries, self_queries
from transforms.search.evaluate.figures import ndcg
from transforms.search.evaluate.judgements import judged_documents
from transforms.search.judgements import Judgements
from transforms.table.unit_vectors import normalize_rows

WAYS: tuple[str | float, ...] = ("words", *WEIGHTS, "vector")
"""By words, by both with a weight of the vectors, by vectors: from those to these."""
_USUAL = WAYS.index(WEIGHT)
_DEPTH = 10
_FEWEST = 30
"""Fewest documents that can ask for themselves for a choice."""
_MOST_JUDGED = 2_000
_MOST_ROWS = 1 << 22
"""Beyond, to look up all documents by their ids takes more memory than a build has."""
_FOLDS = 5
_AT_ONCE = 64


@dataclass(frozen=True, kw_only=True)
class ModeChoice:
    """The default mode of an index's searches by text.

    Attributes:
      weight: of the vectors in a hybrid search.
      by: what chose it: judgements, documents that ask for themselves, the person who built the index, or nothing ("default").
      why: the reason where nothing chose it; empty else.
      queries: how many were asked.
      figures: nDCG@10 of each way, by "words", "vector" and the weights; empty without queries.
      expected: nDCG@10 of the chosen way with its 95 % interval; by judgements cross-validated.
      rows: of the index when it was chosen.
      changed: rows that updates have added, deleted or changed since.
    """

    mode: Mode
    weight: float = WEIGHT
    by: Literal["judgements", "documents", "request", "default"]
    why: str = ""
    queries: int = 0
    figures: dict[str, float]
    expected: dict[str, float | None] | None = None
    rows: int
    changed: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def of_metadata(metadata: Mapping[str, Any]) -> ModeChoice | None:
        """The choice in an `index.json`; None where a release before this one wrote it."""
        values = metadata.get("search_mode")
        names = {field.name for field in fields(ModeChoice)}
        return None if values is None else ModeChoice(**{k: v for k, v in values.items() if k in names})


def choose_by_documents(searcher: Searcher, *, seed: int) -> ModeChoice:
    """Chooses by documents that ask for themselves; hybrid with the usual weight where that cannot be tried."""
    started = time.monotonic()

    def usual(why: str) -> ModeChoice:
        return ModeChoice(mode="hybrid", by="default", why=why, figures={}, rows=searcher.rows)

    if searcher.rows > _MOST_ROWS:
        return usual(f"to try others takes too much memory with more than {_MOST_ROWS:,} rows")
    queries = self_queries(searcher, seed=seed)
    if len(queries) < _FEWEST:
        return usual(f"only {len(queries)} documents have a title or a first sentence, and more text")
    try:
        searcher.encoder  # noqa: B018
    except (RequestError, RunError, OSError, ImportError) as error:
        return usual(f"the encoder cannot be loaded here: {one_line(error)}")
    answered = evidence_without_queries(searcher, queries)
    if len(answered) < _FEWEST:
        return usual(f"only {len(answered)} documents have a title or a first sentence that the encoder knows")
    gains = _gains_of_documents(answered)
    at = way_of_documents(gains)
    return _choice(searcher, gains, at, by="documents", expected=gains[at], started=started)


def choose_by_judgements(searcher: Searcher, judgements: Judgements) -> ModeChoice:
    """Chooses by queries with judgements, of which those without a relevant document say nothing.

    Raises:
      RequestError: nothing that is judged is in the index, there is no relevant document, or the encoder cannot be loaded.
    """
    started = time.monotonic()
    names = [name for name, grades in judgements.qrels.items() if any(grade > 0 for grade in grades.values())]
    names = names[:: max(-(-len(names) // _MOST_JUDGED), 1)]
    if not names:
        raise RequestError("--qrels names no relevant document: every grade is 0")
    judged = judged_documents(searcher, {name: judgements.qrels[name] for name in names}, of="--qrels").grades
    vectors, good = normalize_rows(searcher.encode([judgements.queries[name] for name in names]))
    names, vectors = [name for name, is_good in zip(names, good, strict=True) if is_good], vectors[good]
    if not names:
        raise RequestError("--queries: the encoder knows no word of any query")
    gains = []
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        texts = [judgements.queries[name] for name in some]
        evidence = searcher.evidence(texts, vectors=vectors[start : start + _AT_ONCE])
        gains.append(_gains_of_judgements(evidence, [judged[name] for name in some]))
    found = np.concatenate(gains, axis=1)
    return _choice(
        searcher, found, chosen_way(found), by="judgements", expected=cross_validated(found), started=started
    )


def way_of_documents(gains: Floats) -> int:
    """The position in `WAYS` of the way to take by documents that ask for themselves; `gains` as of `chosen_way`."""
    good = _good_ways(gains)
    # Where all are good, words and vectors alone too, nothing is known of the table.
    return _USUAL if len(good) == len(WAYS) else int(good.max())


def chosen_way(gains: Floats) -> int:
    """The position in `WAYS` of the way to take by judgements.

    Args:
      gains: of each way and query, float64 [ways, queries].
    """
    return int(min(_good_ways(gains), key=lambda way: abs(way - _USUAL)))


def _good_ways(gains: Floats) -> npt.NDArray[np.int64]:
    """Those that are not shown to be worse than the best: by one standard error."""
    lost = gains[int(gains.mean(axis=1).argmax())] - gains
    errors = lost.std(axis=1, ddof=1) / np.sqrt(lost.shape[1]) if lost.shape[1] > 1 else np.full(len(lost), np.inf)
    # A single query that differs makes a mean of exactly one error.
    return np.flatnonzero(lost.mean(axis=1) <= errors * (1 + 1e-9))


def cross_validated(gains: Floats) -> Floats:
    """The gain of each query with the way that the queries of the other folds choose, float64 [queries]."""
    fold = np.arange(gains.shape[1]) % _FOLDS
    found = gains[_USUAL].copy()
    for number in range(_FOLDS):
        own, others = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        if len(own) and len(others):
            found[own] = gains[chosen_way(gains[:, others])][own]
    return found


def _choice(
    searcher: Searcher,
    gains: Floats,
    at: int,
    *,
    by: Literal["judgements", "documents"],
    expected: Floats,
    started: float,
) -> ModeChoice:
    way = WAYS[at]
    # Whoever asks for a hybrid search nevertheless gets the best one.
    weight = way if isinstance(way, float) else WEIGHTS[int(gains[1:-1].mean(axis=1).argmax())]
    mode: Mode = "hybrid" if isinstance(way, float) else "words" if way == "words" else "vector"
    return ModeChoice(
        mode=mode,
        weight=weight,
        by=by,
        queries=gains.shape[1],
        figures={str(name): round(float(mean), 4) for name, mean in zip(WAYS, gains.mean(axis=1), strict=True)},
        expected=mean_interval(expected).to_json(),
        rows=searcher.rows,
        seconds=round(time.monotonic() - started, 2),
    )


def _scores(evidence: Evidence, way: str | float) -> Floats:
    """The score of each candidate in one way; minus infinity where that way does not find it."""
    if isinstance(way, float):
        return evidence.scores(way)
    return evidence.cosines if way == "vector" else np.where(evidence.shares > 0, evidence.shares, -np.inf)


def _gains_of_judgements(evidence: Sequence[Evidence], grades: Sequence[dict[str, int]]) -> Floats:
    gains = np.zeros((len(WAYS), len(evidence)))
    for query, (found, own) in enumerate(zip(evidence, grades, strict=True)):
        for number, way in enumerate(WAYS):
            scores = _scores(found, way)
            ranking = [found.names[at] for at in best(found.names, scores, _DEPTH) if scores[at] > -np.inf]
            gains[number, query] = ndcg(ranking, own, _DEPTH)
    return gains


def _gains_of_documents(answered: Sequence[tuple[SelfQuery, Evidence]]) -> Floats:
    """nDCG@10 where one document is the answer: 1 / log2(place + 1). Candidates that tie with it count half."""
    gains = np.zeros((len(WAYS), len(answered)))
    for number, (query, found) in enumerate(answered):
        is_answer = np.array([name == query.document for name in found.names])
        for at, way in enumerate(WAYS):
            gains[at, number] = _gain(_scores(found, way), is_answer)
    return gains


def _gain(scores: Floats, is_answer: npt.NDArray[np.bool_]) -> float:
    own, others = float(scores[is_answer][0]), scores[~is_answer]
    if own == -np.inf:
        return 0.0
    place = 1 + (others > own).sum() + (others == own).sum() / 2
    return float(1 / np.log2(place + 1)) if place <= _DEPTH else 0.0
