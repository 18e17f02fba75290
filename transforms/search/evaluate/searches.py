"""Asks an index the same queries in each of its modes; each text is encoded once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np

from transforms.common.arrays import Vectors
from transforms.common.errors import RequestError
from transforms.search.ask.hit import Hit, Mode
from transforms.search.ask.reranking import Reranker
from transforms.search.ask.searcher import Searcher

_AT_ONCE = 64


class QuerySearcher(Searcher):
    """A `Searcher` that keeps the vectors of the texts it was asked.

    Args:
      like: another one, opened before: where both have the same encoder, it is loaded once, and each text encoded once.
      rerank, rerank_top: as of `Searcher`; only `reranked` asks the cross-encoder.
    """

    def __init__(
        self,
        path: str,
        *,
        like: QuerySearcher | None = None,
        rerank: str | None = None,
        rerank_top: int | None = None,
    ) -> None:
        super().__init__(path)
        self._second = None if rerank is None else Reranker.open(rerank, of=self, top=rerank_top)
        self._vectors: dict[str, Vectors] = {}
        if like is not None and like.metadata["encoder"] == self.metadata["encoder"]:
            self._vectors = like._vectors
            if "encoder" in like.__dict__:
                self.__dict__["encoder"] = like.encoder

    def encode(self, texts: Sequence[str]) -> Vectors:
        unknown = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if unknown:
            self._vectors.update(zip(unknown, super().encode(unknown), strict=True))
        return np.stack([self._vectors[text] for text in texts])

    def reranked(self, texts: Sequence[str], found: Sequence[list[Hit]]) -> list[list[Hit]] | None:
        """The hits of some texts in the order of the cross-encoder; None without one."""
        if self._second is None:
            return None
        return [self._second.reranked(self, text, hits) for text, hits in zip(texts, found, strict=True)]

    @property
    def modes(self) -> tuple[Mode, ...]:
        """In which texts can be searched."""
        return ("hybrid", "vector", "words") if self.has_words else ("vector",)


def answers(searcher: Searcher, queries: Sequence[tuple[str, str]], *, mode: Mode, depth: int) -> list[list[Hit]]:
    """The hits of each query, (id, text), best first: `depth` of them, or all rows.

    Raises:
      RequestError: a query that cannot be asked, by its id.
    """
    found: list[list[Hit]] = []
    rest = iter(queries)
    while batch := list(islice(rest, _AT_ONCE)):
        try:
            found += searcher.search_texts([text for _, text in batch], k=min(depth, searcher.rows), mode=mode)
        except RequestError:
            # The message does not tell which of them it is about.
            for name, text in batch:
                try:
                    searcher.search_texts([text], k=1, mode=mode)
                except RequestError as error:
                    raise RequestError(f"query {name}: {error}") from error
            raise
    return found
