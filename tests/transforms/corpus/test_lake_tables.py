"""Folders of Delta, Iceberg and Hudi tables as corpora."""

import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from tests.transforms.corpus.readers.writing import TEXT, rows
from tests.transforms.corpus.test_sources import memory
from transforms.common.errors import RequestError
from transforms.corpus.options import ReadOptions
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
        ("_delta_log/00000000000000000000.json", "a Delta table"),
        (".hoodie/hoodie.properties", "a Hudi table"),
        ("metadata/00000-5f3c.metadata.json", "an Iceberg table"),
    ],
)
def test_a_table_in_a_store_is_refused(memory: dict[str, bytes], log: str, kind: str) -> None:
    memory["memory://bucket/t/data/part-0.parquet"] = b"x"
    memory[f"memory://bucket/t/{log}"] = b"{}"
    with pytest.raises(RequestError, match=f"memory://bucket/t: is {kind}, whose folder holds files of old versions"):
        listing("memory://bucket/t")


def test_a_feature_table_in_a_store_is_passed_over(memory: dict[str, bytes]) -> None:
    memory["memory://bucket/in/a.txt"] = b"one\n"
    for name in ("part-0.parquet", "_delta_log/00000000000000000000.json", "_vectormill/ledger/0.parquet"):
        memory[f"memory://bucket/in/table/{name}"] = b"x"
    assert [source.name for source in listing("memory://bucket/in").sources] == ["a.txt"]


def test_a_named_file_of_a_table_is_read_as_it_is(tmp_path: Path) -> None:
    table = delta(tmp_path / "d", ["old"], ["new"])
    every = [texts(listing(table / name).sources) for name in os.listdir(table) if name.endswith(".parquet")]
    assert sorted(every) == [["new"], ["old"]]
