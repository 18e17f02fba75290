"""Makes queries whose answers are known without judgements: documents that ask for themselves.

A document's title, or the first sentence of a text of it, is the query, and the document the answer, from which it was taken out:
its words are scored by BM25 as if it never held that sentence, and its vector is made of what remains. So neither side finds the
query itself; what is left for both is what the document says besides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from transforms.common.arrays import Vectors
from transforms.corpus.chunks.units import sentences_of
from transforms.corpus.columns.column_types import is_text
from transforms.search.ask.fusion import Evidence
from transforms.search.ask.searcher import Searcher
from transforms.table.unit_vectors import normalize_rows

_QUERIES = 200
_LOOKED_AT = 10
"""Documents that are looked at for each query that is wanted."""
_FEWEST_WORDS, _MOST_WORDS, _FEWEST_LEFT = 3, 40, 6
"""Words of a query, and fewest of what remains."""
_FIRST_WORDS, _FEWEST_IN_ONE_SENTENCE = 12, 36
"""Words of a query where a text has no first sentence of its own, and fewest of such a text."""
_AT_ONCE = 64


@dataclass(frozen=True, kw_only=True)
class SelfQuery:
    """A query that a document makes of itself.

    Attributes:
      document: its id.
      row: the row of the text that the query was taken from.
      rest: that text without the query.
    """

    text: str
    document: str
    row: int
    rest: str


def self_queries(searcher: Searcher, *, seed: int) -> list[SelfQuery]:
    """Takes queries from documents drawn at random, at most one from each and 200 in all."""
    alive = np.flatnonzero(np.concatenate([segment.alive for segment in searcher.segments]))
    drawn = np.random.default_rng(seed).permutation(alive)[: _LOOKED_AT * _QUERIES]
    has_titles = "title" in searcher.schema.names and is_text(searcher.schema.field("title").type)
    names = [*searcher.id_columns, "text", *(["title"] if has_titles else [])]
    found: dict[str, SelfQuery] = {}
    asked: set[str] = set()
    for start in range(0, len(drawn), _QUERIES):
        rows = drawn[start : start + _QUERIES]
        for row, values in zip(rows.tolist(), searcher.rows_of(rows, names).to_pylist(), strict=True):
            parts = _taken_apart(values["text"] or "", values.get("title") or "")
            document = values.get("parent") or values["id"]
            if parts is not None and parts[0] not in asked:
                asked.add(parts[0])
                found.setdefault(document, SelfQuery(text=parts[0], document=document, row=row, rest=parts[1]))
        if len(found) >= _QUERIES:
            break
    return list(found.values())[:_QUERIES]


def _taken_apart(text: str, title: str) -> tuple[str, str] | None:
    """The query in a text and what remains without it; None where one of them would be too short."""
    has_title = len(title.split()) >= _FEWEST_WORDS
    query, rest = (title.strip(), text.replace(title, " ").strip()) if has_title else _beginning(text.strip())
    if not _FEWEST_WORDS <= len(query.split()) <= _MOST_WORDS or len(rest.split()) < _FEWEST_LEFT:
        return None
    return query, rest


def _beginning(text: str) -> tuple[str, str]:
    """The first sentence of a text and the others; where it has one alone or a very long one, its first words and the others."""
    spans = sentences_of(text, (0, len(text)))
    if len(spans) > 1 and len(text[slice(*spans[0])].split()) <= _MOST_WORDS:
        return text[slice(*spans[0])], text[spans[1][0] :]
    words = text.split()
    if len(words) < _FEWEST_IN_ONE_SENTENCE:
        return "", ""
    return " ".join(words[:_FIRST_WORDS]), " ".join(words[_FIRST_WORDS:])


def evidence_without_queries(searcher: Searcher, queries: Sequence[SelfQuery]) -> list[tuple[SelfQuery, Evidence]]:
    """The evidence for the candidates of each query, the document that it was taken from without it.

    Queries and remainders whose vectors are zero or not finite are left out.
    """
    found: list[tuple[SelfQuery, Evidence]] = []
    mean_words = _mean_words(searcher, queries)
    for start in range(0, len(queries), _AT_ONCE):
        some = queries[start : start + _AT_ONCE]
        vectors, are_good = normalize_rows(searcher.encode([query.text for query in some]))
        rests, have_rest = normalize_rows(searcher.encoder.encode([query.rest for query in some]))
        good = np.flatnonzero(are_good & have_rest)
        some, vectors, rests = [some[at] for at in good.tolist()], vectors[good], rests[good]
        if not some:
            continue
        evidence = searcher.evidence([query.text for query in some], vectors=vectors)
        for query, own, vector, rest in zip(some, evidence, vectors, rests, strict=True):
            cosine = _cosine(searcher, query, vector, rest)
            share = _share(searcher, query, mean_words)
            found.append((query, _replaced(own, query.document, share=share, cosine=cosine)))
    return found


def _cosine(searcher: Searcher, query: SelfQuery, vector: Vectors, rest: Vectors) -> float:
    """That of the nearest row of the document, one of which is without the query."""
    others = [row for row in searcher.rows_of_documents[query.document] if row != query.row]
    cosine = float(vector @ rest)
    return max([cosine, *(searcher.vectors_of(others) @ vector).tolist()]) if others else cosine


def _share(searcher: Searcher, query: SelfQuery, mean_words: float) -> float:
    """The document's word score, less what the query's own sentence adds to it."""
    lexical = searcher.lexical
    score = lexical.scores(query.text, [query.document]).get(query.document, 0.0)
    whole, rest = _whole_and_rest(searcher, query)
    with_query, without = lexical.bm25(query.text, [whole, rest], mean_words=mean_words)
    return score * min(without / with_query, 1.0) if with_query else 0.0


def _whole_and_rest(searcher: Searcher, query: SelfQuery) -> tuple[str, str]:
    """The text of the document as the lexical index holds it, and the same without the query."""
    rows = searcher.rows_of_documents[query.document]
    texts = dict(zip(rows, searcher.rows_of(rows, ["text"]).column("text").to_pylist(), strict=True))
    whole = " ".join(text or "" for text in texts.values())
    return whole, " ".join((query.rest if row == query.row else text) or "" for row, text in texts.items())


def _mean_words(searcher: Searcher, queries: Sequence[SelfQuery]) -> float:
    """The mean number of words of the documents."""
    counts = [searcher.lexical.count(_whole_and_rest(searcher, query)[0]) for query in queries]
    return sum(counts) / max(len(counts), 1) or 1.0


def _replaced(evidence: Evidence, document: str, *, share: float, cosine: float) -> Evidence:
    """The evidence with other scores of one document, which is a candidate then if it was none."""
    names = [*(name for name in evidence.names if name != document), document]
    kept = np.array([name != document for name in evidence.names], np.bool_)
    return Evidence(
        names=names,
        shares=np.append(evidence.shares[kept], share),
        cosines=np.append(evidence.cosines[kept], cosine),
        mean=evidence.mean,
        deviation=evidence.deviation,
    )
