"""Reads a file of labels by the readers of the corpus, so that a label is what it would be as a column of the corpus.

The values of CSV, TSV and JSON lines stay what is written there ("01", "1.0", "NA"); an empty one of CSV and TSV is none.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.errors import RequestError
from transforms.corpus.columns.kept import as_text, label_text
from transforms.corpus.columns.roles import Roles
from transforms.corpus.formats import format_of
from transforms.corpus.options import ReadOptions
from transforms.corpus.readers import delimited, json_lines, parquet
from transforms.corpus.sources import Source
from transforms.storage import files

_READERS: dict[str, Any] = {"comma": delimited, "tab": delimited, "json": json_lines, "parquet": parquet}


@dataclass(frozen=True, eq=False)
class LabelFile:
    """Labels by id, read from a file. `columns[name][row]` belongs to `row_of[id]`."""

    path: str
    row_of: dict[str, int]
    columns: dict[str, pa.ChunkedArray]

    @staticmethod
    def read(path: str, names: Sequence[str]) -> LabelFile:
        """Reads `id` and the named columns.

        Raises:
          RequestError: there is no such file or column, or an id stands twice.
        """
        table = read_columns(path, names)
        missing = [name for name in ("id", *names) if name not in table.column_names]
        if missing:
            raise RequestError(f"{path} has no column {missing[0]!r}: it has {', '.join(table.column_names)}")
        ids = table["id"].to_pylist()
        row_of = {name: row for row, name in enumerate(ids) if name is not None}
        if len(row_of) < len(ids):
            twice = [name for name, count in Counter(ids).items() if count > 1 or name is None]
            raise RequestError(f"{path}: {len(twice):,} ids stand more than once or are empty, first {twice[0]!r}")
        return LabelFile(path, row_of, {name: table[name] for name in names})

    def joined(self, ids: Iterable[str | None], name: str) -> pa.Array:
        """The labels of these ids, null where the file has none."""
        rows = pa.array([self.row_of.get(item or "") for item in ids], pa.int64())
        taken = self.columns[name].take(rows)
        return taken.combine_chunks() if isinstance(taken, pa.ChunkedArray) else taken

    def require_known(self, ids: pa.ChunkedArray) -> None:
        """Refuses a file with ids that are none of the table's `ids`.

        Raises:
          RequestError: how many, and what they look like.
        """
        given = pa.array(list(self.row_of), pa.string())
        strange = given.filter(pc.invert(pc.is_in(given, value_set=ids.combine_chunks())))
        if len(strange):
            raise RequestError(
                f"{len(strange):,} of the {len(given):,} ids of {self.path} are not in the table, such as"
                f" {', '.join(map(repr, strange[:3].to_pylist()))}; ids of the table look like"
                f" {', '.join(map(repr, ids[:3].to_pylist()))}. To pass over them: --skip-unknown"
            )


def read_columns(path: str, names: Sequence[str]) -> pa.Table:
    """Reads the columns of these names and `id` as text; where one is missing, the names of all columns, without rows.

    Raises:
      RequestError: there is no such file, or it is none of the formats.
    """
    try:
        form = format_of(path)
        reader = _READERS.get(form.kind) if form is not None else None
        # A name that tells no format was always one of CSV.
        name = files.basename(path) + ("" if reader is not None else ".csv")
        source = Source(name=name, uri=path, size=files.size(path), fingerprint="")
        options = ReadOptions(modality="text", id_column="id", keep=tuple(names))
        return _columns(source, reader or delimited, options)
    except OSError as error:
        raise RequestError(f"the labels' file {path} cannot be read: {error.strerror or error}") from error
    except pa.ArrowInvalid as error:
        raise RequestError(_no_table(path, str(error).splitlines()[0])) from error


def _columns(source: Source, reader: Any, options: ReadOptions) -> pa.Table:
    schema: pa.Schema | None = reader.columns(source, options)
    if schema is None:
        raise RequestError(_no_table(source.uri, "it is empty"))
    wanted = list(dict.fromkeys(name for name in ("id", *options.keep) if name in schema.names))
    for name in wanted:
        if len(schema.get_all_field_indices(name)) > 1:
            raise RequestError(f"{source.uri}: has more than one column named {name!r}: rename all but one")
    if len(wanted) < len({"id", *options.keep}) and (schema.names or reader is not json_lines):
        return pa.table({name: pa.nulls(0) for name in schema.names})
    pieces: dict[str, list[pa.Array]] = {name: [] for name in wanted}
    roles = Roles(payload=(), by_uri=False, id=None, label=None, keep=tuple(wanted))
    for batch in reader.read(source, roles, options, None):
        _require_sound(batch.errors, source.uri)
        for name in wanted:
            pieces[name].append(_text(batch.columns[name], name, source.uri))
    columns = {name: pa.chunked_array(found, None if found else pa.string()) for name, found in pieces.items()}
    for name, column in columns.items():
        if pa.types.is_nested(schema.field(name).type):
            columns[name] = _lists(column, name, source.uri)
        elif reader is delimited or name == "id":
            columns[name] = pc.if_else(pc.equal(column, ""), None, column)
    return pa.table(columns)


def _require_sound(errors: pa.Array | None, path: str) -> None:
    """Refuses a file with a row that could not be made sense of: a label that is lost would be a missing one."""
    first = None if errors is None else next((error for error in errors.to_pylist() if error is not None), None)
    if first is not None:
        raise RequestError(_no_table(path, first.partition(": ")[2] or first))


def _text(values: pa.Array, name: str, path: str) -> pa.Array:
    """Values as strings, as the corpus has ids and labels; lists are left as they are.

    What is not UTF-8 is refused: a substitute could make two labels one.
    """
    if pa.types.is_nested(values.type):
        return values
    texts, errors = (as_text if name == "id" else label_text)(values, name)
    if errors:
        raise RequestError(f"{path}: the column {name!r} holds bytes that are not UTF-8: save it as UTF-8")
    return texts


def _lists(column: pa.ChunkedArray, name: str, path: str) -> pa.ChunkedArray:
    """Lists of labels: those of Parquet, and those that the reader of JSON lines gives as JSON."""
    kind, is_json = column.type, pa.types.is_string(column.type)
    rows = [None if value is None else json.loads(value) for value in column.to_pylist()] if is_json else []
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    if not (is_json or is_list) or any(isinstance(row, dict) for row in rows):
        raise RequestError(f"{path}: the column {name!r} holds objects: a label must be a text or a list of texts")
    if is_list:
        return column.cast(pa.list_(kind.value_type))
    lists = [None if row is None else [_written(value) for value in row] for row in rows]
    return pa.chunked_array([pa.array(lists, pa.list_(pa.string()))])


def _written(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _no_table(path: str, why: str) -> str:
    return f"{path} is no CSV, TSV, JSON lines or Parquet file: {why}"
