"""Searches a published index by text, image, row id or vector.

    searcher = Searcher("indexes/reviews")
    searcher.search("a triumph", k=5, where="label = 'pos'")

The encoder is loaded with the first query that needs it. Safe to use from several threads.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.common.arrays import RowIndices, Vectors
from transforms.common.errors import RequestError
from transforms.corpus.chunks.units import Span
from transforms.corpus.columns.column_types import is_text
from transforms.encoders import handles
from transforms.encoders.resolved import ResolvedEncoder
from transforms.encoders.spec import Modality, query_vectors
from transforms.encoders.towers import tower_of
from transforms.search.ask import fusion, photographs
from transforms.search.ask.evidence import background_of, evidence_of
from transforms.search.ask.fusion import Evidence
from transforms.search.ask.hit import Hit, Mode
from transforms.search.ask.open_index import OpenIndex
from transforms.search.ask.passages import best_sentences
from transforms.search.ask.reranking import Reranker
from transforms.search.ask.word_search import WordSearch
from transforms.search.store.documents import document_ids
from transforms.search.store.index_folder import LEXICAL
from transforms.search.store.lexical import LexicalIndex
from transforms.storage import files
from transforms.table.schema import has_local_features
from transforms.table.unit_vectors import normalize_rows

LONGEST_QUERY = 100_000
_DEEPER = 4
_FUSED_AT_ONCE = 64
"""Queries whose candidates' vectors are in memory together."""
_PLACE = {"title": is_text, "heading": is_text, "page": pa.types.is_integer}
"""The columns that say where in a document a row is; a person's own column of such a name may be of any type."""


class Searcher(OpenIndex):
    """Answers queries with an index: INDEXES/NAME (its newest version) or INDEXES/NAME/3.

    Args:
      rerank: a cross-encoder, hf:FOLDER or onnx:PATH, that orders the first answers to a text anew.
      rerank_top: how many; None: 50.

    Raises:
      RequestError: there is no index, it is of another format, or it is incomplete; there is no such cross-encoder, or the
        index has no texts for it.
    """

    def __init__(self, path: str, *, rerank: str | None = None, rerank_top: int | None = None) -> None:
        super().__init__(path)
        self._loading = threading.Lock()
        self._reranker = None if rerank is None else Reranker.open(rerank, of=self, top=rerank_top)

    @cached_property
    def has_words(self) -> bool:
        """Whether the index has a lexical index beside the vectors."""
        return files.exists(files.join(self.local_folder, LEXICAL))

    @property
    def default_mode(self) -> Mode:
        """That of a search by a text for which none is chosen: the one that the build chose (`ModeChoice`), else hybrid."""
        if not self.has_words:
            return "vector"
        chosen: Any = self.metadata.get("search_mode", {}).get("mode")
        return chosen if chosen in get_args(Mode) else "hybrid"

    @property
    def weight(self) -> float:
        """The weight of the vectors in a hybrid search."""
        return float(self.metadata.get("search_mode", {}).get("weight", fusion.WEIGHT))

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
          mode: for texts. None: `default_mode`.
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
        k = self.k_of(k)
        if vector is None and has_local_features(self.schema) and (image is not None or id in self.rows_of_documents):
            return self._photographs(image, id or "", k, where)
        if id is not None:
            return self._placed(self._like(id, k, where))
        query = self._of_image(image) if image is not None else np.asarray(vector, np.float32).reshape(1, -1)
        return self._placed(self.hits_near(query, k, where)[0])

    def search_texts(
        self, texts: Sequence[str], *, k: int | None = None, mode: Mode | None = None, where: str | None = None
    ) -> list[list[Hit]]:
        """Searches many texts at once, which is faster than one by one.

        Raises:
          RequestError: as `search`.
        """
        k = self.k_of(k)
        for text in texts:
            _require_text(text)
        mode = mode or self.default_mode
        if mode != "vector" and not self.has_words:
            raise RequestError(f"{self.folder} has no lexical index: search it with --mode vector")
        if self._reranker is None:
            return [self._placed(hits) for hits in self._found(texts, k, mode, where)]
        found = self._found(texts, min(max(k, self._reranker.top), self.rows), mode, where)
        pairs = zip(texts, found, strict=True)
        return [self._placed(self._reranker.reranked(self, text, hits)[:k]) for text, hits in pairs]

    def search_vectors(self, vectors: Vectors, *, k: int | None = None, where: str | None = None) -> list[list[Hit]]:
        """Searches many vectors float32 [n, dim] at once.

        Raises:
          RequestError: as `search`.
        """
        return [self._placed(hits) for hits in self.hits_near(vectors, self.k_of(k), where)]

    def _found(self, texts: Sequence[str], k: int, mode: Mode, where: str | None) -> list[list[Hit]]:
        if mode == "words":
            return [self._words.search(text, k, where) for text in texts]
        vectors = self.encode(texts)
        if mode == "vector":
            return self.hits_near(vectors, k, where)
        found = []
        for start in range(0, len(texts), _FUSED_AT_ONCE):
            some = slice(start, start + _FUSED_AT_ONCE)
            found += self._fused(texts[some], normalize_rows(vectors[some])[0], k, where)
        return found

    def sentences(self, text: str, hits: Sequence[Hit], *, by_vector: bool = True) -> list[Span | None]:
        """Where the sentence that answers a query best begins and ends in the text of each of its hits, in characters.

        It is the one that holds most of the query's words where the hit has a word score; else the one whose vector is nearest,
        where the encoder is loaded.

        Args:
          by_vector: False: no sentence is encoded.

        Returns:
          None for a hit whose sentence nothing chooses; all are None where the index keeps no texts.
        """
        if "text" not in self.schema.names or not hits:
            return [None] * len(hits)
        contents = self.rows_of([hit.row for hit in hits], ["text"]).column("text").to_pylist()
        encodes = by_vector and "encoder" in self.__dict__
        return best_sentences(
            text,
            hits,
            contents,
            shares=self.lexical.shares if self.has_words else None,
            cosines=self._cosines_of_texts if encodes else None,
        )

    def _cosines_of_texts(self, text: str, passages: Sequence[str]) -> npt.NDArray[np.float32]:
        """Of a query and some passages, which are encoded as the texts of the table are."""
        query, vectors = self.encode([text]), self.encoder.encode(list(passages))
        return normalize_rows(vectors)[0] @ normalize_rows(query)[0][0]

    def _placed(self, hits: list[Hit]) -> list[Hit]:
        """The hits with where in their documents they are; of a table of other rows as they are."""
        if not self._has_places or not hits:
            return hits
        places = self.rows_of([hit.row for hit in hits], list(_PLACE)).to_pylist()
        return [hit._replace(**place) for hit, place in zip(hits, places, strict=True)]

    @cached_property
    def _has_places(self) -> bool:
        """Whether the rows are those of documents."""
        names = self.schema.names
        return all(name in names and is_type(self.schema.field(name).type) for name, is_type in _PLACE.items())

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Encodes texts to vectors float32 [n, dim] with the index's own encoder.

        Raises:
          RequestError: this is an index of images whose encoder has no tower for texts, or the encoder cannot be loaded.
        """
        if self.metadata["modality"] == "image" and not self.can_be_asked("text"):
            raise RequestError(f"{self.folder} is an index of images: search it with --image or --id")
        vectors: Vectors = query_vectors(self._tower("text"), list(texts))
        return vectors

    def can_be_asked(self, modality: Modality) -> bool:
        """Whether queries may be of this modality: the index's own, or that of its encoder's other tower."""
        if modality == self.metadata["modality"]:
            return True
        return handles.kind(self.metadata["encoder"]["handle"]) in ("hf", "onnx") and self.resolved.spec.two_towers

    @cached_property
    def encoder(self) -> Any:
        """The index's own encoder, loaded.

        Raises:
          RequestError: it cannot be loaded, or has changed since the index was made.
        """
        with self._loading:
            return self.resolved.load()

    @cached_property
    def resolved(self) -> ResolvedEncoder:
        """The index's own encoder, not loaded. Raises RequestError: as `encoder`."""
        from transforms.encoders.matching import encoder_that_made

        encoder = self.metadata["encoder"]
        return encoder_that_made(
            encoder["handle"],
            precision=encoder["precision"],
            fingerprint=encoder["fingerprint"],
            name=encoder["name"],
            where=f"{self.folder} was made of vectors",
            advice="embed the table again, and index it again",
        )

    def _tower(self, modality: Modality) -> Any:
        """The index's encoder, or its other tower, that takes items of this modality, loaded."""
        return self.encoder if modality == self.metadata["modality"] else tower_of(self.resolved, modality).load()

    def hits_near(self, vectors: Vectors, k: int, where: str | None = None) -> list[list[Hit]]:
        """Hits of each query; of a chunked table documents, for which more and more chunks are searched."""
        most = min(k, self.rows)
        if not self.is_chunked:
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
        flat = rows[is_row]
        ids = self.values_of(flat, "id")
        chunks: Sequence[str | None] = [None] * len(ids)
        if self.is_chunked:
            parents, chunks = self.values_of(flat, "parent"), ids
            ids = [parent or name for parent, name in zip(parents, ids, strict=True)]
        found = zip(ids, scores[is_row].tolist(), flat.tolist(), chunks, strict=True)
        hits = (Hit(name, score, row, chunk, cosine=score) for name, score, row, chunk in found)
        return [list(islice(hits, count)) for count in is_row.sum(axis=1).tolist()]

    def _like(self, name: str, k: int, where: str | None) -> list[Hit]:
        """Hits near the vector of a row, or of a document's first chunk, without that row or document."""
        row = self.row_of(name)
        if row is None:
            raise RequestError(f"{self.folder} has no row with the id {name!r}")
        hits = self.hits_near(self.vectors_of([row]), min(k + 1, self.rows), where)[0]
        own = {name, *document_ids(self.rows_of([row], self.id_columns)).to_pylist()}
        return [hit for hit in hits if hit.id not in own][:k]

    @cached_property
    def _words(self) -> WordSearch:
        return WordSearch(self, LexicalIndex(files.join(self.local_folder, LEXICAL)))

    @property
    def lexical(self) -> LexicalIndex:
        """The lexical index beside the vectors.

        Raises:
          RequestError: there is none.
        """
        return self._words.lexical

    def evidence(self, texts: Sequence[str], *, vectors: Vectors | None = None) -> list[Evidence]:
        """What words and vectors say of the documents that each of them finds for some texts, at least one.

        Args:
          vectors: unit vectors of the texts; None: they are encoded.

        Raises:
          RequestError: there is no lexical index, or as `encode`.
        """
        vectors = normalize_rows(self.encode(texts))[0] if vectors is None else vectors
        return self._evidence(texts, vectors, *self._both(texts, vectors, min(fusion.DEPTH, self.rows), None), None)

    def _both(
        self, texts: Sequence[str], vectors: Vectors, depth: int, where: str | None
    ) -> tuple[list[list[Hit]], list[list[Hit]]]:
        return [self._words.search(text, depth, where) for text in texts], self.hits_near(vectors, depth, where)

    def _evidence(
        self,
        texts: Sequence[str],
        vectors: Vectors,
        by_words: list[list[Hit]],
        by_vector: list[list[Hit]],
        where: str | None,
    ) -> list[Evidence]:
        def rows_of(hit: Hit) -> Sequence[int]:
            return self._words.wanted_rows(hit.id, where) if self.is_chunked else [hit.row]

        return evidence_of(
            texts,
            vectors,
            by_words=by_words,
            by_vector=by_vector,
            index=self,
            lexical=self.lexical,
            background=self._background,
            rows_of=rows_of,
        )

    def _fused(self, texts: Sequence[str], vectors: Vectors, k: int, where: str | None) -> list[list[Hit]]:
        """The k best for each query, with the scores of both sides and the chunk of that which says more for the document."""
        by_words, by_vector = self._both(texts, vectors, max(k, min(fusion.DEPTH, self.rows)), where)
        found: list[list[Hit]] = []
        for at, evidence in enumerate(self._evidence(texts, vectors, by_words, by_vector, where)):
            scores, near = evidence.scores(self.weight), {hit.id: hit for hit in by_vector[at]}
            found.append([])
            for place in fusion.best(evidence.names, scores, k):
                name, share = evidence.names[place], float(evidence.shares[place])
                led_by_words = name not in near or (place < len(by_words[at]) and 2 * share >= scores[place])
                hit = by_words[at][place] if led_by_words else near[name]
                found[-1].append(hit._replace(score=float(scores[place]), words=share or None))
        cosines = iter(self._cosines([[hit.row for hit in hits] for hits in found], vectors))
        return [[hit._replace(cosine=next(cosines)) for hit in hits] for hits in found]

    def _cosines(self, rows: Sequence[Sequence[int]], vectors: Vectors) -> list[float]:
        """The cosine of each query and its rows, one after the other."""
        of_query = np.repeat(np.arange(len(rows)), [len(own) for own in rows])
        stored = self.vectors_of([row for own in rows for row in own])
        cosines: list[float] = np.clip(np.einsum("nd,nd->n", stored, vectors[of_query]), -1, 1).tolist()
        return cosines

    @cached_property
    def _background(self) -> Vectors:
        return background_of(self)

    def _photographs(self, image: bytes | None, name: str, k: int, where: str | None) -> list[Hit]:
        """Photographs that show what an image shows, or else the photograph of that name."""
        if image is not None:
            return photographs.showing(self, photographs.of_image(self.encoder, image), k=k, where=where)
        return photographs.showing(self, photographs.of_rows(self, name), k=k, where=where, without=name)

    def _of_image(self, image: bytes) -> Vectors:
        from transforms.encoders.image_decoder import decoder_of

        if self.metadata["modality"] == "text" and not self.can_be_asked("image"):
            raise RequestError(f"{self.folder} is an index of texts: search it with words or --id")
        encoder = self._tower("image")
        decoder = decoder_of(encoder.spec)
        assert decoder is not None, "an encoder of images has a decoder"
        pixels, failed = decoder.decode([image])
        if failed:
            raise RequestError(f"the image cannot be read: {failed[0]}")
        vectors: Vectors = encoder.encode(pixels)
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
