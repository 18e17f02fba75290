"""The sides of a table's rows, from the table itself, without a pipeline."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers import heads
from tests.helpers.embedding import rows
from transforms.common.errors import RequestError
from transforms.common.hashes import hashes_of
from transforms.corpus.chunks.chunking import Chunking
from transforms.heads.job import Fractions, SplitOptions
from transforms.heads.rows.assign_sides import sides_of
from transforms.heads.rows.prepare import prepare
from transforms.heads.rows.row_columns import RowColumns
from transforms.heads.rows.split import EVAL, TEST, TRAIN, UNUSED, mixed, sides
from transforms.storage import files
from transforms.table.open import existing

NAMES = {TRAIN: "train", EVAL: "eval", TEST: "test", UNUSED: "unused"}


def split_by(**asked: Any) -> SplitOptions:
    return SplitOptions(**asked)


def test_the_id_decides_the_side(kept_table: str, tmp_path: Path) -> None:
    prepared = prepare(heads.train_job(kept_table, tmp_path / "m"))
    ids = heads.ids_of(kept_table)

    assert prepared.salt is not None
    expected = sides(hashes_of(ids), salt=prepared.salt, fractions=Fractions())
    assert prepared.sides.tolist() == expected.tolist()
    counts = Counter(prepared.sides.tolist())
    assert counts[TEST] + counts[EVAL] + counts[TRAIN] == 300
    assert 20 <= counts[TEST] <= 40 and 20 <= counts[EVAL] <= 40
    assert prepared.split_by == "a hash of the id"


def test_every_label_has_its_share_of_every_side(kept_table: str, tmp_path: Path) -> None:
    prepared = prepare(heads.train_job(kept_table, tmp_path / "m"))
    labels = prepared.labels[""]

    for side, low, high in ((TRAIN, 70, 90), (EVAL, 6, 14), (TEST, 6, 14)):
        assert all(low <= count <= high for count in labels.counts(prepared.sides == side).values())


def test_a_table_that_grows_moves_nobody(kept: Path, tmp_path: Path) -> None:
    shutil.copytree(kept / "corpus", tmp_path / "corpus")
    shutil.copytree(kept / "table", tmp_path / "table")
    table = str(tmp_path / "table")
    before = heads.sides_by_id(table, prepare(heads.train_job(table, tmp_path / "m")))
    columns = pq.read_table(kept / "corpus" / "a.parquet").slice(0, 60).to_pylist()
    more = [{**row, "id": f"new {number}", "text": f"{row['text']} more"} for number, row in enumerate(columns)]
    heads.embedded(tmp_path, more, source="c.parquet", types={"author": pa.string(), "tags": pa.string()})

    after = heads.sides_by_id(table, prepare(heads.train_job(table, tmp_path / "m")))
    elsewhere = heads.sides_by_id(table, prepare(heads.train_job(table, tmp_path / "another model")))

    assert len(after) == 360
    assert {name: after[name] for name in before} == before
    assert after == elsewhere
    assert {after[row["id"]] for row in more} == {TRAIN, EVAL, TEST}


def test_the_salt_outlives_a_table_that_cannot_be_written_to(
    kept_table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str, content: bytes) -> None:
        assert "splits" not in path or not path.startswith(kept_table)
        write(path, content)

    job = heads.train_job(kept_table, tmp_path / "m")
    salt = prepare(job).salt
    (kept_splits,) = Path(kept_table, "_vectormill", "splits").iterdir()
    printed = kept_splits.read_text()
    kept_splits.write_text(printed.replace(f'"salt": {salt}', '"salt": 91'))

    assert prepare(replace(job, to=str(tmp_path / "other"))).salt == 91

    write = files.write
    monkeypatch.setattr(files, "write", refuse)
    kept_splits.unlink()
    model = tmp_path / "third" / "1"
    (model / "assets.extra").mkdir(parents=True)
    (model / "saved_model.pb").touch()
    (model / "assets.extra" / "lineage.json").write_text(f'{{"split": {{"salt": 17, "name": "{kept_splits.name}"}}}}')
    assert prepare(replace(job, to=str(tmp_path / "third"))).salt == 17


def test_other_fractions_are_another_split(kept_table: str, tmp_path: Path) -> None:
    job = heads.train_job(kept_table, tmp_path / "m", split=split_by(fractions=Fractions(eval=0.3, test=0.2)))

    counts = Counter(prepare(job).sides.tolist())

    assert 70 <= counts[EVAL] <= 110 and 45 <= counts[TEST] <= 75


def test_rows_of_a_group_stay_together(kept_table: str, tmp_path: Path) -> None:
    prepared = prepare(heads.train_job(kept_table, tmp_path / "m", split=split_by(group_column="author")))
    by_id, table = heads.sides_by_id(kept_table, prepared), rows(kept_table)

    of_author: dict[str, set[int]] = {}
    for name, side in by_id.items():
        of_author.setdefault(table[name]["author"] or name, set()).add(side)
    assert len(of_author) == 30 + 6
    assert all(len(found) == 1 for found in of_author.values())
    assert Counter(by_id.values()).keys() == {TRAIN, EVAL, TEST}
    assert prepared.split_by == "a hash of the column author"


@pytest.mark.parametrize(("pattern", "key"), [(r"^(\d\d)", slice(0, 2)), (r"\d$", slice(2, 3))])
def test_rows_whose_ids_match_alike_stay_together(pattern: str, key: slice, kept_table: str, tmp_path: Path) -> None:
    prepared = prepare(heads.train_job(kept_table, tmp_path / "m", split=split_by(group_pattern=pattern)))

    of_key: dict[str, set[int]] = {}
    for name, side in heads.sides_by_id(kept_table, prepared).items():
        of_key.setdefault(name[key], set()).add(side)
    assert len(of_key) in (30, 10)
    assert all(len(found) == 1 for found in of_key.values())


def test_chunks_of_a_text_stay_together_unasked(tmp_path: Path) -> None:
    made = heads.news(120)
    for row in made:
        row["text"] = " ".join(f"{row['text'].capitalize()} {place}." for place in range(3))
    table = heads.embedded(tmp_path, made, read={"chunk": Chunking(unit="sentences", size=1)})
    prepared = prepare(heads.train_job(table, tmp_path / "m"))

    stored = rows(table)
    assert len(stored) == 360
    of_parent: dict[str, set[int]] = {}
    for name, side in heads.sides_by_id(table, prepared).items():
        of_parent.setdefault(stored[name]["parent"], set()).add(side)
    assert len(of_parent) == 120
    assert all(len(found) == 1 for found in of_parent.values())
    assert prepared.split_by == "a hash of the column parent"


def test_a_column_names_the_sides(kept_table: str, tmp_path: Path) -> None:
    prepared = prepare(heads.train_job(kept_table, tmp_path / "m", split=split_by(column="part")))

    table = rows(kept_table)
    found = {name: NAMES[side] for name, side in heads.sides_by_id(kept_table, prepared).items()}
    named = {"train": "train", "Dev": "eval", "test": "test", None: "unused"}
    assert found == {name: named[row["part"]] for name, row in table.items()}
    assert (prepared.salt, prepared.split_by) == (None, "the column part")


def test_sources_test_and_choose(kept_table: str, tmp_path: Path) -> None:
    table = rows(kept_table)

    def found(**sources: Sequence[str]) -> dict[str, set[str]]:
        options = split_by(**{name: tuple(globs) for name, globs in sources.items()})
        job = heads.train_job(kept_table, tmp_path / "m", split=options)
        by_source: dict[str, set[str]] = {}
        for name, side in heads.sides_by_id(kept_table, prepare(job)).items():
            by_source.setdefault(table[name]["source"], set()).add(NAMES[side])
        return by_source

    assert found(test_sources=["more/*"]) == {"a.parquet": {"train", "eval"}, "more/b.parquet": {"test"}}
    assert found(eval_sources=["more/*"]) == {"a.parquet": {"train", "test"}, "more/b.parquet": {"eval"}}
    with pytest.raises(RequestError, match=r"every source of .* is an eval or test source: nothing is left"):
        found(eval_sources=["a*"], test_sources=["more*"])
    with pytest.raises(RequestError, match=r"no source of .* is named like 'c\*'; there is"):
        found(test_sources=["c*"])


@pytest.mark.parametrize(
    "split",
    [
        split_by(),
        split_by(group_column="author"),
        split_by(group_pattern=r"\d$"),
        split_by(column="part"),
        split_by(test_sources=("more/*",)),
        split_by(eval_sources=("more/*",)),
    ],
)
def test_the_sides_are_found_again_from_what_a_model_keeps(
    split: SplitOptions, kept_table: str, tmp_path: Path
) -> None:
    job = heads.train_job(kept_table, tmp_path / "m", split=split, leakage_threshold=None)
    prepared = prepare(job)

    again = sides_of(job, RowColumns.read(job, existing(kept_table)), salt=prepared.salt)

    assert again.tolist() == prepared.sides.tolist()


# ---- labels of few rows -----------------------------------------------------------------------------------

HALF = SplitOptions(fractions=Fractions(eval=0.3, test=0.3))


def test_every_label_of_three_rows_has_one_that_trains(tmp_path: Path) -> None:
    rows = [{"id": f"i{n:04}", "text": f"word{n % 200} number {n}", "label": f"c{n % 200:03}"} for n in range(600)]
    table = heads.embedded(tmp_path, rows)

    prepared = prepare(heads.train_job(table, tmp_path / "m", leakage_threshold=None, split=HALF))

    (labels,) = prepared.labels.values()
    ids = heads.ids_of(table)
    hashed = sides(prepared.groups, salt=prepared.salt or 0, fractions=HALF.fractions)
    assert set(labels.counts(prepared.sides == TRAIN).values()) <= {1, 2, 3}
    changed = {ids[row] for row in np.flatnonzero(prepared.sides != hashed)}
    assert set(prepared.moved) == changed != set()
    lacking = [name for name, count in labels.counts(hashed == TRAIN).items() if count == 0]
    assert sorted(labels.names[labels.codes[ids.index(name)]] for name in changed) == lacking
    numbers = mixed(prepared.groups, prepared.salt or 0)
    for name in changed:
        row = ids.index(name)
        assert numbers[row] == numbers[labels.codes == labels.codes[row]].max()


def test_rows_of_labels_that_train_keep_their_sides_while_the_table_grows(tmp_path: Path) -> None:
    rows = [{"id": f"i{n:04}", "text": f"word{n % 60} number {n}", "label": f"c{n % 60:03}"} for n in range(240)]
    table = heads.embedded(tmp_path, rows[:180])
    first = prepare(heads.train_job(table, tmp_path / "m", leakage_threshold=None, split=HALF))
    before = heads.sides_by_id(table, first)
    heads.embedded(tmp_path, rows[180:], source="b.parquet")

    second = prepare(heads.train_job(table, tmp_path / "m", leakage_threshold=None, split=HALF))

    after = heads.sides_by_id(table, second)
    moved = {*first.moved, *second.moved}
    assert {name for name in before if before[name] != after[name]} <= moved
