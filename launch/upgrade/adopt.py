"""Copies a version of a model or an index into the folder that is served, as its next version."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from launch.upgrade.shadow import Replacement
from transforms.heads import model_folder
from transforms.heads.evaluation import report as model_report
from transforms.heads.model_folder import MODELS
from transforms.search.measure import report as index_report
from transforms.search.store import index_folder
from transforms.search.store.index_folder import INDEXES, building, read_metadata, write_metadata
from transforms.search.store.segment import share
from transforms.storage import files, folders, local_disk
from transforms.storage.local_cache import local_copy
from transforms.storage.numbered_versions import RUNS, Versions
from transforms.table.snapshot import Snapshot

_MARK = "upgrade"
"""The field of lineage.json and index.json that names the cut-over, or its undoing, that published the version."""


def adopt(replacement: Replacement, table: str, snapshot: Snapshot, *, run: str, why: str) -> int:
    """Publishes a copy of `replacement.source` unless that was done, and returns its number.

    Args:
      table, snapshot: what it is made of, from now on: the same rows under the path that is served.
      run: names the cut-over or its undoing.
      why: words for the report.

    Raises:
      RunError: another version was published meanwhile.
    """
    is_model = replacement.step.startswith("models.")
    versions = MODELS if is_model else INDEXES
    newest = versions.newest(replacement.folder)
    if newest is not None and _mark(files.join(replacement.folder, str(newest)), is_model=is_model) == run:
        return newest
    number = (newest or 0) + 1
    versions.require_writable(replacement.folder)
    with nullcontext() if is_model else building(replacement.folder), _copy(replacement, versions) as built:
        describe = _describe_model if is_model else _describe_index
        describe(built, replacement.folder, number, table, snapshot, run=run, why=why)
        return versions.publish(built, replacement.folder, after=newest)


@contextmanager
def _copy(replacement: Replacement, versions: Versions) -> Iterator[str]:
    """Gives a local copy of the version, which takes no space where the file system has hard links."""
    source = local_copy(replacement.source)
    if not files.is_local(replacement.folder):
        with local_disk.scratch() as work:
            share(source, files.join(work, "built"))
            yield files.join(work, "built")
        return
    built = files.join(replacement.folder, RUNS, f"{_MARK}-{versions.noun}")
    folders.remove(built)
    share(source, built)
    yield built
    folders.remove(built)


def _mark(folder: str, *, is_model: bool) -> str | None:
    found: dict[str, Any] | None = model_folder.lineage_in(folder) if is_model else read_metadata(folder)
    return (found or {}).get(_MARK)


def _describe_model(built: str, root: str, number: int, table: str, snapshot: Snapshot, *, run: str, why: str) -> None:
    extra = files.join(built, model_folder.EXTRA)
    lineage = {
        **(model_folder.lineage_in(built) or {}),
        "table": {"id": snapshot.table_id, "path": files.absolute(table), "version": snapshot.version},
        "base": number - 1 or None,
        "verdict": why,
        _MARK: run,
    }
    report = model_folder.report_in(built)
    if report:
        report["model"] = {**report["model"], "path": root, "version": number, "published": True, "verdict": why}
        report["data"] = {**report["data"], "table": table, "version": snapshot.version}
        files.write(files.join(extra, model_folder.REPORT), json.dumps(report, indent=1).encode())
        files.write(files.join(extra, model_folder.PAGE), model_report.render(report).encode())
    files.write(files.join(extra, model_folder.LINEAGE), json.dumps(lineage, indent=1).encode())


def _describe_index(built: str, root: str, number: int, table: str, snapshot: Snapshot, *, run: str, why: str) -> None:
    metadata = {name: value for name, value in read_metadata(built).items() if name not in ("format", "files")}
    metadata["table"] = {**metadata["table"], "path": files.absolute(table), "version": snapshot.version}
    metadata[_MARK] = run
    path = files.join(built, index_folder.REPORT)
    if files.exists(path):
        report = json.loads(files.read(path))
        verdict = f"{report['index'].get('verdict')}; {why}"
        report["index"] = {**report["index"], "path": root, "version": number, "published": True, "verdict": verdict}
        report["data"] = {**report["data"], "table": table, "version": snapshot.version}
        files.write(path, json.dumps(report, indent=1).encode())
        files.write(files.join(built, index_folder.PAGE), index_report.render(report).encode())
    write_metadata(built, metadata)
