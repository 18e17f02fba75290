"""Finds the documents of an index that hold a query's words, and shows each by the row that holds most of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np

from transforms.search.ask.fusion import DEPTH
from transforms.search.ask.hit import Hit
from transforms.search.ask.open_index import OpenIndex
from transforms.search.store.lexical import LexicalIndex


class WordSearch:
    """Searches the lexical index beside the vectors of an index. Safe to use from several threads."""

    def __init__(self, index: OpenIndex, lexical: LexicalIndex) -> None:
        self._index = index
        self.lexical = lexical

    def search(self, text: str, k: int, where: str | None) -> list[Hit]:
        """Hits of documents that hold words of the text, in rows that `where` leaves."""
        hits: list[Hit] = []
        skip = 0
        while len(hits) < k:
            step = max(k, DEPTH) if not skip else 4 * skip
            found = self.lexical.search(text, step, skip=skip)
            hits += self._shown(text, found if where is not None else found[:k], where)
            if len(found) < step:
                break
            skip += step
        return hits[:k]

    def wanted_rows(self, document: str, where: str | None) -> list[int]:
        """The positions of a document's rows that `where` leaves."""
        rows = self._index.rows_of_documents[document]
        return [row for row, wanted in zip(rows, self._are_wanted(rows, where), strict=True) if wanted]

    def _shown(self, text: str, found: Sequence[tuple[str, float]], where: str | None) -> list[Hit]:
        """Each document by its row that holds most of the query's words, among those that `where` leaves; without one, no hit."""
        of_document = [self._index.rows_of_documents[name] for name, _ in found]
        rows = [row for rows in of_document for row in rows]
        are_wanted = self._are_wanted(rows, where)
        if not self._index.is_chunked:
            answered = zip(found, rows, are_wanted, strict=True)
            return [Hit(name, score, row, None, words=score) for (name, score), row, wanted in answered if wanted]
        table = self._index.rows_of(rows, ["id", "text"])
        chunks = table.column("id").to_pylist()
        shares = self.lexical.shares(text, [content or "" for content in table.column("text").to_pylist()])
        answers = zip(rows, chunks, shares, are_wanted, strict=True)
        hits = []
        for (name, score), own in zip(found, of_document, strict=True):
            wanted = [answer for answer in islice(answers, len(own)) if answer[2] > 0 and answer[3]]
            if wanted:
                row, chunk, *_ = max(wanted, key=lambda answer: answer[2])
                hits.append(Hit(name, score, row, chunk, words=score))
        return hits

    def _are_wanted(self, rows: list[int], where: str | None) -> list[bool]:
        if where is None:
            return [True] * len(rows)
        return np.concatenate(self._index.masks(where))[np.asarray(rows, np.int64)].tolist()
