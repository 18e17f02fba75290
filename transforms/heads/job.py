"""Describes a training: frozen options that every step gets."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from typing import Any, Literal

import numpy as np

from transforms.common.errors import RequestError
from transforms.storage import files

Activation = Literal["softmax", "sigmoid", "one-vs-rest"]
"""`softmax`: shares of one label an item; `sigmoid`: each label for itself; `one-vs-rest`: sigmoids, made to sum to one."""


@dataclass(frozen=True, kw_only=True)
class MlpOptions:
    """How a head is trained.

    Attributes:
      hidden: units of each hidden layer.
      dropout: share of each hidden layer's outputs that a step leaves out.
      input_dropout: share of the vectors' numbers that a step leaves out.
      learning_rate: of AdamW.
      weight_decay: of AdamW, per step and times the learning rate; biases are exempt.
      batch: rows a step.
      epochs: at most.
      patience: epochs without a lower loss on the eval rows, after which the training ends.
      seed: decides initial weights and dropout.
      mixed_precision: float16 products with scaled losses, while fine-tuning, too; weights, logits and losses stay float32.
        Needs a GPU. None: where there is one, and where it is safe.
      eager: the same loop without graphs, for a debugger.
    """

    hidden: tuple[int, ...] = (256,)
    dropout: float = 0.5
    input_dropout: float = 0.3
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    batch: int = 256
    epochs: int = 50
    patience: int = 5
    seed: int = 0
    mixed_precision: bool | None = None
    eager: bool = False

    def __post_init__(self) -> None:
        for name, good, wanted in (
            ("hidden", all(units >= 1 for units in self.hidden), "layers of at least 1 unit"),
            ("dropout", 0 <= self.dropout < 1, "at least 0 and below 1"),
            ("input_dropout", 0 <= self.input_dropout < 1, "at least 0 and below 1"),
            ("learning_rate", 0 < self.learning_rate < math.inf, "above 0"),
            ("weight_decay", 0 <= self.weight_decay < math.inf, "at least 0"),
            ("batch", self.batch >= 1, "at least 1"),
            ("epochs", self.epochs >= 1, "at least 1"),
            ("patience", self.patience >= 1, "at least 1"),
            ("seed", self.seed >= 0, "at least 0"),
        ):
            if not good:
                raise RequestError(f"--{name.replace('_', '-')} must be {wanted}, not {getattr(self, name)}")


Loss = Literal["softmax", "sigmoid"]


INVERSE_REGULARIZATION = tuple(float(c) for c in np.logspace(-1, 4, 11))
"""Values of C, the inverse of regularisation strength, that are tried: from far too strong to hardly any regularisation."""


def implied_kind(asked: HeadKind, *, fine_tune: bool, of_linear: bool, of_mlp: bool) -> HeadKind:
    """The kind that is asked for; instead of "auto" the one kind for which options are given.

    Args:
      fine_tune: a linear head or an MLP alone can be trained on with its encoder.
      of_linear, of_mlp: options of that kind are given.

    Raises:
      RequestError: a k-nearest head cannot be fine-tuned.
    """
    if asked == "knn" and fine_tune:
        raise RequestError("a k-nearest head has nothing that --fine-tune trains: ask for a linear head or an MLP")
    if asked != "auto":
        return asked
    if of_linear != of_mlp:
        return "linear" if of_linear else "mlp"
    return "linear" if fine_tune else "auto"


@dataclass(frozen=True, kw_only=True)
class Fractions:
    """Shares of the rows that choose (eval) and that test; the rest trains."""

    eval: float = 0.1
    test: float = 0.1


FittedKind = Literal["linear", "knn", "mlp"]
HeadKind = Literal["auto", "linear", "knn", "mlp"]
"""`auto`: held-out rows choose one of the others."""
OLD_NAME_OF_C = "strengths"
"""What `inverse_regularization` was called first: on disk, on the command line and in files of heads it still is, or may be."""

HEADS_VERSION = 1
"""Raise when the same job would make another model; unfinished work of the old code is then not continued."""


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
class GivenHead:
    """A linear head that is not fitted here.

    Attributes:
      path: of its weights (`transforms/heads/fit/given_head.py`).
      digest: of the file's bytes, when the training was asked for.
    """

    path: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class HeadOptions:
    """One head.

    Attributes:
      name: of its folder below `TrainJob.to`; "" where it is the only one.
      label: column of the labels, in the table or in the labels' file.
      separator: between the labels of one item; None: an item has one label.
      kind: "linear" (logistic regression), "knn" (rows that it keeps vote), "mlp", or "auto", the one that held-out rows choose.
      one_vs_rest: a linear head learns each label against the rest, not all against each other.
      inverse_regularization: values of C that a linear head tries; the higher, the less regularisation.
      balanced: rows weigh as if all labels were equally frequent.
      drop_rare: labels of fewer items than this count as missing.
      seed: of whatever is random.
      given: the weights, of a linear head; None: they are fitted.
    """

    name: str = ""
    label: str = "label"
    separator: str | None = None
    kind: HeadKind = "linear"
    one_vs_rest: bool = False
    inverse_regularization: tuple[float, ...] = INVERSE_REGULARIZATION
    balanced: bool = False
    drop_rare: int = 0
    seed: int = 0
    mlp: MlpOptions = field(default_factory=MlpOptions)
    fine_tune: FineTuneOptions | None = None
    given: GivenHead | None = None

    def to_json(self) -> dict[str, Any]:
        """The options as lineages and keys have them: on disk, `inverse_regularization` has its first name."""
        stored = asdict(self)
        stored[OLD_NAME_OF_C] = stored.pop("inverse_regularization")
        if self.given is None:
            del stored["given"]  # keys of before it was there stay
        # What was no wish was written as False, before a GPU decided it.
        stored["mlp"]["mixed_precision"] = bool(self.mlp.mixed_precision)
        return stored


@dataclass(frozen=True, kw_only=True)
class TrainJob:
    """Train heads on one version of a feature table.

    Attributes:
      table, version: what is learnt from.
      to: folder of the model's versions; with several heads, of one folder each.
      labels_files: CSV, TSV, JSON lines or Parquet with the column `id` and the labels' columns, in place of the table's own; or
        answers (`transforms/heads/rows/answers.py`), laid over what there is.
      skip_unknown: ids of the labels' file that the table lacks are passed over.
      features: kept columns that the head sees beside the vector.
      normalise: "none", "zscore" or "pca:N", of the vector.
      leakage_threshold: cosine from which two vectors count as one item on both sides; None: not looked for.
      fix_leakage: such held-out items train instead.
      min_gain: accuracy that a new model must have over the published one.
      memory: bytes of vectors that may be in memory at a time.
      command: what to show as the way to make the model again.
    """

    table: str
    version: int
    to: str
    heads: tuple[HeadOptions, ...]
    split: SplitOptions = SplitOptions()
    labels_files: tuple[str, ...] = ()
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
        decides["heads"] = [head.to_json() for head in self.heads]
        # One file, and its field, were all that there was once: the names of unfinished work stay.
        files_given = decides.pop("labels_files")
        decides["labels_file"] = files_given if len(files_given) > 1 else files_given[0] if files_given else None
        del decides["command"], decides["to"]
        return blake2b(json.dumps(decides, sort_keys=True).encode(), digest_size=8).hexdigest()

    def settings(self) -> dict[str, Any]:
        """The options that lineages keep beside heads and split, so that another head is compared under the same ones."""
        return {
            "labels_files": [files.absolute(path) for path in self.labels_files],
            "skip_unknown": self.skip_unknown,
            "leakage_threshold": self.leakage_threshold,
            "fix_leakage": self.fix_leakage,
            "min_gain": self.min_gain,
        }

    @property
    def state(self) -> str:
        """Where its unfinished work lies."""
        return files.join(self.to, "_runs", self.key)

    def folder(self, head: HeadOptions) -> str:
        """Where a head's versions are."""
        return files.join(self.to, head.name) if head.name else self.to
