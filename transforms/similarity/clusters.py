"""Clusters: the rows of a feature table with the nearest of k centres beside them, as a Delta table of Parquet parts.

    id, source, label, kept columns, cluster int32, score float32 (the cosine to its centre)

A zero vector has no direction: it is in no cluster (-1, score 0). A part is named by the part of vectors and the centres that
it is made from, so that one that is there is not made again.

Memory: a row group of one part, and of all parts the most central items of each cluster.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.similarity.kmeans import Vectors, nearest
from transforms.storage import files
from transforms.table.result_table import key_of
from transforms.table.snapshot import NewPart, Snapshot
from transforms.table.unit_vectors import units
from transforms.table.vectors import TableVectors

CARRIED = ("id", "source", "label")
OWN = pa.schema([pa.field("cluster", pa.int32(), nullable=False), pa.field("score", pa.float32(), nullable=False)])
NONE = -1
CENTRES = "centres.npy"
CENTRAL = "central.csv"
MOST_CENTRAL = 10


def part_name(part: str, key: str) -> str:
    """The name of the clusters of one part of vectors, where `key` decides the centres."""
    return f"part-{key_of(part, key)}.parquet"


def assign_part(
    table: str, snapshot: Snapshot, part: str, centres: Vectors, *, schema: pa.Schema, path: str
) -> NewPart:
    """Writes one part's rows with their clusters, in their order, unless that was done before."""
    if not files.exists(path):
        carried = [name for name in schema.names if name not in OWN.names]
        with (
            files.publish(path) as temporary,
            files.open_write(temporary) as stream,
            pq.ParquetWriter(stream, schema, compression="zstd") as writer,
        ):
            for chunk in TableVectors(table, snapshot).only(part).chunks(columns=carried):
                found = units(np.arange(len(chunk.rows)), chunk.vectors)
                labels = np.full(len(chunk.rows), NONE, np.int32)
                scores = np.zeros(len(chunk.rows), np.float32)
                labels[found.rows], scores[found.rows] = nearest(found.vectors, centres)
                arrays = [*(chunk.columns.column(name) for name in carried), pa.array(labels), pa.array(scores)]
                writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
    return NewPart(name=files.basename(path), rows=snapshot.parts[part], size=files.size(path))


@dataclass(frozen=True, eq=False)
class Central:
    """Sizes of the clusters, int64 [k], and their most central rows, cluster by cluster, the nearest first.

    Attributes:
      clusters, rows: int64 [n]; rows are positions in the feature table.
      scores: float32 [n].
      zeros: rows that are in none.
    """

    sizes: npt.NDArray[np.int64]
    clusters: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    scores: npt.NDArray[np.float32]
    zeros: int


def central(paths: Sequence[str], k: int) -> Central:
    """Reads the parts of clusters, in the order of the parts of vectors; of equal scores the first row is more central."""
    sizes, zeros, start = np.zeros(k, np.int64), 0, 0
    clusters, rows, scores = np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)
    for path in paths:
        with files.open_read(path) as stream, pq.ParquetFile(stream) as part:
            for batch in part.iter_batches(columns=list(OWN.names)):
                labels = batch.column("cluster").to_numpy()
                inside = np.flatnonzero(labels >= 0)
                sizes += np.bincount(labels[inside], minlength=k)
                zeros += len(labels) - len(inside)
                clusters = np.concatenate([clusters, labels[inside].astype(np.int64)])
                rows = np.concatenate([rows, start + inside])
                scores = np.concatenate([scores, batch.column("score").to_numpy()[inside]])
                order = np.lexsort((rows, -scores, clusters))
                clusters, rows, scores = clusters[order], rows[order], scores[order]
                place = np.arange(len(clusters)) - np.searchsorted(clusters, clusters)
                best = place < MOST_CENTRAL
                clusters, rows, scores = clusters[best], rows[best], scores[best]
                start += batch.num_rows
    return Central(sizes, clusters, rows, scores, zeros)


def told(found: Central, vectors: TableVectors, *, with_text: bool) -> list[dict[str, Any]]:
    """The clusters, the largest first: cluster, size, share of all rows, and central: id, score and text of each."""
    names = ["id", "text"] if with_text else ["id"]
    wanted = np.zeros(vectors.rows, bool)
    wanted[found.rows] = True
    items: dict[int, dict[str, Any]] = {}
    for rows, batch in vectors.chosen(wanted, names):
        items.update(zip(rows.tolist(), batch.to_pylist(), strict=True))
    central: list[list[dict[str, Any]]] = [[] for _ in found.sizes]
    for cluster, row, score in zip(found.clusters.tolist(), found.rows.tolist(), found.scores.tolist(), strict=True):
        central[cluster].append({"id": items[row]["id"], "score": round(score, 4), "text": items[row].get("text")})
    return [
        {
            "cluster": cluster,
            "size": int(found.sizes[cluster]),
            "share": float(found.sizes[cluster] / vectors.rows),
            "central": central[cluster],
        }
        for cluster in np.argsort(-found.sizes, kind="stable").tolist()
    ]


def central_csv(clusters: list[dict[str, Any]]) -> bytes:
    """cluster, size, share, place (from 1), score, id, text: a line for each central item; an empty cluster has one, too."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["cluster", "size", "share", "place", "score", "id", "text"])
    for cluster in clusters:
        about = [cluster["cluster"], cluster["size"], round(cluster["share"], 6)]
        for place, item in enumerate(cluster["central"], 1):
            writer.writerow([*about, place, item["score"], item["id"], item["text"]])
        if not cluster["central"]:
            writer.writerow([*about, "", "", "", ""])
    return stream.getvalue().encode()
