"""Which ids belong to which vectors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.vector_files import batches, expected, options, rows, save, vectors, write_table
from transforms.common.errors import RequestError
from transforms.corpus.vectors.pairing import list_vectors

NAMES = ["a", "b", "c", "d", "e"]


@pytest.fixture
def array(tmp_path: Path) -> Path:
    return save(tmp_path / "x.npy", vectors(5))


@pytest.mark.parametrize("max_bytes", [None, 30])
def test_ids_of_every_format(array: Path, max_bytes: int | None, tmp_path: Path) -> None:
    write_table(tmp_path / "ids.parquet", key=NAMES)
    (tmp_path / "ids.csv").write_text("key\n" + "\n".join(NAMES) + "\n")
    (tmp_path / "ids.tsv").write_text("id\tother\n" + "\n".join(f"{name}\tx" for name in NAMES) + "\n")
    (tmp_path / "ids.jsonl").write_text("\n".join(json.dumps({"id": name, "n": 1}) for name in NAMES))
    (tmp_path / "ids.txt").write_text("\n".join(NAMES))
    save(tmp_path / "names.npy", np.array(NAMES))
    columns = {"parquet": "key", "csv": "key", "tsv": "id", "jsonl": "id"}

    for path in [*sorted(tmp_path.glob("ids.*")), tmp_path / "names.npy"]:
        how = options(ids=[path], id_column=columns.get(path.suffix[1:]))
        assert rows([array], how, max_bytes=max_bytes) == expected(NAMES, vectors(5)), path


def test_files_go_together_by_the_numbers_in_their_names(tmp_path: Path) -> None:
    for number in range(12):
        save(tmp_path / "emb" / f"emb_{number}.npy", vectors(2, start=2 * number))
        write_table(tmp_path / "meta" / f"meta_{number:04}.parquet", id=[f"{number}a", f"{number}b"])
    names = [f"{number}{letter}" for number in range(12) for letter in "ab"]

    found = rows([tmp_path / "emb"], options(ids=[tmp_path / "meta"], id_column="id"))

    assert found == expected(names, vectors(24))


def test_files_go_together_as_they_are_given(tmp_path: Path) -> None:
    given = [save(tmp_path / name, vectors(2, start=start)) for name, start in (("z.npy", 0), ("a.npy", 2))]
    ids = [
        write_table(tmp_path / name, id=names) for name, names in (("1.parquet", ["a", "b"]), ("2.parquet", ["c", "d"]))
    ]

    assert rows(given, options(ids=ids, id_column="id")) == expected(["a", "b", "c", "d"], vectors(4))
    assert rows(given, options(ids=ids[::-1], id_column="id")) == expected(["c", "d", "a", "b"], vectors(4))


@pytest.mark.parametrize("form", ["parquet", "txt"])
def test_rows_of_several_files_follow_each_other(form: str, tmp_path: Path) -> None:
    for start, stop in ((0, 2), (2, 3), (3, 5)):
        save(tmp_path / f"x{start}.npy", vectors(stop - start, start=start))
    for number, names in enumerate((NAMES[:4], NAMES[4:])):
        if form == "txt":
            (tmp_path / f"ids{number}.txt").write_text("\n".join(names) + "\n")
        else:
            write_table(tmp_path / f"ids{number}.parquet", id=names)
    how = options(ids=[tmp_path / f"ids*.{form}"], id_column="id" if form == "parquet" else None)

    assert rows([tmp_path / "x*.npy"], how) == expected(NAMES, vectors(5))
    assert rows([tmp_path / "x*.npy"], how, max_bytes=30) == expected(NAMES, vectors(5))


def test_the_folders_of_clip_retrieval(tmp_path: Path) -> None:
    save(tmp_path / "img_emb" / "img_emb_0.npy", vectors(3).astype(np.float16))
    write_table(
        tmp_path / "metadata" / "metadata_0.parquet", image_path=["1.jpg", "2.jpg", "3.jpg"], caption=list("xyz")
    )
    wanted = expected(["1.jpg", "2.jpg", "3.jpg"], vectors(3))
    how = options(id_column="image_path")

    assert rows([tmp_path], how) == wanted
    assert rows([tmp_path / "img_emb"], how) == wanted
    notes = list_vectors([str(tmp_path / "img_emb")], how).notes
    assert f"ids and columns are read from {tmp_path / 'metadata'}" in notes
    save(tmp_path / "text_emb" / "text_emb_0.npy", vectors(3))
    assert rows([tmp_path / "img_emb"], how) == wanted
    with pytest.raises(RequestError, match=r"holds vectors in several folders \(img_emb, text_emb\)"):
        rows([tmp_path], how)


@pytest.mark.parametrize("form", ["parquet", "txt", "csv", "npy"])
@pytest.mark.parametrize("count", [4, 6])
def test_more_or_fewer_ids_than_vectors(form: str, count: int, array: Path, tmp_path: Path) -> None:
    names = [*NAMES, "f"][:count]
    path = tmp_path / f"ids.{form}"
    if form == "parquet":
        write_table(path, id=names)
    elif form == "npy":
        save(path, np.array(names))
    else:
        path.write_text("\n".join(["id", *names] if form == "csv" else names) + "\n")
    how = options(ids=[path], id_column="id" if form in ("parquet", "csv") else None)

    for max_bytes in (None, 30):
        with pytest.raises(
            RequestError, match=r"rows, and there are 5 vectors in .*x.npy: row by row they belong together"
        ):
            rows([array], how, max_bytes=max_bytes)


def test_a_source_has_changed_when_its_ids_have(array: Path, tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    states = set()
    for names in (NAMES, NAMES[::-1], [*NAMES, "f"]):
        path.write_text("\n".join(names))
        states.add(list_vectors([str(array)], options(ids=[path])).sources[0].fingerprint)

    assert len(states) == 3


def test_rows_without_an_id_are_errors_of_their_own(array: Path, tmp_path: Path) -> None:
    path = write_table(tmp_path / "ids.parquet", id=["a", None, "c", "", "e"])

    found = batches([array], options(ids=[path], id_column="id"))

    assert [error for items, _ in found for error in items.column("error").to_pylist()] == [
        None,
        "MissingId: the row has no id",
        None,
        "MissingId: the row has no id",
        None,
    ]


def test_other_columns_come_with_the_ids(array: Path, tmp_path: Path) -> None:
    path = write_table(
        tmp_path / "ids.parquet",
        id=[5, 4, 3, 2, 1],
        text=["v", "w", None, "y", "z"],
        label=list("ppqqp"),
        n=[1.5, 2, 3, 4, 5],
    )
    how = options(ids=[path], id_column="id", text_column="text", label_column="label", keep=("n",))

    (items, _), *others = batches([array], how)

    assert others == []
    assert items.column("id").to_pylist() == ["5", "4", "3", "2", "1"]
    assert items.column("payload").to_pylist() == [b"v", b"w", None, b"y", b"z"]
    assert items.column("label").to_pylist() == list("ppqqp")
    assert items.column("n").to_pylist() == [1.5, 2.0, 3.0, 4.0, 5.0]
