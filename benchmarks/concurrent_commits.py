"""Two runs at once on one table, again and again: one must win, the other must be told, and its rerun must add its rows.

    python -m benchmarks.concurrent_commits [--pairs 50]

Each pair is two processes that run `vectormill embed --keep-missing` on one table, each with a corpus of its own. They
wait for each other in the encoder, when both have planned on the same version, and race from there: the parts, the ledger
and the commit. Then the loser runs its command again. Once with a table of TFRecord parts, once with one of Delta Lake.
The processes are forked from one that has everything imported and has opened nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import FORK, console, forked, import_as, show
from benchmarks.figures import record
from launch import cli
from transforms import encoders
from transforms.encoders.spec import NOTHING_COMPUTED, Computation, Encoder, EncoderSpec, Precision

_FORMATS = ("tfrecord", "parquet")
_ROWS = 3
_TOLD = "from another run while this one worked: run the same command again, finished parts are kept"
_SPEC = EncoderSpec(
    name="waiting", handle="builtin://waiting", modality="text", dim=4, batch_items=64, batch_chars=10_000
)

meeting: Any = None
"""The barrier at which the two processes of a pair wait; None in a rerun, which is alone."""


@dataclass
class WaitingEncoder:
    """Waits for the other process, then gives every text the same vector."""

    spec: EncoderSpec = _SPEC
    fingerprint: str = "waiting-1"
    precision: Precision = "float32"
    computation: Computation = NOTHING_COMPUTED
    exact: Any = None

    def load(self) -> Encoder:
        return self

    def encode(self, items: Any) -> Any:
        if meeting is not None:
            meeting.wait(60)
        return np.ones((len(items), 4), np.float32)


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code and standard error."""

    code: int
    complaint: str


def ended(action: Callable[[], int], log: Path) -> Callable[[], Ended]:
    """Starts a process whose output goes to `log`; the result waits for its end."""
    process = forked(action, log)
    process.start()

    def wait() -> Ended:
        process.join()
        lines = [line for line in log.read_text().splitlines() if line.startswith("vectormill: ")]
        return Ended(process.exitcode or 0, "\n".join(lines))

    return wait


def race(home: Path, part_format: str, pairs: int) -> dict[str, int]:
    """Runs the pairs on one new table, and counts what became of them."""
    global meeting
    table = home / f"table-{part_format}"
    counts: Counter[str] = Counter()
    expected: set[str] = set()
    for pair in range(pairs):
        corpora = [home / part_format / f"{pair:03}-{side}" for side in "ab"]
        for corpus in corpora:
            corpus.mkdir(parents=True)
            (corpus / f"{corpus.name}.txt").write_text("".join(f"{corpus.name} {row}\n" for row in range(_ROWS)))
            expected |= {f"{corpus.name} {row}" for row in range(_ROWS)}

        def embed(corpus: Path) -> Callable[[], Ended]:
            options = ["--to", str(table), "--encoder", "waiting", "--format", part_format, "--keep-missing"]
            return ended(lambda: cli.run(["embed", str(corpus), *options]), home / f"{corpus.name}.log")

        meeting = FORK.Barrier(2)
        waits = [embed(corpus) for corpus in corpora]
        ends = [wait() for wait in waits]
        meeting = None
        losers = [corpus for corpus, end in zip(corpora, ends, strict=True) if end.code]
        printed = [end for end in ends if end.code == 1 and _TOLD in end.complaint]
        counts["one winner, one loser"] += len(losers) == 1
        counts["the loser was told"] += len(losers) == len(printed) == 1
        if len(losers) != 1 or len(printed) != 1:
            console.print(f"{part_format} pair {pair}: {ends}")
        reran = [embed(corpus)() for corpus in losers]
        counts["the rerun succeeded"] += [end.code for end in reran] == [0]
    found = home / f"{part_format}.json"
    if ended(lambda: _write_texts(str(table), found), home / "read.log")().code:
        raise SystemExit((home / "read.log").read_text())
    texts, version = json.loads(found.read_text())
    counts["rows expected"] = len(expected)
    counts["rows found"] = len(set(texts) & expected)
    counts["rows twice or unknown"] = len(texts) - counts["rows found"]
    counts["last version"] = version
    return {"pairs": pairs, **counts}


def pairs_as_promised(counts: dict[str, int]) -> int:
    """Pairs with one winner, one loser that was told, and a rerun that added its rows; 0 where a row is lost or twice."""
    if counts["rows found"] != counts["rows expected"] or counts["rows twice or unknown"]:
        return 0
    return min(counts[name] for name in ("one winner, one loser", "the loser was told", "the rerun succeeded"))


def _write_texts(table: str, to: Path) -> int:
    """In a process of its own: Delta Lake's threads would not survive a fork."""
    from transforms.table.open import existing
    from transforms.table.vectors import TableVectors

    snapshot = existing(table)
    batches = TableVectors(table, snapshot).columns(["text"])
    texts = [text for batch in batches for text in batch.column("text").to_pylist()]
    to.write_text(json.dumps([texts, snapshot.version]))
    return 0


def _import_everything(home: Path) -> None:
    """Imports what a first run of each format imports."""
    (home / "first").mkdir()
    (home / "first" / "a.txt").write_text("a\n")
    for part_format in _FORMATS:
        options = ["--to", str(home / f"first-{part_format}"), "--encoder", "waiting", "--format", part_format]
        import_as(lambda options=options: cli.run(["embed", str(home / "first"), *options]), home / "first.log")  # type: ignore[misc]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pairs", type=int, default=50)
    parser.add_argument("--json", action="store_true", dest="as_json", help="print the counts as one JSON line")
    asked = parser.parse_args()
    encoders.resolve = lambda name, **_: WaitingEncoder()  # type: ignore[assignment]
    home = Path(tempfile.mkdtemp(prefix="concurrent-commits-"))
    os.environ["VECTORMILL_CACHE_DIR"] = str(home / "cache")
    try:
        _import_everything(home)
        counts = {part_format: race(home, part_format, asked.pairs) for part_format in _FORMATS}
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if asked.as_json:
        print(json.dumps(counts))
        return
    names = list(counts[_FORMATS[0]])
    rows = [[name, *(str(counts[part_format][name]) for part_format in _FORMATS)] for name in names]
    show("Two runs at once on one table", ["", *_FORMATS], rows)
    record({"tfrecord": pairs_as_promised(counts["tfrecord"]), "delta": pairs_as_promised(counts["parquet"])})


if __name__ == "__main__":
    # What Beam pickles must not be in __main__.
    from benchmarks import concurrent_commits

    concurrent_commits.main()
