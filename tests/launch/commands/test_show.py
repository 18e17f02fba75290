"""`vectormill show`: what it says is true, and what it prints to be typed works."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers import embedding, fakes
from tests.helpers.embedding import Corpus
from tests.launch.conftest import Command, Embed


@pytest.fixture(params=["table", 'a table\'s "copy" #1 [b] é', "100%"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / request.param)


def one_liner(shown: str, tool: str) -> str:
    """The code that `show` prints for a tool."""
    (line,) = [line for line in shown.splitlines() if line.startswith(f"{tool}:")]
    return line.removeprefix(f"{tool}:").strip()


def vectors_by_polars(code: str) -> dict[str, tuple[float, ...]]:
    import deltalake
    import polars as pl

    frame = eval(code, {"pl": pl, "deltalake": deltalake, "urllib": urllib})
    return {row["id"]: tuple(row["embedding"]) for row in frame.iter_rows(named=True)}


def vectors_by_pandas(code: str) -> dict[str, tuple[float, ...]]:
    import deltalake

    frame = eval(code, {"deltalake": deltalake})
    return {name: tuple(vector.tolist()) for name, vector in zip(frame["id"], frame["embedding"], strict=True)}


def vectors_by_pyarrow(code: str) -> dict[str, tuple[float, ...]]:
    import deltalake
    import pyarrow.parquet as pq

    table = eval(code, {"deltalake": deltalake, "pq": pq, "urllib": urllib})
    return {row["id"]: tuple(row["embedding"]) for row in table.to_pylist()}


@pytest.mark.parametrize(
    ("tool", "read"), [("polars", vectors_by_polars), ("pandas", vectors_by_pandas), ("pyarrow", vectors_by_pyarrow)]
)
def test_every_tool_reads_the_table_with_the_line_that_is_shown(
    tool: str, read: Callable[[str], Any], corpus: Corpus, path: str, vectormill: Command
) -> None:
    corpus.write("a.txt", ["one", "two"])
    corpus.write("b.txt", ["three"])
    embedding.embed(embedding.job(corpus, path))
    corpus.write("b.txt", ["3", "four"])
    embedding.embed(embedding.job(corpus, path))

    found = read(one_liner(vectormill("show", path).output(), tool))

    assert found == {name: row["embedding"] for name, row in embedding.expected(corpus).items()}


def test_what_is_shown(embed: Embed, corpus: Corpus, table: str, vectormill: Command) -> None:
    corpus.write("pos.txt", ["good", "very good"])
    corpus.write("neg.txt", ["bad", "POISON"])
    embed(corpus.root, "--labels-from", "file", "--max-dead-fraction", 1).output()
    corpus.write("neg.txt", ["bad", "worse", "POISON"])
    embed(corpus.root, "--labels-from", "file", "--max-dead-fraction", 1).output()

    lines = vectormill("show", table).output().splitlines()

    assert lines[0] == f"{table}  version 1, 4 rows in 2 parts"
    assert lines[1] == "encoder fake-text (text, 8 dimensions, float32), fingerprint fake-1"
    assert [line.split()[:2] for line in lines[2:5]] == [["version", "rows"], ["1", "4"], ["0", "3"]]
    assert lines[5] == "columns: id, content, source, fingerprint, label, text, embedding"
    assert lines[6] in ("labels: pos 2, neg 2", "labels: neg 2, pos 2")
    assert lines[7] == f"dead letters: 1 (1 ValueError), in {table}/_dead"
    assert lines[8].startswith('  "neg.txt#')
    assert lines[8].endswith("at encode: cannot encode b'POISON'")


def test_json(embed: Embed, corpus: Corpus, table: str, vectormill: Command) -> None:
    corpus.write("pos.txt", ["good", "very good"])
    corpus.write("neg.txt", ["bad"])
    embed(corpus.root, "--labels-from", "file").output()
    corpus.remove("neg.txt")
    embed(corpus.root, "--labels-from", "file").output()

    out = vectormill("show", table, "--json").output()
    older = json.loads(vectormill("show", table, "--json", "--version", 0).output())

    assert out.count("\n") == 1
    shown = json.loads(out)
    encoder = shown.pop("encoder")
    assert shown == {
        "table": table,
        "version": 1,
        "rows": 2,
        "labels": {"pos": 2},
        "dead": 0,
        "versions": [{"version": 1, "rows": 2}, {"version": 0, "rows": 3}],
    }
    assert (encoder["encoder"], encoder["dim"], encoder["encoder_fingerprint"]) == ("fake-text", 8, "fake-1")
    assert (older["version"], older["rows"], older["labels"]) == (0, 3, {"pos": 2, "neg": 1})


def parsed(spec: str, files: list[Path]) -> dict[str, dict[str, Any]]:
    """Rows by id as TensorFlow parses them, with the code of a spec that was printed."""
    import tensorflow as tf

    names: dict[str, Any] = {"tf": tf}
    exec(spec, names)
    records = [record.numpy() for path in files for record in tf.data.TFRecordDataset(str(path))]
    columns = tf.io.parse_example(records, names["spec"])
    dense = {
        name: (tf.sparse.to_dense(column) if isinstance(column, tf.SparseTensor) else column).numpy()
        for name, column in columns.items()
    }
    rows: dict[str, dict[str, Any]] = {}
    for row in range(len(records)):
        values = {name: column[row] for name, column in dense.items()}
        flat = {name: v[0] if isinstance(v, np.ndarray) and name != "embedding" else v for name, v in values.items()}
        rows[flat["id"].decode()] = flat
    return rows


@pytest.mark.parametrize("part_format", embedding.FORMATS)
def test_the_spec_parses_a_tables_records_and_an_exports(
    part_format: str, embed: Embed, vectormill: Command, table: str, tmp_path: Path
) -> None:
    items = tmp_path / "items.csv"
    items.write_text('id,text,label,"a ""quoted"" column"\n1,one,x,p\n2,two,y,q\n')
    embed(
        items, "--id-column", "id", "--label-column", "label", "--keep", 'a "quoted" column', "--format", part_format
    ).output()
    spec = vectormill("show", table, "--tfrecord-spec").output()
    out = tmp_path / "out"
    vectormill("export", table, "--to", out, "--format", "tfrecord").output()

    folders = [out] if part_format == "parquet" else [out, Path(table)]
    for folder in folders:
        rows = parsed(spec, sorted(folder.glob("part-*.tfrecord")))
        assert {name: (row["text"], row["label"], row['a "quoted" column']) for name, row in rows.items()} == {
            "1": (b"one", b"x", b"p"),
            "2": (b"two", b"y", b"q"),
        }
        for row in rows.values():
            assert row["embedding"].tolist() == fakes.vector_of(row["text"]).tolist()


def test_a_tfrecord_table_shows_its_spec(embed: Embed, corpus: Corpus, table: str, vectormill: Command) -> None:
    corpus.write("a.txt", ["one"])
    embed(corpus.root, "--format", "tfrecord").output()

    shown = vectormill("show", table).output()

    spec = vectormill("show", table, "--tfrecord-spec").output()
    head, _, code = shown.partition(
        "read the parts that manifest.json names with tf.io.parse_example(records, spec):\n"
    )
    assert head.startswith(f"{table}  version 0, 1 row in 1 part\n")
    assert code == spec
