"""What tests of commands on indexes share: an index of a table, made without Beam, and the encoder of spelt tables."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests import fakes, spelt
from transforms import files
from transforms.open_table import existing
from transforms.search.build import build_segment
from transforms.search.finish import finish
from transforms.search.job import IndexJob
from transforms.search.prepare import prepare
from transforms.search.shard import encode_shard


def speller(dim: int) -> Any:
    """The encoder of `spelt.table`: a text begins with its vector."""
    return spelt._Spelt(fakes.text_encoder(dim=dim).spec)


def indexed(table: str, to: Path, **asked: Any) -> str:
    """INDEXES/NAME of a table's newest version; `asked` is for `IndexJob`."""
    snapshot = existing(table)
    job = IndexJob(table=table, version=snapshot.version, to=str(to), **asked)
    draft = prepare(job, snapshot, files.join(job.to, "_runs", job.key(None)), "")
    for shard in draft.shards:
        encode_shard(draft, shard, table, snapshot)
    for name in draft.segments():
        build_segment(draft, name, None)
    outcome = finish(job, draft, snapshot, base=None, newest=None, started=time.time())
    assert outcome.version == 1, outcome.verdict
    return job.to
