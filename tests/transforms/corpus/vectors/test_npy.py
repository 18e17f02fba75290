"""Vectors and ids in .npy files."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.vector_files import expected, options, rows, save, vectors
from transforms.common.errors import RequestError

NAMES = [f"x.npy#{row}" for row in range(5)]


@pytest.mark.parametrize("kind", ["<f4", ">f4", "<f2", "<f8", ">f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_fractions_of_any_width_and_order(kind: str, order: Any, tmp_path: Path) -> None:
    path = save(tmp_path / "x.npy", np.asarray(vectors(5), np.dtype(kind), order=order))

    assert rows([path], options()) == expected(NAMES, vectors(5))
    assert rows([path], options(), max_bytes=40) == expected(NAMES, vectors(5))


def test_rows_that_are_not_finite_are_errors_of_their_own(tmp_path: Path) -> None:
    values = vectors(5).astype(np.float64)
    values[1, 2], values[3, 0], values[4] = np.nan, 1e300, 3e38

    found = rows([save(tmp_path / "x.npy", values)], options())

    assert found["x.npy#1"] == "NotFinite: value 2 of the vector is NaN"
    assert found["x.npy#3"] == "NotFinite: value 0 of the vector is infinite in float32"
    assert found["x.npy#4"] == tuple(np.full(3, 3e38, np.float32).tolist())


def test_an_array_of_no_rows_beside_others(tmp_path: Path) -> None:
    save(tmp_path / "a.npy", np.empty((0, 3), np.float32))
    save(tmp_path / "x.npy", vectors(5))

    assert rows([tmp_path], options()) == expected(NAMES, vectors(5))


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.arange(6).reshape(2, 3), "holds int64, and vectors are float16, float32 or float64"),
        (np.arange(6, dtype=np.float32), r"has the shape \(6,\), and vectors are a matrix"),
        (np.zeros((2, 3, 4), np.float32), r"has the shape \(2, 3, 4\), and vectors are a matrix"),
        (np.zeros((2, 3), np.complex64), "holds complex64"),
        (np.zeros(2, [("a", "<f4"), ("b", "<f4")]), "holds "),
        (np.zeros((2, 4), np.float32), "its vectors have 4 values, and 3 are expected"),
    ],
)
def test_what_is_no_matrix_of_fractions(array: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=message):
        rows([save(tmp_path / "x.npy", array)], options())


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.array([None, 1], object), allow_pickle=True)

    with pytest.raises(RequestError, match="holds Python objects, which are programs and are never run"):
        rows([path], options())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:-1], "is cut short: it has "),
        (lambda data: data[:40], "is no .npy file of numpy.save"),
        (lambda data: data + data, "bytes behind its array, as where several were saved into one file"),
        (lambda data: b"", "is no .npy file of numpy.save"),
        (lambda data: b"PK\x03\x04" + data, r"is an archive of arrays \(.npz\): save each as .npy"),
        (lambda data: pickle.dumps([1.0]), "is no .npy file of numpy.save"),
        (lambda data: data.replace(b"<f4", b"<q9"), "is no .npy file of numpy.save"),
    ],
)
def test_damaged_files(change: Any, message: str, tmp_path: Path) -> None:
    path = save(tmp_path / "x.npy", vectors(5))
    path.write_bytes(change(path.read_bytes()))

    with pytest.raises(RequestError, match=message):
        rows([path], options())


@pytest.mark.parametrize(
    "ids", [np.arange(5) + 7, np.array(["7", "8", "9", "10", "11"]), np.array([b"7", b"8", b"9", b"10", b"11"])]
)
def test_ids_of_an_array(ids: Any, tmp_path: Path) -> None:
    how = options(ids=[save(tmp_path / "ids.npy", ids)])

    assert rows([save(tmp_path / "x.npy", vectors(5))], how) == expected(["7", "8", "9", "10", "11"], vectors(5))


@pytest.mark.parametrize("ids", [np.linspace(0, 1, 5), np.zeros((5, 2), np.int64), np.array([None] * 5, object)])
def test_arrays_that_are_no_ids(ids: Any, tmp_path: Path) -> None:
    how = options(ids=[save(tmp_path / "ids.npy", ids)])

    with pytest.raises(RequestError, match=r"ids are one whole number or string a row|Python objects"):
        rows([save(tmp_path / "x.npy", vectors(5))], how)
