"""`vectormill evaluate`: a published model on labels, its own test rows or another table's."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.helpers import fakes, heads
from tests.helpers.embedding import rows
from tests.launch.conftest import Command, Newsroom, news_rows
from transforms.common.intervals import share_interval
from transforms.heads.rows.split import TEST


def report(command: Command, *arguments: object) -> dict[str, Any]:
    """The whole data of an evaluation's report."""
    with tempfile.TemporaryDirectory() as folder:
        command("evaluate", *arguments, "--report-data", f"{folder}/data.json").output()
        found: dict[str, Any] = json.loads(Path(folder, "data.json").read_text())
    return found


def own_report(newsroom: Newsroom, number: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((newsroom.model / str(number) / "assets.extra" / "report.json").read_text())
    return found


def test_on_its_own_table_it_finds_what_the_training_told(newsroom: Newsroom, newsmill: Command) -> None:
    printed = report(newsmill, newsroom.model, newsroom.table)
    before = own_report(newsroom, 2)

    for name, figure in before["metrics"].items():
        assert printed["metrics"][name] == pytest.approx(figure, abs=1e-6)
    assert printed["confusion"] == before["confusion"]
    assert printed["data"]["split"]["test"] == before["data"]["split"]["test"]
    assert printed["data"]["split_by"] == "its test rows"
    assert printed["model"]["version"] == 2


def test_the_summary_is_small_and_agrees_with_the_report(newsroom: Newsroom, newsmill: Command) -> None:
    line = newsmill("evaluate", newsroom.model, newsroom.table, "--json").output()
    whole = report(newsmill, newsroom.model, newsroom.table)

    assert len(line) < 2000
    summary = json.loads(line)
    assert summary == {
        "model": str(newsroom.model),
        "version": 2,
        "table": str(newsroom.table),
        "table_version": 0,
        "rows": whole["data"]["split"]["test"]["rows"],
        "which_rows": "its test rows",
        "support": whole["data"]["split"]["test"]["per_label"],
        "metrics": whole["metrics"],
        "comparison": {"majority class": whole["comparison"][1]["metrics"]["accuracy"]},
        "notes": [],
    }
    assert sum(summary["support"].values()) == summary["rows"]
    accuracy = summary["metrics"]["accuracy"]
    assert (accuracy["low"], accuracy["high"]) == pytest.approx(
        share_interval(accuracy["value"] * summary["rows"], summary["rows"])
    )


def test_labels_that_look_like_those_of_the_model_are_named(
    newsroom: Newsroom, newsmill: Command, tmp_path: Path
) -> None:
    labels = {name: row["label"] for name, row in rows(str(newsroom.table)).items()}
    odd = {name: label.replace("sky", "sky\u200b") if name < "n020" else label for name, label in labels.items()}
    for file, of in (("some.csv", odd), ("none.csv", {name: f"{label} " for name, label in labels.items()})):
        (tmp_path / file).write_text("id,label\n" + "".join(f"{name},{label}\n" for name, label in of.items()))

    said = newsmill(
        "evaluate", newsroom.model, newsroom.table, "--labels", tmp_path / "some.csv", "--all-rows"
    ).output()
    refused = newsmill("evaluate", newsroom.model, newsroom.table, "--labels", tmp_path / "none.csv").complaint(2)

    note = (
        r"the labels 'sky' and 'sky\u200b' differ only by characters that cannot be seen, and are classes of their own"
    )
    assert f"note: {note}" in said.splitlines()
    assert refused.endswith(
        "(the labels 'money' and 'money ' differ only by blanks or case, and are classes of their own (3 such))"
    )


def test_a_column_of_lists_or_objects_has_no_slices(newsroom: Newsroom, newsmill: Command, tmp_path: Path) -> None:
    table = newsroom.copy(tmp_path).table
    there = pl.scan_delta(str(table)).collect().with_columns(pair=pl.struct("desk", "length"), many=pl.lit([1, 2]))
    there.write_delta(table, mode="overwrite", delta_write_options={"schema_mode": "overwrite"})

    printed = report(newsmill, newsroom.model, table)

    assert {row["column"] for row in printed["slices"]} == {"tags", "length", "desk"}


def test_another_label_file_is_another_truth(newsroom: Newsroom, newsmill: Command) -> None:
    table = rows(str(newsroom.table))
    split = json.loads((newsroom.model / "1/assets.extra/lineage.json").read_text())["split"]
    sides = heads.hashed_sides(list(table), split)
    money = np.mean([row["label"] == "money" for row in table.values() if sides[row["id"]] == TEST])

    wrong = report(newsmill, newsroom.model / "1", newsroom.table)
    right = report(newsmill, newsroom.model / "1", newsroom.table, "--labels", newsroom.wrong)

    assert wrong["metrics"]["accuracy"]["value"] == pytest.approx(money)
    assert right["metrics"]["accuracy"]["value"] == own_report(newsroom, 1)["metrics"]["accuracy"]["value"] == 1


def test_rows_of_one_known_label_have_an_accuracy(newsroom: Newsroom, newsmill: Command, tmp_path: Path) -> None:
    money = [name for name, row in rows(str(newsroom.table)).items() if row["label"] == "money"]
    (tmp_path / "money.csv").write_text("id,label\n" + "".join(f"{name},money\n" for name in money))

    one = report(newsmill, newsroom.model, newsroom.table, "--labels", tmp_path / "money.csv")

    whole = report(newsmill, newsroom.model, newsroom.table)
    place = whole["model"]["labels"].index("money")
    counts = whole["confusion"][place] if isinstance(whole["confusion"], list) else whole["confusion"]["counts"][place]
    assert one["data"]["split"]["test"]["rows"] == sum(counts)
    assert one["metrics"]["accuracy"]["value"] == pytest.approx(counts[place] / sum(counts))


# ---- which table is the model's own -----------------------------------------------------------------------


def test_a_table_copied_elsewhere_is_still_the_one_that_it_was_trained_on(
    newsroom: Newsroom, newsmill: Command, tmp_path: Path
) -> None:
    shutil.copytree(newsroom.table, tmp_path / "mounted" / "elsewhere")

    copied = report(newsmill, newsroom.model, tmp_path / "mounted" / "elsewhere")

    assert copied["data"]["split_by"] == "its test rows"
    assert copied["data"]["split"] == report(newsmill, newsroom.model, newsroom.table)["data"]["split"]
    assert copied["metrics"] == report(newsmill, newsroom.model, newsroom.table)["metrics"]


def test_a_table_made_anew_of_the_same_items_has_training_rows_too(
    newsroom: Newsroom, newsmill: Command, tmp_path: Path
) -> None:
    newsmill("embed", newsroom.corpus, "--to", tmp_path / "again", *newsroom.embed_options()).output()

    again = report(newsmill, newsroom.model, tmp_path / "again")

    assert again["data"]["split_by"] == "its test rows"
    assert again["data"]["split"] == report(newsmill, newsroom.model, newsroom.table)["data"]["split"]


@pytest.mark.parametrize("report_is_there", [True, False])
def test_a_model_of_an_early_release_knows_its_table_by_path_and_by_its_items(
    report_is_there: bool, newsroom: Newsroom, newsmill: Command, tmp_path: Path
) -> None:
    early = newsroom.copy(tmp_path)
    extra = early.model / "2" / "assets.extra"
    lineage = json.loads((extra / "lineage.json").read_text())
    del lineage["table"]["id"]
    (extra / "lineage.json").write_text(json.dumps(lineage))
    if not report_is_there:
        (extra / "report.json").unlink()

    in_place = report(newsmill, early.model, newsroom.table)
    copied = report(newsmill, early.model, early.table)

    assert in_place["data"]["split_by"] == "its test rows"
    assert copied["data"]["split_by"] == ("its test rows" if report_is_there else "all labelled rows")


def test_items_that_were_moved_to_the_training_side_do_not_test(newsmill: Command, tmp_path: Path) -> None:
    """Four copies each of items: where one is held out, others train, and what moved may be near what did not."""
    encoder = heads.save_encoder(tmp_path / "encoder")
    made = news_rows(120)
    made += [{**row, "id": f"copy {n} of {row['id']}"} for row in made[:40] for n in range(3)]
    heads.write_rows(tmp_path / "c" / "a.parquet", made)
    columns = ["--text-column", "text", "--id-column", "id", "--label-column", "label"]
    newsmill("embed", tmp_path / "c", "--to", tmp_path / "t", "--encoder", encoder, *columns).output()
    newsmill("train", tmp_path / "t", "--to", tmp_path / "m", "--fix-leakage").output()

    printed = report(newsmill, tmp_path / "m", tmp_path / "t")

    trained = json.loads((tmp_path / "m/1/assets.extra/report.json").read_text())
    moved = (tmp_path / "m/1/assets.extra/moved.csv").read_text().splitlines()
    assert len(moved) == 1 + trained["data"]["leakage"]["moved"] > 10
    assert printed["data"]["split"]["test"] == trained["data"]["split"]["test"]
    assert printed["confusion"] == trained["confusion"]


def test_all_rows_where_that_is_asked_for(newsroom: Newsroom, newsmill: Command) -> None:
    printed = report(newsmill, newsroom.model, newsroom.table, "--all-rows")

    assert printed["data"]["split"]["test"]["rows"] == 300
    assert np.sum(printed["confusion"]["counts"]) == 300
    assert printed["data"]["split_by"] == "all labelled rows"


def test_another_table_is_evaluated_whole_and_a_report_written(
    newsroom: Newsroom, newsmill: Command, tmp_path: Path
) -> None:
    made = news_rows(40, seed=5, name="later")
    for row in made[:10]:
        row["label"] = None
    for row in made[10:14]:
        row["label"] = "never heard of"
    heads.write_rows(tmp_path / "c" / "a.parquet", made)
    newsmill("embed", tmp_path / "c", "--to", tmp_path / "t", *newsroom.embed_options()).output()

    said = newsmill("evaluate", newsroom.model, tmp_path / "t", "--to", tmp_path / "report").output()

    printed = json.loads((tmp_path / "report" / "report.json").read_text())
    assert said.startswith(f"{newsroom.model}/2 on 30 rows of {tmp_path}/t (all labelled rows)\n  accuracy")
    assert f"report: {tmp_path}/report/report.html" in said
    assert (tmp_path / "report" / "report.html").read_text().startswith("<!")
    assert (printed["data"]["rows"], printed["data"]["unlabelled"]) == (40, 10)
    assert printed["data"]["split"]["test"]["per_label"]["never heard of"] == 4
    assert printed["metrics"]["accuracy"]["value"] == pytest.approx(26 / 30, abs=0.04)
    by_label = {row["label"]: row for row in printed["per_class"]}
    assert by_label["never heard of"]["recall"]["value"] == 0
    assert [row["name"] for row in printed["comparison"]] == ["this model", "majority class"]
    texts = {row["id"]: row["text"] for row in made}
    assert all(point["text"] == texts[point["id"]] for point in printed["map"]["points"])


# ---- what is refused --------------------------------------------------------------------------------------


def test_a_table_of_another_encoder(newsroom: Newsroom, newsmill: Command, tmp_path: Path) -> None:
    table = heads.embedded(tmp_path, heads.news(12), encoder=fakes.text_encoder(fingerprint="123456789"))

    complaint = newsmill("evaluate", newsroom.model, table).complaint(2)

    assert complaint.startswith(f"{table} holds vectors of fake-text (12345678), but {newsroom.model}/2 knows those of")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--label-column", "colour"], "has no column 'colour': it has "),
        (["--label-column", "desk"], "has none of the labels of"),
        (["--labels", "none.csv"], "the labels' file none.csv cannot be read: "),
        (["--version", "5"], "version 5"),
    ],
)
def test_labels_that_are_not_there(options: list[str], complaint: str, newsroom: Newsroom, newsmill: Command) -> None:
    assert complaint in newsmill("evaluate", newsroom.model, newsroom.table, *options).complaint(2)


def test_no_labelled_row(newsroom: Newsroom, newsmill: Command, tmp_path: Path) -> None:
    heads.write_rows(tmp_path / "c" / "a.parquet", [{"id": str(n), "text": "goal"} for n in range(4)])
    options = ["--encoder", newsroom.encoder, "--text-column", "text"]
    newsmill("embed", tmp_path / "c", "--to", tmp_path / "t", *options).output()

    assert "no row has a label in the column 'label'" in newsmill("evaluate", newsroom.model, tmp_path / "t").complaint(
        2
    )


def test_a_model_that_a_newer_release_wrote(newsroom: Newsroom, newsmill: Command, tmp_path: Path) -> None:
    newer = newsroom.copy(tmp_path)
    path = newer.model / "2" / "assets.extra" / "lineage.json"
    path.write_text(path.read_text().replace("vectormill-model-1", "vectormill-model-2"))

    for command in (
        ["evaluate", newer.model, newer.table],
        ["predict", newer.model, newer.table, "--to", tmp_path / "out"],
        ["train", newer.table, "--to", newer.model],
        ["export-model", newer.model, "--format", "keras", "--to", tmp_path / "out.keras"],
    ):
        assert newsmill(*command).complaint(2) == (
            f"{newer.model}/2 was written by a newer Vectormill (model format 2; this one reads up to 1):"
            " upgrade Vectormill"
        )


def test_a_lineage_with_more_fields_is_read_and_one_with_too_few_is_damaged(
    newsroom: Newsroom, newsmill: Command, tmp_path: Path
) -> None:
    changed = newsroom.copy(tmp_path)
    path = changed.model / "2" / "assets.extra" / "lineage.json"
    lineage = json.loads(path.read_text())
    more = {**lineage, "unheard of": 1, "inputs": {**lineage["inputs"], "unheard of": 1}}
    more["split"] = {**lineage["split"], "unheard of": 1, "fractions": {**lineage["split"]["fractions"], "more": 0}}
    path.write_text(json.dumps(more))

    printed = report(newsmill, changed.model, changed.table)
    del more["labels"]
    path.write_text(json.dumps(more))
    complaint = newsmill("evaluate", changed.model, changed.table).complaint(2)
    path.write_text("{")

    assert printed["metrics"] == report(newsmill, newsroom.model, newsroom.table)["metrics"]
    assert complaint == f"{path} is damaged (it lacks 'labels'): restore it from a copy"
    assert newsmill("evaluate", changed.model, changed.table).complaint(2) == (
        f"{changed.model}/2 is no whole model: {path} is missing or broken"
    )


def test_no_model(newsroom: Newsroom, newsmill: Command, tmp_path: Path) -> None:
    assert "holds no model" in newsmill("evaluate", newsroom.model / "9", newsroom.table).complaint(2)


def test_a_report_where_a_file_is(newsroom: Newsroom, newsmill: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    assert newsmill("evaluate", newsroom.model, newsroom.table, "--to", tmp_path / "file").complaint(2) == (
        f"{tmp_path}/file is a file: --to takes the folder of a report, new or existing"
    )
    assert (tmp_path / "file").read_text() == "mine"
    assert newsmill("evaluate", newsroom.model, newsroom.table, "--report-data", tmp_path).complaint(2) == (
        f"{tmp_path} is a folder: --report-data takes a file, new or existing"
    )


def test_what_is_for_an_index_is_refused_for_a_model(newsroom: Newsroom, newsmill: Command) -> None:
    said = newsmill("evaluate", newsroom.model, newsroom.table, "--qrels", "a.tsv").complaint(2)
    assert said == f"--qrels is for an index, and {newsroom.model} is a model: leave it out"
    said = newsmill("evaluate", newsroom.model).complaint(2)
    assert said == f"{newsroom.model} is a model: name the table whose labels it is evaluated on"
