"""Embeds record batches as one step of any Beam pipeline, without a feature table: the public PTransform `Embed`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.utils.shared import Shared

from transforms.common.errors import ItemError, RequestError
from transforms.corpus.items import not_utf8
from transforms.encoders.batching import rebatch
from transforms.encoders.image_decoder import decoder_of
from transforms.encoders.safe_encoder import SafeEncoder
from transforms.encoders.spec import LoadableEncoder
from transforms.table.schema import EMBEDDING, VECTOR_TYPE, vector_column

VECTORS, DEAD = "vectors", "dead"
_COLUMN = {"text": "text", "image": "image"}


class Embed(beam.PTransform):
    """PCollection[pa.RecordBatch] -> (vectors, dead), both PCollection[pa.RecordBatch].

    `vectors` has the rows and columns that came in and an `embedding` column (list<float32>, `dim` values each), in batches of
    the encoder's size. `dead` has the rows that could not be embedded, with the columns `error` and `message`.

    Args:
      encoder: a name, a handle, or what `transforms.encoders.resolve` gave.
      column: the text (string) or the encoded images (binary); default "text" or "image".

    Raises:
      RequestError: there is no such encoder. In the worker: a batch lacks the column.
    """

    def __init__(self, encoder: str | LoadableEncoder, *, column: str | None = None) -> None:
        super().__init__()
        if isinstance(encoder, str):
            from transforms import encoders

            encoder = encoders.resolve(encoder)
        self._encoder: LoadableEncoder = encoder
        self._column = column or _COLUMN[encoder.spec.modality]

    def expand(self, batches: Any) -> Any:
        return batches | "EmbedBatches" >> beam.ParDo(_EmbedBatches(self._encoder, self._column)).with_outputs(
            DEAD, main=VECTORS
        )


class _EmbedBatches(beam.DoFn):
    def __init__(self, encoder: LoadableEncoder, column: str) -> None:
        self._resolved = encoder
        self._column = column
        self._shared = (
            Shared()
        )  # a key that all copies of this step have: one encoder, and one safe batch size, a process

    def setup(self) -> None:
        self._encoder: SafeEncoder = self._shared.acquire(self._open)
        self._decoder = decoder_of(self._resolved.spec)

    def _open(self) -> SafeEncoder:
        dim = self._resolved.spec.dim
        assert dim is not None, "a resolved encoder knows its dimension"
        return SafeEncoder(self._resolved.load(), dim)

    def process(self, batch: pa.RecordBatch) -> Iterator[Any]:
        if self._column not in batch.schema.names:
            raise RequestError(f"a batch has no column {self._column!r}; it has {', '.join(batch.schema.names)}")
        spec = self._resolved.spec
        payloads = pa.record_batch([batch.column(self._column).cast(pa.binary())], names=["payload"])
        weight = spec.batch_chars if self._decoder is None else None
        start = 0
        for piece in rebatch([payloads], max_items=spec.batch_items, max_weight=weight):
            yield from self._embed(batch.slice(start, piece.num_rows), piece.column("payload"))
            start += piece.num_rows

    def _embed(self, rows: pa.RecordBatch, payloads: pa.Array) -> Iterator[Any]:
        failed: dict[int, ItemError] = {
            int(row): ItemError("MissingValue", "there is no value") for row in np.flatnonzero(pc.is_null(payloads))
        }
        if self._decoder is None:
            failed |= {row: ItemError(*problem) for row, problem in not_utf8(payloads).items()}
        alive = np.setdiff1d(np.arange(len(payloads)), list(failed))
        inputs: Any
        if self._decoder is not None:
            inputs, undecoded = self._decoder.decode(payloads.take(pa.array(alive)).to_pylist())
            failed |= {int(alive[position]): error for position, error in undecoded.items()}
            alive = np.delete(alive, list(undecoded))
        else:
            inputs = payloads.take(pa.array(alive)).cast(pa.string()).to_pylist()
        if len(alive):
            vectors, unencoded = self._encoder.encode(inputs)
            failed |= {int(alive[position]): error for position, error in unencoded.items()}
            good = np.setdiff1d(np.arange(len(alive)), list(unencoded))
            if len(good):
                kept = rows.take(pa.array(alive[good]))
                yield kept.append_column(pa.field(EMBEDDING, VECTOR_TYPE, nullable=False), vector_column(vectors[good]))
        if failed:
            order = sorted(failed)
            dead = rows.take(pa.array(order, pa.int64()))
            dead = dead.append_column("error", pa.array([failed[row].kind for row in order]))
            dead = dead.append_column("message", pa.array([str(failed[row]) for row in order]))
            yield beam.pvalue.TaggedOutput(DEAD, dead)
