"""Takes items out of what was made of a table: reports of models, results, exports, unfinished work and old versions."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from transforms.heads.evaluation.report import render
from transforms.heads.model_folder import EXTRA, LEAKS, MODELS, MOVED, PAGE, REPORT
from transforms.housekeeping.artifacts import Artifact
from transforms.housekeeping.traces import SoughtItems, search
from transforms.search.store.index_folder import INDEXES
from transforms.storage import files, folders
from transforms.storage.numbered_versions import CANDIDATES, COMMITS, RUNS
from transforms.table.delta_log import opened, transact
from transforms.table.snapshot import NewPart


def has_items(folder: str, items: SoughtItems) -> bool:
    """Whether any file below a folder has one of the items."""
    return bool(search(folder, items).found)


def forget_in_model(place: Artifact, items: SoughtItems) -> list[str]:
    """Deletes older versions and unfinished work that have an item, and takes it out of the newest version's report.

    Returns:
      What was done, in words.
    """
    did = _older_folders(place, items)
    newest = MODELS.newest(place.path)
    folder = files.join(place.path, str(newest))
    if newest is not None and has_items(folder, items):
        _clean_report(files.join(folder, EXTRA), items)
        did.append(f"its examples taken out of the report of version {newest}")
    return did


def forget_in_old_indexes(place: Artifact, items: SoughtItems) -> list[str]:
    """Deletes older versions of an index and unfinished work that have an item.

    Returns:
      What was done, in words.
    """
    return _older_folders(place, items)


def _older_folders(place: Artifact, items: SoughtItems) -> list[str]:
    versions = MODELS if place.kind == "model" else INDEXES
    did = []
    for number in versions.numbers(place.path)[:-1]:
        folder = files.join(place.path, str(number))
        if has_items(folder, items):
            files.delete([files.join(place.path, COMMITS, f"{number}.json"), files.join(folder, versions.marker)])
            folders.remove(folder)
            did.append(f"version {number} deleted")
    for name in (CANDIDATES, RUNS):
        for work in files.names(files.join(place.path, name)):
            folder = files.join(place.path, name, work)
            if work != "lock" and has_items(folder, items):
                folders.remove(folder)
                did.append(f"{name}/{work} deleted")
    return did


def _clean_report(extra: str, items: SoughtItems) -> None:
    path = files.join(extra, REPORT)
    if files.exists(path):
        report = _without(json.loads(files.read(path)), items)
        files.write(path, json.dumps(report, indent=1).encode())
        files.write(files.join(extra, PAGE), render(report).encode())
    for name in (LEAKS, MOVED):
        path = files.join(extra, name)
        if files.exists(path):
            files.write(path, _without_lines(files.read(path), items))


def _without(value: Any, items: SoughtItems) -> Any:
    """A report without the examples that are of an item; where only a text names one, without that text."""
    if isinstance(value, dict):
        return {name: _without(one, items) for name, one in value.items()}
    if isinstance(value, list):
        return [_without(one, items) for one in value if not _is_of(one, items)]
    return "" if isinstance(value, str) and items.in_text(value) else value


def _is_of(value: Any, items: SoughtItems) -> bool:
    if isinstance(value, dict):
        return any(isinstance(one, str) and items.in_text(one) for one in value.values())
    return isinstance(value, str) and items.in_text(value)


def _without_lines(content: bytes, items: SoughtItems) -> bytes:
    rows = list(csv.reader(io.StringIO(content.decode())))
    out = io.StringIO()
    csv.writer(out).writerows(rows[:1] + [row for row in rows[1:] if not any(map(items.in_text, row))])
    return out.getvalue().encode()


def forget_in_export(place: Artifact, items: SoughtItems) -> list[str]:
    """Deletes an export that has an item: a copy of one version of the table, which is made again by `vectormill export`.

    Returns:
      What was done, in words.
    """
    if not has_items(place.path, items):
        return []
    files.delete([files.join(place.path, "manifest.json")])
    folders.remove(place.path)
    return ["deleted: export the table again"]


def forget_in_results(place: Artifact, items: SoughtItems) -> list[str]:
    """Takes an item's rows out of results, and its name out of the lists of others; older versions that had it go.

    Returns:
      What was done, in words.

    Raises:
      deltalake.exceptions.DeltaError: another run committed meanwhile.
    """
    if not has_items(place.path, items):
        return []
    table = opened(place.path)
    adds, removes, schema = [], [], None
    for uri in table.file_uris():
        name = files.basename(uri)
        with files.open_read(files.join(place.path, name)) as stream:
            rows = pq.read_table(stream)
        schema = rows.schema
        kept = _rows_without(rows, items)
        if kept is not None:
            removes.append(name)
            adds += [_written(place.path, name, kept)] if kept.num_rows else []
    if removes:
        from deltalake import CommitProperties

        transact(
            place.path,
            base=table,
            schema=schema,
            adds=adds,
            removes=removes,
            description="",
            properties=CommitProperties(max_commit_retries=0),
        )
    deleted = [path for path in search(place.path, items).found if not _is_kept(path, items)]
    files.delete(deleted)
    rewritten = f"{len(removes)} parts written without it, " if removes else ""
    return [f"{rewritten}{len(deleted)} files deleted"]


def _is_kept(path: str, items: SoughtItems) -> bool:
    """Cleans a list of items; any other file goes, the summary too: the next run makes the results again."""
    if not path.endswith(".csv"):
        return False
    files.write(path, _without_lines(files.read(path), items))
    return True


def _written(root: str, old: str, rows: pa.Table) -> NewPart:
    name = f"part-{blake2b(f'{old} {rows.num_rows}'.encode(), digest_size=16).hexdigest()}.parquet"
    path = files.join(root, name)
    with files.publish(path) as temporary, files.open_write(temporary) as stream:
        pq.write_table(rows, stream, compression="zstd")
    return NewPart(name=name, rows=rows.num_rows, size=files.size(path))


def _rows_without(rows: pa.Table, items: SoughtItems) -> pa.Table | None:
    """The rows without items; None where there are none of them."""
    if not any(items.in_column(column) for column in rows.columns):
        return None
    return pa.Table.from_pylist(
        [_clean(row, items) for row in rows.to_pylist() if row.get("id") not in items.ids], rows.schema
    )


def _clean(row: dict[str, Any], items: SoughtItems) -> dict[str, Any]:
    """A row whose lists do not name an item: what stands beside it in lists of one length goes, too."""
    for name in [name for name, value in row.items() if isinstance(value, list)]:
        named = [isinstance(one, str) and one in items.ids for one in row[name]]
        if any(named):
            length = len(named)
            for other, value in row.items():
                if isinstance(value, list) and len(value) == length:
                    row[other] = [one for one, is_named in zip(value, named, strict=True) if not is_named]
    return row


def total(did: Sequence[str]) -> str:
    """All that was done, in one line."""
    return ", ".join(did) or "nothing of it was there"
