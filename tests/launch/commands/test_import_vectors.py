"""`vectormill import`: vectors that exist become a feature table."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import vectormill
from tests.helpers.embedding import rows
from tests.helpers.vector_files import save, vectors, write_table
from tests.launch.conftest import Command

NAMES = [f"r{number}" for number in range(60)]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """An array of 60 vectors, and a table with their ids and columns."""
    array = save(tmp_path / "in" / "x.npy", vectors(60, dim=8))
    ids = write_table(
        tmp_path / "in" / "ids.parquet",
        id=NAMES,
        caption=[f"text {number}" for number in range(60)],
        label=["even" if number % 2 == 0 else "odd" for number in range(60)],
        n=list(range(60)),
    )
    return array, ids


def embeddings(table: Path) -> dict[str, tuple[float, ...]]:
    return {name: row["embedding"] for name, row in rows(str(table)).items()}


def test_the_table_has_exactly_what_was_given(vectormill: Command, files: tuple[Path, Path], tmp_path: Path) -> None:
    array, ids = files
    table = tmp_path / "table"
    columns = ("--text-column", "caption", "--label-column", "label", "--keep", "n")

    said = vectormill("import", array, "--ids", ids, "--to", table, *columns, "--encoder-name", "clip-b32").output()

    assert "version 0, 60 rows of 8 values (files: 1 new)" in said
    assert "note: vectors have lengths from 12.4 to 1.35e+03 (of 60 looked at): they are kept as they are" in said
    assert "encoder clip-b32; 60 vectors in " in said
    found = rows(str(table))
    assert {name: row["embedding"] for name, row in found.items()} == {
        name: tuple(vector.tolist()) for name, vector in zip(NAMES, vectors(60, dim=8), strict=True)
    }
    row = found["r7"]
    assert (row["text"], row["label"], row["n"], row["source"]) == ("text 7", "odd", 7, "x.npy")
    assert len({row["content"] for row in found.values()}) == 60
    assert (
        "nothing to do, version 0 is up to date"
        in vectormill("import", array, "--ids", ids, "--to", table, *columns).output()
    )


def test_only_what_changed_is_written_again(vectormill: Command, tmp_path: Path) -> None:
    for number in range(3):
        save(tmp_path / "emb" / f"{number}.npy", vectors(4, start=4 * number))
        write_table(tmp_path / "meta" / f"{number}.parquet", id=[f"{number}{letter}" for letter in "abcd"])
    table = tmp_path / "table"
    asked = ("import", tmp_path / "emb", "--ids", tmp_path / "meta", "--to", table, "--json")
    json.loads(vectormill(*asked).output())
    before = rows(str(table))

    write_table(tmp_path / "meta" / "1.parquet", id=["1a", "1b", "1c", "new"])
    (tmp_path / "emb" / "2.npy").unlink()
    (tmp_path / "meta" / "2.parquet").unlink()
    facts = json.loads(vectormill(*asked).output())

    assert [facts[name] for name in ("version", "rows", "changed", "deleted", "unchanged", "written")] == [
        1,
        8,
        1,
        1,
        1,
        4,
    ]
    after = rows(str(table))
    assert set(after) == {*(f"0{letter}" for letter in "abcd"), "1a", "1b", "1c", "new"}
    assert after["new"]["embedding"] == before["1d"]["embedding"]
    assert {name: after[name] for name in after if name[0] == "0"} == {
        name: before[name] for name in before if name[0] == "0"
    }


def test_an_index_of_imported_vectors(vectormill: Command, files: tuple[Path, Path], tmp_path: Path) -> None:
    save(files[0], np.random.default_rng(0).normal(size=(60, 8)).astype(np.float32))
    table, index = tmp_path / "table", tmp_path / "index"
    vectormill("import", files[0], "--ids", files[1], "--to", table).output()
    vectormill("index", table, "--to", index).output()

    near = json.loads(vectormill("search", index, "--id", "r3", "-k", "3", "--json").output())
    refused = vectormill("search", index, "some words").complaint(2)

    unit = np.load(files[0]).astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1)[:, None]
    assert [hit["id"] for hit in near["hits"]] == [NAMES[row] for row in np.argsort(-unit @ unit[3])[1:4]]
    assert refused.startswith(f"{index}/1 was made of vectors of imported-")
    assert refused.endswith("search by --id or by a vector, or import them with --encoder NAME")


def test_a_model_of_imported_vectors_takes_vectors(files: tuple[Path, Path], tmp_path: Path) -> None:
    truth = np.repeat([0, 1], 30)
    save(files[0], (np.random.default_rng(0).normal(size=(60, 8)) + 6 * truth[:, None]).astype(np.float32))
    write_table(files[1], id=NAMES, label=["pq"[number] for number in truth])
    table, model = tmp_path / "table", tmp_path / "model"
    vectormill.import_vectors(files[0], ids=files[1], to=table, label_column="label")
    vectormill.train(table, to=model)

    assert vectormill.load_model(model).predict_vectors(np.load(files[0])[[0, 59]]).labels == ["p", "q"]
    assert vectormill.predict(model, table, to=tmp_path / "scores")["rows"] == 60
    with pytest.raises(vectormill.RequestError, match="was trained on imported vectors"):
        vectormill.load_model(model).predict(["a text"])
    with pytest.raises(vectormill.RequestError, match="which were imported, and no encoder here makes such"):
        vectormill.predict(model, files[1], to=tmp_path / "corpus")


@pytest.mark.parametrize("export_format", ["npy", "parquet"])
def test_an_export_imports_as_the_same_table(
    export_format: str, vectormill: Command, files: tuple[Path, Path], tmp_path: Path
) -> None:
    columns = ("--text-column", "text", "--label-column", "label", "--keep", "n")
    first = ("--text-column", "caption", *columns[2:])
    vectormill("import", files[0], "--ids", files[1], "--to", tmp_path / "table", *first).output()
    vectormill("export", tmp_path / "table", "--to", tmp_path / "out", "--format", export_format).output()

    vectormill("import", tmp_path / "out", "--to", tmp_path / "again", *columns).output()

    same = ("embedding", "text", "label", "n", "content")
    tables = [rows(str(tmp_path / name)) for name in ("table", "again")]
    once, again = ({name: [row[key] for key in same] for name, row in found.items()} for found in tables)
    assert once == again


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=arrays(
        np.float32, st.tuples(st.integers(1, 9), st.integers(1, 5)), elements=st.floats(-(2.0**99), 2.0**99, width=32)
    ),
    kind=st.sampled_from(["<f4", ">f4", "<f8"]),
    order=st.sampled_from("CF"),
)
def test_any_matrix_comes_out_as_it_went_in(
    values: Any, kind: str, order: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    save(folder / "x.npy", np.asarray(values, kind, order=order))

    vectormill.import_vectors(folder / "x.npy", to=folder / "table")

    found = embeddings(folder / "table")
    assert found == {f"x.npy#{row}": tuple(vector.tolist()) for row, vector in enumerate(values)}


_GATED_IMPORT = """
import sys, threading
import vectormill
from transforms.embed.shard_writer import ShardWriter

finish, lock, finished = ShardWriter.finish, threading.Lock(), []

def finish_one(self):
    with lock:
        if len(finished) == 1:
            print("at the gate", flush=True)
            threading.Event().wait()
        finished.append(None)
        return finish(self)

ShardWriter.finish = finish_one
vectormill.import_vectors(sys.argv[1], ids=sys.argv[2], to=sys.argv[3])
"""


def test_an_import_that_was_killed_goes_on(vectormill: Command, tmp_path: Path) -> None:
    folder, ids = tmp_path / "emb", tmp_path / "ids.txt"
    for number in range(160):
        save(folder / f"{number}.npy", vectors(2, start=2 * number))
    names = [f"n{row}" for row in range(320)]
    ids.write_text("\n".join(names))
    table = tmp_path / "table"
    with subprocess.Popen(
        [sys.executable, "-c", _GATED_IMPORT, folder, ids, table],
        cwd=Path(__file__).parents[3],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at the gate\n"
        process.send_signal(signal.SIGKILL)
    receipts = [name for name in os.listdir(table / "_vectormill" / "receipts") if name[0] != "."]
    assert len(receipts) == 1
    parts = {name: (table / name).stat().st_mtime_ns for name in os.listdir(table) if name.startswith("part-")}

    facts = json.loads(vectormill("import", folder, "--ids", ids, "--to", table, "--json").output())

    assert (facts["version"], facts["rows"], facts["new"]) == (0, 320, 160)
    assert embeddings(table) == {name: tuple(vector.tolist()) for name, vector in zip(names, vectors(320), strict=True)}
    assert {name: (table / name).stat().st_mtime_ns for name in parts} == parts


def test_dead_letters_and_their_limit(vectormill: Command, tmp_path: Path) -> None:
    values = vectors(100)
    values[5, 1] = np.nan
    values[6] = 0
    array = save(tmp_path / "x.npy", values)
    table = tmp_path / "table"

    said = vectormill("import", array, "--to", table).output()

    assert f"1 dead letter in {table}/_dead" in said
    assert "note: no ids are given (--ids): rows are called by their places, x.npy#0 and so on" in said
    assert "note: some vectors are zero, and have no direction: they are kept, and indexes leave them out" in said
    (letter,) = pq.read_table(table / "_dead").to_pylist()
    assert (letter["id"], letter["error"]) == ("x.npy#5", "NotFinite")
    assert len(embeddings(table)) == 99

    values[7, 0] = np.inf
    save(array, values)
    assert "2 of 100 items cannot be embedded (2 NotFinite" in vectormill("import", array, "--to", table).complaint(1)


def test_ids_that_stand_twice(vectormill: Command, tmp_path: Path) -> None:
    array = save(tmp_path / "x.npy", vectors(3))
    ids = tmp_path / "ids.txt"
    ids.write_text("a\nb\na\n")

    said = vectormill("import", array, "--ids", ids, "--to", tmp_path / "table").complaint(1)

    assert said.startswith("1 id stands for more than one item: 'a' in x.npy (2 times)")


def test_the_encoder_is_checked_by_texts(vectormill: Command, tmp_path: Path) -> None:
    encoder = vectormill.encoders["fake-text"].load()
    texts = [f"text {number}" for number in range(40)]
    made = encoder.encode(texts)
    array = save(tmp_path / "x.npy", made.astype(np.float16))
    ids = write_table(tmp_path / "ids.parquet", id=[str(number) for number in range(40)], text=texts)
    table = tmp_path / "table"
    asked = ("import", array, "--ids", ids, "--to", table, "--encoder", "fake-text", "--id-column", "id")

    vectormill(*asked, "--text-column", "text").output()

    assert json.loads(vectormill("show", table, "--json").output())["encoder"]["encoder"] == "fake-text"
    assert "was not checked: no --text-column is given" in vectormill(*asked[:5], tmp_path / "b", *asked[6:]).output()
    save(array, made[::-1])
    wrong = vectormill(*asked, "--text-column", "text").complaint(2)
    assert wrong.startswith("fake-text did not make these vectors: its own of 16 texts have a median cosine of ")
    save(array, made[:, :-1])
    assert vectormill(*asked).complaint(2) == (
        f"fake-text makes vectors of {made.shape[1]} values, and these have {made.shape[1] - 1}: it did not make them"
    )


def test_vectors_of_two_encoders_are_never_mixed(vectormill: Command, tmp_path: Path) -> None:
    array = save(tmp_path / "x.npy", vectors(3))
    table = tmp_path / "table"
    vectormill("import", array, "--to", table, "--encoder-name", "one").output()

    said = vectormill("import", array, "--to", table, "--encoder-name", "two").complaint(2)

    assert "holds vectors of one " in said and "vectors of two encoders are never mixed: give another --to" in said
    save(array, vectors(4))
    assert json.loads(vectormill("import", array, "--to", table, "--json").output())["encoder"] == "one"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("x.npz",), "x.npz: holds no vectors that can be read: save each array of the .npz as .npy"),
        (("x.pkl",), "x.pkl: holds no vectors that can be read: a pickle is a program and is never run"),
        (("missing.npy",), "missing.npy: does not exist; check the path"),
        (("x.npy", "--ids", "missing.csv"), "missing.csv: does not exist; check the path"),
        (
            ("x.npy", "--ids", "two.csv"),
            "two.csv: which column holds the ids is not known: it has a, b: name",
        ),
        (("x.npy", "--ids", "two.csv", "--id-column", "c"), "two.csv: has no column 'c'; it has a, b"),
        (("x.npy", "--ids", "two.csv", "--id-column", "a", "--keep", "z"), "two.csv: has no column 'z'; it has a, b"),
        (("x.npy", "--text-column", "t"), "x.npy: has no columns, so there is no 't': give the ids in Parquet or CSV"),
        (("x.npy", "--encoder", "fake-text", "--encoder-name", "y"), "--encoder is one of this machine"),
        (("empty.npy",), "empty.npy: holds no vector: a table needs at least one"),
        (("pq.index",), "pq.index: is a FAISS index IndexPQ, which does not hold its vectors unchanged"),
    ],
)
def test_requests_that_are_refused_in_one_line(
    arguments: tuple[str, ...], message: str, vectormill: Command, tmp_path: Path
) -> None:
    save(tmp_path / "x.npy", vectors(3))
    save(tmp_path / "empty.npy", np.empty((0, 3), np.float32))
    (tmp_path / "two.csv").write_text("a,b\n1,2\n3,4\n5,6\n")
    for name in ("x.npz", "x.pkl"):
        (tmp_path / name).write_bytes(b"PK\x03\x04")
    index = faiss.IndexPQ(4, 2, 2)
    index.train(vectors(100, dim=4))
    faiss.write_index(index, str(tmp_path / "pq.index"))
    given = [str(tmp_path / one) if "." in one else one for one in arguments]

    said = vectormill("import", *given, "--to", tmp_path / "table").complaint(2)

    assert said.removeprefix(f"{tmp_path}/").startswith(message)
    assert not (tmp_path / "table").exists()
