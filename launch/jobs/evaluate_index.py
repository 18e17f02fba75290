"""Evaluates an index on queries with judgements, and compares it with the version before it."""

from __future__ import annotations

from typing import Any

from transforms.common.errors import RequestError


def is_index(path: str) -> bool:
    """Whether an index, or a version or a candidate of one, is there."""
    from transforms.search.store.index_folder import INDEXES, MARKER
    from transforms.storage import files

    files.require_file_system(path)
    return INDEXES.located(path) is not None or files.exists(files.join(path, MARKER))


def evaluate_index(
    index: str,
    *,
    queries: str,
    qrels: str,
    against: str | None,
    rerank: str | None,
    rerank_top: int | None,
) -> dict[str, Any]:
    """The report of an evaluation (`transforms.search.evaluate.evaluation`).

    Args:
      index: INDEXES/NAME (its newest version), INDEXES/NAME/VERSION, or the folder of a candidate.
      against: a version of the same index, or another index; None: the version before, where there is one.

    Raises:
      RequestError: there is no such index, a file cannot be read, or they do not go together.
    """
    from transforms.search.evaluate import evaluation
    from transforms.search.judgements import read_judgements
    from transforms.search.store.index_folder import located

    folder = located(index)
    other = _other(folder, against)
    return evaluation.evaluate_index(
        folder,
        read_judgements(queries, qrels),
        against=other,
        must_compare=against is not None,
        qrels=qrels,
        rerank=rerank,
        rerank_top=rerank_top,
    )


def summary_of(report: dict[str, Any]) -> dict[str, Any]:
    """The facts of the report that `--json` prints."""
    names = ("index", "against", "queries", "default", "modes", "notes")
    return {name: report[name] for name in names} | {
        "lost": [{name: query[name] for name in ("id", "text", "ndcg@10", "before")} for query in report["lost"]]
    }


def _other(folder: str, against: str | None) -> str | None:
    """The folder of the version to compare with."""
    from transforms.search.store.index_folder import INDEXES, located
    from transforms.storage import files
    from transforms.storage.numbered_versions import CANDIDATES

    root, _, name = folder.rpartition("/")
    if against is not None and not against.isdecimal():
        return located(against)
    if root.rpartition("/")[2] == CANDIDATES:
        root = root.rpartition("/")[0]
    versions = INDEXES.numbers(root or ".")
    if against is not None:
        if int(against) not in versions:
            there = ", ".join(map(str, versions)) or "none"
            raise RequestError(f"--against {against}: {root} has no such version: it has {there}")
        return files.join(root or ".", against)
    earlier = [number for number in versions if not name.isdecimal() or number < int(name)]
    return files.join(root or ".", str(earlier[-1])) if earlier else None
