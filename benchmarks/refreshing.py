"""What benchmarks of `vectormill refresh` share: encoders made of hashes, and refreshes in processes that may be killed."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import forked, import_as
from launch import cli
from transforms.encoders.spec import NOTHING_COMPUTED, Computation, Encoder, EncoderSpec, LoadableEncoder, Precision

DIM = 16
TEXT = EncoderSpec(name="words", handle="builtin://words", modality="text", dim=DIM, batch_items=64, batch_chars=10_000)
IMAGE = EncoderSpec(
    name="pixels",
    handle="builtin://pixels",
    modality="image",
    dim=DIM,
    image_size=(8, 8),
    pixel_range=(0, 1),
    batch_items=32,
)

_pause = 0.0


def slow(seconds: float) -> None:
    """Makes every call of an encoder in this process take so long."""
    global _pause
    _pause = seconds


@dataclass
class WordEncoder:
    """The mean of the hashes of a text's words, or the hash of an image."""

    spec: EncoderSpec = TEXT
    fingerprint: str = "words-1"
    precision: Precision = "float32"
    computation: Computation = NOTHING_COMPUTED
    exact: Any = None

    def load(self) -> Encoder:
        return self

    def encode(self, items: Any) -> Any:
        time.sleep(_pause)
        contents = [item.encode() if isinstance(item, str) else item.tobytes() for item in items]
        if self.spec.modality == "image":
            return np.stack([self._numbers(content) for content in contents])
        return np.stack([np.mean([self._numbers(word) for word in content.split()], axis=0) for content in contents])

    def _numbers(self, content: bytes) -> Any:
        digest = hashlib.sha512(self.fingerprint.encode() + content).digest()
        return np.frombuffer(digest, np.uint32).astype(np.float32) / 2**31 - 1


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code, and all that it wrote."""

    code: int
    said: str


class Process:
    """A forked process."""

    def __init__(self, action: Callable[[], int | None], log: Path) -> None:
        self._log = log
        self._process = forked(action, log)
        self._process.start()

    @property
    def pid(self) -> int:
        return int(self._process.pid)

    def kill(self, after: float) -> bool:
        """Kills it so many seconds from now; whether it was still there."""
        self._process.join(after)
        if self._process.exitcode is not None:
            return False
        os.kill(self.pid, signal.SIGKILL)
        self._process.join()
        return True

    def end(self) -> Ended:
        self._process.join()
        return Ended(self._process.exitcode or 0, self._log.read_text())

    def wait_until_stopped(self) -> None:
        """Waits for its SIGSTOP."""
        state = ""
        while state != "T":
            time.sleep(0.02)
            state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
            if state == "Z":
                raise SystemExit(f"ended instead of stopping: {self._log.read_text()}")


@dataclass(frozen=True)
class Counted:
    """An encoder that adds a line to a file for every item that it encodes, and may be slow."""

    inner: LoadableEncoder
    log: Path

    @property
    def spec(self) -> EncoderSpec:
        return self.inner.spec

    @property
    def precision(self) -> Precision:
        return self.inner.precision

    @property
    def fingerprint(self) -> str:
        return self.inner.fingerprint

    def load(self) -> Encoder:
        loaded = self.inner.load()
        return CountedLoaded(loaded.spec, loaded.fingerprint, loaded.computation, loaded.exact, loaded, self.log)


@dataclass
class CountedLoaded:
    """What a `Counted` loads."""

    spec: EncoderSpec
    fingerprint: str
    computation: Computation
    exact: Any
    inner: Encoder
    log: Path

    def encode(self, items: Any) -> Any:
        contents = [item.encode() if isinstance(item, str) else item.tobytes() for item in items]
        time.sleep(_pause)
        vectors = self.inner.encode(items)
        # One write for all: of a process that is killed it is there whole or not at all.
        name = self.fingerprint[:12]
        digests = "".join(f"{name}-{hashlib.sha1(content).hexdigest()}\n" for content in contents)
        file = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(file, digests.encode())
        os.close(file)
        return vectors


def save_encoder(folder: Path, *, seed: int = 0, words: int = 4096) -> None:
    """Saves a text encoder that a model can be exported with: the mean of a vector for each word, found by its hash."""

    def save() -> None:
        import tensorflow as tf

        class Words(tf.Module):
            def __init__(self) -> None:
                rows = np.random.default_rng(seed).standard_normal((words, DIM))
                self.rows = tf.Variable(rows.astype(np.float32))

            @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])  # type: ignore[untyped-decorator]
            def __call__(self, texts: Any) -> Any:
                split = tf.strings.split(texts)
                found = tf.gather(self.rows, tf.strings.to_hash_bucket_fast(split.flat_values, words))
                total = tf.reduce_sum(split.with_flat_values(found), axis=1)
                return tf.math.divide_no_nan(total, tf.cast(split.row_lengths(), tf.float32)[:, None])

        tf.saved_model.save(Words(), str(folder))

    ended = Process(save, folder.with_name(f"{folder.name}.log")).end()
    if ended.code or not folder.exists():
        raise SystemExit(ended.said)


def import_everything(job: Path) -> None:
    """Imports what a refresh of the job imports."""
    import_as(lambda: cli.run(["refresh", str(job)]), job.with_name("log"))
