"""Opens a version of a feature table to be read from Python: its rows as Arrow, its vectors as NumPy."""

from __future__ import annotations

import os
from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.storage import files
from transforms.table.open import existing, open_log
from transforms.table.parts import read_part
from transforms.table.snapshot import Snapshot
from transforms.table.vectors import TableVectors


class FeatureTable:
    """One version of a feature table. Rows are in the same order in every method.

    Attributes:
      path: folder of the table.
      snapshot: the version's parts and sources, for who needs more than is here.
    """

    def __init__(self, path: str, snapshot: Snapshot) -> None:
        self.path = path
        self.snapshot = snapshot

    @property
    def version(self) -> int:
        return self.snapshot.version

    @property
    def rows(self) -> int:
        return self.snapshot.rows

    @property
    def encoder(self) -> str:
        """The name of the encoder that made the vectors."""
        return self.snapshot.about.encoder

    @property
    def dim(self) -> int:
        return self.snapshot.about.dim

    @property
    def schema(self) -> pa.Schema:
        return self.snapshot.schema

    def versions(self) -> list[int]:
        """The versions that can still be read, newest first."""
        return [past.version for past in open_log(self.path).history()]

    def to_arrow(self, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows with the given columns (None: all of them).

        Raises:
          RequestError: the table lacks a column.
        """
        names = list(self.schema.names if columns is None else columns)
        missing = [name for name in names if name not in self.schema.names]
        if missing:
            raise RequestError(f"{self.path} has no column {missing[0]!r}; it has {', '.join(self.schema.names)}")
        schema = pa.schema([self.schema.field(name) for name in names])
        batches = [
            batch.select(names)
            for part in sorted(self.snapshot.parts)
            for batch in read_part(
                files.join(self.path, part),
                schema=self.schema,
                part_format=self.snapshot.about.part_format,
                columns=names,
            )
        ]
        return pa.Table.from_batches(batches).cast(schema) if batches else schema.empty_table()

    def vectors(self) -> npt.NDArray[np.float32]:
        """All vectors, float32 [rows, dim], in memory.

        Raises:
          RequestError: a vector holds NaN or infinity.
        """
        out = np.empty((self.rows, self.dim), np.float32)
        for chunk in TableVectors(self.path, self.snapshot).chunks():
            out[chunk.rows] = chunk.vectors
        return out

    def __len__(self) -> int:
        return self.rows

    def __repr__(self) -> str:
        return f"<FeatureTable {self.path}, version {self.version}: {self.rows:,} rows, {self.dim} dimensions, {self.encoder}>"

    def _repr_html_(self) -> str:
        facts = {
            "table": self.path,
            "version": self.version,
            "rows": f"{self.rows:,}",
            "encoder": f"{self.encoder} ({self.dim} dimensions)",
            "columns": ", ".join(self.schema.names),
        }
        rows = "".join(f"<tr><th>{name}</th><td>{escape(str(value))}</td></tr>" for name, value in facts.items())
        return f"<table>{rows}</table>"


def open_table(path: str | os.PathLike[str], version: int | None = None) -> FeatureTable:
    """Opens a version (None: the newest) of the feature table in a folder.

    Raises:
      RequestError: there is no such table or version, or it lacks parts.
    """
    root = os.fspath(path).removeprefix("file://").rstrip("/") or "/"
    return FeatureTable(root, existing(root, version))
