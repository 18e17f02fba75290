"""`vectormill label`: the list and its files, and the way of the answers back."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import heads
from tests.helpers.pages import HOSTILE, Page, assert_locked, assert_quiet
from tests.launch.conftest import Command, Newsroom

pytestmark = pytest.mark.usefixtures("newsmill")


@pytest.fixture
def doubtful(bare_newsroom: Newsroom, tmp_path: Path) -> Path:
    """Labels of 240 of the 300 items, 12 of them wrong: those of n010, n030, ..."""
    rows = heads.news(300, name="n")
    wrong = {f"n{number:03}" for number in range(10, 240, 20)}
    lines = [
        f"{row['id']},{heads.LABELS[(number + 1) % 3] if row['id'] in wrong else row['label']}"
        for number, row in enumerate(rows[:240])
    ]
    (tmp_path / "labels.csv").write_text("\n".join(["id,label", *lines]) + "\n")
    return tmp_path / "labels.csv"


def truth() -> dict[str, str]:
    return {row["id"]: row["label"] for row in heads.news(300, name="n")}


def listed(folder: Path) -> list[dict[str, str]]:
    with (folder / "label.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_list_and_its_answers(newsmill: Command, bare_newsroom: Newsroom, doubtful: Path, tmp_path: Path) -> None:
    out = tmp_path / "todo"
    told = json.loads(
        newsmill("label", bare_newsroom.table, "--labels", doubtful, "--to", out, "-n", 20, "--json").output()
    )

    assert (told["rows"], told["labelled"], told["answered"], told["gain"]) == (300, 240, 0, None)
    rows = listed(out)
    assert len(rows) == sum(told["chosen"].values()) == 20
    assert len({row["id"] for row in rows}) == 20
    assert {row["answer"] for row in rows} == {""}
    errors = [row for row in rows if row["reason"] == "label error"]
    assert sum(row["id"] in {f"n{number:03}" for number in range(10, 240, 20)} for row in errors[:8]) >= 6
    assert all(row["current"] != row["suggested"] for row in errors)
    new = [row for row in rows if row["reason"] in ("uncertain", "coverage")]
    assert len(new) == 20 - len(errors) - sum(row["reason"] == "disagreement" for row in rows)
    assert all(row["id"] >= "n240" and row["current"] == "" for row in new)
    assert all(row["side"] != "test" for row in rows if row["reason"] == "uncertain")

    tasks = json.loads((out / "tasks.json").read_text())
    assert [task["data"]["item_id"] for task in tasks] == [row["id"] for row in rows]
    first = next(task for task in tasks if task["data"]["reason"] == "label error")
    assert first["data"].keys() == {"item_id", "label_column", "text", "reason", "current", "evidence"}
    assert first["predictions"][0]["result"] == [
        {
            "id": "suggested",
            "from_name": "label",
            "to_name": "item",
            "type": "choices",
            "value": {"choices": [errors[0]["suggested"]]},
        }
    ]
    config = ElementTree.parse(out / "label-config.xml").getroot()
    assert [choice.get("value") for choice in config.iter("Choice")] == list(heads.LABELS)

    # All of the right answers, as Label Studio exports them.
    export = tmp_path / "export.json"
    for task in tasks:
        value = {"choices": [truth()[task["data"]["item_id"]]]}
        result = [{"type": "choices", "from_name": "label", "to_name": "item", "value": value}]
        task["annotations"] = [{"completed_by": 1, "was_cancelled": False, "result": result}]
    export.write_text(json.dumps(tasks))
    again = ["label", bare_newsroom.table, "--labels", doubtful, "--labels", export, "--to", out, "-n", 20]
    told = json.loads(newsmill(*again, "--json").output())

    assert told["answered"] == 20
    assert told["labelled"] == 240 + len(new)
    assert told["gain"].keys() == {"before", "after", "gain", "test_rows", "test_rows_answered"}
    assert told["gain"]["gain"]["low"] <= told["gain"]["gain"]["value"] <= told["gain"]["gain"]["high"]
    assert {row["id"] for row in listed(out)}.isdisjoint(row["id"] for row in rows)
    said = newsmill("label", bare_newsroom.table, "--labels", doubtful, "--to", out, "-n", 5).output()
    assert "20 answers: accuracy " in said

    model = tmp_path / "model"
    trained = newsmill(
        "train", bare_newsroom.table, "--labels", doubtful, "--labels", out / "answers.csv", "--to", model
    )
    assert f"note: {out / 'answers.csv'}: 20 answered, " in trained.output()
    lineage = json.loads((model / "1" / "assets.extra" / "lineage.json").read_text())
    assert sum(lineage["rows"].values()) == 240 + len(new)


def test_answers_in_the_list_are_kept_when_a_new_one_is_made(
    newsmill: Command, bare_newsroom: Newsroom, tmp_path: Path
) -> None:
    out = tmp_path / "todo"
    out.mkdir()
    (out / "label.csv").write_text('id,answer,column\nn000,"sky, or not",label\nn001,,label\n')

    told = json.loads(newsmill("label", bare_newsroom.table, "--to", out, "-n", 3, "--json").output())

    assert told["answered"] == 1
    assert (out / "answers.csv").read_text().splitlines()[1].startswith('n000,"sky, or not",label,,20')
    assert any("labels that no item had: 'sky, or not'" in note for note in told["notes"])


def test_without_labels_the_list_covers_the_table(newsmill: Command, bare_newsroom: Newsroom, tmp_path: Path) -> None:
    (tmp_path / "none.csv").write_text("id,label\n")
    out = tmp_path / "todo"

    said = newsmill("label", bare_newsroom.table, "--labels", tmp_path / "none.csv", "--to", out, "-n", 9).output()

    assert f"{out}: 9 rows to label (9 coverage)" in said
    assert "note: there are no labels to learn from yet" in said
    topics = {truth()[row["id"]] for row in listed(out)}
    assert topics == set(heads.LABELS)


def test_a_models_scores_say_what_is_uncertain(newsmill: Command, newsroom: Newsroom, tmp_path: Path) -> None:
    (tmp_path / "none.csv").write_text("id,label\n")
    options: list[Any] = ["--labels", tmp_path / "none.csv", "--model", newsroom.model, "--to", tmp_path / "todo"]

    told = json.loads(newsmill("label", newsroom.table, *options, "-n", 4, "--json").output())

    assert told["column"] == "label"
    assert all(row["suggested"] in heads.LABELS for row in listed(tmp_path / "todo"))


def test_the_page_is_safe_and_asks_for_nothing(newsmill: Command, bare_newsroom: Newsroom, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(
        "id,label\n"
        + "".join(f'n{n:03},"{HOSTILE.replace(chr(34), chr(34) * 2) if n % 2 else "b"}"\n' for n in range(60))
    )
    assert (
        newsmill(
            "label", bare_newsroom.table, "--labels", tmp_path / "labels.csv", "--to", tmp_path / "t", "-n", 6
        ).code
        == 0
    )

    html = (tmp_path / "t" / "label.html").read_text()
    page = Page(html)
    assert_quiet(page)
    assert_locked(html, scripts=1)
    assert [a["data-id"] for t, a in page.tags if t == "section"] == [row["id"] for row in listed(tmp_path / "t")]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--label-column", "topic"], "has no column 'topic': it has id, "),
        (["--label-column", "id"], "the column 'id' holds 300 different values in 300 rows, which are no classes"),
        (["--labels", "ANSWERS"], "1 of the 2 ids of "),
        (["--labels", "OTHER"], "is an export of another project: none of its 1 tasks has 'item_id'"),
        (["--threshold", "2"], "--threshold 2 is no cosine above 0 and up to 1"),
        (["--model", "nowhere"], "nowhere holds no model"),
    ],
)
def test_a_request_that_cannot_be_carried_out(
    newsmill: Command, bare_newsroom: Newsroom, tmp_path: Path, options: list[str], complaint: str
) -> None:
    files = {"ANSWERS": tmp_path / "answers.csv", "OTHER": tmp_path / "other.json"}
    files["ANSWERS"].write_text("id,answer\nn000,sky\nnobody,sky\n")
    files["OTHER"].write_text(json.dumps([{"data": {"text": "x"}, "annotations": [{"result": []}]}]))
    given = [files.get(option, option) for option in options]

    assert complaint in newsmill("label", bare_newsroom.table, "--to", tmp_path / "todo", *given).complaint(2)
    assert not (tmp_path / "todo").exists()


def test_a_folder_of_something_else_is_left_alone(newsmill: Command, bare_newsroom: Newsroom, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")

    said = newsmill("label", bare_newsroom.table, "--to", tmp_path / "mine").complaint(2)
    assert said == f"{tmp_path}/mine holds something else (thesis.txt): --to takes a new folder, or an earlier list"
