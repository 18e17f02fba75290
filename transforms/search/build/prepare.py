"""The first step of a build: a plan, the held-out rows, a sample, and what is trained on it, once for all workers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.common.hashes import hashes_of
from transforms.search.build.draft import Draft, Shard
from transforms.search.job import IndexJob
from transforms.search.plan import Plan, planned
from transforms.search.store.threads import one_thread
from transforms.search.store.vector_file import empty_store
from transforms.storage import files
from transforms.table.snapshot import Snapshot
from transforms.table.unit_vectors import directions
from transforms.table.vectors import TableVectors

Vectors = npt.NDArray[np.float32]

TRAINED = ("store.faiss", "lists.faiss")
"""Files of what is trained once: how vectors are stored, and the empty inverted lists."""

HELD_ROWS = 1_000
_MOST_HELD = 0.1
_SHARD_ROWS = 65_536
_PER_LIST, _LEAST_SAMPLE = 40, 10_000
_ITERATIONS = 5
"""Of k-means: twenty would leave as many neighbours in lists that are not read."""
_CODE_VALUES = 16


def held_below(rows: int) -> int:
    """The hash below which ids are held out, so that about a thousand rows are, and a tenth of a small table."""
    return int(min(HELD_ROWS / max(rows, 1), _MOST_HELD) * 2.0**64)


def is_held(ids: pa.Array, below: int) -> npt.NDArray[np.bool_]:
    """Which of the rows are held out, bool [n]: those whose id's hash is low, whatever else is in the table."""
    return hashes_of(ids.to_pylist()) < np.uint64(below)


def prepare(job: IndexJob, snapshot: Snapshot, folder: str, why: str) -> Draft:
    """Plans, samples and trains, and writes the draft of a new build.

    Raises:
      RequestError: there is nothing to index, or it does not fit into the memory that is allowed.
    """
    rows, dim = snapshot.rows, snapshot.about.dim
    if not rows:
        raise RequestError(f"{job.table} holds no rows: embed a corpus into it first")
    plan = planned(rows, dim, memory=job.memory, floor=job.floor, kind=job.kind, store=job.store)
    below = held_below(rows)
    vectors = TableVectors(job.table, snapshot).unchecked()
    held, sample = _sampled(vectors, below, _sample_size(plan, rows), job.seed)
    if not len(held) + len(sample):
        raise RequestError(
            f"{job.table}: no row that was looked at has a direction: its vectors are zero or not finite"
        )
    files.make_folder(folder)
    _train(plan, sample, folder, job.seed)
    files.write_array(files.join(folder, "held.npy"), held)
    draft = Draft(
        folder=folder,
        base=None,
        why=why,
        plan=plan,
        dim=dim,
        below=below,
        shards=tuple(_shards(snapshot, plan)),
        settled=tuple(sorted(snapshot.parts)),
    )
    draft.save()
    return draft


def grouped(parts: list[str], sizes: Any, rows: int = _SHARD_ROWS) -> list[tuple[str, ...]]:
    """Consecutive parts in groups of at least so many rows, so that many small parts are one piece of work."""
    groups: list[list[str]] = [[]]
    count = 0
    for part in parts:
        if count >= rows:
            groups.append([])
            count = 0
        groups[-1].append(part)
        count += sizes[part]
    return [tuple(group) for group in groups if group]


def _shards(snapshot: Snapshot, plan: Plan) -> list[Shard]:
    groups = grouped(sorted(snapshot.parts), snapshot.parts)
    share = snapshot.rows / plan.segments
    shards, seen = [], 0
    for number, group in enumerate(groups):
        segment = min(int(seen / share), plan.segments - 1)
        shards.append(Shard(number=number, parts=group, segment=f"base-{segment}"))
        seen += sum(snapshot.parts[part] for part in group)
    return shards


def _sample_size(plan: Plan, rows: int) -> int:
    if plan.kind == "exact":
        return min(rows, 1)
    return min(rows, max(_PER_LIST * plan.lists, _LEAST_SAMPLE))


def _sampled(vectors: TableVectors, below: int, size: int, seed: int) -> tuple[Vectors, Vectors]:
    """The held-out rows and a sample of the others, unit vectors float32, in the order of the table."""
    held = np.concatenate([is_held(batch.column("id"), below) for batch in vectors.columns(["id"])])
    wanted = held.copy()
    others = np.flatnonzero(~held)
    if len(others):
        drawn = np.random.default_rng(seed).choice(len(others), min(size, len(others)), replace=False)
        wanted[others[drawn]] = True
    # What is largest in memory while an index is prepared: filled in place.
    found = {side: np.empty((int((wanted & (held == side)).sum()), vectors.dim), np.float32) for side in (True, False)}
    counts = {True: 0, False: 0}
    for chunk in vectors.chunks(wanted):
        unit, good = directions(chunk.vectors)
        is_query = held[chunk.rows]
        for side, taken in found.items():
            here = unit[good & (is_query == side)]
            taken[counts[side] : counts[side] + len(here)] = here
            counts[side] += len(here)
    return found[True][: counts[True]], found[False][: counts[False]]


def _train(plan: Plan, sample: Vectors, folder: str, seed: int) -> None:
    import faiss

    dim = sample.shape[1]
    files.write(files.join(folder, TRAINED[0]), faiss.serialize_index(empty_store(plan.store, dim, sample)).tobytes())
    if plan.kind != "ivf":
        return
    # A table of a few rows trains on them again and again.
    least = max(plan.lists, _CODE_VALUES)
    enough = sample if len(sample) >= least else np.resize(sample, (least, dim))
    centres = faiss.Kmeans(dim, plan.lists, niter=_ITERATIONS, spherical=True, seed=seed + 1, min_points_per_centroid=1)
    centres.train(enough)
    coarse = faiss.IndexFlatIP(dim)
    coarse.add(centres.centroids)
    lists = faiss.IndexIVFPQ(coarse, dim, plan.lists, plan.codes, 4, faiss.METRIC_INNER_PRODUCT)
    lists.by_residual = True
    lists.pq.cp.min_points_per_centroid = 1
    # A hundred small problems one after the other: what two threads win they lose where they wait for each other.
    with one_thread():
        lists.train(enough)
    files.write(files.join(folder, TRAINED[1]), faiss.serialize_index(lists).tobytes())
