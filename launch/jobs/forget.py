"""Forgets items: takes them out of a table, its older versions, and what was made of it, and certifies that."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from launch.jobs.given import Names, Path, checked, names_of, new_run, path_of, paths_of
from launch.jobs.index import build_index
from launch.jobs.result import Result
from transforms.common.errors import RequestError, RunError
from transforms.storage import files


@checked
def forget(
    table: Path,
    items: Names = (),
    *,
    ids: Path | None = None,
    made_of_it: Path | Sequence[Path] = (),
    job: Path | None = None,
) -> Result[Any]:
    """Takes items out of a table and all of its older versions, its dead letters, and what was made of it.

    Indexes that have one are built anew, results and reports are written without it, exports and older versions that have it are
    deleted. The table keeps salted hashes of ids and contents, so that no later run brings the items back. A search of every file
    ends it; killed anywhere, the same command finishes.

    Args:
      items: by the ids of the table; of a document in chunks, its own.
      ids: a file with an id on each line.
      made_of_it: models, indexes, results and exports of the table, or folders above them.
      job: a job file: all that it makes of the table.

    Returns:
      `table`, `version`, `items`, `removed` (older versions), `places` (what was done where), `sources`, `sources_there`,
      `certificate` (its path), `files` and `bytes` searched, `seconds`.

    Raises:
      RequestError: there is no such table, an id is not in it, or a path holds nothing.
      RunError: another run committed meanwhile, or something is still found; the line says where.
      NotPublishedError: an index that was built anew is not good enough, and the one with the items is still there.
    """
    from transforms.housekeeping.artifacts import found_artifacts
    from transforms.housekeeping.certificate import Certificate, hashes_of
    from transforms.housekeeping.forget_copies import (
        forget_in_export,
        forget_in_model,
        forget_in_old_indexes,
        forget_in_results,
        has_items,
        total,
    )
    from transforms.housekeeping.forget_rows import forget_rows, still_there, table_items
    from transforms.housekeeping.traces import TraceSearch, search
    from transforms.table.open import existing

    started = time.monotonic()
    root = path_of(table)
    names = [*names_of(items), *(_lines(path_of(ids)) if ids is not None else [])]
    if not names:
        raise RequestError("no item is named: give its id, or --ids FILE with an id on each line")
    made, runs = _written_by(path_of(job)) if job is not None else ([], None)
    given = [*paths_of(made_of_it), *made]
    places = [place for place in (found_artifacts(given) if given else []) if place.path != files.absolute(root)]
    found = table_items(root, names)
    done = forget_rows(root, found, run=new_run())
    did: dict[str, str] = {}
    for place in places:
        words: list[str] = []
        if place.kind == "table":
            words = _in_other_table(place.path, names)
        elif place.kind == "model":
            words = forget_in_model(place, found.items)
        elif place.kind == "results":
            words = forget_in_results(place, found.items)
        elif place.kind == "export":
            words = forget_in_export(place, found.items)
        elif place.kind == "index":
            if _newest_has(place.path, found.items, has_items):
                words.append(_built_anew(root, place.path))
            words += forget_in_old_indexes(place, found.items)
        did[f"{place.kind} {place.path}"] = total(words)
    if runs is not None:
        records = search(runs, found.items).found
        files.delete(list(records))
        did[f"records of runs {runs}"] = total([f"{len(records)} files deleted"] if records else [])
    there = [root, *(place.path for place in places if place.kind != "export"), *([] if runs is None else [runs])]
    searched = TraceSearch.total(search(path, found.items) for path in there)
    certificate = Certificate(
        table=root,
        table_id=existing(root).table_id,
        items=len(names),
        hashes=hashes_of(done),
        version=done.version,
        removed=done.removed,
        sources=len(found.sources),
        sources_there=still_there(root, found.sources),
        places=did,
        search=searched,
    )
    path = certificate.write()
    if searched.found:
        raise RunError(
            f"{len(searched.found)} files still have an item, first {searched.found[0]}: stop what works on them, delete what"
            f" another tool wrote, and run the same command again; {path} lists them"
        )
    seconds = time.monotonic() - started
    facts = {
        "table": root,
        "version": done.version,
        "items": len(names),
        "removed": list(done.removed),
        "places": did,
        "sources": certificate.sources,
        "sources_there": certificate.sources_there,
        "certificate": path,
        "files": searched.files,
        "bytes": searched.bytes,
        "seconds": round(seconds, 2),
    }
    return Result(facts, outcome=certificate, seconds=seconds)


def _lines(path: str) -> list[str]:
    try:
        return [line for line in files.read(path).decode().splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"--ids {path}: it is no file of ids, one on each line") from error


def _written_by(job: str) -> tuple[list[str], str]:
    """The folders that a job file's steps write to, as far as they are there, and that of the records of its runs."""
    from launch.refresh.job_file import read_job

    described = read_job(job)
    made = [step.to for step in described.steps if step.section.name != "tables" and files.names(step.to)]
    return made, described.runs


def _newest_has(index: str, items: Any, has_items: Any) -> bool:
    from transforms.search.store.index_folder import INDEXES

    newest = INDEXES.newest(index)
    return newest is not None and bool(has_items(files.join(index, str(newest)), items))


def _built_anew(table: str, index: str) -> str:
    """Builds an index from the table as it is now, with the options that it was built with."""
    from transforms.search.store.index_folder import INDEXES, read_metadata

    asked = read_metadata(files.join(index, str(INDEXES.newest(index))))["asked"]
    built = build_index(
        table,
        to=index,
        kind=asked.get("kind"),
        memory=max(asked["memory"] >> 20, 1),
        recall=asked["floor"],
        store=asked["store"],
        no_words=not asked["words"],
        language=asked["language"],
        seed=asked["seed"],
        rebuild=True,
    )
    return f"version {built['version']} built anew"


def _in_other_table(table: str, names: Sequence[str]) -> list[str]:
    """The same in another table of the same items: the vectors of a corpus that was scored, say."""
    from transforms.housekeeping.forget_rows import forget_rows, table_items

    try:
        found = table_items(table, names)
    except RequestError:
        return []
    done = forget_rows(table, found, run=new_run())
    return [f"version {done.version} without them", *(f"version {old} deleted" for old in done.removed)]
