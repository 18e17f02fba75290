"""A million vectors of 512 values from a .npy file into a feature table: seconds, memory, equality, and an index on them.

    python -m benchmarks.importing [--rows 1000000]     # two minutes, 4 GB on the disk meanwhile

Beside it what a person writes: numpy maps the file, pyarrow makes record batches, deltalake writes them, with compression as the
table has it; it has ids and vectors, and no hashes of contents, checks of values, or way to go on when it is killed. The index
is of the first 100,000 vectors, whose recall `vectormill index` measures on held-out rows.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.common import WORK, show, verdict
from benchmarks.figures import record
from benchmarks.indexing import MEGABYTE, index_arguments, ran, report_of

_DIM = 512
_PIECE = 50_000
_INDEXED = 100_000
_PLAIN = """
import sys
import numpy as np, pyarrow as pa, pyarrow.parquet as pq
from deltalake import WriterProperties, write_deltalake

x = np.load(sys.argv[1], mmap_mode="r")
ids = pq.read_table(sys.argv[2]).column("id").combine_chunks()
kind = pa.schema([("id", pa.string()), ("embedding", pa.list_(pa.float32()))])

def batches():
    for start in range(0, len(x), 8192):
        piece = x[start : start + 8192]
        offsets = np.arange(0, piece.size + 1, x.shape[1], dtype=np.int32)
        lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array(piece.reshape(-1)))
        yield pa.record_batch([ids[start : start + len(piece)], lists], schema=kind)

properties = WriterProperties(compression="ZSTD")
write_deltalake(sys.argv[3], pa.RecordBatchReader.from_batches(kind, batches()), writer_properties=properties)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--prepare", action="store_true", help="make the files, and measure nothing")
    asked = parser.parse_args()
    folder = WORK / f"importing-{asked.rows}"
    array, ids = folder / "x.npy", folder / "ids.parquet"
    if not ids.exists():
        write_corpus(array, ids, asked.rows)
    if asked.prepare:
        return
    table, plain = folder / "table", folder / "plain"
    for path in (table, plain):
        shutil.rmtree(path, ignore_errors=True)
    ours = ran(["-m", "launch.cli", "import", str(array), "--ids", str(ids), "--to", str(table), "--json"])
    by_hand = ran(["-c", _PLAIN, str(array), str(ids), str(plain)])
    differing = different_rows(table, array)
    index_rows, recall, seconds = indexed(array, ids, folder)
    show(
        f"{asked.rows:,} vectors of {_DIM} values from .npy",
        ["what", "seconds", "processor seconds", "memory, without mapped files"],
        [
            [name, f"{one.seconds:.1f}", f"{one.worked:.1f}", f"{one.own / MEGABYTE:,.0f} MB"]
            for name, one in (("vectormill import", ours), ("numpy, pyarrow, deltalake by hand", by_hand))
        ],
    )
    show("checks", ["what", "found"], [
        ["rows whose id or vector differs", verdict(differing, 0, at_least=False)],
        [f"recall at 10 of an index of {index_rows:,}", f"{recall:.4f}, in {seconds:.1f} s"],
    ])  # fmt: skip
    shutil.rmtree(folder)
    record(
        {
            "seconds": ours.seconds,
            "by_hand": by_hand.seconds,
            "megabytes": ours.own / MEGABYTE,
            "by_hand_megabytes": by_hand.own / MEGABYTE,
            "differing": differing,
            "recall": recall,
        }
    )


def write_corpus(array: Path, ids: Path, rows: int) -> None:
    """Vectors around 5,000 centres, of length 1; ids that are no numbers."""
    array.parent.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    centres = random.standard_normal((5_000, _DIM), np.float32)
    with array.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": "<f4", "fortran_order": False, "shape": (rows, _DIM)})
        for start in range(0, rows, _PIECE):
            count = min(_PIECE, rows - start)
            vectors = centres[random.integers(0, len(centres), count)]
            vectors += 0.7 * random.standard_normal(vectors.shape, np.float32)
            vectors /= np.linalg.norm(vectors, axis=1)[:, None]
            stream.write(vectors.data)
    pq.write_table(pa.table({"id": [f"item-{row:08}" for row in range(rows)]}), ids)


def different_rows(table: Path, array: Path) -> int:
    """Rows of the table whose vector is another than that of the array at its id, and rows that it lacks."""
    given = np.load(array, mmap_mode="r")
    seen = np.zeros(len(given), np.bool_)
    wrong = 0
    for places, vectors in _parts(table):
        seen[places] = True
        wrong += int((vectors != given[places]).any(axis=1).sum())
    return wrong + int((~seen).sum())


def _parts(table: Path) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    from deltalake import DeltaTable

    for path in DeltaTable(table).file_uris():
        for batch in pq.ParquetFile(path).iter_batches(20_000, columns=["id", "embedding"]):
            places = np.array([int(name[5:]) for name in batch.column("id").to_pylist()])
            yield places, batch.column("embedding").flatten().to_numpy().reshape(-1, _DIM)


def indexed(array: Path, ids: Path, folder: Path) -> tuple[int, float, float]:
    """Rows, recall and seconds of an index of the first vectors."""
    rows = min(_INDEXED, len(np.load(array, mmap_mode="r")))
    some = folder / "some"
    some.mkdir(exist_ok=True)
    np.save(some / "x.npy", np.load(array, mmap_mode="r")[:rows])
    pq.write_table(pq.read_table(ids).slice(0, rows), some / "ids.parquet")
    table, index = folder / "some-table", folder / "index"
    ran(["-m", "launch.cli", "import", str(some / "x.npy"), "--ids", str(some / "ids.parquet"), "--to", str(table)])
    made = ran(index_arguments(table, index, "--kind", "ivf"))
    return rows, float(report_of(index)["recall"]["at"]["10"]["value"]), made.seconds


if __name__ == "__main__":
    main()
