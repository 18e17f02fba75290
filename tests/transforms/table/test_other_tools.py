"""Tables that other tools of Delta Lake rewrote: read as they are, or refused by the name of what was done to them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import deltalake
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers.embedding import Corpus, embed, expected, job, rows
from transforms.common.errors import RequestError
from transforms.table.export import export_part
from transforms.table.open import existing
from transforms.table.vectors import TableVectors


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    made = Corpus(tmp_path / "corpus")
    for name in ("a.txt", "b.txt"):
        made.write(name, [f"{name} line {n}" for n in range(8)])
    return made


@pytest.fixture
def table(tmp_path: Path, corpus: Corpus) -> str:
    path = str(tmp_path / "table")
    embed(job(corpus, path))
    return path


def update(table: str) -> None:
    deltalake.DeltaTable(table).update(updates={"label": "'x'"}, predicate="source = 'a.txt'")


def delete(table: str) -> None:
    deltalake.DeltaTable(table).delete("text = 'b.txt line 3'")


def merge(table: str) -> None:
    there = deltalake.DeltaTable(table)
    changed = pa.table({"key": ["a.txt line 1"], "to": ["merged"]})
    merger = there.merge(changed, "t.text = s.key", source_alias="s", target_alias="t")
    merger.when_matched_update({"label": "s.to"}).execute()


def overwrite(table: str) -> None:
    pl.scan_delta(table).collect().write_delta(table, mode="overwrite")


def overwrite_schema(table: str) -> None:
    there = pl.scan_delta(table).collect()
    there.write_delta(table, mode="overwrite", delta_write_options={"schema_mode": "overwrite"})


def doubles(table: str) -> None:
    there = pl.scan_delta(table).with_columns(pl.col("embedding").cast(pl.List(pl.Float64))).collect()
    there.write_delta(table, mode="overwrite", delta_write_options={"schema_mode": "overwrite"})


def add_column(table: str) -> None:
    deltalake.DeltaTable(table).alter.add_columns([deltalake.Field("added", "long")])


def merge_schema(table: str) -> None:
    there = pl.scan_delta(table).filter(pl.col("source") == "b.txt").with_columns(added=pl.lit(1)).collect()
    there.write_delta(
        table,
        mode="overwrite",
        delta_write_options={"schema_mode": "merge", "predicate": "source = 'b.txt'"},
    )


def reorder(table: str) -> None:
    there = pl.scan_delta(table).collect()
    there.select(sorted(there.columns)).write_delta(
        table, mode="overwrite", delta_write_options={"schema_mode": "overwrite"}
    )


def z_order(table: str) -> None:
    deltalake.DeltaTable(table).optimize.z_order(["label"])


def change_data_feed(table: str) -> None:
    deltalake.DeltaTable(table).alter.set_table_properties({"delta.enableChangeDataFeed": "true"})
    delete(table)


EDITS: list[Callable[[str], None]] = [
    update,
    delete,
    merge,
    overwrite,
    overwrite_schema,
    doubles,
    add_column,
    merge_schema,
    reorder,
    z_order,
    change_data_feed,
]


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_every_reading_has_the_rows_that_polars_has(edit: Callable[[str], None], table: str, tmp_path: Path) -> None:
    edit(table)

    snapshot = existing(table)
    reader = TableVectors(table, snapshot)
    names = [name for name in snapshot.schema.names if name != "embedding"]
    vectors = np.zeros((snapshot.rows, reader.dim), np.float32)
    found: list[dict[str, Any]] = []
    for chunk in reader.chunks(columns=names):
        assert chunk.columns.schema.types == [snapshot.schema.field(name).type for name in names]
        vectors[chunk.rows] = chunk.vectors
        found += chunk.columns.to_pylist()
    plain = [row for batch in reader.columns(names) for row in batch.to_pylist()]
    by_polars = pl.scan_delta(table).sort("id").collect()

    assert sorted(plain, key=lambda row: row["id"]) == by_polars.select(names).to_dicts()
    assert found == plain
    order = np.argsort([row["id"] for row in found])
    assert np.array_equal(vectors[order], np.array(by_polars["embedding"].to_list(), np.float32))


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_a_changed_corpus_is_followed(edit: Callable[[str], None], corpus: Corpus, table: str) -> None:
    edit(table)
    corpus.write("a.txt", ["a new line", "a.txt line 2"])
    corpus.write("c.txt", ["one more"])

    summary = embed(job(corpus, table))

    assert (summary.new, summary.changed, summary.deleted) == (1, 1, 0)
    got, wanted = rows(table), expected(corpus)
    if edit in (delete, change_data_feed):
        wanted = {name: row for name, row in wanted.items() if row["text"] != "b.txt line 3"}
    assert {name: row["embedding"] for name, row in got.items()} == {
        name: row["embedding"] for name, row in wanted.items()
    }


def test_parts_without_statistics_are_counted(table: str) -> None:
    path = Path(table, "_delta_log", "00000000000000000000.json")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        if "add" in line:
            del line["add"]["stats"]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))

    assert existing(table).rows == 16


def with_protocol(table: str, *, reader: int, features: list[str] | None, configuration: dict[str, str]) -> None:
    """Adds a commit as another tool writes it when it gives the table features."""
    log = Path(table, "_delta_log")
    lines = [json.loads(line) for line in (log / "00000000000000000000.json").read_text().splitlines()]
    metadata = next(line["metaData"] for line in lines if "metaData" in line)
    schema = json.loads(metadata["schemaString"])
    for number, field in enumerate(schema["fields"]):
        field["metadata"] = {"delta.columnMapping.id": number + 1, "delta.columnMapping.physicalName": field["name"]}
    if "delta.columnMapping.mode" in configuration:
        metadata = {**metadata, "schemaString": json.dumps(schema)}
    protocol: dict[str, Any] = {"minReaderVersion": reader, "minWriterVersion": 7 if features is not None else 5}
    if features is not None:
        protocol |= {"readerFeatures": features, "writerFeatures": features}
    entries = [{"protocol": protocol}, {"metaData": {**metadata, "configuration": configuration}}]
    (log / "00000000000000000001.json").write_text("".join(json.dumps(entry) + "\n" for entry in entries))


@pytest.mark.parametrize(
    ("reader", "features", "configuration", "name"),
    [
        (3, ["deletionVectors"], {"delta.enableDeletionVectors": "true"}, "deletionVectors"),
        (3, ["columnMapping"], {"delta.columnMapping.mode": "name"}, "columnMapping"),
        (2, None, {"delta.columnMapping.mode": "name"}, "columnMapping"),
        (3, ["timestampNtz", "deletionVectors"], {}, "deletionVectors"),
    ],
)
def test_features_that_parts_do_not_show_are_refused_by_name(
    reader: int, features: list[str] | None, configuration: dict[str, str], name: str, corpus: Corpus, table: str
) -> None:
    with_protocol(table, reader=reader, features=features, configuration=configuration)

    for read in (lambda: existing(table), lambda: embed(job(corpus, table))):
        with pytest.raises(
            RequestError, match=f"needs {name} of Delta Lake in version 1, which Vectormill does not read"
        ):
            read()
    assert existing(table, 0).rows == 16


@pytest.mark.parametrize("features", [["timestampNtz"], ["timestampNtz", "columnMapping"]])
def test_features_that_change_no_part_are_read(features: list[str], table: str) -> None:
    with_protocol(table, reader=3, features=features, configuration={})
    assert existing(table).rows == 16


def test_partitions_are_refused_by_name(corpus: Corpus, table: str) -> None:
    there = pl.scan_delta(table).collect().to_arrow()
    deltalake.write_deltalake(table, there, mode="overwrite", partition_by=["source"], schema_mode="overwrite")

    with pytest.raises(
        RequestError, match=r"is partitioned by source in version 1, which Vectormill does not read: .+"
    ):
        existing(table)
    with pytest.raises(RequestError, match="is partitioned by source"):
        embed(job(corpus, table))


def test_a_rewrite_without_a_column_of_ours_is_refused_by_its_name(table: str) -> None:
    there = pl.scan_delta(table).drop("content").collect().to_arrow()
    deltalake.write_deltalake(table, there, mode="overwrite", schema_mode="overwrite")

    with pytest.raises(RequestError, match="lacks the column content, another tool rewrote it"):
        existing(table)


def append(table: str, sources: list[str]) -> None:
    extra = pl.scan_delta(table).head(len(sources)).collect()
    extra = extra.with_columns(id=pl.Series([f"x{n}" for n in range(len(sources))]), source=pl.Series(sources))
    deltalake.write_deltalake(table, extra.to_arrow(), mode="append")


def test_rows_that_another_tool_added_are_dropped_only_if_that_is_said(corpus: Corpus, table: str) -> None:
    append(table, ["by hand", "by hand", "elsewhere"])
    before = rows(table)
    refusal = r"3 rows that another tool added, .* \(by hand, elsewhere\): .*--keep-missing .*--replace"

    with pytest.raises(RequestError, match=refusal):
        embed(job(corpus, table))
    corpus.write("c.txt", ["one more"])
    embed(job(corpus, table, keep_missing=True))
    kept = rows(table)
    assert kept == {**before, **{name: row for name, row in kept.items() if row["source"] == "c.txt"}}
    assert len(kept) == len(before) + 1

    # They are another tool's in later versions as well, compacted or not.
    with pytest.raises(RequestError, match=refusal):
        embed(job(corpus, table))
    deltalake.DeltaTable(table).optimize.compact()
    with pytest.raises(RequestError, match=refusal):
        embed(job(corpus, table))

    summary = embed(job(corpus, table, replace=True))
    assert summary.deleted == 2
    assert rows(table) == expected(corpus)


def test_rows_that_another_tool_added_to_a_source_are_not_dropped_with_it(corpus: Corpus, table: str) -> None:
    append(table, ["a.txt", "a.txt", "b.txt"])
    before = rows(table)
    refusal = r"has 2 rows that another tool added, of sources that have to be read again, .* \(a.txt\): .*--replace"

    corpus.write("c.txt", ["one more"])
    embed(job(corpus, table))
    assert {name: row for name, row in rows(table).items() if row["source"] != "c.txt"} == before

    corpus.write("a.txt", ["a new line"])
    for keep_missing in (False, True):
        with pytest.raises(RequestError, match=refusal):
            embed(job(corpus, table, keep_missing=keep_missing))
    deltalake.DeltaTable(table).optimize.compact()
    with pytest.raises(RequestError, match=refusal):
        embed(job(corpus, table))
    with pytest.raises(RequestError, match=r"3 rows .* \(a.txt, b.txt\)"):
        embed(job(corpus, table, read={"labels_from": "file"}))

    embed(job(corpus, table, replace=True))
    found = rows(table)
    assert {name for name in found if name.startswith("x")} == {"x2"}
    assert {name: row for name, row in found.items() if name != "x2"} == expected(corpus)


def test_a_restored_version_has_no_rows_of_another_tool(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["a new line"])
    corpus.remove("b.txt")
    embed(job(corpus, table))

    for compact in (False, True):
        deltalake.DeltaTable(table).restore(0)
        if compact:
            deltalake.DeltaTable(table).optimize.compact()
        assert len(rows(table)) == 16
        embed(job(corpus, table))
        assert rows(table) == expected(corpus)


def test_a_column_that_another_tool_added_is_null_in_new_rows(corpus: Corpus, table: str) -> None:
    merge_schema(table)
    corpus.write("a.txt", ["a new line"])

    summary = embed(job(corpus, table))

    assert summary.notes == (
        "the column 'added', which another tool added to the table, is null in new rows and in all rows of changed files",
    )
    assert {row["text"]: row["added"] for row in rows(table).values()} == {
        "a new line": None,
        **{f"b.txt line {n}": 1 for n in range(8)},
    }
    assert embed(job(corpus, table)).notes == ()


def test_a_kept_column_that_another_tool_dropped_is_named(corpus: Corpus, tmp_path: Path) -> None:
    table = str(tmp_path / "kept")
    corpus.write("a.csv", ["id,text,year", "1,one,2001"])
    (tmp_path / "corpus" / "b.txt").unlink()
    (tmp_path / "corpus" / "a.txt").unlink()
    read = {"text_column": "text", "id_column": "id"}
    embed(job(corpus, table, read={**read, "keep": ("year",)}))
    pl.scan_delta(table).drop("year").collect().write_delta(
        table, mode="overwrite", delta_write_options={"schema_mode": "overwrite"}
    )

    with pytest.raises(RequestError, match="lacks the column year that it had, another tool rewrote it: restore"):
        embed(job(corpus, table, read={**read, "keep": ("year",)}))
    embed(job(corpus, table, read=read))


def test_a_vector_that_another_tool_took_away_is_made_anew(corpus: Corpus, table: str) -> None:
    there = pl.scan_delta(table).collect()
    kept = there.with_columns(embedding=pl.when(pl.col("text") == "a.txt line 2").then(None).otherwise("embedding"))
    kept.write_delta(table, mode="overwrite", delta_write_options={"schema_mode": "overwrite"})
    corpus.write("a.txt", [f"a.txt line {n}" for n in range(4)])

    summary = embed(job(corpus, table))

    assert (summary.encoded, summary.reused) == (1, 3)
    assert rows(table) == expected(corpus)


def constrain(table: str) -> None:
    deltalake.DeltaTable(table).alter.add_constraint({"there": "text != ''"})


def test_rules_for_writers_are_refused_by_name(corpus: Corpus, table: str) -> None:
    constrain(table)
    corpus.write("c.txt", ["one more"])

    assert existing(table).rows == 16
    with pytest.raises(RequestError, match=r"has the constraint there in version 1, which Vectormill does not heed"):
        embed(job(corpus, table))


@pytest.mark.parametrize(
    ("feature", "key", "words"),
    [
        ("clustering", None, "the feature clustering of Delta Lake"),
        ("rowTracking", None, "the feature rowTracking of Delta Lake"),
        ("typeWidening", None, "the feature typeWidening of Delta Lake"),
        ("generatedColumns", "delta.generationExpression", r"a generated column \(text\)"),
        ("invariants", "delta.invariants", r"a column with an invariant \(text\)"),
        ("generatedColumns", None, None),
        ("appendOnly", None, None),
    ],
)
def test_features_for_writers_are_honoured_or_refused(
    feature: str, key: str | None, words: str | None, corpus: Corpus, table: str
) -> None:
    log = Path(table, "_delta_log")
    lines = [json.loads(line) for line in (log / "00000000000000000000.json").read_text().splitlines()]
    metadata = next(line["metaData"] for line in lines if "metaData" in line)
    schema = json.loads(metadata["schemaString"])
    for field in schema["fields"]:
        if field["name"] == "text" and key is not None:
            field["metadata"] = {key: "length(id)"}
    for_readers = [feature] if feature == "typeWidening" else []
    protocol = {
        "minReaderVersion": 3,
        "minWriterVersion": 7,
        "readerFeatures": for_readers,
        "writerFeatures": [feature],
    }
    entries = [{"protocol": protocol}, {"metaData": {**metadata, "schemaString": json.dumps(schema)}}]
    (log / "00000000000000000001.json").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    corpus.write("c.txt", ["one more"])

    assert existing(table).rows == 16
    if words is None:
        embed(job(corpus, table))
        assert len(rows(table)) == 17
    else:
        with pytest.raises(RequestError, match=f"has {words} in version 1, which Vectormill does not heed"):
            embed(job(corpus, table))


@pytest.mark.parametrize(
    ("column", "kind"), [("id", pl.Categorical), ("label", pl.Int64), ("embedding", pl.List(pl.Int64))]
)
def test_a_column_of_ours_of_another_type_is_refused_by_its_name(column: str, kind: Any, table: str) -> None:
    there = pl.scan_delta(table).collect()
    values = pl.lit(None, kind) if column == "label" else pl.col(column).cast(kind)
    changed = there.with_columns(values.alias(column))
    if kind == pl.Categorical:
        changed = changed.with_columns(pl.int_range(pl.len()).alias(column))
    changed.write_delta(table, mode="overwrite", delta_write_options={"schema_mode": "overwrite"})

    with pytest.raises(RequestError, match=f"in the column {column}, another tool rewrote it: restore the version"):
        existing(table)


def test_compaction_adds_no_rows_of_another_tool(corpus: Corpus, table: str) -> None:
    deltalake.DeltaTable(table).optimize.compact()
    corpus.remove("b.txt")

    assert embed(job(corpus, table)).deleted == 1
    assert rows(table) == expected(corpus)


def test_an_export_has_the_types_of_the_table(table: str, tmp_path: Path) -> None:
    delete(table)
    snapshot = existing(table)
    for position in range(len(snapshot.parts)):
        name = export_part(table, snapshot, position, str(tmp_path), "parquet")
        assert pq.read_schema(tmp_path / name).types == snapshot.schema.types
