"""`vectormill index`: runs an `IndexJob` from the command line, and prints its outcome."""

from __future__ import annotations

import json
import shlex
import sys
import time
from typing import TYPE_CHECKING, Any

import click

from launch.options import running
from launch.terminal.text import counted, folder, printable
from transforms.common.errors import NotPublishedError

if TYPE_CHECKING:
    from transforms.search.build.finish import IndexOutcome


@click.command(short_help="Build, measure and publish a search index of a feature table.")
@click.argument("table")
@click.option(
    "--to", "index", required=True, metavar="INDEXES/NAME", help="Folder of the index's versions, new or existing."
)
@click.option("--version", type=click.IntRange(0), help="Version of the table. Default: the newest.")
@click.option("--kind", type=click.Choice(["exact", "hnsw", "ivf"]), help="Default: by size, memory and recall.")
@click.option(
    "--memory",
    type=click.IntRange(1),
    default=4096,
    show_default=True,
    metavar="MB",
    help="Of the structure, where the index is served; vectors are memory-mapped beside.",
)
@click.option(
    "--recall",
    "floor",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.95,
    show_default=True,
    help="Recall@10 on holdout queries below which nothing is published.",
)
@click.option("--store", type=click.Choice(["float16", "int8"]), default="float16", show_default=True)
@click.option("--no-words", is_flag=True, help="No lexical index beside the vectors.")
@click.option("--language", default="en", show_default=True, help="Of the texts, for stemming; or none.")
@click.option("--max-dead-fraction", type=click.FloatRange(0, 1), default=0.01, show_default=True)
@click.option("--rebuild", is_flag=True, help="From all rows, though a version could be followed.")
@click.option("--seed", type=int, default=0, show_default=True)
@running
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON line.")
def index(table: str, index: str, **asked: Any) -> None:
    """Build an index over the vectors of TABLE, measure its recall, and publish it to INDEXES/NAME/VERSION.

    Run it again whenever the table changed: exactly the difference is added and removed, unless recall would fall below
    --recall or too much has changed; then a new one is built. An index below --recall is kept as a candidate, and the exit code
    is 3.
    """
    from launch.runners import run_shown
    from pipelines.index import run
    from transforms.search.job import IndexJob
    from transforms.search.store.lexical import require_language
    from transforms.table.open import existing

    require_language(asked["language"])
    job = IndexJob(
        table=folder(table),
        version=existing(folder(table), asked["version"]).version,
        to=folder(index),
        kind=asked["kind"],
        memory=asked["memory"] << 20,
        min_recall=asked["floor"],
        store=asked["store"],
        words=not asked["no_words"],
        language=asked["language"],
        max_dead_fraction=asked["max_dead_fraction"],
        rebuild=asked["rebuild"],
        seed=asked["seed"],
        command=shlex.join(["vectormill", *(sys.argv[1:] if sys.argv[1:2] == ["index"] else ["index"])]),
    )
    started = time.monotonic()
    outcome = run_shown(run, job, asked)
    seconds = time.monotonic() - started
    if asked["as_json"]:
        figures = {} if outcome is None else {**_figures(outcome), "verdict": outcome.verdict, "folder": outcome.folder}
        click.echo(json.dumps({"changed": outcome is not None, **figures, "seconds": round(seconds, 2)}))
    elif outcome is None:
        click.echo(printable(f"{job.to} is up to date with version {job.version} of {job.table} ({seconds:.1f} s)"))
    else:
        _print(outcome, seconds)
    if outcome is not None and outcome.version is None:
        raise NotPublishedError(f"the index is kept as {outcome.folder}: {outcome.verdict}")


def _figures(outcome: IndexOutcome) -> dict[str, Any]:
    report = outcome.report
    return {
        "version": outcome.version,
        "kind": report["index"]["kind"],
        "rows": report["index"]["rows"],
        "dead": report["data"]["dead"],
        "search": report["index"]["search"],
        "recall": report["recall"]["at"],
        "latency": report["latency"],
        "change": report["data"]["change"],
    }


def _print(outcome: IndexOutcome, seconds: float) -> None:
    report = outcome.report
    index, latency, change = report["index"], report["latency"], report["data"]["change"]
    if outcome.version is not None:
        click.echo(printable(f"{outcome.folder}: {outcome.verdict}"))
    parameter = "" if index["search"]["name"] is None else f", {index['search']['name']} {index['search']['value']}"
    click.echo(printable(f"{index['kind']}{parameter}, {counted(index['rows'], 'row')}: {index['why']}"))
    if change and change["rebuilt"]:
        click.echo(printable(f"built anew: {change['why']}"))
    elif change:
        moved = ", ".join(f"{change[name]:,} {name}" for name in ("added", "removed", "changed"))
        click.echo(f"since version {change['base']}: {moved}")
    if latency:
        exact = f"; exact search {latency['exact_p50']:.1f} ms, {latency['exact_qps']:,.0f}/s"
        click.echo(
            f"a query alone: {latency['p50']:.2f} ms median, {latency['p99']:.2f} ms 99th percentile; in batches"
            f" {latency['batch_qps']:,.0f}/s{exact if index['kind'] != 'exact' else ''}"
        )
    if report["data"]["dead"]:
        click.echo(printable(f"{report['data']['dead']:,} rows have no direction: {outcome.folder}/dead.parquet"))
    click.echo(printable(f"report: {outcome.folder}/report.html ({seconds:.1f} s)"))
