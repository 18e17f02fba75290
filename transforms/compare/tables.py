"""Compares two versions of a feature table, row by row: which are new, gone, encoded anew, or have another label or text.

Rows are the same row where they have the same id. Nothing but counts, a histogram and some examples is kept in memory.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from transforms.common.arrays import Mask, RowIndices
from transforms.common.errors import RequestError
from transforms.common.hashes import hashes_of
from transforms.compare.difference_files import DifferenceFiles
from transforms.compare.pairing import Pairs, paired_rows
from transforms.table.schema import EMBEDDING, kept_columns, vectors_of
from transforms.table.snapshot import Snapshot
from transforms.table.unit_vectors import normalize_rows

FORMAT = "vectormill-table-diff-1"
FINGERPRINT = "fingerprint"
"""The state of a row's source, which changes when the file is merely touched: it is not compared."""

_EXAMPLES = 10
_SOURCES = 20
_LABELS = 20
_EDGES = np.round(np.linspace(-1, 1, 2001), 3)
_LONGEST = 300

Row = dict[str, Any]


@dataclass(eq=False)
class _Examples:
    """The rows of the lowest keys."""

    rows: list[tuple[float, str, Row]] = field(default_factory=list)

    def add(self, found: list[tuple[float, str, Row]]) -> None:
        self.rows = sorted([*self.rows, *found], key=lambda one: one[:2])[:_EXAMPLES]

    def shown(self) -> list[Row]:
        return [row for _, _, row in self.rows]


@dataclass(eq=False)
class _Cosines:
    """The distribution of the cosines of vectors that changed, to a thousandth."""

    counts: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(_EDGES) - 1, np.int64))
    total: float = 0.0
    least: float = 1.0

    def add(self, cosines: npt.NDArray[np.float64]) -> None:
        known = np.clip(cosines[np.isfinite(cosines)], -1, 1)
        self.counts += np.histogram(known, _EDGES)[0]
        self.total += float(known.sum())
        self.least = min(self.least, float(known.min(initial=1.0)))

    def summary(self) -> dict[str, Any] | None:
        rows = int(self.counts.sum())
        if not rows:
            return None
        ranks = np.cumsum(self.counts)
        middle = (_EDGES[:-1] + _EDGES[1:]) / 2
        shares = {"p05": 0.05, "median": 0.5, "p95": 0.95}
        found = {name: float(middle[np.searchsorted(ranks, share * rows)]) for name, share in shares.items()}
        bins = self.counts.reshape(20, -1).sum(axis=1).tolist()
        return {"rows": rows, "least": self.least, "mean": self.total / rows, **found, "tenths": bins}


def compare_tables(table: str, before: Snapshot, after: Snapshot, tables: DifferenceFiles) -> dict[str, Any]:
    """The report of what `after` changed; `transforms.compare.report` shows it.

    `tables` get what turns the rows of `before` into those of `after`, in all columns but `fingerprint`: `added` (all columns),
    `removed` (all but the vector), `changed` (`id`, the names of the columns that `changed`, the `cosine` of both vectors, and
    the row `before` and `after`).

    Raises:
      RequestError: a vector has another length than its version's encoder gives.
    """
    return _TableComparison(table, before, after, tables).report()


class _TableComparison:
    def __init__(self, table: str, before: Snapshot, after: Snapshot, tables: DifferenceFiles) -> None:
        self._table, self._before, self._after, self._tables = table, before, after, tables
        self._same_encoder = before.about.encoder_fingerprint == after.about.encoder_fingerprint
        names = [*after.schema.names, *(name for name in before.schema.names if name not in after.schema.names)]
        self._compared = [name for name in names if name not in ("id", FINGERPRINT, EMBEDDING)]
        self._counts: Counter[str] = Counter()
        self._columns: Counter[str] = Counter()
        self._sources: dict[str, Counter[str]] = {}
        self._relabelled: Counter[tuple[str | None, str | None]] = Counter()
        self._labels: dict[str, Counter[str | None]] = {"added": Counter(), "removed": Counter()}
        self._cosines = _Cosines()
        self._examples: dict[str, _Examples] = {
            name: _Examples() for name in ("added", "removed", "encoded_anew", "relabelled", "edited")
        }
        self._change_schema = pa.schema(
            [
                pa.field("id", pa.string(), nullable=False),
                pa.field("changed", pa.list_(pa.string()), nullable=False),
                pa.field("cosine", pa.float32()),
                pa.field("before", pa.struct(list(_without_vector(before.schema)))),
                pa.field("after", pa.struct(list(after.schema))),
            ]
        )

    def report(self) -> dict[str, Any]:
        self._tables.write("added", self._after.schema.empty_table())
        self._tables.write("removed", _without_vector(self._before.schema).empty_table())
        self._tables.write("changed", self._change_schema.empty_table())
        for pairs in paired_rows(self._table, self._before, self._after):
            self._alone("added", pairs.after.take(pa.array(pairs.added)))
            self._alone("removed", pairs.before.take(pa.array(pairs.removed)))
            self._both(pairs)
        counts, old, new = self._counts, self._before, self._after
        by_source = sorted(self._sources.items(), key=lambda one: (-sum(one[1].values()), one[0]))
        columns = [name for name in self._compared if self._columns[name]]
        return {
            "format": FORMAT,
            "kind": "table",
            "title": f"{self._table}: version {old.version} to {new.version}",
            "path": self._table,
            "before": _version(old),
            "after": _version(new),
            "same_encoder": self._same_encoder,
            "rows": {
                **{
                    name: counts[name]
                    for name in ("added", "removed", "changed", "encoded_anew", "relabelled", "edited")
                },
                "moved": counts["moved"],
                "unchanged": new.rows - counts["added"] - counts["changed"],
            },
            "columns": {
                "changed": {name: self._columns[name] for name in columns},
                "added": [name for name in new.schema.names if name not in old.schema.names],
                "removed": [name for name in old.schema.names if name not in new.schema.names],
            },
            "cosines": self._cosines.summary(),
            "labels": {name: _most(found) for name, found in self._labels.items()},
            "relabelled": [
                {"before": pair[0], "after": pair[1], "rows": rows}
                for pair, rows in self._relabelled.most_common(_LABELS)
            ],
            "sources": {
                "changed": len(by_source),
                "most": [{"source": name, **found} for name, found in by_source[:_SOURCES]],
            },
            "examples": {name: found.shown() for name, found in self._examples.items()},
        }

    def _alone(self, side: str, rows: pa.Table) -> None:
        if not rows.num_rows:
            return
        self._counts[side] += rows.num_rows
        self._count_sources(side, rows)
        self._labels[side].update(rows.column("label").to_pylist() if "label" in rows.schema.names else ())
        self._tables.write(side, rows if side == "added" else rows.drop_columns([EMBEDDING]))
        self._show(side, rows, np.arange(rows.num_rows))

    def _both(self, pairs: Pairs) -> None:
        old, new = pairs.before.take(pa.array(pairs.old)), pairs.after.take(pa.array(pairs.new))
        cosines, anew = self._vectors(old, new)
        differs = {name: values_differ(old, new, name) for name in self._compared}
        differs[EMBEDDING] = anew
        masks = np.array(list(differs.values())).reshape(len(differs), -1)
        changed = np.flatnonzero(masks.any(axis=0))
        if not len(changed):
            return
        self._columns.update({name: int(mask.sum()) for name, mask in differs.items()})
        relabelled = differs.get("label", np.zeros(len(anew), np.bool_))
        edited = differs.get("text", np.zeros(len(anew), np.bool_)) | differs["content"]
        kinds = {"changed": masks.any(axis=0), "encoded_anew": anew, "relabelled": relabelled, "edited": edited}
        kinds["moved"] = differs["source"]
        for kind, mask in kinds.items():
            self._counts[kind] += int(mask.sum())
            if kind in ("encoded_anew", "relabelled", "edited"):
                self._count_sources(kind, new.filter(pa.array(mask)))
        self._cosines.add(cosines[anew])
        if relabelled.any():
            at = pa.array(np.flatnonzero(relabelled))
            pair = (_labels(old, at), _labels(new, at))
            self._relabelled.update(zip(*pair, strict=True))
        for kind, mask in (("encoded_anew", anew), ("relabelled", relabelled), ("edited", edited)):
            self._show(kind, new, np.flatnonzero(mask), old=old, cosines=cosines)
        if self._tables.are_wanted:
            names = np.array(list(differs), object)
            named = [names[masks[:, at]].tolist() for at in changed]
            at = pa.array(changed)
            self._tables.write("changed", self._change_rows(old.take(at), new.take(at), named, cosines[changed]))

    def _change_rows(
        self, old: pa.Table, new: pa.Table, named: list[list[str]], cosines: npt.NDArray[np.float64]
    ) -> pa.Table:
        known = pa.array(cosines.astype(np.float32), mask=~np.isfinite(cosines))
        columns = [
            new.column("id").cast(pa.string()),
            pa.array(named, pa.list_(pa.string())),
            known,
            _struct(old.drop_columns([EMBEDDING]), self._change_schema.field("before").type),
            _struct(new, self._change_schema.field("after").type),
        ]
        return pa.Table.from_arrays(columns, schema=self._change_schema)

    def _vectors(self, old: pa.Table, new: pa.Table) -> tuple[npt.NDArray[np.float64], Mask]:
        """The cosines of both vectors of each row, NaN where there is none, and which vectors are not the same bits."""
        try:
            left = vectors_of(old.column(EMBEDDING), self._before.about.dim)
            right = vectors_of(new.column(EMBEDDING), self._after.about.dim)
        except ValueError as error:
            raise RequestError(f"{self._table}: {error}, as its encoder's are: embed into a new table") from error
        if left.shape != right.shape:
            return np.full(len(left), np.nan), np.ones(len(left), np.bool_)
        anew: Mask = (left.view(np.uint32) != right.view(np.uint32)).any(axis=1)
        cosines = np.full(len(left), np.nan)
        if self._same_encoder:
            (unit, good), (other, fine) = normalize_rows(left[anew]), normalize_rows(right[anew])
            products = np.einsum("ij,ij->i", unit, other, dtype=np.float64)
            cosines[anew] = np.where(good & fine, products, np.nan)
        return cosines, anew

    def _count_sources(self, kind: str, rows: pa.Table) -> None:
        for one in pc.value_counts(rows.column("source").combine_chunks()).to_pylist():
            self._sources.setdefault(one["values"], Counter())[kind] += one["counts"]

    def _show(
        self,
        kind: str,
        rows: pa.Table,
        at: RowIndices,
        *,
        old: pa.Table | None = None,
        cosines: npt.NDArray[np.float64] | None = None,
    ) -> None:
        """Keeps examples: of rows encoded anew those whose vectors moved most, else some by a hash of the id."""
        if not len(at):
            return
        ids = rows.column("id").take(pa.array(at)).to_pylist()
        keys = hashes_of(ids).astype(np.float64)
        if kind == "encoded_anew" and cosines is not None and np.isfinite(cosines[at]).any():
            keys = np.where(np.isfinite(cosines[at]), cosines[at], np.inf)
        best = np.argsort(keys, kind="stable")[:_EXAMPLES]
        positions = pa.array(at[best])
        found = _described(rows.take(positions))
        if old is not None:
            for row, before in zip(found, _described(old.take(positions)), strict=True):
                row["before"] = before
        if cosines is not None:
            for row, cosine in zip(found, cosines[at[best]].tolist(), strict=True):
                row["cosine"] = cosine if np.isfinite(cosine) else None
        named = zip(keys[best].tolist(), (row["id"] for row in found), found, strict=True)
        self._examples[kind].add(list(named))


def _version(snapshot: Snapshot) -> dict[str, Any]:
    about = snapshot.about
    return {
        "version": snapshot.version,
        "rows": snapshot.rows,
        "encoder": about.encoder,
        "encoder_fingerprint": about.encoder_fingerprint,
        "modality": about.modality,
        "dim": about.dim,
        "created": about.created,
    }


def _without_vector(schema: pa.Schema) -> pa.Schema:
    return pa.schema([one for one in schema if one.name != EMBEDDING])


def _struct(rows: pa.Table, kind: pa.DataType) -> pa.Array:
    columns = [rows.column(name).combine_chunks() for name in rows.schema.names]
    return pa.StructArray.from_arrays(columns, fields=list(kind))


def values_differ(old: pa.Table, new: pa.Table, name: str) -> Mask:
    """Which rows have another value in a column; a column that a version lacks is null there, NaN is NaN."""
    import polars as pl

    left, right = (
        rows.column(name) if name in rows.schema.names else pa.chunked_array([pa.nulls(rows.num_rows)])
        for rows in (old, new)
    )
    plain = left.type == right.type and not pa.types.is_nested(left.type)
    if not plain:
        values = zip(left.to_pylist(), right.to_pylist(), strict=True)
        return np.array([repr(one) != repr(other) for one, other in values], np.bool_)
    series = [pl.Series(pl.from_arrow(column)) for column in (left, right)]
    found: Mask = series[0].ne_missing(series[1]).to_numpy().astype(np.bool_)
    return found


def _labels(rows: pa.Table, at: pa.Array) -> list[str | None]:
    found: list[str | None] = (
        rows.column("label").take(at).to_pylist() if "label" in rows.schema.names else [None] * len(at)
    )
    return found


def _described(rows: pa.Table) -> list[Row]:
    """What is shown of rows: id, source, label, text, and the kept columns."""
    kept = kept_columns(rows.schema).names
    names = [name for name in ("id", "source", "label", "text") if name in rows.schema.names]
    found = rows.select(names).to_pylist()
    for row, others in zip(found, rows.select(kept).to_pylist() if kept else [{}] * len(found), strict=True):
        row["text"] = (row.get("text") or "")[:_LONGEST] or None
        row["columns"] = {name: str(value)[:_LONGEST] for name, value in others.items() if value is not None}
    return found


def _most(labels: Counter[str | None]) -> list[dict[str, Any]]:
    return [{"label": label, "rows": rows} for label, rows in labels.most_common(_LABELS)]
