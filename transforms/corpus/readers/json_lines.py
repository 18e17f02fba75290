"""Reads JSON lines: an object is a row. A line that is no object is a row with an error; a blank line is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import orjson
import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.readers import blocks
from transforms.corpus.readers.columns import ColumnBatch, Roles
from transforms.corpus.readers.opening import open_stream
from transforms.corpus.sources import Source

_LOOKED_AT = 1000


def columns(source: Source, options: ReadOptions) -> pa.Schema | None:
    """The keys of the first objects; None where there is none. Nothing is known of a key that comes later."""
    with open_stream(source) as stream:
        block, _ = next(blocks.whole(blocks.stretch(stream, None)), (b"", True))
    lines = (line for line in block.split(b"\n") if line and not line.isspace())
    types: dict[str, pa.DataType] = {}
    for number, line in enumerate(islice(lines, _LOOKED_AT)):
        row = _parse(line)
        if isinstance(row, str):
            if number == 0 and line.lstrip().startswith(b"["):
                raise RequestError(f"{source.uri}: is a JSON array, not one object a line; write it as .jsonl")
            continue
        for key, value in row.items():
            known = types.get(key)
            if known is None or pa.types.is_null(known):
                types[key] = _type(value)
    return pa.schema(list(types.items())) if types else None


def _type(value: Any) -> pa.DataType:
    if isinstance(value, str):
        return pa.string()
    if isinstance(value, dict | list):
        return pa.list_(pa.null())
    return pa.null() if value is None else pa.float64()


def read(source: Source, roles: Roles, options: ReadOptions, part: Range | None) -> Iterator[ColumnBatch]:
    """The rows of a source or of a stretch of it."""
    with open_stream(source) as stream:
        for block, _ in blocks.whole(blocks.stretch(stream, part)):
            rows: list[dict[str, Any]] = []
            errors: dict[int, str] = {}
            for line in block.split(b"\n"):
                if not line or line.isspace():
                    continue
                row = _parse(line)
                if isinstance(row, str):
                    errors[len(rows)] = row
                    row = {}
                rows.append(row)
            if rows:
                yield _arrange(rows, errors, roles)


def _parse(line: bytes) -> dict[str, Any] | str:
    """An object, or what is wrong with the line."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return f"BadJson: {error.msg} at character {error.pos} of the line"
    return row if isinstance(row, dict) else "BadJson: the line holds no object"


def _arrange(rows: Sequence[dict[str, Any]], errors: dict[int, str], roles: Roles) -> ColumnBatch:
    values = {name: [row.get(name) for row in rows] for name in roles.columns}
    for name in roles.payload:
        for position, value in enumerate(values[name]):
            if isinstance(value, dict | list):
                errors[position] = f"NotText: {name!r} holds {'an object' if isinstance(value, dict) else 'a list'}"
                values[name][position] = None
    arrays = {name: _strings(found) for name, found in values.items()}
    return ColumnBatch(arrays, pa.array(map(errors.get, range(len(rows))), pa.string()) if errors else None)


def _strings(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([_string(value) for value in values], pa.string())


def _string(value: Any) -> str | None:
    """A scalar as text, anything nested as JSON."""
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


def split(source: Source, options: ReadOptions, max_bytes: int) -> list[Range | None]:
    """Even stretches."""
    return blocks.even_ranges(source.size, max_bytes)
