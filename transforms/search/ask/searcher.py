"""A published index, opened to be asked: by words, by an image, by an id, by vectors.

    searcher = Searcher("indexes/reviews")
    searcher.search("a triumph", k=5, where="label = 'pos'")

Vectors and columns are memory-mapped, so that opening takes a moment and many processes share what they read. The encoder is
loaded with the first query that needs it. Safe to use from several threads.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.errors import RequestError
from transforms.search.ask import fusion
from transforms.search.ask.where import matching
from transforms.search.store.documents import names_of
from transforms.search.store.index_folder import WORDS, located, read_about
from transforms.search.store.lexical import Words
from transforms.search.store.row_file import PART
from transforms.search.store.segment import Found, Segment, merged, open_segments
from transforms.search.store.vector_file import Vectors, decoded
from transforms.storage import files
from transforms.table.unit_vectors import directions

Mode = Literal["vector", "words", "hybrid"]

LONGEST_QUERY = 100_000
_DEEPER = 4
_USUAL_K = 10


@dataclass(frozen=True)
class Hit:
    """One answer.

    Attributes:
      id: of a row, or of a document where the table has chunks.
      score: cosine; by words the share of the query that the text holds; of a hybrid search the fused score.
      row: position for `Searcher.rows_of`.
      chunk: the chunk of the document that answers best; None where the table has none.
    """

    id: str
    score: float
    row: int
    chunk: str | None


class Searcher:
    """Opens INDEXES/NAME (its newest version) or INDEXES/NAME/3.

    Raises:
      RequestError: no index is there, or half of one.
    """

    def __init__(self, path: str) -> None:
        self.folder = located(path)
        self.about: dict[str, Any] = read_about(self.folder)
        self._segments: list[Segment] = open_segments(self.folder, self.about["segments"], self.about["plan"]["kind"])
        self._starts = np.cumsum([0, *(segment.size for segment in self._segments)])
        self.rows: int = sum(segment.rows for segment in self._segments)
        kept = [field for field in self._segments[0].columns.schema if field.name != PART]
        self.schema = pa.schema(kept)
        self._is_chunked = "parent" in self.schema.names
        self._names = ["id", "parent"] if self._is_chunked else ["id"]
        self._loading = threading.Lock()
        self._filter = lru_cache(maxsize=16)(self._masks)

    @property
    def has_words(self) -> bool:
        """Whether a lexical index is beside the vectors."""
        return files.exists(files.join(self.folder, WORDS))

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
        """The k best answers to one query, best first; fewer only where `where` leaves fewer.

        Args:
          text, image, id, vector: one of them: a text, the bytes of an image file, the id of a row (which is not among its
            answers), a vector float32 [dim].
          k: None: 10, or all where there are fewer.
          mode: for texts. None: hybrid where the index has words, else vector.
          where: an SQL condition over the columns of the rows: "label = 'x' and year > 2010".

        Raises:
          RequestError: not exactly one query, one that this index cannot answer, k or condition out of range.
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
        return self._by_vectors(query, k, where)[0]

    def search_texts(
        self, texts: Sequence[str], *, k: int | None = None, mode: Mode | None = None, where: str | None = None
    ) -> list[list[Hit]]:
        """The same for many texts at once, which is faster than one by one."""
        k = self._k(k)
        for text in texts:
            _require_text(text)
        mode = mode or ("hybrid" if self.has_words else "vector")
        if mode != "vector" and not self.has_words:
            raise RequestError(f"{self.folder} has no lexical index: search it with --mode vector")
        if mode == "words":
            return [self._by_words(text, k, where) for text in texts]
        found = self._by_vectors(self.encode(texts), k if mode == "vector" else max(k, fusion.DEPTH), where)
        if mode == "vector":
            return found
        return [self._fused(text, hits, k, where) for text, hits in zip(texts, found, strict=True)]

    def nearest(self, vectors: Vectors, k: int, *, where: str | None = None) -> Found:
        """Positions int64 [n, k] of the nearest rows, -1 where there are fewer, and cosines float32 [n, k].

        Args:
          vectors: float32 [n, dim], of any length but zero.

        Raises:
          RequestError: a vector without a direction or of another dimension; k or condition out of range.
        """
        self._k(k)
        vectors = np.ascontiguousarray(vectors, np.float32)
        dim = self.about["dim"]
        if vectors.ndim != 2 or vectors.shape[1] != dim:
            raise RequestError(f"the vectors of {self.folder} have {dim} dimensions, a query has {vectors.shape[-1]}")
        unit, good = directions(vectors)
        if not good.all():
            raise RequestError("a query's vector is zero or not finite: it has no direction")
        masks = self._filter(where) if where else [None] * len(self._segments)
        found = []
        for segment, mask, start in zip(self._segments, masks, self._starts[:-1], strict=True):
            rows, scores = segment.search(unit, k, effort=self.about["effort"], wanted=mask)
            found.append((np.where(rows < 0, -1, rows + start), scores))
        rows, scores = merged(found, k)
        missing = ((0, 0), (0, k - rows.shape[1]))
        return (
            np.pad(rows, missing, constant_values=-1),
            np.pad(scores, missing, constant_values=np.float32(-np.inf)),
        )

    def rows_of(
        self, positions: npt.NDArray[np.int64] | Sequence[int], columns: Sequence[str] | None = None
    ) -> pa.Table:
        """The columns (None: all) of the rows at these positions, in their order."""
        names = list(columns) if columns is not None else self.schema.names
        at = np.asarray(positions, np.int64)
        owner = np.searchsorted(self._starts, at, side="right") - 1
        order = np.argsort(owner, kind="stable")
        pieces = [
            segment.columns.select(names).take(pa.array(at[owner == number] - self._starts[number]))
            for number, segment in enumerate(self._segments)
        ]
        return pa.concat_tables(pieces).take(pa.array(np.argsort(order, kind="stable")))

    def require_encoder(self, fingerprint: str, table: str) -> None:
        """Refuses vectors of another encoder.

        Raises:
          RequestError: they are.
        """
        encoder = self.about["encoder"]
        if fingerprint != encoder["fingerprint"]:
            raise RequestError(
                f"{table} holds vectors of another encoder than {self.folder}, which was made of those of"
                f" {encoder['name']}: embed it with that one, or index its own table"
            )

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The vectors of texts, float32 [n, dim]."""
        if self.about["modality"] != "text":
            raise RequestError(f"{self.folder} is an index of images: search it with --image or --id")
        vectors: Vectors = self.encoder.encode(list(texts))
        return vectors

    @cached_property
    def encoder(self) -> Any:
        """The index's own encoder, loaded.

        Raises:
          RequestError: it cannot be had, or is no longer what it was.
        """
        from transforms import encoders

        told = self.about["encoder"]
        with self._loading:
            resolved = encoders.resolve(told["handle"], precision=told["precision"], trust=True, remember=True)
            if resolved.fingerprint != told["fingerprint"]:
                raise RequestError(
                    f"{told['name']} is no longer the encoder that {self.folder} was made with: embed the table again, and"
                    " index it again"
                )
            return resolved.load()

    def _k(self, k: int | None) -> int:
        if k is None:
            return min(_USUAL_K, self.rows)
        if k < 1:
            raise RequestError(f"-k {k}: give 1 or more")
        if k > self.rows:
            raise RequestError(f"-k {k:,} is more than the {self.rows:,} rows of {self.folder}: give fewer")
        return k

    def _masks(self, where: str) -> list[npt.NDArray[np.bool_]]:
        return [
            matching(where, segment.columns.select(self.schema.names), name=self.folder) for segment in self._segments
        ]

    def _by_vectors(self, vectors: Vectors, k: int, where: str | None) -> list[list[Hit]]:
        """Hits of each query; of a chunked table documents, for which more and more chunks are looked at."""
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

    def _hits(self, rows: npt.NDArray[np.int64], scores: Vectors) -> list[list[Hit]]:
        there = rows >= 0
        table = self.rows_of(rows[there], self._names)
        ids = table.column("id").to_pylist()
        parents = table.column("parent").to_pylist() if self._is_chunked else [None] * len(ids)
        flat = iter(zip(rows[there].tolist(), scores[there].tolist(), ids, parents, strict=True))
        hits: list[list[Hit]] = []
        for count in there.sum(axis=1):
            hits.append([])
            for row, score, name, parent in (next(flat) for _ in range(count)):
                hits[-1].append(Hit(parent or name, score, row, name if self._is_chunked else None))
        return hits

    def _like(self, name: str, k: int, where: str | None) -> list[Hit]:
        """What is near the vector of a row, or of a document's first chunk, itself left out."""
        row = self._row_of(name)
        if row is None:
            raise RequestError(f"{self.folder} has no row with the id {name!r}")
        number = int(np.searchsorted(self._starts, row, side="right")) - 1
        vector = decoded(self._segments[number].stored, np.array([row - self._starts[number]]))
        hits = self._by_vectors(vector, min(k + 1, self.rows), where)[0]
        own = {name, *names_of(self.rows_of([row], self._names)).to_pylist()}
        return [hit for hit in hits if hit.id not in own][:k]

    def _row_of(self, name: str) -> int | None:
        """The position of a row by its id, or of a document's best known chunk by the document's."""
        for column in self._names:
            for segment, start in zip(self._segments, self._starts[:-1], strict=True):
                same = pc.equal(segment.columns.column(column), name).to_numpy(zero_copy_only=False).astype(np.bool_)
                at = np.flatnonzero(same & segment.alive)
                if len(at):
                    return int(at[0] + start)
        return None

    @cached_property
    def _words(self) -> Words:
        return Words(files.join(self.folder, WORDS))

    @cached_property
    def _row_by_document(self) -> dict[str, int]:
        """Position of each document's first row."""
        found: dict[str, int] = {}
        for segment, start in zip(self._segments, self._starts[:-1], strict=True):
            names = segment.columns.column("parent" if self._is_chunked else "id")
            if self._is_chunked:
                names = pc.coalesce(names, segment.columns.column("id"))
            alive = np.flatnonzero(segment.alive)
            for name, row in zip(names.take(pa.array(alive)).to_pylist(), alive.tolist(), strict=True):
                found.setdefault(name, row + int(start))
        return found

    def _by_words(self, text: str, k: int, where: str | None) -> list[Hit]:
        """Documents that hold words of the text, among those that `where` leaves."""
        hits: list[Hit] = []
        skip = 0
        while len(hits) < k:
            step = max(k, fusion.DEPTH) if not skip else 4 * skip
            found = self._words.search(text, step, skip=skip)
            rows = [self._row_by_document[name] for name, _ in found]
            good = self._are_wanted(rows, where)
            ids = self.rows_of(rows, ["id"]).column("id").to_pylist() if self._is_chunked else [None] * len(rows)
            hits += [
                Hit(name, score, row, chunk)
                for (name, score), row, chunk, wanted in zip(found, rows, ids, good, strict=True)
                if wanted
            ]
            if len(found) < step:
                break
            skip += step
        return hits[:k]

    def _are_wanted(self, rows: list[int], where: str | None) -> list[bool]:
        if not where:
            return [True] * len(rows)
        mask = np.concatenate(self._filter(where))
        return mask[rows].tolist() if rows else []

    def _fused(self, text: str, hits: list[Hit], k: int, where: str | None) -> list[Hit]:
        words = self._by_words(text, max(k, fusion.DEPTH), where)
        known = {hit.id: hit for hit in [*words, *hits]}
        fused = fusion.hybrid([(hit.id, hit.score) for hit in words], [(hit.id, hit.score) for hit in hits])
        return [Hit(name, score, known[name].row, known[name].chunk) for name, score in fused[:k]]

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
