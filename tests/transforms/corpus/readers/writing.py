"""Sources written for tests, and what is read back from them."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import google_crc32c
import pyarrow as pa
import zstandard

from transforms.corpus import readers
from transforms.corpus.columns.batches import MAX_BYTES, MAX_ROWS
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.sources import Source
from transforms.storage.tf_example import example_class

TEXT = ReadOptions(modality="text")
IMAGE = ReadOptions(modality="image")

COMPRESS = {
    "": lambda data: data,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".zst": lambda data: zstandard.ZstdCompressor().compress(data),
    ".xz": lzma.compress,
}


def source(path: Path, content: bytes | None = None, *, name: str | None = None) -> Source:
    """A source for the file, which is written first where `content` is given."""
    if content is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return Source(name=name or path.name, uri=str(path), size=path.stat().st_size, fingerprint="f")


def rows(
    sources: Source | list[Source], options: ReadOptions = TEXT, part: Range | None = None
) -> list[dict[str, Any]]:
    """Every row; on the way each batch is held to the contract."""
    listed = [sources] if isinstance(sources, Source) else sources
    found: list[dict[str, Any]] = []
    schema = None
    for batch in readers.read(listed, options, range=part):
        assert schema is None or batch.schema == schema
        schema = batch.schema
        batch.validate(full=True)
        sizes = [len(payload or b"") for payload in batch.column("payload").to_pylist()]
        assert 0 < batch.num_rows <= MAX_ROWS
        assert sum(sizes) <= MAX_BYTES or len(sizes) == 1
        found += batch.to_pylist()
    return found


def payloads(sources: Source | list[Source], options: ReadOptions = TEXT, part: Range | None = None) -> list[Any]:
    return [row["payload"] for row in rows(sources, options, part)]


def record(data: bytes) -> bytes:
    """A TFRecord record."""

    def masked(part: bytes) -> bytes:
        crc = google_crc32c.value(part)
        return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)

    length = struct.pack("<Q", len(data))
    return length + masked(length) + data + masked(data)


def example(features: Mapping[str, Any]) -> bytes:
    """A serialised example; a value is bytes, int or float, a list of those, or None for a feature without kind."""
    message = example_class()()
    for name, value in features.items():
        feature = message.features.feature[name]
        values = value if isinstance(value, list) else [] if value is None else [value]
        for one in values:
            kind = {bytes: "bytes_list", int: "int64_list", float: "float_list"}[type(one)]
            getattr(feature, kind).value.append(one)
    return bytes(message.SerializeToString())


def tar_of(members: Iterable[tuple[str, bytes]]) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


def parquet_bytes(columns: Mapping[str, Any], **options: Any) -> bytes:
    import pyarrow.parquet as pq

    data = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), data, **options)
    return data.getvalue()
