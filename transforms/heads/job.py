"""What a training is asked to do: frozen values that every step gets."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from typing import Any, Literal

from transforms.heads.fit.linear import STRENGTHS
from transforms.heads.fit.mlp import MlpOptions
from transforms.heads.rows.split import Fractions
from transforms.storage import files

Kind = Literal["linear", "mlp"]
HEADS_VERSION = 1
"""Raise when the same job would make another model; unfinished work of the old code is then not gone on with."""


@dataclass(frozen=True, kw_only=True)
class SplitOptions:
    """Who trains and who tests.

    Attributes:
      fractions: of the rows, by hash.
      group_column: rows of one value stay on one side; None: `parent` where the table has it, else the id.
      group_pattern: a regular expression on the id; what its first group (or all of it) matches is the group's key.
      column: a column that names the side of every row ("train", "eval", "test"); then nothing is hashed.
      eval_sources, test_sources: globs on the source's name; its rows are eval or test rows, and the others train (and, where
        no eval source is given, choose).
    """

    fractions: Fractions = field(default_factory=Fractions)
    group_column: str | None = None
    group_pattern: str | None = None
    column: str | None = None
    eval_sources: tuple[str, ...] = ()
    test_sources: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FineTuneOptions:
    """Training of the encoder itself, after the head.

    Attributes:
      epochs: all are run; the one of the least eval loss is kept, none of them if the frozen encoder was better.
      learning_rate: the highest, of encoder and head. MobileNet V2 on 900 photographs of clothes in 10 classes: test accuracy
        0.836 frozen, 0.877 at 1e-4, 0.830 at 3e-5, and no better than frozen at 1e-5.
      batch: items a step.
      batch_norms: they adapt, too.
      eager: the same steps without graphs, for a debugger.
      seed: of the order of the items and of which images are mirrored.
    """

    epochs: int = 5
    learning_rate: float = 1e-4
    batch: int = 16
    batch_norms: bool = False
    eager: bool = False
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class HeadOptions:
    """One head.

    Attributes:
      name: of its folder below `TrainJob.to`; "" where it is the only one.
      label: column of the labels, in the table or in the labels' file.
      separator: between the labels of one item; None: an item has one label.
      kind: "linear" (logistic regression) or "mlp".
      one_vs_rest: a linear head learns each label against the rest, not all against each other.
      strengths: values of C that a linear head tries.
      balanced: rows weigh as if all labels were equally frequent.
      drop_rare: labels of fewer items than this count as missing.
      seed: of whatever is random.
    """

    name: str = ""
    label: str = "label"
    separator: str | None = None
    kind: Kind = "linear"
    one_vs_rest: bool = False
    strengths: tuple[float, ...] = STRENGTHS
    balanced: bool = False
    drop_rare: int = 0
    seed: int = 0
    mlp: MlpOptions = field(default_factory=MlpOptions)
    fine_tune: FineTuneOptions | None = None


@dataclass(frozen=True, kw_only=True)
class TrainJob:
    """Train heads on one version of a feature table.

    Attributes:
      table, version: what is learnt from.
      to: folder of the model's versions; with several heads, of one folder each.
      labels_file: CSV, TSV, JSON lines or Parquet with the column `id` and the labels' columns; None: the table's own.
      skip_unknown: ids of the labels' file that the table lacks are passed over.
      features: kept columns that the head sees beside the vector.
      normalise: "none", "zscore" or "pca:N", of the vector.
      leakage_threshold: cosine from which two vectors count as one item on both sides; None: not looked for.
      fix_leakage: such held-out items train instead.
      min_gain: accuracy that a new model must have over the published one.
      memory: bytes of vectors that may be held at a time.
      command: what to show as the way to make the model again.
    """

    table: str
    version: int
    to: str
    heads: tuple[HeadOptions, ...]
    split: SplitOptions = SplitOptions()
    labels_file: str | None = None
    skip_unknown: bool = False
    features: tuple[str, ...] = ()
    normalise: str = "none"
    leakage_threshold: float | None = 0.98
    fix_leakage: bool = False
    min_gain: float = 0.0
    memory: int = 2 << 30
    command: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """What decides the outcome, as 16 hex digits: the name of its unfinished work."""
        decides: dict[str, Any] = {**asdict(self), "code": HEADS_VERSION}
        del decides["command"], decides["to"]
        return blake2b(json.dumps(decides, sort_keys=True).encode(), digest_size=8).hexdigest()

    @property
    def state(self) -> str:
        """Where its unfinished work lies."""
        return files.join(self.to, "_runs", self.key)

    def folder(self, head: HeadOptions) -> str:
        """Where a head's versions are."""
        return files.join(self.to, head.name) if head.name else self.to
