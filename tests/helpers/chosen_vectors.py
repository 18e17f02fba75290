"""Tables whose vectors a test chooses: the text of a row begins with its vector, `1 0 0.5 | the rest`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.helpers import fakes, heads
from transforms.encoders.spec import Encoder


class _Speller(fakes.FakeEncoder):
    def encode(self, items: Any) -> Any:
        return np.array([item.split("|")[0].split() for item in items], np.float32)


@dataclass(frozen=True)
class Spelt(fakes.FakeResolved):
    def load(self) -> Encoder:
        return _Speller(self.spec, self.fingerprint)


def spelt(vector: Sequence[float], rest: str = "") -> str:
    """The text whose vector this is."""
    return " ".join(repr(float(value)) for value in vector) + f" | {rest}"


def table(root: Path, rows: Mapping[str, Sequence[float]], *, parts: int = 1, **asked: Any) -> str:
    """The feature table `root/table` with these ids and vectors; the label of a row is its id's first letter."""
    encoder = Spelt(fakes.text_encoder(dim=len(next(iter(rows.values())))).spec)
    made = [{"id": name, "text": spelt(vector, name), "label": name[0]} for name, vector in rows.items()]
    for number in range(parts):
        found = heads.embedded(root, made[number::parts], source=f"{number}.parquet", encoder=encoder, **asked)
    return found
