"""`vectormill embed`: embeds a corpus from the command line, and prints what came of it."""

from __future__ import annotations

from typing import Any

import click

from launch.jobs.embed import embed as run_job
from launch.options import addresses, defaults_of, print_result, reading, running
from launch.terminal.text import computed, counted, folder, printable
from transforms.common.progress import METER

_KINDS_NAMED = 6


@defaults_of(run_job)
@click.command(short_help="Embed a corpus into a feature table.")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--to", required=True, metavar="TABLE", help="Folder of the feature table, new or existing.")
@click.option(
    "--encoder", required=True, help="A name of `vectormill encoders`, a TF Hub handle, keras://Name, a path."
)
@click.option(
    "--precision",
    type=click.Choice(["auto", "float32", "bfloat16", "float16"]),
    show_default=True,
    help="auto: half precision where this machine has it and the vectors keep to float32's.",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "tensorflow", "openvino"]),
    show_default=True,
    help="What runs the encoder. auto: OpenVINO for image networks on processors, where its vectors are the same.",
)
@click.option("--trust", is_flag=True, help="Load an encoder of a publisher that is not on the allow-list.")
@reading
@click.option(
    "--chunk", metavar="HOW", help="Cut texts into items: sentences:N, paragraphs, headings, tokens:N[:OVERLAP]."
)
@click.option("--max-features", type=click.IntRange(1), help="Rows of an image at most, with local features (delf).")
@click.option("--document-seconds", type=click.IntRange(1), show_default=True, help="Time that a document may take.")
@click.option("--document-megabytes", type=click.IntRange(64), show_default=True, help="Memory that it may take.")
@click.option("--drop-text", is_flag=True, help="Do not store the text beside its vector.")
@click.option("--format", type=click.Choice(["parquet", "tfrecord"]), show_default=True)
@click.option(
    "--max-dead-fraction",
    type=click.FloatRange(0, 1),
    show_default=True,
    help="Fail if more of all items than this cannot be embedded.",
)
@click.option(
    "--contracts",
    metavar="NAME=MOST,...",
    help="Keep a version back that differs more from the last one: rows_lost, dead, duplicates, label_shift, label_fit, drift.",
)
@click.option("--max-chars", type=click.IntRange(1), show_default=True, help="A longer text is refused.")
@click.option("--retry-dead", is_flag=True, help="Read sources with dead letters again, though unchanged.")
@click.option("--keep-missing", is_flag=True, help="Keep the rows of sources that are no longer in the corpus.")
@click.option(
    "--replace",
    is_flag=True,
    help="Allow a corpus that drops all sources, or rows that another tool added.",
)
@click.option("--shard-items", type=click.IntRange(1), help="Most sources of a shard. Default: by corpus size.")
@addresses
@running
@click.option(
    "--dry-run", is_flag=True, help="Read and encode 32 items, say what the whole would take, change nothing."
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON line.")
def embed(as_json: bool, **given: Any) -> None:
    """Embed the texts or images of INPUT... into the feature table TABLE.

    Run it again whenever the corpus changed: only new and changed items are encoded, rows of deleted sources leave, and
    nothing is written if nothing changed.
    """
    result = run_job(**given)

    def lines() -> None:
        max_tokens = result.job.encoder.spec.max_tokens
        if given["dry_run"]:
            _print_estimate(result.outcome, max_tokens)
        else:
            _print_summary(folder(given["to"]), result.outcome, result.seconds, max_tokens)

    print_result(result, as_json=as_json, lines=lines)


def _print_notes(found: dict[str, Any]) -> None:
    """What the person did not say and should know: files that were not read, and conclusions from files' heads."""
    skipped = found["skipped"]
    if skipped:
        kinds = [f"{count:,} {kind}" for kind, count in list(skipped.items())[:_KINDS_NAMED]]
        others = sum(list(skipped.values())[_KINDS_NAMED:])
        shown = ", ".join([*kinds, *([f"{others:,} others"] if others else [])])
        total = sum(skipped.values())
        click.echo(
            f"skipped {counted(total, 'file')} that {'is' if total == 1 else 'are'} not read: {printable(shown)}"
        )
    for note in found["notes"]:
        click.echo(f"note: {printable(note)}")


def _print_unread(found: dict[str, Any], *, of: int, max_tokens: int | None) -> None:
    """How much of the texts the encoder left out, where it did."""
    if not found["cut_off"]:
        return
    cut_off = found["cut_off"]
    click.echo(
        f"{counted(cut_off, 'item')} ({_percent(cut_off / of)}) {'is' if cut_off == 1 else 'are'} longer than the encoder reads:"
        f" {_percent(found['unread'])} of the text was not read; --chunk tokens:{max_tokens} reads all of it"
    )


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else "under 1%"


_SECONDS_WORTH_SHARES = 10
"""Of a shorter run, most is starting."""


def _print_addresses(counts: dict[str, int]) -> None:
    """What became of web addresses."""
    asked, same, fetched = (counts.get(name, 0) for name in ("asked", "not_modified", "fetched"))
    opted_out = counts.get("OptedOut", 0)
    failed = {kind: n for kind, n in counts.items() if kind[:1].isupper() and kind != "OptedOut"}
    said = [f"{asked:,} asked, {same:,} as they were"] if asked else []
    said += [f"{fetched:,} fetched"] if fetched else []
    said += [f"{opted_out:,} opted out"] if opted_out else []
    kinds = ", ".join(f"{n:,} {kind}" for kind, n in sorted(failed.items(), key=lambda pair: (-pair[1], pair[0])))
    said += [f"{sum(failed.values()):,} failed ({kinds})"] if failed else []
    if said:
        click.echo(f"addresses: {', '.join(said)}")


def _print_summary(table: str, summary: dict[str, Any], seconds: float, max_tokens: int | None) -> None:
    _print_notes(summary)
    _print_addresses(summary["addresses"])
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
    if summary["cosine"] is not None:
        click.echo(f"computed by {computed(summary['engine'], summary['precision'], summary['cosine'])}")
    if summary["again"]:
        click.echo(f"{counted(summary['again'], 'item')} out of range in {summary['precision']}, made in float32")
    _print_unread(summary, of=summary["encoded"], max_tokens=max_tokens)
    if summary["busy"] and seconds >= _SECONDS_WORTH_SHARES:
        steps = ("decode", "encode", "write", "wait", "gpu")
        click.echo(
            "busy: " + ", ".join(f"{step} {summary['busy'][step]:.0%}" for step in steps if step in summary["busy"])
        )


def _print_estimate(found: dict[str, Any], max_tokens: int | None) -> None:
    _print_notes(found)
    sources = f"{counted(found['sources'], 'source')} to embed ({found['unchanged']:,} unchanged)"
    if not found["tried"]:
        click.echo(sources)
        return
    click.echo(f"{sources}, about {counted(found['items'], 'item')}")
    click.echo(
        f"{found['tried']} tried, {found['dead']} of them dead, {found['rows_per_second']:,.0f} rows/s on this machine"
    )
    _print_unread(found, of=found["tried"], max_tokens=max_tokens)
    click.echo(f"the whole would take about {found['seconds']:,.0f} s and {found['bytes'] / 1e6:,.0f} MB")
