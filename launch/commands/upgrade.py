"""`vectormill upgrade`: moves a table of a job, its models and indexes to another encoder, and says what that changes."""

from __future__ import annotations

import json
from typing import Any

import click

from launch.jobs.upgrade import upgrade as run_job
from launch.terminal.text import printable


@click.command(short_help="Move a table of a job, its models and indexes to another encoder.")
@click.argument("job", metavar="JOB.yaml")
@click.option("--encoder", metavar="NAME", help="The encoder to upgrade to, as the job file would name it.")
@click.option("--table", metavar="NAME", help="The table in the job file. Default: the only one.")
@click.option("--cut-over", is_flag=True, help="Serve what was made, in place of what is served.")
@click.option("--undo", is_flag=True, help="Serve again what was served before the cut-over.")
@click.option("--json", "as_json", is_flag=True, help="Print what came of it as one JSON line.")
@click.pass_context
def upgrade(context: click.Context, /, job: str, as_json: bool, **given: Any) -> None:
    """Make a table of JOB.yaml, and the models and indexes made of it, again with another encoder, beside what is served.

    Both are compared on the same test rows and held-out queries: upgrades/ENCODER/report/report.html. Then --cut-over makes the
    new ones the next versions of what is served, and --undo brings the old ones back. The same command goes on where one was
    stopped.
    """
    result = run_job(job, say=(lambda line: None) if as_json else _say, **given)
    if as_json:
        click.echo(json.dumps(result, default=str))
    elif not result["exit_code"]:
        _print(job, result)
    context.exit(result["exit_code"])


def _say(line: Any) -> None:
    if isinstance(line, str):
        click.echo(printable(line))
        return
    words = f"{line.step}: {line.action}{f' ({line.why})' if line.why else ''}"
    click.echo(printable(f"{words}, {line.seconds:.1f} s" if line.seconds else words))
    if line.message:
        click.echo(printable(f"  {line.message}"))


def _print(job: str, result: dict[str, Any]) -> None:
    if "report" not in result:
        click.echo(printable(f"served: {result['table']} of {result['encoder']}, and what is made of it"))
        if result["others"]:
            click.echo(printable(f"the next `vectormill refresh {job}` makes {', '.join(result['others'])} again"))
        if result["state"] == "cut over":
            click.echo(printable(f"back again: vectormill upgrade {job} --undo"))
        return
    for name, model in result["models"].items():
        if (accuracy := model.get("accuracy")) is not None:
            gain = accuracy["difference"]
            sign = f"{gain['value']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}]"
            now, was = accuracy["after"]["value"], accuracy["before"]["value"]
            click.echo(printable(f"models.{name}: accuracy {now:.3f}, {was:.3f} before: {sign}"))
    for name, index in result["indexes"].items():
        if (overlap := index.get("overlap")) is not None:
            stays = f"{overlap['value']:.0%} of the first {index['on']['k']} answers stay"
            agreement = index.get("label_agreement")
            if agreement is not None:
                stays += (
                    f", label agreement {agreement['after']['value']:.3f}, {agreement['before']['value']:.3f} before"
                )
            click.echo(printable(f"indexes.{name}: {stays}"))
    click.echo(printable(f"report: {result['report']}"))
    click.echo(printable(f"nothing that is served has changed; to serve it: vectormill upgrade {job} --cut-over"))
