"""Evaluates an SQL condition over the columns of an index to a mask of rows, by polars.

A condition sees one row at a time, so that its value does not depend on which other rows are in the index. It has SQL's three
values, and only rows of which it is true match; single quotes hold text and double quotes a column's name; names are written
as the table writes them.

Only the columns that a condition names are read, as they lie: of an index that is mapped into memory, nothing else is touched.
Where a condition computes, its integers have 128 bits, so that nothing wraps around.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.search.ask.sql import QUOTED, parsed

if TYPE_CHECKING:
    import polars

_EXAMPLE = "write it as in label = 'x' AND year > 2010"
# What polars calls the parts of an expression in which a row sees others, or which make more rows or fewer.
_ACROSS_ROWS = frozenset(
    {
        *("Agg", "AnonymousAgg", "Len", "Over", "Window", "Rolling", "SubPlan"),
        *("Explode", "Filter", "Slice", "Sort", "SortBy", "Gather"),
        *("Rank", "Shift", "ShiftAndFill", "Range", "Correlation", "Quantile", "NullCount", "Unique", "DropNulls"),
    }
)
# What leads out of the range of a column's integers: there polars wraps around.
_ARITHMETIC = frozenset({"Plus", "Minus", "Mul", "Multiply", "Abs"})
# Below these are the person's names and values, and what is done within a text or a list, where a slice is one of a row.
_WITHIN_ROW = frozenset({"Column", "Literal", "StringExpr", "ListExpr", "ArrayExpr", "TemporalExpr", "evaluation"})
# polars recurses over what is nested, and takes the process with it where that is thousands deep. A list of IN is not nested.
_MOST_WORDS = 600
_QUOTED = re.compile(QUOTED)
_WORD = re.compile(r"[^\W\d]\w*|[^\w\s,()]+")


def matching(expression: str, rows: pa.Table, *, name: str = "the index") -> npt.NDArray[np.bool_]:
    """Finds the rows that meet the condition: bool [n]. `name` is what the index is called in messages.

    Raises:
      RequestError: no condition, or one that names a column that is not there, is not true or false, looks at more than a row,
        or compares what does not compare.
    """
    import polars as pl
    from polars.exceptions import PanicException, PolarsError

    said = f"the condition {expression!r}" if len(expression) <= 80 else f"the condition {expression[:79]!r}…"
    if len(_WORD.findall(_QUOTED.sub(" ", expression))) > _MOST_WORDS:
        raise RequestError(f"{said} is too long: for many values, write column IN ('a', 'b', …)")
    if not expression.strip():
        raise RequestError(f"{said} cannot be read: it is empty; {_EXAMPLE}")
    try:
        condition = parsed(expression)
        names = sorted(set(condition.meta.root_names()))
        kinds = set(_kinds(condition))
    except RecursionError as error:
        raise RequestError(f"{said} is nested too deep: for many values, write column IN ('a', 'b', …)") from error
    except (PolarsError, PanicException, UnicodeError) as error:
        raise RequestError(f"{said} cannot be read: {_line(error)}; {_EXAMPLE}") from error
    missing = [column for column in names if column not in rows.column_names]
    if missing or not names:
        asked = f"{missing[0]!r}, no column of {name}" if missing else f"no column of {name}"
        raise RequestError(
            f"{said} names {asked}, whose columns are {', '.join(rows.column_names)}; text stands in 'single quotes'"
        )
    if kinds & _ACROSS_ROWS:
        raise RequestError(f"{said} looks at more than one row at a time; {_EXAMPLE}")
    try:
        # What was mapped into memory stays there: to make one chunk of it would be a copy.
        columns = pl.DataFrame(pl.from_arrow(rows.select(names), rechunk=False))
        found = (_widened(columns) if kinds & _ARITHMETIC else columns).select(condition).to_series()
    except (PolarsError, PanicException) as error:
        types = {column: rows.schema.field(column).type for column in names}
        said_types = ", ".join(f"{column} is {kind}" for column, kind in types.items())
        raise RequestError(f"{said} does not fit its columns ({said_types}): {_line(error)}{_advice(types)}") from error
    if found.dtype != pl.Boolean:
        raise RequestError(f"{said} is a value ({found.dtype}), neither true nor false; {_EXAMPLE}")
    if len(found) != rows.num_rows:
        raise RequestError(f"{said} makes {len(found):,} rows of {rows.num_rows:,}; {_EXAMPLE}")
    return _filled(found)


def _widened(columns: polars.DataFrame) -> polars.DataFrame:
    import polars as pl

    integers = [kind for kind in set(columns.dtypes) if kind.is_integer()]
    return columns.cast(dict.fromkeys(integers, pl.Int128))


def _advice(types: dict[str, pa.DataType]) -> str:
    """How values of such columns are written, where that is not plain from an error."""
    forms = []
    for kind in types.values():
        if pa.types.is_date(kind):
            forms.append("a date is written DATE '2020-01-31'")
        elif pa.types.is_timestamp(kind) and kind.tz is not None:
            forms.append("a time with a zone is written TIMESTAMPTZ '2020-01-31 12:00:00+00:00'")
        elif pa.types.is_timestamp(kind):
            forms.append("a time without a zone is written TIMESTAMP '2020-01-31 12:00:00'")
    return "".join(f"; {form}" for form in dict.fromkeys(forms))


def _filled(found: polars.Series) -> npt.NDArray[np.bool_]:
    return np.asarray(found.fill_null(False).to_numpy(), np.bool_)


def _kinds(condition: polars.Expr) -> Iterator[str]:
    """Yields the kinds of the nodes of an expression, which polars gives in JSON alone."""
    waiting: list[Any] = [json.loads(condition.meta.serialize(format="json"))]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            yield from part
            waiting += [inner for kind, inner in part.items() if kind not in _WITHIN_ROW]


def _line(error: BaseException) -> str:
    """The first line of a message of polars; the rest is a drawing of its plan."""
    first = str(error).strip().partition("\n")[0].rstrip(":. ")
    return first if len(first) <= 160 else f"{first[:159]}…"
