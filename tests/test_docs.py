"""The README and the pages of docs/ name only what there is: commands, options, files, links, benchmarks."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from launch.cli import cli

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]

_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"(?:^\$? *|`)(vectormill (?:[^`\n#]|(?<=\S)#)*)", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")
_OPTION = re.compile(r"`(--[a-z][a-z-]+)[ =`]")
_FILE = re.compile(
    r"`((?:transforms|pipelines|launch|tests|benchmarks|docs|common|storage|encoders|report|corpus|table|embed|heads|search"
    r"|similarity|housekeeping|compare)/[\w./-]+?)/?`"
)
_BENCHMARK = re.compile(r"python -m ((?:benchmarks|tests|launch)[.\w]*)")
_IMPORT = re.compile(r"^from ((?:vectormill|transforms|pipelines|launch)[\w.]*) import ([\w, ]+)", re.MULTILINE)
# Of programs that are not ours.
_FOREIGN = {
    "--number_of_execution_retries",
    "--dataflow_job_file",
    "--template_location",
    "--sdk_container_image",
    "--no-deps",
}


def texts() -> Iterator[tuple[str, str]]:
    for name, page in zip(NAMES, PAGES, strict=True):
        yield name, page.read_text(encoding="utf-8")


def command_of(words: list[str]) -> tuple[click.Command | None, list[str]]:
    """The command that the words call, and the words that are left."""
    context = click.Context(cli)
    command: click.Command = cli
    while words and isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        if found is None:
            return (command, words) if command is not cli else (None, words)
        command, words = found, words[1:]
    return command, words


def options_of(command: click.Command) -> set[str]:
    return {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {"--help", "-h"}


def all_commands(group: click.Group) -> Iterator[click.Command]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield command
        if isinstance(command, click.Group):
            yield from all_commands(command)


@pytest.mark.parametrize("name", NAMES)
def test_commands_and_their_options_exist(name: str) -> None:
    found = _COMMAND.findall((ROOT / name).read_text(encoding="utf-8"))
    for line in found:
        words = shlex.split(line.replace("[", "").replace("]", "").replace("…", " "))[1:]
        if not words or words[0].startswith("-"):
            continue
        command, rest = command_of(words)
        assert command is not None, f"{name}: there is no command in `{line}`"
        known = options_of(command)
        for word in rest:
            option = word.partition("=")[0]
            if option.startswith("--") or re.fullmatch(r"-[a-z]", option):
                assert option in known, f"{name}: {option} is no option of `{line}`"


@pytest.mark.parametrize("name", NAMES)
def test_options_that_are_named_exist(name: str) -> None:
    known = _FOREIGN.union(*(options_of(command) for command in all_commands(cli)))
    known |= {"--quick", "--against", "--check"}  # of the benchmarks
    assert set(_OPTION.findall((ROOT / name).read_text(encoding="utf-8"))) <= known


@pytest.mark.parametrize("name", NAMES)
def test_links_and_files_are_there(name: str) -> None:
    page = ROOT / name
    text = page.read_text(encoding="utf-8")
    for target, _ in _LINK.findall(_FENCE.sub("", text)):
        assert "://" in target or (page.parent / target).exists(), f"{name}: {target}"
    for path in _FILE.findall(text):
        places = (ROOT, ROOT / "transforms", page.parent)
        assert any((place / path).exists() for place in places), f"{name}: {path}"


@pytest.mark.parametrize("name", NAMES)
def test_modules_that_are_run_exist(name: str) -> None:
    for module in _BENCHMARK.findall((ROOT / name).read_text(encoding="utf-8")):
        path = ROOT / module.rstrip(".").replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), f"{name}: python -m {module}"


@pytest.mark.parametrize("name", NAMES)
def test_what_python_imports_of_ours_is_there(name: str) -> None:
    for module, names in _IMPORT.findall((ROOT / name).read_text(encoding="utf-8")):
        spec = importlib.util.find_spec(module)
        assert spec is not None and spec.origin is not None, f"{name}: {module}"
        source = Path(spec.origin).read_text(encoding="utf-8")
        for word in names.split(","):
            assert re.search(rf"\b{word.strip()}\b", source), f"{name}: {module} has no {word.strip()}"


def test_every_command_is_shown_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = cli.list_commands(click.Context(cli))
    assert [command for command in commands if f"vectormill {command}" not in readme] == []


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 125
