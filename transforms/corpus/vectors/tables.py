"""Reads vectors out of a list column of Parquet, Arrow and Lance tables."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.arrays import Vectors
from transforms.common.errors import RequestError
from transforms.corpus.columns.column_types import is_list, plain
from transforms.corpus.columns.roles import Roles
from transforms.corpus.formats import format_of
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.readers.tables import TABLES
from transforms.corpus.sources import Source
from transforms.corpus.vectors.vector_file import VectorRows, not_finite


class TableVectors:
    """Implements `VectorFile`: the rows of one file or fragment, without those that a Delta or Lance table has deleted.

    Raises:
      RequestError: it has no column of vectors, or several and none is named.
    """

    def __init__(self, source: Source, options: ReadOptions) -> None:
        assert options.vectors is not None, "vectors are read"
        self._source = source
        self._options = options
        form = format_of(source.name)
        assert form is not None, "the listing has looked at the name"
        self._reader: Any = TABLES[form.kind]
        schema: pa.Schema | None = self._reader.columns(source, options)
        self.column = None if schema is None else _vector_column(schema, options.vectors.column, source.uri)

    @cached_property
    def dim(self) -> int | None:
        """That of the first row that has a vector."""
        for column in islice(self._columns(None), 64):
            lengths = pc.drop_null(pc.list_value_length(column))
            if len(lengths):
                return int(lengths[0].as_py()) or None
        return None

    @property
    def rows(self) -> int | None:
        return 0 if self.column is None else None

    def read(self, part: Range | None, *, dim: int) -> Iterator[VectorRows]:
        for column in self._columns(part):
            yield _rows(column, dim)

    def split(self, max_bytes: int) -> list[Range | None]:
        if self.column is None:
            return [None]
        ranges: list[Range | None] = self._reader.split(self._source, self._options, max_bytes)
        return ranges

    def _columns(self, part: Range | None) -> Iterator[pa.Array]:
        if self.column is None:
            return
        roles = Roles(payload=(self.column,), by_uri=False, id=None, label=None, keep=())
        try:
            for batch in self._reader.read(self._source, roles, self._options, part):
                yield batch.columns[self.column]
        except pa.ArrowInvalid as error:
            if "all lists to be of size" not in str(error):
                raise
            raise RequestError(
                f"{self._source.uri}: has null vectors in a column of lists of one size, which Arrow cannot read back from"
                " Parquet: leave those rows out, or write the column as list<float>"
            ) from error


def holds_lists_of_fractions(kind: pa.DataType) -> bool:
    """Whether values are lists of fractions, as vectors are stored."""
    return is_list(kind) and pa.types.is_floating(kind.value_type)


def _vector_column(schema: pa.Schema, asked: str | None, uri: str) -> str:
    lists = [field.name for field in schema if holds_lists_of_fractions(field.type)]
    shown = ", ".join(lists) or "none of fractions"
    if asked is not None:
        if asked not in schema.names:
            raise RequestError(f"{uri}: has no column {asked!r}: its columns of lists are {shown}")
        kind = schema.field(asked).type
        if not holds_lists_of_fractions(kind):
            raise RequestError(
                f"{uri}: column {asked!r} holds {kind}, and vectors are lists of fractions: it has {shown}"
            )
        return asked
    if len(lists) != 1:
        found = f"has {len(lists)} columns of lists of fractions" if lists else "has no column of lists of fractions"
        advice = (
            f"({shown}): name one with --vector-column" if lists else f"(its columns: {', '.join(schema.names[:20])})"
        )
        raise RequestError(f"{uri}: {found} {advice}")
    return lists[0]


def _rows(column: pa.Array, dim: int) -> VectorRows:
    lengths = pc.list_value_length(plain(column))
    fits = pc.fill_null(pc.equal(lengths, dim), False)
    if pc.all(fits, min_count=0).as_py():
        vectors = _matrix(column, dim)
        return VectorRows(vectors=vectors, errors=not_finite(vectors))
    mask = fits.to_numpy(zero_copy_only=False)
    vectors = np.zeros((len(column), dim), np.float32)
    vectors[mask] = _matrix(column.filter(fits), dim)
    errors = not_finite(vectors)
    for row, length in enumerate(lengths.to_pylist()):
        if length is None:
            errors[row] = "MissingValue: there is no vector"
        elif length != dim:
            errors[row] = f"WrongLength: the vector has {length:,} values, the others have {dim:,}"
    return VectorRows(vectors=vectors, errors=errors)


def _matrix(column: pa.Array, dim: int) -> Vectors:
    """Lists of one length as float32 [n, dim]; a value that is null is NaN."""
    values = column.flatten()
    if values.type != pa.float32():
        values = values.cast(pa.float32(), safe=False)
    if values.null_count:
        values = pc.fill_null(values, float("nan"))
    matrix: Vectors = np.ascontiguousarray(values.to_numpy(zero_copy_only=False), np.float32).reshape(-1, dim)
    return matrix
