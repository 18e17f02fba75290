from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.common.errors import RequestError
from transforms.heads.rows.answers import Answers, Vote, write_answers


def read(path: Path, column: str = "label") -> Answers:
    found = Answers.read(str(path), column)
    assert found is not None
    return found


def csv(folder: Path, *lines: str) -> Path:
    path = folder / "answers.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def choices(*labels: str, name: str = "label", **more: Any) -> dict[str, Any]:
    """An annotation of Label Studio."""
    value = {"from_name": name, "to_name": "item", "type": "choices", "value": {"choices": list(labels)}}
    return {"id": 1, "result": [value] if labels else [], "was_cancelled": False, "completed_by": 1, **more}


def export(folder: Path, *tasks: tuple[str | None, list[dict[str, Any]]], **data: Any) -> Path:
    """An export in the form JSON: the id of each row, and its annotations."""
    path = folder / "export.json"
    rows = [
        {"id": number, "data": {**({} if name is None else {"item_id": name}), **data}, "annotations": annotations}
        for number, (name, annotations) in enumerate(tasks, 1)
    ]
    path.write_text(json.dumps(rows))
    return path


def test_answers_of_a_csv_file(tmp_path: Path) -> None:
    found = read(csv(tmp_path, "id,answer", "a,sky", "b,", "c,sport"))

    assert found.decided(several=False) == ({"a": "sky", "c": "sport"}, [])
    assert found.skipped == 1


@pytest.mark.parametrize("lines", [("id;answer", "01;é"), ("\ufeffid,answer", "01,é"), ("id\tanswer", "01\té")])
def test_a_file_that_a_spreadsheet_saved(lines: tuple[str, ...], tmp_path: Path) -> None:
    assert read(csv(tmp_path, *lines)).decided(several=False) == ({"01": "é"}, [])


def test_a_file_of_labels_is_none_of_answers(tmp_path: Path) -> None:
    assert Answers.read(str(csv(tmp_path, "id,label", "a,sky")), "label") is None
    assert Answers.read(str(csv(tmp_path, "id,answer", "a,sky")), "answer") is None


def test_answers_to_another_column_are_refused(tmp_path: Path) -> None:
    path = csv(tmp_path, "id,answer,column", "a,sky,topic")

    assert read(path, "topic").decided(several=False) == ({"a": "sky"}, [])
    with pytest.raises(RequestError, match=r"answers the column 'topic', not 'label': give --label-column"):
        read(path)


def test_several_labels_are_a_json_list(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    votes = [Vote(id="a", answer=("x", "y"), annotator="me"), Vote(id="b", answer=()), Vote(id="c", answer="x, y")]
    write_answers(str(path), votes)

    assert read(path).decided(several=True) == ({"a": ("x", "y"), "b": (), "c": ("x, y",)}, [])


def test_the_most_frequent_answer_counts_and_ties_are_named(tmp_path: Path) -> None:
    lines = ["a,sky,ann", "a,sky,bob", "a,sport,cat", "b,sky,ann", "b,sport,bob", "c,sky,ann"]
    assert read(csv(tmp_path, "id,answer,annotator", *lines)).decided(several=False) == (
        {"a": "sky", "c": "sky"},
        ["b"],
    )


def test_two_answers_of_nobody_in_one_file_are_a_tie(tmp_path: Path) -> None:
    assert read(csv(tmp_path, "id,answer", "a,sky", "a,sport", "b,x", "b,x")).decided(several=False) == (
        {"b": "x"},
        ["a"],
    )


def test_the_last_answer_of_a_person_counts(tmp_path: Path) -> None:
    lines = ["a,sky,2026-01-02", "a,sport,2026-01-01"]
    assert read(csv(tmp_path, "id,answer,time", *lines)).decided(several=False) == ({"a": "sky"}, [])


def test_an_export_of_label_studio(tmp_path: Path) -> None:
    path = export(
        tmp_path,
        ("a", [choices("sky")]),
        ("b", [choices("sky", was_cancelled=True)]),
        ("c", [choices("sky", completed_by={"id": 1}), choices("sport", completed_by={"id": 2})]),
        ("d", [choices("sky"), choices("sport", completed_by=2), choices("sport", completed_by=3)]),
        ("e", [choices("sky", ground_truth=True), choices("sport", completed_by=2), choices("sport", completed_by=3)]),
        ("f", [choices("sky", updated_at="2026-02-01"), choices("sport", updated_at="2026-01-01")]),
        ("g", []),
        ("h", [choices()]),
        label_column="label",
    )

    found = read(path)
    assert found.decided(several=False) == ({"a": "sky", "d": "sport", "e": "sky", "f": "sky"}, ["c"])
    assert found.skipped == 2


def test_an_export_of_label_studio_in_its_small_form(tmp_path: Path) -> None:
    record = {"item_id": "a", "label_column": "label", "annotator": 1, "annotation_id": 7, "updated_at": "2026-01-01"}
    rows = [
        {**record, "id": 1, "label": "sky"},
        {**record, "id": 1, "label": "sport", "annotator": 2},
        {**record, "id": 1, "label": "sport", "annotator": 3},
        {**record, "id": 2, "item_id": "b", "label": {"choices": ["sky", "sport"]}},
        {**record, "id": 3, "item_id": "c"},
    ]
    (tmp_path / "export.json").write_text(json.dumps(rows))

    found = read(tmp_path / "export.json")
    assert found.decided(several=True) == ({"a": ("sport",), "b": ("sky", "sport")}, [])
    assert found.skipped == 1
    with pytest.raises(RequestError, match=r"the item 'b' has 2 labels, and one is wanted"):
        found.decided(several=False)


def test_an_export_of_label_studio_as_csv(tmp_path: Path) -> None:
    path = csv(
        tmp_path,
        "annotation_id,annotator,created_at,id,item_id,label,label_column,updated_at",
        '1,1,2026-01-01,1,a,"{""choices"": [""sky"", ""sport""]}",label,2026-01-01',
        "2,1,2026-01-01,2,b,sky,label,2026-01-01",
        "3,1,2026-01-01,3,c,,label,2026-01-01",
    )

    found = read(path)
    assert found.decided(several=True) == ({"a": ("sky", "sport"), "b": ("sky",)}, [])
    assert found.skipped == 1


def test_tasks_without_answers_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "tasks.json").write_text(json.dumps([{"data": {"item_id": "a"}, "predictions": []}]))

    with pytest.raises(RequestError, match="holds tasks without answers: export them from Label Studio"):
        read(tmp_path / "tasks.json")


def test_answers_to_another_heads_column_are_passed_over(tmp_path: Path) -> None:
    path = csv(tmp_path, "id,answer,column", "a,sky,topic")

    found = Answers.read(str(path), "desk", others=["topic"])
    assert found is not None
    assert found.votes == ()


@pytest.mark.parametrize(
    ("tasks", "complaint"),
    [
        ([(None, [choices("sky")])], "is an export of another project: none of its 1 tasks has 'item_id'"),
        (
            [("a", [choices("x", name="p"), choices("y", name="q")])],
            "holds choices of p, q: name the one that is meant",
        ),
        (
            [("a", [{"result": [{"type": "rectanglelabels", "from_name": "label", "value": {}}]}])],
            "holds no choices but rectanglelabels: labels of whole items are wanted",
        ),
    ],
)
def test_an_export_of_something_else_is_refused(tasks: list[Any], complaint: str, tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=complaint):
        read(export(tmp_path, *tasks))


def test_choices_of_any_name_are_taken_where_there_are_no_others(tmp_path: Path) -> None:
    path = export(tmp_path, ("a", [choices("sky", name="topic")]))

    assert read(path).decided(several=False) == ({"a": "sky"}, [])


def test_a_json_file_that_is_no_export_is_left_to_the_reader_of_labels(tmp_path: Path) -> None:
    (tmp_path / "l.json").write_text('{"id": "a", "label": "x"}\n{"id": "b", "label": "y"}\n')

    assert Answers.read(str(tmp_path / "l.json"), "label") is None


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(texts, texts, st.sampled_from(["", "ann", "bob"])), max_size=12))
def test_each_item_is_answered_or_a_tie(rows: list[tuple[str, str, str]]) -> None:
    votes = tuple(Vote(id=name, answer=answer, annotator=person) for name, answer, person in rows)

    answers, ties = Answers(path="", votes=votes).decided(several=False)

    assert set(answers).isdisjoint(ties)
    assert set(answers).union(ties) == {vote.id for vote in votes}
    assert all(any((vote.id, vote.answer) == pair for vote in votes) for pair in answers.items())
