"""Commands and the functions behind them have the same options with the same defaults."""

from __future__ import annotations

import inspect
from typing import Any

import click
import pytest

import vectormill
from launch.cli import cli

FUNCTIONS = {
    "embed": vectormill.embed,
    "import": vectormill.import_vectors,
    "export": vectormill.export,
    "train": vectormill.train,
    "predict": vectormill.predict,
    "evaluate": vectormill.evaluate,
    "index": vectormill.build_index,
    "compact": vectormill.compact,
    "vacuum": vectormill.vacuum,
    "label": vectormill.label,
    "neighbors": vectormill.neighbors,
    "duplicates": vectormill.duplicates,
    "cluster": vectormill.cluster,
}
ONLY_COMMANDS = {"as_json", "strengths", "profile", "shared_folder", "detach"}


def command(name: str) -> click.Command:
    found = cli.get_command(click.Context(cli), name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
def test_options_have_one_name(name: str) -> None:
    parameters = inspect.signature(FUNCTIONS[name]).parameters

    assert {option.name for option in command(name).params} - ONLY_COMMANDS == set(parameters)
    for option in command(name).params:
        if isinstance(option, click.Option) and option.name not in ONLY_COMMANDS:
            longest = max(option.opts, key=len).lstrip("-").replace("-", "_")
            assert longest == option.name
            assert parameters[longest].kind is inspect.Parameter.KEYWORD_ONLY


@pytest.mark.parametrize("name", FUNCTIONS)
def test_defaults_are_those_of_the_function(name: str) -> None:
    found = command(name)
    words = [word for option in found.params if option.required for word in _given(option)]
    values = found.make_context(name, words).params
    parameters = inspect.signature(FUNCTIONS[name]).parameters
    for option in found.params:
        if option.required or option.name in ONLY_COMMANDS or option.name is None:
            continue
        wanted: Any = parameters[option.name].default
        if isinstance(wanted, tuple) and not option.multiple:
            wanted = ",".join(map(str, wanted)) or (None if values[option.name] is None else "")
        assert values[option.name] == wanted, option.name


def _given(option: click.Parameter) -> list[str]:
    value = "npy" if option.name == "format" else "3"
    return [value] if isinstance(option, click.Argument) else [option.opts[0], value]
