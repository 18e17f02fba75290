"""Turns shards into parts whose rows are local features: the line of a worker whose encoder gives many vectors of an image."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from transforms.common.errors import ItemError
from transforms.common.progress import Meter
from transforms.corpus.addresses.states import AddressStates
from transforms.embed.job import EmbedJob
from transforms.embed.shard_batch import ShardBatch, ShardEnd
from transforms.embed.shard_line import ShardLine
from transforms.encoders.local_features.decoder import own_shape_decoder
from transforms.encoders.local_features.encoder import LocalFeatureEncoder
from transforms.encoders.local_features.features import LocalFeatures
from transforms.encoders.spec import Encoder
from transforms.table.schema import FEATURE_COLUMNS


class FeatureLine(ShardLine):
    """Embeds shards of images, each as many rows: the arguments are those of `ShardLine`.

    Images that changed are encoded again, also where they have the content of another one: vectors are looked up by the content
    of a row, and of such an image there are many.
    """

    def __init__(
        self,
        job: EmbedJob,
        *,
        schema: pa.Schema,
        load: Callable[[], Encoder],
        meter: Meter,
        addresses: AddressStates | None = None,
    ) -> None:
        super().__init__(job, schema=schema, load=load, meter=meter, addresses=addresses)
        self._own_shape = own_shape_decoder(job.encoder.spec)

    def _decoded(self, payloads: list[bytes]) -> tuple[Any, dict[int, ItemError]]:
        return self._own_shape.decode(payloads)

    def _pieces(self, batches: Iterable[ShardBatch | ShardEnd]) -> Iterator[ShardBatch | ShardEnd]:
        """One image at a time, on as many threads as there are cores."""
        for batch in batches:
            yield from [batch] if isinstance(batch, ShardEnd) or not len(batch.todo) else batch.pieces(1)

    def _encode(self, batch: ShardBatch | ShardEnd) -> ShardBatch | ShardEnd:
        if isinstance(batch, ShardEnd):
            return batch
        if not len(batch.todo):
            return replace(batch, rows=feature_rows(batch.rows, []))
        encoder = self._loaded().encoder
        assert isinstance(encoder, LocalFeatureEncoder), "the spec says that it gives local features"
        with self._times.during("encode"):
            found, failed = encoder.features_of(batch.inputs, most=self._job.read.max_features)
        self._meter.add(encoded=len(batch.inputs))
        alive = self._without(replace(batch, inputs=None), failed, step="encode")
        features = sum(map(len, found))
        return replace(
            alive,
            rows=feature_rows(alive.rows, found),
            vectors=np.concatenate([each.descriptors for each in found]) if found else None,
            todo=np.arange(features),
            rows_in=alive.rows_in + features - len(found),
        )


def feature_rows(images: pa.RecordBatch, found: list[LocalFeatures]) -> pa.RecordBatch:
    """The rows of images, one for each feature: `parent` is the image's id, `parent#1` the id of its best feature.

    Args:
      images: with the columns of `transforms.corpus.columns.batches.batch_schema`; its payloads are left out.
      found: of each image at least one.
    """
    counts = [len(features) for features in found]
    taken = images.drop_columns(["payload"]).take(pa.array(np.repeat(np.arange(len(found)), counts), pa.int64()))
    parents = taken.column("id").to_pylist()
    numbers = [number for count in counts for number in range(1, count + 1)]
    names = [f"{parent}#{number}" for parent, number in zip(parents, numbers, strict=True)]
    columns = dict(zip(taken.schema.names, taken.columns, strict=True))
    columns |= {"id": pa.array(names, pa.string()), "parent": pa.array(parents, pa.string())}
    places = np.concatenate([_NOWHERE, *(features.places for features in found)])
    values = (
        places[:, 0],
        places[:, 1],
        np.concatenate([_NOWHERE[:, 0], *(features.scales for features in found)]),
        np.concatenate([_NOWHERE[:, 0], *(features.scores for features in found)]),
    )
    for field, column in zip(FEATURE_COLUMNS, values, strict=True):
        columns[field.name] = pa.array(column, field.type, from_pandas=True)  # what is not known is null
    return pa.RecordBatch.from_pydict(columns)


_NOWHERE = np.empty((0, 2), np.float32)
