"""`vectormill vacuum`: deletes old versions, and what runs left that never ended."""

from __future__ import annotations

from typing import Any

import click

from launch.jobs.vacuum import vacuum as run_job
from launch.options import defaults_of, print_result
from launch.terminal.text import counted, printable


@defaults_of(run_job)
@click.command(short_help="Delete old versions and what no version needs.")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--keep", type=click.IntRange(1), show_default=True, help="Versions of each that stay.")
@click.option("--retain-hours", type=float, show_default=True, help="For which unfinished work stays.")
@click.option("--caches", is_flag=True, help="Also copies on this machine of what is in stores.")
@click.option("--delete", is_flag=True, help="Delete it. Without this it is only listed.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON line.")
def vacuum(as_json: bool, **given: Any) -> None:
    """List what can be deleted of the tables, models, indexes and results at PATH or below, and with --delete do so.

    The newest versions of each stay, and the versions of a table that they were made of: give a table together with its models
    and indexes, or the folder that holds them all.
    """
    result = run_job(**given)
    print_result(result, as_json=as_json, lines=lambda: _print(result))


def _print(result: dict[str, Any]) -> None:
    for each in result["waste"]:
        size, count = _size(each["bytes"]), counted(each["files"], "file")
        click.echo(printable(f"{size:>9}  {count:>12}  {each['kind']} {each['place']}: {each['what']}"))
    for table, versions in result["pinned"].items():
        said = ", ".join(map(str, versions))
        click.echo(printable(f"kept for what was made of it: version {said} of {table}"))
    if not result["waste"]:
        click.echo("nothing to delete")
        return
    total = f"{_size(result['bytes'])} in {counted(result['files'], 'file')}"
    click.echo(f"deleted {total}" if result["deleted"] else f"{total} can be deleted: say --delete")


def _size(count: int) -> str:
    size = float(count)
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
