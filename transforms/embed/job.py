"""Describes an embed run: one frozen value that every step of the graph gets."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from transforms.corpus.addresses.options import FetchOptions
from transforms.corpus.databases.address import from_folder
from transforms.corpus.options import ReadOptions
from transforms.embed.contracts import Contracts
from transforms.encoders.spec import LoadableEncoder
from transforms.storage import files
from transforms.table.parts import PartFormat


@dataclass(frozen=True, kw_only=True)
class EmbedJob:
    """Embed a corpus into a feature table.

    Attributes:
      inputs: files, globs and folders, on any Beam filesystem.
      table: folder of the feature table.
      encoder: makes the vectors; its dim is known.
      read: columns, labels, chunks.
      run: name of this execution; a commit is made at most once per run.
      part_format: "parquet" (a Delta table) or "tfrecord" (record files and a manifest).
      keep_text: store the text beside its vector.
      max_chars: a longer text is a dead letter.
      max_dead_fraction: more dead letters than this fraction of all items fails the run.
      contracts: how much the new version may differ from the last one; None: anything goes.
      retry_dead: read sources again that have dead letters, though they did not change.
      keep_missing: rows of sources that are no longer listed stay.
      replace: allow a corpus without any source of the table, or without those that another tool added.
      shard_items: sources (for images, items) that a shard should hold at most; None: by the size of the corpus.
      addresses: how images behind web addresses are fetched.
      keep_bytes: a folder for the images that are fetched; None: they are not kept.
      slots: shards that the runner works on at once, as far as is known: the corpus is cut into four for each. Part of what
        decides a shard's id, so that a run which goes on with others finds less of what was finished.
      corpus: `inputs` from the root on, as they are stored: what is read again later is found from any folder.
    """

    inputs: tuple[str, ...]
    table: str
    encoder: LoadableEncoder
    read: ReadOptions
    run: str
    part_format: PartFormat = "parquet"
    keep_text: bool = True
    max_chars: int = 100_000
    max_dead_fraction: float = 0.01
    contracts: Contracts | None = None
    retry_dead: bool = False
    keep_missing: bool = False
    replace: bool = False
    shard_items: int | None = None
    addresses: FetchOptions = field(default_factory=FetchOptions)
    keep_bytes: str | None = None
    slots: int = 8
    corpus: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "corpus", tuple(from_folder(files.absolute(given), "") for given in self.inputs))

    @property
    def reading(self) -> str:
        """Everything that decides which items a source's bytes are: where it changes, sources are read again."""
        return json.dumps({**self.read.to_dict(), "max_chars": self.max_chars}, sort_keys=True)

    @property
    def has_texts(self) -> bool:
        """Whether its items have texts: of vectors that exist those that have a column of them."""
        if self.read.vectors is not None:
            return self.read.text_column is not None
        return self.encoder.spec.modality == "text"

    @property
    def dim(self) -> int:
        dim = self.encoder.spec.dim
        assert dim is not None, "a resolved encoder knows its dimension"
        return dim
