"""Reads versioned JSON: refuses what a newer release wrote, ignores unknown fields, defaults missing ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from transforms.common.errors import RequestError


def format_number(found: str | int | None, newest: str) -> int | None:
    """The major version that `found` names: 1 where there is none, since the first formats had no name.

    Args:
      found: the value of a file's `format` field: "vectormill-index-1", a number, or None.
      newest: the newest format that this release knows: "vectormill-index-1".

    Returns:
      None where `found` names something else: another kind of file, or nothing that can be understood.
    """
    if found is None:
        return 1
    if isinstance(found, bool):
        return None
    if isinstance(found, int):
        return found
    kind, _, number = str(found).rpartition("-")
    return int(number) if kind == newest.rpartition("-")[0] and number.isdecimal() else None


def require_format(found: str | int | None, newest: str, *, where: str, noun: str) -> int:
    """The major version of a file, which this release can read.

    Args:
      found, newest: as of `format_number`.
      where: the path that the person knows: of the table, model or index.
      noun: what is there: "table".

    Raises:
      RequestError: a newer release wrote it, or it is of another kind.
    """
    number, known = format_number(found, newest), format_number(newest, newest)
    assert known is not None, newest
    if number is None:
        raise RequestError(
            f"{where} is not what Vectormill writes for {_a(noun)} (its format is {found!r}): check the path"
        )
    if number > known:
        raise RequestError(
            f"{where} was written by a newer Vectormill ({noun} format {number}; this one reads up to {known}):"
            " upgrade Vectormill"
        )
    return number


def known_fields(cls: type, values: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    """Those of `values` that are fields of the dataclass `cls`: what `cls(**...)` takes, its defaults filling the rest.

    Args:
      where: the file that the values are from.

    Raises:
      RequestError: a field without a default is missing, or `values` is no JSON object.
    """
    if not isinstance(values, Mapping):
        raise RequestError(f"{where} is damaged (it holds no JSON object): restore it from a copy")
    known = [field for field in fields(cls) if field.init]
    for field in known:
        if field.name not in values and field.default is MISSING and field.default_factory is MISSING:
            raise RequestError(f"{where} is damaged (it lacks {field.name!r}): restore it from a copy")
    return {field.name: values[field.name] for field in known if field.name in values}


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
