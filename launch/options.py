"""Options that several commands share, and what is made of them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from transforms.corpus.options import ReadOptions
    from transforms.encoders.spec import Modality

Command = TypeVar("Command", bound=Callable[..., Any])

_READING = (
    click.option(
        "--text-column",
        metavar="NAME",
        help="Column of the text, or several to join: title,abstract. Without header: positions from 0.",
    ),
    click.option("--image-column", metavar="NAME", help="Column of image bytes or of image URIs."),
    click.option("--id-column", metavar="NAME", help="Column of ids. Default: path, or path#hash of the text."),
    click.option("--label-column", metavar="NAME", help="Column of labels."),
    click.option(
        "--labels-from", type=click.Choice(["folder", "file"]), help="Label by parent folder or by file name."
    ),
    click.option("--keep", default="", metavar="A,B", help="Further columns to carry along."),
    click.option("--no-header", is_flag=True, help="CSV and TSV files have no header line."),
)
_RUNNING = (
    click.option(
        "--runner", default="direct", show_default=True, help="direct (in this process) or a Beam runner's name."
    ),
    click.option("--beam", "beam_flags", multiple=True, metavar="--OPTION=VALUE", help="Passed to Beam; repeatable."),
)


def reading(command: Command) -> Command:
    """Adds the options that say how a corpus is read; `read_options` understands them."""
    return _with(_READING, command)


def running(command: Command) -> Command:
    """Adds `--runner` and `--beam`; `launch.runners` understands them."""
    return _with(_RUNNING, command)


def _with(options: tuple[Callable[[Any], Any], ...], command: Command) -> Command:
    # As decorators do, the last comes first.
    for option in reversed(options):
        command = option(command)
    return command


def read_options(
    modality: Modality, asked: dict[str, Any], *, keep: tuple[str, ...] = (), chunk_sentences: int | None = None
) -> ReadOptions:
    """What the options of `reading` ask for; `keep` are columns to keep in any case."""
    from transforms.corpus.options import ReadOptions

    kept = names_in(asked["keep"])
    return ReadOptions(
        modality=modality,
        text_column=asked["text_column"],
        image_column=asked["image_column"],
        id_column=asked["id_column"],
        label_column=asked["label_column"],
        labels_from=asked["labels_from"],
        keep=(*kept, *(name for name in keep if name not in kept)),
        header=not asked["no_header"],
        chunk_sentences=chunk_sentences,
    )


def names_in(given: str) -> tuple[str, ...]:
    """`a, b` as ("a", "b")."""
    return tuple(name.strip() for name in given.split(",") if name.strip())


def new_run() -> str:
    """A name for one execution: when it began, and by chance."""
    return time.strftime("%Y%m%dT%H%M%S-", time.gmtime()) + uuid.uuid4().hex[:8]
