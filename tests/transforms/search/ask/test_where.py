"""Conditions: what they let through, against plain Python, and what is said of those that are none."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.common.errors import RequestError
from transforms.search.ask.where import matching

DAY = datetime.date(2020, 1, 1)
ROWS = pa.table(
    {
        "id": ["r0", "r1", "r2", "r3"],
        "label": ["a", "b", None, "it's"],
        "year": [2001, 2002, 2003, None],
        "good": [True, False, None, True],
        "day": pa.array([DAY, DAY, None, datetime.date(2021, 1, 1)]),
        "tags": [["x"], ["y", "x"], [], None],
        "my column": [0.5, 2.0, float("nan"), None],
        "Agg": ["Len", "Over", "Sort", "Len"],
    }
)


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ("label = 'a'", [0]),
        ("label <> 'a'", [1, 3]),
        ("label = 'it''s'", [3]),
        ("label IN ('a', 'b')", [0, 1]),
        ("label NOT IN ('a')", [1, 3]),
        ("label LIKE '%t_s'", [3]),
        ("label IS NULL", [2]),
        ("label IS NOT NULL AND year > 2001", [1]),
        ("year BETWEEN 2002 AND 2003", [1, 2]),
        ("year > 2001 OR label = 'a'", [0, 1, 2]),
        ("NOT (year > 2001)", [0]),
        ("good", [0, 3]),
        ("NOT good", [1]),
        ("day > DATE '2020-06-01'", [3]),
        ("array_contains(tags, 'x')", [0, 1]),
        ('"my column" < 1', [0]),
        ("Agg = 'Len'", [0, 3]),
        ("left(label, 2) = 'it'", [3]),
        ("substr(id, 2, 1) = '1'", [1]),
        ("CASE WHEN year = 2001 THEN true ELSE false END", [0]),
        (f"id IN ({', '.join(repr(f'r{at}') for at in range(2, 3_000))})", [2, 3]),
    ],
)
def test_a_condition_lets_through_the_rows_that_meet_it(condition: str, rows: list[int]) -> None:
    found = matching(condition, ROWS)
    assert (found.dtype, found.shape) == (np.bool_, (4,))
    assert np.flatnonzero(found).tolist() == rows


COLUMNS = "id, label, year, good, day, tags, my column, Agg"


@pytest.mark.parametrize(
    ("condition", "complaint"),
    [
        (
            "label =",
            "the condition 'label =' cannot be read: unable to parse 'label =' as Expr; write it as in label = 'x'",
        ),
        ("", "the condition '' cannot be read: "),
        ("label = 'a'; DROP TABLE x", "cannot be read: "),
        ("SELECT id", "cannot be read: expected an expression (found 'SELECT' clause); write it as in label = 'x'"),
        ("label = '\ud800'", "cannot be read: "),
        ("nope = 3", f"names 'nope', no column of animals, whose columns are {COLUMNS}; text stands in 'single"),
        ('label = "a"', f"names 'a', no column of animals, whose columns are {COLUMNS}; text stands in 'single"),
        ("LABEL = 'a'", "names 'LABEL', no column of animals, whose columns are"),
        ("1 = 1", f"names no column of animals, whose columns are {COLUMNS}; text"),
        ("count(*) > 1", "names no column of animals"),
        ("COLUMNS('y.*') > 1", "names no column of animals"),
        ("year", "the condition 'year' is a value (Int64), neither true nor false; write it as in label = 'x'"),
        ("label", "is a value (String), neither true nor false"),
        ("label > 3", "does not fit its columns (label is string): cannot compare string with numeric type (i32)"),
        ("year = '2001'", "does not fit its columns (year is int64): cannot compare string with numeric type (i64)"),
        ("year > label", "does not fit its columns (label is string, year is int64): "),
        ("day > '2020-01-01'", "a date is written DATE '2020-01-31'"),
        ("CAST(label AS INT) = 1", "does not fit its columns (label is string): "),
        ("label REGEXP '['", "does not fit its columns (label is string): regex error"),
        ("good" + " AND good" * 20_000, "is too long: for many values, write column IN ('a', 'b', …)"),
        ("year" + "::int" * 30_000 + " > 1", "is too long: "),
        ("year" + "+1" * 590 + " > 1", "is nested too deep: "),
        ("(" * 30_000 + "good" + ")" * 30_000, "cannot be read: "),
    ],
)
def test_what_is_no_condition_is_refused_in_one_short_line(condition: str, complaint: str) -> None:
    with pytest.raises(RequestError) as caught:
        matching(condition, ROWS, name="animals")
    assert complaint in str(caught.value)
    assert str(caught.value).startswith("the condition ")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "value",
    [
        *("sum(year)", "avg(year)", "min(year)", "max(year)", "median(year)", "count(year)", "count(distinct year)"),
        *("first(year)", "last(year)", "stddev(year)", "variance(year)", "corr(year, year)", "covar(year, year)"),
        *("quantile_cont(year, 0.5)", "quantile_disc(year, 0.5)", "avg(year) over (partition by label)"),
        *("row_number() over (order by year)", "rank() over (order by year)", "dense_rank() over (order by year)"),
        *("lag(year) over (order by year)", "first_value(year) over (order by year)", "(select 1)"),
        *("unnest(tags)", "array_length(array_agg(year))", "length(string_agg(label, ','))"),
    ],
)
def test_a_condition_on_more_than_a_row_is_refused(value: str) -> None:
    with pytest.raises(RequestError, match="looks at more than one row at a time; write it as in"):
        matching(f"year > {value}", ROWS)


def test_only_the_named_columns_are_touched() -> None:
    """A column whose buffers lie outside of the memory of the process kills it when it is read."""
    nowhere = pa.foreign_buffer(8, 4 * 8)
    poisoned = pa.Array.from_buffers(pa.int64(), 4, [None, nowhere], null_count=0)
    rows = ROWS.append_column("poisoned", poisoned)
    assert matching("label = 'a' AND year < 2002", rows).tolist() == [True, False, False, False]


def test_pieces_and_the_empty_table_are_taken_as_they_are() -> None:
    pieces = pa.concat_tables([ROWS.slice(0, 1), ROWS.slice(1, 3), ROWS])
    assert pieces.column("label").num_chunks == 3
    assert np.flatnonzero(matching("label = 'b'", pieces)).tolist() == [1, 5]
    assert matching("label = 'b'", ROWS.slice(0, 0)).shape == (0,)


# A condition as SQL, and as a function of a row whose answer is True, False or None (unknown).
Condition = tuple[str, Callable[[dict[str, Any]], bool | None]]

TEXTS = st.text(st.sampled_from("ab'%_é"), max_size=3)
NUMBERS = st.integers(-3, 3)


def _literal(value: Any) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def _compared(column: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Condition]:
    operators: dict[str, Callable[[Any, Any], bool]] = {
        "=": lambda a, b: a == b,
        "<>": lambda a, b: a != b,
        "<": lambda a, b: a < b,
        ">=": lambda a, b: a >= b,
    }

    def compare(operator: str, value: Any) -> Condition:
        return (
            f"{column} {operator} {_literal(value)}",
            lambda row: None if row[column] is None else operators[operator](row[column], value),
        )

    def among(given: list[Any]) -> Condition:
        return (
            f"{column} IN ({', '.join(map(_literal, given))})",
            lambda row: None if row[column] is None else row[column] in given,
        )

    return st.one_of(
        st.builds(compare, st.sampled_from(sorted(operators)), values),
        st.builds(among, st.lists(values, min_size=1, max_size=3)),
        st.just((f"{column} IS NULL", lambda row: row[column] is None)),
    )


def _not(inner: Condition) -> Condition:
    def answer(row: dict[str, Any]) -> bool | None:
        found = inner[1](row)
        return None if found is None else not found

    return f"NOT ({inner[0]})", answer


def _and(left: Condition, right: Condition) -> Condition:
    def answer(row: dict[str, Any]) -> bool | None:
        both = (left[1](row), right[1](row))
        return False if False in both else None if None in both else True

    return f"({left[0]}) AND ({right[0]})", answer


def _or(left: Condition, right: Condition) -> Condition:
    def answer(row: dict[str, Any]) -> bool | None:
        both = (left[1](row), right[1](row))
        return True if True in both else None if None in both else False

    return f"({left[0]}) OR ({right[0]})", answer


CONDITIONS = st.recursive(
    st.one_of(_compared("word", TEXTS), _compared("number", NUMBERS)),
    lambda inner: st.one_of(st.builds(_not, inner), st.builds(_and, inner, inner), st.builds(_or, inner, inner)),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(
    condition=CONDITIONS,
    rows=st.lists(st.tuples(st.none() | TEXTS, st.none() | NUMBERS), min_size=1, max_size=8),
)
def test_conditions_answer_as_python_does(condition: Condition, rows: list[tuple[str | None, int | None]]) -> None:
    sql, answer = condition
    words, numbers = zip(*rows, strict=True)
    table = pa.table({"word": pa.array(words, pa.string()), "number": pa.array(numbers, pa.int64())})
    assert matching(sql, table).tolist() == [answer(row) is True for row in table.to_pylist()]
