"""Describes an index that is to be built: `IndexJob`, and what may be chosen for it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Literal

from transforms.search.judgements import Judgements
from transforms.search.query_log import LoggedQueries

IndexKind = Literal["exact", "hnsw", "ivf"]
Store = Literal["float32", "float16", "int8"]
"""The precision of the vectors that are kept beside the structure, for exact scores."""

BUILD_VERSION = 3
"""Raised when the same request would give another index."""
_OPTION_NAMES = {"floor": "recall", "judgements": "set of judgements"}
"""On the command line, where they are called otherwise than in `index.json`."""

_NEWER = ("mode", "judgements")


@dataclass(frozen=True, kw_only=True)
class IndexJob:
    """Index a version of a table as the next version of INDEXES/NAME.

    Attributes:
      to: INDEXES/NAME, a local folder.
      kind: None: by size and memory (`transforms.search.plan`).
      memory: bytes that the structure may take where the index is served; vectors are memory-mapped and not counted.
      min_recall: recall@10 on holdout queries below which nothing is published.
      store: of the vectors; an exact index keeps float32 whatever this says.
      words: whether a lexical index is built beside the vectors, where the table has texts.
      language: of the texts, for stems and stop words (`transforms.search.store.analysis.LANGUAGES`). None: an update keeps that
        of the version before, a new build takes that of the texts (`transforms.search.store.language`).
      max_dead_fraction: the largest share of rows whose vectors are zero or not finite.
      mode: that of a search by text for which none is chosen, where there is a lexical index; None: what does best on queries
        whose answers are known (`transforms.search.build.mode_choice`).
      judgements: queries with judgements that choose mode and weight; None: documents that ask for themselves do.
      min_gain: of nDCG@10 over the published version, on the judgements: where its interval lies below, nothing is published.
      logged: queries that people asked: recall on them must be as high as on holdout rows. They decide no structure, so that a
        longer log is no reason to build anew.
      map: whether the version has a map of its vectors (`transforms.search.map`); None: as the version before, if there is one.
      rebuild: build from all rows, though the newest version could be updated.
      command: the command line, for the lineage.
    """

    table: str
    version: int
    to: str
    kind: IndexKind | None = None
    memory: int = 4 << 30
    min_recall: float = 0.95
    store: Store = "float16"
    words: bool = True
    language: str | None = None
    max_dead_fraction: float = 0.01
    mode: Literal["vector", "words", "hybrid"] | None = None
    judgements: Judgements | None = None
    min_gain: float = 0.0
    logged: LoggedQueries | None = None
    map: bool | None = None
    rebuild: bool = False
    seed: int = 0
    command: str = ""

    @property
    def structure_options(self) -> dict[str, Any]:
        """The options that decide the structure whatever the table's version, as `index.json` keeps them under "asked"."""
        return {
            "kind": self.kind,
            "memory": self.memory,
            "floor": self.min_recall,
            "store": self.store,
            "words": self.words,
            "language": self.language,
            "seed": self.seed,
            "mode": self.mode,
            "judgements": None if self.judgements is None else self.judgements.digest,
        }

    def changed_option(self, built_with: dict[str, Any]) -> str | None:
        """The name of the first structure option whose value is not that of an earlier build; None if all are as they were.

        A language that is not asked for is that of the earlier build.

        Args:
          built_with: `structure_options` of that build. An option that it does not have, because the release that wrote it
            did not, had the default.
        """
        defaults = IndexJob(table="", version=0, to="").structure_options
        for name, value in self.structure_options.items():
            if name == "language" and value is None:
                continue
            if value != built_with.get(name, defaults[name]):
                return _OPTION_NAMES.get(name, name)
        return None

    def key(self, base: int | None, *, run: str) -> str:
        """The name of the folder of work: a hash of everything that decides the outcome.

        Args:
          base: the version of the index that is updated; None: a build from all rows.
          run: the run that made the table's version; at the same path there may later be another table.
        """
        decides = {
            # What an earlier release did not know decides nothing at its default: its unfinished work goes on.
            **{
                name: value for name, value in self.structure_options.items() if name not in _NEWER or value is not None
            },
            **({"map": True} if self.map else {}),
            "table": self.table,
            "version": self.version,
            "to": self.to,
            "most_dead": self.max_dead_fraction,
            "rebuild": False,
            "command": "",
            "base": base,
            "run": run,
            "build": BUILD_VERSION,
        }
        return blake2b(json.dumps(decides, sort_keys=True).encode(), digest_size=12).hexdigest()
