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
        yield from read_sources(snapshot, by_source)


def corpus_of(snapshot: Snapshot) -> tuple[dict[str, Source], ReadOptions, int]:
    """The sources of a table's corpus by name, how it was read, and its limit of characters."""
    reading = json.loads(snapshot.about.reading)
    max_chars = reading.pop("max_chars")
    options = ReadOptions.from_dict({**reading, "keep": ()}, where="the metadata of the table")
    has_documents = bool(document_columns_in(snapshot.schema))
    sources = list_corpus(snapshot.about.inputs, options, has_documents=has_documents).sources
    return {source.name: source for source in sources}, options, max_chars


def read_sources(snapshot: Snapshot, by_source: dict[str, set[str]]) -> Iterator[tuple[str, bytes]]:
    """Yields id and payload of the named items, source by source.

    Raises:
      RequestError: the corpus cannot be read.
    """
    sources, options, max_chars = corpus_of(snapshot)
    for name, ids in by_source.items():
        if name not in sources:
            continue
        itemiser = Itemiser(modality=options.modality, max_chars=max_chars)
        for batch in readers.read([sources[name]], options, kept=pa.schema([])):
            rows, _ = itemiser.split(batch)
            found = rows.filter(pc.is_in(rows.column("id"), value_set=pa.array(sorted(ids), pa.string())))
            yield from zip(found.column("id").to_pylist(), found.column("payload").to_pylist(), strict=True)


def thumbnail(payload: bytes) -> str | None:
    """Makes a small JPEG of an encoded image, as a data URI; None where the image cannot be decoded."""
    from transforms.common.errors import ItemError
    from transforms.encoders.image_decoder import ImageDecoder

    pixels, failed = ImageDecoder(size=(_THUMBNAIL, _THUMBNAIL)).decode([payload])
    if failed:
        return None
    try:
        from PIL import Image

        out = io.BytesIO()
        Image.fromarray(pixels[0]).save(out, "JPEG", quality=80)
    except (ItemError, OSError):
        return None
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()
