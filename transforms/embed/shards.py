"""Cuts a run's sources into shards, the units of work that become one part each.

A shard's id is a digest of all that its rows depend on, so that a killed run finds what it has finished.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b

import pyarrow as pa

from transforms.corpus import readers
from transforms.corpus.options import Range
from transforms.corpus.sources import Source
from transforms.embed.job import EmbedJob
from transforms.table.schema import FORMAT_VERSION

_SHARDS_WANTED = 32
_IMAGE_ITEMS = (32, 1024)
_FILE_ITEMS = (64, 8192)
_SHARD_BYTES = (64 << 10, 16 << 20)
_IMAGE_SHARD_BYTES = (16 << 20, 512 << 20)


@dataclass(frozen=True, kw_only=True)
class Shard:
    """A unit of work: some sources, or a range of one, that become one part.

    `stale` names the parts of the table that hold earlier rows of these sources, where unchanged vectors are found.
    """

    id: str
    sources: tuple[Source, ...]
    range: Range | None
    stale: tuple[str, ...]

    @property
    def weight(self) -> int:
        """Bytes that reading it costs."""
        if self.range is not None and self.range.unit == "bytes":
            return self.range.stop - self.range.start
        return sum(source.size for source in self.sources)


def cut_shards(
    job: EmbedJob, sources: Sequence[Source], *, schema: pa.Schema, stale: dict[str, tuple[str, ...]]
) -> list[Shard]:
    """Sources packed, and large ones split, into shards: enough of them that a killed run loses little."""
    total = sum(source.size for source in sources)
    images = job.read.modality == "image"
    low, high = _IMAGE_ITEMS if images else _FILE_ITEMS
    most_items = job.shard_items or _round_up(min(max(len(sources) // _SHARDS_WANTED, low), high), 32)
    low, high = _IMAGE_SHARD_BYTES if images else _SHARD_BYTES
    most_bytes = min(max(total // _SHARDS_WANTED, low), high)

    shards: list[Shard] = []
    pack: list[Source] = []
    packed = 0

    def seal() -> None:
        nonlocal pack, packed
        if pack:
            parts = sorted({part for source in pack for part in stale.get(source.name, ())})
            shards.append(_shard(job, tuple(pack), None, schema, tuple(parts)))
        pack, packed = [], 0

    for source in sources:
        ranges = readers.split(source, job.read, max_bytes=most_bytes) if source.size > most_bytes else [None]
        if len(ranges) > 1:
            seal()
            shards += [_shard(job, (source,), part, schema, stale.get(source.name, ())) for part in ranges]
            continue
        if pack and (packed + source.size > most_bytes or len(pack) >= most_items):
            seal()
        pack.append(source)
        packed += source.size
    seal()
    return shards


def _round_up(value: int, step: int) -> int:
    return -(-value // step) * step


def _shard(
    job: EmbedJob, sources: tuple[Source, ...], part: Range | None, schema: pa.Schema, stale: tuple[str, ...]
) -> Shard:
    identity = blake2b(digest_size=16)
    settings = (
        FORMAT_VERSION,
        job.encoder.fingerprint,
        job.reading,
        job.part_format,
        job.keep_text,
        schema.to_string(),
        asdict(part) if part else None,
        job.run if job.retry_dead else None,
    )
    identity.update(json.dumps(settings, sort_keys=True).encode())
    for source in sources:
        identity.update(json.dumps([source.name, source.uri, source.fingerprint]).encode())
    return Shard(id=identity.hexdigest(), sources=sources, range=part, stale=stale)
