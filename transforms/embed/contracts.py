"""Compares what a run would add to a table with what the table holds, and keeps the version back where they differ too much.

Every contract is checked on all new rows together and on each source, and each folder of sources, that has enough of them.
Rows are sampled, the same ones whenever a run is tried again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.common.errors import NotPublishedError, RequestError
from transforms.storage import files
from transforms.table.parts import PartFormat, read_part
from transforms.table.schema import EMBEDDING, vectors_of
from transforms.table.snapshot import Layout, NewPart, Snapshot
from transforms.table.unit_vectors import normalize_rows

Vectors = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

_SAMPLE = 20_000
_MOST_READ = 200_000
_FEWEST = 100
"""Rows below which a slice is not looked at."""
_PROJECTIONS = 16
_BINS = 10
_EXAMPLES = 100


@dataclass(frozen=True, kw_only=True)
class Contracts:
    """The most that a new version may differ from the last one; None: not asked.

    Attributes:
      rows_lost: share of the table's rows that are gone, whatever is new.
      dead: share of the items that cannot be embedded.
      duplicates: share of the new rows whose vector another new row has, too.
      label_shift: half the sum of the differences between the shares of labels, 0 to 1.
      label_fit: loss of accuracy of the nearest mean vector of a label, from the table's rows to the new ones.
      drift: population stability index of the vectors on random lines, averaged, less what chance makes of so few rows.
    """

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012

    rows_lost: float | None = None
    dead: float | None = None
    duplicates: float | None = None
    label_shift: float | None = None
    label_fit: float | None = None
    drift: float | None = None

    @staticmethod
    def parsed(text: str) -> Contracts:
        """Of `rows_lost=0.05,drift=0.25`.

        Raises:
          RequestError: there is no such contract, or a limit is no number.
        """
        names = [one.name for one in fields(Contracts)]
        limits = {}
        for given in filter(None, map(str.strip, text.split(","))):
            name, _, limit = given.partition("=")
            try:
                limits[name.strip()] = float(limit)
            except ValueError as error:
                raise RequestError(f"--contracts {given}: write NAME=LIMIT, of {', '.join(names)}") from error
            if name.strip() not in names:
                raise RequestError(f"--contracts {given}: there is {', '.join(names)}")
        return Contracts(**limits)


@dataclass(frozen=True, kw_only=True)
class Breach:
    """A contract that is not kept.

    Attributes:
      contract: its name.
      where: "" for all new rows, else the source or folder.
      value, limit: what was found, and the most that is allowed.
      rows: of the new rows that were sampled, those that show it.
    """

    contract: str
    where: str
    value: float
    limit: float
    rows: Rows = field(default_factory=lambda: np.empty(0, np.int64))

    def __str__(self) -> str:
        where = f" of {self.where}" if self.where else ""
        return f"{self.contract}{where} is {self.value:.3g}, at most {self.limit:.3g} is allowed"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Rows of some parts: `vectors` of length 1, float32 [n, dim]; `columns` id, source and label."""

    vectors: Vectors
    columns: pa.Table

    @property
    def labels(self) -> npt.NDArray[np.object_]:
        return np.asarray(self.columns["label"].to_pylist(), object)

    def of(self, rows: Rows) -> Sample:
        return Sample(vectors=self.vectors[rows], columns=self.columns.take(pa.array(rows)))

    @property
    def size(self) -> int:
        return len(self.vectors)


def require_contracts(
    contracts: Contracts,
    *,
    root: str,
    run: str,
    base: Snapshot | None,
    lost: int,
    adds: Sequence[NewPart],
    entries: pa.Table,
    schema: pa.Schema,
    part_format: PartFormat,
    dim: int,
) -> None:
    """Refuses a version that breaks a contract, before it is committed; what shows it is kept beside the table.

    Args:
      lost: rows of `base` that the version has no more and whose sources have none in their place.
      entries: the ledger's entries of the shards that the version adds.

    Raises:
      NotPublishedError: a contract is broken. The table is as it was.
    """

    def sampled(parts: Mapping[str, int]) -> Sample:
        return _sample(root, parts, schema=schema, part_format=part_format, dim=dim)

    new = sampled({part.name: part.rows for part in adds})
    known = sampled(base.parts if base is not None else {})
    found = [*_of_counts(contracts, base, lost, entries), *_of_rows(contracts, new, known)]
    if not found:
        return
    folder = Layout(root).run(run, "held_back")
    _keep(folder, found, new)
    named = "; ".join(map(str, found[:3])) + (f"; and {len(found) - 3} more" if len(found) > 3 else "")
    stays = f"version {base.version} stays" if base is not None else "there is no version yet"
    raise NotPublishedError(f"{root}: held back, {stays}: {named}: see {folder}")


def _of_counts(contracts: Contracts, base: Snapshot | None, lost: int, entries: pa.Table) -> Iterator[Breach]:
    limit = contracts.rows_lost
    if limit is not None and base is not None and lost > limit * base.rows:
        yield Breach(contract="rows_lost", where="", value=lost / base.rows, limit=limit)
    if contracts.dead is not None:
        sources = entries["source"].to_pylist()
        counts = np.asarray([entries["rows"].to_pylist(), entries["dead"].to_pylist()], np.int64)
        for where, chosen in _slices(sources, counts.sum(axis=0)):
            rows, dead = counts[:, chosen].sum(axis=1)
            if dead > contracts.dead * (rows + dead):
                yield Breach(contract="dead", where=where, value=dead / (rows + dead), limit=contracts.dead)


def _of_rows(contracts: Contracts, new: Sample, known: Sample) -> Iterator[Breach]:
    checks: list[tuple[str, float | None, Callable[[Sample, Sample], tuple[float, Rows]]]] = [
        ("duplicates", contracts.duplicates, lambda some, _: duplicates(some.vectors)),
        ("label_shift", contracts.label_shift, lambda some, past: label_shift(some.labels, past.labels)),
        ("label_fit", contracts.label_fit, label_fit),
        ("drift", contracts.drift, lambda some, past: drift(some.vectors, past.vectors)),
    ]
    for where, rows in _slices(new.columns["source"].to_pylist(), np.ones(new.size, np.int64)):
        part = new.of(rows)
        for name, limit, check in checks:
            if limit is None or (name != "duplicates" and known.size < _FEWEST):
                continue
            value, shown = check(part, known)
            if value > limit:
                yield Breach(contract=name, where=where, value=value, limit=limit, rows=rows[shown])


def _slices(sources: Sequence[str], weights: npt.NDArray[np.int64]) -> Iterator[tuple[str, Rows]]:
    """All, and each source and folder that has enough: its name, and the positions of what is in it."""
    if weights.sum() < _FEWEST:
        return
    yield "", np.arange(len(sources))
    for names in (np.asarray(sources, object), np.asarray([name.rpartition("/")[0] for name in sources], object)):
        unique, inverse = np.unique(names, return_inverse=True)
        if len(unique) < 2:
            continue
        totals = np.bincount(inverse, weights)
        for position in np.flatnonzero(totals >= _FEWEST):
            yield str(unique[position]), np.flatnonzero(inverse == position)


def duplicates(vectors: Vectors) -> tuple[float, Rows]:
    """The share of rows whose vector, to three digits, another row has, too; and these rows."""
    rounded = np.ascontiguousarray(np.round(vectors, 3) + 0.0)
    keys = rounded.view(np.dtype((np.void, rounded.dtype.itemsize * rounded.shape[1]))).ravel()
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    repeated = np.flatnonzero(counts[inverse] > 1)
    return len(repeated) / len(vectors), repeated


def label_shift(new: npt.NDArray[np.object_], known: npt.NDArray[np.object_]) -> tuple[float, Rows]:
    """Half the sum of the differences between the shares of labels; and the rows of the label that has grown most."""
    names = sorted({*new, *known} - {None})
    if not names:
        return 0.0, np.empty(0, np.int64)
    shares = [np.asarray([np.mean(labels == name) for name in names]) for labels in (new, known)]
    grown = names[int(np.argmax(shares[0] - shares[1]))]
    return float(np.abs(shares[0] - shares[1]).sum() / 2), np.flatnonzero(new == grown)


def label_fit(new: Sample, known: Sample) -> tuple[float, Rows]:
    """How much less often the nearest mean vector is that of a row's own label; and the new rows where it is another's."""
    names, inverse = np.unique(np.asarray([label or "" for label in known.labels], object), return_inverse=True)
    usable = (np.bincount(inverse) >= 2) & (names != "")
    if usable.sum() < 2:
        return 0.0, np.empty(0, np.int64)
    means = np.stack([known.vectors[inverse == position].mean(axis=0) for position in np.flatnonzero(usable)])
    labels = list(names[usable])

    def wrong(some: Sample) -> tuple[float, Rows]:
        chosen = np.flatnonzero(np.isin(some.labels.astype(str), labels))
        if not len(chosen):
            return 0.0, chosen
        nearest = np.asarray(labels, object)[np.argmax(some.vectors[chosen] @ means.T, axis=1)]
        missed = chosen[nearest != some.labels[chosen]]
        return len(missed) / len(chosen), missed

    before, _ = wrong(known)
    now, missed = wrong(new)
    return now - before, missed


def drift(new: Vectors, known: Vectors) -> tuple[float, Rows]:
    """Population stability index over ten bins of equal share on each of 16 random lines, averaged, less its mean by chance.

    Below 0.1 is usually called no shift, above 0.25 a large one. The rows are those farthest from the mean of `known`.
    """
    lines = np.random.default_rng(0).normal(size=(known.shape[1], _PROJECTIONS)).astype(np.float32)
    before, now = known @ lines, new @ lines
    edges = np.quantile(before, np.linspace(0, 1, _BINS + 1)[1:-1], axis=0)
    total = 0.0
    for line in range(_PROJECTIONS):
        shares = [
            (np.bincount(np.searchsorted(edges[:, line], values[:, line]), minlength=_BINS) + 0.5)
            / (len(values) + _BINS / 2)
            for values in (now, before)
        ]
        total += float(np.sum((shares[0] - shares[1]) * np.log(shares[0] / shares[1])))
    by_chance = (_BINS - 1) * (1 / len(new) + 1 / len(known))
    return max(total / _PROJECTIONS - by_chance, 0.0), np.argsort(new @ known.mean(axis=0))[:_EXAMPLES]


def _sample(root: str, parts: Mapping[str, int], *, schema: pa.Schema, part_format: PartFormat, dim: int) -> Sample:
    """About 20,000 rows at equal distances, of parts that are chosen by their names and hold 200,000 rows or little more."""
    chosen: dict[str, int] = {}
    for name in sorted(parts, key=lambda name: blake2b(name.encode(), digest_size=8).digest()):
        if sum(chosen.values()) < _MOST_READ:
            chosen[name] = parts[name]
    step = max(sum(chosen.values()) // _SAMPLE, 1)
    columns = ["id", "source", "label"]
    empty = pa.schema([schema.field(name) for name in columns]).empty_table()
    vectors, tables = [np.empty((0, dim), np.float32)], [empty]
    for name in chosen:
        start = 0
        for whole in read_part(
            Layout(root).part(name), schema=schema, part_format=part_format, columns=[*columns, EMBEDDING]
        ):
            batch = whole.take(pa.array(np.arange(-start % step, whole.num_rows, step)))
            start += whole.num_rows
            batch = batch.filter(pc.equal(pc.list_value_length(batch.column(EMBEDDING)), dim))
            vectors.append(vectors_of(batch.column(EMBEDDING), dim))
            tables.append(pa.Table.from_batches([batch.select(columns)]))
    unit, good = normalize_rows(np.concatenate(vectors))
    return Sample(vectors=np.where(good[:, None], unit, 0), columns=pa.concat_tables(tables))


def _keep(folder: str, found: Sequence[Breach], new: Sample) -> None:
    facts = [{name: value for name, value in asdict(breach).items() if name != "rows"} for breach in found]
    files.write(files.join(folder, "contracts.json"), json.dumps(facts, indent=1).encode())
    tables = []
    for breach in found:
        rows = new.columns.take(pa.array(breach.rows[:_EXAMPLES]))
        for name in ("where", "contract"):
            rows = rows.add_column(0, name, pa.array([getattr(breach, name)] * rows.num_rows, pa.string()))
        tables.append(rows)
    path = files.join(folder, "examples.parquet")
    with files.publish(path) as temporary, files.open_write(temporary) as stream:
        pq.write_table(pa.concat_tables(tables), stream)
