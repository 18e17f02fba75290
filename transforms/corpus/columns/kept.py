"""Decides the types of kept columns over all files, and converts values to them.

Parquet and TFRecord name types. The values of CSV and of JSON lines have none: a column is numeric where all values in the
looked-at heads of all files are numbers that come back as they were written ("7" and "2.50", not "007" or "+1"); else it is
text. A later value that does not fit is an error of its row.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.errors import RequestError
from transforms.corpus.items import not_utf8_message

INFERRED = {b"vectormill": b"inferred"}
"""Metadata of a field whose type was concluded from values."""

_INTEGER = re.compile(r"-?(?:0|[1-9]\d*)\Z", re.ASCII)
_DECIMAL = re.compile(r"-?(?:0|[1-9]\d*)\.(?P<decimals>\d+)\Z", re.ASCII)
_EXPONENTIAL = re.compile(r"-?[1-9](?:\.\d+)?[eE](?P<exponent>[+-]?\d{1,3})\Z", re.ASCII)
_NOT_FINITE = frozenset(("nan", "NaN", "inf", "-inf", "Infinity", "-Infinity"))
_EXACT_DIGITS = 15
_LEAST_EXPONENT = 5
_LARGEST_EXACT = 2**53
_MOST_DIGITS = len(str(-(2**63)))


def infer(name: str, values: Iterable[str | None]) -> pa.Field:
    """The field of a column with these values; "" and None are null."""
    given = [value for value in values if value]
    kind = pa.string() if given else pa.null()
    if given and all(_INTEGER.match(value) and value != "-0" for value in given):
        # Python refuses to convert thousands of digits, so their number is looked at first.
        if all(len(value) <= _MOST_DIGITS and -(2**63) <= int(value) < 2**63 for value in given):
            kind = pa.int64()
    elif given and _are_decimals(given):
        kind = pa.float64()
    return pa.field(name, kind, metadata=INFERRED)


def _are_decimals(values: Sequence[str]) -> bool:
    # "nan" alone may be a name; among decimals it is what others write for a double, in one way.
    special = {value for value in values if value in _NOT_FINITE}
    if len({value.lower().removesuffix("inity") for value in special}) < len(special):
        return False
    places: set[int] = set()
    trailing = is_double = False
    for value in values:
        if value in special:
            continue
        if _INTEGER.match(value):
            if len(value.lstrip("-")) > _EXACT_DIGITS and not _is_exact(value, float(value)):
                return False
            continue
        found = _DECIMAL.match(value)
        if found is None:
            if not _is_exponential(value):
                return False
            # "1e10" alone may be a name, too; "1e+16" is none.
            is_double = is_double or repr(float(value)) == value
            continue
        is_double = True
        if len(value) > _EXACT_DIGITS and Decimal(value) != Decimal(repr(float(value))):
            return False
        places.add(len(found["decimals"]))
        trailing = trailing or (found["decimals"].endswith("0") and found["decimals"] != "0")
    # 9.90 beside 10.00 is money; 1.9 beside 1.10 are versions, which are no numbers.
    return is_double and (len(places) == 1 or not trailing)


def _is_exponential(value: str) -> bool:
    """Whether it is a way to write a double with an exponent: "1e+16" in Python, "1e16" in Rust, "1.0E16" in Java; not "12e4"."""
    found = _EXPONENTIAL.match(value)
    if found is None or abs(int(found["exponent"])) < _LEAST_EXPONENT:
        return False
    return math.isfinite(float(value)) and Decimal(value) == Decimal(repr(float(value)))


def is_inferred(field: pa.Field) -> bool:
    return bool(field.metadata and b"vectormill" in field.metadata)


def agreed(fields: Sequence[tuple[str, pa.Field]]) -> pa.Field:
    """The one field of a column that several files have, each with the file's address.

    Raises:
      RequestError: files hold types that have none in common.
    """
    _, result = fields[0]
    for uri, field in fields[1:]:
        if pa.types.is_null(field.type):
            continue
        inferred = is_inferred(result) or is_inferred(field)
        try:
            (joint,) = pa.unify_schemas(
                [pa.schema([_bare(result)]), pa.schema([_bare(field)])], promote_options="permissive"
            )
        except (pa.ArrowTypeError, pa.ArrowInvalid) as error:
            if not inferred:
                raise RequestError(
                    f"{uri}: column {field.name!r} holds {field.type} where the corpus's first source holds {result.type}: "
                    "convert one of them or leave the column out of --keep"
                ) from error
            joint = pa.field(field.name, pa.string())
        result = joint.with_metadata(INFERRED) if inferred else joint
    return result


def _bare(field: pa.Field) -> pa.Field:
    return pa.field(field.name, field.type)


def convert(array: pa.Array, field: pa.Field, uri: str, *, is_text: bool) -> tuple[pa.Array, dict[int, str]]:
    """The values in the field's type, and the errors of rows whose value does not fit.

    Args:
      is_text: the array's strings are of a format without types, and may be numbers.

    Raises:
      RequestError: the array's type is another one altogether.
    """
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if array.type == field.type:
        array.validate(full=True)
        return array, {}
    is_number = pa.types.is_integer(field.type) or pa.types.is_floating(field.type) or pa.types.is_boolean(field.type)
    if is_number and is_text:
        return _numbers(array, field)
    try:
        return array.cast(field.type), {}
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise RequestError(
            f"{uri}: column {field.name!r} holds {array.type} where the corpus's first source holds {field.type}: "
            "convert one of them or leave the column out of --keep"
        ) from error


def as_text(array: pa.Array, name: str) -> tuple[pa.Array, dict[int, str]]:
    """Any array of scalars as strings, and the errors of rows whose bytes are not UTF-8, which are null.

    A substitute for such bytes could make two labels, or two ids, one.
    """
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    try:
        texts = array.cast(pa.string())
        if not pa.types.is_binary(array.type):
            texts.validate(full=True)  # What Parquet calls strings are bytes that nobody has looked at.
        return texts, {}
    except pa.ArrowInvalid:
        pass
    values: list[str | None] = []
    errors: dict[int, str] = {}
    for row, value in enumerate(array.cast(pa.binary()).to_pylist()):
        try:
            values.append(None if value is None else value.decode())
        except UnicodeDecodeError as error:
            values.append(None)
            errors[row] = f"NotUTF8: column {name!r}: {not_utf8_message(error)}"
    return pa.array(values, pa.string()), errors


def label_text(array: pa.Array, name: str) -> tuple[pa.Array, dict[int, str]]:
    """Labels as `as_text` has them, but of doubles a whole number is the integer that it was, and NaN none.

    pandas stores integers so where one is missing.
    """
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if not pa.types.is_floating(array.type):
        return as_text(array, name)
    return whole_as_integers(array), {}


def whole_as_integers(array: Any) -> Any:
    """Doubles (an Array or a ChunkedArray) as strings: "1", not "1.0"; NaN is null."""
    array = array.cast(pa.float64())
    array = pc.if_else(pc.is_nan(array), None, array)
    whole = pc.and_(pc.equal(pc.floor(array), array), pc.less(pc.abs(array), float(1 << 53)))
    integers = pc.if_else(whole, array, None).cast(pa.int64())
    return pc.coalesce(integers.cast(pa.string()), array.cast(pa.string()))


def _numbers(array: pa.Array, field: pa.Field) -> tuple[pa.Array, dict[int, str]]:
    array = pc.if_else(pc.equal(pc.binary_length(array), 0), pa.scalar(None, array.type), array)
    try:
        numbers = array.cast(pa.string()).cast(field.type)
        if not (pa.types.is_floating(field.type) and _are_large(numbers)):
            return numbers, {}
    except (pa.ArrowInvalid, UnicodeDecodeError):
        pass
    values: list[Any] = []
    errors: dict[int, str] = {}
    for row, value in enumerate(array.to_pylist()):
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        try:
            number = None if text is None else pa.scalar(text).cast(field.type).as_py()
            if isinstance(number, float) and _INTEGER.match(text) and not _is_exact(text, number):
                errors[row] = (
                    f"KeptValue: column {field.name!r} holds {text[:40]!r}, which a number of its type "
                    f"({field.type}) would round: write its values as integers or texts, or leave the column out of --keep"
                )
                number = None
            values.append(number)
        except pa.ArrowInvalid:
            values.append(None)
            errors[row] = (
                f"KeptValue: column {field.name!r} holds {text[:40]!r} where the first rows of the corpus hold numbers "
                f"({field.type}): mend the value, or leave the column out of --keep"
            )
    return pa.array(values, field.type), errors


def _is_exact(text: str, number: float) -> bool:
    return math.isfinite(number) and int(text) == number


def _are_large(numbers: pa.Array) -> bool:
    """Whether some are so large that not every integer is a number of their type."""
    most = pc.max(pc.abs(numbers)).as_py()
    return most is not None and most >= _LARGEST_EXACT
