"""`vectormill init`: writes a first job file for a corpus, with comments."""

from __future__ import annotations

import click

from launch.terminal.text import printable
from transforms.common.errors import RequestError
from transforms.storage import files


@click.command(short_help="Write a first job file for a corpus.")
@click.argument("corpus", metavar="CORPUS")
@click.option(
    "--to", default="job.yaml", show_default=True, metavar="JOB.yaml", help="The file; it must not be there yet."
)
def init(corpus: str, to: str) -> None:
    """Look at CORPUS, a file, glob or folder of text or images, and write a commented job file for `vectormill refresh`."""
    from launch.refresh.job_file import read_job
    from launch.refresh.starter import starter

    path = files.absolute(to)
    text = starter(corpus, beside=path.rpartition("/")[0])
    try:
        files.create(path, text.encode())
    except FileExistsError as error:
        raise RequestError(f"{to} is there already: give another --to, or edit it") from error
    except OSError as error:
        raise RequestError(f"{to} cannot be written: {error.strerror or error}") from error
    read_job(path)
    click.echo(printable(f"{to} is written: look at it, then `vectormill refresh {to} --dry-run`"))
