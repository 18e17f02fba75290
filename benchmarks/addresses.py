"""Images behind 20,000 addresses of a local server that misbehaves: fetched, embedded, and asked again.

    python -m benchmarks.addresses

Fetched alone: 5,000 well-behaved addresses by ours and by img2dataset's published way (a pool of threads, each of which opens
an address with `urllib` and reads it to its end), in turns, each in a process of its own, with as many connections. Memory: of
20,000 over that of 2,000. With every misbehaviour among them (bytes that drip, bodies without end, silence, loops,
decompression bombs, pages, opt-outs): ours embeds all with `hog`, and its dead letters must be the expected ones; the threads
get 30 seconds. Then the same command with nothing changed, and with 1% of the images changed.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.pool import ThreadPool
from pathlib import Path
from threading import Semaphore
from typing import Any

from benchmarks.common import WORK, child, console, show, verdict
from benchmarks.figures import record
from tests.helpers.web_server import web_server
from transforms.corpus.addresses.fetching import Fetcher
from transforms.corpus.addresses.options import FetchOptions

CONNECTIONS = 64
OPTIONS = FetchOptions(
    allow_private=True,
    connections=CONNECTIONS,
    per_host=CONNECTIONS,
    max_bytes=2_000_000,
    connect_seconds=2.0,
    silence_seconds=2.0,
    rate_seconds=2.0,
    total_seconds=20.0,
    backoff_seconds=0.2,
)
_SECONDS = 30
_OF_EACH = 8
_DISTINCT = 200
_EXPECTED = {
    "/silent": "TimedOut",
    "/slow": "TooSlow",
    "/slow-head": "TimedOut",
    "/stalls": "TimedOut",
    "/endless": "TooLarge",
    "/large": "TooLarge",
    "/bomb": "TooLarge",
    "/cut": "CutOff",
    "/brotli": "BadEncoding",
    "/reset": "NoConnection",
    "/no-http": "BadAnswer",
    "/status/404": "HttpStatus",
    "/status/503": "HttpStatus",
    "/for-ever/0": "TooManyRedirects",
    "/page": "NotAnImage",
    "/opted-out": "OptedOut",
    "/to/ftp://example.org": "BadRedirect",
}


class _Images(dict[str, bytes]):
    """JPEGs by path, each with bytes of its own; one in a hundred changes with the generation."""

    def __init__(self) -> None:
        super().__init__()
        self.generation = 0
        self._jpegs = [_jpeg(seed) for seed in range(_DISTINCT)]

    def get(self, path: str, default: Any = None) -> Any:
        kind, _, name = path[1:].rpartition("/")
        if not name.endswith(".jpg") or f"/{kind}" in _EXPECTED.keys() - {"/opted-out"}:
            return default
        number = int(name.removesuffix(".jpg"))
        mark = number.to_bytes(8, "big") + bytes([self.generation if number % 100 == 0 else 0])
        return self._jpegs[number % _DISTINCT][:-2] + b"\xff\xfe\x00\x0b" + mark + b"\xff\xd9"


def _jpeg(seed: int) -> bytes:
    import numpy as np
    from PIL import Image

    small = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(small).resize((320, 240), Image.Resampling.BICUBIC).save(out, "JPEG", quality=85)
    return out.getvalue()


def serve() -> None:
    """Serves until its standard input ends; answers the words `change` and `counts`."""
    with web_server() as server:
        server.images = images = _Images()
        print(server.url(""), flush=True)
        for line in sys.stdin:
            if line.strip() == "change":
                images.generation += 1
            counts = {"requests": sum(server.asked.values()), "images": sum(server.bodies.values())}
            server.forget_counts()
            print(json.dumps(counts), flush=True)


class Server:
    """A server in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None, "it is piped"
        self._process = process
        self.root = process.stdout.readline().strip()

    def say(self, word: str) -> dict[str, int]:
        assert self._process.stdin is not None and self._process.stdout is not None, "they are piped"
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        counts: dict[str, int] = json.loads(self._process.stdout.readline())
        return counts


@contextmanager
def served() -> Iterator[Server]:
    command = [sys.executable, "-m", "benchmarks.addresses", "--role", "serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Server(process)
        finally:
            process.kill()


def addresses(root: str, count: int, *, misbehaving: bool) -> list[str]:
    """Addresses in an order in which all kinds are everywhere."""
    ways = ["/ok"] * 17 + ["/plain", "/gzipped", "/hop/ok"] if misbehaving else ["/ok"]
    found = [f"{root}{ways[n % len(ways)]}/{n}.jpg" for n in range(count)]
    if misbehaving:
        bad = [f"{root}{path}/{n}.jpg" for n in range(_OF_EACH) for path in _EXPECTED]
        step = count // len(bad)
        for place, address in enumerate(bad):
            found[place * step] = address
    return found


def expected_dead(root: str, listed: Sequence[str]) -> dict[str, str]:
    kinds = {f"{root}{path}/": kind for path, kind in _EXPECTED.items()}
    found = {address: next((k for start, k in kinds.items() if address.startswith(start)), None) for address in listed}
    return {address: kind for address, kind in found.items() if kind is not None}


# ---- what runs in processes of its own --------------------------------------------------------------------


def fetch_ours(path: Path) -> int:
    """Fetches all, in order, as the line does."""
    listed, images = path.read_text().split(), 0
    with Fetcher(OPTIONS) as fetcher:
        for start in range(0, len(listed), 1024):
            for future in fetcher.fetch(listed[start : start + 1024]):
                found = future.result()
                fetcher.used(found)
                images += found.body is not None
    return images


def fetch_threads(path: Path) -> int:
    """Fetches all as img2dataset's downloader does."""
    listed, images = path.read_text().split(), 0
    waiting = Semaphore(CONNECTIONS * 2)

    def paced() -> Iterator[str]:
        for address in listed:
            waiting.acquire()
            yield address

    def fetch(address: str) -> io.BytesIO | None:
        try:
            request = urllib.request.Request(address, headers={"User-Agent": "Mozilla/5.0"})
            with urllib.request.urlopen(request, timeout=10) as response:
                return io.BytesIO(response.read())
        except Exception:  # as it does: whatever it is, it is counted
            return None

    with ThreadPool(CONNECTIONS) as pool:
        for body in pool.imap_unordered(fetch, paced()):
            images += body is not None
            waiting.release()
    return images


def fetch(role: str, path: Path) -> None:
    started = time.perf_counter()
    images = fetch_ours(path) if role == "ours" else fetch_threads(path)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"images": images, "seconds": seconds, "megabytes": peak}))


def embed(path: Path) -> None:
    """The whole job, as the command runs it, with shorter time-outs."""
    from apache_beam.options.pipeline_options import PipelineOptions

    from pipelines.embed import run
    from transforms import encoders
    from transforms.corpus import dead_letters
    from transforms.corpus.options import ReadOptions
    from transforms.embed.job import EmbedJob
    from transforms.table.open import existing

    table = str(path.with_suffix(".table"))
    job = EmbedJob(
        inputs=(str(path),),
        table=table,
        encoder=encoders.resolve("hog"),
        read=ReadOptions(modality="image"),
        run=uuid.uuid4().hex,
        addresses=OPTIONS,
        max_dead_fraction=0.1,
    )
    started = time.perf_counter()
    summary = run(job, PipelineOptions([]))
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    dead = dead_letters.read(table, existing(table).ledger["shard"].unique().to_pylist())
    kinds = dict(zip(dead["id"].to_pylist(), dead["error"].to_pylist(), strict=True))
    facts = {name: summary[name] for name in ("rows", "encoded", "committed", "addresses")}
    print(json.dumps({**facts, "seconds": seconds, "megabytes": peak, "dead": kinds}))


def measured(role: str, path: Path) -> dict[str, Any]:
    out = child(["-m", "benchmarks.addresses", "--role", role, "--list", str(path)]).stdout
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def threads_among_all(path: Path) -> tuple[bool, float]:
    """Whether the threads come to an end among misbehaving addresses, and their process's memory at the end or after 30 s."""
    command = [sys.executable, "-m", "benchmarks.addresses", "--role", "threads", "--list", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        process.wait(_SECONDS)
        return True, 0.0
    except subprocess.TimeoutExpired:
        status = Path(f"/proc/{process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return False, int(line.split()[1]) / 1024
    finally:
        process.kill()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--role", choices=["serve", "ours", "threads", "embed"], help=argparse.SUPPRESS)
    parser.add_argument("--list", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.role == "serve":
        serve()
    elif arguments.role == "embed":
        embed(arguments.list)
    elif arguments.role:
        fetch(arguments.role, arguments.list)
    else:
        measure_all(arguments.count, arguments.repeats)


def measure_all(count: int, repeats: int) -> None:
    home = WORK / "addresses"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    with served() as server:
        run(server, home, count=count, repeats=repeats)
    shutil.rmtree(home)


def run(server: Server, home: Path, *, count: int, repeats: int) -> None:
    def listed(name: str, count: int, *, misbehaving: bool = False) -> Path:
        path = home / f"{name}.txt"
        path.write_text("\n".join(addresses(server.root, count, misbehaving=misbehaving)))
        return path

    quarter = listed("quarter", count // 4)
    rates: dict[str, list[float]] = {"ours": [], "threads": []}
    memory: dict[str, list[float]] = {"ours": [], "threads": []}
    for turn in range(repeats):
        for role in rates:
            found = measured(role, quarter)
            assert found["images"] == count // 4, found
            rates[role].append(found["images"] / found["seconds"])
            memory[role].append(found["megabytes"])
            console.print(f"[dim]{turn + 1}/{repeats} {role}: {rates[role][-1]:,.0f} images/s[/dim]")
    small, large = (measured("ours", listed(str(n), n))["megabytes"] for n in (count // 10, count))

    everything = listed("everything", count, misbehaving=True)
    server.say("counts")
    whole = measured("embed", everything)
    dead = expected_dead(server.root, everything.read_text().split())
    exact = sum(whole["dead"].get(address) == kind for address, kind in dead.items()) / max(
        len(dead), len(whole["dead"])
    )
    console.print(f"[dim]embedded in {whole['seconds']:.1f} s, server: {server.say('counts')}[/dim]")
    same = measured("embed", everything)
    asked = server.say("counts")
    plain = sum("/plain/" in address for address in everything.read_text().split())
    console.print(f"[dim]nothing changed: {same['seconds']:.1f} s, server: {asked}, {plain} have no validators[/dim]")
    server.say("change")
    changed = measured("embed", everything)
    again = server.say("counts")
    console.print(f"[dim]1% changed: {changed['seconds']:.1f} s, {changed['encoded']} encoded, server: {again}[/dim]")
    ended, megabytes = threads_among_all(everything)
    wrong = {
        a: (dead.get(a), whole["dead"].get(a)) for a in {*dead, *whole["dead"]} if dead.get(a) != whole["dead"].get(a)
    }
    console.print(f"[dim]unexpected dead letters: {Counter(wrong.values())}[/dim]")

    medians = {role: statistics.median(values) for role, values in rates.items()}
    show(
        f"Images behind {count:,} addresses",
        ("what", "result"),
        [
            ("fetched: ours", f"{medians['ours']:,.0f} images/s, {statistics.median(memory['ours']):,.0f} MB"),
            ("fetched: threads", f"{medians['threads']:,.0f} images/s, {statistics.median(memory['threads']):,.0f} MB"),
            ("ours over threads", verdict(medians["ours"] / medians["threads"], 1.0)),
            (f"memory, {count:,} over {count // 10:,}", verdict(large / small, 1.15, at_least=False)),
            ("embedded, with every misbehaviour", f"{whole['seconds']:.1f} s, {whole['megabytes']:,.0f} MB"),
            ("dead letters as expected", verdict(exact, 1.0)),
            ("threads, the same addresses", "ended" if ended else f"not ended after {_SECONDS} s, {megabytes:,.0f} MB"),
            ("nothing changed", f"{same['seconds']:.1f} s, {asked['images'] - plain} images sent besides {plain}"),
            ("1% changed", f"{changed['seconds']:.1f} s, {changed['encoded']} encoded"),
        ],
    )
    record(
        {
            "ours": rates["ours"],
            "threads": rates["threads"],
            "over_threads": medians["ours"] / medians["threads"],
            "ours_mb": memory["ours"],
            "threads_mb": memory["threads"],
            "growth": large / small,
            "embed_seconds": whole["seconds"],
            "embed_mb": whole["megabytes"],
            "dead_exact": exact,
            "threads_unended_mb": megabytes,
            "same_seconds": same["seconds"],
            "same_committed": float(same["committed"]),
            "same_sent": asked["images"] - plain,
            "changed_seconds": changed["seconds"],
            "changed_encoded": changed["encoded"],
        }
    )


if __name__ == "__main__":
    main()
