"""Reads the labels of a table's rows: from one of its columns, or from a file joined by id.

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
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet as pq

from transforms.common.errors import RequestError
from transforms.storage import files


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
        table = _table(path)
        missing = [name for name in ("id", *names) if name not in table.column_names]
        if missing:
            raise RequestError(f"{path} has no column {missing[0]!r}: it has {', '.join(table.column_names)}")
        ids = text_of(table["id"]).to_pylist()
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


def _table(path: str) -> pa.Table:
    try:
        with files.open_read(path) as stream:
            name = path.lower()
            if name.endswith(".parquet"):
                return pq.read_table(stream)
            if name.endswith((".jsonl", ".json", ".ndjson")):
                return pyarrow.json.read_json(stream)
            options = pyarrow.csv.ParseOptions(delimiter="\t" if name.endswith(".tsv") else ",")
            # An id that looks like a number is still an id.
            convert = pyarrow.csv.ConvertOptions(column_types={"id": pa.string()}, strings_can_be_null=True)
            return pyarrow.csv.read_csv(stream, parse_options=options, convert_options=convert)
    except OSError as error:
        raise RequestError(f"the labels' file {path} cannot be read: {error.strerror or error}") from error
    except pa.ArrowInvalid as error:
        raise RequestError(
            f"{path} is no CSV, TSV, JSON lines or Parquet file: {str(error).splitlines()[0]}"
        ) from error
