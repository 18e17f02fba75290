"""Lists the sections of a job file: each holds steps of one kind, whose options are those of a command."""

from __future__ import annotations

import inspect
import os
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import annotated_types
import click
from pydantic import Field, create_model

from launch.cli import cli
from launch.jobs.cluster import cluster
from launch.jobs.duplicates import duplicates
from launch.jobs.embed import embed
from launch.jobs.export import export
from launch.jobs.given import Bounds
from launch.jobs.index import build_index
from launch.jobs.neighbors import neighbors
from launch.jobs.predict import predict
from launch.jobs.train import train
from launch.yaml_file import Description

_NOT_OPTIONS = ("version", "dry_run", "rebuild", "runner", "beam")
"""Parameters that a refresh gives itself."""


@dataclass(frozen=True)
class Section:
    """Steps of one kind.

    Attributes:
      name: in the job file, and of the folder that they write to unless they say otherwise.
      noun: what a step makes.
      command: the command that a step stands for.
      run: the function that the command calls.
      references: parameters that name what another step makes: parameter -> (its name in the job file, section).
      by_version: every run writes to a folder of its own, which is called as the table's version.
    """

    name: str
    noun: str
    command: str
    run: Callable[..., Any]
    references: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    by_version: bool = False

    @cached_property
    def options(self) -> type[Description]:
        """What a step of this section may say: an option of the command each, with its type."""
        hints = get_type_hints(self.run, include_extras=True)
        helps = self._helps()
        fields: dict[str, Any] = {}
        for name, parameter in inspect.signature(self.run).parameters.items():
            if name in _NOT_OPTIONS:
                continue
            if name in self.references:
                called, section = self.references[name]
                fields[called] = (str, Field(description=f"Name of one of the {section} of this file."))
                continue
            hint = str if name == "encoder" else _readable(hints[name])
            default = parameter.default
            if name == "to":
                hint, default = str | None, None
            required = default is inspect.Parameter.empty
            described = Field(description=helps.get(name)) if required else Field(default, description=helps.get(name))
            fields[name] = (hint, described)
        return create_model(self.noun, __base__=Description, **fields)

    @cached_property
    def paths(self) -> frozenset[str]:
        """Options that are paths, from the job file's folder."""
        hints = get_type_hints(self.run)
        return frozenset(name for name, hint in hints.items() if name not in self.references and _has_path(hint))

    def _helps(self) -> dict[str, str]:
        command = cli.get_command(click.Context(cli), self.command)
        assert command is not None
        return {
            option.name: option.help
            for option in command.params
            if isinstance(option, click.Option) and option.name and option.help
        }


_TABLE = {"table": ("table", "tables")}
SECTIONS = {
    section.name: section
    for section in (
        Section("tables", "table", "embed", embed),
        Section("models", "model", "train", train, _TABLE),
        Section("indexes", "index", "index", build_index, _TABLE),
        Section(
            "predictions",
            "predictions",
            "predict",
            predict,
            {"model": ("model", "models"), "inputs": ("table", "tables")},
        ),
        Section("neighbors", "neighbors", "neighbors", neighbors, {**_TABLE, "index": ("index", "indexes")}),
        Section("duplicates", "duplicates", "duplicates", duplicates, _TABLE),
        Section("clusters", "clusters", "cluster", cluster, _TABLE),
        Section("exports", "export", "export", export, _TABLE, by_version=True),
    )
}
"""In the order in which their steps run: a step refers to sections before its own only."""


def _readable(hint: Any) -> Any:
    """A parameter's type as a file can give it: paths are texts, bounds are those of pydantic."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        bounds = next(extra for extra in arguments[1:] if isinstance(extra, Bounds))
        low = {"gt" if bounds.without_low else "ge": bounds.low}
        high = {} if bounds.high == float("inf") else {"lt" if bounds.without_high else "le": bounds.high}
        return Annotated[arguments[0], annotated_types.Interval(**low, **high)]
    if origin in (Union, types.UnionType):
        arms = dict.fromkeys(_readable(arm) for arm in arguments)
        return Union[tuple(arms)]  # noqa: UP007
    if origin is not None and origin is not Literal and arguments and _has_path(hint):
        return list[str]
    return str if origin is os.PathLike or hint is os.PathLike else hint


def _has_path(hint: Any) -> bool:
    return get_origin(hint) is os.PathLike or any(_has_path(inner) for inner in get_args(hint) if inner is not hint)
