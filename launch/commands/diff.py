"""`vectormill diff`: says what a version of a table, a model or an index changed for those who use it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click

from launch.jobs.diff import diff as run_job
from launch.options import defaults_of, print_result
from launch.terminal.text import counted, printable

_SHOWN = 5


@defaults_of(run_job)
@click.command(short_help="Show what a version changed for those who use it.")
@click.argument("path", metavar="TABLE|MODEL|INDEX")
@click.argument("before", type=click.IntRange(0), required=False, metavar="[A]")
@click.argument("after", type=click.IntRange(0), required=False, metavar="[B]")
@click.option(
    "--on", metavar="TABLE", help="Model: whose rows are predicted. Default: the table that it was trained on."
)
@click.option("--label-column", metavar="NAME", help="Model: default: the one that it was trained on.")
@click.option("--labels", metavar="FILE", help="Model: a file with the column id and the labels'.")
@click.option("--skip-unknown", is_flag=True, help="Model: pass over ids of --labels that the table lacks.")
@click.option("--all-rows", is_flag=True, help="Model: of its own table use all rows, not the test rows alone.")
@click.option("--queries", metavar="FILE", help="Index: a query a line. Default: the rows that both versions hold out.")
@click.option("-k", "k", type=click.IntRange(1), show_default=True, help="Index: answers to a query.")
@click.option("--mode", type=click.Choice(["vector", "words", "hybrid"]), help="Index: how --queries are searched.")
@click.option("--to", metavar="FOLDER", help="Write report.html, report.json and the differences as Parquet there.")
@click.option("--json", "as_json", is_flag=True, help="Print what changed as one JSON line.")
def diff(as_json: bool, **given: Any) -> None:
    """Compare versions A and B of a table, a model or an index; without B with the newest, without both the last two.

    Of a table: rows that are new, gone, encoded anew, or have another label. Of a model: predictions that flipped. Of an
    index: answers that changed. Each with its reason.
    """
    result = run_job(**given)
    print_result(result, as_json=as_json, lines=lambda: _print(result.outcome, given["to"]))


def _print(report: dict[str, Any], to: str | None) -> None:
    lines: dict[str, Callable[[dict[str, Any]], list[str]]] = {"table": _table, "model": _model, "index": _index}
    for line in [report["title"], *lines[report["kind"]](report)]:
        click.echo(printable(line))
    if to is not None:
        click.echo(printable(f"report: {os.path.join(to, 'report.html')}"))


def _row(name: str, figure: object, note: str = "") -> str:
    shown = f"{figure:,}" if isinstance(figure, int) else str(figure)
    return f"  {name:28} {shown:>10}{f'  {note}' if note else ''}"


def _table(report: dict[str, Any]) -> list[str]:
    rows, cosines = report["rows"], report["cosines"]
    moved = "" if cosines is None else f"cosine to before: median {cosines['median']:.3f}, least {cosines['least']:.3f}"
    if not report["same_encoder"]:
        moved = f"by {report['after']['encoder']}, before by {report['before']['encoder']}"
    found = [
        _row("rows", report["after"]["rows"], f"{report['before']['rows']:,} before"),
        _row("new", rows["added"]),
        _row("gone", rows["removed"]),
        _row("encoded anew", rows["encoded_anew"], moved),
        _row("another label", rows["relabelled"], _pairs(report["relabelled"])),
        _row("another content", rows["edited"]),
        _row("as before", rows["unchanged"]),
    ]
    # Of photographs, each of which is a source, they would be examples and no summary.
    sources = report["sources"]["most"]
    is_summary = len(sources) <= _SHOWN or sum(sources[0][name] for name in sources[0] if name != "source") > 1
    for one in sources[:_SHOWN] if is_summary else ():
        words = {"added": "new", "removed": "gone", "encoded_anew": "encoded anew", "relabelled": "another label"}
        counts = [f"{one[name]:,} {said}" for name, said in words.items() if one.get(name)]
        found.append(f"  {one['source']}: {', '.join(counts) or 'another content'}")
    return found


def _pairs(pairs: list[dict[str, Any]]) -> str:
    return ", ".join(f"{one['before']} to {one['after']} {one['rows']:,}" for one in pairs[:3])


def _model(report: dict[str, Any]) -> list[str]:
    flips, accuracy, on = report["flips"], report["accuracy"], report["on"]
    found = [
        f"on {counted(on['rows'], 'row')} of {on['table']}, version {on['version']} ({on['which']})",
        _row("predictions that changed", flips["rows"], _pairs(report["pairs"])),
        _row("from wrong to right", flips["wrong_to_right"]),
        _row("from right to wrong", flips["right_to_wrong"]),
    ]
    if accuracy is not None:
        gain = accuracy["difference"]
        sign = f"{gain['value']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]"
        found.append(
            _row("accuracy", f"{accuracy['after']['value']:.3f}", f"{accuracy['before']['value']:.3f} before: {sign}")
        )
    return [*found, *(_row(f"why: {one['reason']}", one["rows"], one["words"]) for one in report["reasons"])]


def _index(report: dict[str, Any]) -> list[str]:
    on, overlap, agreement = report["on"], report["overlap"], report["label_agreement"]
    found = [
        f"on {on['queries']:,} queries: {on['which']}, {on['mode']} search, the first {on['k']} answers",
        _row("answers that stay", f"{overlap['value']:.3f}", f"[{overlap['low']:.3f}, {overlap['high']:.3f}]"),
        _row("queries that changed", report["queries_changed"]),
        _row("first answer changed", report["first_answer_changed"]),
        _row("new answers", report["answers"]["added"]),
    ]
    if agreement is not None:
        gain = agreement["difference"]
        sign = f"{gain['value']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]"
        now, was = agreement["after"]["value"], agreement["before"]["value"]
        found.append(_row("answers of the query's label", f"{now:.3f}", f"{was:.3f} before: {sign}"))
    for one in report["reasons"]:
        found.append(_row(f"why: {one['reason']}", one["added"] + one["removed"], one["words"]))
    return [*found, *_most_changed(report["examples"])]


def _most_changed(examples: list[dict[str, Any]]) -> list[str]:
    found = []
    for query in examples[:_SHOWN]:
        asked = (query["text"] or query["id"] or "")[:70]
        found.append(f"  {query['overlap']:.0%} of the answers stay: {asked}")
    return found
