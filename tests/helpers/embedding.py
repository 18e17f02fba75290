"""What tests of the embed job share: corpora to edit, jobs to run, tables to read, and what must be in them.

`expected` says what a table must hold, from the files alone and without any of the engine's code; `rows` reads what it
does hold.
"""

from __future__ import annotations

import json
import os
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from hashlib import blake2b
from itertools import chain, count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers import fakes
from transforms.common.progress import METER
from transforms.corpus.options import ReadOptions
from transforms.corpus.sources import Listing, list_corpus
from transforms.embed import plan
from transforms.embed.combine import combine
from transforms.embed.commit import Summary, commit
from transforms.embed.content_index import ContentIndex
from transforms.embed.job import EmbedJob
from transforms.embed.plan import make_plan, with_contents
from transforms.embed.plan_file import load_addresses, load_shard_ids, load_shards, load_summary, save_plan
from transforms.embed.rewrite import Rewritten, without_sources
from transforms.embed.shard_line import ShardLine
from transforms.encoders.spec import LoadableEncoder, Modality
from transforms.storage.tf_example import example_class
from transforms.storage.tfrecord import records
from transforms.table.ledger import Receipt
from transforms.table.open import open_log
from transforms.table.parts import PartFormat

FORMATS: tuple[PartFormat, ...] = ("parquet", "tfrecord")

_CLOCK = count(1_700_000_000_000_000_000, 1_000_000_000)


class Corpus:
    """A folder of text files. Every edit gets its own time, however fast the edits follow each other."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()

    def write(self, name: str, lines: Iterable[str | bytes]) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        coded = (line.encode() if isinstance(line, str) else line for line in lines)
        path.write_bytes(b"".join(line + b"\n" for line in coded))
        return self.touch(name)

    def write_bytes(self, name: str, content: bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return self.touch(name)

    def lines(self, name: str) -> list[str]:
        return (self.root / name).read_text().split("\n")[:-1]

    def touch(self, name: str) -> Path:
        now = next(_CLOCK)
        os.utime(self.root / name, ns=(now, now))
        return self.root / name

    def remove(self, name: str) -> None:
        (self.root / name).unlink()

    def rename(self, name: str, new: str) -> None:
        (self.root / name).rename(self.root / new)


def job(
    corpus: Corpus | Path | Sequence[Path],
    table: str,
    *,
    modality: Modality = "text",
    encoder: LoadableEncoder | None = None,
    run: str | None = None,
    read: dict[str, Any] | None = None,
    **asked: Any,
) -> EmbedJob:
    """An EmbedJob with the fake encoder of the modality and a new run id."""
    given = [corpus.root] if isinstance(corpus, Corpus) else [corpus] if isinstance(corpus, Path) else corpus
    return EmbedJob(
        inputs=tuple(str(path) for path in given),
        table=table,
        encoder=encoder or (fakes.text_encoder() if modality == "text" else fakes.image_encoder()),
        read=ReadOptions(modality=modality, **(read or {})),
        run=run or uuid.uuid4().hex,
        **asked,
    )


def embed(job: EmbedJob) -> Summary:
    """What the graph does, without Beam: for tests of the steps, at a tenth of the time."""
    base = open_log(job.table, job.part_format).snapshot()
    plan = with_contents(job, make_plan(job, base), base)
    save_plan(job, plan)
    contents = ContentIndex(job.table, plan.contents) if plan.contents else None
    addresses = load_addresses(job, load_summary(job))
    line = ShardLine(
        job, schema=plan.schema, load=job.encoder.load, meter=METER, contents=contents, addresses=addresses
    )
    receipts = list(line.run(load_shards(job, range(len(plan.shards)))))
    rewritten = [
        Rewritten(
            old=rewrite.part,
            new=without_sources(job.table, rewrite, schema=plan.schema, part_format=job.part_format),
        )
        for rewrite in plan.rewrites
    ]
    return committed(job, receipts, rewritten)


def committed(job: EmbedJob, receipts: Sequence[Receipt], rewritten: Sequence[Rewritten] = ()) -> Summary:
    """The end of the graph, without Beam: combines the outcomes of each group of the plan, and commits."""
    plan = load_summary(job)
    groups = [group for kind in plan.sizes for group in plan.groups(kind)]
    for group in groups:
        combine(job, plan, group, [*receipts, *rewritten])
    return commit(job, plan, groups)


def shard_ids(job: EmbedJob) -> list[str]:
    """The ids of all shards of a saved plan, in its order."""
    return [shard for group in load_summary(job).groups("shards") for shard in load_shard_ids(job, group)]


@contextmanager
def relative_sources(root: Path) -> Iterator[None]:
    """Names sources relative to `root`: parts are named by a hash of their sources' paths, times and sizes, among others."""

    def listed(inputs: Sequence[str], options: ReadOptions, **more: Any) -> Listing:
        found = list_corpus(inputs, options, **more)
        return replace(found, sources=[replace(one, uri=os.path.relpath(one.uri)) for one in found.sources])

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setattr(plan, "list_corpus", listed)
        yield


# ---- what a table holds -----------------------------------------------------------------------------------

Rows = dict[str, dict[str, Any]]


def rows(table: str, *, version: int | None = None) -> Rows:
    """Rows by id, whatever the table's format; vectors as tuples."""
    found = _delta_rows(table, version) if Path(table, "_delta_log").exists() else _tfrecord_rows(table, version)
    by_id = {row["id"]: row for row in found}
    assert len(by_id) == len(found), (
        f"ids stand twice: {[n for n, c in Counter(r['id'] for r in found).items() if c > 1]}"
    )
    return by_id


def _delta_rows(table: str, version: int | None) -> list[dict[str, Any]]:
    from deltalake import DeltaTable

    return parquet_rows(DeltaTable(table, version=version).file_uris())


def parquet_rows(paths: Iterable[str]) -> list[dict[str, Any]]:
    """The rows of Parquet files, in order; vectors as tuples."""
    found = [row for path in paths for row in pq.read_table(path.removeprefix("file://")).to_pylist()]
    return [{**row, "embedding": tuple(row["embedding"])} for row in found]


def _tfrecord_rows(table: str, version: int | None) -> list[dict[str, Any]]:
    path = Path(table, "manifest.json")
    if version is not None:
        folder = Path(table, "_vectormill", "manifests")
        path = next(path for path in (folder / f"{version:020}.json", folder / f"{version}.json") if path.exists())
    manifest = json.loads(path.read_text())
    found = tfrecord_rows(str(Path(table, part["path"])) for part in manifest["parts"])
    assert len(found) == manifest["rows"]
    return found


def tfrecord_rows(paths: Iterable[str]) -> list[dict[str, Any]]:
    """The rows of TFRecord files, in order: one value a feature, None where it is empty; vectors as tuples."""
    found = []
    for record in chain.from_iterable(map(_records, paths)):
        row: dict[str, Any] = {}
        for name, feature in example_class().FromString(record).features.feature.items():
            kind = feature.WhichOneof("kind")
            values = getattr(feature, kind).value if kind else []
            if name == "embedding":
                row[name] = tuple(values)
            else:
                value = values[0] if values else None
                row[name] = value.decode() if isinstance(value, bytes) else value
        found.append(row)
    return found


def _records(path: str) -> list[bytes]:
    with open(path, "rb") as stream:
        return list(records(stream, path))


# ---- what it must hold ------------------------------------------------------------------------------------


def expected(corpus: Corpus, *, label_of: Any = None, names: Sequence[str] | None = None) -> Rows:
    """The rows that the text files of a corpus make: a line that is not blank is an item."""
    found: Rows = {}
    paths = sorted(path for path in corpus.root.rglob("*.txt"))
    for path in paths:
        name = path.relative_to(corpus.root).as_posix()
        if names is not None and name not in names:
            continue
        info = path.stat()
        seen: Counter[str] = Counter()
        for line in path.read_bytes().removesuffix(b"\n").split(b"\n"):
            if not line.strip():
                continue
            content = blake2b(line, digest_size=16, person=b"text").hexdigest()
            base = f"{name}#{content[:16]}"
            seen[base] += 1
            item = base if seen[base] == 1 else f"{base}.{seen[base]}"
            found[item] = {
                "id": item,
                "content": content,
                "source": name,
                "fingerprint": f"{info.st_size}-{info.st_mtime_ns}",
                "label": label_of(name) if label_of else None,
                "text": line.decode(),
                "embedding": tuple(fakes.vector_of(line).tolist()),
            }
    return found


def without_fingerprints(found: Rows) -> Rows:
    """For comparing what two runs made of the same texts."""
    return {name: {k: v for k, v in row.items() if k != "fingerprint"} for name, row in found.items()}


def settled() -> bool:
    """Whether no thread of the engine is left, waiting for it."""
    deadline = time.monotonic() + 60
    while (busy := _engine_threads()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not busy


def _engine_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(("shard-line", "overlap-"))]


def visible(table: str) -> set[str]:
    """Names in a table's folder that are not a part of its newest version, nor of its own folders."""
    snapshot = open_log(table).snapshot()
    stored = set(snapshot.parts) if snapshot else set()
    ours = {"_delta_log", "_vectormill", "_dead", "manifest.json"}
    return set(os.listdir(table)) - stored - ours


def item_batch(payloads: Sequence[bytes | None], **columns: Any) -> pa.RecordBatch:
    """A batch as readers yield it; columns not given are null, the source is "a.txt"."""
    rows = len(payloads)
    values: dict[str, Any] = {
        "source": ["a.txt"] * rows,
        "fingerprint": ["1-1"] * rows,
        "payload": list(payloads),
        "id": [None] * rows,
        "label": [None] * rows,
        "error": [None] * rows,
        **columns,
    }
    types = {"payload": pa.binary()}
    return pa.RecordBatch.from_pydict(
        {
            name: pa.array(v, types.get(name, pa.string())) if not isinstance(v, pa.Array) else v
            for name, v in values.items()
        }
    )
