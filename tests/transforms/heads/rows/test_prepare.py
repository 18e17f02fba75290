"""Sides and labels of a table's rows, from the table itself, without a pipeline."""

from __future__ import annotations

import os
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

from tests.helpers import fakes, heads
from tests.helpers.embedding import rows
from transforms.common.errors import RequestError
from transforms.common.hashes import hashes_of
from transforms.heads.job import Fractions, HeadOptions, SplitOptions
from transforms.heads.rows import prepare as preparing
from transforms.heads.rows.prepare import Prepared, prepare, read_labels, sides_of
from transforms.heads.rows.split import EVAL, TEST, TRAIN, UNUSED, sides
from transforms.storage import files
from transforms.table.open import existing

NAMES = {TRAIN: "train", EVAL: "eval", TEST: "test", UNUSED: "unused"}


def sides_by_id(table: str, prepared: Prepared, version: int | None = None) -> dict[str, int]:
    return dict(zip(heads.ids_of(table, version), prepared.sides.tolist(), strict=True))


def labels_by_id(table: str, prepared: Prepared, head: str = "") -> dict[str, Any]:
    labels = prepared.labels[head]
    held = [tuple(np.array(labels.names)[row].tolist()) for row in labels.membership]
    found = [(held[at] if labels.several else held[at][0]) if known else None for at, known in enumerate(labels.known)]
    return dict(zip(heads.ids_of(table), found, strict=True))


def split_by(**asked: Any) -> SplitOptions:
    return SplitOptions(**asked)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 rows in two sources, with columns for labels, groups and sides; not to be changed."""
    root = tmp_path_factory.mktemp("kept")
    made = heads.news(300)
    for number, row in enumerate(made):
        row["grade"] = number % 3
        row["urgent"] = number % 2 == 0
        row["tags"] = ("a;b", "b", "", None, "a")[number % 5]
        row["author"] = None if number % 50 == 0 else f"author {number // 10}"
        row["part"] = ("train", "train", "train", "Dev", "test", None)[number % 6]
        row["strange"] = "maybe" if number == 7 else "train"
        row["weight"] = number / 7
    heads.embedded(root, made[:200], source="a.parquet")
    heads.embedded(root, made[200:], source="more/b.parquet")
    return root


@pytest.fixture
def kept_table(kept: Path, tmp_path: Path) -> str:
    """A copy of it, without the salts of other tests."""
    shutil.copytree(kept / "table", tmp_path / "table")
    return str(tmp_path / "table")


# ---- the split --------------------------------------------------------------------------------------------


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
    before = sides_by_id(table, prepare(heads.train_job(table, tmp_path / "m")))
    columns = pq.read_table(kept / "corpus" / "a.parquet").slice(0, 60).to_pylist()
    more = [{**row, "id": f"new {number}", "text": f"{row['text']} more"} for number, row in enumerate(columns)]
    heads.embedded(tmp_path, more, source="c.parquet", types={"author": pa.string(), "tags": pa.string()})

    after = sides_by_id(table, prepare(heads.train_job(table, tmp_path / "m")))
    elsewhere = sides_by_id(table, prepare(heads.train_job(table, tmp_path / "another model")))

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
    told = kept_splits.read_text()
    kept_splits.write_text(told.replace(f'"salt": {salt}', '"salt": 91'))

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
    by_id, table = sides_by_id(kept_table, prepared), rows(kept_table)

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
    for name, side in sides_by_id(kept_table, prepared).items():
        of_key.setdefault(name[key], set()).add(side)
    assert len(of_key) in (30, 10)
    assert all(len(found) == 1 for found in of_key.values())


def test_chunks_of_a_text_stay_together_unasked(tmp_path: Path) -> None:
    made = heads.news(120)
    for row in made:
        row["text"] = " ".join(f"{row['text'].capitalize()} {place}." for place in range(3))
    table = heads.embedded(tmp_path, made, read={"chunk_sentences": 1})
    prepared = prepare(heads.train_job(table, tmp_path / "m"))

    held = rows(table)
    assert len(held) == 360
    of_parent: dict[str, set[int]] = {}
    for name, side in sides_by_id(table, prepared).items():
        of_parent.setdefault(held[name]["parent"], set()).add(side)
    assert len(of_parent) == 120
    assert all(len(found) == 1 for found in of_parent.values())
    assert prepared.split_by == "a hash of the column parent"


def test_a_column_names_the_sides(kept_table: str, tmp_path: Path) -> None:
    prepared = prepare(heads.train_job(kept_table, tmp_path / "m", split=split_by(column="part")))

    table = rows(kept_table)
    found = {name: NAMES[side] for name, side in sides_by_id(kept_table, prepared).items()}
    named = {"train": "train", "Dev": "eval", "test": "test", None: "unused"}
    assert found == {name: named[row["part"]] for name, row in table.items()}
    assert (prepared.salt, prepared.split_by) == (None, "the column part")


def test_sources_test_and_choose(kept_table: str, tmp_path: Path) -> None:
    table = rows(kept_table)

    def found(**sources: Sequence[str]) -> dict[str, set[str]]:
        options = split_by(**{name: tuple(globs) for name, globs in sources.items()})
        job = heads.train_job(kept_table, tmp_path / "m", split=options)
        by_source: dict[str, set[str]] = {}
        for name, side in sides_by_id(kept_table, prepare(job)).items():
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

    again = sides_of(job, existing(kept_table), salt=prepared.salt)

    assert again.tolist() == prepared.sides.tolist()


# ---- labels -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "values"),
    [("label", None), ("grade", {0: "0", 1: "1", 2: "2"}), ("urgent", {True: "true", False: "false"})],
)
def test_labels_of_a_column(label: str, values: dict[Any, str] | None, kept_table: str, tmp_path: Path) -> None:
    prepared = prepare(heads.train_job(kept_table, tmp_path / "m", label=label))

    table = rows(kept_table)
    assert labels_by_id(kept_table, prepared) == {
        name: row[label] if values is None else values[row[label]] for name, row in table.items()
    }


def test_several_labels_an_item(kept_table: str, tmp_path: Path) -> None:
    prepared = prepare(heads.train_job(kept_table, tmp_path / "m", label="tags", separator=";"))

    said = {"a;b": ("a", "b"), "b": ("b",), "": (), None: None, "a": ("a",)}
    assert labels_by_id(kept_table, prepared) == {name: said[row["tags"]] for name, row in rows(kept_table).items()}


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_labels_of_a_file_are_those_of_the_column(ending: str, kept_table: str, tmp_path: Path) -> None:
    table = pa.table({name: [row[name] for row in reversed(rows(kept_table).values())] for name in ("id", "label")})
    file = tmp_path / f"labels.{ending}"
    if ending == "csv":
        import pyarrow.csv

        pyarrow.csv.write_csv(table, file)
    elif ending == "jsonl":
        import json

        file.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
    else:
        pq.write_table(table, file)

    joined = prepare(heads.train_job(kept_table, tmp_path / "m", labels_file=str(file)))
    own = prepare(heads.train_job(kept_table, tmp_path / "n"))

    assert labels_by_id(kept_table, joined) == labels_by_id(kept_table, own)
    assert joined.sides.tolist() == own.sides.tolist()


def test_unknown_ids_are_passed_over_where_that_is_asked_for(kept_table: str, tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    lines = [f"{number:03},{'ab'[number % 2]}" for number in range(150)]
    file.write_text("\n".join(["id,label", *lines, "strange,c"]) + "\n")

    prepared = prepare(heads.train_job(kept_table, tmp_path / "m", labels_file=str(file), skip_unknown=True))

    found = labels_by_id(kept_table, prepared)
    assert found == {f"{n:03}": "ab"[n % 2] if n < 150 else None for n in range(300)}
    assert prepared.labels[""].names == ("a", "b")


def test_many_heads_share_a_split(kept_table: str, tmp_path: Path) -> None:
    options = (HeadOptions(name="x", label="label"), HeadOptions(name="y", label="tags", separator=";"))
    prepared = prepare(heads.train_job(kept_table, tmp_path / "m", heads=options))

    assert list(prepared.labels) == ["x", "y"]
    assert prepared.rows(options[0], TRAIN, EVAL, TEST).all()
    known = [row["tags"] is not None for row in rows(kept_table).values()]
    assert prepared.rows(options[1], TRAIN, EVAL, TEST).sum() == sum(known)


def test_what_was_prepared_is_found_again(kept_table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = (HeadOptions(name="x", label="label"), HeadOptions(name="y", label="tags", separator=";"))
    job = heads.train_job(kept_table, tmp_path / "m", heads=options)
    first = prepare(job)
    monkeypatch.setattr(preparing, "_scan", None)

    again = prepare(job)

    for name in ("salt", "split_by", "split_name", "leakage"):
        assert getattr(again, name) == getattr(first, name)
    for name in ("sides", "groups"):
        assert getattr(again, name).tolist() == getattr(first, name).tolist()
    for name in ("x", "y"):
        assert again.labels[name].names == first.labels[name].names
        assert again.labels[name].codes.tolist() == first.labels[name].codes.tolist()
        assert again.labels[name].known.tolist() == first.labels[name].known.tolist()


# ---- near-duplicates --------------------------------------------------------------------------------------


@pytest.fixture
def leaky(tmp_path: Path) -> str:
    """240 rows, and 50 of their texts once more under other ids in another source."""
    made = heads.news(240)
    copies = [{**row, "id": f"copy of {row['id']}"} for row in made[::4][:50]]
    heads.embedded(tmp_path, made)
    return heads.embedded(tmp_path, copies, source="copies.parquet")


def straddling(table: str, prepared: Prepared, threshold: float) -> int:
    """Held-out rows that a training row is as near to, counted the plain way."""
    by_id, held = sides_by_id(table, prepared), rows(table)
    matrix = np.array([held[name]["embedding"] for name in by_id], np.float64)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    side = np.array(list(by_id.values()))
    cosines = matrix[np.isin(side, (EVAL, TEST))] @ matrix[side == TRAIN].T
    return int((cosines.max(axis=1) >= threshold).sum())


def test_planted_copies_across_the_split_are_counted_and_named(leaky: str, tmp_path: Path) -> None:
    prepared = prepare(heads.train_job(leaky, tmp_path / "m", leakage_threshold=0.999))

    by_id = sides_by_id(leaky, prepared)
    apart = {name: by_id[name.removeprefix("copy of ")] != side for name, side in by_id.items() if "copy" in name}
    assert prepared.leakage is not None
    assert prepared.leakage["found"] == straddling(leaky, prepared, 0.999) > 10
    assert prepared.leakage["moved"] == 0
    for example in prepared.leakage["examples"]:
        pair = {example["held_out"].removeprefix("copy of "), example["train"].removeprefix("copy of ")}
        assert len(pair) == 1 and apart[f"copy of {pair.pop()}"]
        assert by_id[example["train"]] == TRAIN and by_id[example["held_out"]] in (EVAL, TEST)


def test_asked_to_be_mended_they_train_together(leaky: str, tmp_path: Path) -> None:
    before = prepare(heads.train_job(leaky, tmp_path / "m", leakage_threshold=0.999))
    prepared = prepare(heads.train_job(leaky, tmp_path / "m", leakage_threshold=0.999, fix_leakage=True))

    assert prepared.leakage is not None and before.leakage is not None
    assert straddling(leaky, prepared, 0.999) == 0
    assert prepared.leakage["found"] == before.leakage["found"], "told of the split as it was"
    moved = np.flatnonzero(prepared.sides != before.sides)
    assert len(moved) == prepared.leakage["moved"] >= before.leakage["found"] > 10
    assert set(prepared.sides[moved].tolist()) == {TRAIN}


def test_copies_of_one_group_never_straddle(leaky: str, tmp_path: Path) -> None:
    split = split_by(group_pattern=r"\d+$")

    prepared = prepare(heads.train_job(leaky, tmp_path / "m", leakage_threshold=0.9999, split=split))

    assert prepared.leakage is not None and prepared.leakage["found"] == 0


def test_nobody_looks_for_them_unasked(leaky: str, tmp_path: Path) -> None:
    assert prepare(heads.train_job(leaky, tmp_path / "m", leakage_threshold=None)).leakage is None


# ---- what the rows make impossible ------------------------------------------------------------------------


def refused(job: Any) -> str:
    with pytest.raises(RequestError) as error:
        prepare(job)
    said = str(error.value)
    assert "\n" not in said
    assert Prepared.load(job.state) is None
    return said


def test_a_table_without_labels(tmp_path: Path) -> None:
    table = heads.embedded(tmp_path, [{"id": row["id"], "text": row["text"]} for row in heads.news(30)])

    assert refused(heads.train_job(table, tmp_path / "m")) == (
        f"{table}: no row has a label in the column 'label': give --label-column, or --labels FILE with the columns id"
        " and label"
    )


def labelled(tmp_path: Path, labels: Sequence[str | None]) -> str:
    made = [{**row, "label": label} for row, label in zip(heads.news(len(labels)), labels, strict=True)]
    return heads.embedded(tmp_path, made, types={"label": pa.string()})


def test_one_label_is_no_choice(tmp_path: Path) -> None:
    table = labelled(tmp_path, ["same"] * 30 + [None] * 10)

    assert refused(heads.train_job(table, tmp_path / "m")) == (
        f"{table}: every label is 'same' in the column 'label': a classifier needs two"
    )


def test_labels_of_too_few_items(tmp_path: Path) -> None:
    table = labelled(tmp_path, ["a", "b"] * 30 + ["two", "two", "one"])

    assert refused(heads.train_job(table, tmp_path / "m")) == (
        "2 of 4 labels have fewer items than there are sides (train, eval, test): 'one' (1), 'two' (2); leave such"
        " labels out with --drop-rare 3, or label more items"
    )
    prepared = prepare(heads.train_job(table, tmp_path / "m", drop_rare=3))
    assert prepared.labels[""].names == ("a", "b")
    assert int((~prepared.labels[""].known).sum()) == 3


def test_nothing_left_after_the_rare_ones_went(tmp_path: Path) -> None:
    table = labelled(tmp_path, ["a", "b"] * 5)

    assert "there is no label left in the column 'label'" in refused(
        heads.train_job(table, tmp_path / "m", drop_rare=6)
    )


def test_weights_of_labels_are_for_one_label_an_item(kept_table: str, tmp_path: Path) -> None:
    job = heads.train_job(kept_table, tmp_path / "m", label="tags", separator=";", balanced=True)

    assert "--balanced is for one label an item" in refused(job)


def test_a_column_that_cannot_hold_labels(kept_table: str, tmp_path: Path) -> None:
    job = heads.train_job(kept_table, tmp_path / "m", label="weight")

    assert refused(job) == "a label must be a text, an integer or a boolean; this column holds double"


def test_a_word_that_names_no_side(kept_table: str, tmp_path: Path) -> None:
    assert refused(heads.train_job(kept_table, tmp_path / "m", split=split_by(column="strange"))) == (
        "the column strange holds 'maybe': its values name the side of a row, as train, eval (or val, validation, dev)"
        " and test"
    )


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("(", r"--group-pattern \(: no regular expression: "),
        ("x+", r"--group-pattern x\+ matches no id; ids look like"),
    ],
)
def test_a_pattern_that_groups_nothing(pattern: str, complaint: str, kept_table: str, tmp_path: Path) -> None:
    job = heads.train_job(kept_table, tmp_path / "m", split=split_by(group_pattern=pattern))

    with pytest.raises(RequestError, match=complaint):
        prepare(job)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_vector_that_is_no_number_is_named(value: float, tmp_path: Path) -> None:
    table = heads.embedded(tmp_path, heads.news(60))
    (part,) = Path(table).glob("part-*.parquet")
    held = pq.read_table(part)
    vectors = held["embedding"].to_pylist()
    vectors[17][3] = value
    at = held.schema.get_field_index("embedding")
    pq.write_table(held.set_column(at, held.schema.field(at), pa.array(vectors, held.schema.field(at).type)), part)

    said = refused(heads.train_job(table, tmp_path / "m"))

    name = held["id"][17].as_py()
    assert said == f"{table}: the vectors of 1 rows here hold NaN or infinity, first {name}: embed its source again"


def test_a_label_that_no_training_row_has(kept_table: str, tmp_path: Path) -> None:
    """Its rows are all of one group, which is one of the tests."""
    file = tmp_path / "labels.csv"
    ids = heads.ids_of(kept_table)
    lines = [f"{name},{'seen in a test' if name >= '200' else 'usual' if name >= '100' else 'other'}" for name in ids]
    file.write_text("\n".join(["id,label", *lines]) + "\n")

    job = heads.train_job(kept_table, tmp_path / "m", labels_file=str(file), split=split_by(test_sources=("more/*",)))

    assert refused(job) == "no training row has the label 'seen in a test' (1 such): choose another split"


def test_reading_labels_alone_keeps_nothing(kept_table: str, tmp_path: Path) -> None:
    job = heads.train_job(kept_table, tmp_path / "m")

    labels = read_labels(job, existing(kept_table))

    assert labels[""].names == ("money", "sky", "sport")
    assert not os.path.exists(job.state)
    assert fakes.CALLS == []
