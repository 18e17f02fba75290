"""`vectormill index`: builds an index from the command line, and prints its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from launch.jobs.index import build_index
from launch.options import defaults_of, print_result, running
from launch.terminal.text import counted, printable
from transforms.common.errors import NotPublishedError

if TYPE_CHECKING:
    from launch.jobs.result import Result
    from transforms.search.build.finish import IndexOutcome


@defaults_of(build_index)
@click.command(short_help="Build, measure and publish a search index of a feature table.")
@click.argument("table")
@click.option("--to", required=True, metavar="INDEXES/NAME", help="Folder of the index's versions, new or existing.")
@click.option("--version", type=click.IntRange(0), help="Version of the table. Default: the newest.")
@click.option("--kind", type=click.Choice(["exact", "hnsw", "ivf"]), help="Default: by size, memory and recall.")
@click.option(
    "--memory",
    type=click.IntRange(1),
    show_default=True,
    metavar="MB",
    help="Of the structure, where the index is served; vectors are memory-mapped beside.",
)
@click.option(
    "--recall",
    type=click.FloatRange(0, 1, min_open=True),
    show_default=True,
    help="Recall@10 on holdout queries below which nothing is published.",
)
@click.option("--store", type=click.Choice(["float16", "int8"]), show_default=True)
@click.option("--no-words", is_flag=True, help="No lexical index beside the vectors.")
@click.option(
    "--language", metavar="CODE", help="Of the texts, for stems and stop words, or none. Default: as they tell."
)
@click.option(
    "--mode",
    type=click.Choice(["vector", "words", "hybrid"]),
    help="Of searches that name none. Default: what does best on titles or first sentences of documents.",
)
@click.option("--queries", metavar="FILE", help="With --qrels: choose mode and weight by these. JSON lines, or TSV.")
@click.option("--qrels", metavar="FILE", help="Which documents answer the --queries, as BEIR or TREC write it.")
@click.option(
    "--query-log",
    multiple=True,
    metavar="FILE",
    help="What `serve --log-queries FILE --log-as plain` wrote: --recall must be reached on these queries, too. Repeatable.",
)
@click.option(
    "--min-gain",
    type=float,
    show_default=True,
    help="nDCG@10 on --queries over the published version; surely below it nothing is published.",
)
@click.option("--max-dead-fraction", type=click.FloatRange(0, 1), show_default=True)
@click.option(
    "--map/--no-map", default=None, help="Lay the vectors out in the plane, for the search page. Default: as before."
)
@click.option("--rebuild", is_flag=True, help="From all rows, though a version could be followed.")
@click.option("--seed", type=int, show_default=True)
@running
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON line.")
def index(as_json: bool, **given: Any) -> None:
    """Build an index over the vectors of TABLE, measure its recall, and publish it to INDEXES/NAME/VERSION.

    Run it again whenever the table changed: exactly the difference is added and removed, unless recall would fall below
    --recall or too much has changed; then a new one is built. An index below --recall, or one whose answers to
    --queries are surely worse than those of the published version, is kept as a candidate, and the exit code is 3.
    """
    try:
        result = build_index(**given)
    except NotPublishedError as error:
        (result,) = error.results
        _print_result(result, as_json=as_json)
        raise
    _print_result(result, as_json=as_json)


def _print_result(result: Result[Any], *, as_json: bool) -> None:
    def lines() -> None:
        if result.outcome is None:
            job = result.job
            click.echo(
                printable(f"{job.to} is up to date with version {job.version} of {job.table} ({result.seconds:.1f} s)")
            )
            if job.logged is not None:
                click.echo("--query-log is measured when a version is made: --rebuild makes one of the same rows")
        else:
            _print(result.outcome, result.seconds)

    print_result(result, as_json=as_json, lines=lines)


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
    if index["words"] and index["language"] not in ("en", "none"):
        click.echo(f"words: stems and stop words of the language {index['language']}")
    if index["words_rebuilt"]:
        click.echo(
            "all texts were indexed by their words again: this release cuts them otherwise (C++ and C# are words)"
        )
    if report["map"] is not None:
        placed = f", {report['map']['placed']:,} of them placed since the layout" if report["map"]["placed"] else ""
        click.echo(f"map: {counted(report['map']['points'], 'point')} in {report['map']['clusters']} clusters{placed}")
    if report["search_mode"] is not None and report["search_mode"]["by"] != "default":
        click.echo(printable(_mode_line(report["search_mode"])))
    if report["logged"] is not None:
        click.echo(_logged_line(report["logged"]))
    if latency:
        exact = f"; exact search {latency['exact_p50']:.1f} ms, {latency['exact_qps']:,.0f}/s"
        click.echo(
            f"a query alone: {latency['p50']:.2f} ms median, {latency['p99']:.2f} ms 99th percentile; in batches"
            f" {latency['batch_qps']:,.0f}/s{exact if index['kind'] != 'exact' else ''}"
        )
    if report["data"]["dead"]:
        click.echo(printable(f"{report['data']['dead']:,} rows have no direction: {outcome.folder}/dead.parquet"))
    click.echo(printable(f"report: {outcome.folder}/report.html ({seconds:.1f} s)"))


def _logged_line(logged: dict[str, Any]) -> str:
    """Which of the queries that people asked were measured."""
    line = (
        f"--query-log: {logged['queries']:,} of {logged['distinct']:,} distinct queries measured, asked"
        f" {counted(logged['asked'], 'time')}"
    )
    for name, what in (("broken", "no query"), ("hashed", "only a hash")):
        if logged[name]:
            line += f"; {counted(logged[name], 'line')} left out: {what}"
    return line


def _mode_line(search: dict[str, Any]) -> str:
    """How searches by text are done, and by what that was chosen."""
    weight = f", weight of the vectors {search['weight']:g}" if search["mode"] == "hybrid" else ""
    line = f"searches by text: {search['mode']}{weight}"
    figures, expected = search["figures"], search["expected"]
    if search["by"] == "request":
        return f"{line}, as asked"
    by = "queries with judgements" if search["by"] == "judgements" else "documents by their titles or first sentences"
    return (
        f"{line}; nDCG@10 on {search['queries']:,} {by}: {expected['value']:.3f}, words {figures['words']:.3f}, vectors"
        f" {figures['vector']:.3f} ({search['seconds']:.1f} s)"
    )
