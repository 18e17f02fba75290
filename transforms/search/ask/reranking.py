"""Orders the first answers of a search anew, by a cross-encoder that reads the query and each text together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from transforms.common.errors import RequestError
from transforms.search.ask.hit import Hit
from transforms.search.ask.open_index import OpenIndex

if TYPE_CHECKING:
    from transforms.encoders.hugging_face.cross_encoder import CrossEncoder

TOP = 50
"""Answers that are ordered anew where nobody says how many."""

_CHARACTERS = 20_000
"""Of a text; a network reads some hundred words."""


@dataclass(frozen=True)
class Reranker:
    """A cross-encoder, and how many of the first answers it orders anew."""

    cross_encoder: CrossEncoder
    top: int = TOP

    @staticmethod
    def open(name: str, *, of: OpenIndex, top: int | None = None) -> Reranker:
        """The cross-encoder of hf:FOLDER or onnx:PATH, for the texts of an index.

        Raises:
          RequestError: as `cross_encoder.open_cross_encoder`; `top` is below 1, or the index has no texts.
        """
        from transforms.encoders.hugging_face.cross_encoder import open_cross_encoder

        if top is not None and top < 1:
            raise RequestError(f"--rerank-top {top}: give 1 or more")
        if "text" not in of.schema.names:
            raise RequestError(f"{of.folder} keeps no texts for --rerank to read: embed the table without --drop-text")
        return Reranker(open_cross_encoder(name), TOP if top is None else top)

    def reranked(self, index: OpenIndex, query: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits, the first `top` by the score that the cross-encoder gives their rows' texts, equals in their order before.

        Hits behind those stay in their order, and get the lowest of these scores.
        """
        if not hits:
            return []
        first, rest = hits[: self.top], hits[self.top :]
        texts = index.rows_of([hit.row for hit in first], ["text"]).column("text").to_pylist()
        scores = self.cross_encoder.scores(query, [(text or "")[:_CHARACTERS] for text in texts]).tolist()
        scored = [hit._replace(score=score) for hit, score in zip(first, scores, strict=True)]
        return [*sorted(scored, key=lambda hit: -hit.score), *(hit._replace(score=min(scores)) for hit in rest)]
