"""Large feature tables for benchmarks, made without an encoder: mixtures of real sentence vectors, with labels to learn.

A row is a random mixture of two vectors of agnews headlines under `use-multilingual`, with some noise, at unit length; its
label is drawn from a softmax of a fixed random linear map, so that no classifier reaches 100% and the best is a linear one.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.common import CORPORA, WORK, child, console
from transforms import encoders, files
from transforms.delta_log import DeltaLog
from transforms.open_table import existing
from transforms.parts import part_writer
from transforms.schema import table_schema, vector_column
from transforms.table import About, Layout, NewPart

DIM = 512
_PART_ROWS = 65_536
_SHARPNESS = 6.0


def sentence_vectors() -> np.ndarray:
    """Vectors of agnews under use-multilingual, float32 [17,601, 512]; embedded once."""
    path = WORK / "agnews.npy"
    if not path.exists():
        table = WORK / "agnews.table"
        columns = ("--no-header", "--text-column", "0", "--label-column", "1", "--encoder", "use-multilingual")
        child(["-m", "launch.cli", "embed", str(CORPORA / "agnews"), *columns, "--to", str(table)])
        snapshot = existing(str(table))
        from transforms.table_vectors import TableVectors

        chunks = [chunk.vectors for chunk in TableVectors(str(table), snapshot).chunks()]
        np.save(path, np.concatenate(chunks))
    held: np.ndarray = np.load(path)
    return held


def mixtures(rows: int, *, classes: int, seed: int, real: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vectors float32 [rows, 512] and labels int [rows]."""
    random = np.random.default_rng(seed)
    first, second = (real[random.integers(0, len(real), rows)] for _ in range(2))
    share = random.uniform(size=(rows, 1)).astype(np.float32)
    made = first * share + second * (1 - share) + random.standard_normal((rows, DIM), np.float32) * np.float32(0.02)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    turn = np.random.default_rng(7).standard_normal((DIM, classes)).astype(np.float32)
    logits = (made - real.mean(axis=0)) @ turn * np.float32(_SHARPNESS)
    return made, (logits + random.gumbel(size=logits.shape)).argmax(axis=1)


def labelled_table(rows: int, *, classes: int) -> Path:
    """A feature table of so many mixtures; made once."""
    root = WORK / f"mixtures-{rows}-{classes}"
    if (root / "_delta_log").exists():
        return root
    console.print(f"[dim]making {root.name}[/dim]")
    WORK.mkdir(exist_ok=True)
    real = sentence_vectors()
    spec = encoders.find("use-multilingual")
    encoder = encoders.resolve("use-multilingual")
    schema = table_schema(modality="text", keep_text=False, chunked=False)
    layout = Layout(str(root))
    adds = []
    for number, start in enumerate(range(0, rows, _PART_ROWS)):
        count = min(_PART_ROWS, rows - start)
        vectors, labels = mixtures(count, classes=classes, seed=number, real=real)
        ids = [f"{start + row:08}" for row in range(count)]
        name = f"part-{number:05}.parquet"
        with files.publish(layout.part(name)) as temporary:
            writer = part_writer(temporary, schema, part_format="parquet")
            columns = {
                "id": pa.array(ids),
                "content": pa.array(ids),
                "source": pa.array([name] * count),
                "fingerprint": pa.array(["1"] * count),
                "label": pa.array([f"class {label}" for label in labels]),
            }
            for low in range(0, count, 8_192):
                arrays = [column.slice(low, 8_192) for column in columns.values()]
                arrays.append(vector_column(vectors[low : low + 8_192]))
                writer.write(pa.RecordBatch.from_arrays(arrays, schema=schema))
            writer.close()
        adds.append(NewPart(name=name, rows=count, size=files.size(layout.part(name))))
    entries = pa.table(
        {
            "source": [part.name for part in adds],
            "fingerprint": ["1"] * len(adds),
            "shard": [part.name.removeprefix("part-").partition(".")[0] for part in adds],
            "part": [part.name for part in adds],
            "rows": pa.array([part.rows for part in adds], pa.int64()),
            "dead": pa.array([0] * len(adds), pa.int64()),
        }
    )
    about = About.of(
        spec,
        fingerprint=encoder.fingerprint,
        precision=encoder.precision,
        dim=DIM,
        run=f"mixtures-{time.time()}",
        part_format="parquet",
        inputs=(),
        reading='{"modality": "text", "max_chars": 100000}',
    )
    DeltaLog(layout).commit(base=None, schema=schema, adds=adds, removes=[], entries=entries, about=about)
    return root
