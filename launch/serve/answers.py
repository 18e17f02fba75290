"""Computes answers: of a version of an index, and of a version of a model."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from launch.serve.loaded_encoders import LoadedEncoders
from launch.serve.maps import ServedMap
from launch.terminal.hits import described
from transforms.common.errors import RequestError
from transforms.encoders.image_decoder import decoder_of, size_of
from transforms.encoders.imported import is_imported
from transforms.encoders.spec import Modality
from transforms.heads.serve.classifier import Classifier, load_model
from transforms.search.ask.hit import Hit, Mode
from transforms.search.ask.searcher import Searcher
from transforms.table.schema import kept_columns

if TYPE_CHECKING:
    from transforms.corpus.chunks.units import Span

_ASKS: tuple[Modality, ...] = ("text", "image")
_FEW_VALUES = 50
_LOOKED_AT = 200_000
_MOST_PIXELS = 400_000_000
"""Of the images of one prediction: what decodes in some seconds, and four of the largest."""


class SearchKind(NamedTuple):
    """A kind of search: queries of one kind are answered in one batch."""

    by: str
    k: int
    mode: Any = None
    where: str | None = None
    sentences: bool = True


@dataclass(frozen=True)
class IndexVersion:
    """A version of an index that answers.

    Attributes:
      searcher: opened and warmed: its files may be deleted meanwhile.
    """

    searcher: Searcher

    @staticmethod
    def opened(folder: str, encoders: LoadedEncoders) -> IndexVersion:
        """Opens and warms a version.

        Raises:
          VectormillError: it is not whole, or its encoder cannot be had.
        """
        searcher = Searcher(folder)
        encoder = searcher.metadata["encoder"]
        version = IndexVersion(searcher)
        if version.has_encoder:
            searcher.encoder = encoders.of(encoder["fingerprint"], encoder["precision"], lambda: searcher.encoder)
        version._warm()
        return version

    @property
    def encoder_key(self) -> tuple[str, str]:
        """Fingerprint and precision of its encoder: the key of `LoadedEncoders`."""
        encoder = self.searcher.metadata["encoder"]
        return encoder["fingerprint"], encoder["precision"]

    @property
    def has_encoder(self) -> bool:
        """Whether its vectors are of an encoder that is known here, and not imported without one."""
        return not is_imported(self.searcher.metadata["encoder"]["handle"])

    @property
    def default_mode(self) -> Mode:
        """The mode of a search by text for which none is chosen."""
        searcher = self.searcher
        return "words" if searcher.has_words and not self.has_encoder else searcher.default_mode

    def answer(self, kind: SearchKind, queries: Sequence[Any]) -> list[dict[str, Any]]:
        """The hits of each query, as `vectormill search --json` describes them.

        Raises:
          RequestError: one of the queries is wrong.
        """
        searcher = self.searcher
        k = min(kind.k, searcher.rows)
        if kind.by == "text":
            found = searcher.search_texts(queries, k=k, mode=kind.mode or self.default_mode, where=kind.where)
        elif kind.by == "vector":
            found = self._near(queries, k, kind.where)
        else:
            found = [searcher.search(**{kind.by: query}, k=k, where=kind.where) for query in queries]
        sentences: list[Span | None] = []
        for query, hits in zip(queries, found, strict=True):
            marked = kind.by == "text" and kind.sentences
            # By words alone: to encode the sentences of all hits takes longer than the answer.
            sentences += searcher.sentences(query, hits, by_vector=False) if marked else [None] * len(hits)
        return self._described(found, sentences)

    def _near(self, queries: Sequence[Any], k: int, where: str | None) -> list[list[Hit]]:
        dim = self.searcher.metadata["dim"]
        for query in queries:
            if len(query) != dim:
                raise RequestError(f"the vectors of this index have {dim} dimensions, a query has {len(query)}")
        return self.searcher.search_vectors(np.stack(queries), k=k, where=where)

    def _described(self, found: list[list[Hit]], sentences: list[Span | None]) -> list[dict[str, Any]]:
        flat = [hit for hits in found for hit in hits]
        rows = iter(described(self.searcher, flat, sentences) if flat else [])
        answers = []
        for hits in found:
            answers.append({"hits": [{**next(rows), **_place(hit)} for hit in hits], "rows": [hit.row for hit in hits]})
        return answers

    def row(self, name: str) -> dict[str, Any] | None:
        """The columns of a row, or of a document's first chunk; None where there is none."""
        at = self.searcher.row_of(name)
        if at is None:
            return None
        hit = Hit(name, 1.0, at, None)
        (row,) = described(self.searcher, [hit], [None])
        return {key: value for key, value in row.items() if key not in ("score", "cosine", "words", "sentence")}

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Facts for the page, and for whoever writes a client."""
        searcher = self.searcher
        about = searcher.metadata
        return {
            "rows": searcher.rows,
            "dim": about["dim"],
            "modality": about["modality"],
            "encoder": about["encoder"]["name"],
            "modes": self._modes(),
            "default_mode": self.default_mode,
            "asks": self._asks(),
            "map": None if self.map is None else len(self.map.points.rows),
            "has_texts": "text" in searcher.schema.names,
            "columns": self._columns,
        }

    @cached_property
    def map(self) -> ServedMap | None:
        """Its map, where it has one."""
        return ServedMap.opened(self.searcher, self._columns)

    @cached_property
    def _columns(self) -> list[dict[str, Any]]:
        schema = self.searcher.schema
        return [
            {"name": field.name, "type": str(field.type), "values": self._values(field)}
            for field in [schema.field("label"), *kept_columns(schema)]
            if not isinstance(field.type, pa.ListType | pa.StructType)
        ]

    def _modes(self) -> list[Mode]:
        """The modes in which texts can be searched for."""
        words: list[Mode] = ["words"] if self.searcher.has_words else []
        if not self.has_encoder:
            return words
        return ["vector", *words, "hybrid"] if words else ["vector"]

    def _asks(self) -> list[Modality]:
        """The modalities of queries, beside ids and vectors."""
        if not self.has_encoder:
            return ["text"] if self.searcher.has_words else []
        return [modality for modality in _ASKS if self.searcher.can_be_asked(modality)]

    def _values(self, field: pa.Field) -> list[Any] | None:
        """The values of a column that has few of them, rising; else None."""
        if not (pa.types.is_string(field.type) or pa.types.is_boolean(field.type) or pa.types.is_integer(field.type)):
            return None
        few: set[Any] = set()
        for segment in self.searcher.segments:
            column = segment.columns.column(field.name).slice(0, _LOOKED_AT)
            few.update(pc.unique(column).slice(0, _FEW_VALUES + 2).to_pylist())
            if len(few) > _FEW_VALUES:
                return None
        return sorted(value for value in few if value is not None)

    def _warm(self) -> None:
        """Opens all files and loads all that the first query would, so that no query waits for it."""
        searcher = self.searcher
        hits = searcher.search(vector=np.ones(searcher.metadata["dim"], np.float32), k=1)
        described(searcher, hits, [None] * len(hits))
        if searcher.has_words:
            searcher.search_texts(["words"], k=1, mode="words")
            searcher.sentences("words", hits, by_vector=False)
        if searcher.metadata["modality"] == "text" and self.has_encoder:
            searcher.encode(["words"])
        _ = self.facts


@dataclass(frozen=True)
class ModelVersion:
    """A version of a model that answers."""

    classifier: Classifier
    encoder: Any

    @staticmethod
    def opened(folder: str, encoders: LoadedEncoders) -> ModelVersion:
        """Opens and warms a version.

        Raises:
          VectormillError: it is not whole, or its encoder cannot be had.
        """
        classifier = load_model(folder)
        model = classifier.model
        encoder = model.fact("encoder")
        loaded = None  # of imported vectors: nothing here makes more of them
        if encoder["modality"] != "vectors":
            loaded = encoders.of(encoder["fingerprint"], encoder["precision"], lambda: model.encoder().load())
        version = ModelVersion(classifier, loaded)
        vectors = np.ones((1, model.inputs.dim), np.float32)
        classifier.predict_vectors(vectors, features=version.columns_of([{}]))
        return version

    @property
    def encoder_key(self) -> tuple[str, str]:
        """Fingerprint and precision of its encoder: the key of `LoadedEncoders`."""
        encoder = self.classifier.model.fact("encoder")
        return encoder["fingerprint"], encoder["precision"]

    def answer(self, by: str, requests: Sequence[tuple[Sequence[Any], Any]]) -> list[dict[str, Any]]:
        """The scores of the items of each request, and their labels.

        Args:
          by: what the items are: texts, images or vectors.
          requests: items and their features, a table or None.

        Raises:
          RequestError: an item is none, or of another modality than the model.
        """
        items = [item for items, _ in requests for item in items]
        vectors = self._vectors(by, items)
        features = [features for _, features in requests]
        joined = pa.concat_tables(features) if features[0] is not None else None
        predictions = self.classifier.predict_vectors(vectors, features=joined)
        answers, start = [], 0
        for own, _ in requests:
            stop = start + len(own)
            answers.append(
                {
                    "labels": list(predictions.names),
                    "predictions": [
                        {"label": label, "scores": [round(float(score), 6) for score in scores]}
                        for label, scores in zip(
                            predictions.labels[start:stop], predictions.scores[start:stop], strict=True
                        )
                    ],
                }
            )
            start = stop
        return answers

    def _vectors(self, by: str, items: list[Any]) -> Any:
        modality = self.classifier.model.fact("encoder")["modality"]
        if by == "vectors":
            dim = self.classifier.model.inputs.dim
            for vector in items:
                if len(vector) != dim or not np.isfinite(vector).all():
                    raise RequestError(f"the model takes vectors of {dim} finite numbers")
            return np.stack(items)
        if by != f"{modality}s":
            raise RequestError(f"this model takes {modality.removesuffix('s')}s, not {by}")
        if modality == "text":
            return self.encoder.encode(items)
        decoder = decoder_of(self.encoder.spec)
        if decoder is None:
            raise RequestError("the encoder of this model takes no images")
        require_few_pixels(items)
        pixels, failed = decoder.decode(items)
        if failed:
            position = min(failed)
            raise RequestError(f"image {position} cannot be read: {failed[position]}")
        return self.encoder.encode(pixels)

    def columns_of(self, features: Sequence[dict[str, Any]] | None) -> pa.Table | None:
        """Features as a table of the columns that the model sees; None where it sees none.

        Raises:
          RequestError: one is missing, or of another type.
        """
        inputs = self.classifier.model.inputs
        if not inputs.features:
            return None
        if features is None:
            raise RequestError(f"this model sees the columns {', '.join(inputs.features)}: give features")
        columns = {}
        for name in inputs.features:
            is_number = name in inputs.numeric
            values = [row.get(name) for row in features]
            try:
                columns[name] = pa.array(values, pa.float32() if is_number else pa.string())
            except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
                wanted = "numbers" if is_number else "texts"
                raise RequestError(f"features: the column {name} takes {wanted}: {error}") from error
            if is_number and pc.all(pc.is_finite(columns[name])).as_py() is False:
                raise RequestError(f"features: the column {name} takes finite numbers")
        return pa.table(columns)

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Facts for the page, and for whoever writes a client."""
        model = self.classifier.model
        return {
            "labels": list(model.labels),
            "modality": model.fact("encoder")["modality"],
            "encoder": model.fact("encoder")["name"],
            "dim": model.inputs.dim,
            "several": model.activation == "sigmoid",
            "features": list(model.inputs.features),
        }


def require_few_pixels(images: Sequence[bytes]) -> None:
    """Refuses images that take too long to decode: a file of 100 kB may hold 100 million pixels.

    Raises:
      RequestError: they have too many pixels in all.
    """
    total = 0
    for image in images:
        with suppress(Exception):  # what cannot be read is said when it is decoded
            height, width = size_of(image)
            total += height * width
    if len(images) > 1 and total > _MOST_PIXELS:
        raise RequestError(
            f"the images have {total:,} pixels in all, and {_MOST_PIXELS:,} are the most of one request: send them in several"
        )


def _place(hit: Hit) -> dict[str, Any]:
    """Where in a document a hit is, if it is in one."""
    if hit.title is None and hit.heading is None and hit.page is None:
        return {}
    place = {"title": hit.title, "heading": hit.heading, "page": hit.page}
    return {name: value for name, value in place.items() if value is not None}
