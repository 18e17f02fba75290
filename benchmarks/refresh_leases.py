"""Two schedulers at once, dead owners, and owners that sleep and wake: one refresh works, and nothing is made twice.

    python -m benchmarks.refresh_leases [--pairs 50]
    python -m benchmarks.refresh_leases --owners [--sleepers 1]

Each pair is two processes that run `vectormill refresh` on one job at the same moment, after a new file has come: one must do
the work, the other end with 1 and the line that says who works. With --owners, owners die (`kill -9`) while they encode: on this
machine, and as one of another machine, whose clock is right or an hour off either way. An owner that lives there must never be
taken for dead. At last owners are stopped (SIGSTOP) in the moment before they publish a table, an index or a model, and woken
when another one has done the work: they must publish nothing.

The processes are forked from one that has everything imported and has opened nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.common import FORK, console, show
from benchmarks.figures import record
from benchmarks.refreshing import Counted, Process, WordEncoder, import_everything, save_encoder, slow
from launch import cli
from transforms import encoders
from transforms.storage import lease
from transforms.table import delta_log

TOPICS = ("sport", "money", "sky")
WORKS, TAKEN = "is being worked on by process", "has just been taken up by another run"
OVERTAKEN = "another run has taken over while this one gave no sign of life"
HOUR = 3600.0


class Job:
    """A job file over a corpus to which files are added."""

    def __init__(self, home: Path, *, with_results: bool) -> None:
        self.home = home
        self.rows = 0
        self._files = 0
        (home / "news").mkdir(parents=True)
        # A model is exported with its encoder, so there it is a real one.
        encoder = "words"
        if with_results:
            encoder = "./encoder"
            save_encoder(home / "encoder")
        columns = "text_column: text, id_column: id, label_column: topic"
        steps = ["tables:", f"  news: {{inputs: news/*.csv, encoder: {encoder}, {columns}}}"]
        if with_results:
            steps += ["indexes:", "  news: {table: news, recall: 0.5, no_words: true}"]
            steps += ["models:", "  topics: {table: news, min_gain: -1}"]
        (home / "job.yaml").write_text("\n".join(steps))
        self.add(60)

    def add(self, rows: int = 6) -> None:
        lines = [f"{self._files}-{row},{TOPICS[row % 3]} {self._files} {row},{TOPICS[row % 3]}" for row in range(rows)]
        (self.home / "news" / f"{self._files}.csv").write_text("\n".join(["id,text,topic", *lines, ""]))
        self._files += 1
        self.rows += rows

    def refresh(self, before: Callable[[], Any] = lambda: None) -> Process:
        def run() -> int:
            before()
            return cli.run(["refresh", str(self.home / "job.yaml")])

        return Process(run, self.home / f"log-{time.monotonic_ns()}")

    def found(self) -> dict[str, Any]:
        """Ids of the table, and the newest version of everything, seen by a process of its own."""
        to = self.home / "found.json"

        def look() -> int:
            from transforms.heads.model_folder import MODELS
            from transforms.search.store.index_folder import INDEXES
            from transforms.table.open import existing
            from transforms.table.vectors import TableVectors

            table = str(self.home / "tables/news")
            snapshot = existing(table)
            batches = TableVectors(table, snapshot).columns(["id"])
            ids = [identity for batch in batches for identity in batch.column("id").to_pylist()]
            versions = [snapshot.version, INDEXES.newest(str(self.home / "indexes/news")) or 0]
            versions.append(MODELS.newest(str(self.home / "models/topics")) or 0)
            to.write_text(json.dumps({"ids": ids, "versions": versions}))
            return 0

        ended = Process(look, self.home / "log-found").end()
        if ended.code:
            raise SystemExit(ended.said)
        found: dict[str, Any] = json.loads(to.read_text())
        return found

    def is_whole(self, versions: list[int]) -> bool:
        """Whether the table has each row once, and nothing but these versions was published."""
        found = self.found()
        good = len(found["ids"]) == len(set(found["ids"])) == self.rows and found["versions"] == versions
        if not good:
            console.print(
                f"expected {self.rows} rows and versions {versions}: {len(found['ids'])}, {found['versions']}"
            )
        return good


def with_patience(lost: float, watch: float) -> None:
    """Makes this process wait less before it takes an owner for dead."""
    lease.LOST_SECONDS, lease.WATCH_SECONDS = lost, watch


def on_another_machine(ahead: float) -> None:
    """Makes this process one of another machine, whose clock is so many seconds ahead."""
    signs = lease._own

    def sign(beat: int, **more: Any) -> Any:
        own = signs(beat, **more)
        return replace(own, host="elsewhere", at=own.at + ahead)

    lease._own = sign


def race(job: Job, pairs: int) -> int:
    """Pairs of which one worked and the other ended with the line; 0 where a row or a version was made twice, or is missing."""
    good = 0
    for pair in range(1, pairs + 1):
        job.add()
        meeting = FORK.Barrier(2)

        def before(meeting: Any = meeting) -> None:
            slow(0.5)
            meeting.wait(60)

        ends = [process.end() for process in [job.refresh(before), job.refresh(before)]]
        ends.sort(key=lambda ended: ended.code)
        as_promised = [ended.code for ended in ends] == [0, 1] and (WORKS in ends[1].said or TAKEN in ends[1].said)
        good += as_promised
        console.print(f"pair {pair}/{pairs}{'' if as_promised else f': {ends}'}")
    return good if job.is_whole([pairs, 0, 0]) else 0


def dead_owner(job: Job, before: Callable[[], Any]) -> float:
    """Kills an owner while it encodes; seconds of the next refresh, which must do the work."""
    versions = job.found()["versions"]
    job.add()

    def never_ends() -> None:
        before()
        slow(600)

    owner = job.refresh(never_ends)
    _wait_for(job, owner)
    os.kill(owner.pid, signal.SIGKILL)
    owner.end()
    # One of another machine has to be silent for LOST_SECONDS first, if its clock agrees with ours.
    started = time.monotonic()
    while (ended := job.refresh().end()).code == 1 and WORKS in ended.said:
        time.sleep(1)
    taken = time.monotonic() - started
    if ended.code or not job.is_whole([version + 1 for version in versions]):
        raise SystemExit(ended.said)
    return taken


def living_owner(job: Job, before: Callable[[], Any]) -> bool:
    """Whether an owner that works on is left alone by a refresh that takes its clock for wrong."""

    def slowly() -> None:
        before()
        slow(20)

    job.add()
    owner = job.refresh(slowly)
    _wait_for(job, owner)
    other = job.refresh().end()
    return other.code == 1 and WORKS in other.said and owner.end().code == 0


def sleeper(job: Job, stop: Callable[[], None], *, patience: tuple[float, float] | None) -> tuple[bool, float]:
    """Stops an owner where `stop` says, lets another one do the work, and wakes the first: whether it published nothing.

    Returns:
      That, and the seconds until the other one had done the work.
    """
    versions = job.found()["versions"]
    job.add()
    owner = job.refresh(stop)
    owner.wait_until_stopped()
    started = time.monotonic()
    while (
        ended := job.refresh(lambda: with_patience(*patience) if patience else None).end()
    ).code == 1 and WORKS in ended.said:
        time.sleep(1)
    taken = time.monotonic() - started
    done = job.found()["versions"]
    (job.home / "woken").touch()
    os.kill(owner.pid, signal.SIGCONT)
    woken = owner.end()
    (job.home / "woken").unlink()
    good = ended.code == 0 and woken.code == 1 and OVERTAKEN in woken.said and job.is_whole(done)
    if not good or done[0] != versions[0] + 1:
        console.print(f"{ended}\n{woken}\n{versions} {done}")
        return False, taken
    return True, taken


def stop_until(woken: Path) -> None:
    """Stops this process until there is this file, whoever else lets it go on."""
    while not woken.exists():
        os.kill(os.getpid(), signal.SIGSTOP)


def stops_before(place: Any, woken: Path) -> Callable[[], None]:
    """Makes the process stop itself when it asks for its lease at this place, before it does."""

    def prepare() -> None:
        asks = place.require_leases

        def stop_and_ask() -> None:
            stop_until(woken)
            asks()

        place.require_leases = stop_and_ask

    return prepare


def stops_before_publishing(versions: Any, woken: Path) -> Callable[[], None]:
    """Makes the process stop itself right before it publishes a version of this kind: MODELS or INDEXES."""

    def prepare() -> None:
        publish = type(versions).publish

        def stop_and_publish(self: Any, *given: Any, **named: Any) -> Any:
            if self is versions:
                stop_until(woken)
            return publish(self, *given, **named)

        type(versions).publish = stop_and_publish

    return prepare


def _wait_for(job: Job, owner: Process) -> None:
    """Waits until the process has the lease."""
    folder = job.home / "runs" / "lease"
    while not any(json.loads(path.read_text())["pid"] == owner.pid for path in folder.glob("0*.json")):
        time.sleep(0.05)
    time.sleep(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pairs", type=int, default=50)
    parser.add_argument("--owners", action="store_true", help="owners that die or sleep, in place of pairs")
    parser.add_argument("--sleepers", type=int, default=1, help="of each kind")
    asked = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="refresh-leases-"))
    resolve = encoders.resolve

    def slowed(name: str, **more: Any) -> Any:
        return WordEncoder() if name == "words" else Counted(resolve(name, **more), home / "encoded")

    encoders.resolve = slowed
    os.environ["VECTORMILL_CACHE_DIR"] = str(home / "cache")
    try:
        import_everything(Job(home / "first", with_results=asked.owners).home / "job.yaml")
        job = Job(home / "job", with_results=asked.owners)
        if (ended := job.refresh().end()).code:
            raise SystemExit(ended.said)
        figures = owners(job, asked.sleepers) if asked.owners else {"pairs": float(race(job, asked.pairs))}
    finally:
        shutil.rmtree(home, ignore_errors=True)
    show("Leases of refreshes", ["", ""], [[name, f"{value:g}"] for name, value in figures.items()])
    record(figures)


def owners(job: Job, sleepers: int) -> dict[str, float]:
    """Every figure of owners that die, live elsewhere, or sleep, by its name."""
    from transforms.heads.model_folder import MODELS
    from transforms.search.store.index_folder import INDEXES

    figures = {"dead_here": dead_owner(job, lambda: None)}
    for name, ahead in (("dead_elsewhere", 0.0), ("dead_ahead", HOUR), ("dead_behind", -HOUR)):
        figures[name] = dead_owner(job, partial(on_another_machine, ahead))
        console.print(f"{name}: {figures[name]:.1f} s")
    figures["living"] = sum(living_owner(job, partial(on_another_machine, ahead)) for ahead in (HOUR, -HOUR))
    console.print(f"living: {figures['living']}")
    woken = job.home / "woken"
    kinds = {
        "table": stops_before(delta_log, woken),
        "index": stops_before_publishing(INDEXES, woken),
        "model": stops_before_publishing(MODELS, woken),
    }
    good, figures["stopped"] = sleeper(job, kinds["table"], patience=None)
    figures["sleepers"] = float(good)
    for kind, stop in kinds.items():
        for _ in range(sleepers):
            good, _taken = sleeper(job, stop, patience=(1.0, 4.0))
            figures["sleepers"] += good
            console.print(f"sleeper at a {kind}: {good}")
    return figures


if __name__ == "__main__":
    # What Beam pickles must not be in __main__.
    from benchmarks import refresh_leases

    refresh_leases.main()
