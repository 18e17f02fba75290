"""`vectormill evaluate`: a published model on labels, its own test rows or another table's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers import fakes, heads
from tests.helpers.embedding import rows
from tests.launch.conftest import Command, Newsroom, news_rows
from transforms.heads.rows.split import TEST


def report(command: Command, *arguments: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(command("evaluate", *arguments, "--json").told())
    return found


def own_report(newsroom: Newsroom, number: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((newsroom.model / str(number) / "assets.extra" / "report.json").read_text())
    return found


def test_on_its_own_table_it_finds_what_the_training_told(newsroom: Newsroom, newsmill: Command) -> None:
    told = report(newsmill, newsroom.model, newsroom.table)
    before = own_report(newsroom, 2)

    for name, figure in before["metrics"].items():
        assert told["metrics"][name] == pytest.approx(figure, abs=1e-6)
    assert told["confusion"] == before["confusion"]
    assert told["data"]["split"]["test"] == before["data"]["split"]["test"]
    assert told["data"]["split_by"] == "its test rows"
    assert told["model"]["version"] == 2


def test_another_label_file_is_another_truth(newsroom: Newsroom, newsmill: Command) -> None:
    table = rows(str(newsroom.table))
    split = json.loads((newsroom.model / "1/assets.extra/lineage.json").read_text())["split"]
    sides = heads.hashed_sides(list(table), split)
    money = np.mean([row["label"] == "money" for row in table.values() if sides[row["id"]] == TEST])

    wrong = report(newsmill, newsroom.model / "1", newsroom.table)
    right = report(newsmill, newsroom.model / "1", newsroom.table, "--labels", newsroom.wrong)

    assert wrong["metrics"]["accuracy"]["value"] == pytest.approx(money)
    assert right["metrics"]["accuracy"]["value"] == own_report(newsroom, 1)["metrics"]["accuracy"]["value"] == 1


def test_all_rows_where_that_is_asked_for(newsroom: Newsroom, newsmill: Command) -> None:
    told = report(newsmill, newsroom.model, newsroom.table, "--all-rows")

    assert told["data"]["split"]["test"]["rows"] == 300
    assert np.sum(told["confusion"]["counts"]) == 300
    assert told["data"]["split_by"] == "all labelled rows"


def test_another_table_is_evaluated_whole_and_a_report_written(
    newsroom: Newsroom, newsmill: Command, tmp_path: Path
) -> None:
    made = news_rows(40, seed=5, name="later")
    for row in made[:10]:
        row["label"] = None
    for row in made[10:14]:
        row["label"] = "never heard of"
    heads.write_rows(tmp_path / "c" / "a.parquet", made)
    newsmill("embed", tmp_path / "c", "--to", tmp_path / "t", *newsroom.embed_options()).told()

    said = newsmill("evaluate", newsroom.model, tmp_path / "t", "--to", tmp_path / "report").told()

    told = json.loads((tmp_path / "report" / "report.json").read_text())
    assert said.startswith(f"{newsroom.model}/2 on 30 rows of {tmp_path}/t (all labelled rows)\n  accuracy")
    assert f"report: {tmp_path}/report/report.html" in said
    assert (tmp_path / "report" / "report.html").read_text().startswith("<!")
    assert (told["data"]["rows"], told["data"]["unlabelled"]) == (40, 10)
    assert told["data"]["split"]["test"]["per_label"]["never heard of"] == 4
    assert told["metrics"]["accuracy"]["value"] == pytest.approx(26 / 30, abs=0.04)
    by_label = {row["label"]: row for row in told["per_class"]}
    assert by_label["never heard of"]["recall"]["value"] == 0
    assert [row["name"] for row in told["comparison"]] == ["this model", "majority class"]
    texts = {row["id"]: row["text"] for row in made}
    assert all(point["text"] == texts[point["id"]] for point in told["map"]["points"])


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
    newsmill("embed", tmp_path / "c", "--to", tmp_path / "t", *options).told()

    assert "no row has a label in the column 'label'" in newsmill("evaluate", newsroom.model, tmp_path / "t").complaint(
        2
    )


def test_no_model(newsroom: Newsroom, newsmill: Command, tmp_path: Path) -> None:
    assert "holds no model" in newsmill("evaluate", newsroom.model / "9", newsroom.table).complaint(2)


def test_a_report_where_a_file_is(newsroom: Newsroom, newsmill: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    assert newsmill("evaluate", newsroom.model, newsroom.table, "--to", tmp_path / "file").complaint(2) == (
        f"{tmp_path}/file is a file: --to takes the folder of a report, new or existing"
    )
    assert (tmp_path / "file").read_text() == "mine"
