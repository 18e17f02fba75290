"""Estimates what a run would take from a few of its items; writes no file."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.errors import ItemError
from transforms.corpus import readers
from transforms.corpus.addresses.fetching import Fetcher
from transforms.corpus.addresses.filling import fetched
from transforms.corpus.databases.corpus import rows_of
from transforms.corpus.items import Itemiser
from transforms.corpus.sources import Source
from transforms.embed.commit import no_items
from transforms.embed.job import EmbedJob
from transforms.embed.plan import Plan, make_plan
from transforms.encoders.batching import rebatch
from transforms.encoders.image_decoder import decoder_of
from transforms.encoders.local_features.decoder import own_shape_decoder
from transforms.encoders.local_features.encoder import LocalFeatureEncoder
from transforms.encoders.safe_encoder import SafeEncoder
from transforms.encoders.unread import NOTHING_UNREAD, unread
from transforms.table.open import open_log
from transforms.table.schema import read_columns

_ITEMS = 32


def estimate(job: EmbedJob) -> dict[str, Any]:
    """Reads and encodes 32 items of what a run would embed, and scales up by bytes.

    Returns:
      sources (to embed), unchanged (sources), items (estimated), tried, dead (of those tried), rows_per_second,
      seconds (estimated), bytes (of the parts, estimated from the vectors' size), cut_off (of those tried, longer than the
      encoder reads), unread (the share of their text that it leaves out).
    """
    plan = make_plan(job, open_log(job.table, job.part_format).snapshot(), until_changed=True)
    estimated: dict[str, Any] = {
        "sources": plan.new + plan.changed,
        "unchanged": plan.unchanged,
        "items": 0,
        "tried": 0,
        "dead": 0,
        "rows_per_second": 0.0,
        "seconds": 0.0,
        "bytes": 0,
        "cut_off": 0,
        "unread": 0.0,
        "skipped": plan.skipped,
        "notes": list(plan.notes),
    }
    if not plan.shards:
        return estimated
    spec = job.encoder.spec
    itemiser = Itemiser(modality=spec.modality, max_chars=job.max_chars)
    encoder = job.encoder.load()
    has_features = isinstance(encoder, LocalFeatureEncoder)
    encode: Callable[[Any], tuple[Any, dict[int, ItemError]]] = (
        partial(encoder.features_of, most=job.read.max_features)
        if isinstance(encoder, LocalFeatureEncoder)
        else SafeEncoder(encoder, job.dim).encode
    )

    started = time.perf_counter()
    kept = read_columns(plan.schema)
    batches = (
        batch for shard in plan.shards for batch in readers.read(shard.sources, job.read, range=shard.range, kept=kept)
    )
    with Fetcher(replace(job.addresses, ahead=_ITEMS)) as fetcher:
        batch = next(rebatch(fetched(fetcher, batches), max_items=_ITEMS, max_weight=None), None)
    if batch is None:
        raise no_items(job)
    rows, bad = itemiser.split(batch)
    inputs: Any
    decoder = own_shape_decoder(spec) if has_features else decoder_of(spec)
    if decoder is not None:
        inputs, failed = decoder.decode(rows.column("payload").to_pylist())
    else:
        inputs, failed = rows.column("payload").cast(pa.string()).to_pylist(), {}
    read_seconds = time.perf_counter() - started
    if len(inputs):
        encode(inputs)  # the first call traces
    started = time.perf_counter()
    found, unencoded = encode(inputs) if len(inputs) else ((), {})
    seconds = read_seconds + time.perf_counter() - started

    tried = batch.num_rows
    payload = (pc.sum(pc.binary_length(rows.column("payload"))).as_py() or 0) / max(rows.num_rows, 1)
    images = spec.modality == "image" and len(plan.shards[0].sources) > 1
    items = sum(len(s.sources) for s in plan.shards) if images else max(tried, round(plan.weight / max(payload, 1)))
    if plan.addresses is not None:  # whose sizes nobody knows
        items = sum(len(some) for source in _lists(plan) for some in readers.addresses_in(source, job.read))
    counts = [rows_of(source) for shard in plan.shards for source in shard.sources]
    if job.read.chunk is None and None not in counts:  # of a database, which has counted them
        items = sum(count or 0 for count in counts)
    items = tried if tried < _ITEMS else items
    rate = tried / seconds
    rows_each = sum(map(len, found)) / max(tried, 1) if has_features else 1
    left_out = unread(inputs, spec) if decoder is None else NOTHING_UNREAD
    estimated |= {
        "items": items,
        "tried": tried,
        "dead": len(bad) + len(failed) + len(unencoded),
        "rows_per_second": round(rate, 1),
        "seconds": round(items / rate, 1),
        "cut_off": left_out.texts,
        "unread": round(left_out.unread_chars / max(left_out.chars, 1), 6),
        "bytes": int(items * rows_each * (job.dim * 4 * 0.9 + 100)),
    }
    return estimated


def _lists(plan: Plan) -> set[Source]:
    """The lists of web addresses that are to be read."""
    lists = plan.addresses.lists if plan.addresses is not None else ()
    return {source for shard in plan.shards for source in shard.sources if source.name in lists}
