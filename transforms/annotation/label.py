"""Makes a list of rows to label: takes in all answers, looks at the table, chooses rows, writes the list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from transforms.annotation.all_answers import AllAnswers
from transforms.annotation.job import LabelJob, Survey
from transforms.annotation.outputs import require_place, write_list
from transforms.annotation.survey import known_rows, opened, survey
from transforms.storage import files
from transforms.storage.write_errors import writing


def label(job: LabelJob, *, progress: Callable[[str], None] = lambda words: None) -> dict[str, Any]:
    """Makes the list; returns what `label.json` holds.

    Answers are kept before anything else is done.

    Raises:
      RequestError: there is no such table or file, they do not go together, or the column holds no classes.
      RunError: the folder cannot be written to.
    """
    require_place(job.out)
    everything = AllAnswers.read(job.out, job.labels_files, job.label)
    own = replace(job, labels_files=everything.plain)
    columns, training = opened(own)
    if not job.skip_unknown:
        for given in everything.given:
            given.require_known(columns.columns["id"])
    answers, answered = everything.answers, set[str]()
    if answers is not None:
        answered = set(answers.decided(several=job.separator is not None)[0])
        with writing(job.out):
            files.make_folder(job.out)
            everything.save()
    known = known_rows(own, columns, training, None if answers is None else answers.path, answered)
    found = survey(own, known, progress=progress)
    skipped = sum(given.skipped for given in everything.given if not given.path.startswith(job.out))
    notes = [*everything.notes, *([f"{skipped:,} tasks were skipped"] if skipped else []), *found.notes]
    progress("writing")
    with writing(job.out):
        files.make_folder(job.out)
        return write_list(own, known, Survey(chosen=found.chosen, facts=found.facts, notes=tuple(notes)))
