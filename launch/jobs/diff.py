"""Compares two versions of a table, a model or an index: what the later one changed for those who use it."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any, Literal

from launch.jobs.given import AtLeastOne, AtLeastZero, Path, checked, path_of
from launch.jobs.result import Result
from transforms.common.errors import RequestError

if TYPE_CHECKING:
    from transforms.compare.difference_files import DifferenceFiles

Kind = Literal["table", "model", "index"]
_OPTIONS: dict[str, Kind] = {
    "on": "model",
    "label_column": "model",
    "labels": "model",
    "skip_unknown": "model",
    "all_rows": "model",
    "queries": "index",
    "k": "index",
    "mode": "index",
}
"""Whose options they are."""
_NAMES = {"k": "-k"}


@checked
def diff(
    path: Path,
    before: AtLeastZero | None = None,
    after: AtLeastZero | None = None,
    *,
    on: Path | None = None,
    label_column: str | None = None,
    labels: Path | None = None,
    skip_unknown: bool = False,
    all_rows: bool = False,
    queries: Path | None = None,
    k: AtLeastOne = 10,
    mode: Literal["vector", "words", "hybrid"] | None = None,
    to: Path | None = None,
) -> Result[dict[str, Any]]:
    """Compares two versions of the table, the model or the index in a folder.

    Args:
      before, after: versions; without `after` the newest, without both the last two.
      on: of a model: the table whose rows both versions predict; None: the one that the later version was trained on.
      label_column, labels, skip_unknown, all_rows: of a model, as of `evaluate`.
      queries: of an index: a file of texts; None: the rows that both versions hold out.
      k: of an index: answers to a query.
      mode: of an index: how the texts are searched.
      to: folder to write report.html, report.json and the differences as Parquet to.

    Returns:
      What changed, with `kind`, `path`, `before`, `after`, and counts; the `outcome` has the examples, too.

    Raises:
      RequestError: there is no such version, or nothing to compare.
    """
    started = time.monotonic()
    from transforms.compare.difference_files import difference_files
    from transforms.compare.report import render
    from transforms.storage import files
    from transforms.storage.write_errors import writing

    root = path_of(path)
    kind = kind_of(root)
    _require_options(kind, locals())
    out = None if to is None else path_of(to)
    if out is not None and os.path.isfile(out):
        raise RequestError(f"{out} is a file: --to takes the folder of a report, new or existing")
    older, newer = _versions(kind, root, before, after)
    with writing(out or ""), difference_files(out) as tables:
        if kind == "table":
            report = _of_table(root, older, newer, tables)
        elif kind == "model":
            report = _of_model(root, older, newer, tables, on, label_column, labels, skip_unknown, all_rows)
        else:
            report = _of_index(root, older, newer, tables, queries, k, mode)
        if out is not None:
            files.write(files.join(out, "report.json"), json.dumps(report, indent=1).encode())
            files.write(files.join(out, "report.html"), render(report).encode())
    facts = {name: value for name, value in report.items() if name not in ("format", "title", "examples")}
    return Result(facts, outcome=report, seconds=time.monotonic() - started)


def kind_of(root: str) -> Kind:
    """What is in a folder.

    Raises:
      RequestError: neither a table nor versions of a model or an index.
    """
    from transforms.heads.model_folder import MODELS
    from transforms.search.store.index_folder import INDEXES
    from transforms.storage import files
    from transforms.table.open import is_table

    files.require_file_system(root)
    if is_table(root):
        return "table"
    if MODELS.newest(root) is not None:
        return "model"
    if INDEXES.newest(root) is not None:
        return "index"
    above, _, last = root.rpartition("/")
    if last.isdigit() and (MODELS.newest(above) is not None or INDEXES.newest(above) is not None):
        raise RequestError(
            f"{root} is one version: give {above} and two versions, as in `vectormill diff {above} 1 {last}`"
        )
    try:
        heads = [name for name in files.names(root) if MODELS.newest(files.join(root, name)) is not None]
    except NotADirectoryError:
        heads = []
    if heads:
        raise RequestError(f"{root} holds several models: give one of them, as {files.join(root, heads[0])}")
    raise RequestError(f"{root} holds no table, model or index: give the folder of one")


def _require_options(kind: Kind, given: dict[str, Any]) -> None:
    for name, of in _OPTIONS.items():
        is_default = given[name] in (None, False) or (name == "k" and given[name] == 10)
        if of != kind and not is_default:
            called = _NAMES.get(name, f"--{name.replace('_', '-')}")
            raise RequestError(f"{called} is for {_a(of)}, and {given['root']} is {_a(kind)}: leave it out")


def _a(kind: Kind) -> str:
    return f"an {kind}" if kind == "index" else f"a {kind}"


def _versions(kind: Kind, root: str, before: int | None, after: int | None) -> tuple[int, int]:
    """The versions that are meant.

    Raises:
      RequestError: one of them is not there, or they are the same.
    """
    there = _numbers(kind, root)
    chosen = [number for number in (before, after) if number is not None]
    missing = [number for number in chosen if number not in there]
    if missing:
        raise RequestError(f"{root} has no version {missing[0]}; it has {_listed(there)}")
    if after is None:
        after = there[-1]
    if before is None:
        earlier = [number for number in there if number < after]
        if not earlier:
            raise RequestError(f"{root} has one version only, {after}: there is nothing to compare it with")
        before = earlier[-1]
    if before == after:
        raise RequestError(f"version {before} of {root} is both sides: give two versions of {_listed(there)}")
    return before, after


def _numbers(kind: Kind, root: str) -> list[int]:
    """The versions that can be read, oldest first."""
    if kind == "table":
        from transforms.table.open import existing, open_log

        existing(root)
        return sorted(snapshot.version for snapshot in open_log(root).history())
    if kind == "model":
        from transforms.heads.model_folder import MODELS

        return MODELS.numbers(root)
    from transforms.search.store.index_folder import INDEXES

    return INDEXES.numbers(root)


def _listed(numbers: list[int]) -> str:
    few = numbers if len(numbers) <= 6 else [*numbers[:2], "…", *numbers[-3:]]
    return ", ".join(map(str, few))


def _of_table(root: str, before: int, after: int, tables: DifferenceFiles) -> dict[str, Any]:
    from transforms.compare.tables import compare_tables
    from transforms.table.open import existing

    return compare_tables(root, existing(root, before), existing(root, after), tables)


def _of_model(
    root: str,
    before: int,
    after: int,
    tables: DifferenceFiles,
    on: Path | None,
    label_column: str | None,
    labels: Path | None,
    skip_unknown: bool,
    all_rows: bool,
) -> dict[str, Any]:
    from transforms.compare.models import compare_models
    from transforms.compare.predictions import GivenRows
    from transforms.heads.serve.served_model import ServedModel
    from transforms.storage import files
    from transforms.table.open import existing, is_table

    old, new = (ServedModel(files.join(root, str(number))) for number in (before, after))
    table = path_of(on) if on is not None else new.fact("table")["path"]
    if on is None and not is_table(table):
        raise RequestError(f"{table}, which {new.folder} was trained on, is not there any more: give a table with --on")
    given = GivenRows(
        table=table,
        snapshot=existing(table),
        label=label_column,
        labels_file=None if labels is None else path_of(labels),
        skip_unknown=skip_unknown,
        all_rows=all_rows,
    )
    return compare_models(old, new, given, tables)


def _of_index(
    root: str, before: int, after: int, tables: DifferenceFiles, queries: Path | None, k: int, mode: Any
) -> dict[str, Any]:
    from launch.queries_file import queries_in
    from transforms.compare.answers import Side
    from transforms.compare.indexes import AskedQuery, compare_indexes

    if mode is not None and queries is None:
        raise RequestError(f"--mode {mode} is for texts: give them with --queries FILE")
    texts = None
    if queries is not None:
        found = list(queries_in(path_of(queries)))
        if not found:
            raise RequestError(f"--queries {queries} holds no query: it takes one a line")
        texts = [AskedQuery(name=one.name or str(one.line), text=one.text) for one in found]
    return compare_indexes(Side(root, before), Side(root, after), tables, texts=texts, k=k, mode=mode)
