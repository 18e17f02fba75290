"""Searches a published index by text, image, row id or vector.

    searcher = Searcher("indexes/reviews")
    searcher.search("a triumph", k=5, where="label = 'pos'")

A version in a store is downloaded once (`transforms.storage.local_cache`). Vectors and columns are memory-mapped, so that
opening takes a moment and several processes share what they read. The encoder is loaded with the first query that needs it.
Safe to use from several threads.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.arrays import Mask, RowIndices, Vectors
from transforms.common.errors import RequestError
from transforms.search.ask import fusion
from transforms.search.ask.where import matching
from transforms.search.store.documents import document_ids
from transforms.search.store.index_folder import LEXICAL, located, read_metadata
from transforms.search.store.lexical import LexicalIndex
from transforms.search.store.row_file import PART
from transforms.search.store.segment import Found, Segment, merged, open_segments
from transforms.search.store.vector_file import decoded
from transforms.storage import files
from transforms.storage.local_cache import local_copy
from transforms.table.unit_vectors import normalize_rows

Mode = Literal["vector", "words", "hybrid"]

LONGEST_QUERY = 100_000
_DEEPER = 4
_USUAL_K = 10


@dataclass(frozen=True)
class Hit:
    """One answer.

    Attributes:
      id: of a row, or of a document where the table has chunks.
      score: what hits are ordered by: the cosine; by words the word score; of a hybrid search the fused score, a sum of
        reciprocal ranks.
      row: position for `Searcher.rows_of`.
      chunk: the chunk of the document that answers best; None where the table has none.
      cosine: of the query's vector and that of `row`, -1 to 1; None in a search by words alone.
      words: the share of the query that the text holds, 0 to 1 (`LexicalIndex`); None where the text holds no word of it, and
        in a search by vectors alone.
    """

    id: str
    score: float
    row: int
    chunk: str | None
    cosine: float | None = None
    words: float | None = None


class Searcher:
    """Opens INDEXES/NAME (its newest version) or INDEXES/NAME/3.

    Raises:
      RequestError: there is no index, it is of another format, or it is incomplete.
    """

    def __init__(self, path: str) -> None:
        self.folder = located(path)
        self._local = local_copy(self.folder)
        self.metadata: dict[str, Any] = read_metadata(self._local)
        self._segments: list[Segment] = open_segments(
            self._local, self.metadata["segments"], self.metadata["plan"]["kind"]
        )
        self._starts = np.cumsum([0, *(segment.size for segment in self._segments)])
        self.rows: int = sum(segment.rows for segment in self._segments)
        self.schema = pa.schema([field for field in self._segments[0].columns.schema if field.name != PART])
        self._is_chunked = "parent" in self.schema.names
        self._id_columns = ["id", "parent"] if self._is_chunked else ["id"]
        self._loading = threading.Lock()
        self._masks = lru_cache(maxsize=16)(self._evaluated)

    @property
    def has_words(self) -> bool:
        """Whether the index has a lexical index beside the vectors."""
        return files.exists(files.join(self._local, LEXICAL))

    def search(
        self,
        text: str | None = None,
        *,
        image: bytes | None = None,
        id: str | None = None,  # noqa: A002
        vector: npt.NDArray[np.float32] | None = None,
        k: int | None = None,
        mode: Mode | None = None,
        where: str | None = None,
    ) -> list[Hit]:
        """Finds the k best answers to one query, best first; fewer only where `where` leaves fewer.

        Args:
          text, image, id, vector: one of them: a text, the bytes of an image file, the id of a row (which is not among its
            answers), a vector float32 [dim].
          k: None: 10, or all where there are fewer.
          mode: for texts. None: hybrid where there is a lexical index, else vector.
          where: an SQL condition over the columns of the rows: "label = 'x' and year > 2010".

        Raises:
          RequestError: not exactly one query, one that this index cannot answer, k out of range, a condition that is none.
        """
        queries = {"text": text, "image": image, "id": id, "vector": vector}
        given = [name for name, value in queries.items() if value is not None]
        if len(given) != 1:
            raise RequestError("a search takes one of a text, an image, an id and a vector")
        if text is not None:
            return self.search_texts([text], k=k, mode=mode, where=where)[0]
        if mode not in (None, "vector"):
            raise RequestError(f"a search by {given[0]} has no words: leave out the mode {mode!r}")
        k = self._k(k)
        if id is not None:
            return self._like(id, k, where)
        query = self._of_image(image) if image is not None else np.asarray(vector, np.float32).reshape(1, -1)
        return self.hits_near(query, k, where)[0]

    def search_texts(
        self, texts: Sequence[str], *, k: int | None = None, mode: Mode | None = None, where: str | None = None
    ) -> list[list[Hit]]:
        """Searches many texts at once, which is faster than one by one.

        Raises:
          RequestError: as `search`.
        """
        k = self._k(k)
        for text in texts:
            _require_text(text)
        mode = mode or ("hybrid" if self.has_words else "vector")
        if mode != "vector" and not self.has_words:
            raise RequestError(f"{self.folder} has no lexical index: search it with --mode vector")
        if mode == "words":
            return [self._by_words(text, k, where) for text in texts]
        vectors = self.encode(texts)
        found = self.hits_near(vectors, k if mode == "vector" else max(k, fusion.DEPTH), where)
        if mode == "vector":
            return found
        queries = zip(texts, normalize_rows(vectors)[0], found, strict=True)
        return [self._fused(text, vector, hits, k, where) for text, vector, hits in queries]

    def nearest(self, vectors: Vectors, k: int, *, where: str | None = None) -> Found:
        """Finds the nearest rows: positions int64 [n, k], -1 where there are fewer, and cosines float32 [n, k].

        Args:
          vectors: float32 [n, dim], of any length but zero.

        Raises:
          RequestError: a vector that is zero, not finite or of another dimension; k out of range, a condition that is none.
        """
        self._k(k)
        vectors = np.ascontiguousarray(vectors, np.float32)
        dim = self.metadata["dim"]
        if vectors.ndim != 2 or vectors.shape[1] != dim:
            raise RequestError(f"the vectors of {self.folder} have {dim} dimensions, a query has {vectors.shape[-1]}")
        unit, good = normalize_rows(vectors)
        if not good.all():
            raise RequestError("a query's vector is zero or not finite: it has no direction")
        masks = self._masks(where) if where is not None else [None] * len(self._segments)
        found = []
        for segment, mask, start in zip(self._segments, masks, self._starts[:-1], strict=True):
            rows, scores = segment.search(unit, k, search_parameter=self.metadata["effort"], wanted=mask)
            found.append((np.where(rows < 0, -1, rows + start), scores))
        rows, scores = merged(found, k)
        missing = ((0, 0), (0, k - rows.shape[1]))
        return (
            np.pad(rows, missing, constant_values=-1),
            np.pad(scores, missing, constant_values=np.float32(-np.inf)),
        )

    def rows_of(self, positions: RowIndices | Sequence[int], columns: Sequence[str] | None = None) -> pa.Table:
        """Reads the columns (None: all) of the rows at these positions, in their order."""
        names = list(columns) if columns is not None else self.schema.names
        by_segment, order = self._by_segment(positions)
        pieces = [segment.columns.select(names).take(pa.array(rows)) for segment, rows in by_segment]
        return pa.concat_tables(pieces).take(pa.array(order))

    def vectors_of(self, positions: RowIndices | Sequence[int]) -> Vectors:
        """Reads the stored unit vectors float32 [n, dim] of the rows at these positions, in their order."""
        by_segment, order = self._by_segment(positions)
        return np.concatenate([decoded(segment.stored, rows) for segment, rows in by_segment])[order]

    def _by_segment(self, positions: RowIndices | Sequence[int]) -> tuple[list[tuple[Segment, RowIndices]], RowIndices]:
        """Each segment with those of its rows that are asked for, and the order that brings them back into that of positions."""
        at = np.asarray(positions, np.int64)
        owner = np.searchsorted(self._starts, at, side="right") - 1
        found = [(s, at[owner == number] - self._starts[number]) for number, s in enumerate(self._segments)]
        return found, np.argsort(np.argsort(owner, kind="stable"), kind="stable")

    def require_encoder(self, fingerprint: str, table: str) -> None:
        """Refuses vectors of another encoder.

        Raises:
          RequestError: `fingerprint`, the encoder of `table`, is not that of this index.
        """
        encoder = self.metadata["encoder"]
        if fingerprint != encoder["fingerprint"]:
            raise RequestError(
                f"{table} holds vectors of another encoder than {self.folder}, which was made of those of"
                f" {encoder['name']}: embed it with that one, or index its own table"
            )

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Encodes texts to vectors float32 [n, dim] with the index's own encoder.

        Raises:
          RequestError: this is an index of images, or the encoder cannot be loaded.
        """
        if self.metadata["modality"] != "text":
            raise RequestError(f"{self.folder} is an index of images: search it with --image or --id")
        vectors: Vectors = self.encoder.encode(list(texts))
        return vectors

    @cached_property
    def encoder(self) -> Any:
        """The index's own encoder, loaded.

        Raises:
          RequestError: it cannot be loaded, or has changed since the index was made.
        """
        from transforms.encoders.matching import encoder_that_made

        encoder = self.metadata["encoder"]
        with self._loading:
            return encoder_that_made(
                encoder["handle"],
                precision=encoder["precision"],
                fingerprint=encoder["fingerprint"],
                name=encoder["name"],
                where=f"{self.folder} was made of vectors",
                advice="embed the table again, and index it again",
            ).load()

    def _k(self, k: int | None) -> int:
        if k is None:
            return min(_USUAL_K, self.rows)
        if k < 1:
            raise RequestError(f"-k {k}: give 1 or more")
        if k > self.rows:
            raise RequestError(f"-k {k:,} is more than the {self.rows:,} rows of {self.folder}: give fewer")
        return k

    def _evaluated(self, where: str) -> list[Mask]:
        return [
            matching(where, segment.columns.select(self.schema.names), name=self.folder) for segment in self._segments
        ]

    def hits_near(self, vectors: Vectors, k: int, where: str | None = None) -> list[list[Hit]]:
        """Hits of each query; of a chunked table documents, for which more and more chunks are searched."""
        most = min(k, self.rows)
        if not self._is_chunked:
            rows, scores = self.nearest(vectors, most, where=where)
            return self._hits(rows, scores)
        depth = most
        while True:
            depth = min(depth * _DEEPER, self.rows)
            rows, scores = self.nearest(vectors, depth, where=where)
            found = [_documents(hits)[:k] for hits in self._hits(rows, scores)]
            if depth == self.rows or all(len(hits) == k for hits in found) or (rows[:, -1] < 0).all():
                return found

    def _hits(self, rows: RowIndices, scores: Vectors) -> list[list[Hit]]:
        is_row = rows >= 0
        table = self.rows_of(rows[is_row], self._id_columns)
        ids = table.column("id").to_pylist()
        parents = table.column("parent").to_pylist() if self._is_chunked else [None] * len(ids)
        flat = iter(zip(rows[is_row].tolist(), scores[is_row].tolist(), ids, parents, strict=True))
        hits: list[list[Hit]] = []
        for count in is_row.sum(axis=1):
            hits.append([])
            for row, score, name, parent in (next(flat) for _ in range(count)):
                hits[-1].append(Hit(parent or name, score, row, name if self._is_chunked else None, cosine=score))
        return hits

    def _like(self, name: str, k: int, where: str | None) -> list[Hit]:
        """Hits near the vector of a row, or of a document's first chunk, without that row or document."""
        row = self._row_of(name)
        if row is None:
            raise RequestError(f"{self.folder} has no row with the id {name!r}")
        hits = self.hits_near(self.vectors_of([row]), min(k + 1, self.rows), where)[0]
        own = {name, *document_ids(self.rows_of([row], self._id_columns)).to_pylist()}
        return [hit for hit in hits if hit.id not in own][:k]

    def _row_of(self, name: str) -> int | None:
        """The position of the row with this id, or of the first chunk of the document with this id; None if there is none."""
        for column in self._id_columns:
            for segment, start in zip(self._segments, self._starts[:-1], strict=True):
                same = pc.equal(segment.columns.column(column), name).to_numpy(zero_copy_only=False).astype(np.bool_)
                at = np.flatnonzero(same & segment.alive)
                if len(at):
                    return int(at[0] + start)
        return None

    @cached_property
    def _lexical(self) -> LexicalIndex:
        return LexicalIndex(files.join(self._local, LEXICAL))

    @cached_property
    def _rows_of_documents(self) -> dict[str, list[int]]:
        """The positions of each document's rows."""
        found: dict[str, list[int]] = {}
        for segment, start in zip(self._segments, self._starts[:-1], strict=True):
            names = segment.columns.column("parent" if self._is_chunked else "id")
            if self._is_chunked:
                names = pc.coalesce(names, segment.columns.column("id"))
            alive = np.flatnonzero(segment.alive)
            for name, row in zip(names.take(pa.array(alive)).to_pylist(), alive.tolist(), strict=True):
                found.setdefault(name, []).append(row + int(start))
        return found

    def _by_words(self, text: str, k: int, where: str | None) -> list[Hit]:
        """Hits of documents that hold words of the text, in rows that `where` leaves."""
        hits: list[Hit] = []
        skip = 0
        while len(hits) < k:
            step = max(k, fusion.DEPTH) if not skip else 4 * skip
            found = self._lexical.search(text, step, skip=skip)
            hits += self._shown(text, found if where is not None else found[:k], where)
            if len(found) < step:
                break
            skip += step
        return hits[:k]

    def _shown(self, text: str, found: Sequence[tuple[str, float]], where: str | None) -> list[Hit]:
        """Each document by its row that holds most of the query's words, among those that `where` leaves; without one, no hit."""
        of_document = [self._rows_of_documents[name] for name, _ in found]
        rows = [row for rows in of_document for row in rows]
        chunks: list[str | None] = [None] * len(rows)
        shares = [1.0] * len(rows)
        if self._is_chunked and rows:
            table = self.rows_of(rows, ["id", "text"])
            chunks = table.column("id").to_pylist()
            shares = self._lexical.shares(text, [content or "" for content in table.column("text").to_pylist()])
        answers = zip(rows, chunks, shares, self._are_wanted(rows, where), strict=True)
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
        return np.concatenate(self._masks(where))[np.asarray(rows, np.int64)].tolist()

    def _fused(
        self, text: str, vector: npt.NDArray[np.float32], by_vector: list[Hit], k: int, where: str | None
    ) -> list[Hit]:
        """The k best of two rankings of one query, with the scores of both and the chunk of that which says more for them."""
        by_words = self._by_words(text, max(k, fusion.DEPTH), where)
        rankings = [[(hit.id, hit.score) for hit in ranking] for ranking in (by_words, by_vector)]
        fused, led_by_words = fusion.hybrid(*rankings)[:k], fusion.led_by_words(*rankings)
        hits = {hit.id: hit for hit in [*by_words, *by_vector]}
        hits |= {hit.id: hit for hit in by_words if hit.id in led_by_words}
        cosines = self.vectors_of([hits[name].row for name, _ in fused]) @ vector
        words = self._lexical.scores(text, [name for name, _ in fused])
        return [
            replace(hits[name], score=score, cosine=float(np.clip(cosine, -1, 1)), words=words.get(name))
            for (name, score), cosine in zip(fused, cosines, strict=True)
        ]

    def _of_image(self, image: bytes) -> Vectors:
        from transforms.encoders.image_decoder import decoder_of

        decoder = decoder_of(self.encoder.spec)
        if decoder is None:
            raise RequestError(f"{self.folder} is an index of texts: search it with words or --id")
        pixels, failed = decoder.decode([image])
        if failed:
            raise RequestError(f"the image cannot be read: {failed[0]}")
        vectors: Vectors = self.encoder.encode(pixels)
        return vectors


def _documents(hits: list[Hit]) -> list[Hit]:
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.id, hit)
    return list(best.values())


def _require_text(text: str) -> None:
    if not text.strip():
        raise RequestError("the query is empty: write some words")
    if len(text) > LONGEST_QUERY:
        raise RequestError(
            f"the query is {len(text):,} characters long, and {LONGEST_QUERY:,} is the most: search with less"
        )
