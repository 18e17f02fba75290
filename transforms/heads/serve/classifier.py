"""Loads a published model to label texts, images or vectors from Python."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.heads import model_folder
from transforms.heads.serve.predict import predicted_labels
from transforms.heads.serve.served_model import ServedModel
from transforms.storage import files

Item = str | bytes | os.PathLike[str]
"""A text; or, for images, the bytes of an image file or its path."""

_BATCH = 64


@dataclass(frozen=True)
class Predictions:
    """What a model says of n items.

    Attributes:
      labels: predicted label of each item; of a model of several labels, those of at least 0.5, with `|` between them.
      scores: float32 [n, K], in the order of the model's labels.
      names: the model's K labels.
    """

    labels: list[str]
    scores: npt.NDArray[np.float32]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def _repr_html_(self) -> str:
        head = "<tr><th></th><th>label</th><th>score</th></tr>"
        pairs = zip(self.labels[:20], self.scores.max(axis=1) if len(self.labels) else (), strict=False)
        rows = "".join(
            f"<tr><td>{position}</td><td>{escape(label)}</td><td>{score:.3f}</td></tr>"
            for position, (label, score) in enumerate(pairs)
        )
        more = f"<p>and {len(self.labels) - 20:,} more</p>" if len(self.labels) > 20 else ""
        return f"<table>{head}{rows}</table>{more}"


class Classifier:
    """A published model to label items with. TensorFlow is loaded with the first call.

    Attributes:
      model: the model below, for who needs more than is here.
    """

    def __init__(self, model: ServedModel) -> None:
        self.model = model

    @property
    def folder(self) -> str:
        """Where the version lies."""
        return self.model.folder

    @property
    def labels(self) -> tuple[str, ...]:
        """The K labels, in the order of the scores."""
        return self.model.labels

    def predict(self, items: Sequence[Item], *, features: pa.Table | None = None) -> Predictions:
        """Labels texts or images.

        Args:
          items: n texts; or for a model of images, the bytes of image files or their paths.
          features: n rows with the columns that the model sees beside the vector, where it sees some.

        Raises:
          RequestError: the items are not of the model's modality, a file cannot be read, or a feature is missing.
        """
        if isinstance(items, str | bytes):
            raise RequestError("predict takes a list of items: write [item] for one")
        modality = self.model.fact("encoder")["modality"]
        if modality == "vectors":
            raise RequestError(f"{self.folder} was trained on imported vectors: give it vectors (predict_vectors)")
        contents = [_content(item, position, modality) for position, item in enumerate(items)]
        columns = self._columns(features, len(contents))
        return self._predictions(
            self.model.from_items(contents[start : start + _BATCH], columns.slice(start, _BATCH))
            for start in range(0, len(contents), _BATCH)
        )

    def predict_vectors(self, vectors: npt.ArrayLike, *, features: pa.Table | None = None) -> Predictions:
        """Labels vectors [n, dim] of the encoder that the model was trained on; `features` as in `predict`.

        Raises:
          RequestError: the vectors have another length, or a feature is missing.
        """
        given = np.asarray(vectors, np.float32)
        dim = self.model.inputs.dim
        if given.ndim != 2 or given.shape[1] != dim:
            raise RequestError(f"vectors of shape {given.shape} are given; {self.folder} takes [n, {dim}]")
        columns = self._columns(features, len(given))
        step = 64 * _BATCH
        return self._predictions(
            self.model.from_vectors(given[start : start + step], columns.slice(start, step))
            for start in range(0, len(given), step)
        )

    def _columns(self, features: pa.Table | None, rows: int) -> pa.RecordBatch:
        wanted = self.model.inputs.features
        if not wanted:
            return pa.record_batch([pa.nulls(rows)], names=["none"])
        if features is None or set(wanted) - set(features.column_names) or features.num_rows != rows:
            raise RequestError(
                f"{self.folder} sees the columns {', '.join(wanted)}: give features with {rows} rows of them"
            )
        return features.select(list(wanted)).combine_chunks().to_batches()[0]

    def _predictions(self, batches: Any) -> Predictions:
        scored = list(batches)
        scores = np.concatenate(scored) if scored else np.empty((0, len(self.labels)), np.float32)
        return Predictions(predicted_labels(scores, self.model) if len(scores) else [], scores, self.labels)

    def __repr__(self) -> str:
        return f"<Classifier {self.folder}: {len(self.labels)} labels, {self.model.fact('encoder')['name']}>"


def _content(item: Item, position: int, modality: str) -> bytes:
    if modality == "text":
        if not isinstance(item, str):
            raise RequestError(f"item {position}: the model takes texts, not {type(item).__name__}")
        return item.encode()
    if isinstance(item, bytes):
        return item
    try:
        return files.read(os.fspath(item))
    except OSError as error:
        raise RequestError(f"item {position}: {os.fspath(item)} cannot be read: {error.strerror or error}") from error


def load_model(path: str | os.PathLike[str]) -> Classifier:
    """Opens MODELS/NAME (its newest version) or MODELS/NAME/VERSION.

    Raises:
      RequestError: there is no model, or half of one.
    """
    place, number = model_folder.located(os.fspath(path).removeprefix("file://").rstrip("/"))
    return Classifier(ServedModel(files.join(place, str(number))))
