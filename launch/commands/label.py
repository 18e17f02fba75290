"""`vectormill label`: lists the rows of a feature table that are worth a person's minute."""

from __future__ import annotations

import os
from typing import Any

import click

from launch.jobs.label import label as run_job
from launch.options import defaults_of, print_result
from launch.terminal.text import counted, folder, printable


@defaults_of(run_job)
@click.command(short_help="List the rows that are worth a person's minute.")
@click.argument("table")
@click.option("--to", required=True, metavar="FOLDER", help="Folder of the list and of all answers, new or existing.")
@click.option("-n", "n", type=click.IntRange(1), show_default=True, help="Rows, at most.")
@click.option(
    "--labels",
    multiple=True,
    metavar="FILE",
    help="Answers: answers.csv of the page, label.csv with its column answer filled in, or Label Studio's export; or, in place of"
    " the table's labels, CSV, TSV, JSON lines or Parquet with the column id and the labels'. Repeatable.",
)
@click.option("--skip-unknown", is_flag=True, help="Pass over ids of --labels that the table lacks.")
@click.option("--label-column", metavar="NAME", help="Default: the model's, else label.")
@click.option("--multi-label", metavar="SEPARATOR", help="An item has several labels, separated by this.")
@click.option(
    "--model", metavar="MODELS/NAME", help="Whose scores say what is uncertain. Default: a linear head of its own."
)
@click.option(
    "--threshold", type=float, show_default=True, help="Least cosine of near-duplicates, above 0 and up to 1."
)
@click.option("--seed", type=click.IntRange(0), show_default=True, help="Of samples and clusters.")
@click.option("--version", type=click.IntRange(0), help="Of the feature table. Default: the newest.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON line.")
def label(as_json: bool, **given: Any) -> None:
    """List the rows of TABLE that are worth a person's minute: likely label errors, near-duplicates that disagree, and unlabelled
    rows that are uncertain or typical.

    FOLDER/label.html shows them and takes answers; label.csv and tasks.json (Label Studio) have the same. Hand the answers to
    `--labels` of this command, which says what they gained, and of `vectormill train`.
    """
    result = run_job(**given)
    print_result(result, as_json=as_json, lines=lambda: _print(folder(given["to"]), result, result.seconds))


def _print(out: str, facts: dict[str, Any], seconds: float) -> None:
    from transforms.heads.evaluation.evaluate import figure_text

    chosen = ", ".join(f"{count:,} {reason}" for reason, count in facts["chosen"].items() if count)
    total = sum(facts["chosen"].values())
    estimated = facts["label_errors_estimated"]
    wrong = "" if estimated is None else f"; about {estimated:,} of {facts['looked_at']:,} labels are wrong"
    click.echo(printable(f"{out}: {counted(total, 'row')} to label ({chosen or 'nothing is worth a look'}){wrong}"))
    gain = facts["gain"]
    if gain is not None:
        change = gain["gain"]
        click.echo(
            f"{counted(facts['answered'], 'answer')}: accuracy {figure_text(gain['after'])} with them,"
            f" {figure_text(gain['before'])} without: {change['value']:+.4f} [{change['low']:+.4f}, {change['high']:+.4f}]"
            f" on {counted(gain['test_rows'], 'test row')}"
        )
    for note in facts["notes"]:
        click.echo(printable(f"note: {note}"))
    click.echo(printable(f"page: {os.path.join(out, 'label.html')} ({seconds:.1f} s)"))
