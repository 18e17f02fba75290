"""`vectormill import-head`: publishes a head that a page has learnt, if it is better, and prints what became of it."""

from __future__ import annotations

from typing import Any

import click

from launch.commands.train import print_results
from launch.jobs.import_head import import_head as run_job
from transforms.common.errors import NotPublishedError


@click.command("import-head", short_help="Evaluate and publish a head that a page has learnt.")
@click.argument("head", metavar="HEAD.JSON")
@click.option("--to", required=True, metavar="MODELS/NAME", help="Folder of the model's versions, new or existing.")
@click.option("--table", metavar="TABLE", help="Default: the one that the published version was trained on.")
@click.option("--version", type=click.IntRange(0), help="Version of the table. Default: the newest.")
@click.option("--label-column", metavar="NAME", help="Default: that of the published version, else label.")
@click.option(
    "--labels", multiple=True, metavar="FILE", help="Files of labels, as of train. Default: with the table, its own."
)
@click.option(
    "--min-gain", type=float, help="Accuracy over the published version to ask for. Default: as it was asked."
)
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as one JSON line.")
def import_head(as_json: bool, labels: tuple[str, ...], **given: Any) -> None:
    """Evaluate HEAD.JSON, which a page of `export-model --format web` has learnt, and publish it to MODELS/NAME/VERSION.

    It is evaluated on the test rows of the table, split as for the published version, and published only if it beats that
    one; else it is kept as a candidate, and the exit code is 3.
    """
    try:
        results = [run_job(labels=labels or None, **given)]
    except NotPublishedError as error:
        print_results(error.results, as_json=as_json)
        raise
    print_results(results, as_json=as_json)
