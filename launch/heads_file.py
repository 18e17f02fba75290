"""Reads the file of heads of `vectormill train --heads`: a YAML list, each entry with a name and options of its own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, get_args

from transforms.common.errors import RequestError

if TYPE_CHECKING:
    from transforms.heads.job import HeadOptions


def heads_of_file(path: str, head: HeadOptions) -> tuple[HeadOptions, ...]:
    """The heads of the file at `path`, each with the options of `head` where the file gives none.

    Raises:
      RequestError: the file cannot be read or is no such list, an option is unknown or has a value of the wrong kind, or two
        heads have one name.
    """
    import yaml

    from transforms.heads.job import (
        OLD_NAME_OF_C,
        FineTuneOptions,
        HeadKind,
        HeadOptions,
        MlpOptions,
        implied_kind,
    )

    try:
        with open(path, encoding="utf-8") as stream:
            entries = yaml.safe_load(stream)
    except OSError as error:
        raise RequestError(f"--heads {path} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise RequestError(f"--heads {path} is no YAML: {str(error).splitlines()[0]}") from error
    if (
        not entries
        or not isinstance(entries, list)
        or not all(isinstance(entry, dict) and "name" in entry for entry in entries)
    ):
        raise RequestError(f"--heads {path}: write a list, each with a name (and label, kind, balanced, mlp, …)")
    known = {field.name for field in fields(head)} - {"given"}
    usual = {name: value for name, value in vars(HeadOptions()).items() if name in known}
    usual = {**usual, OLD_NAME_OF_C: usual["inverse_regularization"]}
    heads = []
    for entry in entries:
        strange = sorted(set(entry) - set(usual))
        if strange:
            raise RequestError(
                f"--heads {path}: {entry['name']} has {strange[0]!r}; there is {', '.join(sorted(known))}"
            )
        values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in entry.items()}
        kinds: dict[str, Any] = {"mlp": MlpOptions, "fine_tune": FineTuneOptions}
        for name, kind in kinds.items():
            if isinstance(values.get(name), dict):
                try:
                    values[name] = kind(**{n: tuple(v) if isinstance(v, list) else v for n, v in values[name].items()})
                except TypeError as error:
                    raise RequestError(f"--heads {path}: {entry['name']}, {name}: {error}") from error
        wrong = _misfit(values, usual)
        if wrong is None and values.get("kind", "linear") not in get_args(HeadKind):
            wrong = f"kind cannot be {values['kind']!r}: it is auto, linear, knn or mlp"
        if {OLD_NAME_OF_C, "inverse_regularization"} <= set(values):
            wrong = f"{OLD_NAME_OF_C} is an old name of inverse_regularization: give one of them"
        if wrong is not None:
            raise RequestError(f"--heads {path}: {entry['name']}: {wrong}")
        if OLD_NAME_OF_C in values:
            values["inverse_regularization"] = values.pop(OLD_NAME_OF_C)
        try:
            values["kind"] = implied_kind(
                values.get("kind", head.kind),
                fine_tune=values.get("fine_tune", head.fine_tune) is not None,
                of_linear="inverse_regularization" in values,
                of_mlp="mlp" in values,
            )
        except RequestError as error:
            raise RequestError(f"--heads {path}: {entry['name']}: {error}") from error
        heads.append(replace(head, **values))
    names = [entry.name for entry in heads]
    if len(set(names)) < len(names) or not are_folders(names):
        raise RequestError(f"--heads {path}: every head needs a name of its own, without a slash, that is no number")
    return tuple(heads)


def are_folders(names: Iterable[str]) -> bool:
    """Whether each name can be a folder's beside those that a model has itself."""
    return all(name and "/" not in name and not name.startswith(("_", ".")) and not name.isdigit() for name in names)


def _misfit(given: dict[str, Any], usual: dict[str, Any]) -> str | None:
    """The first option whose value is of another kind than its usual one, if any: YAML has kinds of its own."""
    for name, value in given.items():
        default = usual[name]
        if is_dataclass(value) and not isinstance(value, type):
            inner = _misfit(vars(value), vars(type(value)()))
            if inner is not None:
                return f"{name}, {inner}"
        elif not (value is None and default is None) and not _is_like(value, "" if default is None else default):
            return f"{name} cannot be {value!r}"
    return None


def _is_like(value: Any, default: Any) -> bool:
    if isinstance(default, tuple):
        return isinstance(value, tuple) and bool(value) and all(_is_like(v, default[0]) and v > 0 for v in value)
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(default)
