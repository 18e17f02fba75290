"""Opens a file of vectors of any format."""

from __future__ import annotations

from transforms.corpus.options import ReadOptions
from transforms.corpus.sources import Source
from transforms.corpus.streams.opening import faults, open_raw
from transforms.corpus.vectors.faiss_index import FaissVectors
from transforms.corpus.vectors.formats import vector_kind
from transforms.corpus.vectors.npy import NpyVectors
from transforms.corpus.vectors.tables import TableVectors
from transforms.corpus.vectors.vector_file import VectorFile
from transforms.corpus.vectors.word_vectors import WordVectors
from transforms.storage.files import exactly

_MOST_DIM = 1 << 20


def open_vectors(source: Source, options: ReadOptions) -> VectorFile:
    """The opened file.

    Raises:
      RequestError: it holds no vectors, is damaged or cannot be read.
    """
    kind = vector_kind(source.name)
    with faults(source):
        if kind == "npy":
            return NpyVectors(source)
        if kind == "table":
            return TableVectors(source, options)
        with open_raw(source.uri) as raw:
            head = exactly(raw, 8)
        # FAISS writes four letters and the dimension; a word of a text is followed by a blank.
        is_faiss = head[:1] == b"I" and head[:4].isalnum() and 0 < int.from_bytes(head[4:8], "little") < _MOST_DIM
        return FaissVectors(source) if is_faiss else WordVectors(source)
