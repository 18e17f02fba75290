"""Finds the rows of a feature table that are worth a person's minute."""

from __future__ import annotations

import contextlib
import shlex
import sys
import time
from collections.abc import Sequence
from typing import Any

from launch.jobs.given import AtLeastOne, AtLeastZero, Path, checked, path_of, paths_of
from launch.jobs.result import Result


@checked
def label(
    table: Path,
    *,
    to: Path,
    n: AtLeastOne = 100,
    labels: Path | Sequence[Path] | None = (),
    skip_unknown: bool = False,
    label_column: str | None = None,
    multi_label: str | None = None,
    model: Path | None = None,
    threshold: float = 0.98,
    seed: AtLeastZero = 0,
    version: AtLeastZero | None = None,
) -> Result[dict[str, Any]]:
    """Writes one list of rows worth a person's minute to `to`: as CSV, as tasks of Label Studio, as a page that takes answers.

    They are labels that are likely wrong, near-duplicates that disagree, unlabelled rows that are uncertain, and unlabelled rows
    that are typical of what has no label yet.

    Args:
      n: rows, at most.
      labels: files of labels, in place of the table's own; files of answers, laid over them. All answers are kept in `to`.
      label_column, multi_label: as of `train`; None: those of the model, else "label", and one label an item.
      model: MODELS/NAME or MODELS/NAME/VERSION, whose scores say which rows are uncertain.
      threshold: cosine from which two rows are near-duplicates.

    Returns:
      `to`, counts (`chosen` by reason), `gain` (what the answers gained: accuracy without and with them on the same test rows,
      with intervals; None: nothing to compare), `notes`, `seconds`; the `outcome` has the rows, too.

    Raises:
      RequestError: there is no such table, column or file, or they do not go together.
      RunError: the disk is full.
    """
    started = time.monotonic()
    from launch.terminal import progress
    from transforms.annotation.job import LabelJob
    from transforms.annotation.label import label as make_list
    from transforms.common.progress import METER
    from transforms.heads import model_folder
    from transforms.storage import files
    from transforms.table.open import existing

    folder, trained = None, {}
    if model is not None:
        place, number = model_folder.located(path_of(model))
        folder = files.join(place, str(number))
        trained = (model_folder.lineage_in(folder) or {}).get("head", {})
    job = LabelJob(
        table=path_of(table),
        version=existing(path_of(table), version).version,
        out=path_of(to),
        count=n,
        labels_files=() if labels is None else paths_of(labels),
        skip_unknown=skip_unknown,
        label=label_column or trained.get("label", "label"),
        separator=multi_label if multi_label is not None else trained.get("separator"),
        model=folder,
        threshold=threshold,
        seed=seed,
        command=shlex.join(["vectormill", *(sys.argv[1:] if sys.argv[1:2] == ["label"] else ["label"])]),
    )
    METER.reset()
    with progress.shown() if progress.is_wanted() else contextlib.nullcontext():
        report = make_list(job, progress=METER.begin)
    seconds = time.monotonic() - started
    left_out = ("format", "title", "created", "table_id", "several", "commands", "items", "labels")
    facts = {name: value for name, value in report.items() if name not in left_out}
    return Result({"to": job.out, **facts, "seconds": round(seconds, 2)}, outcome=report, seconds=seconds)
