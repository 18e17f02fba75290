"""Lists files of vectors, and finds for each where the ids of its rows are.

Files of vectors and files of ids go together one by one, in the order in which they are given, those of a folder by the
numbers in their names. Where there is another number of each, the rows of the one kind follow each other as do those of the
other. In a folder with both .npy files and tables (`img_emb/` and `metadata/`, `embeddings.npy` and `items.parquet`) the tables
hold the ids.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from itertools import accumulate

from transforms.common.errors import RequestError
from transforms.corpus.options import ReadOptions
from transforms.corpus.sources import Listing, Source, list_corpus
from transforms.corpus.vectors.formats import vector_kind
from transforms.corpus.vectors.opening import open_vectors
from transforms.corpus.vectors.options import VectorOptions
from transforms.storage import files

_BESIDE = "metadata"
"""The folder in which clip-retrieval puts what belongs to the vectors in the folders beside it."""


@dataclass(frozen=True, kw_only=True)
class ItemFiles:
    """Where the ids and columns of a source's rows are.

    Attributes:
      files: their rows follow each other.
      start: the row of them that belongs to the source's first.
      is_last: no row of them is behind those of the source.
    """

    files: tuple[Source, ...]
    start: int = 0
    is_last: bool = True

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def of(source: Source) -> ItemFiles | None:
        """Those of a source that `list_vectors` gave; None: the ids are in its own file, or nowhere."""
        if source.items is None:
            return None
        values = json.loads(source.items)
        return ItemFiles(**{**values, "files": tuple(Source(**one) for one in values["files"])})


def list_vectors(inputs: Sequence[str], options: ReadOptions) -> Listing:
    """The files of vectors, each a source whose `items` say where its ids are.

    Raises:
      RequestError: as `list_corpus`; files of vectors and of ids cannot be matched.
    """
    assert options.vectors is not None, "vectors are listed"
    listing = list_corpus(inputs, options)
    found = _in_order(inputs, listing.sources, lambda _: options)
    arrays = [source for source in found if vector_kind(source.name) == "npy"]
    notes = listing.notes
    items: list[Source] = []
    if arrays:
        items = [source for source in found if vector_kind(source.name) == "table"]
        found = arrays
    if options.vectors.ids:
        items = list_items(options.vectors.ids, options)
    elif arrays and not items:
        items, note = _beside(inputs, options)
        notes = (*notes, *note)
    if not items:
        return replace(listing, sources=sorted(found, key=lambda source: source.name))
    folders = sorted({source.name.rpartition("/")[0] for source in found})
    if not options.vectors.ids and len(folders) > 1 and len(found) != len(items):
        raise RequestError(
            f"{inputs[0]}: holds vectors in several folders ({', '.join(folders[:5])}), and which of them the ids"
            f" ({items[0].name}) are of is not known: name one folder, and its --ids"
        )
    paired = _paired(found, items, options)
    if len(found) == len(items) > 1:
        notes = (
            *notes,
            f"ids by files: those of {items[0].name} are of {found[0].name}, and so on for {len(found):,} files",
        )
    return replace(listing, sources=sorted(paired, key=lambda source: source.name), notes=notes)


def list_items(given: Sequence[str], options: ReadOptions) -> list[Source]:
    """The files of ids, in the order in which they are given.

    Raises:
      RequestError: as `list_corpus`.
    """
    texts = ReadOptions(modality="text", header=options.header, encoding=options.encoding)
    arrays = [one for one in given if one.lower().endswith(".npy")]
    tables = [one for one in given if one not in arrays]
    found = list_corpus(arrays, options).sources if arrays else []
    found = [*found, *(list_corpus(tables, texts).sources if tables else ())]
    return _in_order(given, found, lambda one: options if one in arrays else texts)


def _in_order(
    inputs: Sequence[str], sources: Sequence[Source], options_of: Callable[[str], ReadOptions]
) -> list[Source]:
    """The sources as they are given, those of one folder or pattern by the numbers in their names."""
    place = {
        source.uri: position
        for position, given in enumerate(inputs if len(inputs) > 1 else ())
        for source in list_corpus([given], options_of(given)).sources
    }
    return sorted(sources, key=lambda source: (place.get(source.uri, 0), _natural(source)))


def _natural(source: Source) -> list[tuple[int, int, str]]:
    """A key by which `part_2` comes before `part_10`."""
    pieces = re.split(r"(\d+)", source.name)
    return [(1, int(piece), "") if piece.isdigit() and piece.isascii() else (0, 0, piece) for piece in pieces]


def _beside(inputs: Sequence[str], options: ReadOptions) -> tuple[list[Source], list[str]]:
    """The tables in the folder `metadata` beside a folder of vectors."""
    if len(inputs) != 1 or not files.is_local(inputs[0]):
        return [], []
    folder = os.path.join(os.path.dirname(os.path.abspath(inputs[0])), _BESIDE)
    if not (os.path.isdir(inputs[0]) and os.path.isdir(folder)):
        return [], []
    found = [
        source
        for source in list_corpus([folder], replace(options, vectors=VectorOptions())).sources
        if vector_kind(source.name) == "table"
    ]
    return sorted(found, key=_natural), [f"ids and columns are read from {folder}"] if found else []


def _paired(vectors: Sequence[Source], items: Sequence[Source], options: ReadOptions) -> list[Source]:
    if len(vectors) == len(items):
        return [_with(source, ItemFiles(files=(one,))) for source, one in zip(vectors, items, strict=True)]
    rows = [open_vectors(source, options).rows for source in vectors]
    counts = [count for count in rows if count is not None]
    if len(counts) < len(rows):
        raise RequestError(
            f"there are {len(vectors):,} files of vectors and {len(items):,} of ids ({items[0].uri}): give as many of one as of"
            " the other"
        )
    starts = [0, *accumulate(counts)]
    last = len(vectors) - 1
    return [
        _with(source, ItemFiles(files=tuple(items), start=starts[place], is_last=place == last))
        for place, source in enumerate(vectors)
    ]


def _with(source: Source, items: ItemFiles) -> Source:
    """The source with its items: it has changed whenever they have."""
    state = blake2b(
        json.dumps([[one.name, one.fingerprint] for one in items.files]).encode(), digest_size=8
    ).hexdigest()
    fingerprint = f"{source.fingerprint}+{state}" + (f"@{items.start}" if items.start else "")
    return replace(source, fingerprint=fingerprint, items=items.to_json())
