"""Describes how a corpus is read: columns, labels, chunks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any, Literal

from transforms.corpus.chunks.chunking import Chunking
from transforms.corpus.vectors.options import VectorOptions
from transforms.encoders.spec import Modality
from transforms.storage.formats import known_fields


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
      sheet: of workbooks, the one to read; None: the first that is not hidden.
      chunk: how a text becomes several items; None: a text is an item.
      sql: of a database: the query that gives the rows.
      changed_column: of a database: the query's column that changes whenever a row does; None: rows are hashed whole.
      credentials: of a database: a file with user and password.
      max_features: of encoders of local features: the most that an image gives; None: as the encoder has it.
      documents: `.txt` is one document, and documents are read beside tables and files of lines, too.
      document_seconds, document_megabytes: that reading one document may take; no part of what items are.
      vectors: the corpus holds vectors that exist already; None: items, of which an encoder makes them.
    """

    modality: Modality
    text_column: str | None = None
    image_column: str | None = None
    id_column: str | None = None
    label_column: str | None = None
    labels_from: Literal["folder", "file"] | None = None
    keep: tuple[str, ...] = ()
    header: bool = True
    chunk: Chunking | None = None
    delimiter: str | None = None
    quote: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    sql: str | None = None
    changed_column: str | None = None
    credentials: str | None = None
    documents: bool = False
    max_features: int | None = None
    document_seconds: int = 30
    document_megabytes: int = 1024
    vectors: VectorOptions | None = None

    def to_dict(self) -> dict[str, Any]:
        """The fields, without those that came later and have their default: what tables were made with stays the same.

        Of a query only a hash, since it may hold what nobody should read in the table; and not what decides no row's content.
        """
        given = asdict(self)
        values = {name: value for name, value in given.items() if name not in _LATER or value not in (None, False)}
        if self.vectors is not None:
            values["vectors"] = self.vectors.to_dict()
        if self.sql is not None:
            values["sql"] = blake2b(self.sql.encode(), digest_size=16).hexdigest()
        is_sentences = self.chunk is not None and self.chunk.unit == "sentences"
        # Tables of releases that cut at sentences alone say it so.
        values[_SENTENCES] = values.pop("chunk")["size"] if is_sentences else None
        return {name: value for name, value in values.items() if name not in _NOT_STORED}

    @staticmethod
    def from_dict(values: Mapping[str, Any], *, where: str) -> ReadOptions:
        """What `to_dict` made; fields of newer releases are left out.

        Args:
          where: what holds the values, for the message.

        Raises:
          RequestError: a field is missing.
        """
        known = known_fields(ReadOptions, values, where=where)
        sentences, chunk = values.get(_SENTENCES), known.get("chunk")
        if sentences is not None:
            known["chunk"] = Chunking(unit="sentences", size=sentences)
        elif chunk is not None:
            known["chunk"] = Chunking(**known_fields(Chunking, chunk, where=where))
        if known.get("vectors") is not None:
            known["vectors"] = VectorOptions(**known_fields(VectorOptions, known["vectors"], where=where))
        return ReadOptions(**{**known, "keep": tuple(known.get("keep", ()))})


_LATER = frozenset(("delimiter", "quote", "encoding", "sheet", "chunk", "sql", "documents", "max_features", "vectors"))
_NOT_STORED = frozenset(("changed_column", "credentials", "document_seconds", "document_megabytes"))
_SENTENCES = "chunk_sentences"


@dataclass(frozen=True, kw_only=True)
class Range:
    """A stretch of one source. `unit` is "bytes" for lines, "rows" for Parquet; stop is exclusive."""

    unit: Literal["bytes", "rows"]
    start: int
    stop: int
