"""Reads answers of people: a table with the columns id and answer, or an export of Label Studio (JSON, JSON-MIN, CSV).

Answers are laid over the labels that there are, where a file of labels stands in their place. Of several people's answers to one
item the most frequent counts, and none where that is a tie; of one person's the last. Those that Label Studio calls ground truth
count alone. What was skipped or cancelled is no answer.

Label Studio: https://labelstud.io/guide/task_format and https://labelstud.io/guide/export; JSON-MIN gives a task's `id` its own
number, so that the row's id travels as `item_id`.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.heads.rows.label_file import read_columns
from transforms.storage import files

ITEM_ID, COLUMN, CONTROL = "item_id", "label_column", "label"
"""In tasks of Label Studio: the row's id, the column that is asked for, and the name of the choices."""
HEADER = ("id", "answer", "column", "annotator", "time")
"""Columns of a file of answers; the first two are needed."""

_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class Vote:
    """One person's answer to one item.

    Attributes:
      answer: the label as it is written (of several: as a JSON list), or the labels.
      column: of the labels that was asked for; "": not said.
      annotator: "" where nobody is named.
      time: when, in a form whose order is that of time; "" where it is not said.
      is_ground_truth: it counts more than any other.
    """

    id: str
    answer: str | tuple[str, ...]
    column: str = ""
    annotator: str = ""
    time: str = ""
    is_ground_truth: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Answers:
    """The answers of one file.

    Attributes:
      votes: all of them, in the file's order.
      skipped: tasks that were skipped, cancelled or left empty.
    """

    path: str
    votes: tuple[Vote, ...]
    skipped: int = 0

    @staticmethod
    def read(path: str, column: str, *, others: Sequence[str] = ()) -> Answers | None:
        """The answers in a file about this column of labels; None where it is a file of labels, or of anything else.

        Args:
          others: columns of other heads, whose answers are passed over.

        Raises:
          RequestError: it is an export of Label Studio without the ids of rows, or without choices; all answers are about
            another column; or the file cannot be read.
        """
        found = _of_export(path) if path.lower().endswith(".json") else None
        found = found or _of_table(path, column)
        return None if found is None else found._of_column(column, others)

    def _of_column(self, column: str, others: Sequence[str]) -> Answers:
        ours = tuple(vote for vote in self.votes if vote.column in ("", column))
        strange = sorted({vote.column for vote in self.votes} - {"", column, *others})
        if strange:
            raise RequestError(f"{self.path} answers the column {strange[0]!r}, not {column!r}: give --label-column")
        return Answers(path=self.path, votes=ours, skipped=self.skipped)

    def decided(
        self, *, several: bool, separator: str | None = None
    ) -> tuple[dict[str, str | tuple[str, ...]], list[str]]:
        """The answer to each id (`several`: its labels, in text a JSON list or with `separator` between), and the ids of ties.

        Raises:
          RequestError: an item that may have one label got several.
        """
        by_id: dict[str, list[Vote]] = {}
        for vote in self.votes:
            by_id.setdefault(vote.id, []).append(vote)
        answers: dict[str, str | tuple[str, ...]] = {}
        ties: list[str] = []
        for name, votes in by_id.items():
            counts = Counter(self._cell(vote, several, separator) for vote in _last_of_each(votes)).most_common(2)
            if len(counts) > 1 and counts[0][1] == counts[1][1]:
                ties.append(name)
            else:
                answers[name] = counts[0][0]
        return answers, ties

    def _cell(self, vote: Vote, several: bool, separator: str | None) -> str | tuple[str, ...]:
        if several:
            return tuple(sorted(set(_listed(vote.answer, separator))))
        if isinstance(vote.answer, str):
            return vote.answer
        if len(vote.answer) == 1:
            return vote.answer[0]
        raise RequestError(
            f"{self.path}: the item {vote.id!r} has {len(vote.answer)} labels, and one is wanted: to learn several labels an"
            " item give --multi-label SEPARATOR"
        )

    def require_known(self, ids: pa.ChunkedArray) -> None:
        """Refuses answers to ids that are none of the table's `ids`.

        Raises:
          RequestError: how many, and what they look like.
        """
        given = {vote.id for vote in self.votes}
        strange = sorted(given.difference(ids.to_pylist()))
        if strange:
            raise RequestError(
                f"{len(strange):,} of the {len(given):,} ids of {self.path} are not in the table, such as"
                f" {', '.join(map(repr, strange[:_NAMED]))}: answers to another table? To pass over them: --skip-unknown"
            )


def write_answers(path: str, votes: Iterable[Vote]) -> None:
    """Writes votes as a CSV file that `Answers.read` reads."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for vote in votes:
        answer = vote.answer if isinstance(vote.answer, str) else json.dumps(vote.answer, ensure_ascii=False)
        writer.writerow((vote.id, answer, vote.column, vote.annotator, vote.time))
    files.write(path, out.getvalue().encode())


def _last_of_each(votes: Sequence[Vote]) -> list[Vote]:
    """The last vote of each person; of people without a name and a time, every one."""
    trusted = [vote for vote in votes if vote.is_ground_truth]
    latest: dict[object, Vote] = {}
    for number, vote in enumerate(sorted(trusted or votes, key=lambda vote: vote.time)):
        latest[vote.annotator if vote.annotator or vote.time else number] = vote
    return list(latest.values())


def _listed(answer: str | tuple[str, ...], separator: str | None) -> tuple[str, ...]:
    if isinstance(answer, tuple):
        return answer
    try:
        found = json.loads(answer)
    except ValueError:
        found = None
    if isinstance(found, list):
        return tuple(map(str, found))
    pieces = [answer] if separator is None else answer.split(separator)
    return tuple(piece.strip() for piece in pieces if piece.strip())


def _of_table(path: str, column: str) -> Answers | None:
    """The answers in a table, unless it has the labels that are asked for, and says of no column that it is answered."""
    there = read_columns(path, HEADER[1:])
    if {"annotation_id", ITEM_ID} <= set(there.column_names):
        return _of_flat_table(path, there.column_names)
    names = [name for name in HEADER if name in there.column_names]
    if not {"id", "answer"} <= set(names) or (column in there.column_names and "column" not in names):
        return None
    rows = (there if len(names) == len(HEADER) else read_columns(path, names[1:])).to_pylist()
    votes = [
        Vote(
            id=row["id"],
            answer=row["answer"] if isinstance(row["answer"], str) else tuple(row["answer"]),
            column=row.get("column") or "",
            annotator=row.get("annotator") or "",
            time=row.get("time") or "",
        )
        for row in rows
        if row["id"] and row["answer"] is not None and row["answer"] != ""
    ]
    return Answers(path=path, votes=tuple(votes), skipped=len(rows) - len(votes))


# ---- Label Studio -----------------------------------------------------------------------------------------


def _of_export(path: str) -> Answers | None:
    try:
        found = json.loads(files.read(path))
    except (OSError, ValueError):  # the reader of tables says what is wrong
        return None
    tasks = found if isinstance(found, list) else [found]
    if not all(isinstance(task, dict) for task in tasks):
        return None
    if tasks and all("data" in task for task in tasks):
        if not any("annotations" in task or "completions" in task for task in tasks):
            raise RequestError(
                f"{path} holds tasks without answers: export them from Label Studio once they are labelled"
            )
        return _export(path, tasks, list(_results(path, tasks)))
    if tasks and all("annotation_id" in task for task in tasks):
        return _export(path, tasks, list(_flat_results(path, tasks)))
    return None


@dataclass(frozen=True)
class _Result:
    """What one annotation says: the task's data, the annotation, and the labels; None: it was skipped."""

    data: Mapping[str, Any]
    annotation: Mapping[str, Any]
    labels: tuple[str, ...] | None


def _export(path: str, tasks: Sequence[Mapping[str, Any]], results: Sequence[_Result]) -> Answers:
    named = [result for result in results if _item_id(result.data) is not None]
    if results and not named:
        raise RequestError(
            f"{path} is an export of another project: none of its {len(tasks):,} tasks has {ITEM_ID!r} in its data, the id"
            " of a row; export the project that tasks.json of `vectormill label` was imported to, or write a CSV file with the"
            " columns id and answer"
        )
    votes = [
        Vote(
            id=str(_item_id(result.data)),
            answer=result.labels,
            column=str(result.data.get(COLUMN) or ""),
            annotator=_person(result.annotation.get("completed_by", result.annotation.get("annotator"))),
            time=str(result.annotation.get("updated_at") or result.annotation.get("created_at") or ""),
            is_ground_truth=bool(result.annotation.get("ground_truth")),
        )
        for result in named
        if result.labels is not None
    ]
    return Answers(path=path, votes=tuple(votes), skipped=len(results) - len(votes))


def _item_id(data: Mapping[str, Any]) -> Any:
    return data.get(ITEM_ID)


def _person(given: Any) -> str:
    if isinstance(given, Mapping):
        given = given.get("id", given.get("email"))
    return "" if given is None else str(given)


def _results(path: str, tasks: Sequence[Mapping[str, Any]]) -> Iterator[_Result]:
    """The annotations of an export in the form JSON; old ones call them completions."""
    annotated = [
        (task["data"], annotation)
        for task in tasks
        for annotation in task.get("annotations", task.get("completions")) or ()
    ]
    kinds = Counter(
        (result.get("type"), result.get("from_name")) for _, annotation in annotated for result in annotation["result"]
    )
    controls = sorted({str(name) for kind, name in kinds if kind == "choices"})
    if kinds and not controls:
        raise RequestError(f"{path} holds no choices but {next(iter(kinds))[0]}: labels of whole items are wanted")
    control = CONTROL if CONTROL in controls or not controls else controls[0]
    if control != CONTROL and len(controls) > 1:
        raise RequestError(f"{path} holds choices of {', '.join(controls)}: name the one that is meant {CONTROL!r}")
    for data, annotation in annotated:
        is_skipped = annotation.get("was_cancelled") or annotation.get("skipped")
        chosen = [
            str(label)
            for result in annotation["result"]
            if result.get("type") == "choices" and result.get("from_name") == control
            for label in result["value"]["choices"]
        ]
        yield _Result(data, annotation, None if is_skipped or not chosen else tuple(chosen))


def _of_flat_table(path: str, names: Sequence[str]) -> Answers:
    """The annotations of an export in the form CSV or TSV: JSON-MIN, with several choices as JSON."""
    wanted = (ITEM_ID, COLUMN, CONTROL, "annotator", "updated_at", "created_at")
    records = read_columns(path, [name for name in wanted if name in names]).to_pylist()
    for record in records:
        if (record.get(CONTROL) or "").startswith('{"choices"'):
            record[CONTROL] = json.loads(record[CONTROL])
    return _export(path, records, list(_flat_results(path, records)))


def _flat_results(path: str, records: Sequence[Mapping[str, Any]]) -> Iterator[_Result]:
    """The annotations of an export in the form JSON-MIN: a record each, of which skipped ones are left out already."""
    if not any(CONTROL in record for record in records):
        raise RequestError(
            f"{path}: no record has {CONTROL!r}, the name of the choices in a project of `vectormill label`: name them so"
        )
    for record in records:
        given = record.get(CONTROL)
        labels = given.get("choices") if isinstance(given, Mapping) else [given] if given else None
        yield _Result(record, record, None if not labels else tuple(map(str, labels)))
