"""Writes and reads the map of an index: an Arrow file beside the segments of a version.

map.arrow, a row a point, by rising row:

    row       int64     position of the indexed row: over all segments in the order of `index.json`, deleted rows counted
    x, y      float32   -1 to 1
    cluster   int16     0 is the largest
    placed    bool      whether the row came after the layout, and was placed among its nearest
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from transforms.common.arrays import Mask, RowIndices, Vectors
from transforms.common.errors import RequestError
from transforms.search.map.layout import Clusters
from transforms.storage import files
from transforms.storage.formats import require_format

MAP = "map.arrow"
FORMAT = "vectormill-map-1"
_SCHEMA = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),
        pa.field("x", pa.float32(), nullable=False),
        pa.field("y", pa.float32(), nullable=False),
        pa.field("cluster", pa.int16(), nullable=False),
        pa.field("placed", pa.bool_(), nullable=False),
    ],
    metadata={"format": FORMAT},
)


@dataclass(frozen=True, kw_only=True)
class VectorMap:
    """The points of an index.

    Attributes:
      rows: positions of the indexed rows, rising, int64 [n].
      places: x and y, float32 [n, 2], -1 to 1.
      clusters: int16 [n].
      placed: whether a row came after the layout, bool [n].
    """

    rows: RowIndices
    places: Vectors
    clusters: Clusters
    placed: Mask

    def only(self, wanted: Mask) -> VectorMap:
        """Some of the points, bool [n]."""
        return VectorMap(
            rows=self.rows[wanted],
            places=self.places[wanted],
            clusters=self.clusters[wanted],
            placed=self.placed[wanted],
        )


def map_path(version: str) -> str:
    """The file of the map of a version."""
    return files.join(version, MAP)


def write_map(version: str, points: VectorMap) -> None:
    """Writes the map into the folder of a version."""
    x, y = (np.ascontiguousarray(column) for column in points.places.T)
    table = pa.table([points.rows, x, y, points.clusters, pa.array(points.placed)], schema=_SCHEMA)
    stream = pa.BufferOutputStream()
    with pa.ipc.new_file(stream, _SCHEMA) as writer:
        writer.write_table(table)
    files.write(map_path(version), stream.getvalue().to_pybytes())


def read_map(version: str) -> VectorMap | None:
    """Reads the map of a version; None where it has none.

    Raises:
      RequestError: a newer release wrote it, or it is damaged.
    """
    path = map_path(version)
    if not files.exists(path):
        return None
    try:
        table = pa.ipc.open_file(pa.py_buffer(files.read(path))).read_all()
    except pa.ArrowInvalid as error:
        raise RequestError(f"{path} is damaged: copy the whole folder again, or build the index again") from error
    written = (table.schema.metadata or {}).get(b"format")
    require_format(None if written is None else written.decode(), FORMAT, where=path, noun="map")
    columns = {name: table.column(name).combine_chunks().to_numpy(zero_copy_only=False) for name in _SCHEMA.names}
    return VectorMap(
        rows=columns["row"],
        places=np.stack([columns["x"], columns["y"]], axis=1),
        clusters=columns["cluster"],
        placed=columns["placed"],
    )
