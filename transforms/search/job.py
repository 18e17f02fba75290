"""What a person asks of an index."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from typing import Literal

Kind = Literal["exact", "hnsw", "ivf"]
Store = Literal["float32", "float16", "int8"]
"""How a row's vector is kept beside the structure, for exact scores."""

BUILD_VERSION = 3
"""Raised when the same request would give another index."""


@dataclass(frozen=True, kw_only=True)
class IndexJob:
    """Index a version of a table as the next version of INDEXES/NAME.

    Attributes:
      to: INDEXES/NAME, a local folder.
      kind: None: by size and memory (`transforms.search.kinds`).
      memory: bytes that the structure may take where the index is served; vectors are memory-mapped and not counted.
      floor: recall@10 below which nothing is published.
      store: of the vectors; an exact index keeps float32 whatever this says.
      words: a lexical index beside the vectors, where the table has texts.
      language: of the texts, for stemming (`transforms.search.words.LANGUAGES`).
      most_dead: the largest share of rows without a direction.
      rebuild: do not follow the newest version, make a new one from all rows.
      command: what the person typed, for the lineage.
    """

    table: str
    version: int
    to: str
    kind: Kind | None = None
    memory: int = 4 << 30
    floor: float = 0.95
    store: Store = "float16"
    words: bool = True
    language: str = "en"
    most_dead: float = 0.01
    rebuild: bool = False
    seed: int = 0
    command: str = ""

    @property
    def asked(self) -> dict[str, object]:
        """What decides the structure, whatever the table's version."""
        names = ("kind", "memory", "store", "words", "language", "seed", "floor")
        return {name: value for name, value in asdict(self).items() if name in names}

    def key(self, base: int | None, *, run: str) -> str:
        """A name for what decides the outcome.

        Args:
          base: the version of the index that it follows; None: a new build.
          run: that made the table's version: at one path may come to be another table.
        """
        told = {**asdict(replace(self, command="", rebuild=False)), "base": base, "run": run, "build": BUILD_VERSION}
        return blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=12).hexdigest()
