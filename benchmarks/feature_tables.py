"""Large feature tables for benchmarks, made without an encoder: sentence vectors of real corpora, and mixtures of them.

A mixture is a random one of two vectors under `use-multilingual`, with some noise, at unit length.
"""

from __future__ import annotations

import csv
import gzip
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.common import CORPORA, WORK, child, console
from transforms import encoders
from transforms.corpus.chunks.sentences import sentences
from transforms.storage import files
from transforms.table import ledger
from transforms.table.delta_log import DeltaLog
from transforms.table.open import existing
from transforms.table.parts import part_writer
from transforms.table.schema import table_schema, vector_column, vectors_of
from transforms.table.snapshot import Layout, NewPart, Provenance
from transforms.table.vectors import TableVectors

DIM = 512
PART_ROWS = 65_536
_SOURCE_ROWS = 8_192
_SHARPNESS = 6.0
_LONGEST = 1_000
_ENCODER = "use-multilingual"

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a part, in order: names, versions of what they hold, sources, labels, and vectors float32 [n, 512]."""

    ids: Sequence[str]
    contents: Sequence[str]
    sources: Sequence[str]
    labels: Sequence[str]
    vectors: Vectors

    def take(self, rows: npt.NDArray[np.int64]) -> Rows:
        ids, contents, sources, labels = (
            [column[row] for row in rows] for column in (self.ids, self.contents, self.sources, self.labels)
        )
        return Rows(ids, contents, sources, labels, self.vectors[rows])


def sentence_vectors() -> np.ndarray:
    """Vectors of agnews under use-multilingual, float32 [17,601, 512]; embedded once."""
    columns = ("--no-header", "--text-column", "0", "--label-column", "1")
    return _embedded("agnews", CORPORA / "agnews", columns)


def all_sentence_vectors() -> np.ndarray:
    """Unit vectors of every distinct headline and sentence of five corpora, float32 [184,178, 512]; embedded once."""
    path = WORK / "sentences.txt"
    if not path.exists():
        WORK.mkdir(exist_ok=True)
        texts = dict.fromkeys(" ".join(text.split())[:_LONGEST] for text in _texts())
        path.write_text("\n".join(text for text in texts if text) + "\n", encoding="utf-8")
    vectors = _embedded("sentences", path, ())
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _texts() -> Iterator[str]:
    with (CORPORA / "abcnews" / "abcnews-date-text.csv").open(encoding="utf-8") as stream:
        yield from [row[1] for row in csv.reader(stream) if len(row) == 2][1:]
    for name in ("clickbait", "news"):
        with gzip.open(CORPORA / "clickbait" / f"{name}.txt.gz", "rt", encoding="utf-8") as lines:
            yield from lines
    for name in ("pos", "neg"):
        path = CORPORA / "movie_reviews" / f"{name}.txt"
        yield from path.read_text(encoding="utf-8", errors="replace").splitlines()
    for name in ("dev", "test"):
        for line in (CORPORA / "agnews" / f"{name}.tsv").read_text(encoding="utf-8").splitlines():
            yield line.split("\t")[0]
    for line in (CORPORA / "scifact" / "corpus.jsonl").open(encoding="utf-8"):
        printed = json.loads(line)
        yield printed["title"]
        yield from (printed["text"][start:stop] for start, stop in sentences(printed["text"]))


def _embedded(name: str, corpus: Path, columns: Sequence[str]) -> np.ndarray:
    """The vectors of a corpus, in the order of its table's rows; kept in `<name>.npy`."""
    path = WORK / f"{name}.npy"
    if not path.exists():
        table = WORK / f"{name}.table"
        child(["-m", "launch.cli", "embed", str(corpus), *columns, "--encoder", _ENCODER, "--to", str(table)])
        chunks = [chunk.vectors for chunk in TableVectors(str(table), existing(str(table))).chunks()]
        np.save(path, np.concatenate(chunks))
    stored: np.ndarray = np.load(path)
    return stored


def mixed(rows: int, *, random: np.random.Generator, real: np.ndarray) -> Vectors:
    """Mixtures float32 [rows, 512]."""
    first, second = (real[random.integers(0, len(real), rows)] for _ in range(2))
    share = random.uniform(size=(rows, 1)).astype(np.float32)
    made = first * share + second * (1 - share) + random.standard_normal((rows, DIM), np.float32) * np.float32(0.02)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made


def mixtures(rows: int, *, classes: int, seed: int, real: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vectors float32 [rows, 512] and labels int [rows], which no classifier learns wholly and a linear one learns best.

    A label is drawn from a softmax of a fixed random linear map.
    """
    random = np.random.default_rng(seed)
    made = mixed(rows, random=random, real=real)
    turn = np.random.default_rng(7).standard_normal((DIM, classes)).astype(np.float32)
    logits = (made - real.mean(axis=0)) @ turn * np.float32(_SHARPNESS)
    return made, (logits + random.gumbel(size=logits.shape)).argmax(axis=1)


def labelled_table(rows: int, *, classes: int) -> Path:
    """A feature table of so many mixtures of agnews headlines, with labels to learn; made once."""

    def parts() -> Iterator[tuple[str, Rows]]:
        real = sentence_vectors()
        for number, start in enumerate(range(0, rows, PART_ROWS)):
            count = min(PART_ROWS, rows - start)
            vectors, labels = mixtures(count, classes=classes, seed=number, real=real)
            name, ids = part_name(number), [f"{start + row:08}" for row in range(count)]
            yield name, Rows(ids, ids, [name] * count, [f"class {label}" for label in labels], vectors)

    return _once(WORK / f"mixtures-{rows}-{classes}", parts)


def sentence_table(rows: int) -> Path:
    """A feature table of all real sentence vectors and mixtures of them up to `rows`, in random order; made once.

    Its ids are `00000000` and so on, eight sources make a part, and what a row holds (`content`) is named by its id.
    """

    def parts() -> Iterator[tuple[str, Rows]]:
        real = all_sentence_vectors()
        order = np.random.default_rng(0).permutation(max(rows, len(real)))[:rows]
        for number, start in enumerate(range(0, rows, PART_ROWS)):
            here = order[start : start + PART_ROWS]
            vectors = mixed(len(here), random=np.random.default_rng([1, number]), real=real)
            is_real = here < len(real)
            vectors[is_real] = real[here[is_real]]
            yield part_name(number), numbered(start, vectors)

    return _once(WORK / f"sentences-{rows}", parts)


def numbered(start: int, vectors: Vectors) -> Rows:
    """New rows, named by their positions from `start` on."""
    at = range(start, start + len(vectors))
    ids = [f"{row:08}" for row in at]
    return Rows(ids, ids, [f"source-{row // _SOURCE_ROWS:05}" for row in at], ["first"] * len(ids), vectors)


def part_name(number: int) -> str:
    return f"part-{number:05}.parquet"


def read_rows(root: Path, part: str) -> Rows:
    """A part of a table, whole."""
    stored = pq.read_table(root / part)
    ids, contents, sources, labels = (stored.column(name).to_pylist() for name in ("id", "content", "source", "label"))
    return Rows(ids, contents, sources, labels, vectors_of(stored.column("embedding"), DIM))


def commit(root: Path, parts: Iterable[tuple[str, Rows]], *, removes: Sequence[str] = ()) -> None:
    """The next version of a table: parts come and go together."""
    layout = Layout(str(root))
    root.mkdir(parents=True, exist_ok=True)
    base = existing(str(root)) if (root / "_delta_log").exists() else None
    schema = table_schema(has_text=False, chunked=False)
    adds, entries = [], []
    for name, rows in parts:
        _write(layout.part(name), rows, schema)
        adds.append(NewPart(name=name, rows=len(rows.ids), size=files.size(layout.part(name))))
        sources, counts = np.unique(rows.sources, return_counts=True)
        entries += [
            {"source": source, "fingerprint": "1", "shard": Path(name).stem, "part": name, "rows": count, "dead": 0}
            for source, count in zip(sources.tolist(), counts.tolist(), strict=True)
        ]
    if base is not None:
        entries += [entry for entry in base.ledger.to_pylist() if entry["part"] not in removes]
    resolved = encoders.resolve(_ENCODER)
    about = Provenance.of(
        encoders.find(_ENCODER),
        fingerprint=resolved.fingerprint,
        precision=resolved.precision,
        dim=DIM,
        run=uuid.uuid4().hex,
        part_format="parquet",
        inputs=(),
        reading='{"modality": "text", "max_chars": 100000}',
    )
    printed = pa.Table.from_pylist(entries, schema=ledger.SCHEMA)
    DeltaLog(layout).commit(base=base, schema=schema, adds=adds, removes=list(removes), entries=printed, about=about)


def _once(root: Path, parts: Callable[[], Iterator[tuple[str, Rows]]]) -> Path:
    if not (root / "_delta_log").exists():
        console.print(f"[dim]making {root.name}[/dim]")
        commit(root, parts())
    return root


def _write(path: str, rows: Rows, schema: pa.Schema) -> None:
    columns = [
        pa.array(values) for values in (rows.ids, rows.contents, rows.sources, ["1"] * len(rows.ids), rows.labels)
    ]
    with files.publish(path) as temporary:
        writer = part_writer(temporary, schema, part_format="parquet")
        for low in range(0, len(rows.ids), 8_192):
            arrays = [column.slice(low, 8_192) for column in columns]
            arrays.append(vector_column(rows.vectors[low : low + 8_192]))
            writer.write(pa.RecordBatch.from_arrays(arrays, schema=schema))
        writer.close()
