"""Turns the labels of a table's rows into codes: those of one of its columns, or of a file joined by id.

What comes out is text: numbers and booleans are written as Python writes them. A null is a missing label; with several labels
an item, an empty text is an item that has none of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.errors import RequestError


def text_of(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """A column of labels as strings.

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
    raise RequestError(f"a label must be a text, an integer or a boolean; this column holds {kind}")


@dataclass(frozen=True, eq=False, kw_only=True)
class Labels:
    """The labels of a table's rows.

    Attributes:
      names: the K labels that there are, sorted.
      codes: one label an item: int32 [n], -1 where it is missing. Several: bool [n, K].
      known: bool [n], rows whose label is not missing.
    """

    names: tuple[str, ...]
    codes: npt.NDArray[np.int32] | npt.NDArray[np.bool_]
    known: npt.NDArray[np.bool_]

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
            return Labels(names=tuple(names), codes=codes, known=self.known)
        moved = np.array([place[name] for name in self.names] + [-1], np.int32)
        return Labels(names=tuple(names), codes=moved[self.codes], known=self.known)


def look_alikes(names: Iterable[str]) -> str | None:
    """A note on labels that differ only by blanks or case, which are likely meant to be one; None: there are none."""
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(" ".join(name.split()).casefold(), []).append(name)
    several = [found for found in alike.values() if len(found) > 1]
    if not several:
        return None
    more = f" ({len(several):,} such)" if len(several) > 1 else ""
    return f"the labels {' and '.join(map(repr, several[0]))} differ only by blanks or case, and are classes of their own{more}"


def _several(column: pa.Array, separator: str | None, drop_rare: int) -> Labels:
    lists = column
    if not pa.types.is_list(column.type):
        lists = pc.split_pattern(text_of(column), separator or ",")
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
