"""Evaluates scored rows: computes the numbers of a report, and picks the rows that its page shows.

The rows are those of the test side (or, for `vectormill evaluate`, of a table). Scores are in memory, [n, K]; of the other
columns only what a page shows: values of slices, the most confident mistakes, some hundred points of the map.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.arrays import Mask
from transforms.common.errors import RequestError
from transforms.heads.evaluation import metrics
from transforms.heads.evaluation.calibration import ece
from transforms.heads.evaluation.scores import THRESHOLD
from transforms.heads.rows.labels import Labels, text_of
from transforms.table.raw_items import raw_items, thumbnail
from transforms.table.schema import kept_columns
from transforms.table.snapshot import Snapshot
from transforms.table.vectors import TableVectors

FORMAT = "vectormill-report-1"
_MISTAKES = 40
_MAP_POINTS = 800
_MOST_VALUES = 20
_QUARTILES = 4
_LONGEST_TEXT = 300

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False, kw_only=True)
class Evaluation:
    """Scored rows.

    Attributes:
      rows: positions in the table, int64 [n], rising.
      scores: float32 [n, K].
      raw_scores: the same before the temperature, None where unknown.
      others: what else was scored on the same rows, by name: the majority class, the published version.
    """

    table: str
    snapshot: Snapshot
    labels: Labels
    rows: npt.NDArray[np.int64]
    scores: Scores
    raw_scores: Scores | None
    others: Mapping[str, Scores]

    @property
    def truth(self) -> npt.NDArray[Any]:
        return self.labels.codes[self.rows]

    @property
    def several(self) -> bool:
        return self.labels.several

    def gain(self, name: str) -> metrics.Interval:
        """Accuracy over another's, on the same rows."""
        return metrics.gain(self.scores, self.others[name], self.truth, multi_label=self.several)

    def report_parts(self) -> dict[str, Any]:
        """The measured parts of a report."""
        truth = self.truth
        measure = metrics.measure_multi if self.several else metrics.measure
        parts = measure(self.scores, truth, self.labels.names).to_json()
        if self.raw_scores is not None:
            parts["reliability"]["ece_uncalibrated"] = ece(self.raw_scores, truth)
        parts["comparison"] = [self._compared("this model", self.scores, None)]
        parts["comparison"] += [self._compared(name, scores, self.gain(name)) for name, scores in self.others.items()]
        parts["slices"] = self._slices()
        parts["mistakes"] = self._mistakes()
        parts["map"] = self._map()
        return parts

    def _compared(self, name: str, scores: Scores, gain: metrics.Interval | None) -> dict[str, Any]:
        figures = metrics.quick_metrics(scores, self.truth, multi_label=self.several)
        return {
            "name": name,
            "metrics": {figure: value.to_json() for figure, value in figures.items()},
            "gain": None if gain is None else gain.to_json(),
        }

    def _columns(self, names: Sequence[str], positions: npt.NDArray[np.int64]) -> pa.Table:
        """Columns of some of the rows; `positions` rise."""
        wanted = np.zeros(self.snapshot.rows, np.bool_)
        wanted[positions] = True
        return pa.Table.from_batches(
            batch for _, batch in TableVectors(self.table, self.snapshot).chosen(wanted, names)
        )

    def _slices(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        names = kept_columns(self.snapshot.schema).names
        columns = self._columns(["id", *names], self.rows)
        for name in names:
            values = _slice_values(columns[name])
            if values is not None:
                found += metrics.slices(self.scores, self.truth, name, values, multi_label=self.several)
        return found

    def _mistakes(self) -> list[dict[str, Any]]:
        truth, scores = self.truth, self.scores
        if self.several:
            given = scores >= THRESHOLD
            wrong = (given != truth).any(axis=1)
            confidence = np.where(given != truth, np.maximum(scores, 1 - scores), 0).max(axis=1)
        else:
            given = scores.argmax(axis=1)
            wrong, confidence = given != truth, scores.max(axis=1)
        order = np.flatnonzero(wrong)
        order = order[np.argsort(-confidence[order], kind="stable")][:_MISTAKES]
        shown = self._shown(order)
        return [
            {
                **shown[int(at)],
                "label": self._label_text(truth[at]),
                "predicted": self._label_text(given[at]),
                "score": float(confidence[at]),
            }
            for at in order
        ]

    def _label_text(self, code: Any) -> str:
        names = self.labels.names
        if self.several:
            return ", ".join(name for name, there in zip(names, code, strict=True) if there) or "(none)"
        return names[int(code)]

    def _map(self) -> dict[str, Any]:
        count = min(_MAP_POINTS, len(self.rows))
        chosen = np.sort(np.random.default_rng(0).permutation(len(self.rows))[:count])
        wanted = np.zeros(self.snapshot.rows, np.bool_)
        wanted[self.rows[chosen]] = True
        chunks = list(TableVectors(self.table, self.snapshot).chunks(wanted))
        points = _flat(np.concatenate([chunk.vectors for chunk in chunks]))
        shown = self._shown(chosen)
        note = f"t-SNE of the vectors of {count:,} of the {len(self.rows):,} rows that were evaluated."
        return {
            "points": [
                {"x": float(x), "y": float(y), "label": self._label_text(self.truth[at]), **shown[int(at)]}
                for (x, y), at in zip(points, chosen, strict=True)
            ],
            "note": note,
        }

    def _shown(self, order: npt.NDArray[np.int64]) -> dict[int, dict[str, Any]]:
        """What a page shows of these rows (positions among the evaluated): id, and text or thumbnail."""
        rising = np.sort(order)
        positions = self.rows[rising]
        ids = self._columns(["id"], positions)["id"].to_pylist() if len(rising) else []
        wanted = np.zeros(self.snapshot.rows, np.bool_)
        wanted[positions] = True
        try:
            payloads = dict(raw_items(self.table, self.snapshot, wanted)) if len(rising) else {}
        except (RequestError, OSError):  # a corpus that has moved costs its pictures, not the report
            payloads = {}
        is_text = self.snapshot.about.modality == "text" or "text" in self.snapshot.schema.names
        found = {}
        for at, name in zip(rising.tolist(), ids, strict=True):
            payload = payloads.get(name)
            text = payload.decode("utf-8", "replace") if payload is not None and is_text else None
            found[at] = {
                "id": name,
                "text": text if text is None or len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…",
                "thumbnail": thumbnail(payload) if payload is not None and not is_text else None,
            }
        return found


def rows_by_side(labels: Labels, sides: Mapping[str, Mask]) -> dict[str, Any]:
    """Rows and labels of each side, as in a report."""
    return {name: {"rows": int(rows.sum()), "per_label": labels.counts(rows)} for name, rows in sides.items()}


def _slice_values(column: pa.ChunkedArray) -> list[str | None] | None:
    """A column's values as names of slices: as they are where these are few, numbers in quarters; None: it has no slices."""
    if pa.types.is_nested(column.type):
        return None
    if len(pc.unique(column)) <= _MOST_VALUES:
        try:
            values: list[str | None] = text_of(column).to_pylist()
        except RequestError:
            values = [None if value is None else str(value) for value in column.to_pylist()]
        return values
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return None
    numbers = column.cast(pa.float64()).fill_null(float("nan")).to_numpy()
    known = numbers[np.isfinite(numbers)]
    if not len(known):
        return None
    edges = np.quantile(known, np.linspace(0, 1, _QUARTILES + 1))
    names = [f"{low:.4g} to {high:.4g}" for low, high in pairwise(edges)]
    place = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, _QUARTILES - 1)
    return [names[p] if np.isfinite(number) else None for p, number in zip(place, numbers, strict=True)]


def _flat(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Float32 [n, 2]: where vectors that are alike lie side by side."""
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    count = len(vectors)
    if count < 10:
        return np.pad(vectors[:, :2], ((0, 0), (0, max(2 - vectors.shape[1], 0))))
    reduced = PCA(min(50, count, vectors.shape[1]), random_state=0).fit_transform(vectors)
    # For some hundred points the exact method is several times faster than the approximate one.
    made: npt.NDArray[np.float32] = TSNE(
        2, perplexity=min(30, (count - 1) / 3), init="pca", random_state=0, max_iter=300, method="exact"
    ).fit_transform(reduced)
    return made


def majority_scores(labels: Labels, train: Mask, count: int) -> Scores:
    """What a model that ignores its input scores, for `count` rows."""
    frequencies = metrics.majority(labels.codes[train], len(labels.names))
    return np.broadcast_to(frequencies, (count, len(frequencies))).astype(np.float32)


def key_figures(report: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a report that a summary names."""
    return {name: report["metrics"][name] for name in ("accuracy", "macro_f1", "log_loss", "ece")}


def figure_text(figure: Mapping[str, float | None]) -> str:
    """`0.882 [0.874, 0.889]`."""
    value, low, high = (figure[name] for name in ("value", "low", "high"))
    if value is None:
        return "undefined"
    return f"{value:.3f}" + ("" if low is None or high is None else f" [{low:.3f}, {high:.3f}]")
