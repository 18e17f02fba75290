"""Cuts a run's sources into shards, the units of work that become one part each.

A shard's id is a digest of all that its rows depend on, so that a killed run finds what it has finished.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import blake2b

import pyarrow as pa

from transforms.corpus import readers
from transforms.corpus.options import Range
from transforms.corpus.sources import Source
from transforms.corpus.vectors import reading as vectors
from transforms.embed.job import EmbedJob
from transforms.encoders.spec import Modality
from transforms.table.parts import SUFFIX
from transforms.table.schema import FORMAT_VERSION

_SHARDS_A_SLOT = 4
"""So many that a slot whose shards are slow, or that starts late, keeps the others waiting for a quarter of its share at most."""
_IMAGE_ITEMS = (32, 1024)
_FILE_ITEMS = (64, 8192)
_SHARD_BYTES = (64 << 10, 16 << 20)
_IMAGE_SHARD_BYTES = (16 << 20, 512 << 20)
"""Also of vectors, which are as large for what is done with them."""
_LIST_BYTES = 128 << 10
"""Of a list of addresses, one or two thousand: a killed run fetches no more than these again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shard:
    """A unit of work: some sources, or a range of one, that become one part."""

    id: str
    sources: tuple[Source, ...]
    range: Range | None

    @property
    def weight(self) -> int:
        """Bytes that reading it costs."""
        if self.range is not None and self.range.unit == "bytes":
            return self.range.stop - self.range.start
        return sum(source.size for source in self.sources)


def cut_shards(
    job: EmbedJob,
    sources: Sequence[Source],
    *,
    schema: pa.Schema,
    forgotten: str = "",
    lists: Container[str] = (),
) -> list[Shard]:
    """Sources packed, and large ones split, into shards.

    They are enough to give every slot of the runner four, and within bounds of size: not so small that opening files
    is most of the work, not so large that a killed run loses much.

    Args:
      forgotten: the digest of what the table was asked to forget.
      lists: names of sources that are lists of web addresses.
    """
    common = _common_identity(job, schema, forgotten)
    total = sum(source.size for source in sources)
    of_vectors = job.read.vectors is not None
    most_items, most_bytes = _bounds(
        "vectors" if of_vectors else job.read.modality, sources=len(sources), total=total, slots=job.slots
    )
    most_items = job.shard_items or most_items

    shards: list[Shard] = []
    pack: list[Source] = []
    packed = 0

    def seal() -> None:
        nonlocal pack, packed
        if pack:
            shards.append(_shard(common, tuple(pack), None))
        pack, packed = [], 0

    for source in sources:
        is_list = source.name in lists
        most = min(most_bytes, _LIST_BYTES) if is_list else most_bytes
        split = vectors.split if of_vectors else readers.split
        ranges = split(source, job.read, max_bytes=most) if source.size > most else [None]
        if len(ranges) > 1 or is_list:
            seal()
            shards += [_shard(common, (source,), part) for part in ranges]
            continue
        if pack and (packed + source.size > most_bytes or len(pack) >= most_items):
            seal()
        pack.append(source)
        packed += source.size
    seal()
    return shards


def _bounds(modality: Modality, *, sources: int, total: int, slots: int) -> tuple[int, int]:
    """The most sources and bytes of a shard."""
    wanted = _SHARDS_A_SLOT * slots
    low, high = _IMAGE_ITEMS if modality == "image" else _FILE_ITEMS
    most_items = _round_up(min(max(sources // wanted, low), high), 32)
    low, high = _SHARD_BYTES if modality == "text" else _IMAGE_SHARD_BYTES
    return most_items, min(max(total // wanted, low), high)


def expected_shards(modality: Modality, *, sources: int, total: int, slots: int) -> int:
    """How many shards `cut_shards` makes of sources of one size, `total` bytes together, where it can split large ones."""
    most_items, most_bytes = _bounds(modality, sources=sources, total=total, slots=slots)
    a_source = max(total // sources, 1)
    if a_source > most_bytes and modality == "text":
        return sources * -(-a_source // most_bytes)
    return -(-sources // max(min(most_items, most_bytes // a_source), 1))


def _round_up(value: int, step: int) -> int:
    return -(-value // step) * step


def part_name(job: EmbedJob, shard_id: str) -> str:
    """The file name of the part that a shard becomes."""
    return f"part-{shard_id}{SUFFIX[job.part_format]}"


def _common_identity(job: EmbedJob, schema: pa.Schema, forgotten: str) -> Callable[[Range | None], bytes]:
    """What decides the rows of every shard of a run, and a shard's own range with it."""
    before = (FORMAT_VERSION, job.encoder.fingerprint, job.reading, job.part_format, job.keep_text, schema.to_string())
    after = job.run if job.retry_dead else None

    @lru_cache(maxsize=1)  # most shards have none
    def identity(part: Range | None) -> bytes:
        own = (*before, asdict(part) if part else None, after, *([forgotten] if forgotten else []))
        return json.dumps(own, sort_keys=True).encode()

    return identity


def _shard(common: Callable[[Range | None], bytes], sources: tuple[Source, ...], part: Range | None) -> Shard:
    identity = blake2b(common(part), digest_size=16)
    for source in sources:
        identity.update(json.dumps([source.name, source.uri, source.fingerprint]).encode())
    return Shard(id=identity.hexdigest(), sources=sources, range=part)
