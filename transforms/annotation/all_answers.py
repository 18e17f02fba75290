"""Keeps every answer that was given: those of a folder's earlier lists, and those of new files, in one file.

FOLDER/answers.csv has the last answer of each person to each item. What a person wrote into the column `answer` of
FOLDER/label.csv belongs to it, too, so that a new list in its place loses nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from transforms.heads.rows.answers import Answers, Vote, write_answers
from transforms.storage import files

ANSWERS, LIST = "answers.csv", "label.csv"

_NAMED = 3


@dataclass(frozen=True, eq=False, kw_only=True)
class AllAnswers:
    """All answers that concern one folder.

    Attributes:
      plain: of the given files those that are files of labels.
      given: the answers of the others, and of the folder's list.
      answers: all answers to the column; None: there is none.
      notes: words for the person about conflicts.
    """

    plain: tuple[str, ...]
    given: tuple[Answers, ...]
    answers: Answers | None
    notes: tuple[str, ...]

    @staticmethod
    def read(folder: str, labels_files: Sequence[str], column: str) -> AllAnswers:
        """Reads what the folder has, and the given files.

        Raises:
          RequestError: a file cannot be read, or answers another column.
        """
        found = {path: Answers.read(path, column) for path in labels_files}
        listed = files.join(folder, LIST)
        earlier = Answers.read(kept, column) if files.exists(kept := files.join(folder, ANSWERS)) else None
        written = Answers.read(listed, column) if files.exists(listed) and listed not in found else None
        given = [one for one in (written, *found.values()) if one is not None]
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        votes = list(earlier.votes) if earlier is not None else []
        notes: list[str] = []
        for one in given:
            agreed, ties = _agreed(one.votes)
            votes += (replace(vote, time=vote.time or now, column=column) for vote in agreed)
            if ties:
                notes.append(
                    f"{one.path}: {len(ties):,} items have several answers, such as {', '.join(ties[:_NAMED])}: left out"
                )
        return AllAnswers(
            plain=tuple(path for path, answers in found.items() if answers is None),
            given=tuple(given),
            answers=Answers(path=kept, votes=_last(votes)) if votes else None,
            notes=tuple(notes),
        )

    def save(self) -> None:
        """Writes FOLDER/answers.csv, where there is an answer."""
        if self.answers is not None:
            write_answers(self.answers.path, self.answers.votes)


def _agreed(votes: Iterable[Vote]) -> tuple[list[Vote], list[str]]:
    """The votes of one file without those of nobody that contradict each other, and the ids of these.

    Of an item with ground truth only that.
    """
    by_id: dict[str, list[Vote]] = {}
    for vote in votes:
        by_id.setdefault(vote.id, []).append(vote)
    agreed: list[Vote] = []
    ties: list[str] = []
    for name, found in by_id.items():
        trusted = [vote for vote in found if vote.is_ground_truth] or found
        nameless = [vote for vote in trusted if not (vote.annotator or vote.time)]
        if len({vote.answer for vote in nameless}) > 1:
            ties.append(name)
            trusted = [vote for vote in trusted if vote.annotator or vote.time]
        agreed += trusted
    return agreed, ties


def _last(votes: Iterable[Vote]) -> tuple[Vote, ...]:
    """The last vote of each person to each item."""
    latest: dict[tuple[str, str], Vote] = {}
    for vote in votes:
        before = latest.get((vote.id, vote.annotator))
        if before is None or vote.time >= before.time:
            latest[vote.id, vote.annotator] = vote
    return tuple(latest.values())
