"""Prepares a build: chooses the plan and the holdout rows, samples the table, and trains on the sample, once for all workers."""

from __future__ import annotations

import numpy as np

from transforms.common.arrays import Vectors
from transforms.common.errors import RequestError
from transforms.search.build.draft import Draft, IndexShard, grouped_parts
from transforms.search.build.holdout import BUILD_QUERIES, hash_limit, is_holdout
from transforms.search.job import IndexJob
from transforms.search.plan import IndexPlan, planned
from transforms.search.store.threads import FaissThreads
from transforms.search.store.vector_file import empty_store
from transforms.storage import files
from transforms.table.open import require_rows
from transforms.table.snapshot import Snapshot
from transforms.table.unit_vectors import normalize_rows
from transforms.table.vectors import TableVectors

TRAINED = ("store.faiss", "lists.faiss")
"""Files that training makes once: how vectors are stored, and the empty inverted lists."""

_PER_LIST, _LEAST_SAMPLE = 40, 10_000
_ITERATIONS = 5
"""Of k-means: with twenty, as many neighbours would lie in lists that are not read."""
_CODE_VALUES = 16


def prepare(job: IndexJob, snapshot: Snapshot, folder: str, why: str) -> Draft:
    """Plans, samples and trains, and writes the draft of a new build.

    Raises:
      RequestError: there is nothing to index, or it does not fit into the memory that is allowed.
    """
    rows, dim = snapshot.rows, snapshot.about.dim
    require_rows(job.table, snapshot)
    plan = planned(rows, dim, memory=job.memory, min_recall=job.min_recall, kind=job.kind, store=job.store)
    limit = hash_limit(rows, queries=BUILD_QUERIES)
    vectors = TableVectors(job.table, snapshot).unchecked()
    queries, sample = _sampled(vectors, limit, _sample_size(plan, rows), job.seed)
    if not len(queries) + len(sample):
        raise RequestError(
            f"{job.table}: no row that was looked at has a direction: its vectors are zero or not finite"
        )
    files.make_folder(folder)
    _train(plan, sample, folder, job.seed)
    files.write_array(files.join(folder, "held.npy"), queries)
    draft = Draft(
        folder=folder,
        base=None,
        why=why,
        plan=plan,
        dim=dim,
        holdout_hash_limit=limit,
        shards=tuple(_shards(snapshot, plan)),
        fully_indexed_parts=tuple(sorted(snapshot.parts)),
    )
    draft.save()
    return draft


def _shards(snapshot: Snapshot, plan: IndexPlan) -> list[IndexShard]:
    share = snapshot.rows / plan.segments
    shards, seen = [], 0
    for number, group in enumerate(grouped_parts(sorted(snapshot.parts), snapshot.parts)):
        segment = min(int(seen / share), plan.segments - 1)
        shards.append(IndexShard(number=number, parts=group, segment=f"base-{segment}"))
        seen += sum(snapshot.parts[part] for part in group)
    return shards


def _sample_size(plan: IndexPlan, rows: int) -> int:
    if plan.kind == "exact":
        return min(rows, 1)
    return min(rows, max(_PER_LIST * plan.lists, _LEAST_SAMPLE))


def _sampled(vectors: TableVectors, limit: int, size: int, seed: int) -> tuple[Vectors, Vectors]:
    """The holdout rows and a sample of the others, unit vectors float32, in the order of the table."""
    holdout = np.concatenate([is_holdout(batch.column("id"), limit) for batch in vectors.columns(["id"])])
    wanted = holdout.copy()
    others = np.flatnonzero(~holdout)
    if len(others):
        drawn = np.random.default_rng(seed).choice(len(others), min(size, len(others)), replace=False)
        wanted[others[drawn]] = True
    # The largest arrays in memory while an index is prepared: filled in place.
    sides = (True, False)
    found = {side: np.empty((int((wanted & (holdout == side)).sum()), vectors.dim), np.float32) for side in sides}
    counts = dict.fromkeys(sides, 0)
    for chunk in vectors.chunks(wanted):
        unit, good = normalize_rows(chunk.vectors)
        is_query = holdout[chunk.rows]
        for side, taken in found.items():
            here = unit[good & (is_query == side)]
            taken[counts[side] : counts[side] + len(here)] = here
            counts[side] += len(here)
    return found[True][: counts[True]], found[False][: counts[False]]


def _train(plan: IndexPlan, sample: Vectors, folder: str, seed: int) -> None:
    import faiss

    dim = sample.shape[1]
    files.write(files.join(folder, TRAINED[0]), faiss.serialize_index(empty_store(plan.store, dim, sample)).tobytes())
    if plan.kind != "ivf":
        return
    # Of a small table the sample is repeated until there are enough rows to train on.
    least = max(plan.lists, _CODE_VALUES)
    enough = sample if len(sample) >= least else np.resize(sample, (least, dim))
    centres = faiss.Kmeans(dim, plan.lists, niter=_ITERATIONS, spherical=True, seed=seed + 1, min_points_per_centroid=1)
    centres.train(enough)
    coarse = faiss.IndexFlatIP(dim)
    coarse.add(centres.centroids)
    lists = faiss.IndexIVFPQ(coarse, dim, plan.lists, plan.codes, 4, faiss.METRIC_INNER_PRODUCT)
    lists.by_residual = True
    lists.pq.cp.min_points_per_centroid = 1
    # A hundred small problems one after the other: two threads lose more by waiting for each other than they gain.
    with FaissThreads(1):
        lists.train(enough)
    files.write(files.join(folder, TRAINED[1]), faiss.serialize_index(lists).tobytes())
