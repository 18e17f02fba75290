"""Describes how a corpus is read: columns, labels, chunks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from transforms.encoders.spec import Modality


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """Frozen, hashable, picklable; part of every shard's identity.

    Attributes:
      modality: decides which files of a folder are read and which column is looked for.
      text_column, image_column, id_column, label_column: column names; for a file without header,
        the position from 0 as a string. None: found by convention. Texts of several columns, `title,abstract`, are joined.
      labels_from: "folder" labels an item by its parent folder's name, "file" by its source's stem.
      keep: further columns to carry into the table, as read.
      header: False: delimited files have no header line.
      delimiter: separates the values of delimited files; None: as each file's head tells.
      quote: quotes their values; "" for no quoting; None: as each file's head tells.
      encoding: of text files, a name that Python knows; None: UTF-8, or as a byte order mark tells.
      chunk_sentences: N: a text becomes items of N sentences each; None: a text is an item.
    """

    modality: Modality
    text_column: str | None = None
    image_column: str | None = None
    id_column: str | None = None
    label_column: str | None = None
    labels_from: Literal["folder", "file"] | None = None
    keep: tuple[str, ...] = ()
    header: bool = True
    chunk_sentences: int | None = None
    delimiter: str | None = None
    quote: str | None = None
    encoding: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The fields, without those that came later and have their default: what tables were made with stays the same."""
        return {name: value for name, value in asdict(self).items() if name not in _LATER or value is not None}


_LATER = frozenset(("delimiter", "quote", "encoding"))


@dataclass(frozen=True, kw_only=True)
class Range:
    """A stretch of one source. `unit` is "bytes" for lines, "rows" for Parquet; stop is exclusive."""

    unit: Literal["bytes", "rows"]
    start: int
    stop: int
