"""`vectormill doctor`: prints what this machine computes with, how fast, and what would be the bottleneck."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from launch.jobs.doctor import doctor as run_job
from launch.options import defaults_of, print_result, running
from launch.terminal.text import counted, printable

if TYPE_CHECKING:
    from launch.profiles import Profile
    from transforms.encoders import ResolvedEncoder
    from transforms.encoders.machine_check import MachineReport


@defaults_of(run_job)
@click.command(short_help="Show this machine's devices, engines and rates.")
@click.option(
    "--encoder", show_default=True, help="What is measured, or loaded by workers: a name, a handle or a path."
)
@click.option("--trust", is_flag=True, help="Load an encoder of a publisher that is not on the allow-list.")
@click.option("--seconds", type=click.FloatRange(0, min_open=True), show_default=True, help="For each rate.")
@click.option(
    "--every-engine", is_flag=True, help="Measure all engines, not only the one that a run takes (imports TensorFlow)."
)
@running
@click.option("--folder", "folders", multiple=True, metavar="FOLDER", help="With a runner: workers try to write there.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line.")
def doctor(as_json: bool, runner: Profile, folders: tuple[str, ...], **given: Any) -> None:
    """Show devices, engines, precisions, decode and encode rates of this machine, and what would be the bottleneck.

    It takes some five seconds on two idle cores, and half a minute for the first time, when the encoder is converted for its
    engine and checked; a run profits from that. With --runner or --profile it looks at that runner instead: its service,
    versions, slots, accelerator, workers, the folders of --folder, and whether workers can load --encoder, if that is given.
    """
    if not runner.is_direct:
        from launch.preflight.examine import print_checks  # imports Beam

        print_checks(runner, folders, encoder=_asked_encoder(given["encoder"], given["trust"]), as_json=as_json)
        return
    result = run_job(**given)
    print_result(result, as_json=as_json, lines=lambda: _print(result.outcome))


def _asked_encoder(name: str, trust: bool) -> ResolvedEncoder | None:
    """The encoder that the command line names; None where it names none."""
    if click.get_current_context().get_parameter_source("encoder") is ParameterSource.DEFAULT:
        return None
    from transforms import encoders

    return encoders.resolve(name, trust=trust)


def _print(report: MachineReport) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else 120)
    facts = Table(box=None, show_header=False, pad_edge=False)
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column()
    facts.add_row("processor", escape(f"{report.processor}, {counted(report.cores, 'core')}"))
    driver = f" (driver {report.driver})" if report.driver else ""
    gpus = f"{', '.join(report.gpus)}{driver}, {report.gpus_used} used" if report.gpus else "none"
    facts.add_row("GPUs", escape(gpus))
    engines = [f"{name} {version or 'not installed'}" for name, version in report.engines.items()]
    facts.add_row("engines", escape(", ".join(engines)))
    facts.add_row("precisions", ", ".join(report.precisions))
    facts.add_row("encoder", escape(printable(report.encoder)))
    console.print(facts)

    rates = Table(
        "step", "engine", "precision", "items/s", "least cosine", box=None, pad_edge=False, header_style="bold"
    )
    rates.columns[3].justify = rates.columns[4].justify = "right"
    if report.decode_per_second is not None:
        rates.add_row("decode", "", "", f"{report.decode_per_second:,.0f}", "")
    problems = []
    for rate in report.encode:
        cosine = "" if rate.cosine is None else f"{rate.cosine:.5f}"
        if rate.items_per_second is None:
            problems.append(rate.problem)
        shown = "-" if rate.items_per_second is None else f"{rate.items_per_second:,.0f}"
        rates.add_row("encode", rate.engine, rate.precision, shown, cosine)
    console.print(rates)
    for problem in problems:
        click.echo(f"-: {printable(problem)}")
    if report.items_per_second is not None:
        click.echo(
            f"a run in float32 would make about {report.items_per_second:,.0f} items/s; the bottleneck is to {report.bottleneck}"
        )
    for warning in report.warnings:
        click.echo(f"{click.style('warning:', fg='yellow')} {printable(warning)}")
