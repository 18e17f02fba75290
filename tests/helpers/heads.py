"""What tests of heads share: an encoder that goes into a real export, news of three topics, tables of them, and jobs.

A text's vector comes from its words, so that scores tied to a wrong id are seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.helpers import embedding
from transforms.common.hashes import hashes_of
from transforms.heads.job import HeadOptions, TrainJob
from transforms.heads.rows.feature_transform import FOLDER, is_ready
from transforms.heads.rows.prepare import prepare
from transforms.heads.rows.prepared import Prepared
from transforms.heads.rows.split import sides
from transforms.storage import files
from transforms.table.open import existing

DIM = 16
BUCKETS = 4096
TOPICS = {
    "money": ("bank", "profit", "dividend", "loan"),
    "sky": ("rain", "storm", "drizzle", "hail"),
    "sport": ("goal", "coach", "penalty", "referee"),
}
LABELS = tuple(TOPICS)
READ = {"text_column": "text", "id_column": "id"}

Row = dict[str, Any]


def save_encoder(folder: Path, *, seed: int = 0) -> Path:
    """A SavedModel of a text encoder: the mean over the words of a vector that each word's hash finds."""
    import tensorflow as tf

    class Words(tf.Module):
        def __init__(self) -> None:
            self.rows = tf.Variable(np.random.default_rng(seed).standard_normal((BUCKETS, DIM)).astype(np.float32))

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])  # type: ignore[untyped-decorator]
        def __call__(self, texts: Any) -> Any:
            words = tf.strings.split(texts)
            found = tf.gather(self.rows, tf.strings.to_hash_bucket_fast(words.flat_values, BUCKETS))
            total = tf.reduce_sum(words.with_flat_values(found), axis=1)
            return tf.math.divide_no_nan(total, tf.cast(words.row_lengths(), tf.float32)[:, None])

    tf.saved_model.save(Words(), str(folder))
    return folder


def news(count: int, *, seed: int = 0, name: str = "") -> list[Row]:
    """Rows with id, text and label, the labels in turn: of eight words, most tell the topic."""
    random = np.random.default_rng(seed)
    return [
        {
            "id": f"{name}{number:03}",
            "text": " ".join(
                str(random.choice(TOPICS[label])) if random.random() < 0.75 else f"w{random.integers(500)}"
                for _ in range(8)
            ),
            "label": label,
        }
        for number, label in ((number, LABELS[number % len(LABELS)]) for number in range(count))
    ]


def write_rows(
    path: Path, rows: Sequence[Mapping[str, Any]], *, types: Mapping[str, pa.DataType] | None = None
) -> Path:
    """A Parquet file; columns that are not in `types` have the type that Arrow sees in them."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    arrays = {name: pa.array(values, (types or {}).get(name)) for name, values in columns.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(arrays), path)
    return path


def embedded(root: Path, rows: Sequence[Mapping[str, Any]], *, source: str = "a.parquet", **asked: Any) -> str:
    """The feature table `root/table` of `root/corpus`, to which the rows are added as a source; a fake encoder's vectors."""
    write_rows(root / "corpus" / source, rows, types=asked.pop("types", None))
    kept = tuple(name for name in rows[0] if name not in ("id", "text", "label"))
    read = {**READ, "keep": kept, "label_column": "label" if "label" in rows[0] else None, **asked.pop("read", {})}
    table = str(root / "table")
    embedding.embed(embedding.job(root / "corpus", table, read=read, **asked))
    return table


def train_job(table: str, to: Path | str, *, version: int | None = None, **asked: Any) -> TrainJob:
    """A TrainJob of one head; what `HeadOptions` knows goes there."""
    ours = {name: asked.pop(name) for name in list(asked) if name in HeadOptions.__dataclass_fields__}
    heads = asked.pop("heads", (HeadOptions(**ours),))
    return TrainJob(table=table, version=existing(table, version).version, to=str(to), heads=heads, **asked)


def ids_of(table: str, version: int | None = None) -> list[str]:
    """Ids in the order in which positions count the rows."""
    from transforms.table.vectors import TableVectors

    batches = TableVectors(table, existing(table, version)).columns(["id"])
    return [name for batch in batches for name in batch.column("id").to_pylist()]


def sides_by_id(table: str, prepared: Prepared, version: int | None = None) -> dict[str, int]:
    """The side of each id of a prepared training."""
    return dict(zip(ids_of(table, version), prepared.sides.tolist(), strict=True))


def hashed_sides(ids: Sequence[str], split: Mapping[str, Any]) -> dict[str, int]:
    """The side of each id, from what a lineage tells of the split."""
    from transforms.heads.job import Fractions

    found = sides(hashes_of(ids), salt=split["salt"], fractions=Fractions(**split["fractions"]))
    return dict(zip(ids, found.tolist(), strict=True))


def prepare_without_beam(job: TrainJob, *labels: str) -> None:
    """What is there before the heads of a job are trained, where they see the vectors as they are: `labels` in the order of
    their frequency are all that Transform learns."""
    prepare(job)
    folder = files.join(job.state, FOLDER)
    for position in range(len(job.heads)):
        names = "".join(f"{label}\n" for label in labels)
        files.write(files.join(folder, "transform_fn", "assets", f"labels-{position}"), names.encode())
    files.write(files.join(folder, "ready.json"), b"{}")
    assert is_ready(job)
