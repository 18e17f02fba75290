"""Stored vectors: the file is the one that FAISS writes, and reads as it was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest

from tests.helpers.indexes import unit
from transforms.common.errors import RunError
from transforms.search.store.vector_file import (
    blocks_of,
    decoded,
    empty_store,
    encoded,
    open_vectors,
    read_blocks,
    write_vectors,
)

STORES: dict[Any, float] = {"float32": 0, "float16": 5e-4, "int8": 1e-2}
stores = pytest.mark.parametrize("store", STORES)
VECTORS = unit(np.random.default_rng(0).standard_normal((500, 24))).astype(np.float32)


@stores
@pytest.mark.parametrize("rows", [0, 1, 500])
def test_the_file_is_the_one_that_faiss_writes(store: Any, rows: int, tmp_path: Path) -> None:
    empty = empty_store(store, 24, VECTORS)
    codes = encoded(empty, VECTORS[:rows])

    write_vectors(str(tmp_path / "v"), empty, [codes[:100], codes[100:]], rows)

    theirs = empty_store(store, 24, VECTORS)
    theirs.add(VECTORS[:rows])
    faiss.write_index(theirs, str(tmp_path / "theirs"))
    assert (tmp_path / "v").read_bytes() == (tmp_path / "theirs").read_bytes()


@stores
def test_what_is_read_is_what_was_written(store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transforms.search.store.vector_file._DECODED", 64)
    empty = empty_store(store, 24, VECTORS)
    write_vectors(str(tmp_path / "v"), empty, [encoded(empty, VECTORS)], 500)
    some = np.array([499, 3, 3, 70])

    stored = open_vectors(str(tmp_path / "v"))

    np.testing.assert_allclose(decoded(stored), VECTORS, atol=STORES[store])
    np.testing.assert_array_equal(decoded(stored, some), decoded(stored)[some])
    ((rows, vectors),) = blocks_of(stored, some)
    np.testing.assert_array_equal(rows, some)
    np.testing.assert_array_equal(vectors, decoded(stored)[some])
    for wanted in (None, np.array([0, 63, 64, 99, 320]), some[:0]):
        blocks = list(read_blocks(str(tmp_path / "v"), wanted))
        found = (
            [np.concatenate([block[at] for block in blocks]) for at in (0, 1)] if blocks else [some[:0], VECTORS[:0]]
        )
        np.testing.assert_array_equal(found[0], np.arange(500) if wanted is None else wanted)
        np.testing.assert_array_equal(found[1], decoded(stored, found[0]))
    assert decoded(stored, some[:0]).shape == (0, 24)


def test_codes_that_are_missing_are_seen(tmp_path: Path) -> None:
    empty = empty_store("float16", 24, VECTORS)
    with pytest.raises((RunError, RuntimeError)):
        write_vectors(str(tmp_path / "v"), empty, [encoded(empty, VECTORS[:499])], 500)


def test_opening_reads_nothing(tmp_path: Path) -> None:
    """A file with a hole of a gigabyte where its vectors are is opened, and takes no memory."""
    empty = empty_store("float16", 512, np.eye(1, 512, dtype=np.float32))
    rows = 1 << 20
    write_vectors(str(tmp_path / "v"), empty, [], 0)
    head = bytearray((tmp_path / "v").read_bytes())
    head[8:16] = rows.to_bytes(8, "little")
    head[-8:] = (rows * 1024).to_bytes(8, "little")
    with open(tmp_path / "v", "wb") as stream:
        stream.write(head)
        stream.truncate(len(head) + rows * 1024)
    before = _resident()

    stored = open_vectors(str(tmp_path / "v"))

    assert stored.ntotal == rows and not decoded(stored, np.array([0, rows - 1])).any()
    assert _resident() - before < 50 << 20


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
