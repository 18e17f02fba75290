"""Reads and writes the ledger of a table's version: which source, in which state, is in which part.

One row per (source, part). It answers what a rerun must do without opening a single part, also for sources that
gave no row at all (all their items dead, or none). A shard's receipt has the same columns, so that the next ledger is
what was kept of the last one plus the receipts of this run.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.storage import files
from transforms.storage.formats import known_fields, require_format

SCHEMA = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("fingerprint", pa.string(), nullable=False),
        pa.field("shard", pa.string(), nullable=False),
        pa.field("part", pa.string()),
        pa.field("rows", pa.int64(), nullable=False),
        pa.field("dead", pa.int64(), nullable=False),
    ]
)

FOREIGN = "?"
"""The shard of sources whose rows another tool added: no run of ours has read them."""

RECEIPT_FORMAT = "vectormill-receipt-1"
_KEY = b"vectormill"


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What one finished shard did. It exists only when the shard's part and dead letters are whole.

    `rows_in` equals `rows + dead`; `reused` of the rows kept an earlier vector, the rest were encoded by `run`: by `engine`
    ("" where nothing was), with the least `cosine` to the reference and the `note` of `encoders.spec.Computation`. `again` of
    them were out of range in half precision and made in float32. `forgotten` more items were left out: somebody asked for that.
    `addresses`: how many images were "fetched" from the web, and how many failed, by kind of dead letter.
    `cut_off` of the encoded texts are longer than the encoder reads, which left out `unread_chars` of all `chars`: all 0 where
    it reads whole texts, or nobody knows. `seconds`: how long each step was at work since the receipt before
    (`common.step_times`).
    """

    shard: str
    part: str | None
    part_bytes: int
    rows_in: int
    rows: int
    dead: int
    encoded: int
    reused: int
    run: str
    engine: str = ""
    cosine: float | None = None
    note: str = ""
    again: int = 0
    forgotten: int = 0
    cut_off: int = 0
    unread_chars: int = 0
    chars: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    addresses: dict[str, int] = field(default_factory=dict)


def write_receipt(path: str, receipt: Receipt, entries: pa.Table) -> None:
    """Writes what a shard did and its entries (`SCHEMA`), whole or not at all.

    Raises:
      OSError: it cannot be written.
    """
    _write(path, entries, json.dumps({"format": RECEIPT_FORMAT, **asdict(receipt)}))


def read_receipt(path: str) -> tuple[Receipt, pa.Table]:
    """A receipt and its entries (`SCHEMA`).

    Raises:
      RequestError: a newer release wrote it.
      OSError: it is not there, or cannot be read.
    """
    entries, text = _read(path)
    values = json.loads(text)
    require_format(values.get("format"), RECEIPT_FORMAT, where=path, noun="receipt")
    return Receipt(**known_fields(Receipt, values, where=path)), entries


def write_ledger(path: str, entries: pa.Table, provenance: str) -> None:
    """Writes a version's entries (`SCHEMA`) and its provenance as JSON, whole or not at all.

    Raises:
      OSError: it cannot be written.
    """
    _write(path, entries, provenance)


def read_ledger(path: str) -> tuple[pa.Table, str]:
    """A version's entries (`SCHEMA`) and its provenance as JSON.

    Raises:
      OSError: it is not there, or cannot be read.
    """
    return _read(path)


def reconciled(
    entries: pa.Table,
    parts: Collection[str],
    sources_of: Callable[[str], pa.Table],
    earlier: Callable[[], Iterable[pa.Table]] = tuple,
) -> pa.Table:
    """The ledger as it is after other tools compacted, deleted or added rows, or restored a version.

    Rows of a source in a state that no version of ours had, or more of them than any had, were added by another tool:
    their shard is `FOREIGN`. Dead letters are in no part, so those of a source that is still there stay on record.

    Args:
      entries: as the last commit of ours left them.
      parts: that the version consists of.
      sources_of: the columns `source` and `fingerprint` of a part, for those that the ledger does not know.
      earlier: the entries of the other versions of ours; asked for only where there are more rows than the last one had.
    """
    known = set(entries["part"].unique().to_pylist()) - {None}
    strangers = sorted(set(parts) - known)
    if not strangers and known <= set(parts):
        return entries
    is_active = pc.is_in(entries["part"], value_set=pa.array([None, *parts], pa.string()), skip_nulls=False)
    active = entries.filter(is_active)
    added = pa.concat_tables([SCHEMA.empty_table(), *(_counted(part, sources_of(part)) for part in strangers)])
    beyond = _beyond(added, active, entries)
    if beyond:
        added = _with_foreign(added, _still_beyond(beyond, entries, earlier()))
    present = pa.concat_tables([active, added])["source"].combine_chunks()
    dead = entries.filter(pc.and_(pc.invert(is_active), pc.greater(entries["dead"], 0)))
    dead = dead.filter(pc.is_in(dead["source"], value_set=present))
    return pa.concat_tables([active, added, _rows({**_columns(dead), "part": None, "rows": 0})])


_State = tuple[str, str]
"""A source and its fingerprint."""
_STATE = ("source", "fingerprint")


def _counted(part: str, sources: pa.Table) -> pa.Table:
    counts = sources.group_by(list(_STATE)).aggregate([([], "count_all")])
    return _rows({**_columns(counts), "shard": "", "part": part, "rows": counts["count_all"], "dead": 0})


def _own(entries: pa.Table) -> pa.Table:
    return entries.filter(pc.not_equal(entries["shard"], FOREIGN))


def _beyond(added: pa.Table, active: pa.Table, entries: pa.Table) -> Counter[_State]:
    """By how many rows of each state the parts that there are hold more than the ledger has of ours."""
    before = _own(entries)
    less = before.set_column(before.schema.get_field_index("rows"), "rows", pc.negate(before["rows"]))
    tables = [table.select([*_STATE, "rows"]) for table in (added, _own(active), less)]
    sums = pa.concat_tables(tables, promote_options="default").group_by(list(_STATE)).aggregate([("rows", "sum")])
    rows = sums.filter(pc.greater(sums["rows_sum"], 0)).to_pylist()
    return Counter({(row["source"], row["fingerprint"]): row["rows_sum"] for row in rows})


def _still_beyond(beyond: Counter[_State], entries: pa.Table, earlier: Iterable[pa.Table]) -> Counter[_State]:
    """The same, compared with the most that any version of ours had: a restored one has rows that the last one had no more."""
    last = _rows_by_state(entries, beyond)
    most = Counter(last)
    for others in earlier:
        most |= _rows_by_state(others, beyond)  # the larger of the two
    return beyond - (most - last)


def _rows_by_state(entries: pa.Table, states: Collection[_State]) -> Counter[_State]:
    found: Counter[_State] = Counter()
    for row in _own(entries).select([*_STATE, "rows"]).to_pylist():
        state = row["source"], row["fingerprint"]
        if state in states:
            found[state] += row["rows"]
    return found


def _with_foreign(added: pa.Table, beyond: Counter[_State]) -> pa.Table:
    """Entries in which so many rows of each state are another tool's."""
    rows = []
    for row in added.to_pylist():
        state = row["source"], row["fingerprint"]
        foreign = min(beyond[state], row["rows"])
        beyond[state] -= foreign
        shares = (("", row["rows"] - foreign), (FOREIGN, foreign))
        rows += [{**row, "shard": shard, "rows": count} for shard, count in shares if count]
    return pa.Table.from_pylist(rows, SCHEMA)


def _columns(table: pa.Table) -> dict[str, Any]:
    return {name: table[name] for name in table.column_names if name in SCHEMA.names}


def _rows(columns: dict[str, Any]) -> pa.Table:
    """Entries out of columns, and of values that are the same in all rows."""
    count = len(columns["source"])
    arrays = [
        column.cast(field.type)
        if isinstance(column, pa.ChunkedArray)
        else pa.repeat(pa.scalar(column, field.type), count)
        for field in SCHEMA
        for column in [columns[field.name]]
    ]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _write(path: str, entries: pa.Table, metadata: str) -> None:
    table = entries.cast(SCHEMA).replace_schema_metadata({_KEY: metadata.encode()})
    with files.publish(path) as temporary, files.open_write(temporary) as stream:
        pq.write_table(table, stream, compression="zstd")


def _read(path: str) -> tuple[pa.Table, str]:
    with files.open_read(path) as stream:
        table = pq.read_table(stream)
    return _columns_of_today(table), table.schema.metadata[_KEY].decode()


def _columns_of_today(table: pa.Table) -> pa.Table:
    """Without the columns that a newer release has added, and with nulls for those that an older one lacks."""
    if table.schema.remove_metadata() == SCHEMA:
        return table.replace_schema_metadata(None)
    missing = {
        field.name: pa.nulls(table.num_rows, field.type) for field in SCHEMA if field.name not in table.schema.names
    }
    return pa.table(
        [table[name] if name in table.schema.names else missing[name] for name in SCHEMA.names], schema=SCHEMA
    )
