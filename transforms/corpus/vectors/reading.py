"""Reads sources of vectors with the items that belong to them, and looks into them before anything is planned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from transforms.common.arrays import Vectors
from transforms.common.errors import RequestError
from transforms.corpus.columns.batches import assemble, batch_schema
from transforms.corpus.columns.kept import agreed
from transforms.corpus.options import Range, ReadOptions
from transforms.corpus.readers import Survey
from transforms.corpus.sources import Source
from transforms.corpus.streams.opening import faults
from transforms.corpus.vectors.formats import vector_kind
from transforms.corpus.vectors.items import has_columns, kept_fields, read_items, read_stretch, rows_of
from transforms.corpus.vectors.opening import open_vectors
from transforms.corpus.vectors.pairing import ItemFiles
from transforms.corpus.vectors.vector_file import FEW_PIECES, VectorFile

_LOOKED_AT = 64
_MEASURED = 1_000
_UNIT = 1e-3
"""How far from 1 a length may be that is meant to be 1: half floats have three digits."""


@dataclass(frozen=True, kw_only=True)
class ImportedRows:
    """Some rows of a source: `items` of `batch_schema`, ids filled in, and `vectors` float32 [n, dim].

    The column `error` says of each row that cannot be taken why.
    """

    items: pa.RecordBatch
    vectors: Vectors


@dataclass(frozen=True, kw_only=True)
class Look:
    """The first vectors of a corpus.

    Attributes:
      dim: the length of a vector.
      rows: the first rows that are good.
      digest: of the first vector's bytes: tells corpora of two encoders apart that nobody named.
    """

    dim: int
    rows: ImportedRows
    digest: str


def look(sources: Sequence[Source], options: ReadOptions) -> Look:
    """Reads the first rows of the first source that has any.

    Raises:
      RequestError: none has a row with a vector; a source cannot be read.
    """
    for source in sources:
        dim = open_vectors(source, options).dim
        if dim is None:
            continue
        for rows in read(source, options, None, dim=dim, kept=pa.schema([]), is_sample=True):
            good = rows.items.column("error").is_null().to_numpy(zero_copy_only=False)
            if good.any():
                chosen = ImportedRows(items=rows.items.filter(pa.array(good)), vectors=rows.vectors[good])
                first = np.ascontiguousarray(chosen.vectors[0], "<f4").tobytes()
                return Look(dim=dim, rows=chosen, digest=blake2b(first, digest_size=8).hexdigest())
    raise RequestError(f"{sources[0].uri}: holds no vector: a table needs at least one")


def survey(sources: Sequence[Source], options: ReadOptions, *, dim: int) -> Survey:
    """Checks that sources can be read as asked: their columns, the length of their vectors, as many ids as vectors.

    Raises:
      RequestError: they cannot.
    """
    found: dict[str, list[tuple[str, pa.Field]]] = {name: [] for name in options.keep}
    step = max(len(sources) / _LOOKED_AT, 1.0)
    chosen = {int(step * place) for place in range(min(len(sources), _LOOKED_AT))}
    lengths: list[npt.NDArray[np.float64]] = []
    for place, source in enumerate(sources):
        if place not in chosen and vector_kind(source.name) != "npy":  # whose heads cost nothing
            continue
        file = open_vectors(source, options)
        with faults(source):
            own = file.dim
        if own is not None and own != dim:
            raise RequestError(f"{source.uri}: its vectors have {own:,} values, and {dim:,} are expected")
        items = ItemFiles.of(source)
        if items is not None:
            _require_as_many(source, file, items)
        if place not in chosen:
            continue
        lengths.append(_lengths(source, file, dim))
        for one in items.files if items is not None else [source]:
            for field in kept_fields(one, options):
                found[field.name].append((one.uri, field))
    kept = [agreed(fields) if fields else pa.field(name, pa.null()) for name, fields in found.items()]
    kept = [pa.field(field.name, pa.string(), metadata=field.metadata) if pa.types.is_null(field.type) else field
            for field in kept]  # fmt: skip
    return Survey(kept=pa.schema(kept), notes=tuple(_notes(sources[0], np.concatenate(lengths))))


def _require_as_many(source: Source, file: VectorFile, items: ItemFiles) -> None:
    if not items.is_last or file.rows is None:
        return
    counts = [rows_of(one) for one in items.files]
    known = [count for count in counts if count is not None]
    if len(known) == len(counts) and sum(known) != items.start + file.rows:
        raise _other_number(source, items, rows=items.start + file.rows, ids=f"{sum(known):,}")


def _other_number(source: Source, items: ItemFiles, *, rows: int, ids: str) -> RequestError:
    which = items.files[0].uri + (f" and {len(items.files) - 1:,} more" if len(items.files) > 1 else "")
    upto = f"up to {source.uri}" if items.start else source.uri
    return RequestError(
        f"{which}: has {ids} rows, and there are {rows:,} vectors in {upto}: row by row they belong together"
    )


def _lengths(source: Source, file: VectorFile, dim: int) -> npt.NDArray[np.float64]:
    """The lengths of the first vectors of a file, float64 [n]."""
    stretch = None if file.rows is None else Range(unit="rows", start=0, stop=min(_MEASURED, file.rows))
    with faults(source):
        for rows in file.read(stretch, dim=dim):
            good = np.delete(rows.vectors, list(rows.errors), axis=0).astype(np.float64)
            return np.linalg.norm(good, axis=1)
    return np.empty(0)


def _notes(first: Source, lengths: npt.NDArray[np.float64]) -> Iterator[str]:
    """Words about the vectors' lengths, and about ids that nobody gave."""
    if len(lengths) and np.abs(lengths - 1).max() > _UNIT:
        yield (
            f"vectors have lengths from {lengths.min():.3g} to {lengths.max():.3g} (of {len(lengths):,} looked at): they are kept"
            " as they are, and searches go by cosines"
        )
    if first.items is None and vector_kind(first.name) == "npy":
        yield f"no ids are given (--ids): rows are called by their places, {first.name}#0 and so on"


def split(source: Source, options: ReadOptions, *, max_bytes: int) -> list[Range | None]:
    """Stretches of about `max_bytes` that together are the source; [None] where it stays whole."""
    items = ItemFiles.of(source)
    file = open_vectors(source, options)
    if items is not None and file.rows is None:
        return [None]
    with faults(source):
        ranges = file.split(max_bytes)
    is_counted = items is None or all(rows_of(one) is not None for one in items.files)
    if is_counted or len(ranges) <= FEW_PIECES or file.rows is None:
        return ranges
    # Ids in files that are counted from their beginning are read once for each stretch.
    return file.split(-(-source.size // FEW_PIECES))


def read(
    source: Source,
    options: ReadOptions,
    part: Range | None,
    *,
    dim: int,
    kept: pa.Schema,
    is_sample: bool = False,
) -> Iterator[ImportedRows]:
    """The rows of a source, or of a stretch of it, with what belongs to them.

    Args:
      dim: the length that vectors should have.
      kept: the types of the kept columns, as `survey` gave them; `is_sample`: of none.

    Raises:
      RequestError: a file cannot be read, or there are more or fewer ids than vectors.
    """
    options = options if not is_sample else _without_kept(options)
    items = ItemFiles.of(source)
    file = open_vectors(source, options)
    start, stop = (part.start, part.stop) if part is not None else (0, file.rows)
    if items is not None:
        end = None if stop is None else items.start + stop
        batches = read_items(
            items.files, options, start=items.start + start, stop=_one_more(items, file, end), kept=kept
        )
    elif has_columns(source):
        batches = read_stretch(source, options, part, kept=kept)
    else:
        batches = iter(())
    taken = _Taken(batches, batch_schema(kept))
    row = start
    with faults(source):
        for rows in file.read(part, dim=dim):
            count = len(rows.vectors)
            if items is not None or has_columns(source):
                found = taken.next(count)
                if found.num_rows < count:
                    assert items is not None, "a table has as many rows in each column"
                    raise _other_number(
                        source, items, rows=items.start + row + count, ids=f"{items.start + row + found.num_rows:,}"
                    )
            else:
                ids = rows.ids if rows.ids is not None else _places(source, row, count)
                found = assemble(batch_schema(kept), count, {"id": ids})
            yield ImportedRows(items=_named(found, source, rows.errors), vectors=rows.vectors)
            row += count
    if items is not None and not is_sample and taken.next(1).num_rows:
        raise _other_number(source, items, rows=items.start + row, ids=f"more than {items.start + row:,}")


def _one_more(items: ItemFiles, file: VectorFile, end: int | None) -> int | None:
    """Where reading items ends: behind the last vector one row is looked for that should not be there."""
    if end is None or file.rows is None:
        return end
    return end + 1 if items.is_last and end == items.start + file.rows else end


def _without_kept(options: ReadOptions) -> ReadOptions:
    return replace(options, keep=(), label_column=None)


def _places(source: Source, start: int, count: int) -> pa.Array:
    return pa.array([f"{source.name}#{row}" for row in range(start, start + count)], pa.string())


def _named(items: pa.RecordBatch, source: Source, faults_of_vectors: Mapping[int, str]) -> pa.RecordBatch:
    """Items as those of the source, with the errors of their vectors and of ids that are not there."""
    values = {name: items.column(name) for name in items.schema.names}
    values |= {"source": source.name, "fingerprint": source.fingerprint}
    if faults_of_vectors or items.column("id").null_count:
        ids, known = items.column("id").to_pylist(), items.column("error").to_pylist()
        errors = [
            known[row]
            or faults_of_vectors.get(row)
            or (None if ids[row] is not None else "MissingId: the row has no id")
            for row in range(len(ids))
        ]
        values["error"] = pa.array(errors, pa.string())
    return assemble(items.schema, items.num_rows, values)


class _Taken:
    """Takes as many rows at a time as are asked for, from batches of any size."""

    def __init__(self, batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> None:
        self._batches = batches
        self._schema = schema
        self._rest = pa.RecordBatch.from_pylist([], schema=schema)

    def next(self, count: int) -> pa.RecordBatch:
        """The next rows; fewer where there are no more."""
        gathered = [self._rest]
        rows = self._rest.num_rows
        while rows < count and (batch := next(self._batches, None)) is not None:
            gathered.append(batch)
            rows += batch.num_rows
        whole = pa.concat_batches(gathered) if len(gathered) > 1 else gathered[0]
        self._rest = whole.slice(count)
        return whole.slice(0, count)
