"""Loads a published model to score vectors or raw items.

Two signatures, both with `label` (string [n]), `score` (float32 [n]) and `scores` (float32 [n, K], in the order of the lineage's
labels) out:

    serving_default   text: string [n] of UTF-8, or image: string [n] of encoded images
    from_vectors      vectors: float32 [n, dim] of the encoder that the head was trained on

and, where the head sees other columns, an input for each of them: float32 [n] (NaN where missing) or string [n] ("" where
missing). Nothing but TensorFlow is needed to load it (and tensorflow-text, where the encoder's own tokenizer does). A model whose
encoder is no TensorFlow graph has `from_vectors` alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.encoders.item_encoder import ItemEncoder
from transforms.encoders.matching import encoder_that_made
from transforms.encoders.resolved import ResolvedEncoder
from transforms.heads import model_folder
from transforms.heads.job import Activation
from transforms.heads.rows.inputs import Inputs, plain_name
from transforms.storage import files
from transforms.storage.formats import known_fields
from transforms.storage.local_cache import local_copy

FROM_VECTORS, FROM_ITEMS = "from_vectors", "serving_default"


def argument(feature: str) -> str:
    """The name of a feature's input in a signature."""
    return f"feature_{plain_name(feature)}"


# ---- from disk --------------------------------------------------------------------------------------------


class ServedModel:
    """A published version, or a candidate, to score with.

    Attributes:
      lineage: where it came from.
      labels: its K labels, in the order of its scores.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        path = files.join(folder, model_folder.EXTRA, model_folder.LINEAGE)
        lineage = model_folder.lineage_in(folder)
        if lineage is None:
            raise RequestError(f"{folder} is no whole model: {path} is missing or broken")
        self.lineage = lineage
        self.labels: tuple[str, ...] = tuple(self.fact("labels"))
        self.activation: Activation = self.fact("activation")
        inputs = self.fact("inputs")
        self.inputs = Inputs(**known_fields(Inputs, {**inputs, **_tuples(inputs)}, where=path))

    def fact(self, name: str) -> Any:
        """A field of the lineage.

        Raises:
          RequestError: it is not there.
        """
        if name not in self.lineage:
            path = files.join(self.folder, model_folder.EXTRA, model_folder.LINEAGE)
            raise RequestError(f"{path} is damaged (it lacks {name!r}): restore it from a copy")
        return self.lineage[name]

    @cached_property
    def local_folder(self) -> str:
        """The folder, or where that is remote its local copy."""
        return local_copy(self.folder)

    @cached_property
    def head(self) -> Any:
        """The restored head and its signature `from_vectors`."""
        return self._restored(files.join(self.local_folder, model_folder.EXTRA, model_folder.HEAD), FROM_VECTORS)

    @cached_property
    def _whole(self) -> Any:
        import tensorflow_text  # noqa: F401  (registers what text encoders' graphs are made of)

        return self._restored(self.local_folder, FROM_ITEMS)

    def _restored(self, folder: str, signature: str) -> Any:
        import tensorflow as tf

        try:
            restored = tf.saved_model.load(folder)
        except (OSError, ValueError, KeyError, tf.errors.OpError) as error:
            raise RequestError(f"{folder} cannot be loaded, half of it is missing: {str(error)[:200]}") from error
        return restored, restored.signatures[signature]

    def from_vectors(self, vectors: npt.NDArray[np.float32], columns: pa.RecordBatch) -> npt.NDArray[np.float32]:
        """Scores float32 [n, K] of vectors [n, dim]; `columns` has the features."""
        import tensorflow as tf

        _, function = self.head
        return function(vectors=tf.constant(vectors), **self._fed(columns))["scores"].numpy()

    def from_items(self, items: Sequence[bytes], columns: pa.RecordBatch) -> npt.NDArray[np.float32]:
        """Scores float32 [n, K] of texts or encoded images."""
        if self.lineage.get("vectors_only"):
            return self.from_vectors(self._vectors_of(items), columns)
        import tensorflow as tf

        _, function = self._whole
        name = self.fact("encoder")["modality"]
        return function(**{name: tf.constant(list(items), tf.string)}, **self._fed(columns))["scores"].numpy()

    @cached_property
    def _item_encoder(self) -> ItemEncoder:
        return ItemEncoder(self.encoder())

    def _vectors_of(self, items: Sequence[bytes]) -> npt.NDArray[np.float32]:
        encoder = self._item_encoder
        return encoder.encode([item.decode() for item in items] if encoder.spec.modality == "text" else items)

    def _fed(self, columns: pa.RecordBatch) -> dict[str, Any]:
        import tensorflow as tf

        fed: dict[str, Any] = {}
        for name in self.inputs.numeric:
            values = columns.column(name).cast(pa.float32()).fill_null(float("nan"))
            fed[argument(name)] = tf.constant(values.to_numpy(zero_copy_only=False))
        for name in self.inputs.categorical:
            fed[argument(name)] = tf.constant(
                columns.column(name).cast(pa.string()).fill_null("").to_pylist(), tf.string
            )
        return fed

    def encoder(self) -> ResolvedEncoder:
        """The encoder whose vectors the head knows, as it is on this machine.

        Raises:
          RequestError: it cannot be had here, or is another one by now.
        """
        encoder, tuned = self.fact("encoder"), self.fact("fine_tuned")
        own = files.join(self.local_folder, model_folder.EXTRA, model_folder.ENCODER) if tuned else ""
        return encoder_that_made(
            own if tuned else encoder["handle"],
            precision=encoder["precision"],
            fingerprint=encoder["fingerprint"],
            name=encoder["name"],
            where=f"{self.folder} was trained on vectors",
            advice="fetch that encoder, or train again",
            remember=not tuned,
        )

    def require_encoder(self, fingerprint: str, table: str, encoder: str) -> None:
        """Refuses vectors that are not of the head's own encoder.

        Raises:
          RequestError: they are of another one.
        """
        ours = self.fact("encoder")
        if ours["fingerprint"] != fingerprint:
            tuned = " (its own, fine-tuned)" if self.fact("fine_tuned") else ""
            raise RequestError(
                f"{table} holds vectors of {encoder} ({fingerprint[:8]}), but {self.folder} knows those of"
                f" {ours['name']}{tuned} ({ours['fingerprint'][:8]}): give the corpus itself, or embed it with that encoder"
            )

    def require_columns(self, schema: pa.Schema, table: str) -> None:
        """Refuses a table that lacks a column that the head sees.

        Raises:
          RequestError: it does.
        """
        missing = [name for name in self.inputs.features if name not in schema.names]
        if missing:
            raise RequestError(
                f"{self.folder} sees the column {missing[0]!r}, which {table} lacks: embed it with --keep"
            )


def _tuples(inputs: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(inputs.get(name, ())) for name in ("numeric", "categorical")}


def aligned(scores: npt.NDArray[np.float32], names: Sequence[str], wanted: Sequence[str]) -> npt.NDArray[np.float32]:
    """Scores [n, K] of `names` as scores of the `wanted` labels; 0 for a label that the model does not know."""
    out = np.zeros((len(scores), len(wanted)), np.float32)
    place = {name: position for position, name in enumerate(names)}
    for position, name in enumerate(wanted):
        if name in place:
            out[:, position] = scores[:, place[name]]
    return out
