"""Reads a YAML file that a person wrote into a typed description, and says in which line something is wrong."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from transforms.common.errors import RequestError, one_line
from transforms.storage import files


class Description(BaseModel):
    """A base of descriptions: immutable, and without fields that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


Described = TypeVar("Described", bound=Description)
Place = tuple[str | int, ...]
"""Keys and positions that lead from the top of a document to a value."""

_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")
"""What pydantic calls a name that a description, or a dataclass in it, does not have."""


def read_yaml(path: str, kind: type[Described]) -> Described:
    """The description in the file at `path`, local or remote.

    Raises:
      RequestError: it cannot be read, is no YAML, gives a key twice, or does not fit `kind`.
    """
    try:
        text = files.read(path).decode()
    except OSError as error:
        raise RequestError(f"{path} cannot be read: {one_line(error)}") from error
    except UnicodeDecodeError as error:
        raise RequestError(f"{path} is no UTF-8 text, from byte {error.start}") from error
    loader = yaml.SafeLoader(text)
    try:
        top = loader.get_single_node()
        _require_keys_once(path, top)
        values = {} if top is None else loader.construct_document(top)
    except yaml.MarkedYAMLError as error:
        where = "" if error.problem_mark is None else f", {_at(error.problem_mark)}"
        raise RequestError(f"{path}{where}: {error.problem or 'this is no YAML'}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise RequestError(f"{path} is no YAML: {one_line(error)}") from error
    finally:
        loader.dispose()
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise RequestError(_complaint(path, top, kind, error)) from error


def misplaced(path: str, place: Place, message: str) -> RequestError:
    """A refusal of the value at `place` of a file that `read_yaml` has read."""
    top = yaml.compose(files.read(path).decode(), Loader=yaml.SafeLoader)
    return RequestError(f"{path}, {_at(_mark(top, place))}: {_named(place)}: {message}")


def nearest(name: str, valid: Sequence[str]) -> str:
    """Words that name what was probably meant by `name`, or all that is valid."""
    close = difflib.get_close_matches(name, valid, n=1, cutoff=0.6)
    if close:
        return f"is {close[0]} meant?"
    return f"there is {', '.join(valid)}" if valid else "there is none"


def _complaint(path: str, top: Any, kind: type[BaseModel], error: ValidationError) -> str:
    # A value that fits no arm of a union is an error of each; a name that is not known explains the others.
    details = sorted(error.errors(include_url=False), key=lambda detail: detail["type"] not in _UNKNOWN)
    detail = details[0]
    is_key = detail["loc"][-1:] == ("[key]",)
    place = tuple(_steps(detail["loc"][:-1] if is_key else detail["loc"], top))
    where = f"{path}, {_at(_mark(top, place))}"
    if detail["type"] in _UNKNOWN:
        name = str(place[-1])
        message = f"there is no {name!r}: {nearest(name, sorted(_names(kind, place[:-1])))}"
        return f"{where}: {_named(place[:-1]) + ': ' if place[:-1] else ''}{message}"
    if detail["type"] == "missing":
        place, name = place[:-1], str(detail["loc"][-1])
        return f"{path}, {_at(_mark(top, place))}: {_named(place) + ' ' if place else 'it '}lacks {name!r}"
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] in ("dict_type", "model_type"):
        message = "this should be a mapping, NAME: VALUE"
    elif is_key:
        message = f"a name should be text: write it as '{place[-1]}'"
    return f"{where}: {_named(place)}: {message[:1].lower()}{message[1:]}"


def _steps(location: Sequence[str | int], top: Any) -> Iterator[str | int]:
    """Those of pydantic's steps that are in the document: it also names arms of unions."""
    node = top
    for index, step in enumerate(location):
        inner = _child(node, step)
        if inner is not None:
            node = inner
            yield step
        elif index == len(location) - 1 and isinstance(node, yaml.MappingNode):
            yield step


def _names(kind: Any, place: Place) -> set[str]:
    """The names of the fields that a description has at `place`."""
    for step in place:
        kind = _inner(kind, step)
    return set(_fields(kind))


def _inner(kind: Any, step: str | int) -> Any:
    if _is_description(kind):
        return _plain(_fields(kind).get(str(step)))
    if get_origin(kind) in (dict, Mapping):
        return _plain(get_args(kind)[1])
    arguments = get_args(kind)
    return _plain(arguments[0]) if arguments else None


def _fields(kind: Any) -> dict[str, Any]:
    """The types of a description's fields, by their names."""
    if is_dataclass(kind):
        return {field.name: field.type for field in dataclass_fields(kind)}
    return {name: field.annotation for name, field in kind.model_fields.items()} if _is_description(kind) else {}


def _is_description(kind: Any) -> bool:
    return isinstance(kind, type) and (is_dataclass(kind) or issubclass(kind, BaseModel))


def _plain(kind: Any) -> Any:
    """The description among the arms of a union, if any; a type without its annotations."""
    if get_origin(kind) is Annotated:
        return _plain(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        arms = [_plain(arm) for arm in get_args(kind) if arm is not types.NoneType]
        return next(filter(_is_description, arms), arms[0])
    return kind


def _require_keys_once(path: str, node: Any, place: Place = ()) -> None:
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            _require_keys_once(path, item, (*place, position))
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        if key.value in seen:
            raise RequestError(f"{path}, {_at(key.start_mark)}: {_named((*place, key.value))} is given twice")
        seen.add(key.value)
        _require_keys_once(path, value, (*place, key.value))


def _child(node: Any, step: str | int) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step]
    return None


def _mark(top: Any, place: Place) -> Any:
    """Where the value at `place` is written: at its key, else where it begins."""
    node, mark = top, None if top is None else top.start_mark
    for step in place:
        inner = _child(node, step)
        if isinstance(node, yaml.MappingNode):
            mark = next((key.start_mark for key, _ in node.value if key.value == str(step)), mark)
        elif inner is not None:
            mark = inner.start_mark
        node = inner
    return mark


def _at(mark: Any) -> str:
    return "line 1" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}"


def _named(place: Place) -> str:
    return ".".join(map(str, place)) or "the file"
