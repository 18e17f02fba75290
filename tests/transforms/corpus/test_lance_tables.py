"""Lance tables as corpora."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa
import pytest

from tests.transforms.corpus.readers.writing import IMAGE, TEXT, payloads, rows
from tests.transforms.corpus.test_sources import memory
from transforms.common.errors import RequestError
from transforms.corpus import lance_tables, readers
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.sources import list_corpus

lance = pytest.importorskip("lance")

__all__ = ["memory"]

TABLE = pa.table(
    {
        "text": [f"text {n} é" if n != 5 else None for n in range(20)],
        "key": pa.array(range(20), pa.int16()),
        "tags": [["x"] * (n % 3) for n in range(20)],
        "vector": pa.array([[float(n)] * 4 for n in range(20)], pa.list_(pa.float32(), 4)),
    }
)
KEPT = ReadOptions(modality="text", text_column="text", id_column="key", keep=("tags",))


def table(path: Path, rows: pa.Table = TABLE) -> Any:
    return lance.write_dataset(rows, str(path), max_rows_per_file=8)


def test_rows_are_those_that_lance_reads(tmp_path: Path) -> None:
    table(tmp_path / "t.lance").delete("key in (3, 4, 15)")
    expected = lance.dataset(str(tmp_path / "t.lance")).to_table(columns=["text", "key", "tags"]).to_pylist()
    for given in (tmp_path / "t.lance", tmp_path, f"{tmp_path}/*.lance", f"{tmp_path}/**"):
        found = rows(list_corpus([str(given)], KEPT).sources, KEPT)
        assert [(row["payload"] and row["payload"].decode(), int(row["id"]), row["tags"]) for row in found] == [
            (row["text"], row["key"], row["tags"]) for row in expected
        ]
    assert len(expected) == 17


def test_any_rows_of_a_fragment_are_read_alone(tmp_path: Path) -> None:
    table(tmp_path / "t.lance").delete("key in (1, 2)")
    first = list_corpus([str(tmp_path)], KEPT).sources[0]
    assert first.name == "t.lance/fragment-0.lance"
    whole = rows(first, KEPT)
    assert len(whole) == 6
    for start in range(7):
        for stop in range(start, 7):
            assert rows(first, KEPT, Range(unit="rows", start=start, stop=stop)) == whole[start:stop]
    ranges = readers.split(first, KEPT, max_bytes=first.size // 3)
    assert [row for part in ranges for row in rows(first, KEPT, part)] == whole and len(ranges) > 2


def test_a_version_costs_the_fragments_that_it_changed(tmp_path: Path) -> None:
    made = table(tmp_path / "t.lance")
    states = []
    for change in (
        lambda: None,
        lambda: made.delete("key = 9"),
        lambda: lance.write_dataset(TABLE.slice(0, 2), str(tmp_path / "t.lance"), mode="append"),
    ):
        change()
        states.append({one.name: one.fingerprint for one in list_corpus([str(tmp_path)], TEXT).sources})
    assert [len(state) for state in states] == [3, 3, 4]
    assert sorted(name for name in states[0] if states[0][name] != states[1][name]) == ["t.lance/fragment-1.lance"]
    assert states[1].items() < states[2].items()


def test_what_was_listed_is_read_though_the_table_changed_meanwhile(tmp_path: Path) -> None:
    made = table(tmp_path / "t.lance")
    listed = list_corpus([str(tmp_path)], TEXT).sources
    made.delete("key < 10")
    assert len(payloads(listed)) == 20
    made.cleanup_old_versions(older_than=timedelta(0))
    with pytest.raises(RequestError, match="is a Lance table that cannot be read"):
        rows(listed)


def test_a_lance_table_among_other_files_is_one_thing(tmp_path: Path) -> None:
    table(tmp_path / "deep/t.lance", TABLE.slice(0, 2))
    (tmp_path / "a.txt").write_text("line\n")
    found = list_corpus([str(tmp_path)], TEXT)
    assert [one.name for one in found.sources] == ["a.txt", "deep/t.lance/fragment-0.lance"]
    assert found.skipped == {}


def test_images_are_read_to_the_byte(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG one")
    images = [{"bytes": b"x", "path": None}, {"bytes": None, "path": str(tmp_path / "a.png")}]
    table(tmp_path / "t.lance", pa.table({"n": [1, 2], "image": images}))
    (one,) = list_corpus([str(tmp_path / "t.lance")], IMAGE).sources
    assert payloads(one, IMAGE) == [b"x", b"\x89PNG one"]
    before = readers.behind(one, IMAGE)
    (tmp_path / "a.png").write_bytes(b"\x89PNG other")
    assert before is not None and readers.behind(one, IMAGE) != before
    table(tmp_path / "b.lance", pa.table({"picture": [b"1", b"2"]}))
    (plain,) = list_corpus([str(tmp_path / "b.lance")], IMAGE).sources
    assert payloads(plain, IMAGE) == [b"1", b"2"] and readers.behind(plain, IMAGE) is None


def test_what_cannot_be_read_is_said(tmp_path: Path, memory: dict[str, bytes]) -> None:
    table(tmp_path / "t.lance")
    (data,) = list((tmp_path / "t.lance/data").iterdir())[:1]
    with pytest.raises(RequestError, match="holds a file, but none that can be read as text"):
        list_corpus([str(data)], TEXT)
    for path in (tmp_path / "t.lance").rglob("*"):
        if path.is_file():
            memory[f"memory://bucket/t.lance/{path.relative_to(tmp_path / 't.lance')}"] = path.read_bytes()
    with pytest.raises(RequestError, match=r"t\.lance: is a Lance table in a store: copy it to a disk"):
        list_corpus(["memory://bucket"], TEXT)
    with (
        mock.patch.object(lance_tables, "reads_lance", return_value=False),
        pytest.raises(RequestError, match=r"which needs pylance: pip install 'vectormill\[lance\]'"),
    ):
        list_corpus([str(tmp_path)], TEXT)
    shutil.rmtree(tmp_path / "t.lance/_versions")
    (tmp_path / "t.lance/_versions").mkdir()
    with pytest.raises(RequestError, match="is a Lance table that cannot be read"):
        list_corpus([str(tmp_path)], TEXT)
