"""Writes a table's version in other forms: TFRecord or Parquet parts, or one .npy beside a Parquet file of the other columns."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.common.errors import RequestError
from transforms.storage import files
from transforms.storage.output_folder import require_folder
from transforms.table.manifest_log import MANIFEST
from transforms.table.parts import SUFFIX, PartFormat, part_writer, read_part
from transforms.table.schema import EMBEDDING, vectors_of
from transforms.table.snapshot import Snapshot

ExportFormat = Literal["tfrecord", "parquet", "npy"]
VECTORS, ITEMS = "embeddings.npy", "items.parquet"


def require_place(out: str) -> None:
    """Requires a new or empty folder, or one that an interrupted export left behind.

    Raises:
      RequestError: something else is there.
    """
    names = require_folder(
        out,
        is_ours=lambda name: name.startswith(("part-", ".", VECTORS, ITEMS)),
        takes="give a new folder",
        noun="an export",
        unless=lambda names: MANIFEST in names,
    )
    if MANIFEST in names:
        raise RequestError(f"{out} holds an export or a table already: give another --to")


def export_part(table: str, snapshot: Snapshot, position: int, out: str, part_format: PartFormat) -> str:
    """Writes one part of the version in another format; returns the new file's name."""
    part = sorted(snapshot.parts)[position]
    name = f"part-{position:05}{SUFFIX[part_format]}"
    with files.publish(files.join(out, name)) as temporary:
        writer = part_writer(temporary, snapshot.schema, part_format=part_format)
        try:
            for batch in _batches(table, snapshot, part):
                writer.write(batch)
        finally:
            writer.close()
    return name


def export_npy(table: str, snapshot: Snapshot, out: str) -> list[str]:
    """Writes `embeddings.npy` (float32 [rows, dim]) and `items.parquet`, row i of one belonging to row i of the other."""
    dim = snapshot.about.dim
    header = {"descr": "<f4", "fortran_order": False, "shape": (snapshot.rows, dim)}
    others = pa.schema([field for field in snapshot.schema if field.name != EMBEDDING])
    with (
        files.publish(files.join(out, VECTORS)) as vectors_path,
        files.publish(files.join(out, ITEMS)) as items_path,
        files.open_write(vectors_path) as vectors,
        files.open_write(items_path) as items,
        pq.ParquetWriter(items, others, compression="zstd") as writer,
    ):
        np.lib.format.write_array_header_1_0(vectors, header)
        for part in sorted(snapshot.parts):
            for batch in _batches(table, snapshot, part):
                vectors.write(np.ascontiguousarray(vectors_of(batch.column(EMBEDDING), dim)).data)
                writer.write_batch(batch.select(others.names).cast(others))
    return [VECTORS, ITEMS]


def publish_manifest(snapshot: Snapshot, table: str, out: str, names: list[str]) -> None:
    """The last file of an export: what it holds and where it came from."""
    manifest = {
        "format": "vectormill-export-1",
        "table": table,
        "version": snapshot.version,
        "rows": snapshot.rows,
        "encoder": json.loads(snapshot.about.to_json()),
        "files": sorted(names),
    }
    files.write(files.join(out, MANIFEST), json.dumps(manifest, indent=1).encode())


def _batches(table: str, snapshot: Snapshot, part: str) -> Iterator[pa.RecordBatch]:
    return read_part(files.join(table, part), schema=snapshot.schema, part_format=snapshot.about.part_format)
