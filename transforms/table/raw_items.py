"""Reads the raw items behind some rows of a feature table: texts and encoded images, by id.

Texts come from the table's own column where it has one. All else is read again from the corpus that the
table was made of; items that are no longer there are left out.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.arrays import Mask
from transforms.common.errors import RequestError
from transforms.corpus import readers
from transforms.corpus.documents.columns import document_columns_in
from transforms.corpus.items import Itemiser
from transforms.corpus.options import ReadOptions
from transforms.corpus.sources import Source, list_corpus
from transforms.table.snapshot import Snapshot
from transforms.table.vectors import TableVectors

_THUMBNAIL = 96


def raw_items(table: str, snapshot: Snapshot, wanted: Mask) -> Iterator[tuple[str, bytes]]:
    """Yields id and payload (UTF-8 text, or an encoded image) of the wanted rows, in the order in which they are read.

    Raises:
      RequestError: the corpus cannot be read.
    """
    vectors = TableVectors(table, snapshot)
    if "text" in snapshot.schema.names:
        for _, batch in vectors.chosen(wanted, ["id", "text"]):
            for name, text in zip(batch.column("id").to_pylist(), batch.column("text").to_pylist(), strict=True):
                if text is not None:
                    yield name, text.encode()
        return
    by_source: dict[str, set[str]] = {}
    for _, batch in vectors.chosen(wanted, ["id", "source"]):
        for name, source in zip(batch.column("id").to_pylist(), batch.column("source").to_pylist(), strict=True):
            by_source.setdefault(source, set()).add(name)
    if by_source:
        yield from Corpus(snapshot).read(by_source)


class Corpus:
    """The corpus that a version of a table was made of, as it is now.

    Attributes:
      sources: by name.
      options, max_chars: how it was read.

    Raises:
      RequestError: it cannot be read.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        reading = json.loads(snapshot.about.reading)
        self.max_chars: int = reading.pop("max_chars")
        self.options = ReadOptions.from_dict({**reading, "keep": ()}, where="the metadata of the table")
        if self.options.vectors is not None:
            raise RequestError("the table's vectors were imported: the items that they were made of are not known")
        has_documents = bool(document_columns_in(snapshot.schema))
        listed = list_corpus(snapshot.about.inputs, self.options, has_documents=has_documents).sources
        self.sources: dict[str, Source] = {source.name: source for source in listed}

    def read(self, by_source: dict[str, set[str]]) -> Iterator[tuple[str, bytes]]:
        """Yields id and payload of the named items, source by source.

        Raises:
          RequestError: the corpus cannot be read.
        """
        for name, ids in by_source.items():
            if name not in self.sources:
                continue
            itemiser = Itemiser(modality=self.options.modality, max_chars=self.max_chars)
            for batch in readers.read([self.sources[name]], self.options, kept=pa.schema([])):
                rows, _ = itemiser.split(batch)
                found = rows.filter(pc.is_in(rows.column("id"), value_set=pa.array(sorted(ids), pa.string())))
                yield from zip(found.column("id").to_pylist(), found.column("payload").to_pylist(), strict=True)


def thumbnail(payload: bytes, *, side: int = _THUMBNAIL) -> str | None:
    """Makes a small JPEG of an encoded image, as a data URI; None where the image cannot be decoded."""
    content = thumbnail_jpeg(payload, side=side)
    return None if content is None else "data:image/jpeg;base64," + base64.b64encode(content).decode()


def thumbnail_jpeg(payload: bytes, *, side: int) -> bytes | None:
    """Makes a JPEG of `side` x `side` pixels of the middle of an encoded image; None where it cannot be decoded."""
    from transforms.common.errors import ItemError
    from transforms.encoders.image_decoder import ImageDecoder

    pixels, failed = ImageDecoder(size=(side, side)).decode([payload])
    if failed:
        return None
    try:
        from PIL import Image

        out = io.BytesIO()
        Image.fromarray(pixels[0]).save(out, "JPEG", quality=80)
    except (ItemError, OSError):
        return None
    return out.getvalue()
