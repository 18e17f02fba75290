"""Turns shards into parts of the table: read -> decode -> encode -> write.

One chain of plain generators over all shards that a worker gets, so that the next shard is read while the last one is
still encoded; `overlap` puts the steps into threads. Memory is bounded by a few batches, whatever the corpus.

Who decodes images depends on who encodes them. Processors do both: each of as many threads as there are cores decodes a
few images and encodes them, while they are in its cache, and no two threads are at work on one core. For a GPU, which takes
more than threads can decode, processes decode (`DecodingProcesses`) while it encodes.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.arrays import Pixels, RowIndices
from transforms.common.background import beside
from transforms.common.errors import ItemError, RunError
from transforms.common.prefetch import overlap
from transforms.common.progress import Meter
from transforms.common.step_times import StepTimes
from transforms.corpus import readers
from transforms.corpus.addresses.states import AddressStates
from transforms.corpus.dead_letters import DeadLetter
from transforms.corpus.items import Itemiser
from transforms.embed.address_line import AddressLine
from transforms.embed.content_index import ContentIndex
from transforms.embed.job import EmbedJob
from transforms.embed.reuse import KnownVectors, known_vectors
from transforms.embed.shard_batch import ShardBatch, ShardEnd, joined
from transforms.embed.shard_writer import ShardWriter, finished
from transforms.embed.shards import Shard
from transforms.encoders import devices, openvino_engine
from transforms.encoders.batching import rebatch
from transforms.encoders.decoding_processes import DecodingProcesses
from transforms.encoders.gpu_turn import gpu_turn
from transforms.encoders.image_decoder import decoder_of
from transforms.encoders.safe_encoder import SafeEncoder
from transforms.encoders.spec import Encoder
from transforms.encoders.unread import unread
from transforms.table.forgotten import Forgotten
from transforms.table.ledger import Receipt
from transforms.table.schema import read_columns

_CORES_FOR_PROCESSES = 4
"""From so many cores on, images for a GPU are decoded by processes; threads scale to fewer."""
_TEXT_BATCHES_AHEAD = 4
"""Batches of texts that may wait for the writer. A fast encoder is as quick as it: with one, now one waits, now the other."""
_SAMPLE_SECONDS = 0.25
_BUFFER_BYTES = 64 << 20
"""Items whose contents are looked up together."""

_Items = tuple[pa.RecordBatch, list[DeadLetter], int]
"""Good rows, the dead letters found since the last ones, and how many items were read for both."""


class ShardLine:
    """Embeds shards.

    Args:
      job: the request.
      schema: the table's columns.
      load: gives the encoder; called when the first item needs it, so that a run that reuses everything never loads it.
      meter: counts how far the line is.
      contents: where the table has which contents; None: it has none.
      addresses: states of the web addresses that need not be asked again; None: the corpus has no addresses.
    """

    def __init__(
        self,
        job: EmbedJob,
        *,
        schema: pa.Schema,
        load: Callable[[], Encoder],
        meter: Meter,
        contents: ContentIndex | None = None,
        addresses: AddressStates | None = None,
    ) -> None:
        self._job = job
        self._schema = schema
        self._kept = read_columns(schema)
        self._load = load
        self._meter = meter
        self._contents = contents
        self._forgotten = Forgotten.of(job.table)
        self._addresses: AddressLine | None = None
        if addresses is not None:
            self._addresses = AddressLine(job, addresses, with_vectors=self._with_vectors, forgotten=self._forgotten)
        self._encoder: SafeEncoder | None = None
        self._loading = threading.Lock()
        self._decoder = decoder_of(job.encoder.spec)
        self._decoding: DecodingProcesses | None = None
        self._on_gpu = devices.gpus_used() > 0
        self._batch_items = devices.batch_items_of(job.encoder.spec)
        self._streams = devices.streams_of(job.encoder.spec)
        self._times = StepTimes()
        self._again = 0

    def run(self, shards: Iterable[Shard]) -> Iterator[Receipt]:
        """Yields a receipt for every shard, in order, when its part is in place."""
        batches = self._read(shards)
        # What is encoded and not yet written is lost if the process is killed: no more of it than keeps all steps busy.
        if self._decoder is not None and not self._on_gpu:
            pieces = overlap(self._decode_and_encode, self._pieces(batches), workers=self._streams, depth=self._streams)
            return self._write(joined(pieces))
        decoded = overlap(self._decode, batches, workers=2 if self._on_gpu else 1, depth=2)
        ahead = _TEXT_BATCHES_AHEAD if self._decoder is None else 1
        receipts = self._write(overlap(self._encode, decoded, workers=self._streams, depth=ahead))
        return self._watched(receipts) if self._on_gpu else receipts

    def _watched(self, receipts: Iterator[Receipt]) -> Iterator[Receipt]:
        """The same, in this process's turn on the GPU; meanwhile the driver is asked how busy it is."""

        def watch(stop: threading.Event) -> None:
            while not stop.wait(_SAMPLE_SECONDS):
                self._times.add("gpu", _SAMPLE_SECONDS * (devices.gpu_busy() or 0.0))

        waiting = "waiting for the GPU, which another process of this machine has"
        with gpu_turn(waiting=lambda: self._meter.begin(waiting)), beside(watch, name="gpu-busy"):
            yield from receipts

    def _read(self, shards: Iterable[Shard]) -> Iterator[ShardBatch | ShardEnd]:
        # While the last addresses of a shard are slow, those of the next one are fetched.
        begin = map(self._begun, shards) if self._addresses is None else overlap(self._begun, shards, depth=1)
        for begun in begin:
            if isinstance(begun, ShardEnd):
                yield begun
                continue
            writer, items = begun
            for (rows, dead_letters, rows_in), known in self._with_known(items):
                yield self._batch(writer, rows, dead_letters, rows_in, known)
            yield ShardEnd(writer.shard, writer)

    def _begun(self, shard: Shard) -> ShardEnd | tuple[ShardWriter, Iterator[_Items]]:
        """A shard's writer and items, the first of which have been read if they are behind addresses; or its end."""
        done = self._finished(shard)
        if done is not None:
            return ShardEnd(shard, receipt=done)
        writer = ShardWriter(self._job, shard, self._schema)
        items = self._items(writer)
        if self._addresses is None:
            return writer, items
        first = list(islice(items, 1))
        return writer, chain(first, items)

    def _finished(self, shard: Shard) -> Receipt | None:
        receipt = finished(self._job.table, shard.id)
        if receipt is None:
            return None
        if self._addresses is not None and not self._addresses.is_worth_keeping(receipt):
            return None
        return receipt

    def _items(self, writer: ShardWriter) -> Iterator[_Items]:
        """Batches of good rows of the size that the encoder wants, with the bad rows found since the last one."""
        spec = self._job.encoder.spec
        shard = writer.shard
        itemiser = Itemiser(modality=spec.modality, max_chars=self._job.max_chars)
        dead_letters: list[DeadLetter] = []
        rows_in = 0

        def good() -> Iterator[pa.RecordBatch]:
            nonlocal rows_in
            batches = readers.read(shard.sources, self._job.read, range=shard.range, kept=self._kept)
            for batch in batches if self._addresses is None else self._addresses.filled(writer, batches):
                rows, bad = self._without_forgotten(writer, *itemiser.split(batch))
                dead_letters.extend(bad)
                rows_in += rows.num_rows + len(bad)
                yield rows

        weight = spec.batch_chars if self._decoder is None else None
        for rows in rebatch(good(), max_items=self._batch_items, max_weight=weight):
            yield rows, dead_letters, rows_in
            dead_letters, rows_in = [], 0
        if dead_letters or rows_in:
            yield _NO_ROWS, dead_letters, rows_in

    def _with_vectors(self, contents: set[str]) -> Container[str]:
        """Those of some contents of which the table has vectors."""
        return () if self._contents is None else self._known(self._contents, contents).row_of

    def _without_forgotten(
        self, writer: ShardWriter, rows: pa.RecordBatch, dead_letters: list[DeadLetter]
    ) -> tuple[pa.RecordBatch, list[DeadLetter]]:
        """What is left of items without those that the table was asked to forget."""
        forgotten = self._forgotten
        if not forgotten.requests:
            return rows, dead_letters
        left = [letter for letter in dead_letters if letter.id is None or not forgotten.has_id(letter.id)]
        out = forgotten.rows(rows.column("id").to_pylist(), rows.column("content").to_pylist())
        writer.forgotten += len(out) + len(dead_letters) - len(left)
        return rows.take(pa.array(np.setdiff1d(np.arange(rows.num_rows), out))), left

    def _with_known(self, items: Iterator[_Items]) -> Iterator[tuple[_Items, KnownVectors | None]]:
        """The items, and the vectors that the table has of them.

        Which vectors to look for, the items say themselves: so they are kept until they are many enough to ask for together.
        """
        if self._contents is None:
            yield from ((batch, None) for batch in items)
            return
        window: deque[_Items] = deque()
        size = 0
        for batch in items:
            window.append(batch)
            size += batch[0].nbytes
            if size > _BUFFER_BYTES:
                yield from self._looked_up(window, self._contents)
                size = 0
        yield from self._looked_up(window, self._contents)

    def _looked_up(self, window: deque[_Items], index: ContentIndex) -> Iterator[tuple[_Items, KnownVectors]]:
        contents = {content for rows, _, _ in window for content in rows.column("content").to_pylist()}
        known = self._known(index, contents)
        while window:  # each is let go as it is taken
            yield window.popleft(), known

    def _known(self, index: ContentIndex, contents: set[str]) -> KnownVectors:
        job = self._job
        return known_vectors(job.table, index, contents, dim=job.dim, schema=self._schema, part_format=job.part_format)

    def _batch(
        self,
        writer: ShardWriter,
        rows: pa.RecordBatch,
        dead_letters: list[DeadLetter],
        rows_in: int,
        known: KnownVectors | None,
    ) -> ShardBatch:
        count = rows.num_rows
        vectors = None
        todo: RowIndices = np.arange(count)
        if known is not None and known.row_of and count:
            vectors = np.empty((count, self._job.dim), np.float32)
            positions, found = known.lookup(rows.column("content").to_pylist())
            vectors[positions] = known.vectors[found]
            todo = np.setdiff1d(todo, positions)
        payloads = rows.column("payload")
        if payloads.null_count and payloads.take(pa.array(todo)).null_count:
            raise RunError(
                f"{self._job.table}: a part of it was deleted while this run worked: run the same command again"
            )
        weight = pc.sum(pc.binary_length(payloads)).as_py() or 0
        self._meter.add(read=rows_in)
        return ShardBatch(writer, rows, weight, vectors, todo, dead_letters=tuple(dead_letters), rows_in=rows_in)

    def _decode(self, batch: ShardBatch | ShardEnd) -> ShardBatch | ShardEnd:
        if isinstance(batch, ShardEnd) or not len(batch.todo):
            return batch
        payloads = batch.rows.column("payload")
        chosen = payloads if len(batch.todo) == len(payloads) else payloads.take(pa.array(batch.todo))
        if self._decoder is None:
            texts = chosen.cast(pa.string()).to_pylist()
            return replace(batch, inputs=texts, unread=unread(texts, self._job.encoder.spec))
        with self._times.during("decode"):
            pixels, failed = self._decoded(chosen.to_pylist())
        return self._without(replace(batch, inputs=pixels), failed, step="decode")

    def _decoded(self, payloads: list[bytes]) -> tuple[Pixels, dict[int, ItemError]]:
        assert self._decoder is not None, "there are images"
        if not self._on_gpu:
            return self._decoder.decode(payloads, side_by_side=False)
        if devices.cores() < _CORES_FOR_PROCESSES:
            return self._decoder.decode(payloads)
        with self._loading:
            if self._decoding is None:
                self._decoding = DecodingProcesses(self._decoder, most=devices.cores())
        return self._decoding.decode(payloads)

    def _pieces(self, batches: Iterable[ShardBatch | ShardEnd]) -> Iterator[ShardBatch | ShardEnd]:
        """Batches in pieces of as many images as the engine takes at once: few are left when the last thread is alone."""
        for batch in batches:
            if isinstance(batch, ShardEnd) or not len(batch.todo):
                yield batch
                continue
            in_pieces = self._loaded().encoder.computation.engine == "openvino"
            yield from batch.pieces(openvino_engine.AT_ONCE if in_pieces else len(batch.todo))

    def _decode_and_encode(self, piece: ShardBatch | ShardEnd) -> ShardBatch | ShardEnd:
        return self._encode(self._decode(piece))

    def _encode(self, batch: ShardBatch | ShardEnd) -> ShardBatch | ShardEnd:
        if isinstance(batch, ShardEnd) or not len(batch.todo):
            return batch
        encoder = self._loaded()
        started = time.perf_counter()
        with self._times.during("encode"):
            vectors, failed = encoder.encode(batch.inputs)
        if self._decoding is not None:
            self._decoding.fit(encode_seconds=(time.perf_counter() - started) / len(batch.inputs) / self._streams)
        self._meter.add(encoded=len(batch.todo))
        if batch.vectors is not None:
            batch.vectors[batch.todo] = vectors
            vectors = batch.vectors
        return self._without(replace(batch, inputs=None, vectors=vectors), failed, step="encode")

    def _loaded(self) -> SafeEncoder:
        with self._loading:
            if self._encoder is None:
                self._meter.begin("loading the encoder")
                self._encoder = SafeEncoder(self._load(), self._job.dim)
                self._meter.begin("embedding")
            return self._encoder

    def _without(self, batch: ShardBatch, failed: dict[int, ItemError], *, step: str) -> ShardBatch:
        """The batch without the failed ones of its `todo` rows, which become dead letters."""
        if not failed:
            return batch
        lost = batch.todo[sorted(failed)]
        ids, sources, prints = (batch.rows.column(name) for name in ("id", "source", "fingerprint"))
        dead_letters = tuple(
            DeadLetter(
                id=ids[row].as_py(),
                source=sources[row].as_py(),
                fingerprint=prints[row].as_py(),
                step=step,
                error=failed[position].kind,
                message=str(failed[position]),
            )
            for position, row in zip(sorted(failed), lost.tolist(), strict=True)
        )
        kept = np.setdiff1d(np.arange(batch.rows.num_rows), lost)
        moved = np.cumsum(np.isin(np.arange(batch.rows.num_rows), kept)) - 1
        todo = moved[np.setdiff1d(batch.todo, lost)]
        return replace(
            batch,
            rows=batch.rows.take(pa.array(kept)),
            vectors=None if batch.vectors is None else batch.vectors[kept],
            todo=todo,
            dead_letters=batch.dead_letters + dead_letters,
        )

    def _write(self, batches: Iterator[ShardBatch | ShardEnd]) -> Iterator[Receipt]:
        writer: ShardWriter | None = None
        worked = 0
        try:
            for batch in batches:
                if isinstance(batch, ShardBatch):
                    writer = batch.writer
                    writer.rows_in += batch.rows_in
                    writer.encoded += len(batch.todo)
                    writer.add_unread(batch.unread)
                    if self._encoder is not None and len(batch.todo):
                        writer.computation = self._encoder.encoder.computation
                    writer.reused += batch.rows.num_rows - len(batch.todo)
                    writer.add_dead_letters(list(batch.dead_letters))
                    if batch.vectors is not None:
                        with self._times.during("write"):
                            writer.write(batch.rows, batch.vectors)
                    # Of a compressed source there is more to embed than to read.
                    work = min(batch.payload_bytes, writer.shard.weight - worked)
                    worked += work
                    self._meter.add(written=batch.rows.num_rows, dead=len(batch.dead_letters), work=work)
                    continue
                if batch.writer is not None:
                    receipt = self._finish(batch.writer)
                else:
                    assert batch.receipt is not None
                    receipt = batch.receipt
                    self._meter.add(read=receipt.rows_in, written=receipt.rows, dead=receipt.dead)
                self._meter.add(work=batch.shard.weight - worked)
                writer, worked = None, 0
                yield receipt
        except BaseException:
            if writer is not None:
                writer.abort()
            raise
        finally:
            batches.close()  # type: ignore[attr-defined]
            if self._decoding is not None:
                self._decoding.close()
                self._decoding = None
            if self._addresses is not None:
                self._addresses.close()

    def _finish(self, writer: ShardWriter) -> Receipt:
        """Finishes a shard, and has it say what the line did since the last one."""
        writer.seconds = self._times.take()
        if self._encoder is not None:
            writer.again, self._again = self._encoder.again - self._again, self._encoder.again
        return writer.finish()


_NO_ROWS = pa.RecordBatch.from_pydict(
    {name: pa.array([], pa.string()) for name in ("id", "content", "source", "fingerprint", "payload")}
)
