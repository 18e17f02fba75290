"""Folders of Delta, Iceberg and Hudi tables as corpora."""

import json
import os
import struct
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from tests.transforms.corpus.readers.writing import TEXT, rows
from tests.transforms.corpus.test_sources import memory
from transforms.common.errors import RequestError
from transforms.corpus import readers
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.sources import Listing, Source, list_corpus

__all__ = ["memory"]

OLD = "of an old version of a Delta table"


def delta(path: Path, *versions: Sequence[str]) -> Path:
    for texts in versions:
        write_deltalake(str(path), pa.table({"text": list(texts)}), mode="overwrite")
    return path


def listing(given: Path | str) -> Listing:
    return list_corpus([str(given)], TEXT)


def texts(sources: list[Source]) -> list[str]:
    return sorted(row["payload"].decode() for row in rows(sources))


def test_of_a_delta_table_the_newest_version_is_read(tmp_path: Path) -> None:
    table = delta(tmp_path / "d", ["old one", "old two"], ["new one", "new two", "new three"])
    DeltaTable(str(table)).delete("text = 'new two'")
    found = listing(table)
    assert texts(found.sources) == ["new one", "new three"]
    assert found.skipped == {OLD: 2, "hidden": 1}
    assert texts(listing(f"{table}/*.parquet").sources) == ["new one", "new three"]


def test_a_delta_table_among_other_files_is_read_so_as_well(tmp_path: Path) -> None:
    delta(tmp_path / "c/deep/d", ["old"], ["new"])
    (tmp_path / "c/beside.txt").write_text("beside\n")
    (tmp_path / "c/deep/d/notes.txt").write_text("inside\n")
    pq.write_table(pa.table({"text": ["plain"]}), tmp_path / "c/deep/plain.parquet")
    assert texts(listing(tmp_path / "c").sources) == ["beside", "inside", "new", "plain"]
    assert texts(listing(f"{tmp_path}/c/**").sources) == ["beside", "inside", "new", "plain"]


@pytest.mark.parametrize("kinds", [["a", "b"], ["a b", "ü/x"], ["c%20d", "50%"], ["x=y", "#1"]])
def test_partitions_keep_their_values_whatever_characters_they_have(tmp_path: Path, kinds: list[str]) -> None:
    for word in ("old", "new"):
        table = pa.table({"text": [f"{word} {kind}" for kind in kinds], "kind": kinds})
        write_deltalake(str(tmp_path / "d"), table, partition_by=["kind"], mode="overwrite")
    found = listing(tmp_path / "d")
    labels = ReadOptions(modality="text", label_column="kind")
    assert sorted((row["payload"].decode(), row["label"]) for row in rows(found.sources, labels)) == sorted(
        (f"new {kind}", kind) for kind in kinds
    )
    assert found.skipped[OLD] == 2


def test_a_log_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    table = delta(tmp_path / "d", ["one"])
    (table / "_delta_log/00000000000000000000.json").write_text("{")
    with pytest.raises(RequestError, match="is a Delta table whose log cannot be read"):
        listing(table)


def test_an_iceberg_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t/metadata").mkdir(parents=True)
    (tmp_path / "t/metadata/v1.metadata.json").write_text("{}")
    (tmp_path / "t/data/year=2024").mkdir(parents=True)
    pq.write_table(pa.table({"text": ["one"]}), tmp_path / "t/data/year=2024/a.parquet")
    for given in ("t", "t/data", "t/data/*/*.parquet"):
        with pytest.raises(
            RequestError, match="/t: is an Iceberg table, whose folder holds files of old versions, too: export"
        ):
            listing(f"{tmp_path}/{given}")


def test_a_hudi_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t/.hoodie").mkdir(parents=True)
    pq.write_table(pa.table({"text": ["one"]}), tmp_path / "t/a.parquet")
    with pytest.raises(RequestError, match="is a Hudi table, whose folder holds files of old versions, too"):
        listing(tmp_path)


def test_folders_called_data_and_metadata_are_folders(tmp_path: Path) -> None:
    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata/about.json").write_text("{}")
    (tmp_path / "data").mkdir()
    pq.write_table(pa.table({"text": ["one"]}), tmp_path / "data/a.parquet")
    assert texts(listing(tmp_path).sources) == ["one"]


@pytest.mark.parametrize(
    ("log", "kind"),
    [
        (".hoodie/hoodie.properties", "a Hudi table"),
        ("metadata/00000-5f3c.metadata.json", "an Iceberg table"),
    ],
)
def test_a_table_in_a_store_is_refused(memory: dict[str, bytes], log: str, kind: str) -> None:
    memory["memory://bucket/t/data/part-0.parquet"] = b"x"
    memory[f"memory://bucket/t/{log}"] = b"{}"
    with pytest.raises(RequestError, match=f"memory://bucket/t: is {kind}, whose folder holds files of old versions"):
        listing("memory://bucket/t")


def in_store(memory: dict[str, bytes], table: Path, root: str = "memory://bucket/t") -> str:
    for path in table.rglob("*"):
        if path.is_file():
            memory[f"{root}/{path.relative_to(table)}"] = path.read_bytes()
    return root


def test_of_a_delta_table_in_a_store_the_newest_version_is_read(tmp_path: Path, memory: dict[str, bytes]) -> None:
    table = delta(tmp_path / "d", ["old one", "old two"], ["new one", "new two", "new three"])
    DeltaTable(str(table)).delete("text = 'new two'")
    root = in_store(memory, table)
    for given in (root, f"{root}/*.parquet", "memory://bucket"):
        found = listing(given)
        assert texts(found.sources) == ["new one", "new three"]
        assert found.skipped[OLD] == 2


def test_the_log_of_a_table_in_a_store_is_read_from_its_last_checkpoint_on(
    tmp_path: Path, memory: dict[str, bytes]
) -> None:
    table = delta(tmp_path / "d", *[[f"text {n}"] for n in range(5)])
    DeltaTable(str(table)).create_checkpoint()
    write_deltalake(str(table), pa.table({"text": ["one more"]}), mode="append")
    for number in range(4):
        (table / f"_delta_log/{number:020}.json").unlink()
    assert texts(listing(in_store(memory, table)).sources) == ["one more", "text 4"]


def test_a_log_in_a_store_that_cannot_be_read_is_refused(memory: dict[str, bytes]) -> None:
    memory["memory://bucket/t/data/part-0.parquet"] = b"x"
    memory["memory://bucket/t/_delta_log/00000000000000000000.json"] = b"{}"
    with pytest.raises(RequestError, match="memory://bucket/t: is a Delta table whose log cannot be read"):
        listing("memory://bucket/t")


def test_a_saved_dataset_in_a_store_is_the_files_of_its_state(memory: dict[str, bytes]) -> None:
    root = in_store(memory, Path(__file__).parents[2] / "data/datasets-1/dict")
    memory[f"{root}/train/cache-1.arrow"] = b"x"
    options = ReadOptions(modality="text", text_column="text", keep=("split",))
    found = list_corpus([root], options)
    assert {one.name for one in found.sources} == {
        "test/data-00000-of-00001.arrow", "train/data-00000-of-00001.arrow"
    }  # fmt: skip
    assert [row["split"] for row in rows(found.sources, options)] == ["test"] * 2 + ["train"] * 4


PARTITIONED = pa.table(
    {
        "text": [f"text {n}" for n in range(6)],
        "year": pa.array([2023, 2024] * 3, pa.int32()),
        "day": pa.array([1, None, 2] * 2, pa.int32()).cast(pa.date32()),
        "price": pa.array([Decimal("1.50")] * 6, pa.decimal128(5, 2)),
        "at": pa.array([datetime(2024, 1, 2, 3, 4, 5, 6)] * 6, pa.timestamp("us", "UTC")),
        "kind": ["007", "a b"] * 3,
    }
)


@pytest.mark.parametrize("remote", [False, True])
def test_partitions_have_the_types_and_values_of_the_log(
    tmp_path: Path, memory: dict[str, bytes], remote: bool
) -> None:
    table = tmp_path / "d"
    keep = ("year", "day", "price", "at", "kind")
    write_deltalake(str(table), PARTITIONED, partition_by=list(keep))
    options = ReadOptions(modality="text", text_column="text", keep=keep)
    sources = list_corpus([in_store(memory, table) if remote else str(table)], options).sources
    schema = readers.survey(sources, options).kept
    found = pa.Table.from_batches(list(readers.read(sources, options, kept=schema)))
    expected = DeltaTable(str(table)).to_pyarrow_table()
    assert [schema.field(name).type for name in keep] == [expected.schema.field(name).type for name in keep]
    read = sorted((row["payload"].decode(), *(row[name] for name in keep)) for row in found.to_pylist())
    assert read == sorted(tuple(row[name] for name in ("text", *keep)) for row in expected.to_pylist())


def test_partitions_are_the_logs_wherever_its_files_lie(tmp_path: Path) -> None:
    table = tmp_path / "d"
    write_deltalake(str(table), pa.table({"text": ["a"], "kind": ["x"]}), partition_by=["kind"])
    log = table / "_delta_log/00000000000000000000.json"
    (moved,) = table.glob("kind=x/*.parquet")
    moved.rename(table / "kind=wrong.parquet")
    log.write_text(log.read_text().replace(f"kind=x/{moved.name}", "kind=wrong.parquet"))
    labels = ReadOptions(modality="text", label_column="kind")
    assert [(row["payload"], row["label"]) for row in rows(listing(table).sources, labels)] == [(b"a", "x")]


def test_a_version_costs_the_files_that_it_added(tmp_path: Path) -> None:
    table = delta(tmp_path / "d", ["a"])
    write_deltalake(str(table), pa.table({"text": ["b", "c"]}), mode="append")
    before = {(one.name, one.fingerprint) for one in listing(table).sources}
    write_deltalake(str(table), pa.table({"text": ["d"]}), mode="append")
    after = {(one.name, one.fingerprint) for one in listing(table).sources}
    assert before < after and len(after) == 3
    DeltaTable(str(table)).delete("text = 'b'")
    assert len({(one.name, one.fingerprint) for one in listing(table).sources} & after) == 2


def with_deletion_vector(table: Path, bits: Sequence[int]) -> None:
    """Deletes rows of the table's only file as Spark does: by their positions, inline in the log."""
    (first,) = sorted((table / "_delta_log").glob("*.json"))
    entries = [json.loads(line) for line in first.read_text().splitlines()]
    add = next(entry["add"] for entry in entries if "add" in entry)
    meta = next(entry["metaData"] for entry in entries if "metaData" in entry)
    positions = b"".join(struct.pack("<H", bit) for bit in bits)
    bitmap = struct.pack("<IQI", 1681511377, 1, 0) + struct.pack("<IIHHI", 12346, 1, 0, len(bits) - 1, 16) + positions
    padded = bitmap + b"\0" * (-len(bitmap) % 4)
    vector = {
        "storageType": "i", "pathOrInlineDv": z85(padded), "sizeInBytes": len(bitmap), "cardinality": len(bits)
    }  # fmt: skip
    features = {"readerFeatures": ["deletionVectors"], "writerFeatures": ["deletionVectors"]}
    changes = [
        {"commitInfo": {"timestamp": 1, "operation": "DELETE"}},
        {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, **features}},
        {"metaData": {**meta, "configuration": {"delta.enableDeletionVectors": "true"}}},
        {"remove": {"path": add["path"], "deletionTimestamp": 1, "dataChange": True, "partitionValues": {}}},
        {"add": {**add, "deletionVector": vector}},
    ]
    (table / "_delta_log/00000000000000000001.json").write_text("".join(json.dumps(one) + "\n" for one in changes))


def z85(data: bytes) -> str:
    letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
    words = [int.from_bytes(data[at : at + 4], "big") for at in range(0, len(data), 4)]
    return "".join(letters[word // 85**power % 85] for word in words for power in (4, 3, 2, 1, 0))


def test_rows_that_a_deletion_vector_deletes_are_not_there(tmp_path: Path) -> None:
    table = delta(tmp_path / "d", [f"text {n}" for n in range(10)])
    before = listing(table).sources[0].fingerprint
    with_deletion_vector(table, [0, 3, 9])
    (one,) = listing(table).sources
    expected = [f"text {n}" for n in (1, 2, 4, 5, 6, 7, 8)]
    assert texts([one]) == expected and one.fingerprint != before
    assert [row["payload"].decode() for part in ((0, 4), (4, 10)) for row in rows(
        one, TEXT, Range(unit="rows", start=part[0], stop=part[1]))] == expected  # fmt: skip


def test_a_table_that_cannot_be_read_by_its_files_is_refused(tmp_path: Path, memory: dict[str, bytes]) -> None:
    table = delta(tmp_path / "d", ["a", "b"])
    with_deletion_vector(table, [0])
    with pytest.raises(RequestError, match="is a Delta table with deletionVectors, whose files alone do not tell"):
        listing(in_store(memory, table))
    clone = delta(tmp_path / "clone", ["a"])
    log = clone / "_delta_log/00000000000000000000.json"
    log.write_text(log.read_text().replace('"path":"', f'"path":"file://{clone}/'))
    with pytest.raises(RequestError, match="is a Delta table with files of another one"):
        listing(clone)
    vacuumed = delta(tmp_path / "gone", ["a"])
    next(vacuumed.glob("*.parquet")).unlink()
    with pytest.raises(RequestError, match=r"\.parquet: is gone, though the newest version of the Delta table has it"):
        (vacuumed / "other.parquet").write_bytes(b"")
        listing(vacuumed)


def test_a_feature_table_in_a_store_is_passed_over(memory: dict[str, bytes]) -> None:
    memory["memory://bucket/in/a.txt"] = b"one\n"
    for name in ("part-0.parquet", "_delta_log/00000000000000000000.json", "_vectormill/ledger/0.parquet"):
        memory[f"memory://bucket/in/table/{name}"] = b"x"
    assert [source.name for source in listing("memory://bucket/in").sources] == ["a.txt"]


def test_a_named_file_of_a_table_is_read_as_it_is(tmp_path: Path) -> None:
    table = delta(tmp_path / "d", ["old"], ["new"])
    every = [texts(listing(table / name).sources) for name in os.listdir(table) if name.endswith(".parquet")]
    assert sorted(every) == [["new"], ["old"]]
