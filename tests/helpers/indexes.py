"""Makes tables whose vectors, labels and sources a test chooses and changes, and indexes of them."""

from __future__ import annotations

import copy
import itertools
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.index import run
from tests.helpers import chosen_vectors, embedding, fakes, heads
from transforms.common.arrays import Vectors
from transforms.encoders.spec import LoadableEncoder
from transforms.search.ask.searcher import Searcher
from transforms.search.build.base_version import BaseVersion
from transforms.search.build.finish import IndexOutcome, finish
from transforms.search.build.prepare import prepare
from transforms.search.build.segments import build_segment
from transforms.search.build.shard import encode_shard
from transforms.search.build.update import prepare_update
from transforms.search.job import IndexJob
from transforms.search.store.index_folder import INDEXES
from transforms.storage import files
from transforms.table.open import existing

KINDS = ("exact", "hnsw", "ivf")

_FIRST_TIME, _SECOND = 1_800_000_000_000_000_000, 1_000_000_000


def random_vectors(count: int, dim: int = 16, *, seed: int = 0) -> Vectors:
    """Vectors [count, dim] of every direction, with few digits."""
    return np.random.default_rng(seed).standard_normal((count, dim)).round(3).astype(np.float32)


def clusters(count: int, dim: int = 16, *, centres: int = 24, seed: int = 0) -> Vectors:
    """Vectors [count, dim] around some centres, as real ones lie."""
    random = np.random.default_rng(seed)
    middle = random.standard_normal((centres, dim))
    found = middle[random.integers(centres, size=count)] + 0.4 * random.standard_normal((count, dim))
    return found.round(3).astype(np.float32)


def unit(vectors: Any) -> npt.NDArray[np.float64]:
    """In double precision."""
    wide = np.atleast_2d(np.asarray(vectors, np.float64))
    return wide / np.linalg.norm(wide, axis=1, keepdims=True)


def year_of(name: str) -> int:
    return 2000 + sum(name.encode()) % 20


class Library:
    """A feature table `root/table` of sources that are edited, and indexes of it at `root/<name>`.

    What the table should hold is in `vectors` and `labels`, by id. Its years are `year_of`. The names of its parts, and so the
    order of its rows and what is sampled of them, follow from its contents alone: the same library gives the same index.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._times = itertools.count(_FIRST_TIME, _SECOND)
        self.table = str(root / "table")
        self._sources: dict[str, dict[str, tuple[Sequence[float], str | None]]] = {}

    def copied(self, root: Path) -> Library:
        """The same library elsewhere, to be changed; without its indexes."""
        again = Library(root)
        again._sources, again._times = dict(self._sources), copy.copy(self._times)
        for name in ("corpus", "table"):
            shutil.copytree(self.root / name, root / name)
        return again

    @property
    def vectors(self) -> dict[str, Sequence[float]]:
        return {name: vector for rows in self._sources.values() for name, (vector, _) in rows.items()}

    @property
    def labels(self) -> dict[str, str | None]:
        return {name: label for rows in self._sources.values() for name, (_, label) in rows.items()}

    def put(self, source: str, vectors: Mapping[str, Sequence[float]], label: str | None = "x") -> None:
        """Writes a source anew: its rows, all of one label."""
        self._write(source, {name: (vector, label) for name, vector in vectors.items()})

    def edit(
        self,
        source: str,
        *,
        drop: Sequence[str] = (),
        move: Mapping[str, Sequence[float]] | None = None,
        relabel: Mapping[str, str] | None = None,
    ) -> None:
        """Changes some rows of a source; without any, it is touched."""
        rows = {name: row for name, row in self._sources[source].items() if name not in drop}
        for name, vector in (move or {}).items():
            rows[name] = (vector, rows[name][1])
        for name, label in (relabel or {}).items():
            rows[name] = (rows[name][0], label)
        self._write(source, rows)

    def remove(self, source: str) -> None:
        del self._sources[source]
        (self.root / "corpus" / source).unlink()

    def _write(self, source: str, rows: dict[str, tuple[Sequence[float], str | None]]) -> None:
        self._sources[source] = rows
        written = [
            {"id": name, "text": chosen_vectors.spelt(vector, name), "label": label, "year": year_of(name)}
            for name, (vector, label) in rows.items()
        ]
        path = heads.write_rows(self.root / "corpus" / source, written)
        now = next(self._times)
        os.utime(path, ns=(now, now))

    def encoder(self, *, fingerprint: str = "fake-1") -> LoadableEncoder:
        dim = len(next(iter(self.vectors.values())))
        return chosen_vectors.Spelt(fakes.text_encoder(dim=dim).spec, fingerprint)

    def commit(self, *, encoder: LoadableEncoder | None = None, **asked: Any) -> int:
        """Embeds the sources; the version of the table."""
        read = {**heads.READ, "label_column": "label", "keep": ("year",)}
        job = embedding.job(self.root / "corpus", self.table, read=read, encoder=encoder or self.encoder(), **asked)
        with embedding.relative_sources(self.root):
            embedding.embed(job)
        return existing(self.table).version

    def job(self, name: str = "index", **asked: Any) -> IndexJob:
        version = asked.pop("version", existing(self.table).version)
        options = {"words": False, **asked}
        return IndexJob(table=self.table, version=version, to=str(self.root / name), **options)

    def index(self, name: str = "index", **asked: Any) -> IndexOutcome | None:
        """Runs what `vectormill index` does, in this process; without a lexical index where it is not asked for."""
        return run(self.job(name, **asked), PipelineOptions([]))

    def step(self, name: str = "index", **asked: Any) -> IndexOutcome:
        """The same without Beam, in half the time: a first version, or an update of the newest without asking whether that will
        do."""
        job = self.job(name, **asked)
        snapshot = existing(job.table, job.version)
        newest = INDEXES.newest(job.to)
        folder = files.join(job.to, "_runs", job.key(newest, run=snapshot.about.run))
        base = None
        if newest is None:
            draft = prepare(job, snapshot, folder, "")
        else:
            base = BaseVersion.open(job.to, newest)
            draft = prepare_update(job, snapshot, folder, base)
        for shard in draft.shards:
            encode_shard(draft, shard, job.table, snapshot)
        for segment in draft.segments():
            build_segment(draft, segment, base.remaining(segment, draft) if base is not None else None)
        return finish(job, draft, snapshot, base=base, newest=newest)

    def searcher(self, name: str = "index", version: int | None = None) -> Searcher:
        return Searcher(str(self.root / name) if version is None else str(self.root / name / str(version)))


def library(root: Path, vectors: Vectors, *, sources: int = 4) -> Library:
    """A committed table of these vectors, r0000, r0001, …, whose sources are parts labelled a, b, …"""
    made = Library(root)
    for number in range(sources):
        rows = {f"r{at:04}": vectors[at].tolist() for at in range(number, len(vectors), sources)}
        made.put(f"{number}.parquet", rows, label="abcdefgh"[number])
        made.commit()
    return made


def ids_of(searcher: Searcher, rows: Any) -> list[str]:
    """The ids at positions."""
    found: list[str] = searcher.rows_of(np.asarray(rows), ["id"]).column("id").to_pylist()
    return found


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file of the segments of a version."""
    names = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.parent != folder]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in names}


def speller(dim: int) -> LoadableEncoder:
    """The encoder of `chosen_vectors.table`: a text begins with its vector."""
    return chosen_vectors.Spelt(fakes.text_encoder(dim=dim).spec)


def indexed(table: str, to: Path, **asked: Any) -> str:
    """INDEXES/NAME of a table's newest version; `asked` is for `IndexJob`."""
    job = IndexJob(table=table, version=existing(table).version, to=str(to), **asked)
    outcome = run(job, PipelineOptions([]))
    assert outcome is not None and outcome.version == 1, outcome
    return job.to
