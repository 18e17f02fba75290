"""Adds the options that several commands share, and prints the result of any."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click
from click.core import ParameterSource

from launch.terminal.text import printable

if TYPE_CHECKING:
    from launch.jobs.result import Result

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
    click.option("--keep", metavar="A,B", help="Further columns to carry along."),
    click.option("--no-header/--header", "no_header", help="Whether CSV and TSV files have no header line, or one."),
    click.option(
        "--delimiter", metavar="C", help="Separates values in CSV and TSV. Default: as the file's head tells."
    ),
    click.option("--quote", metavar="C", help="Quotes values in CSV and TSV; '' for none. Default: as the head tells."),
    click.option("--encoding", metavar="NAME", help="Of text files, such as cp1252. Default: UTF-8, or by the head."),
    click.option(
        "--documents",
        is_flag=True,
        help="A .txt is one document; documents beside tables are read, too: docs/inputs.md.",
    ),
    click.option("--sheet", metavar="NAME", help="Of workbooks. Default: the first that is not hidden."),
    click.option("--sql", metavar="QUERY", help="Of a database: the SELECT of the rows."),
    click.option("--changed-column", metavar="NAME", help="Of a database: the time when a row was changed last."),
    click.option("--credentials", metavar="FILE", help="Of a database: lines such as user=... and password=..."),
)
_ADDRESSES = (
    click.option("--connections", type=click.IntRange(1), show_default=True, help="To web servers, at once."),
    click.option("--per-host", type=click.IntRange(1), show_default=True, help="Connections to one host, at once."),
    click.option(
        "--max-image-bytes",
        type=click.IntRange(1),
        show_default=True,
        help="A longer answer of a web server is refused.",
    ),
    click.option(
        "--allow-private", is_flag=True, help="Ask hosts of private networks, and by the environment's proxies."
    ),
    click.option("--keep-bytes", metavar="FOLDER", help="Keep the images that are fetched, as WebDataset archives."),
    click.option("--user-agent", metavar="TEXT", help="That web servers see. Default: names this program."),
)
_RUNNING = (
    click.option(
        "--runner",
        metavar="NAME",
        show_default=True,
        help="direct (in this process), prism, flink, dataflow, or a Beam runner's name.",
    ),
    click.option("--profile", metavar="FILE", help="YAML with a runner and its options: docs/runners.md."),
    click.option("--beam", multiple=True, metavar="--OPTION=VALUE", help="Passed to Beam; repeatable."),
    click.option("--shared-folder", metavar="FOLDER", help="Every worker has this folder at the same path."),
    click.option("--detach", is_flag=True, help="Submit the job, say how to follow and stop it, and leave."),
)


def reading(command: Command) -> Command:
    """Adds the options that say how a corpus is read; `launch.jobs.reading` understands them."""
    return _with(_READING, command)


def addresses(command: Command) -> Command:
    """Adds the options that say how web addresses are asked; `launch.jobs.addresses` understands them."""
    return _with(_ADDRESSES, command)


def running(command: Command) -> Command:
    """Adds the options that say where a job runs; the command gets them as `runner`, a `Profile`."""

    @functools.wraps(command)
    def run(
        *,
        runner: str,
        profile: str | None,
        beam: tuple[str, ...],
        shared_folder: str | None,
        detach: bool,
        **given: Any,
    ) -> Any:
        from launch.profiles import profile_from

        source = click.get_current_context().get_parameter_source("runner")
        named = None if source is ParameterSource.DEFAULT else runner
        where = profile_from(named, profile, beam=beam, shared_folder=shared_folder, detach=detach)
        return command(runner=where, **given)

    return _with(_RUNNING, cast(Command, run))


def _with(options: tuple[Callable[[Any], Any], ...], command: Command) -> Command:
    # As decorators do, the last comes first.
    for option in reversed(options):
        command = option(command)
    return command


def defaults_of(function: Callable[..., Any]) -> Callable[[click.Command], click.Command]:
    """Gives each option of a command the default that the function has for it: they are written in one place."""
    defaults = {name: parameter.default for name, parameter in inspect.signature(function).parameters.items()}

    def with_defaults(command: click.Command) -> click.Command:
        for option in command.params:
            default = defaults.get(option.name or "", inspect.Parameter.empty)
            if default is inspect.Parameter.empty or default is None or option.multiple:
                continue
            option.default = ",".join(map(str, default)) if isinstance(default, tuple) else default
        return command

    return with_defaults


def print_result(result: Result[Any], *, as_json: bool, lines: Callable[[], None]) -> None:
    """Prints what came of a job: its facts as one JSON line, or by `lines` for a person."""
    if as_json:
        click.echo(json.dumps(result))
        return
    lines()
    for name, given in result.get("renamed", {}).items():
        words = f"the kept column {name!r} is called {given!r} in the results, which have a column of its name"
        click.echo(printable(f"note: {words}"))
