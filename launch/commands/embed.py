"""The command `vectormill embed`: makes an EmbedJob of the command line and shows its summary."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import click

from launch.options import new_run, read_options, reading, running
from launch.terminal.text import counted, folder, printable
from transforms.common.errors import RequestError
from transforms.common.progress import METER

if TYPE_CHECKING:
    from transforms.encoders.spec import Precision

_SUMMARY_KEYS = ("version", "rows", "new", "changed", "deleted", "unchanged", "encoded", "dead")


@click.command(short_help="Embed a corpus into a feature table.")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--to", "table", required=True, metavar="TABLE", help="Folder of the feature table, new or existing.")
@click.option(
    "--encoder", required=True, help="A name of `vectormill encoders`, a TF Hub handle, keras://Name, a path."
)
@click.option("--precision", type=click.Choice(["float32", "bfloat16"]), help="Default: what is safe for the encoder.")
@click.option("--trust", is_flag=True, help="Load an encoder of a publisher that is not on the allow-list.")
@reading
@click.option("--chunk", metavar="sentences:N", help="Split long texts into items of N sentences.")
@click.option("--drop-text", is_flag=True, help="Do not store the text beside its vector.")
@click.option(
    "--format", "part_format", type=click.Choice(["parquet", "tfrecord"]), default="parquet", show_default=True
)
@click.option(
    "--max-dead-fraction",
    type=click.FloatRange(0, 1),
    default=0.01,
    show_default=True,
    help="Fail if more of all items than this cannot be embedded.",
)
@click.option(
    "--max-chars", type=click.IntRange(1), default=100_000, show_default=True, help="A longer text is refused."
)
@click.option("--retry-dead", is_flag=True, help="Read sources with dead letters again, though unchanged.")
@click.option("--keep-missing", is_flag=True, help="Keep the rows of sources that are no longer in the corpus.")
@click.option("--replace", is_flag=True, help="Allow a corpus that shares no source with the table's.")
@click.option("--shard-items", type=click.IntRange(1), help="Most sources of a shard. Default: by corpus size.")
@running
@click.option(
    "--dry-run", is_flag=True, help="Read and encode 32 items, say what the whole would take, change nothing."
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON line.")
def embed(
    inputs: tuple[str, ...], table: str, encoder: str, precision: Precision | None, trust: bool, **asked: Any
) -> None:
    """Embed the texts or images of INPUT... into the feature table TABLE.

    Run it again whenever the corpus changed: only new and changed items are encoded, rows of deleted sources leave, and
    nothing is written if nothing changed.
    """
    started = time.monotonic()
    from transforms import encoders
    from transforms.embed.job import EmbedJob

    if not table:
        raise RequestError("--to is empty: name the folder of the feature table, new or existing")
    chunk = _sentences(asked["chunk"])
    resolved = encoders.resolve(encoder, precision=precision, trust=trust)
    job = EmbedJob(
        inputs=inputs,
        table=folder(table),
        encoder=resolved,
        read=read_options(resolved.spec.modality, asked, chunk_sentences=chunk),
        run=new_run(),
        part_format=asked["part_format"],
        keep_text=not asked["drop_text"],
        max_chars=asked["max_chars"],
        max_dead_fraction=asked["max_dead_fraction"],
        retry_dead=asked["retry_dead"],
        keep_missing=asked["keep_missing"],
        replace=asked["replace"],
        shard_items=asked["shard_items"],
    )
    if asked["dry_run"]:
        _dry_run(job, as_json=asked["as_json"])
        return
    from launch.runners import run_shown
    from pipelines.embed import run

    summary = run_shown(run, job, asked)
    seconds = time.monotonic() - started
    if asked["as_json"]:
        report = {key: summary[key] for key in _SUMMARY_KEYS}
        report |= {"seconds": round(seconds, 2), "rows_per_second": round(summary["written"] / seconds, 1)}
        click.echo(json.dumps(report))
    else:
        _print_summary(job.table, summary, seconds)


def _sentences(chunk: str | None) -> int | None:
    if chunk is None:
        return None
    match = re.fullmatch(r"sentences:([1-9]\d*)", chunk)
    if match is None:
        raise RequestError(f"--chunk {chunk}: write it as sentences:N, for example --chunk sentences:3")
    return int(match[1])


def _print_summary(table: str, summary: dict[str, Any], seconds: float) -> None:
    table = printable(table)
    rows = counted(summary["rows"], "row")
    if not summary["committed"]:
        click.echo(f"{table}: nothing to do, version {summary['version']} is up to date ({rows})")
        return
    sources = ", ".join(f"{summary[key]:,} {key}" for key in ("new", "changed", "deleted", "unchanged") if summary[key])
    click.echo(f"{table}: version {summary['version']}, {rows} (sources: {sources})")
    reused = f", {counted(summary['reused'], 'vector')} kept" if summary["reused"] else ""
    dead = f", {counted(summary['dead'], 'dead letter')} in {table}/_dead" if summary["dead"] else ""
    rate = f"{summary['written'] / seconds:,.0f} rows/s"
    if METER.steady_rate is not None:
        rate += f", {METER.steady_rate:,.0f} once started"
    click.echo(f"{counted(summary['encoded'], 'item')} encoded{reused}{dead}, in {seconds:.1f} s ({rate})")


def _dry_run(job: Any, *, as_json: bool) -> None:
    from pipelines.dry_run import estimate

    report = estimate(job)
    if as_json:
        click.echo(json.dumps(report))
        return
    sources = f"{counted(report['sources'], 'source')} to embed ({report['unchanged']:,} unchanged)"
    if not report["tried"]:
        click.echo(sources)
        return
    click.echo(f"{sources}, about {counted(report['items'], 'item')}")
    click.echo(
        f"{report['tried']} tried, {report['dead']} of them dead, {report['rows_per_second']:,.0f} rows/s on this machine"
    )
    click.echo(f"the whole would take about {report['seconds']:,.0f} s and {report['bytes'] / 1e6:,.0f} MB")
