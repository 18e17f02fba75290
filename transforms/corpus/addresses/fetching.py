"""Fetches addresses ahead of whoever needs them: one event loop in a thread of its own, answers in order, bounded memory."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import Any

from transforms.common.errors import ItemError
from transforms.corpus.addresses.budget import Ticket
from transforms.corpus.addresses.client import Answer, Client
from transforms.corpus.addresses.faults import AddressError
from transforms.corpus.addresses.hosts import Resolve
from transforms.corpus.addresses.names import without_credentials
from transforms.corpus.addresses.options import FetchOptions
from transforms.corpus.addresses.states import AddressState
from transforms.corpus.items import content_hash
from transforms.encoders.image_formats import format_of_bytes

_STOP_SECONDS = 5.0


@dataclass(frozen=True)
class Fetched:
    """What is behind an address now: its state, and the image where there is one."""

    state: AddressState
    body: bytes | None


@dataclass(frozen=True)
class Checked:
    """What became of an address since its last state.

    Attributes:
      state: what is known without fetching it; None: it has to be fetched.
      is_same: nothing changed.
      mark: tells this change from others.
    """

    state: AddressState | None
    is_same: bool
    mark: str | None = None


class Fetcher:
    """Fetches and checks addresses from any thread. Its own thread starts with the first of them and ends with `close`."""

    def __init__(self, options: FetchOptions, *, resolve: Resolve | None = None) -> None:
        self.options = options
        self._resolve = resolve
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._client: Client | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count()

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stops the thread; what was not fetched is given up."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is not None and thread is not None:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(_STOP_SECONDS)

    def fetch(self, addresses: Sequence[str]) -> list[Future[Fetched]]:
        """Begins to fetch addresses, in their order. The bytes of each count until `used`; what is not needed is cancelled."""
        return self._begin([partial(_fetched, address) for address in addresses])

    def used(self, fetched: Fetched) -> None:
        """The body is no longer in anybody's memory."""
        loop, client = self._loop, self._client
        if fetched.body and loop is not None and client is not None:
            with suppress(RuntimeError):  # closed meanwhile
                loop.call_soon_threadsafe(client.budget.release, len(fetched.body))

    def check(self, pairs: Iterable[tuple[str, AddressState | None]]) -> Iterator[tuple[str, Checked | None]]:
        """Asks whether addresses are as their states say, many at once; yields the outcomes in order, None without a state."""
        waiting: deque[tuple[str, Future[Checked] | None]] = deque()
        pairs = iter(pairs)
        try:
            while True:
                some = list(itertools.islice(pairs, max(self.options.ahead // 4, 1)))
                asked = [(address, state) for address, state in some if state is not None]
                futures = iter(self._begin([partial(_checked, *pair) for pair in asked]))
                waiting.extend((address, None if state is None else next(futures)) for address, state in some)
                while waiting and (not some or len(waiting) > self.options.ahead):
                    address, future = waiting.popleft()
                    yield address, None if future is None else future.result()
                if not some:
                    return
        finally:
            for _, future in waiting:
                if future is not None:
                    future.cancel()

    def _begin(self, works: Sequence[Callable[[Client, Ticket], Coroutine[Any, Any, Any]]]) -> list[Future[Any]]:
        futures: list[Future[Any]] = [Future() for _ in works]
        loop = self._started()

        def start() -> None:
            for work, future in zip(works, futures, strict=True):
                task = loop.create_task(self._run(work, future))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                future.add_done_callback(partial(self._cancelled, task))

        if works:
            loop.call_soon_threadsafe(start)
        return futures

    def _cancelled(self, task: asyncio.Task[None], future: Future[Any]) -> None:
        loop = self._loop
        if future.cancelled() and loop is not None:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(task.cancel)

    async def _run(self, work: Callable[[Client, Ticket], Coroutine[Any, Any, Any]], future: Future[Any]) -> None:
        client = self._client
        assert client is not None, "the loop runs"
        ticket = Ticket(next(self._numbers))
        try:
            result = await work(client, ticket)
        except BaseException as error:
            client.budget.release(ticket.counted)
            if not future.done():
                future.set_exception(CancelledError() if isinstance(error, asyncio.CancelledError) else error)
            if isinstance(error, asyncio.CancelledError):
                raise
            return
        kept = len(result.body or b"") if isinstance(result, Fetched) else 0
        if not future.set_running_or_notify_cancel():
            kept = 0
        else:
            future.set_result(result)
        client.budget.release(ticket.counted - kept)

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                ready = threading.Event()
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._serve, args=(self._loop, ready), daemon=True, name="addresses"
                )
                self._thread.start()
                ready.wait()
            return self._loop

    def _serve(self, loop: asyncio.AbstractEventLoop, ready: threading.Event) -> None:
        # Names are resolved by threads.
        resolving = ThreadPoolExecutor(self.options.connections, thread_name_prefix="names")
        loop.set_default_executor(resolving)

        async def opened() -> Client:
            return Client(self.options, resolve=self._resolve)

        async def ended() -> None:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await client.close()

        self._client = client = loop.run_until_complete(opened())
        ready.set()
        try:
            loop.run_forever()
            loop.run_until_complete(ended())
        finally:
            resolving.shutdown(wait=False, cancel_futures=True)
            loop.close()


async def _fetched(address: str, client: Client, ticket: Ticket) -> Fetched:
    """The image behind an address, and its state."""
    state = AddressState(address=without_credentials(address))
    try:
        answer = await client.ask(address, ticket=ticket)
    except AddressError as error:
        return Fetched(replace(state, error=f"{error.kind}: {error}", may_pass=error.may_pass), None)
    state = _state_of(state, answer)
    return Fetched(state, answer.body if state.error is None else None)


def _state_of(state: AddressState, answer: Answer) -> AddressState:
    body = answer.body or b""
    return replace(
        state,
        etag=answer.etag,
        last_modified=answer.last_modified,
        content=content_hash(body, modality="image"),
        length=len(body),
        error=_no_image(body),
        may_pass=False,
    )


def _no_image(body: bytes) -> str | None:
    """Why an answer is no image, as of a dead letter; None where it is one by its first bytes."""
    if not body:
        return "NotAnImage: the answer is empty"
    try:
        format_of_bytes(body)
        return None
    except ItemError as error:
        head = body[:512].lstrip().lower()
        if head.startswith((b"<!doctype html", b"<html", b"<head", b"<!--", b"<script")):
            return f"NotAnImage: it is a page of HTML of {len(body):,} bytes"
        if b"<svg" in head:
            return "NotAnImage: it is an SVG drawing, which has no pixels"
        return f"NotAnImage: it is {error}"


async def _checked(address: str, state: AddressState, client: Client, ticket: Ticket) -> Checked:
    """Compares what is behind an address with its state; its body is read only where the server has no validators."""
    is_known = state.has_validators and state.content is not None

    def wants_body(answer: Answer) -> bool:
        return not is_known

    try:
        answer = await client.ask(
            address,
            ticket=ticket,
            etag=state.etag if is_known else None,
            last_modified=state.last_modified if is_known else None,
            wants_body=wants_body,
        )
    except AddressError as error:
        is_same = error.kind == state.kind or (error.may_pass and state.may_pass)
        failed = replace(state, error=f"{error.kind}: {error}", may_pass=error.may_pass)
        return Checked(state if is_same else failed, is_same, error.kind)
    if not answer.is_modified or (is_known and _has_same_validators(state, answer)):
        is_back = state.error is not None and state.kind != "NotAnImage"
        back = replace(state, error=None, may_pass=False)
        return Checked(back, False, "back") if is_back else Checked(state, True)
    if is_known or answer.body is None:
        return Checked(None, False, answer.etag or answer.last_modified)
    found = _state_of(state, answer)
    is_same = (found.content, found.error) == (state.content, state.error)
    return Checked(state, True) if is_same else Checked(None, False, found.content)


def _has_same_validators(state: AddressState, answer: Answer) -> bool:
    """Whether a server that sends its answer again although nothing changed says so by its header."""
    if state.etag or answer.etag:
        return state.etag == answer.etag
    return state.last_modified == answer.last_modified
