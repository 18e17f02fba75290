"""Writes and reads stored vectors: one FAISS file of codes (float32, float16, int8), written as a stream, read by memory map.

The file is an ordinary flat FAISS index. FAISS itself writes one only from memory, so its header (that of an empty
index) is written with the number of rows filled in, and the codes follow: they are the last field of the format. The file is
read back at once, so that a FAISS with another format is a failed build and never a wrong answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import RowIndices, Vectors
from transforms.common.errors import RunError
from transforms.search.job import Store
from transforms.storage import files, local_disk

Codes = npt.NDArray[np.uint8]
VectorBlocks = Iterator[tuple[RowIndices, Vectors]]

_ROW_COUNT = slice(8, 16)  # after four bytes of kind and four of dimension
_DECODED = 16_384


def empty_store(store: Store, dim: int, sample: Vectors) -> Any:
    """Makes an empty, trained flat FAISS index by inner product: int8 takes its range per dimension from the sample."""
    import faiss

    if store == "float32":
        return faiss.IndexFlatIP(dim)
    quantiser = faiss.ScalarQuantizer.QT_fp16 if store == "float16" else faiss.ScalarQuantizer.QT_8bit
    index = faiss.IndexScalarQuantizer(dim, quantiser, faiss.METRIC_INNER_PRODUCT)
    index.train(sample if len(sample) else np.zeros((1, dim), np.float32))
    return index


def encoded(empty: Any, vectors: Vectors) -> Codes:
    """Encodes vectors float32 [n, dim] to codes uint8 [n, bytes]."""
    codes: Codes = empty.sa_encode(np.ascontiguousarray(vectors))
    return codes


def write_vectors(path: str, empty: Any, blocks: Iterable[Codes], rows: int) -> None:
    """Writes `rows` codes to `path`. Publishing the file under its final name is up to the caller.

    Raises:
      RunError: FAISS does not read what was written.
    """
    import faiss

    head = bytearray(faiss.serialize_index(empty).tobytes())
    size = empty.sa_code_size()
    width = 4 if isinstance(empty, faiss.IndexFlat) else 1
    head[_ROW_COUNT] = rows.to_bytes(8, "little")
    head[-8:] = (rows * size // width).to_bytes(8, "little")
    last = None
    with files.open_write(path) as stream:
        stream.write(head)
        for block in blocks:
            stream.write(np.ascontiguousarray(block).data)
            last = block[-1:] if len(block) else last
    found = open_vectors(path)
    if found.ntotal != rows or (
        last is not None and not np.array_equal(found.reconstruct(rows - 1), empty.sa_decode(last)[0])
    ):
        raise RunError(
            f"FAISS {faiss.__version__} does not read {path} as it was written: use the version that is locked"
        )


def open_vectors(path: str) -> Any:
    """Opens the flat FAISS index, memory-mapped."""
    import faiss

    return faiss.read_index(path, faiss.IO_FLAG_MMAP_IFC)


def decoded(stored: Any, rows: RowIndices | None = None) -> Vectors:
    """Decodes the vectors, float32 [n, dim], of some rows (None: all)."""
    rows = np.arange(stored.ntotal) if rows is None else rows
    if not len(rows):
        return np.empty((0, stored.d), np.float32)
    # Also of consecutive rows: FAISS decodes a range on one thread, several times slower.
    vectors: Vectors = stored.reconstruct_batch(np.ascontiguousarray(rows, np.int64))
    return vectors


def blocks_of(stored: Any, rows: RowIndices) -> VectorBlocks:
    """Yields rows int64 [b] and their vectors float32 [b, dim] block by block, for a few rows of a file that is mapped."""
    for start in range(0, len(rows), _DECODED):
        block = rows[start : start + _DECODED]
        yield block, decoded(stored, block)


def read_blocks(path: str, rows: RowIndices | None = None) -> VectorBlocks:
    """Yields the same for most rows of a file (None: all), in rising order; the file is read, so that none stays in memory."""
    stored = open_vectors(path)
    size = stored.sa_code_size()
    rows = np.arange(stored.ntotal) if rows is None else rows
    with local_disk.open_unbuffered(path) as stream:
        stream.seek(files.size(path) - stored.ntotal * size)
        for start in range(0, stored.ntotal, _DECODED):
            codes = np.fromfile(stream, np.uint8, min(_DECODED, stored.ntotal - start) * size).reshape(-1, size)
            here = rows[slice(*np.searchsorted(rows, [start, start + len(codes)]))]
            if len(here):
                yield here, stored.sa_decode(codes if len(here) == len(codes) else codes[here - start])
