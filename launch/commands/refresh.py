"""`vectormill refresh`: keeps what a job file describes fresh, and prints what was done and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from launch.jobs.refresh import refresh as run_job
from launch.terminal.text import counted, printable

if TYPE_CHECKING:
    from launch.refresh.record import StepRecord

_WORDS = {
    "fresh": "up to date",
    "run": "done",
    "held back": "held back",
    "failed": "FAILED",
    "waits": "waits",
    "due": "due",
}


@click.command(short_help="Keep the tables, models and indexes of a job file fresh.")
@click.argument("job", required=False, metavar="JOB.yaml")
@click.option("--dry-run", is_flag=True, help="Only say what is out of date, and why.")
@click.option(
    "--as-of",
    metavar="TIME",
    help="The time that a scheduler gives this run: it is a no-op where a run for it, or for a later one, has ended well.",
)
@click.option("--schema", is_flag=True, help="Print the JSON schema of job files, for editors, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the record of the run as one JSON line.")
@click.pass_context
def refresh(
    context: click.Context, job: str | None, dry_run: bool, as_of: str | None, schema: bool, as_json: bool
) -> None:
    """Run what is out of date of the steps that JOB.yaml describes: tables, and the models, indexes and more made of them.

    The exit code is 0 if all is fresh, 1 if a step failed, 2 if a request was wrong, 3 if a result is not good enough to be
    published.
    """
    if schema:
        from launch.refresh.job_file import schema as schema_of

        click.echo(json.dumps(schema_of(), indent=2))
        return
    if job is None:
        raise click.UsageError("Missing argument 'JOB.yaml'.")
    result = run_job(job, as_of=as_of, dry_run=dry_run, say=(lambda step: None) if as_json else _print_step)
    if as_json:
        click.echo(json.dumps(result, default=str))
    else:
        _print_end(result)
    for notice in result["notices"]:
        click.echo(printable(f"vectormill: {notice}"), err=True)
    context.exit(result["exit_code"])


def _print_step(step: StepRecord) -> None:
    reason = f" ({step.why})" if step.why else ""
    made = ", ".join(f"version {version}" for version in step.outputs.values() if version is not None)
    words = f"{step.step}: {_WORDS[step.action]}{f', {made}' if made and step.action == 'run' else ''}{reason}"
    click.echo(
        printable(words if step.action == "fresh" else f"{words}, {step.seconds:.1f} s" if step.seconds else words)
    )
    if step.message:
        click.echo(printable(f"  {step.message}"))


def _print_end(result: dict[str, Any]) -> None:
    if result["finished_by"]:
        click.echo(f"nothing to do: the slot {result['slot']} was finished by {result['finished_by']}")
        return
    actions = [step["action"] for step in result["steps"]]
    if all(action == "fresh" for action in actions):
        click.echo(f"nothing to do, {counted(len(actions), 'step')} up to date ({result['seconds']:.1f} s)")
        return
    parts = [f"{actions.count(action)} {_WORDS[action]}" for action in _WORDS if action in actions]
    click.echo(f"{', '.join(parts)} ({result['seconds']:.1f} s)")
    if result["report"]:
        click.echo(printable(f"report: {result['report']}"))
