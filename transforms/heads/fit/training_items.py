"""Reads the raw items that a head's rows were made of, for a network that learns from them.

Training and eval items stay in memory encoded, as files, never as pixels; they are decoded batch by batch beside the training
step, by what decoded them for the frozen vectors. Test items are read again when they are scored, and not kept.

Failure modes: RequestError for items that do not fit into the memory given, and for more than 1% that are no longer in the
corpus or can no longer be decoded; fewer are passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import Mask
from transforms.common.errors import RequestError
from transforms.common.prefetch import overlap
from transforms.common.progress import METER
from transforms.encoders.image_decoder import ImageDecoder
from transforms.heads.fit.training_data import HeadData
from transforms.heads.rows.split import EVAL, TEST, TRAIN
from transforms.table.raw_items import raw_items
from transforms.table.snapshot import Snapshot

SCORED_AT_A_TIME = 64
_MOST_MISSING = 0.01

Positions = npt.NDArray[np.int64]
Mirrored = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainingItems:
    """The training and eval items, in memory.

    Attributes:
      decoder: None for text.
      payloads: by position of the row.
      broken: positions of images that turned out not to be decodable.
    """

    decoder: ImageDecoder | None
    payloads: dict[int, bytes]
    broken: set[int] = field(default_factory=set)

    @staticmethod
    def read(data: HeadData, snapshot: Snapshot, decoder: ImageDecoder | None) -> TrainingItems:
        """Reads the corpus once; of the test items it only sees that they are there."""
        METER.begin("reading the items again")
        learnt, tested = data.rows(TRAIN, EVAL), data.rows(TEST)
        row_of = _row_of(data, learnt | tested)
        payloads: dict[int, bytes] = {}
        found = needed = 0
        for name, payload in raw_items(data.job.table, snapshot, learnt | tested):
            found += 1
            if not learnt[row_of[name]]:
                continue
            needed += len(payload)
            if needed <= data.job.memory:
                payloads[row_of[name]] = payload
            else:  # read on, to say how much it would take
                payloads.clear()
        if needed > data.job.memory:
            raise RequestError(
                f"--fine-tune holds the {int(learnt.sum()):,} items that it learns from as files in memory: they take"
                f" {_mb(needed):,} MB and may take {_mb(data.job.memory):,} MB; give --memory {_mb(needed)}"
            )
        _require(len(row_of) - found, len(row_of), "are no longer in the corpus")
        return TrainingItems(decoder=decoder, payloads=payloads)

    def rows(self, wanted: Mask) -> Positions:
        """Positions of the wanted items, rising."""
        there = np.array(sorted(self.payloads), np.int64)
        return there[wanted[there]]

    def batches(self, rows: Positions, size: int, mirrored: Mirrored | None = None) -> Iterator[tuple[Positions, Any]]:
        """Positions and what a network takes, string [b] or pixels 0..255 float32 [b, height, width, 3], in the order of `rows`.

        Args:
          mirrored: bool, of each row: whether its image is mirrored.
        """
        pieces = [slice(start, start + size) for start in range(0, len(rows), size)]
        yield from self._decoded(
            (
                rows[piece],
                [self.payloads[row] for row in rows[piece].tolist()],
                None if mirrored is None else mirrored[piece],
            )
            for piece in pieces
        )
        _require(len(self.broken), len(self.payloads), "can no longer be decoded")

    def test_batches(self, data: HeadData, snapshot: Snapshot) -> Iterator[tuple[Positions, Any]]:
        """Like `batches`, over the test items, in the order of the corpus."""
        count = 0
        for rows, x in self._decoded(_test_items(data, snapshot)):
            count += len(rows)
            yield rows, x
        wanted = int(data.rows(TEST).sum())
        _require(wanted - count, wanted, "are no longer in the corpus or can no longer be decoded")

    def _decoded(
        self, given: Iterable[tuple[Positions, list[bytes], Mirrored | None]]
    ) -> Iterator[tuple[Positions, Any]]:
        for rows, x in overlap(self._make, given):
            if len(rows):
                yield rows, x

    def _make(self, given: tuple[Positions, list[bytes], Mirrored | None]) -> tuple[Positions, Any]:
        import tensorflow as tf

        rows, payloads, mirrored = given
        if self.decoder is None:
            return rows, tf.constant(payloads, tf.string)
        pixels, failed = self.decoder.decode(payloads)
        decoded = np.array([position for position in range(len(rows)) if position not in failed], np.int64)
        self.broken.update(rows[list(failed)].tolist())
        if mirrored is not None:
            turned = mirrored[decoded]
            pixels[turned] = pixels[turned, :, ::-1]
        return rows[decoded], tf.cast(pixels, tf.float32)


def _test_items(data: HeadData, snapshot: Snapshot) -> Iterator[tuple[Positions, list[bytes], None]]:
    tested = data.rows(TEST)
    row_of = _row_of(data, tested)
    rows: list[int] = []
    payloads: list[bytes] = []
    for name, payload in raw_items(data.job.table, snapshot, tested):
        rows.append(row_of[name])
        payloads.append(payload)
        if len(rows) == SCORED_AT_A_TIME:
            yield np.array(rows, np.int64), payloads, None
            rows, payloads = [], []
    if rows:
        yield np.array(rows, np.int64), payloads, None


def _row_of(data: HeadData, wanted: Mask) -> dict[str, int]:
    """Positions of the wanted rows by their ids."""
    rows: dict[str, int] = {}
    for positions, batch in data.vectors.chosen(wanted, ["id"]):
        rows.update(zip(batch.column("id").to_pylist(), positions.tolist(), strict=True))
    return rows


def _mb(size: int) -> int:
    return -(-size // (1 << 20))


def _require(missing: int, wanted: int, problem: str) -> None:
    if missing > _MOST_MISSING * wanted:
        raise RequestError(
            f"--fine-tune learns from the raw items, but {missing:,} of {wanted:,} {problem}: bring them back, or embed the"
            " corpus again and train on that version, or leave out --fine-tune"
        )
