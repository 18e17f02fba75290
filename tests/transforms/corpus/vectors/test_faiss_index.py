"""Vectors of FAISS indexes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest

from tests.helpers.vector_files import expected, options, rows, save, vectors
from transforms.common.errors import RequestError

IDS = np.array([7, 3, 9, -1, 2**40])


def written(path: Path, index: Any) -> Path:
    faiss.write_index(index, str(path))
    return path


def filled(index: Any, *, count: int = 5) -> Any:
    index.add(vectors(count))
    return index


@pytest.mark.parametrize("name", ["x.faiss", "x.index", "x.bin"])
@pytest.mark.parametrize("kind", [faiss.IndexFlatL2, faiss.IndexFlatIP])
def test_flat_indexes(kind: Any, name: str, tmp_path: Path) -> None:
    path = written(tmp_path / name, filled(kind(3)))

    assert rows([path], options()) == expected([f"{name}#{row}" for row in range(5)], vectors(5))
    assert rows([path], options(), max_bytes=40) == rows([path], options())


@pytest.mark.parametrize("kind", [faiss.IndexIDMap, faiss.IndexIDMap2])
def test_ids_of_an_index(kind: Any, tmp_path: Path) -> None:
    index = kind(faiss.IndexFlatIP(3))
    index.add_with_ids(vectors(5), IDS)
    path = written(tmp_path / "x.faiss", index)

    assert rows([path], options()) == expected([str(number) for number in IDS], vectors(5))
    assert rows([path], options(ids=[save(tmp_path / "ids.npy", np.arange(5))])) == expected(list("01234"), vectors(5))


def test_a_graph_over_a_flat_index(tmp_path: Path) -> None:
    path = written(tmp_path / "x.faiss", filled(faiss.IndexHNSWFlat(3, 4)))

    assert rows([path], options()) == expected([f"x.faiss#{row}" for row in range(5)], vectors(5))


def test_lists_of_unchanged_vectors(tmp_path: Path) -> None:
    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(3), 3, 2)
    index.train(vectors(100))
    path = written(tmp_path / "x.faiss", filled(index))

    assert rows([path], options()) == expected([f"x.faiss#{row}" for row in range(5)], vectors(5))


@pytest.mark.parametrize(
    ("factory", "name"),
    [("SQ8", "IndexScalarQuantizer"), ("PCA2,Flat", "IndexPreTransform"), ("SQfp16", "IndexScalarQuantizer")],
)
def test_an_index_that_changes_vectors_is_refused_by_name(factory: str, name: str, tmp_path: Path) -> None:
    index = faiss.index_factory(3, factory)
    index.train(vectors(100))
    path = written(tmp_path / "x.faiss", filled(index))

    with pytest.raises(RequestError, match=f"is a FAISS index {name}, which does not hold its vectors unchanged"):
        rows([path], options())


@pytest.mark.parametrize("cut", [0.5, 0.9])
def test_a_cut_index(cut: float, tmp_path: Path) -> None:
    path = written(tmp_path / "x.faiss", filled(faiss.IndexFlatL2(3)))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * cut)])

    with pytest.raises(RequestError, match="cannot be read by FAISS"):
        rows([path], options())
