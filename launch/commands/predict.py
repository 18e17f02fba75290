"""`vectormill predict`: scores a corpus or a feature table with a published model."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import click

from launch.options import new_run, read_options, reading, running
from launch.terminal.text import counted, folder, printable
from transforms.common.errors import RequestError

if TYPE_CHECKING:
    from transforms.heads.serve.served_model import ServedModel


@click.command(short_help="Score a corpus or a feature table with a published model.")
@click.argument("model")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--to", "out", required=True, metavar="OUT", help="Folder of the predictions, new or existing.")
@click.option("--version", type=click.IntRange(0), help="Of the feature table. Default: the newest.")
@reading
@click.option("--max-dead-fraction", type=click.FloatRange(0, 1), default=0.01, show_default=True)
@click.option("--retry-dead", is_flag=True, help="Read sources with dead letters again, though unchanged.")
@running
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON line.")
def predict(model: str, inputs: tuple[str, ...], out: str, **asked: Any) -> None:
    """Score INPUT... with MODELS/NAME (its newest version) or MODELS/NAME/VERSION.

    INPUT is one feature table, whose vectors are scored as they are, or a corpus as `vectormill embed` takes it. A corpus's
    vectors are kept in OUT/_vectors, so that a rerun encodes and scores only what changed.
    """
    started = time.monotonic()
    from launch.runners import run_shown
    from pipelines.predict import PredictJob, run
    from transforms.heads import model_folder
    from transforms.heads.serve.predict import VECTORS, predictions
    from transforms.heads.serve.served_model import ServedModel
    from transforms.storage import files
    from transforms.table.open import existing

    place, number = model_folder.located(folder(model))
    scorer = ServedModel(files.join(place, str(number)))
    out = folder(out)
    predictions(out).require_place()
    dead = 0
    table = _table_of(inputs)
    if table is None:
        table = files.join(out, VECTORS)
        dead = _embedded(scorer, inputs, table, asked)
    version = existing(table, asked["version"] if table == folder(inputs[0]) else None).version
    summary = run_shown(run, PredictJob(model=scorer.folder, table=table, version=version, out=out), asked)
    seconds = time.monotonic() - started
    if asked["as_json"]:
        click.echo(json.dumps({**summary, "dead": dead, "model": scorer.folder, "seconds": round(seconds, 2)}))
        return
    dead_letters = f", {counted(dead, 'dead letter')} in {out}/{VECTORS}/_dead" if dead else ""
    outcome = (
        f"{out}: version {summary['version']}, {counted(summary['rows'], 'row')}, {summary['scored']:,} of them scored"
    )
    click.echo(printable(f"{outcome} by {scorer.folder}{dead_letters} ({seconds:.1f} s)"))


def _table_of(inputs: tuple[str, ...]) -> str | None:
    """The feature table that is asked for; None where the inputs are a corpus."""
    from transforms.storage import files
    from transforms.table.open import is_table

    found = [given for given in map(folder, inputs) if is_table(given)]
    if found and len(inputs) > 1:
        raise RequestError(f"{found[0]} is a feature table: score one table at a time, or a corpus")
    if found and "_vectormill" not in files.names(found[0]):
        raise RequestError(f"{found[0]} is no feature table that `vectormill embed` made")
    return found[0] if found else None


def _embedded(scorer: ServedModel, inputs: tuple[str, ...], table: str, asked: dict[str, Any]) -> int:
    """Brings the table of vectors up to date with the corpus; returns how many dead letters it has."""
    from launch.runners import run_shown
    from pipelines.embed import run as embed
    from transforms.embed.job import EmbedJob

    if asked["version"] is not None:
        raise RequestError("--version is of a feature table; a corpus has none")
    encoder = scorer.encoder()
    job = EmbedJob(
        inputs=inputs,
        table=table,
        encoder=encoder,
        read=read_options(encoder.spec.modality, asked, keep=scorer.inputs.features),
        run=new_run(),
        keep_text=False,
        max_dead_fraction=asked["max_dead_fraction"],
        retry_dead=asked["retry_dead"],
    )
    return int(run_shown(embed, job, asked)["dead"])
