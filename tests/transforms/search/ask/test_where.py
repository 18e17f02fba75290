"""Conditions: what they let through, against plain Python, and what is said of those that are none."""

from __future__ import annotations

import datetime
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
        ("", "the condition '' cannot be read: it is empty; write it as in label = 'x'"),
        (" ", "the condition ' ' cannot be read: it is empty; "),
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
        ("day IN ('2020-01-01')", "a date is written DATE '2020-01-31'"),
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


TIMES = pa.table(
    {
        "id": ["t0", "t1", "t2"],
        "plain": pa.array([datetime.datetime(2020, 1, 1, 12), datetime.datetime(2020, 1, 2), None]),
        "zoned": pa.array(
            [datetime.datetime(2020, 1, 1, 12), datetime.datetime(2020, 1, 2), None], pa.timestamp("us", "UTC")
        ),
    }
)


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ("plain > TIMESTAMP '2020-01-01 12:00:00'", [1]),
        ("plain >= DATE '2020-01-02'", [1]),
        ("zoned > TIMESTAMPTZ '2020-01-01 12:00:00'", [1]),
        ("zoned > TIMESTAMPTZ '2020-01-01 12:00:00Z'", [1]),
        ("zoned >= TIMESTAMPTZ '2020-01-01 14:00:00+02:00'", [0, 1]),
        ("zoned > timestamp '2020-01-01 14:00:00+02:00'", [1]),
        ("zoned IN (TIMESTAMP '2020-01-01T12:00:00Z', NULL)", [0]),
        ("zoned >= DATE '2020-01-02'", [1]),
    ],
)
def test_times_are_points_of_time_where_they_have_a_zone(condition: str, rows: list[int]) -> None:
    assert np.flatnonzero(matching(condition, TIMES)).tolist() == rows


ZONED = "a time with a zone is written TIMESTAMPTZ '2020-01-31 12:00:00+00:00'"
PLAIN = "a time without a zone is written TIMESTAMP '2020-01-31 12:00:00'"


@pytest.mark.parametrize(
    ("condition", "advice"),
    [
        ("zoned > TIMESTAMP '2020-01-01 00:00:00'", ZONED),
        ("zoned > '2020-01-01'", ZONED),
        ("plain > '2020-01-01'", PLAIN),
        ("plain > TIMESTAMP '2020-01-01 00:00:00+02:00'", PLAIN),
        ("plain > zoned", f"{PLAIN}; {ZONED}"),
    ],
)
def test_a_time_of_the_other_kind_is_refused_with_how_it_is_written(condition: str, advice: str) -> None:
    with pytest.raises(RequestError, match="does not fit its columns") as caught:
        matching(condition, TIMES)
    assert str(caught.value).endswith(f"; {advice}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "kind", [getattr(pa, f"{sign}int{bits}")() for sign in ("", "u") for bits in (8, 16, 32, 64)], ids=str
)
def test_integers_do_not_wrap_around(kind: pa.DataType) -> None:
    is_signed = pa.types.is_signed_integer(kind)
    low = -(1 << kind.bit_width - 1) if is_signed else 0
    high = low + (1 << kind.bit_width) - 1
    rows = pa.table({"n": pa.array([low, high, 3, None], kind)})

    assert matching("n + 1 > n", rows).tolist() == [True, True, True, False]
    assert matching("n - 1 < n", rows).tolist() == [True, True, True, False]
    assert matching("-n <= 0", rows).tolist() == [not is_signed, True, True, False]
    assert matching("abs(n) >= n", rows).tolist() == [True, True, True, False]
    assert matching(f"n * 2 = {2 * high} OR n < {low + 1}", rows).tolist() == [True, True, False, False]


MARKS = pa.table({"text": ["a.b", "ab", "C++ (x)", None]})


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ("strpos(text, '.') = 2", [0]),
        ("strpos(text, 'C++ (') = 1", [2]),
        ("position('b' IN text) > 1", [0, 1]),
        ("strpos(text, '.') = 0", [1, 2]),
        ("NOT strpos(text, 'b') > 0", [2]),
        ("strpos(text, 'b') IS NULL", [3]),
        ("strpos(lower(text), 'c++') = 1 AND strpos(text, '+') = 2", [2]),
    ],
)
def test_the_place_of_a_text_is_exact_and_unknown_in_a_null(condition: str, rows: list[int]) -> None:
    assert np.flatnonzero(matching(condition, MARKS)).tolist() == rows


NAMES = pa.table(
    {"label": ["x"], "Label": ["y"], 'say "hi"': ["z"], "a.b": ["d"], "order": ["o"], "is not true": ["t"]}
)


@pytest.mark.parametrize(
    "condition",
    [
        "label = 'x' AND Label = 'y'",
        '"say ""hi""" = \'z\'',
        "\"a.b\" = 'd'",
        "\"order\" = 'o'",
        "\"is not true\" = 't'",
        "\"is not true\" <> 'is not true' AND (label = 'is unknown') IS NOT TRUE",
        "label <> 'it''s TIMESTAMP ''12:00Z'''",
        "label <> $$ it's IS TRUE\n$$ AND (label = 'x') IS NOT FALSE -- IS DISTINCT FROM '",
        "label /* it's IS TRUE */ = 'x' IS TRUE",
    ],
)
def test_names_are_as_the_table_writes_them_and_quotes_hold_what_they_hold(condition: str) -> None:
    assert matching(condition, NAMES).tolist() == [True]


TRUTHS = pa.table({"good": [True, False, None], "year": [1, 2, None]})


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ("good IS TRUE", [0]),
        ("NOT good IS TRUE", [1, 2]),
        ("good is  not\ntrue", [1, 2]),
        ("good IS NOT FALSE", [0, 2]),
        ("good IS UNKNOWN", [2]),
        ("year > 1 IS NOT UNKNOWN", [0, 1]),
        ("year > 1 IS NOT TRUE AND good", [0]),
        ("year BETWEEN 1 AND 1 IS NOT TRUE", [1, 2]),
        ("CASE WHEN good IS NOT TRUE THEN year IS NULL ELSE TRUE END", [0, 2]),
        ("good IS DISTINCT FROM TRUE AND year > 1", [1]),
        ("year IS DISTINCT FROM 1 AND good IS DISTINCT FROM TRUE", [1, 2]),
        ("(year IS NOT DISTINCT FROM 1 OR good IS NOT TRUE) AND year IS NOT NULL", [0, 1]),
        ("CASE WHEN year IS DISTINCT FROM 1 THEN good IS NULL ELSE good END AND TRUE", [0, 2]),
        ("year IS DISTINCT FROM CASE WHEN good AND TRUE THEN 1 ELSE 2 END OR year IS NULL", [2]),
        ("year IS NOT DISTINCT FROM (1 + 0) OR year IS NOT DISTINCT FROM NULL", [0, 2]),
        ("year NOT IN (1, NULL)", []),
        ("NOT year IN (1, NULL) OR year IS NULL", [2]),
    ],
)
def test_truth_has_three_values(condition: str, rows: list[int]) -> None:
    assert np.flatnonzero(matching(condition, TRUTHS)).tolist() == rows


Row = dict[str, Any]


@dataclass(frozen=True)
class Condition:
    """A condition as SQL, and as a function of a row whose answer is True, False or None (unknown).

    `level` says what it needs parentheses beside: 0 is an OR, 1 an AND, 2 a NOT, 3 binds tighter.
    """

    sql: str
    answer: Callable[[Row], bool | None]
    level: int = 3

    def beside(self, level: int) -> str:
        return self.sql if self.level >= level else f"({self.sql})"


TEXTS = st.text(st.sampled_from("ab'%_é"), max_size=3)
NUMBERS = st.integers(-3, 3)


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def _all(answers: Sequence[bool | None]) -> bool | None:
    return False if False in answers else None if None in answers else True


def _any(answers: Sequence[bool | None]) -> bool | None:
    return True if True in answers else None if None in answers else False


def _negated(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">=": operator.ge,
}


def _compared(column: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Condition]:
    def compare(sign: str, value: Any) -> Condition:
        return Condition(f"{column} {sign} {_literal(value)}", lambda row: _meets(row[column], sign, value))

    def among(given: list[Any], no: str) -> Condition:
        def answer(row: Row) -> bool | None:
            found = _any([_meets(row[column], "=", value) for value in given])
            return _negated(found) if no else found

        return Condition(f"{column} {no}IN ({', '.join(map(_literal, given))})", answer)

    def between(low: Any, high: Any) -> Condition:
        def answer(row: Row) -> bool | None:
            return _all([_meets(row[column], ">=", low), _negated(_meets(high, "<", row[column]))])

        return Condition(f"{column} BETWEEN {_literal(low)} AND {_literal(high)}", answer)

    def distinct(value: Any, no: str) -> Condition:
        sql = f"{column} IS {no}DISTINCT FROM {_literal(value)}"
        return Condition(sql, lambda row: (row[column] != value) != bool(no))

    unknown, no = st.none() | values, st.sampled_from(["", "NOT "])
    return st.one_of(
        st.builds(compare, st.sampled_from(sorted(OPERATORS)), unknown),
        st.builds(among, st.lists(unknown, min_size=1, max_size=3), no),
        st.builds(between, unknown, unknown),
        st.builds(distinct, unknown, no),
        st.just(Condition(f"{column} IS NULL", lambda row: row[column] is None)),
    )


def _meets(left: Any, sign: str, right: Any) -> bool | None:
    return None if left is None or right is None else OPERATORS[sign](left, right)


def _not(inner: Condition) -> Condition:
    return Condition(f"NOT {inner.beside(2)}", lambda row: _negated(inner.answer(row)), 2)


def _and(left: Condition, right: Condition) -> Condition:
    sql = f"{left.beside(1)} AND {right.beside(1)}"
    return Condition(sql, lambda row: _all([left.answer(row), right.answer(row)]), 1)


def _or(left: Condition, right: Condition) -> Condition:
    sql = f"{left.beside(0)} OR {right.beside(0)}"
    return Condition(sql, lambda row: _any([left.answer(row), right.answer(row)]), 0)


def _tested(inner: Condition, no: str, value: bool | None) -> Condition:
    name = {True: "TRUE", False: "FALSE", None: "UNKNOWN"}[value]
    return Condition(f"{inner.beside(3)} IS {no}{name}", lambda row: (inner.answer(row) is value) != bool(no))


CONDITIONS = st.recursive(
    st.one_of(
        _compared("word", TEXTS),
        _compared("number", NUMBERS),
        st.just(Condition("good", lambda row: row["good"])),
    ),
    lambda inner: st.one_of(
        st.builds(_not, inner),
        st.builds(_and, inner, inner),
        st.builds(_or, inner, inner),
        st.builds(_tested, inner, st.sampled_from(["", "NOT "]), st.none() | st.booleans()),
    ),
    max_leaves=6,
)
ROW = st.tuples(st.none() | TEXTS, st.none() | NUMBERS, st.none() | st.booleans())


@settings(max_examples=200, deadline=None)
@given(condition=CONDITIONS, rows=st.lists(ROW, min_size=1, max_size=8))
def test_conditions_answer_as_python_does(
    condition: Condition, rows: list[tuple[str | None, int | None, bool | None]]
) -> None:
    words, numbers, truths = zip(*rows, strict=True)
    columns = [pa.array(words, pa.string()), pa.array(numbers, pa.int64()), pa.array(truths, pa.bool_())]
    table = pa.table(columns, names=["word", "number", "good"])
    assert matching(condition.sql, table).tolist() == [condition.answer(row) is True for row in table.to_pylist()]
