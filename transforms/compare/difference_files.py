"""Writes the differences between two versions as Parquet tables, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.storage import files


class DifferenceFiles:
    """The tables FOLDER/NAME.parquet; without a folder nothing is written."""

    def __init__(self, folder: str | None, closing: ExitStack) -> None:
        self._folder = folder
        self._closing = closing
        self._writers: dict[str, pq.ParquetWriter] = {}

    @property
    def are_wanted(self) -> bool:
        return self._folder is not None

    def write(self, name: str, rows: pa.Table) -> None:
        """Adds rows to a table, which has the schema of the first that were added; no row makes an empty table."""
        if self._folder is None:
            return
        if name not in self._writers:
            files.make_folder(self._folder)
            path = self._closing.enter_context(files.publish(files.join(self._folder, f"{name}.parquet")))
            writer = pq.ParquetWriter(path, rows.schema, compression="zstd")
            self._writers[name] = self._closing.enter_context(writer)
        self._writers[name].write_table(rows)

    def write_rows(self, name: str, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
        """The same of rows in Python."""
        self.write(name, pa.Table.from_pylist(rows, schema=schema))


@contextmanager
def difference_files(folder: str | None) -> Iterator[DifferenceFiles]:
    """Gives tables to write into; they appear when the block ends well.

    Raises:
      OSError: the folder cannot be written.
    """
    with ExitStack() as closing:
        yield DifferenceFiles(folder, closing)
