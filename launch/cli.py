"""Runs the command `vectormill`. It parses and prints only: every command's work is imported when it is called.

Exit codes: 0 done, 1 the run failed, 2 the request was wrong, 3 done, but not good enough to be published.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from typing import Any, NoReturn

import click

from launch.terminal.text import printable
from transforms.common.errors import Detached, RunError, StoppedError, VectormillError

_COMMANDS = {
    "embed": ("launch.commands.embed", "embed", "Embed a corpus of text or images into a feature table."),
    "import": (
        "launch.commands.import_vectors",
        "import_vectors",
        "Make a feature table of vectors that exist.",
    ),
    "show": (
        "launch.commands.show",
        "show",
        "Show a feature table: versions, rows, encoder, labels, dead letters; or an index.",
    ),
    "export": ("launch.commands.export", "export", "Write a table's version as TFRecord, .npy or plain Parquet."),
    "train": ("launch.commands.train", "train", "Train, evaluate and publish classifiers on a feature table."),
    "predict": ("launch.commands.predict", "predict", "Score a corpus or a feature table with a published model."),
    "evaluate": ("launch.commands.evaluate", "evaluate", "Evaluate a published model on a feature table."),
    "export-model": (
        "launch.commands.export_model",
        "export_model",
        "Write a published model as TensorFlow Lite, .keras or ONNX, or for a browser.",
    ),
    "import-head": (
        "launch.commands.import_head",
        "import_head",
        "Evaluate and publish a head that a page has learnt.",
    ),
    "site": ("launch.commands.site", "site", "Write an index as static files that are searched in the browser."),
    "label": ("launch.commands.label", "label", "List the rows that are worth a person's minute."),
    "index": ("launch.commands.index", "index", "Build, measure and publish a search index of a feature table."),
    "search": ("launch.commands.search", "search", "Search an index in words, by an image or by an id."),
    "serve": ("launch.commands.serve", "serve", "Answer over HTTP with indexes and models."),
    "neighbors": ("launch.commands.neighbors", "neighbors", "Join every row of a table with its nearest in an index."),
    "duplicates": ("launch.commands.duplicates", "duplicates", "Write groups of near duplicates in a feature table."),
    "cluster": ("launch.commands.cluster", "cluster", "Put the rows of a feature table into clusters."),
    "upgrade": (
        "launch.commands.upgrade",
        "upgrade",
        "Move a table of a job and what is made of it to another encoder.",
    ),
    "diff": ("launch.commands.diff", "diff", "Show what a version of a table, model or index changed."),
    "init": ("launch.commands.init", "init", "Write a first job file for a corpus."),
    "refresh": ("launch.commands.refresh", "refresh", "Keep the tables, models and indexes of a job file fresh."),
    "sync": ("launch.commands.sync", "sync", "Keep a feature table's rows in pgvector or Lance."),
    "compact": ("launch.commands.compact", "compact", "Write the many small parts of a table together."),
    "vacuum": ("launch.commands.vacuum", "vacuum", "Delete old versions, and what no version needs."),
    "forget": ("launch.commands.forget", "forget", "Take items out of a table and all that was made of it."),
    "schedule": ("launch.commands.schedule", "schedule", "Write what a scheduler needs to refresh a job file."),
    "plan": ("launch.commands.plan", "plan", "Estimate time, cost and bytes of embedding a large corpus."),
    "encoders": ("launch.commands.encoders", "encoders", "List, describe and fetch encoders."),
    "doctor": ("launch.commands.doctor", "doctor", "Show this machine's devices, engines and rates."),
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

    def invoke(self, ctx: click.Context) -> Any:
        with _interrupts() as pressed:
            try:
                return super().invoke(ctx)
            except BaseException as error:
                if pressed and not isinstance(error, StoppedError):
                    raise RunError(
                        "interrupted; what is finished is kept, the same command goes on from there"
                    ) from error
                raise


@contextlib.contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Records each Ctrl-C: the exception that it raises may come out of Beam as another one."""
    pressed: list[int] = []

    def note(number: int, _: object) -> NoReturn:
        pressed.append(number)
        raise KeyboardInterrupt

    # Where somebody ignores or handles it (nohup, a notebook), it is theirs.
    ours = threading.current_thread() is threading.main_thread()
    ours = ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if ours:
        signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="vectormill")
@click.option("--verbose", is_flag=True, help="Leave the libraries' own messages on, and show tracebacks.")
@click.pass_context
def cli(ctx: click.Context, verbose: bool) -> None:
    """Vectormill turns a corpus of text or images into feature vectors, once, at any scale."""
    ctx.obj = {"verbose": verbose}
    if not verbose:
        from launch.terminal.quiet import quieten

        quieten()


def main() -> None:
    """The process's entry point."""
    arguments = sys.argv[1:]
    # FAISS's threads and NumPy's take turns: one that waits for work must not keep the other's processor busy.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if "--verbose" not in arguments:
        from launch.terminal.quiet import redirect_native_messages
        from transforms.encoders.records import state_dir

        with contextlib.suppress(
            RuntimeError
        ):  # in a container, a user may have no home; commands that need one say so
            redirect_native_messages(state_dir())
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal of another encoding than UTF-8 shows what it can.
        sys.stdout.reconfigure(errors="backslashreplace")
    code = run(arguments)
    if code:
        # Threads of a failed run may be inside a long call of the encoder, and nobody waits for what comes of it.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def run(arguments: list[str]) -> int:
    """Runs the command line and returns its exit code. A failure is one line on standard error."""
    verbose = "--verbose" in arguments
    try:
        code = cli.main(args=arguments, prog_name="vectormill", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        command = context.command_path if context else "vectormill"
        _complain(f"{error.format_message().rstrip('.')}; see `{command} --help`")
        return error.exit_code
    except VectormillError as error:
        if verbose:
            traceback.print_exc()
        _complain(str(error))
        return error.exit_code
    except Detached as left:
        click.echo(json.dumps(left.facts) if "--json" in arguments else str(left))
        return 0
    except click.Abort:
        _complain("interrupted")
        return 1
    except Exception as error:
        if verbose:
            traceback.print_exc()
        hint = "" if verbose else " (`vectormill --verbose …` shows where)"
        _complain(f"{_named(error)}{hint}")
        return 1


def _complain(message: str) -> None:
    """One line, whatever ids and file names in it hold."""
    click.echo(f"vectormill: {printable(message)}", err=True)


def _named(error: BaseException) -> str:
    lines = [line for line in str(error).strip().splitlines() if line.strip()]
    message = lines[-1] if lines else ""
    return f"{type(error).__name__}: {message}"[:400]


if __name__ == "__main__":
    main()
