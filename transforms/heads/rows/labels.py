"""Turns the labels of a table's rows into codes: those of one of its columns, or of a file joined by id.

What comes out is text: of numbers and booleans, what the readers of a corpus make of them. A null is a missing label; with
several labels an item, an empty text is an item that has none of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.errors import RequestError
from transforms.corpus.columns.kept import whole_as_integers


def text_of(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """A column of labels as strings. Doubles are labels where all of them are whole, as pandas stores integers with gaps.

    Raises:
      RequestError: its values have no plain text.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind):
        return column.cast(pa.string())
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_date(kind):
        return column.cast(pa.string())
    if pa.types.is_floating(kind) and _are_whole(column):
        return whole_as_integers(column)
    raise RequestError(f"a label must be a text, an integer or a boolean; this column holds {kind}")


def _are_whole(column: pa.Array | pa.ChunkedArray) -> bool:
    """Whether all doubles are whole numbers, NaN or null; not where there is none."""
    values = column.cast(pa.float64()).drop_null()
    values = values.filter(pc.invert(pc.is_nan(values)))
    is_whole = pc.and_(pc.equal(pc.floor(values), values), pc.is_finite(values))
    return len(values) > 0 and bool(pc.all(is_whole).as_py())


@dataclass(frozen=True, eq=False, kw_only=True)
class Labels:
    """The labels of a table's rows.

    Attributes:
      names: the K labels that there are, sorted.
      codes: one label an item: int32 [n], -1 where it is missing. Several: bool [n, K].
      known: bool [n], rows whose label is not missing.
      notes: words for the person about the files that they are from.
    """

    names: tuple[str, ...]
    codes: npt.NDArray[np.int32] | npt.NDArray[np.bool_]
    known: npt.NDArray[np.bool_]
    notes: tuple[str, ...] = ()

    @property
    def several(self) -> bool:
        return self.codes.ndim == 2

    @property
    def membership(self) -> npt.NDArray[np.bool_]:
        """Bool [n, K]: which labels each row has."""
        if self.several:
            return self.codes.astype(np.bool_)
        return self.codes[:, None] == np.arange(len(self.names))

    def has(self, position: int) -> npt.NDArray[np.bool_]:
        """Bool [n]: which rows have the label at this position of `names`."""
        return self.codes[:, position].astype(np.bool_) if self.several else self.codes == position

    def counts(self, rows: npt.NDArray[np.bool_]) -> dict[str, int]:
        """How many of these rows have each label."""
        if self.several:
            found = self.codes[rows].sum(axis=0)
        else:
            found = np.bincount(self.codes[rows & self.known], minlength=len(self.names))
        return dict(zip(self.names, found.tolist(), strict=True))

    @staticmethod
    def of(column: pa.ChunkedArray | pa.Array, *, separator: str | None, drop_rare: int = 0) -> Labels:
        """Codes of a column of text (with `separator`, or a column of lists: of several labels an item)."""
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
        if separator is not None or pa.types.is_list(column.type):
            return _several(column, separator, drop_rare)
        coded = text_of(column).dictionary_encode()
        found = coded.dictionary.to_pylist()
        counts = np.bincount(coded.indices.drop_null().to_numpy(zero_copy_only=False), minlength=len(found))
        # As in a table's own column of labels, an empty text is none.
        names = sorted(name for name, count in zip(found, counts, strict=True) if name and count >= max(drop_rare, 1))
        place = {name: position for position, name in enumerate(names)}
        moved = np.array([place.get(name, -1) for name in found] + [-1], np.int32)
        codes = moved[coded.indices.fill_null(len(found)).to_numpy(zero_copy_only=False)]
        return Labels(names=tuple(names), codes=codes, known=codes >= 0)

    def in_order(self, names: Sequence[str]) -> Labels:
        """The same labels under another order of the names, which may hold more of them."""
        if tuple(names) == self.names:
            return self
        place = {name: position for position, name in enumerate(names)}
        if self.several:
            codes = np.zeros((len(self.known), len(names)), np.bool_)
            codes[:, [place[name] for name in self.names]] = self.codes
            return replace(self, names=tuple(names), codes=codes)
        moved = np.array([place[name] for name in self.names] + [-1], np.int32)
        return replace(self, names=tuple(names), codes=moved[self.codes])


_NUMBER = re.compile(r"[+-]?[0-9]{1,300}(\.[0-9]{1,300})?([eE][+-]?[0-9]{1,3})?")
_MISSING = frozenset(("NaN", "nan", "NAN", "<NA>", "NA", "N/A", "#N/A", "null", "NULL", "None"))
"""Texts that programs write where a value is missing."""


def _seen(name: str) -> str:
    return "".join(character for character in name if unicodedata.category(character) != "Cf")


def _composed(name: str) -> str:
    return unicodedata.normalize("NFKC", name)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _value(name: str) -> str:
    return str(Fraction(name)) if _NUMBER.fullmatch(name) else name


_WAYS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("by blanks or case", _plain),
    ("in how a number is written", _value),
    ("by Unicode normalisation", _composed),
    ("by characters that cannot be seen", _seen),
)


def look(name: str) -> str:
    """The same text for names that look alike."""
    return _value(_plain(_composed(_seen(name))))


def look_alikes(names: Iterable[str]) -> str | None:
    """A note on labels that look alike and are likely meant to be one; None: there are none.

    They differ only by blanks, case, Unicode normalisation (composed letters or not), characters without a shape, or in how
    a number is written.
    """
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(look(name), []).append(name)
    several = [found for found in alike.values() if len(found) > 1]
    if not several:
        return None
    first = several[0]
    way = next((words for words, same in _WAYS if len(set(map(same, first))) == 1), "in how they are written")
    # Where they are the same on a screen, they are shown as Python escapes them.
    shown = map(repr if way in (_WAYS[0][0], _WAYS[1][0]) else ascii, first)
    more = f" ({len(several):,} such)" if len(several) > 1 else ""
    return f"the labels {' and '.join(shown)} differ only {way}, and are classes of their own{more}"


def label_notes(names: Sequence[str]) -> tuple[str, ...]:
    """Words for the person about labels that may not be what was meant: look-alikes, and texts that stand for nothing."""
    alike = look_alikes(names)
    missing = [name for name in names if name in _MISSING]
    return (
        *([alike] if alike is not None else []),
        *(f"the label {name!r} is how a missing value is often written, and is a class of its own" for name in missing),
    )


def lists_of(column: pa.Array, separator: str | None) -> pa.ListArray:
    """A column of several labels an item as lists: itself, or a column of text cut at the separator."""
    return column if pa.types.is_list(column.type) else pc.split_pattern(text_of(column), separator or ",")


def _several(column: pa.Array, separator: str | None, drop_rare: int) -> Labels:
    lists = lists_of(column, separator)
    values = pc.utf8_trim_whitespace(text_of(lists.flatten()))
    owners = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)
    pairs = set(zip(owners.tolist(), values.to_pylist(), strict=True))
    counts = Counter(value for _, value in pairs if value)
    names = tuple(sorted(name for name, count in counts.items() if count >= max(drop_rare, 1)))
    place = {name: position for position, name in enumerate(names)}
    codes = np.zeros((len(column), len(names)), np.bool_)
    for owner, value in pairs:
        if value in place:
            codes[owner, place[value]] = True
    return Labels(names=names, codes=codes, known=column.is_valid().to_numpy(zero_copy_only=False))
