"""Reads JSON lines: an object is a row. A line that is no object is a row with an error; a blank line is none."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.corpus.columns.batches import ColumnBatch
from transforms.corpus.columns.kept import INFERRED
from transforms.corpus.columns.roles import Roles
from transforms.corpus.items import not_utf8_message
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.sources import Source
from transforms.corpus.streams import blocks
from transforms.corpus.streams.encoding import UTF8_BOM, is_converted
from transforms.corpus.streams.opening import open_text

NO_OBJECT = "BadJson: the line holds no object"
_LOOKED_AT = 1000
_LONG_NUMBER = re.compile(rb"[0-9]{19}")


def columns(source: Source, options: ReadOptions) -> pa.Schema | None:
    """The keys of the first objects and their types; None where no line holds anything.

    A key that is asked for and is not there is looked for up to the file's end.
    """
    wanted = {name for name in (options.id_column, options.label_column, *options.keep) if name is not None}
    wanted |= {name.strip() for name in (options.text_column or "").split(",") if name.strip()}
    wanted |= {options.image_column} if options.image_column is not None else set()
    types: dict[str, pa.DataType] = {}
    first: dict[str, Any] | None = None
    seen = objects = 0
    with open_text(source, options, mac_line_ends=True) as stream:
        for block, _ in blocks.whole(blocks.stretch(stream, None)):
            for line in block.split(b"\n"):
                if not line or line.isspace():
                    continue
                seen += 1
                if objects >= _LOOKED_AT and not wanted:
                    break
                missing = [name for name in wanted if name not in types or pa.types.is_null(types[name])]
                if objects >= _LOOKED_AT and not any(orjson.dumps(name) in line for name in missing):
                    continue
                row = exact_object(line)
                if isinstance(row, str):
                    if seen == 1 and line.lstrip().startswith(b"["):
                        raise RequestError(f"{source.uri}: is a JSON array, not one object a line; write it as .jsonl")
                    continue
                objects += 1
                first = row if objects == 1 else None
                for key, value in row.items():
                    types[key] = _agreed(types.get(key), _type(value))
            if objects >= _LOOKED_AT and not any(pa.types.is_null(types.get(name, pa.null())) for name in wanted):
                break
    if first is not None and seen == 1 and options.modality == "text" and options.text_column is None:
        _require_row(first, source)
    return pa.schema(list(types.items())) if seen else None


def _require_row(only: dict[str, Any], source: Source) -> None:
    """Refuses a file's only object where the rows seem to be inside it: {"version": "v2.0", "data": [{...}, ...]}."""
    for key, value in only.items():
        if isinstance(value, list) and len(value) > 1 and all(isinstance(one, dict) for one in value):
            raise RequestError(
                f"{source.uri}: holds one object, whose {key!r} is a list of {len(value):,} objects: write each of them as a"
                " line of its own; if the one object is meant, name its text with --text-column"
            )


def kept(source: Source, options: ReadOptions) -> list[pa.Field]:
    """The kept columns, with the types that their first values have."""
    if not options.keep:
        return []
    schema = columns(source, options)
    fields = []
    for name in options.keep:
        kind = schema.field(name).type if schema is not None and name in schema.names else pa.null()
        fields.append(pa.field(name, pa.string() if pa.types.is_nested(kind) else kind, metadata=INFERRED))
    return fields


def _type(value: Any) -> pa.DataType:
    if isinstance(value, str):
        return pa.string()
    if isinstance(value, dict | list):
        return pa.list_(pa.null())
    if value is None:
        return pa.null()
    if isinstance(value, bool):
        return pa.bool_()
    if isinstance(value, int):
        return pa.int64() if -(2**63) <= value < 2**63 else pa.string()
    return pa.float64()


def _agreed(known: pa.DataType | None, found: pa.DataType) -> pa.DataType:
    if known is None or known == found or pa.types.is_null(known):
        return found
    if pa.types.is_null(found):
        return known
    if {known, found} == {pa.int64(), pa.float64()}:
        return pa.float64()
    return pa.string()


def read(source: Source, roles: Roles, options: ReadOptions, part: Range | None) -> Iterator[ColumnBatch]:
    """The rows of a source or of a stretch of it."""
    with open_text(source, options, mac_line_ends=True) as stream:
        for block, _ in blocks.whole(blocks.stretch(stream, part)):
            lines: list[bytes] = []
            rows: list[dict[str, Any]] = []
            errors: dict[int, str] = {}
            for line in block.split(b"\n"):
                # What most lines are comes first: this loop is half of what reading costs.
                try:
                    row = orjson.loads(line)
                except ValueError:
                    row = None
                if type(row) is not dict:
                    if not line or line.isspace():
                        continue
                    row = exact_object(line)
                    if isinstance(row, str):
                        errors[len(rows)] = row
                        row = {}
                lines.append(line)
                rows.append(row)
            if rows:
                yield _arrange(rows, lines, errors, roles)


def exact_object(line: bytes) -> dict[str, Any] | str:
    """An object, with integers of any length, or what is wrong with the line: "Kind: message"."""
    try:
        # orjson makes floats of integers beyond 64 bits, and knows no NaN.
        row = orjson.loads(line)
        if _LONG_NUMBER.search(line):
            row = json.loads(line)
    except (ValueError, RecursionError) as error:
        if line.startswith(UTF8_BOM):  # where files are joined, each brings its own
            return exact_object(line.removeprefix(UTF8_BOM))
        row = _with_nan(line)
        if row is None:
            return _bad_json(line, error)
    return row if isinstance(row, dict) else NO_OBJECT


def _bad_json(line: bytes, error: Exception) -> str:
    try:
        line.decode()
    except UnicodeDecodeError as fault:
        return f"NotUTF8: {not_utf8_message(fault)}"
    message, place = getattr(error, "msg", str(error)), getattr(error, "pos", 0)
    return f"BadJson: {message} at character {place} of the line"


def _with_nan(line: bytes) -> Any:
    """A line as Python's reader understands it, which knows NaN and Infinity; None where it does not."""
    if b"NaN" not in line and b"Infinity" not in line:
        return None
    try:
        row = json.loads(line)
        json.dumps(row, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError):
        return None
    return row


def _arrange(
    rows: Sequence[dict[str, Any]], lines: Sequence[bytes], errors: dict[int, str], roles: Roles
) -> ColumnBatch:
    arrays = {}
    for name in roles.columns:
        values = [row.get(name) for row in rows]
        try:
            arrays[name] = pa.array(values, pa.string())
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            arrays[name] = _strings(name, values, lines, errors, is_payload=name in roles.payload)
    return ColumnBatch(arrays, pa.array(map(errors.get, range(len(rows))), pa.string()) if errors else None)


def _strings(
    name: str, values: list[Any], lines: Sequence[bytes], errors: dict[int, str], *, is_payload: bool
) -> pa.Array:
    """Values that are not all texts, as texts; notes in `errors` what can be no payload."""
    for position, value in enumerate(values):
        if isinstance(value, str) or value is None:
            continue
        nested = isinstance(value, dict | list)
        if nested and is_payload:
            errors[position] = f"NotText: {name!r} holds {'an object' if isinstance(value, dict) else 'a list'}"
            values[position] = None
            continue
        if (nested or isinstance(value, float)) and _LONG_NUMBER.search(lines[position]):
            exact = exact_object(lines[position])
            if isinstance(exact, str):
                errors[position] = exact
            value = None if isinstance(exact, str) else exact.get(name)
        try:
            values[position] = as_json_text(value)
        except RecursionError:
            errors[position] = f"BadJson: {name!r} is nested too deeply"
            values[position] = None
    return pa.array(values, pa.string())


def as_json_text(value: Any) -> str | None:
    """A scalar as text, anything nested as JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return json.dumps(value)
    try:
        text = orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits inside
        text = b"null"
    # orjson writes NaN as null.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if b"null" in text else text.decode()


def split(source: Source, options: ReadOptions, max_bytes: int) -> list[Range | None]:
    """Even stretches; [None] where the file is in another encoding than UTF-8."""
    with open_text(source, options, mac_line_ends=True) as stream:
        if is_converted(stream):
            return [None]
    return blocks.even_ranges(source.size, max_bytes)
