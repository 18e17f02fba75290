"""Compares two versions of a model on the same rows: whose predicted label flipped, in which direction, and why."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.arrays import Mask
from transforms.common.errors import RequestError
from transforms.common.intervals import mean_interval, share
from transforms.compare.difference_files import DifferenceFiles
from transforms.compare.predictions import (
    GivenRows,
    Predictions,
    ScoredBy,
    labels_of,
    scored,
    scored_vectors,
    selected_rows,
    test_rows,
    trained_on,
)
from transforms.heads.evaluate_published import is_own_table
from transforms.heads.rows.row_columns import RowColumns
from transforms.heads.serve.served_model import ServedModel
from transforms.search.measure.samples import pictures_of
from transforms.storage import files
from transforms.table.snapshot import Snapshot

FORMAT = "vectormill-model-diff-1"
REASONS = {
    "encoder": "the vectors are of another encoder",
    "row new": "the row was not in the table that the earlier version was trained on",
    "row encoded anew": "the item has changed since the earlier version was trained, and so has its vector",
    "parameter": "other options of the training",
    "head": "the head was trained anew, on other rows",
}
"""Why a prediction flipped, the one that is said first."""

_EXAMPLES = 20
_PAIRS = 20
_LONGEST = 300
_FLIPS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("source", pa.string()),
        pa.field("label", pa.string()),
        pa.field("before", pa.string(), nullable=False),
        pa.field("after", pa.string(), nullable=False),
        pa.field("direction", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("score_before", pa.float32()),
        pa.field("score_after", pa.float32()),
    ]
)


def compare_models(
    before: ServedModel, after: ServedModel, given: GivenRows, tables: DifferenceFiles
) -> dict[str, Any]:
    """The report of what `after` changed against `before`; `transforms.compare.report` shows it.

    Of the table that a model was trained on, only its test rows count. A model that knows vectors of another encoder than the
    table has scores the version that it was trained on, where that is still there, else the raw items.

    `tables` get `flips`: every row whose prediction changed.

    Raises:
      RequestError: the table does not go with the models, or has no row that counts.
    """
    columns, labels = labels_of(after, given)
    wanted = np.ones(given.snapshot.rows, np.bool_)
    which = "all rows"
    for model in (before, after):
        if not given.all_rows and is_own_table(model, given.table, given.snapshot, columns):
            wanted &= test_rows(model, given)
            which = "test rows, which neither version was trained on"
    if not wanted.any():
        raise RequestError(
            f"{given.table} has no row to compare the models on: give another table with --on, or --all-rows"
        )
    first, second = (scored(model, given, wanted) for model in (before, after))
    return _Comparison(before, after, given, first, second, which=which).report(columns, labels, wanted, tables)


def compare_scored(before: ScoredBy, after: ScoredBy, tables: DifferenceFiles) -> dict[str, Any]:
    """The same of two models that know vectors of different tables of the same items; rows are those of `after`'s table."""
    given = GivenRows(table=after.table, snapshot=after.snapshot)
    columns, labels = labels_of(after.model, given)
    wanted = test_rows(after.model, given)
    ids = columns.columns["id"].combine_chunks().cast(pa.string())
    others = GivenRows(table=before.table, snapshot=before.snapshot)
    theirs = labels_of(before.model, others)[0].columns["id"].combine_chunks().cast(pa.string())
    tested = theirs.filter(pa.array(test_rows(before.model, others)))
    wanted &= pc.is_in(ids, value_set=tested).to_numpy(zero_copy_only=False)
    if not wanted.any():
        raise RequestError(
            f"{before.table} and {after.table} have no test row in common: there is nothing to compare on"
        )
    first = scored_vectors(before.model, before.table, before.snapshot, ids.filter(pa.array(wanted)))
    second = scored_vectors(after.model, after.table, after.snapshot, None, wanted=wanted)
    which = "test rows, which neither version was trained on"
    return _Comparison(before.model, after.model, given, first, second, which=which).report(
        columns, labels, wanted, tables
    )


class _Comparison:
    def __init__(
        self,
        before: ServedModel,
        after: ServedModel,
        given: GivenRows,
        first: Predictions,
        second: Predictions,
        *,
        which: str,
    ) -> None:
        self._models, self._given, self._which = (before, after), given, which
        self._first, self._second = first, second

    def report(
        self, columns: RowColumns, labels: list[str | None], wanted: Mask, tables: DifferenceFiles
    ) -> dict[str, Any]:
        at = np.flatnonzero(wanted)
        names = columns.columns["id"].take(pa.array(at)).to_pylist()
        rows = [
            (name, labels[row])
            for name, row in zip(names, at.tolist(), strict=True)
            if name in self._first.labels and name in self._second.labels
        ]
        if not rows:
            raise RequestError(
                f"no row of {self._given.table} can be scored by both models: give another table with --on"
            )
        old, new = self._first.labels, self._second.labels
        flipped = [(name, label) for name, label in rows if old[name] != new[name]]
        reasons = self._reasons([name for name, _ in flipped])
        flips = [self._flip(name, label, reasons[name]) for name, label in flipped]
        self._describe(flips)
        tables.write_rows("flips", [{name: flip[name] for name in _FLIPS.names} for flip in flips], _FLIPS)
        directions = Counter(flip["direction"] for flip in flips)
        before, after = self._models
        known = [(name, label) for name, label in rows if label is not None]
        order = ("right to wrong", "wrong to right", "wrong to wrong", "no label")
        shown = sorted(
            flips, key=lambda flip: (order.index(flip["direction"]), -(flip["score_after"] or 0), flip["id"])
        )
        return {
            "format": FORMAT,
            "kind": "model",
            "title": f"{files.parent(after.folder)}: version {_number(before)} to {_number(after)}",
            "path": files.parent(after.folder),
            "before": _version(before),
            "after": _version(after),
            "labels": {
                "added": [name for name in after.labels if name not in before.labels],
                "removed": [name for name in before.labels if name not in after.labels],
            },
            "options_changed": _changed_options(before, after),
            "on": {
                "table": self._given.table,
                "version": self._given.snapshot.version,
                "which": self._which,
                "rows": len(rows),
                "labelled": len(known),
                "not_scored": int(wanted.sum()) - len(rows),
            },
            "flips": {
                "rows": len(flips),
                "share": share(len(flips), len(rows)).to_json(),
                **{name.replace(" ", "_"): directions[name] for name in order},
            },
            "accuracy": _accuracy(known, old, new),
            "per_class": _per_class(known, old, new),
            "pairs": [
                {"before": one, "after": other, "rows": count}
                for (one, other), count in Counter((flip["before"], flip["after"]) for flip in flips).most_common(
                    _PAIRS
                )
            ],
            "reasons": _counted(flips),
            "examples": self._with_pictures(shown[:_EXAMPLES]),
        }

    def _flip(self, name: str, label: str | None, reason: str) -> dict[str, Any]:
        old, new = self._first.labels[name], self._second.labels[name]
        direction = "no label" if label is None else f"{_right(old, label)} to {_right(new, label)}"
        return {
            "id": name,
            "source": None,
            "label": label,
            "before": old,
            "after": new,
            "direction": direction,
            "reason": reason,
            "score_before": self._first.scores[name],
            "score_after": self._second.scores[name],
        }

    def _reasons(self, ids: list[str]) -> dict[str, str]:
        before, after = self._models
        if before.fact("encoder")["fingerprint"] != after.fact("encoder")["fingerprint"]:
            return dict.fromkeys(ids, "encoder")
        rest = "parameter" if _changed_options(before, after) else "head"
        found = dict.fromkeys(ids, rest)
        trained = trained_on(before, self._given)
        if trained is not None and trained.parts != self._given.snapshot.parts and ids:
            then = self._contents(trained, ids)
            now = self._contents(self._given.snapshot, ids)
            for name in ids:
                if name not in then:
                    found[name] = "row new"
                elif then[name] != now.get(name):
                    found[name] = "row encoded anew"
        return found

    def _contents(self, snapshot: Snapshot, ids: list[str]) -> dict[str, str]:
        return {row["id"]: row["content"] for row in selected_rows(self._given.table, snapshot, ids, ["id", "content"])}

    def _describe(self, flips: list[dict[str, Any]]) -> None:
        """Adds source and text."""
        names = [name for name in ("id", "source", "text") if name in self._given.snapshot.schema.names]
        by_id = {flip["id"]: flip for flip in flips}
        for row in selected_rows(self._given.table, self._given.snapshot, list(by_id), names):
            by_id[row["id"]]["source"] = row["source"]
            by_id[row["id"]]["text"] = (row.get("text") or "")[:_LONGEST] or None

    def _with_pictures(self, flips: list[dict[str, Any]]) -> list[dict[str, Any]]:
        pictures = pictures_of(self._given.snapshot, flips)
        return [{**flip, "thumbnail": pictures.get(flip["id"])} for flip in flips]


def _right(predicted: str, label: str) -> str:
    return "right" if predicted == label else "wrong"


def _number(model: ServedModel) -> int:
    return int(files.basename(model.folder))


def _version(model: ServedModel) -> dict[str, Any]:
    encoder, rows = model.fact("encoder"), model.fact("rows")
    return {
        "version": _number(model),
        "created": model.fact("created"),
        "encoder": encoder["name"],
        "encoder_fingerprint": encoder["fingerprint"],
        "trained_on": {"table": model.fact("table")["path"], "version": model.fact("table")["version"], **rows},
        "head": "fine-tuned" if model.fact("fine_tuned") else model.fact("head").get("kind", "linear"),
        "labels": list(model.labels),
    }


def _changed_options(before: ServedModel, after: ServedModel) -> list[str]:
    """Names of the options of a training that are others."""
    old, new = (
        {
            **{name: value for name, value in model.fact("head").items() if name != "name"},
            **{
                f"split {name}": value
                for name, value in model.fact("split").items()
                if name not in ("salt", "by", "name")
            },
            **{name: value for name, value in model.fact("inputs").items() if name not in ("dim", "heads")},
        }
        for model in (before, after)
    )
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))


def _accuracy(known: list[tuple[str, str]], old: dict[str, str], new: dict[str, str]) -> dict[str, Any] | None:
    if not known:
        return None
    right = np.array([[old[name] == label, new[name] == label] for name, label in known], np.int64)
    return {
        "before": share(int(right[:, 0].sum()), len(known)).to_json(),
        "after": share(int(right[:, 1].sum()), len(known)).to_json(),
        "difference": mean_interval(right[:, 1] - right[:, 0], ends=(-1.0, 1.0)).to_json(),
    }


def _per_class(known: list[tuple[str, str]], old: dict[str, str], new: dict[str, str]) -> list[dict[str, Any]]:
    """By label: its rows, how many either version has right, and the flips of each direction."""
    found: dict[str, Counter[str]] = {}
    for name, label in known:
        counts = found.setdefault(label, Counter())
        was, now = _right(old[name], label), _right(new[name], label)
        counts["rows"] += 1
        counts["right_before"] += was == "right"
        counts["right_after"] += now == "right"
        if old[name] != new[name]:
            counts[f"{was}_to_{now}"] += 1
    names = ("rows", "right_before", "right_after", "right_to_wrong", "wrong_to_right", "wrong_to_wrong")
    by_rows = sorted(found.items(), key=lambda one: (-one[1]["rows"], one[0]))
    return [{"label": label, **{name: counts[name] for name in names}} for label, counts in by_rows]


def _counted(flips: list[dict[str, Any]]) -> list[dict[str, Any]]:
    counts = Counter(flip["reason"] for flip in flips)
    return [{"reason": name, "rows": counts[name], "words": words} for name, words in REASONS.items() if counts[name]]
