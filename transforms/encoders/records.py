"""Keeps a record of every encoder that was loaded on this machine: its digest, modality and shape.

One small JSON file per encoder under Vectormill's own folder, because a TF Hub cache may be read-only and shared. It
holds the digest of the model's files (compared ever after), their sizes and times (so that unchanged files are not
hashed again just to plan), and the facts that only loading shows.
A record of another format, or one that cannot be read, counts as absent: the encoder is looked at afresh.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from transforms.common.errors import RequestError
from transforms.encoders import registry
from transforms.encoders.spec import TEXT_BATCH, EncoderSpec, Fit, Modality, Resampling

FORMAT = 1
"""Raise when a field changes its meaning; older records are then written anew."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """Attributes:
    handle: whose record this is.
    digest: hash of the model's files, or of its weights where it has no files of its own (keras.applications).
    files: relative path -> (size in bytes, mtime in ns), as when the digest was made.
    modality, dim, image_size, pixel_range, max_tokens, fit, resampling, resized, two_towers, features_per_image: as in
      EncoderSpec, complete.
    """

    handle: str
    digest: str
    modality: Modality
    dim: int
    image_size: tuple[int, int] | None
    pixel_range: tuple[float, float] | None
    files: dict[str, tuple[int, int]] = field(default_factory=dict)
    max_tokens: int | None = None
    fit: Fit = "crop"
    resampling: Resampling = "bilinear"
    resized: tuple[int, int] | None = None
    two_towers: bool = False
    features_per_image: int | None = None

    def complete(self, spec: EncoderSpec) -> EncoderSpec:
        """`spec` completed with what the first load found (modality, dim, image size)."""
        guessed = registry.IMAGE_BATCH if self.modality == "image" else TEXT_BATCH
        return replace(
            spec,
            modality=self.modality,
            dim=self.dim,
            image_size=self.image_size,
            features_per_image=self.features_per_image,
            pixel_range=self.pixel_range,
            fit=self.fit,
            resampling=self.resampling,
            resized=self.resized,
            two_towers=self.two_towers,
            max_tokens=spec.max_tokens if self.max_tokens is None else self.max_tokens,
            batch_items=spec.batch_items if self.modality == spec.modality else guessed,
        )


def state_dir() -> Path:
    """Vectormill's own folder: `VECTORMILL_CACHE_DIR`, else ~/.cache/vectormill."""
    return Path(os.environ.get("VECTORMILL_CACHE_DIR") or "~/.cache/vectormill").expanduser()


def path_of(handle: str) -> Path:
    return state_dir() / "records" / f"{hashlib.sha256(handle.encode()).hexdigest()[:24]}.json"


def read(handle: str) -> Record | None:
    try:
        stored: dict[str, Any] = json.loads(path_of(handle).read_bytes())
        if stored.pop("format") != FORMAT or stored["handle"] != handle:
            return None
        stored["files"] = {name: tuple(state) for name, state in stored["files"].items()}
        for pair in ("image_size", "pixel_range", "resized"):
            stored[pair] = None if stored.get(pair) is None else tuple(stored[pair])
        return Record(**stored)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write(record: Record) -> None:
    """Writes whole or not at all; the last of several writers wins, and they all write the same.

    Raises:
      RequestError: the folder cannot be written.
    """
    path = path_of(record.handle)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".tmp", delete=False) as beside:
            json.dump({"format": FORMAT} | asdict(record), beside, indent=1)
        os.replace(beside.name, path)
    except OSError as error:
        raise RequestError(
            f"cannot write to {path.parent} ({error.strerror}): set VECTORMILL_CACHE_DIR to a writable folder"
        ) from error
