"""Loads `vectormill serve`: answers a second beside a Searcher in a loop and FAISS in the same framework; with faults.

    python -m benchmarks.serving [--rows 200000] [--soak SECONDS]

Client, service and the others share two cores. Each turn asks for some seconds: vectors (base64, ten answers) and sentences
(through the encoder), by 16 connections that wait for their answer. `--soak` mixes vectors with broken and slow requests, while a
new version is published every 20 seconds and the one before is deleted; every answer is compared with the one that is right.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import WORK, child, console, show, verdict
from benchmarks.feature_tables import sentence_table
from benchmarks.figures import record
from transforms.search.ask.searcher import Searcher

HERE = WORK / "serving"
CONNECTIONS = 16
K = 10
TURNS = 5
SECONDS = 3.0
_SWAP_SECONDS = 20.0
_PATIENCE = 300.0
"""Seconds after which an answer is lost: the service itself gives up, and says so, after thirty."""
_TEXTS = ("a storm over the hills", "the bank raises its rates", "a goal in the last minute", "the cell divides again")


# ---- what is asked ------------------------------------------------------------------------------------------


def http(body: dict[str, Any]) -> bytes:
    """A request to search, as it goes over the wire."""
    return whole(json.dumps(body).encode())


def whole(body: bytes) -> bytes:
    """A body with its head."""
    lines = ["POST /api/search HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def vector_requests(vectors: Any) -> list[bytes]:
    return [
        http({"vector": base64.b64encode(vector.astype("<f4").tobytes()).decode(), "k": K, "sentences": False})
        for vector in vectors
    ]


def text_requests(count: int) -> list[bytes]:
    return [
        http({"text": f"{_TEXTS[at % len(_TEXTS)]} {at}", "k": K, "mode": "vector", "sentences": False})
        for at in range(count)
    ]


async def answer_of(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return int(head[9:12]), await reader.readexactly(length)


async def load(port: int, requests: Sequence[bytes], seconds: float) -> list[float]:
    """Asks by all connections for so long; the seconds that each answer took."""
    taken: list[float] = []
    stop = time.perf_counter() + seconds

    async def ask(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        at = number
        while time.perf_counter() < stop:
            started = time.perf_counter()
            writer.write(requests[at % len(requests)])
            status, content = await answer_of(reader)
            if status != 200:
                raise SystemExit(f"{status}: {content[:200]!r}")
            taken.append(time.perf_counter() - started)
            at += CONNECTIONS
        writer.close()

    await asyncio.gather(*(ask(number) for number in range(CONNECTIONS)))
    return taken


# ---- who is asked -------------------------------------------------------------------------------------------


@contextmanager
def served(*arguments: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """A service in a process of its own, and its port."""
    process = subprocess.Popen([sys.executable, *arguments], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    port = 0
    for line in process.stderr:
        if "http://" in line:
            port = int(line.rpartition(":")[2])
            break
    if not port:
        raise SystemExit(f"the service did not start: {arguments}")
    try:
        yield port, process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def bare(index: str) -> None:
    """FAISS behind the same framework: one structure, one query at a time, the ids as JSON."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    from launch.serve.server import listening

    searcher = Searcher(index)
    segment = max(searcher.segments, key=lambda one: one.size)
    effort = searcher.metadata["effort"]

    async def search(request: Request) -> JSONResponse:
        asked = json.loads(await request.body())
        vector = np.frombuffer(base64.b64decode(asked["vector"]), np.float32)[None]
        rows, scores = await asyncio.to_thread(segment.search, vector, K, search_parameter=effort)
        return JSONResponse({"rows": rows[0].tolist(), "scores": scores[0].tolist()})

    sock = listening("127.0.0.1", 0)
    server = uvicorn.Server(
        uvicorn.Config(Starlette(routes=[Route("/api/search", search, methods=["POST"])]), log_config=None)
    )
    print(f"http://127.0.0.1:{sock.getsockname()[1]}", file=sys.stderr, flush=True)
    server.run(sockets=[sock])


def loop(searcher: Searcher, ask: Callable[[Searcher, int], Any], seconds: float) -> float:
    """Queries a second, one after the other."""
    stop, asked = time.perf_counter() + seconds, 0
    while time.perf_counter() < stop:
        ask(searcher, asked)
        asked += 1
    return asked / seconds


def compare(index: str) -> None:
    searcher = Searcher(index)
    vectors = searcher.vectors_of(np.arange(0, searcher.rows, max(searcher.rows // 2_000, 1))).astype(np.float32)
    vectors += 0.01 * np.random.default_rng(0).standard_normal(vectors.shape).astype(np.float32)
    by_vector, by_text = vector_requests(vectors), text_requests(500)
    searcher.encode(["a first call takes longer"])
    rates: dict[str, list[float]] = {}
    late: dict[str, list[float]] = {}
    with (
        served("-m", "launch.cli", "serve", index, "--port", "0") as (port, _),
        served("-m", "benchmarks.serving", "--bare", index) as (bare_port, _),
    ):
        for turn in range(TURNS + 1):
            for name, at, requests in (
                ("vectors, served", port, by_vector),
                ("vectors, FAISS in the framework", bare_port, by_vector),
                ("sentences, served", port, by_text),
            ):
                taken = asyncio.run(load(at, requests, SECONDS))
                if turn:  # the first one warms
                    rates.setdefault(name, []).append(len(taken) / SECONDS)
                    late.setdefault(name, []).append(1000 * float(np.quantile(taken, 0.99)))
            for name, ask in (
                ("vectors, a loop", lambda one, at: one.search(vector=vectors[at % len(vectors)], k=K)),
                (
                    "sentences, a loop",
                    lambda one, at: one.search(f"{_TEXTS[at % len(_TEXTS)]} {at}", k=K, mode="vector"),
                ),
            ):
                rate = loop(searcher, ask, SECONDS)
                if turn:
                    rates.setdefault(name, []).append(rate)
    middle = {name: float(np.median(values)) for name, values in rates.items()}
    show(
        f"{searcher.rows:,} x {searcher.metadata['dim']}, {CONNECTIONS} connections",
        ("asked", "answers a second", "99th percentile"),
        [
            (name, f"{rate:,.0f}", f"{np.median(late[name]):.1f} ms" if name in late else "")
            for name, rate in middle.items()
        ],
    )
    over_loop = middle["vectors, served"] / middle["vectors, a loop"]
    texts_over_loop = middle["sentences, served"] / middle["sentences, a loop"]
    over_faiss = middle["vectors, served"] / middle["vectors, FAISS in the framework"]
    console.print(f"vectors, served over the loop: {verdict(over_loop, 0.8)}")
    console.print(f"sentences, served over the loop: {verdict(texts_over_loop, 0.8)}")
    console.print(f"vectors, served over FAISS in the framework: {over_faiss:.2f}")
    record(
        {
            "vectors": rates["vectors, served"],
            "vectors_late": late["vectors, served"],
            "vectors_over_loop": over_loop,
            "vectors_over_faiss": over_faiss,
            "sentences": rates["sentences, served"],
            "sentences_late": late["sentences, served"],
            "sentences_over_loop": texts_over_loop,
        }
    )


# ---- with faults --------------------------------------------------------------------------------------------


class Soak:
    """Asks what has a known answer, breaks what can be broken, and publishes versions, all at once."""

    def __init__(self, index: Path, port: int, seconds: float) -> None:
        self.index, self.port = index, port
        self.stop = time.monotonic() + seconds
        self.right = self.wrong = self.lost = self.busy = self.broken = self.swaps = 0
        searcher = Searcher(str(index))
        rows = np.arange(0, searcher.rows, max(searcher.rows // 200, 1))
        vectors = searcher.vectors_of(rows).astype(np.float32)
        self.asked = [
            (request, [(hit.id, round(hit.score, 4)) for hit in searcher.search(vector=vector, k=K)])
            for request, vector in zip(vector_requests(vectors), vectors, strict=True)
        ]

    async def run(self) -> None:
        await asyncio.gather(
            *(self.ask(at) for at in range(8)), *(self.break_in(at) for at in range(4)), self.trickle(), self.publish()
        )

    async def ask(self, number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        at = number
        while time.monotonic() < self.stop:
            request, expected = self.asked[at % len(self.asked)]
            writer.write(request)
            try:
                status, content = await asyncio.wait_for(answer_of(reader), _PATIENCE)
            except (asyncio.IncompleteReadError, asyncio.TimeoutError, ConnectionError):
                self.lost += 1
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                continue
            if status == 503:
                self.busy += 1
            elif status == 200 and same(json.loads(content)["hits"], expected):
                self.right += 1
            else:
                self.wrong += 1
            at += 8

    async def break_in(self, number: int) -> None:
        """Garbage, bodies that are too large, photographs that are none, conditions that are none."""
        bodies = [
            b"{" * 1_000, b"\xff" * 100_000, json.dumps({"text": "x" * 1_000_000}).encode(),
            json.dumps({"image": "AAAA"}).encode(), json.dumps({"text": "a", "where": "; drop table"}).encode(),
            json.dumps({"vector": [1.0] * 3}).encode(), b"0" * (21 << 20),
        ]  # fmt: skip
        at = number
        while time.monotonic() < self.stop:
            body = bodies[at % len(bodies)]
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.write(whole(body))
                status, _ = await asyncio.wait_for(answer_of(reader), _PATIENCE)
                writer.close()
                self.wrong += not 400 <= status < 500
                self.broken += 1
            except (ConnectionError, asyncio.IncompleteReadError):
                self.broken += 1  # refused while it was still sending
            at += 1
            await asyncio.sleep(0.2)

    async def trickle(self) -> None:
        """A client that sends a byte a second."""
        while time.monotonic() < self.stop:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            try:
                for byte in b"POST /api/search HTTP/1.1\r\nHost: localhost\r\n":
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(1)
                    if time.monotonic() > self.stop:
                        return
            except ConnectionError:
                continue

    async def publish(self) -> None:
        """A new version, whole at once, of the same rows; the one before is deleted soon after."""
        number = 1
        while time.monotonic() + _SWAP_SECONDS < self.stop:
            await asyncio.sleep(_SWAP_SECONDS)
            partial = self.index / f".{number + 1}"
            await asyncio.to_thread(shutil.copytree, self.index / str(number), partial, copy_function=os.link)
            partial.rename(self.index / str(number + 1))
            await asyncio.sleep(5)
            await asyncio.to_thread(shutil.rmtree, self.index / str(number))
            number += 1
            self.swaps += 1


def same(hits: list[dict[str, Any]], expected: list[tuple[str, float]]) -> bool:
    """Whether these are the answers; a batch may round the last digit of a score otherwise than a query alone."""
    found = [(hit["id"], hit["score"]) for hit in hits]
    if len(found) != len(expected):
        return False
    return all(abs(score - right) < 1e-3 for (_, score), (_, right) in zip(found, expected, strict=True))


def own_memory(pid: int) -> float:
    """Megabytes that a process holds itself: mapped files, which the system takes back where it needs them, are not counted."""
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("RssAnon:"))
    return int(line.split()[1]) / 1e3


def soak(index: Path, seconds: float) -> None:
    copied = HERE / "soaked"
    shutil.rmtree(copied, ignore_errors=True)
    newest = max((path for path in index.iterdir() if path.name.isdigit()), key=lambda path: int(path.name))
    shutil.copytree(newest, copied / "1", copy_function=os.link)
    with served("-m", "launch.cli", "serve", str(copied), "--port", "0") as (port, process):
        asked = Soak(copied, port, seconds)
        asyncio.run(load(port, [request for request, _ in asked.asked], 5))
        before = own_memory(process.pid)
        asyncio.run(asked.run())
        time.sleep(3)
        after = own_memory(process.pid)
    show(
        f"{seconds:.0f} s of load, broken requests and slow ones",
        ("right", "wrong", "lost", "told to wait", "broken", "versions", "MB before", "after"),
        [tuple(f"{value:,.0f}" for value in (
            asked.right, asked.wrong, asked.lost, asked.busy, asked.broken, asked.swaps, before, after,
        ))],
    )  # fmt: skip
    record(
        {
            "right": asked.right,
            "wrong": asked.wrong,
            "lost": asked.lost,
            "swaps": asked.swaps,
            "memory": after / before,
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--soak", type=float, metavar="SECONDS")
    parser.add_argument("--bare", metavar="INDEX", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.bare:
        bare(asked.bare)
        return
    index = HERE / f"index-{asked.rows}"
    if not index.exists():
        child(["-m", "launch.cli", "index", str(sentence_table(asked.rows)), "--to", str(index)])
    if asked.soak:
        soak(index, asked.soak)
    else:
        compare(str(index))


if __name__ == "__main__":
    main()
