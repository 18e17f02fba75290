from __future__ import annotations

import datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.common.errors import RequestError
from transforms.heads.rows.labels import Labels, label_notes, look_alikes, text_of

# ---- one label an item ------------------------------------------------------------------------------------


def test_codes_follow_the_sorted_names_and_a_null_has_none() -> None:
    labels = Labels.of(pa.array(["b", None, "a", "b", "c"]), separator=None)

    assert labels.names == ("a", "b", "c")
    assert labels.codes.tolist() == [1, -1, 0, 1, 2]
    assert labels.codes.dtype == np.int32
    assert labels.known.tolist() == [True, False, True, True, True]
    assert not labels.several
    assert labels.membership.astype(int).tolist() == [[0, 1, 0], [0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert labels.counts(np.array([True, True, True, False, False])) == {"a": 1, "b": 1, "c": 0}


@pytest.mark.parametrize(
    ("column", "names", "codes"),
    [
        (pa.array([10, 9, None, 10]), ("10", "9"), [0, 1, -1, 0]),
        (pa.array([3, 4], pa.uint8()), ("3", "4"), [0, 1]),
        (pa.array([True, False, None]), ("false", "true"), [1, 0, -1]),
        (pa.array([datetime.date(2024, 5, 1)]), ("2024-05-01",), [0]),
        (pa.array(["y", "x", "y"]).dictionary_encode(), ("x", "y"), [1, 0, 1]),
        (pa.array(["y", "x"], pa.large_string()), ("x", "y"), [1, 0]),
        (pa.array([None, None]), (), [-1, -1]),
        (pa.array([2.0, float("nan"), 10.0, None]), ("10", "2"), [1, -1, 0, -1]),
        (pa.chunked_array([[1.0], [], [3.0]], pa.float32()), ("1", "3"), [0, 1]),
    ],
)
def test_what_is_no_text_is_written_as_one(column: pa.Array, names: tuple[str, ...], codes: list[int]) -> None:
    labels = Labels.of(column, separator=None)

    assert (labels.names, labels.codes.tolist()) == (names, codes)


@pytest.mark.parametrize("column", [pa.array([0.5]), pa.array([{"a": 1}]), pa.array([b"x"])])
def test_a_label_without_a_plain_text_is_refused(column: pa.Array) -> None:
    with pytest.raises(RequestError, match="a label must be a text, an integer or a boolean; this column holds"):
        text_of(column)


def test_rare_labels_count_as_missing() -> None:
    labels = Labels.of(pa.array(["a", "a", "b", "c", "c", "c"]), separator=None, drop_rare=2)

    assert (labels.names, labels.codes.tolist()) == (("a", "c"), [0, 0, -1, 1, 1, 1])
    assert labels.known.tolist() == [True, True, False, True, True, True]


@given(st.lists(st.none() | st.sampled_from(["", "a", "b", "ä", "b "]), max_size=30), st.integers(1, 4))
def test_codes_name_every_rows_own_label(values: list[str | None], pieces: int) -> None:
    column = pa.chunked_array([pa.array(values[at::pieces], pa.string()) for at in range(pieces)], pa.string())
    labels = Labels.of(column, separator=None)

    assert [labels.names[code] if code >= 0 else None for code in labels.codes] == [
        value or None for value in column.to_pylist()
    ]


# ---- several labels an item -------------------------------------------------------------------------------


def test_several_labels_an_item() -> None:
    labels = Labels.of(pa.array(["b; a", "a", None, "", ";c;", "a;a"]), separator=";")

    assert labels.names == ("a", "b", "c")
    assert labels.several
    assert labels.codes.astype(int).tolist() == [[1, 1, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 1], [1, 0, 0]]
    assert labels.known.tolist() == [True, True, False, True, True, True], "an empty text is an item of no label"
    assert labels.counts(np.ones(6, np.bool_)) == {"a": 3, "b": 1, "c": 1}
    np.testing.assert_array_equal(labels.membership, labels.codes)


def test_a_column_of_lists_needs_no_separator() -> None:
    labels = Labels.of(pa.array([["b", "a"], [], None, ["b"]]), separator=None)

    assert labels.codes.astype(int).tolist() == [[1, 1], [0, 0], [0, 0], [0, 1]]
    assert labels.known.tolist() == [True, True, False, True]


def test_of_several_labels_a_rare_one_leaves_its_item_the_others() -> None:
    labels = Labels.of(pa.array(["a|b", "a|c", "a"]), separator="|", drop_rare=2)

    assert labels.names == ("a",)
    assert labels.codes.tolist() == [[True], [True], [True]]
    assert labels.known.all()


def test_an_item_that_says_a_label_twice_counts_once() -> None:
    assert Labels.of(pa.array(["a;a;a", "b;a"]), separator=";", drop_rare=3).names == ()


# ---- names that are alike ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "note"),
    [
        (["a", "b"], None),
        (
            ["pos", "pos ", "neg"],
            "the labels 'pos' and 'pos ' differ only by blanks or case, and are classes of their own",
        ),
        (
            ["Cat", "cat", "a  b", "a b"],
            "the labels 'Cat' and 'cat' differ only by blanks or case, and are classes of their own (2 such)",
        ),
        (
            ["caf\xe9", "cafe\u0301"],
            "the labels 'caf\\xe9' and 'cafe\\u0301' differ only by Unicode normalisation, and are classes of their own",
        ),
        (
            ["pos", "pos\u200b"],
            "the labels 'pos' and 'pos\\u200b' differ only by characters that cannot be seen, and are classes of their own",
        ),
        (
            ["1", "10", "1.0", "01"],
            "the labels '1' and '1.0' and '01' differ only in how a number is written, and are classes of their own",
        ),
        (["1", "2", "1e1", "9007199254740993", "9007199254740992", "1_0", "١"], None),
        (
            ["A\u0301", "\xe1 "],
            "the labels 'A\\u0301' and '\\xe1 ' differ only in how they are written, and are classes of their own",
        ),
    ],
)
def test_labels_that_look_alike_are_named(names: list[str], note: str | None) -> None:
    assert look_alikes(names) == note


def test_a_label_that_stands_for_a_missing_value_is_named() -> None:
    assert label_notes(["a", "b", "none"]) == ()
    assert label_notes(["NaN", "a", "A"]) == (
        "the labels 'a' and 'A' differ only by blanks or case, and are classes of their own",
        "the label 'NaN' is how a missing value is often written, and is a class of its own",
    )


# ---- another order ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [None, ";"])
def test_another_order_of_the_names_says_the_same_of_every_row(separator: str | None) -> None:
    labels = Labels.of(pa.array(["b", None, "a", "c", "a"]), separator=separator)

    moved = labels.in_order(["c", "new", "a", "b"])

    assert moved.names == ("c", "new", "a", "b")
    assert moved.known.tolist() == labels.known.tolist()
    every = np.ones(5, np.bool_)
    assert moved.counts(every) == {"c": 1, "new": 0, "a": 2, "b": 1}
    wanted = [[moved.names[at] for at in np.flatnonzero(row)] for row in moved.membership]
    assert wanted == [["b"], [], ["a"], ["c"], ["a"]]
    assert labels.in_order(["a", "b", "c"]) is labels
