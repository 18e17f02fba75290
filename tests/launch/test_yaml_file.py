"""YAML files become typed descriptions, or one line says what is wrong where."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field

from launch.yaml_file import Description, misplaced, read_yaml
from transforms.common.errors import RequestError


class Table(Description):
    encoder: str
    inputs: str | list[str]
    most: int | None = None


class Job(Description):
    tables: dict[str, Table] = Field(default_factory=dict)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "tables:\n  a:\n    encodr: x\n    inputs: a\n",
            "line 3, column 5: tables.a: there is no 'encodr': is encoder meant?",
        ),
        ("tabels: 3", "line 1, column 1: there is no 'tabels': is tables meant?"),
        ("tables:\n  a: {zzz: 3}", "line 2, column 7: tables.a: there is no 'zzz': there is encoder, inputs, most"),
        ("tables:\n  a: {inputs: a}\n", "line 2, column 3: tables.a lacks 'encoder'"),
        (
            "tables:\n  a: {encoder: x, inputs: [a, 3]}",
            "line 2, column 19: tables.a.inputs: input should be a valid string",
        ),
        (
            "tables:\n  a: {encoder: x, inputs: a, most: few}",
            "line 2, column 30: tables.a.most: input should be a valid integer, unable to parse string as an integer",
        ),
        (
            "tables:\n  a: {encoder: yes, inputs: e}",
            "line 2, column 7: tables.a.encoder: input should be a valid string",
        ),
        ("tables:\n  a: {}\n  b: {}\n  a: {}", "line 4, column 3: tables.a is given twice"),
        ("tables: [3]", "line 1, column 1: tables: this should be a mapping, NAME: VALUE"),
        ("- 3", "line 1, column 1: the file: this should be a mapping, NAME: VALUE"),
        ("tables: {3: {encoder: e, inputs: e}}", "line 1, column 10: tables.3: a name should be text: write it as '3'"),
        ("a: [", "line 1, column 5: expected the node content, but found '<stream end>'"),
        ("tables:\n\ta: 3", "line 2, column 1: found character '\\t' that cannot start any token"),
        ("!!python/object:os.x {}", "line 1, column 1: could not determine a constructor for the tag"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    path.write_text(text)
    with pytest.raises(RequestError) as refused:
        read_yaml(str(path), Job)
    assert str(refused.value).startswith(f"{path}, {complaint}")


def test_a_good_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    path.write_text("tables:\n  a: &a {encoder: x, inputs: [b, c]}\n  d: *a\n")
    table = Table(encoder="x", inputs=["b", "c"])
    assert read_yaml(str(path), Job) == Job(tables={"a": table, "d": table})
    path.write_text("")
    assert read_yaml(str(path), Job) == Job()


def test_what_is_no_text_or_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    with pytest.raises(RequestError, match=r"job.yaml cannot be read: No such file"):
        read_yaml(str(path), Job)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(RequestError, match=r"job.yaml is no UTF-8 text, from byte 0"):
        read_yaml(str(path), Job)


def test_later_refusals_name_the_place_too(tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    path.write_text("tables:\n  a:\n    encoder: x\n    inputs:\n      - b\n      - c\n")
    assert str(misplaced(str(path), ("tables", "a", "inputs", 1), "no such file")) == (
        f"{path}, line 6, column 9: tables.a.inputs.1: no such file"
    )
