"""Builds segments from encoded shards: concatenates rows and codes, merges inverted lists, builds the HNSW graph.

The same shards make the same segment, to the byte: a graph is built on one thread (on several, the order is chance), several
segments by several workers at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from transforms.search.build import shard as shards
from transforms.search.build.draft import Draft
from transforms.search.measure.ground_truth import GroundTruth, concatenated
from transforms.search.store.row_file import open_rows, write_rows
from transforms.search.store.segment import HOLDOUT, ROWS, STRUCTURE, VECTORS, Segment, truth_path
from transforms.search.store.threads import FaissThreads
from transforms.search.store.vector_file import Codes, encoded, open_vectors, read_blocks, write_vectors
from transforms.storage import files, folders, local_disk

_ADDED = 16_384


def build_segment(draft: Draft, name: str, carried: Segment | None) -> None:
    """Builds one segment in `built/`, unless that was done before: from its shards, or the holdout segment from all shards.

    Args:
      carried: a segment of the version before, whose rows that are not deleted come first.
    """
    done = draft.path("built", name)
    if folders.is_whole(done):
        return
    side = shards.HOLDOUT if name == HOLDOUT else shards.MAIN
    pieces = [
        files.join(shards.local_folder_of(draft, shard.number), side)
        for shard in draft.shards
        if name == HOLDOUT or shard.segment == name
    ]
    with folders.built(done, within=draft.folder) as work:
        rows = _write_rows_and_vectors(draft, work, pieces, carried)
        if name != HOLDOUT:
            _structure(draft, work, pieces, carried, rows)
        if name != HOLDOUT and draft.base is None:
            _truth(pieces).save(truth_path(draft.path("built"), name))


def _write_rows_and_vectors(draft: Draft, work: str, pieces: list[str], carried: Segment | None) -> int:
    empty = shards.read_index(draft.path("store.faiss"))
    tables = [open_rows(files.join(piece, ROWS)) for piece in pieces]
    if carried is not None:
        tables.insert(0, carried.columns.filter(pa.array(carried.alive)))
    count = sum(table.num_rows for table in tables)
    schema = tables[0].schema
    write_rows(files.join(work, ROWS), schema, (batch for table in tables for batch in table.to_batches()))
    write_vectors(files.join(work, VECTORS), empty, _codes(pieces, carried, empty), count)
    return count


def _codes(pieces: list[str], carried: Segment | None, empty: Any) -> Iterator[Codes]:
    if carried is not None:
        for _, vectors in carried.blocks():
            yield encoded(empty, vectors)
    size = empty.sa_code_size()
    for piece in pieces:
        path = files.join(piece, shards.CODES)
        if files.size(path):
            codes, block = local_disk.map_bytes(path), _ADDED * size
            for start in range(0, len(codes), block):
                yield codes[start : start + block].reshape(-1, size)


def _structure(draft: Draft, work: str, pieces: list[str], carried: Segment | None, rows: int) -> None:
    if draft.plan.kind == "exact":
        return
    stored = files.join(work, VECTORS)
    structure = _lists(draft, pieces, carried) if draft.plan.kind == "ivf" else _graph(draft, stored)
    assert structure.ntotal == rows, "every row is in the structure"
    import faiss

    faiss.write_index(structure, files.join(work, STRUCTURE), faiss.IO_FLAG_SKIP_STORAGE)


def _lists(draft: Draft, pieces: list[str], carried: Segment | None) -> Any:
    """Merges the inverted lists of the shards; the memory of one is freed before the next is read."""
    import faiss

    merged = shards.read_index(draft.path("lists.faiss"))
    if carried is not None:
        for _, vectors in carried.blocks():
            merged.add(vectors)
    for piece in pieces:
        merged.merge_from(shards.read_index(files.join(piece, shards.LISTS)), merged.ntotal)
    # FAISS 1.15 crashes where it merges long lists that are packed already: they are packed at the end.
    packed = faiss.IndexIVFPQFastScan(merged)
    merged.own_fields, packed.own_fields = False, True
    _clear(packed)
    return packed


def _clear(index: Any) -> None:
    """Zeroes the unused end of each list: FAISS keeps codes in blocks of 32, and leaves there what was in memory."""
    import faiss

    lists = faiss.downcast_InvertedLists(index.invlists)
    packer, zeros = lists.packer, np.zeros(lists.packer.code_size, np.uint8)
    for number in range(lists.nlist):
        blocks, left = divmod(lists.list_size(number), lists.n_per_block)
        if left:
            start = faiss.rev_swig_ptr(lists.get_codes(number), (blocks + 1) * lists.block_size)
            last = start.reshape(-1, lists.block_size)[blocks:]
            for at in range(left, lists.n_per_block):
                packer.pack_1(zeros, at, last)


def _graph(draft: Draft, stored: str) -> Any:
    import faiss

    quantiser = faiss.downcast_index(open_vectors(stored)).sq
    graph = faiss.IndexHNSWSQ(draft.dim, quantiser.qtype, draft.plan.links, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = draft.plan.construction
    graph.train(np.zeros((1, draft.dim), np.float32))
    storage = faiss.downcast_index(graph.storage)
    faiss.copy_array_to_vector(faiss.vector_to_array(quantiser.trained), storage.sq.trained)
    with FaissThreads(1):
        for _, vectors in read_blocks(stored):
            graph.add(vectors)
    return graph


def _truth(pieces: list[str]) -> GroundTruth:
    found, start = [], 0
    for piece in pieces:
        found.append((GroundTruth.load(files.join(piece, shards.TRUTH)), start))
        start += open_rows(files.join(piece, ROWS)).num_rows
    return concatenated(found)
