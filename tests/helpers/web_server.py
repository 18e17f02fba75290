"""A web server of images on this machine that misbehaves on request, and counts what it is asked."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from urllib.parse import unquote

Send = Callable[[bytes], Awaitable[None]]
Wait = Callable[[], Awaitable[bytes]]
_SHORT = 0.02


@dataclass
class WebServer:
    """What a server holds, and what it saw.

    Attributes:
      images: by path. Those below `/plain/` have no validators, those below `/dated/` a Last-Modified alone.
      asked: requests by path; `bodies`: images that were sent whole, by path.
      gone: paths that are not found.
      most_open: connections at once.
      down: every connection is closed at once.
      counted: the user agent whose requests are counted; None: those of all.
    """

    images: dict[str, bytes] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    bodies: Counter[str] = field(default_factory=Counter)
    gone: set[str] = field(default_factory=set)
    agents: set[str] = field(default_factory=set)
    open: int = 0
    most_open: int = 0
    down: bool = False
    port: int = 0
    counted: str | None = None

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def forget_counts(self, *, counted: str | None = None) -> None:
        """Counts from here, and the requests of one user agent alone: those of a run that was ended may come after it."""
        self.counted = counted
        self.most_open = 0
        self.asked.clear()
        self.bodies.clear()

    def _is_counted(self, headers: dict[str, str]) -> bool:
        return self.counted in (None, headers.get("user-agent", ""))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers the requests of one connection."""

        async def send(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while not self.down:
                    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                    path = head[0].split(" ")[1]
                    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
                    if self._is_counted(headers):
                        self.asked[path] += 1
                    self.agents.add(headers.get("user-agent", ""))
                    if not await self._answer(path, headers, send, reader.read):
                        break
        finally:
            self.open -= 1
            writer.close()

    async def _answer(self, path: str, headers: dict[str, str], send: Send, until_closed: Wait) -> bool:
        """Whether the connection stays open."""
        image = self.images.get(path)
        kind, _, rest = path.removeprefix("/").partition("/")
        if image is not None and kind == "flaky" and self.asked[path] < 3:
            await send(_head(503, 0, "Retry-After: 0"))
        elif image is not None and kind == "opted-out":
            await send(_head(200, len(image), "X-Robots-Tag: noai") + image)
        elif image is not None and kind == "gzipped":
            packed = gzip.compress(image)
            await send(_head(200, len(packed), "Content-Encoding: gzip") + packed)
        elif image is not None:
            await self._send_image(path, kind, image, headers, send)
        elif path in self.gone:
            await send(_head(404, 0))
        elif kind == "status":
            await send(_head(int(rest.partition("/")[0]), 0))
        elif kind == "hop":
            await send(_head(302, 0, f"Location: /{rest}"))
        elif kind == "to":
            await send(_head(302, 0, f"Location: {unquote(rest)}"))
        elif kind == "for-ever":
            await send(_head(301, 0, f"Location: /for-ever/{int(rest.partition('/')[0]) + 1}"))
        elif kind == "page":
            page = b"<!DOCTYPE html><title>Sign in</title>"
            await send(_head(200, len(page), "Content-Type: image/jpeg") + page)
        else:
            return await self._misbehave(kind, send, until_closed)
        return True

    async def _send_image(self, path: str, kind: str, image: bytes, headers: dict[str, str], send: Send) -> None:
        tag = f'"{blake2b(image, digest_size=8).hexdigest()}"'
        day = 1 + int(tag[1:5], 16) % 28
        validators = {"plain": [], "dated": [f"Last-Modified: Mon, {day:02} Jan 2024 00:00:00 GMT"]}.get(
            kind, [f"ETag: {tag}", "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT"]
        )
        known = headers.get("if-none-match") == tag if kind != "dated" else False
        known = known or (kind == "dated" and f"Last-Modified: {headers.get('if-modified-since')}" in validators)
        if known and kind != "plain":
            await send(_head(304, None, *validators))
            return
        if self._is_counted(headers):
            self.bodies[path] += 1
        await send(_head(200, len(image), *validators) + image)

    async def _misbehave(self, kind: str, send: Send, until_closed: Wait) -> bool:
        if kind == "slow":
            await send(_head(200, 100_000))
            for _ in range(100_000):
                await send(b"x")
                await asyncio.sleep(_SHORT)
        elif kind == "slow-head":
            for letter in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 5000:
                await send(bytes([letter]))
                await asyncio.sleep(_SHORT)
        elif kind == "silent":
            await until_closed()
        elif kind == "stalls":
            await send(_head(200, 1000) + b"xx")
            await until_closed()
        elif kind == "endless":
            await send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
            while True:
                await send(b"x" * (1 << 16))
                await asyncio.sleep(_SHORT)
        elif kind == "large":
            await send(_head(200, 1 << 40))
        elif kind == "bomb":
            packed = gzip.compress(bytes(4 << 20))
            await send(_head(200, len(packed), "Content-Encoding: gzip") + packed)
            return True
        elif kind == "cut":
            await send(_head(200, 1000) + b"x" * 500)
        elif kind == "brotli":
            await send(_head(200, 4, "Content-Encoding: br") + b"xxxx")
            return True
        elif kind == "no-http":
            await send(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        return False  # "reset", and all else: closed without a word


def _head(status: int, length: int | None, *lines: str) -> bytes:
    sized = [] if length is None else [f"Content-Length: {length}"]
    return "\r\n".join([f"HTTP/1.1 {status} Whatever", *sized, *lines, "", ""]).encode()


@contextmanager
def web_server(images: dict[str, bytes] | None = None, host: str = "127.0.0.1") -> Iterator[WebServer]:
    """A server in a thread of this process."""
    server = WebServer(images=dict(images or {}))
    loop = asyncio.new_event_loop()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(server.serve, host, 0, limit=1 << 16)

    listening = loop.run_until_complete(start())
    server.port = listening.sockets[0].getsockname()[1]

    async def end() -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def work() -> None:
        loop.run_forever()
        loop.run_until_complete(end())
        loop.close()

    thread = threading.Thread(target=work, daemon=True, name="web-server")
    thread.start()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(listening.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
