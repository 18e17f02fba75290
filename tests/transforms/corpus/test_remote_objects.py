"""Corpora in a store: patterns match as on a disk, and folders of tables with a log are refused however they are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from transforms.common.errors import RequestError
from transforms.corpus.options import ReadOptions
from transforms.corpus.remote_objects import matched
from transforms.corpus.sources import list_sources
from transforms.storage import files


@pytest.fixture
def root(tmp_path: Path) -> str:
    return f"mem://{tmp_path.name}"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a.txt", ["a.txt"]),
        ("*.txt", ["a.txt", "b.txt"]),
        ("?.txt", ["a.txt", "b.txt"]),
        ("[ac].txt", ["a.txt"]),
        ("**.txt", ["a.txt", "b.txt", "deep/c.txt"]),
        ("deep/**", ["deep/c.txt", "deep/d.csv"]),
        ("nothing*", []),
        ("deep", []),
    ],
)
def test_patterns(root: str, pattern: str, found: list[str]) -> None:
    for name in ("a.txt", "b.txt", "deep/c.txt", "deep/d.csv"):
        files.write(f"{root}/{name}", name.encode())

    listed = matched(f"{root}/{pattern}")

    assert [(uri, size) for uri, size, _ in listed] == [(f"{root}/{name}", len(name)) for name in found]


_DAMAGED = "a Delta table whose log cannot be read"
_OLD = "whose folder holds files of old versions"


@pytest.mark.parametrize(
    ("log", "data", "pattern", "words"),
    [
        ("_delta_log/00000000000000000000.json", "part-0.parquet", "*.parquet", _DAMAGED),
        ("_delta_log/00000000000000000000.json", "year=2020/part-0.parquet", "*/*.parquet", _DAMAGED),
        (".hoodie/hoodie.properties", "part-0.parquet", "part-*.parquet", f"a Hudi table, {_OLD}"),
        ("metadata/v1.metadata.json", "data/part-0.parquet", "data/*.parquet", f"an Iceberg table, {_OLD}"),
    ],
)
def test_a_table_with_a_log_is_refused_as_a_folder_and_as_a_pattern(
    root: str, log: str, data: str, pattern: str, words: str
) -> None:
    files.write(f"{root}/lake/{log}", b"{}")
    files.write(f"{root}/lake/{data}", b"PAR1")

    for given in (f"{root}/lake", f"{root}/lake/**", f"{root}/lake/{pattern}", f"{root}/**"):
        with pytest.raises(RequestError, match=f"/lake: is {words}"):
            list_sources([given], ReadOptions(modality="text", text_column="text"))


def test_plain_parquet_beside_a_table_is_a_corpus(root: str) -> None:
    files.write(f"{root}/lake/_delta_log/00000000000000000000.json", b"{}")
    files.write(f"{root}/plain/part-0.parquet", b"PAR1")

    (source,) = list_sources([f"{root}/plain/*.parquet"], ReadOptions(modality="text", text_column="text"))

    assert source.uri == f"{root}/plain/part-0.parquet"
