"""Rushes `vectormill serve`: 10,000 requests at once, clients that read a byte a second, and uploads of 1 GB.

    python -m benchmarks.serving_rush

Each of the 10,000 opens a connection of its own, asks by a vector and waits: it must get its answer, or 503 in one line. A client
that asks one query after the other tells how late answers are before the rush and the uploads, beside the slow readers and the
uploads, and afterwards.
"""

from __future__ import annotations

import asyncio
import json
import resource
import socket
import time
from collections import Counter
from collections.abc import Sequence

import numpy as np

from benchmarks.common import child, console, show, verdict
from benchmarks.feature_tables import sentence_table
from benchmarks.figures import record
from benchmarks.indexing import index_arguments
from benchmarks.serving import HERE, answer_of, own_memory, served, vector_requests
from transforms.search.ask.searcher import Searcher

ROWS = 200_000
REQUESTS = 10_000
SLOW_READERS = 20
_ASKED = 300
_PATIENCE = 120.0
_GIGABYTE = 1 << 30
_PIECE = 1 << 20


async def rush(port: int, requests: Sequence[bytes]) -> Counter[str]:
    """How many of the requests, all sent at once, ended in which way."""

    async def ask(request: bytes) -> str:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(request)
                status, content = await answer_of(reader)
            finally:
                writer.close()
        except (ConnectionError, asyncio.IncompleteReadError):
            return "refused"
        is_right = status == 200 or (status == 503 and list(json.loads(content)) == ["error"])
        return str(status) if is_right else "wrong"

    async def asked(request: bytes) -> str:
        try:
            return await asyncio.wait_for(ask(request), _PATIENCE)
        except asyncio.TimeoutError:
            return "lost"

    return Counter(await asyncio.gather(*map(asked, requests)))


async def upload(port: int, *, is_declared: bool) -> str:
    """A prediction of very many items, 1 GB; the status, or "closed" where the connection was."""
    head = b"POST /api/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += b"Content-Length: %d\r\n\r\n" % _GIGABYTE if is_declared else b"Transfer-Encoding: chunked\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    piece = b'"an item of many", ' * (_PIECE // 19) + b" " * (_PIECE % 19)
    answer = asyncio.ensure_future(answer_of(reader))
    try:
        writer.write(head)
        for _ in range(_GIGABYTE // _PIECE):
            writer.write(piece if is_declared else b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
            if answer.done():
                break
    except ConnectionError:
        pass  # it was answered, and closed, before the end
    try:
        status, _ = await asyncio.wait_for(answer, _PATIENCE)
        return str(status)
    except (ConnectionError, asyncio.IncompleteReadError):
        return "closed"
    finally:
        writer.close()


async def read_slowly(port: int, request: bytes) -> None:
    """Asks, and reads a byte a second of the answer, until it is cancelled or the connection is closed."""
    loop = asyncio.get_running_loop()
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        one.setblocking(False)
        await loop.sock_connect(one, ("127.0.0.1", port))
        await loop.sock_sendall(one, request)
        while await loop.sock_recv(one, 1):
            await asyncio.sleep(1)


async def late(port: int, requests: Sequence[bytes]) -> float:
    """The median milliseconds of one query after the other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    taken = []
    for at in range(_ASKED):
        started = time.perf_counter()
        writer.write(requests[at % len(requests)])
        status, content = await answer_of(reader)
        if status != 200:
            raise SystemExit(f"{status}: {content[:200]!r}")
        taken.append(time.perf_counter() - started)
    writer.close()
    return 1e3 * float(np.median(taken))


async def all_of_it(port: int, requests: list[bytes], service: int) -> None:
    await late(port, requests)
    before, memory = await late(port, requests), own_memory(service)
    ends = await rush(port, [requests[at % len(requests)] for at in range(REQUESTS)])
    after = await late(port, requests)
    readers = [asyncio.ensure_future(read_slowly(port, requests[at])) for at in range(SLOW_READERS)]
    await asyncio.sleep(1)
    beside_readers = await late(port, requests)
    for reader in readers:
        reader.cancel()
    uploads = [asyncio.ensure_future(upload(port, is_declared=flag)) for flag in (True, False)]
    beside_uploads = await late(port, requests)
    statuses = await asyncio.gather(*uploads)
    at_last, left = await late(port, requests), own_memory(service)
    show(
        f"{REQUESTS:,} requests at once, {SLOW_READERS} clients that read a byte a second, two uploads of 1 GB",
        ("", ""),
        [
            ("ended as", ", ".join(f"{name}: {count:,}" for name, count in sorted(ends.items()))),
            ("uploads", ", ".join(statuses)),
            ("a query before, after the rush", f"{before:.2f} ms, {after:.2f} ms"),
            ("beside slow readers, beside uploads", f"{beside_readers:.2f} ms, {beside_uploads:.2f} ms"),
            ("at last", f"{at_last:.2f} ms"),
            ("memory before, at last", f"{memory:,.0f} MB, {left:,.0f} MB"),
        ],
    )
    console.print(f"after the rush over before: {verdict(after / before, 2, at_least=False)}")
    record(
        {
            "answered": ends["200"],
            "refused": ends["503"] + ends["refused"],
            "wrong": REQUESTS - ends["200"] - ends["503"] - ends["refused"],
            "after": after / before,
            "beside_readers": beside_readers / before,
            "beside_uploads": beside_uploads / before,
            "unanswered_uploads": sum(status != "413" for status in statuses),
            "memory": left / memory,
        }
    )


def main() -> None:
    index = HERE / f"index-{ROWS}"
    if not index.exists():
        child(index_arguments(sentence_table(ROWS), index))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    searcher = Searcher(str(index))
    requests = vector_requests(searcher.vectors_of(np.arange(0, searcher.rows, 1_000)))
    with served("-m", "launch.cli", "serve", str(index), "--port", "0") as (port, process):
        asyncio.run(all_of_it(port, requests, process.pid))


if __name__ == "__main__":
    main()
