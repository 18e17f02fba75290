"""Describes one answer of an index, `Hit`, and the modes of a search by text."""

from __future__ import annotations

from typing import Literal, NamedTuple

from transforms.corpus.documents.columns import BETWEEN_HEADINGS

Mode = Literal["vector", "words", "hybrid"]


class Hit(NamedTuple):
    """One answer. A tuple, since a frozen dataclass takes four times as long to make.

    Attributes:
      id: of a row, or of a document where the table has chunks.
      score: what hits are ordered by: the cosine; by words the word score; of a hybrid search the fused score
        (`transforms.search.ask.fusion`); where a cross-encoder reranked them, its score.
      row: position for `Searcher.rows_of`.
      chunk: the chunk of the document that answers best; None where the table has none.
      cosine: of the query's vector and that of `row`, -1 to 1; None in a search by words alone.
      words: the share of the query that the text holds, 0 to 1 (`LexicalIndex`); None where the text holds no word of it, and
        in a search by vectors alone.
      title, heading, page: of the document that the row is of, and where in it the row begins: the titles of its sections, with
        " > " between them, and the page from 1 on. None where there is none, or the table is none of documents.
      inliers, region: of a search by an image among local features: the places that the image and the photograph share, and
        (top, left, bottom, right) around them in the photograph, in pixels; `score` is the inliers. Else None.
    """

    id: str
    score: float
    row: int
    chunk: str | None
    cosine: float | None = None
    words: float | None = None
    title: str | None = None
    heading: str | None = None
    page: int | None = None
    inliers: int | None = None
    region: tuple[float, float, float, float] | None = None

    @property
    def place(self) -> str:
        """The id, and where in the document: `report.pdf, page 12, "3.2 Results"`."""
        page = "" if self.page is None else f", page {self.page}"
        section = "" if not self.heading else f', "{self.heading.rpartition(BETWEEN_HEADINGS)[2]}"'
        return f"{self.id}{page}{section}"
