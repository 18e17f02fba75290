"""Answers with the map of an index: its points as numbers, and the rows of some of them.

The points are one binary body, little end first: the length of a JSON header (uint32), the header (with blanks, so that what
follows begins at a multiple of 8), then for all points `rows` (uint32), `x` and `y` (float32), `clusters` (int16), and where a
column is asked for `codes` (uint8): positions in the header's `values`, 255 where the row has none of them.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import numpy as np
import orjson

from launch.terminal.hits import described
from transforms.common.errors import RequestError
from transforms.search.ask.hit import Hit
from transforms.search.ask.searcher import Searcher
from transforms.search.map.map_file import VectorMap, read_map

CONTENT_TYPE = "application/octet-stream"
MOST_ROWS = 100
NO_VALUE = 255
_LONGEST_TEXT = 500
_BODIES = 8
_LEFT_OUT = ("score", "cosine", "words", "sentence")


@dataclass(frozen=True)
class ServedMap:
    """The map of an opened version. Safe to use from several threads.

    Attributes:
      values: of each column that has few, as the catalog lists them.
    """

    searcher: Searcher
    points: VectorMap
    values: dict[str, list[Any]]
    _bodies: dict[str | None, bytes] = field(default_factory=dict)
    _making: threading.Lock = field(default_factory=threading.Lock)

    @staticmethod
    def opened(searcher: Searcher, columns: list[dict[str, Any]]) -> ServedMap | None:
        """Reads the map of a version; None where it has none.

        Args:
          columns: as the catalog describes them.

        Raises:
          RequestError: a newer release wrote the map.
        """
        points = read_map(searcher.local_folder)
        if points is None:
            return None
        values = {column["name"]: column["values"] for column in columns if column["values"]}
        return ServedMap(searcher, points, values)

    def require_column(self, column: str | None) -> None:
        """Refuses a column that colours nothing.

        Raises:
          RequestError: there is none of that name that has few values.
        """
        if column is not None and column not in self.values:
            known = ", ".join(sorted(self.values)) or "none"
            raise RequestError(f"column: {column[:200]!r} is no column with few values; those are: {known}")

    def etag(self, number: int, column: str | None) -> str:
        """The tag of a body: another version, another build under the same number, or another column has another one."""
        decides = [number, column, self.searcher.metadata.get("created"), len(self.points.rows)]
        return f'"{blake2b(orjson.dumps(decides), digest_size=8).hexdigest()}"'

    def body(self, name: str, number: int, column: str | None) -> bytes:
        """The points, and the values of a column. The last bodies are kept: equal requests share one."""
        with self._making:
            found = self._bodies.get(column)
            if found is None:
                found = self._made(name, number, column)
                self._bodies[column] = found
                while len(self._bodies) > _BODIES:
                    del self._bodies[next(iter(self._bodies))]
        return found

    def _made(self, name: str, number: int, column: str | None) -> bytes:
        points = self.points
        header: dict[str, Any] = {
            "index": name,
            "version": number,
            "points": len(points.rows),
            "rows": self.searcher.rows,
            "column": column,
            "values": [] if column is None else self.values[column],
        }
        x, y = points.places.T
        arrays = [points.rows.astype("<u4"), x.astype("<f4"), y.astype("<f4"), points.clusters.astype("<i2")]
        if column is not None:
            codes = {value: code for code, value in enumerate(self.values[column])}
            found = self.searcher.rows_of(points.rows, [column]).column(column).to_pylist()
            arrays.append(np.array([codes.get(value, NO_VALUE) for value in found], np.uint8))
        described = orjson.dumps(header)
        described += b" " * (-(len(described) + 4) % 8)
        return b"".join([len(described).to_bytes(4, "little"), described, *(array.tobytes() for array in arrays)])

    def rows(self, positions: list[int]) -> list[dict[str, Any]]:
        """The columns of some points, in their order; long texts are cut.

        Raises:
          LookupError: one of them is on no map.
        """
        at = np.searchsorted(self.points.rows, positions)
        is_there = at < len(self.points.rows)
        is_there[is_there] = self.points.rows[at[is_there]] == np.asarray(positions)[is_there]
        if not is_there.all():
            raise LookupError(f"no point of the map is row {positions[int(np.argmin(is_there))]}")
        names = self.searcher.values_of(positions, "id")
        hits = [Hit(name, 1.0, row, None) for name, row in zip(names, positions, strict=True)]
        return [
            {name: _short(value) for name, value in columns.items() if name not in _LEFT_OUT}
            for columns in described(self.searcher, hits, [None] * len(hits))
        ]


def _short(value: Any) -> Any:
    return f"{value[:_LONGEST_TEXT]}…" if isinstance(value, str) and len(value) > _LONGEST_TEXT else value
