"""`vectormill schedule`: writes what a scheduler needs to keep a job file's tables, models and indexes fresh."""

from __future__ import annotations

import sys
from typing import get_args

import click

from launch.schedule.render import Schedule, Scheduler, image_program, render
from launch.schedule.times import times_of
from launch.terminal.text import printable
from transforms.storage import files


@click.command(short_help="Write what a scheduler needs to refresh a job file.")
@click.argument("job", metavar="JOB.yaml")
@click.option("--for", "scheduler", type=click.Choice(get_args(Scheduler)), required=True, help="The scheduler.")
@click.option(
    "--at", default="17 3 * * *", show_default=True, help="When: minute, hour, day, month, weekday, as for cron."
)
@click.option("--to", metavar="FOLDER", help="Write the files there. Default: they are printed.")
@click.option(
    "--program",
    metavar="PATH",
    help="Where vectormill is. Default: as here, or as in the project's images.",
)
@click.option("--image", help="A container's image with vectormill in it (k8s, gcp).")
@click.option("--claim", metavar="NAME", help="The PersistentVolumeClaim with the job file's folder (k8s).")
@click.option("--project", help="The Google Cloud project (gcp).")
@click.option("--region", help="Its region (gcp).")
def schedule(
    job: str,
    scheduler: Scheduler,
    at: str,
    to: str | None,
    program: str | None,
    image: str | None,
    claim: str | None,
    project: str | None,
    region: str | None,
) -> None:
    """Write what a scheduler needs to run `vectormill refresh JOB.yaml`: docs/schedulers.md.

    The times are those of the machine for cron and systemd, in UTC for the others.
    """
    in_container = scheduler in ("k8s", "gcp")
    described = Schedule(
        job=files.absolute(job),
        times=times_of(at),
        program=program or (image_program() if in_container else _program()),
        image=image,
        claim=claim,
        project=project,
        region=region,
    )
    if not in_container:
        from launch.refresh.job_file import read_job

        read_job(described.job)
    made = render(described, scheduler)
    for name, content in made.items():
        if to is not None:
            path = files.join(files.absolute(to), name)
            files.write(path, content.encode())
            click.echo(f"{printable(path)} is written")
        else:
            click.echo(f"# ---- {name}\n{content}" if len(made) > 1 else content, nl=False)


def _program() -> str:
    """The command as it was called, from the root on; else the one beside this Python."""
    called = files.absolute(sys.argv[0])
    beside = files.join(files.parent(files.absolute(sys.executable)), "vectormill")
    return called if files.basename(called) == "vectormill" else beside
