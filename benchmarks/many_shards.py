"""A run of a million shards without its encoding: how long plan, combination and commit take, and in how much memory.

    python -m benchmarks.many_shards [--shards 1000000] [--less 100000]

The listing is simulated (a source of 12 MB for each shard), and so are the parts: nothing is read or encoded. Plan, receipts,
outcomes, ledger and Delta log are real files. Receipts are written and combined for eight groups of 512, from which
the time of a group follows; the outcomes of the others are written as `combine` writes them. Each step is a process of its
own, whose peak memory counts; the numbers of shards are compared, for time a shard should not grow with their number.
"""

from __future__ import annotations

import argparse
import importlib
import json
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from benchmarks.common import child, show
from benchmarks.figures import record
from transforms.corpus import readers
from transforms.corpus.options import ReadOptions
from transforms.corpus.sources import Listing, Source
from transforms.embed import combine, plan, plan_file
from transforms.embed.commit import commit
from transforms.embed.job import EmbedJob
from transforms.embed.shards import Shard, part_name
from transforms.embed.together import together
from transforms.encoders.spec import NOTHING_COMPUTED, Computation, Encoder, EncoderSpec, Precision
from transforms.table import ledger
from transforms.table.ledger import Receipt
from transforms.table.open import open_log
from transforms.table.snapshot import Layout, NewPart

_REAL_GROUPS = 8
_ROWS = 1_000
_SOURCE_BYTES = 12_000_000
_STEPS = ("plan", "combine", "commit", "read", "replan")


class NoEncoder:
    """What a job needs to know of an encoder that is never loaded."""

    spec = EncoderSpec(
        name="none", handle="builtin://none", modality="text", dim=512, batch_items=64, batch_chars=10_000
    )
    fingerprint = "none-1"
    precision: Precision = "float32"
    computation: Computation = NOTHING_COMPUTED

    def load(self) -> Encoder:
        raise AssertionError("nothing is encoded")


def job_of(home: Path) -> EmbedJob:
    table = str(home / "table")
    return EmbedJob(
        inputs=("/corpus",), table=table, encoder=NoEncoder(), read=ReadOptions(modality="text"), run="simulated"
    )


def simulate(shards: int) -> None:
    """A corpus of so many files, each of them a shard, without the files."""
    sources = [
        Source(
            name=f"crawl-2026/{number // 1000:06}/texts-{number:08}.jsonl.zst",
            uri=f"/corpus/crawl-2026/{number // 1000:06}/texts-{number:08}.jsonl.zst",
            size=_SOURCE_BYTES,
            fingerprint=f"{_SOURCE_BYTES}-17000000{number:08}",
        )
        for number in range(shards)
    ]
    setattr(plan, "list_corpus", lambda inputs, options: Listing(sources=sources, skipped={}))  # noqa: B010
    readers.survey = lambda listed, options: readers.Survey(kept=pa.schema([]), notes=())  # type: ignore[assignment]


def write_receipt(job: EmbedJob, shard: Shard) -> Receipt:
    """A receipt as a worker leaves it."""
    name = part_name(job, shard.id)
    receipt = Receipt(
        shard=shard.id, part=name, part_bytes=2_000_000, rows_in=_ROWS, rows=_ROWS, dead=0, encoded=_ROWS, reused=0, run=job.run
    )  # fmt: skip
    ledger.write_receipt(Layout(job.table).receipt(shard.id), receipt, entries_of(job, shard))
    return receipt


def entries_of(job: EmbedJob, shard: Shard) -> pa.Table:
    """The ledger's entry of a shard of one source."""
    (source,) = shard.sources
    return entries([source.name], [source.fingerprint], [shard.id], [part_name(job, shard.id)])


def entries(sources: Any, fingerprints: Any, shards: list[str], parts: list[str]) -> pa.Table:
    counts = [[_ROWS] * len(shards), [0] * len(shards)]
    return pa.table([sources, fingerprints, shards, parts, *counts], schema=ledger.SCHEMA)


def write_outcome(job: EmbedJob, group: str) -> None:
    """The outcome of a group whose shards have one source each, without their receipts."""
    shards = plan_file.load_shard_ids(job, group)
    with pa.ipc.open_file(Layout(job.table).run(job.run, f"{group}.arrow")) as reader:
        sources = reader.read_all()
    names = [part_name(job, shard) for shard in shards]
    work = combine.Work(rows=len(shards) * _ROWS, encoded=len(shards) * _ROWS)
    outcome = combine.GroupOutcome(
        name=group,
        entries=entries(sources["name"], sources["fingerprint"], shards, names),
        parts=tuple(NewPart(name=name, rows=_ROWS, size=2_000_000) for name in names),
        all=work,
        own=work,
    )
    combine._write(job, outcome)


def planned(job: EmbedJob) -> dict[str, float]:
    made, seconds = timed(lambda: plan.make_plan(job, open_log(job.table, job.part_format).snapshot()))
    _, writing = timed(lambda: plan_file.save_plan(job, made))
    folder = Path(Layout(job.table).run(job.run, "")).iterdir()
    return {
        "seconds": seconds + writing,
        "shards": len(made.shards),
        "bytes": sum(path.stat().st_size for path in folder),
    }


def combined(job: EmbedJob) -> dict[str, float]:
    summary = plan_file.load_summary(job)
    groups = summary.groups("shards")
    real = list(groups)[:_REAL_GROUPS]
    receipts = {}
    for number, group in enumerate(real):
        start = number * plan_file.GROUP_SIZE
        shards = plan_file.load_shards(job, range(start, start + groups[group]))
        receipts[group] = together(partial(write_receipt, job), shards)
    started = time.perf_counter()
    for group in real:
        combine.combine(job, summary, group, receipts[group])
    seconds = time.perf_counter() - started
    for group in list(groups)[_REAL_GROUPS:]:
        write_outcome(job, group)
    return {"seconds": seconds / len(real), "groups": len(groups)}


def committed(job: EmbedJob) -> dict[str, float]:
    summary = plan_file.load_summary(job)
    made, seconds = timed(lambda: commit(job, summary, set(summary.groups("shards"))))
    assert made.rows == summary.sizes["shards"] * _ROWS
    log = Path(job.table, "_delta_log")
    return {
        "seconds": seconds,
        "log_bytes": sum(path.stat().st_size for path in log.glob("*.json")),
        "checkpoint_bytes": sum(path.stat().st_size for path in log.glob("*.parquet")),
    }


def read(job: EmbedJob) -> dict[str, float]:
    snapshot, seconds = timed(open_log(job.table).snapshot)
    assert snapshot is not None
    return {"seconds": seconds, "parts": len(snapshot.parts)}


def replanned(job: EmbedJob) -> dict[str, float]:
    made, seconds = timed(lambda: plan.make_plan(job, open_log(job.table, job.part_format).snapshot()))
    assert made.is_empty
    return {"seconds": seconds}


def timed(action: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    result = action()
    return result, time.perf_counter() - started


def step(name: str, home: Path, shards: int) -> None:
    """One step in this process; prints what it took as JSON."""
    importlib.import_module("deltalake.transaction")  # takes seconds, and is no part of any step
    if name in ("plan", "replan"):
        simulate(shards)
    action = {"plan": planned, "combine": combined, "commit": committed, "read": read, "replan": replanned}[name]
    figures = action(job_of(home))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({**figures, "peak_bytes": peak}))


def measure(shards: int) -> dict[str, dict[str, float]]:
    home = Path(tempfile.mkdtemp(prefix="many-shards-"))
    try:
        arguments = ["-m", "benchmarks.many_shards", "--home", str(home), "--shards", str(shards), "--step"]
        return {name: json.loads(child([*arguments, name]).stdout.splitlines()[-1]) for name in _STEPS}
    finally:
        shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--shards", type=int, default=1_000_000)
    parser.add_argument("--less", type=int, default=100_000, help="The number to compare with.")
    parser.add_argument("--step", choices=_STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.step:
        step(asked.step, asked.home, asked.shards)
        return
    less, more = measure(asked.less), measure(asked.shards)
    rows = [
        [name, *(f"{found[name]['seconds']:.2f} s, {found[name]['peak_bytes'] / 1e9:.2f} GB" for found in (less, more))]
        for name in _STEPS
    ]
    rows[1][0] = "combine (one group)"
    show("Shards without their encoding", ["", f"{asked.less:,}", f"{asked.shards:,}"], rows)
    ratio = asked.shards / asked.less
    record(
        {
            "plan": more["plan"]["seconds"],
            "plan_growth": more["plan"]["seconds"] / less["plan"]["seconds"] / ratio,
            "plan_memory": more["plan"]["peak_bytes"] / 1e9,
            "plan_bytes": more["plan"]["bytes"] / 1e6,
            "combine": more["combine"]["seconds"],
            "commit": more["commit"]["seconds"],
            "commit_growth": more["commit"]["seconds"] / less["commit"]["seconds"] / ratio,
            "commit_memory": more["commit"]["peak_bytes"] / 1e9,
            "log_bytes": more["commit"]["log_bytes"] / 1e6,
            "checkpoint_bytes": more["commit"]["checkpoint_bytes"] / 1e6,
            "read": more["read"]["seconds"],
            "replan": more["replan"]["seconds"],
            "replan_memory": more["replan"]["peak_bytes"] / 1e9,
        }
    )


if __name__ == "__main__":
    main()
