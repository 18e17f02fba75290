"""Puts the images that are behind addresses into a reader's batches, fetched ahead of whoever needs them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import pyarrow as pa

from transforms.corpus.addresses.fetching import Fetched, Fetcher
from transforms.corpus.addresses.names import ADDRESS, KNOWN_CONTENT, without_credentials
from transforms.corpus.addresses.states import AddressState
from transforms.corpus.columns.batches import MAX_BYTES

_TOGETHER = 1024
"""Addresses of which it is looked up together whether they are known."""

Known = Callable[[Sequence[str]], Sequence[AddressState | None]]
Available = Callable[[set[str]], Container[str]]


@dataclass
class _Batch:
    """A batch, and for each row the image on its way, the state that stands for it, or None: it has no address."""

    rows: pa.RecordBatch
    outcomes: list[Future[Fetched] | AddressState | None] = field(default_factory=list)


def fill(
    fetcher: Fetcher,
    batches: Iterable[pa.RecordBatch],
    *,
    known: Known,
    available: Available,
    report: Callable[[str, Fetched, pa.RecordBatch], None],
) -> Iterator[pa.RecordBatch]:
    """The batches with images as payloads; where it is the failure, with an error.

    Args:
      known: the states of addresses (without credentials) that need not be asked again; None: the address has to be fetched.
      available: those of some contents that need not be fetched: their rows get no payload, and the content as `KNOWN_CONTENT`.
      report: is given the id and outcome of each address, in order, and its row without payload.
    """
    ahead = fetcher.options.ahead
    waiting: deque[_Batch] = deque()
    count = 0
    try:
        for chunk in _chunks(batches, min(_TOGETHER, ahead)):
            if isinstance(chunk, pa.RecordBatch):
                while waiting:
                    yield from _finished(fetcher, waiting.popleft(), report)
                count = 0
                yield chunk.append_column(KNOWN_CONTENT, pa.nulls(chunk.num_rows, pa.string()))
                continue
            begun = _begin(fetcher, chunk, known, available)
            waiting.extend(begun)
            count += sum(len(batch.outcomes) for batch in begun)
            while waiting and count > ahead - _TOGETHER:
                count -= len(waiting[0].outcomes)
                yield from _finished(fetcher, waiting.popleft(), report)
        while waiting:
            yield from _finished(fetcher, waiting.popleft(), report)
    finally:
        for batch in waiting:
            _give_up(fetcher, batch.outcomes)


def fetched(fetcher: Fetcher, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches with all images that are behind addresses as payloads."""

    def known(addresses: Sequence[str]) -> list[AddressState | None]:
        return [None] * len(addresses)

    yield from fill(
        fetcher, batches, known=known, available=lambda contents: (), report=lambda name, fetched, row: None
    )


def _chunks(batches: Iterable[pa.RecordBatch], most: int) -> Iterator[list[_Batch] | pa.RecordBatch]:
    """Batches with addresses by the thousand rows; those without, whose payloads are in memory already, one by one."""
    chunk: list[_Batch] = []
    rows = 0
    for batch in batches:
        if ADDRESS not in batch.schema.names:
            if chunk:
                yield chunk
            chunk, rows = [], 0
            yield batch
            continue
        chunk.append(_Batch(batch))
        rows += batch.num_rows
        if rows >= most:
            yield chunk
            chunk, rows = [], 0
    if chunk:
        yield chunk


def _begin(fetcher: Fetcher, chunk: list[_Batch], known: Known, available: Available) -> list[_Batch]:
    """The same batches, with what their addresses are known to be, and requests for the others."""
    addresses = [batch.rows.column(ADDRESS).to_pylist() for batch in chunk]
    asked = [address for several in addresses for address in several if address is not None]
    states = list(known([without_credentials(address) for address in asked]))
    contents = {state.content for state in states if state is not None and not state.error and state.content}
    there = available(contents) if contents else ()
    needed = [a for a, state in zip(asked, states, strict=True) if not _is_enough(state, there)]
    futures = iter(fetcher.fetch(needed))
    outcomes = iter([state if _is_enough(state, there) else next(futures) for state in states])
    for batch in chunk:
        column = batch.rows.column(ADDRESS)
        batch.outcomes = [next(outcomes) if address.is_valid else None for address in column]
    return chunk


def _is_enough(state: AddressState | None, available: Container[str]) -> bool:
    return state is not None and (state.error is not None or state.content in available)


def _finished(
    fetcher: Fetcher, batch: _Batch, report: Callable[[str, Fetched, pa.RecordBatch], None]
) -> Iterator[pa.RecordBatch]:
    """The batch, in pieces of bounded size, as its images come."""
    rows = batch.rows
    columns = rows.drop_columns([ADDRESS])
    payloads: list[bytes | None] = columns.column("payload").to_pylist()
    errors: list[str | None] = columns.column("error").to_pylist()
    ids = columns.column("id").to_pylist()
    contents: list[str | None] = [None] * rows.num_rows
    start = size = 0
    outcomes: deque[Future[Fetched] | AddressState | None] = deque(batch.outcomes)
    try:
        for row in range(rows.num_rows):
            outcome = outcomes.popleft()
            if isinstance(outcome, Future):
                fetched = outcome.result()
                fetcher.used(fetched)
            elif outcome is not None:
                fetched = Fetched(outcome, None)
            else:
                size += len(payloads[row] or b"")
                continue
            state = fetched.state
            payloads[row], errors[row] = fetched.body, state.error
            contents[row] = state.content if state.error is None and fetched.body is None else None
            report(ids[row], fetched, columns.slice(row, 1))
            if row > start and size + len(fetched.body or b"") > MAX_BYTES:
                yield _slice(columns, payloads, errors, contents, start, row)
                start, size = row, 0
            size += len(fetched.body or b"")
        if start < rows.num_rows:
            yield _slice(columns, payloads, errors, contents, start, rows.num_rows)
    finally:
        _give_up(fetcher, outcomes)


def _give_up(fetcher: Fetcher, outcomes: Iterable[Future[Fetched] | AddressState | None]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, Future) and not outcome.cancel() and outcome.exception() is None:
            fetcher.used(outcome.result())


def _slice(
    columns: pa.RecordBatch,
    payloads: list[bytes | None],
    errors: list[str | None],
    contents: list[str | None],
    start: int,
    stop: int,
) -> pa.RecordBatch:
    rows = columns.slice(start, stop - start)
    values = {
        "payload": pa.array(payloads[start:stop], pa.binary()),
        "error": pa.array(errors[start:stop], pa.string()),
    }
    for name, array in values.items():
        rows = rows.set_column(rows.schema.get_field_index(name), name, array)
    payloads[start:stop] = [None] * (stop - start)
    return rows.append_column(KNOWN_CONTENT, pa.array(contents[start:stop], pa.string()))
