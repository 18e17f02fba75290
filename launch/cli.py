"""The command `vectormill`. Parsing and printing only: every command's work is imported when it is called.

Exit codes: 0 done, 1 the run failed, 2 the request was wrong.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from transforms.errors import VectormillError

_COMMANDS = {
    "embed": ("launch.embed", "embed", "Embed a corpus of text or images into a feature table."),
    "show": ("launch.show", "show", "Show a feature table: versions, rows, encoder, labels, dead letters."),
    "export": ("launch.export", "export", "Write a table's version as TFRecord, .npy or plain Parquet."),
    "encoders": ("launch.encoders", "encoders", "List, describe and fetch encoders."),
}


class _LazyGroup(click.Group):
    """A group whose commands are imported when they are called, so that --help stays instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in _COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="vectormill")
@click.option("--verbose", is_flag=True, help="Leave the libraries' own messages on, and show tracebacks.")
@click.pass_context
def cli(ctx: click.Context, verbose: bool) -> None:
    """Vectormill turns a corpus of text or images into feature vectors, once, at any scale."""
    ctx.obj = {"verbose": verbose}
    if not verbose:
        from launch.quiet import quieten

        quieten()


def main() -> None:
    """The process's entry point."""
    arguments = sys.argv[1:]
    if "--verbose" not in arguments:
        from launch.quiet import redirect_native_messages
        from transforms.encoders.records import state_dir

        redirect_native_messages(state_dir())
    sys.exit(run(arguments))


def run(arguments: list[str]) -> int:
    """Runs the command line and returns its exit code."""
    verbose = "--verbose" in arguments
    try:
        cli.main(args=arguments, prog_name="vectormill", standalone_mode=False)
        return 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except VectormillError as error:
        click.echo(f"vectormill: {error}", err=True)
        if verbose:
            raise
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("vectormill: interrupted; finished parts are kept, the same command goes on from them", err=True)
        return 1
    except BrokenPipeError:
        return 0
    except Exception as error:
        if verbose:
            raise
        click.echo(f"vectormill: {_named(error)} (`vectormill --verbose …` shows where)", err=True)
        return 1


def _named(error: BaseException) -> str:
    lines = [line for line in str(error).strip().splitlines() if line.strip()]
    message: Any = lines[-1] if lines else ""
    return f"{type(error).__name__}: {message}"[:400]


if __name__ == "__main__":
    main()
