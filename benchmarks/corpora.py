"""The corpora that benchmarks make for themselves, once, in benchmarks/.work."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.common import CORPORA, WORK


def headlines(count: int) -> list[str]:
    """Distinct short texts: the headlines of abcnews, again with a number behind each where they run out."""
    with (CORPORA / "abcnews" / "abcnews-date-text.csv").open(newline="", encoding="utf-8") as stream:
        lines = list(dict.fromkeys(row[1] for row in csv.reader(stream) if len(row) == 2))[1:]
    return [lines[i % len(lines)] + (f" {i // len(lines)}" if i >= len(lines) else "") for i in range(count)]


def text_lines(count: int) -> Path:
    """A .txt file of `count` headlines."""
    path = WORK / f"headlines-{count}.txt"
    if not path.exists():
        WORK.mkdir(exist_ok=True)
        path.write_text("\n".join(headlines(count)) + "\n", encoding="utf-8")
    return path


def text_parquet(count: int) -> Path:
    """A Parquet file with one column `text` of `count` headlines."""
    path = WORK / f"headlines-{count}.parquet"
    if not path.exists():
        WORK.mkdir(exist_ok=True)
        pq.write_table(pa.table({"text": headlines(count)}), path)
    return path


def text_files(count: int) -> Path:
    """A folder tree of `count` .txt files of one headline each."""
    root = WORK / f"files-{count}"
    if not root.exists():
        for number, line in enumerate(headlines(count)):
            path = root / f"{number // 1000:04}" / f"{number:07}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(line + "\n", encoding="utf-8")
    return root


def small_jpegs(count: int) -> Path:
    """A folder of `count` JPEGs of 320 x 240 pixels, each of its own colours."""
    from PIL import Image

    root = WORK / f"jpegs-{count}"
    if not root.exists():
        random = np.random.default_rng(0)
        root.mkdir(parents=True)
        for number in range(count):
            coarse = random.integers(0, 255, (6, 8, 3), np.uint8)
            Image.fromarray(coarse).resize((320, 240), Image.Resampling.BICUBIC).save(
                root / f"{number:06}.jpg", quality=90
            )
    return root


def dan_model() -> Path:
    """A fast DAN-like text encoder: hashed words, mean of their vectors, one dense layer. Strings [n] -> float32 [n, 512]."""
    path = WORK / "dan"
    if (path / "saved_model.pb").exists():
        return path
    import tensorflow as tf

    words, dim = 20_000, 512

    class Dan(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            random = np.random.default_rng(0)
            self.table = tf.Variable(random.normal(size=(words, dim)).astype(np.float32))
            self.dense = tf.Variable(random.normal(size=(dim, dim)).astype(np.float32) / dim**0.5)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])  # type: ignore[untyped-decorator]
        def __call__(self, texts: tf.Tensor) -> tf.Tensor:
            split = tf.strings.split(texts)
            found = tf.gather(self.table, tf.strings.to_hash_bucket_fast(split.values, words))
            rows = tf.cast(split.value_rowids(), tf.int32)
            return tf.tanh(tf.math.unsorted_segment_sqrt_n(found, rows, tf.shape(texts)[0]) @ self.dense)

    WORK.mkdir(exist_ok=True)
    tf.saved_model.save(Dan(), str(path))
    return path
