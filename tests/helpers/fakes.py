"""Encoders for tests: a vector is made from the item's content, so that a vector tied to a wrong id is seen."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from transforms.encoders.spec import NOTHING_COMPUTED, Computation, Encoder, EncoderSpec, Precision

DIM = 8
IMAGE_SIZE = (4, 4)

CALLS: list[list[bytes]] = []
"""Every item of every successful call of a fake encoder, in order."""

ATTEMPTS: list[int] = []
"""The size of every call of a fake encoder, failed ones too, in order."""

LOADS: list[str] = []
"""The name of every fake encoder that was loaded."""


def forget() -> None:
    """Clears the three records; a fixture does so around each test."""
    CALLS.clear()
    ATTEMPTS.clear()
    LOADS.clear()


class ResourceExhaustedError(Exception):
    """Named as TensorFlow's, which says that memory has run out."""


def vector_of(content: bytes, dim: int = DIM) -> np.ndarray:
    """The vector that belongs to this content: float32 [dim] in -1..1."""
    digest = hashlib.sha512(content).digest() * (1 + dim * 2 // 64)
    return (np.frombuffer(digest[: dim * 2], np.uint16).astype(np.float32) / 32768 - 1).astype(np.float32)


@dataclass
class FakeEncoder:
    """Hashes content. Fails on items that hold a poison, runs out of memory above `most_items`."""

    spec: EncoderSpec
    fingerprint: str
    poison: tuple[bytes, ...] = (b"POISON",)
    not_a_number: bytes = b"NAN!"
    most_items: int | None = None
    calls: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    computation: Computation = NOTHING_COMPUTED
    exact: Any = None

    def encode(self, items: Any) -> Any:
        contents = [item.encode() if isinstance(item, str) else item.tobytes() for item in items]
        with self.lock:
            self.calls.append(len(contents))
            ATTEMPTS.append(len(contents))
        if self.most_items is not None and len(contents) > self.most_items:
            raise ResourceExhaustedError("OOM when allocating tensor")
        for content in contents:
            if any(poison in content for poison in self.poison):
                raise ValueError(f"cannot encode {content[:20]!r}\nsecond line")
        with self.lock:
            CALLS.append(contents)
        vectors = np.stack([vector_of(content, self.spec.dim) for content in contents])  # type: ignore[arg-type]
        for row, content in enumerate(contents):
            if self.not_a_number in content:
                vectors[row, 3] = np.nan
        return vectors


@dataclass(frozen=True)
class FakeResolved:
    """What `encoders.resolve` gives for a fake."""

    spec: EncoderSpec
    fingerprint: str = "fake-1"
    precision: Precision = "float32"
    most_items: int | None = None
    poison: tuple[bytes, ...] = (b"POISON",)
    computation: Computation = NOTHING_COMPUTED
    exact: Any = None

    def load(self) -> Encoder:
        LOADS.append(self.spec.name)
        encoder = FakeEncoder(self.spec, self.fingerprint, poison=self.poison, most_items=self.most_items)
        encoder.computation, encoder.exact = self.computation, self.exact
        return encoder


def text_encoder(*, dim: int = DIM, fingerprint: str = "fake-1", batch_items: int = 16, **faults: Any) -> FakeResolved:
    spec = EncoderSpec(
        name="fake-text",
        handle="builtin://fake-text",
        modality="text",
        dim=dim,
        batch_items=batch_items,
        batch_chars=2000,
    )
    return FakeResolved(spec, fingerprint, **faults)


def image_encoder(*, dim: int = DIM, fingerprint: str = "fake-1") -> FakeResolved:
    spec = EncoderSpec(
        name="fake-image",
        handle="builtin://fake-image",
        modality="image",
        dim=dim,
        image_size=IMAGE_SIZE,
        pixel_range=(0, 1),
        batch_items=8,
    )
    return FakeResolved(spec, fingerprint)


def encoded() -> Counter[bytes]:
    """How often each content was encoded since the calls were cleared."""
    return Counter(content for call in CALLS for content in call)
