"""Tells by a file's name how it may hold vectors; of names that several formats have, the first bytes decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from transforms.corpus.formats import format_of

VectorKind = Literal["npy", "table", "other"]
"""`other`: a FAISS index or word vectors, whose names tell little."""

_TABLES = ("parquet", "arrow", "lance")
_OTHERS = ("faiss", "index", "vec", "bin", "w2v", "word2vec", "glove", "txt")
_LOOSE = ("index", "bin", "txt")
_CODECS = {"gz": "gzip", "bz2": "bz2", "zst": "zstd", "xz": "xz"}
_SAVED = {
    ".npz": "save each array of the .npz as .npy",
    ".pt": "save the tensor with numpy.save",
    ".pth": "save the tensor with numpy.save",
    ".pkl": "a pickle is a program and is never run: save the array with numpy.save",
    ".pickle": "a pickle is a program and is never run: save the array with numpy.save",
    ".safetensors": "save the tensor with numpy.save",
    ".h5": "save the dataset with numpy.save",
    ".hdf5": "save the dataset with numpy.save",
    ".mat": "save the matrix with numpy.save",
    ".csv": "write the vectors as .npy, or as a list column of Parquet; the ids may stay in CSV (--ids)",
    ".jsonl": "write the vectors as .npy, or as a list column of Parquet; the ids may stay in JSON lines (--ids)",
}


def vector_kind(name: str) -> VectorKind | None:
    """How a file of this name may hold vectors; None: not at all."""
    extension, _ = extension_of(name)
    form = format_of(name)
    if extension == "npy":
        return "npy"
    if form is not None and form.kind in _TABLES and form.codec is None:
        return "table"
    return "other" if extension in _OTHERS else None


def extension_of(name: str) -> tuple[str, str | None]:
    """A name's extension, and the codec that a second one tells."""
    parts = name.rpartition("/")[2].lower().split(".")
    codec = _CODECS.get(parts[-1]) if len(parts) > 2 else None
    if codec is not None:
        parts.pop()
    return (parts[-1] if len(parts) > 1 else ""), codec


def may_hold_vectors(name: str, *, is_tree: bool) -> bool:
    """Whether a file is looked into; in a folder not those of names that most often are something else."""
    kind = vector_kind(name)
    return kind is not None and not (is_tree and extension_of(name)[0] in _LOOSE)


def vectors_advice(skipped: Mapping[str, int]) -> str:
    """Why no file of some was read, of these kinds (".npz", ...)."""
    known = "vectors are read from .npy, Parquet, Arrow, Lance, flat FAISS indexes (.faiss, .index) and word vectors (.vec, .bin)"
    found = next((advice for suffix, advice in _SAVED.items() if skipped.get(suffix)), None)
    return f"holds no vectors that can be read: {found or known}"
