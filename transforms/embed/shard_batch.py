"""Holds what goes along the line of a worker: batches of a shard's items, and the end of a shard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.common.arrays import RowIndices
from transforms.corpus.dead_letters import DeadLetter
from transforms.embed.shard_writer import ShardWriter
from transforms.embed.shards import Shard
from transforms.encoders.unread import NOTHING_UNREAD, Unread
from transforms.table.ledger import Receipt


@dataclass(frozen=True)
class ShardBatch:
    """A batch of one shard's items on its way along the line.

    `todo` are the rows that need the encoder, `inputs` their decoded values, `vectors` float32 [n, dim] the known
    vectors (None: none is known), `unread` what the encoder leaves out of texts. `more`: it is a piece of a batch of which more
    follows.
    """

    writer: ShardWriter
    rows: pa.RecordBatch
    payload_bytes: int
    vectors: npt.NDArray[np.float32] | None
    todo: RowIndices
    inputs: Any = None
    dead_letters: tuple[DeadLetter, ...] = ()
    rows_in: int = 0
    unread: Unread = NOTHING_UNREAD
    more: bool = False

    def pieces(self, step: int) -> Iterator[ShardBatch]:
        """The batch in pieces of `step` rows that need the encoder; what is known of it as a whole goes with the first."""
        for start in range(0, len(self.todo), step):
            first = 0 if not start else int(self.todo[start])
            stop = int(self.todo[start + step]) if start + step < len(self.todo) else self.rows.num_rows
            yield replace(
                self,
                rows=self.rows.slice(first, stop - first),
                payload_bytes=0 if start else self.payload_bytes,
                vectors=None if self.vectors is None else self.vectors[first:stop],
                todo=self.todo[start : start + step] - first,
                dead_letters=() if start else self.dead_letters,
                rows_in=0 if start else self.rows_in,
                more=start + step < len(self.todo),
            )

    @staticmethod
    def joined(pieces: list[ShardBatch]) -> ShardBatch:
        """The batch of its pieces, in order."""
        if len(pieces) == 1:
            return pieces[0]
        firsts = np.cumsum([0, *(piece.rows.num_rows for piece in pieces)])
        vectors = [piece.vectors for piece in pieces if piece.vectors is not None and piece.rows.num_rows]
        return replace(
            pieces[0],
            rows=pa.concat_batches([piece.rows for piece in pieces]),
            vectors=np.concatenate(vectors) if vectors else None,
            todo=np.concatenate([piece.todo + first for piece, first in zip(pieces, firsts, strict=False)]),
            dead_letters=tuple(letter for piece in pieces for letter in piece.dead_letters),
            rows_in=sum(piece.rows_in for piece in pieces),
            more=False,
        )


@dataclass(frozen=True)
class ShardEnd:
    """Follows the last batch of a shard; or, with a receipt, the shard was finished by an earlier run."""

    shard: Shard
    writer: ShardWriter | None = None
    receipt: Receipt | None = None


def joined(pieces: Iterator[ShardBatch | ShardEnd]) -> Iterator[ShardBatch | ShardEnd]:
    """The batches of which these are the pieces."""
    waiting: list[ShardBatch] = []
    try:
        for piece in pieces:
            if isinstance(piece, ShardEnd):
                yield piece
                continue
            waiting.append(piece)
            if not piece.more:
                yield ShardBatch.joined(waiting)
                waiting = []
    finally:
        pieces.close()  # type: ignore[attr-defined]
