"""Fetches the images behind a shard's addresses for the line, as far as the table has no vectors of them."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator

import pyarrow as pa

from transforms.corpus.addresses.faults import TRANSIENT
from transforms.corpus.addresses.fetching import Fetched, Fetcher
from transforms.corpus.addresses.filling import fill
from transforms.corpus.addresses.kept_bytes import KeptBytes, is_kept
from transforms.corpus.addresses.states import AddressStates
from transforms.embed.job import EmbedJob
from transforms.embed.shard_writer import ShardWriter
from transforms.table.forgotten import Forgotten
from transforms.table.ledger import Receipt

_LIFTED = frozenset(("HttpStatus", "PrivateAddress", "TooLarge"))
"""Kinds of dead letters that another try, or other options, may not have."""


class AddressLine:
    """Fills the batches of shards, one after the other.

    Args:
      known: states of the addresses that need not be asked again.
      with_vectors: those of some contents of which the table has vectors.
      forgotten: what the table was asked to forget, of which no state is kept.
    """

    def __init__(
        self,
        job: EmbedJob,
        known: AddressStates,
        *,
        with_vectors: Callable[[set[str]], Container[str]],
        forgotten: Forgotten,
    ) -> None:
        self._job = job
        self._known = known
        self._with_vectors = with_vectors
        self._forgotten = forgotten
        self._fetcher = Fetcher(job.addresses)
        self._kept_bytes: KeptBytes | None = None

    def close(self) -> None:
        """Stops fetching."""
        self._fetcher.close()

    def filled(self, writer: ShardWriter, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The batches with the images that are behind addresses; the writer gets the states of all, and the images to keep."""

        def report(name: str, fetched: Fetched, row: pa.RecordBatch) -> None:
            # What was known, the plan has counted.
            counted = fetched.state.kind or ("fetched" if fetched.body is not None else None)
            writer.address_counts.update([counted] if counted is not None else [])
            state, forgotten = fetched.state, self._forgotten
            if not forgotten.has_id(state.address):
                writer.addresses.append(state)
            if writer.bytes is None or fetched.body is None:
                return
            if not (forgotten.has_id(name) or forgotten.has_content(state.content or "")):
                writer.bytes.add(state, fetched.body, row)

        yield from fill(self._fetcher, batches, known=self._known.of, available=self._available, report=report)

    def _available(self, contents: set[str]) -> Container[str]:
        """Contents that need not be fetched: the table has their vectors, and the folder of kept images (if any) their bytes."""
        if self._job.keep_bytes is not None:
            if self._kept_bytes is None:
                self._kept_bytes = KeptBytes(self._job.keep_bytes)
            names = sorted(contents)
            contents = {name for name, there in zip(names, self._kept_bytes.has(names), strict=True) if there}
        return self._with_vectors(contents) if contents else ()

    def is_worth_keeping(self, receipt: Receipt) -> bool:
        """Whether a run may go on from a shard that an earlier one finished, and never committed."""
        if receipt.run == self._job.run:
            return True
        if self._job.keep_bytes is not None and not is_kept(self._job.keep_bytes, receipt.shard):
            return False
        failed = sum(count for kind, count in receipt.addresses.items() if kind in TRANSIENT | _LIFTED)
        return failed <= self._job.max_dead_fraction * receipt.rows_in
