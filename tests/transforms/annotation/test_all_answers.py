from __future__ import annotations

from pathlib import Path

import pytest

from transforms.annotation.all_answers import AllAnswers
from transforms.common.errors import RequestError
from transforms.heads.rows.answers import Answers


def write(path: Path, *lines: str) -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def decided(folder: Path, *files: str) -> dict[str, object]:
    """What is answered once the files were taken in."""
    found = AllAnswers.read(str(folder), files, "label")
    found.save()
    kept = Answers.read(str(folder / "answers.csv"), "label")
    assert kept is not None
    return dict(kept.decided(several=False)[0])


def test_answers_of_several_rounds_add_up_and_the_last_counts(tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = write(tmp_path / "a.csv", "id,answer", "x,sky", "y,sky")
    second = write(tmp_path / "b.csv", "id,answer", "y,sport", "z,sky")

    assert decided(out, first) == {"x": "sky", "y": "sky"}
    assert decided(out, second) == {"x": "sky", "y": "sport", "z": "sky"}
    assert decided(out) == {"x": "sky", "y": "sport", "z": "sky"}


def test_an_old_answer_does_not_undo_a_later_one(tmp_path: Path) -> None:
    new = write(tmp_path / "a.csv", "id,answer,time", "x,sky,2026-02-01")
    old = write(tmp_path / "b.csv", "id,answer,time", "x,sport,2026-01-01")

    assert decided(tmp_path / "out", new) == {"x": "sky"}
    assert decided(tmp_path / "out", old) == {"x": "sky"}


def test_people_of_several_files_vote(tmp_path: Path) -> None:
    files = [
        write(tmp_path / f"{name}.csv", "id,answer,annotator", f"x,{answer},{name}")
        for name, answer in (("ann", "sky"), ("bob", "sport"), ("cat", "sport"))
    ]

    assert decided(tmp_path / "out", *files[:2]) == {}
    assert decided(tmp_path / "out", files[2]) == {"x": "sport"}


def test_answers_of_nobody_that_contradict_each_other_are_left_out(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "id,answer", "x,sky", "x,sport", "y,sky")

    found = AllAnswers.read(str(tmp_path / "out"), [file], "label")

    assert found.answers is not None
    assert found.answers.decided(several=False) == ({"y": "sky"}, [])
    assert found.notes == (f"{file}: 1 items have several answers, such as x: left out",)


def test_what_is_written_into_the_list_is_an_answer(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out / "label.csv", "id,answer,column,text", "x,sky,label,a", "y,,label,b")
    labels = write(tmp_path / "labels.csv", "id,label", "x,sport")

    found = AllAnswers.read(str(out), [labels], "label")

    assert found.plain == (labels,)
    assert decided(out, labels) == {"x": "sky"}


def test_a_list_of_another_column_is_not_written_over(tmp_path: Path) -> None:
    write(tmp_path / "out" / "label.csv", "id,answer,column,text", "x,sky,topic,a")

    with pytest.raises(RequestError, match="answers the column 'topic', not 'label'"):
        AllAnswers.read(str(tmp_path / "out"), [], "label")
