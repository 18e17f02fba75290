"""`vectormill plan`: prints what embedding a corpus would take on many machines."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import click

from launch.jobs.plan import plan as run_job
from launch.options import defaults_of, print_result
from launch.terminal.text import counted

if TYPE_CHECKING:
    from launch.cost.estimate import Estimate


class _Count(click.ParamType):  # type: ignore[type-arg]
    """A number of things, which may be written 1e9."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        with contextlib.suppress(ValueError, OverflowError):
            number = float(value)
            if number == int(number) and number >= 1:
                return int(number)
        return self.fail(f"{value!r} is no number of things: write 1000000 or 1e6", param, ctx)


@defaults_of(run_job)
@click.command(short_help="Estimate time, cost and bytes of embedding a large corpus.")
@click.option("--rows", type=_Count(), required=True, help="Texts or images: 1e9.")
@click.option("--encoder", required=True, help="A name of `vectormill encoders`.")
@click.option("--item-bytes", type=click.IntRange(1), help="Of an item. Default: 200 for a text, 100000 for an image.")
@click.option(
    "--files", type=_Count(), help="That hold the corpus. Default: a file for each image; large files of texts."
)
@click.option("--machine", show_default=True, help="Of a worker.")
@click.option("--accelerator", help="A GPU in each worker: nvidia-l4.")
@click.option("--workers", type=click.IntRange(1), show_default=True)
@click.option(
    "--rate",
    type=click.FloatRange(0, min_open=True),
    help="Items a second of one worker, as `vectormill doctor` says on such a machine. Default: a measured one.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line.")
def plan(as_json: bool, **given: Any) -> None:
    """Estimate time, cost, bytes and shards of embedding a corpus into a new table on Dataflow. Nothing is started.

    Rates are measured ones, prices from lists; the last lines say what is assumed.
    """
    result = run_job(**given)
    print_result(result, as_json=as_json, lines=lambda: _print(result.outcome))


def _print(found: Estimate) -> None:
    click.echo(
        f"{found.rows:,} items of {found.item_bytes:,} bytes by {found.encoder} ({found.dim:,} values),"
        f" on {counted(found.workers, 'worker')} {found.machine}"
    )
    rows = [
        ("time", _time(found.seconds)),
        ("", f"encoding {_time(found.encode_seconds)}: {found.rate:,.0f} items/s a worker"),
        ("", f"  {found.rate_from}"),
        (
            "",
            f"start {_time(found.start_seconds)}, plan {_time(found.plan_seconds)},"
            f" receipts {_time(found.combine_seconds)}, commit {_time(found.commit_seconds)}",
        ),
        (
            "cost",
            f"${found.dollars:,.0f}: workers ${found.worker_dollars:,.0f}, requests ${found.request_dollars:,.0f};"
            f" then ${found.month_dollars:,.0f} a month for the table",
        ),
        ("bytes", f"{_bytes(found.read_bytes)} are read, the table has {_bytes(found.table_bytes)}"),
        (
            "shards",
            f"{found.shards:,} of {found.rows / found.shards:,.0f} items, their receipts in {counted(found.groups, 'group')}",
        ),
        (
            "commit",
            f"log {_bytes(found.log_bytes)}, checkpoint {_bytes(found.checkpoint_bytes)},"
            f" memory {_bytes(found.commit_memory)}",
        ),
        ("prices", found.prices),
        *((("assumed" if not number else ""), line) for number, line in enumerate(found.assumed)),
    ]
    for name, line in rows:
        click.echo(f"{name:<8} {line}")


def _time(seconds: float) -> str:
    for unit, size in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= (2 if unit == "days" else 1) * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def _bytes(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} PB"
