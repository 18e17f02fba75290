"""Builds, measures and publishes a search index of a feature table."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from launch.jobs.given import AtLeastOne, AtLeastZero, Bounds, Path, Share, checked, path_of, paths_of
from launch.jobs.result import Result
from launch.profiles import Profile
from launch.runners import run_shown
from transforms.common.errors import NotPublishedError, RequestError

if TYPE_CHECKING:
    from transforms.search.build.finish import IndexOutcome


@checked
def build_index(
    table: Path,
    *,
    to: Path,
    version: AtLeastZero | None = None,
    kind: Literal["exact", "hnsw", "ivf"] | None = None,
    memory: AtLeastOne = 4096,
    recall: Annotated[float, Bounds(0, 1, without_low=True)] = 0.95,
    store: Literal["float16", "int8"] = "float16",
    no_words: bool = False,
    language: str | None = None,
    mode: Literal["vector", "words", "hybrid"] | None = None,
    queries: Path | None = None,
    qrels: Path | None = None,
    query_log: Path | Sequence[Path] | None = (),
    min_gain: float = 0.0,
    max_dead_fraction: Share = 0.01,
    map: bool | None = None,  # noqa: A002
    rebuild: bool = False,
    seed: int = 0,
    runner: str | Profile = "direct",
    beam: Sequence[str] = (),
) -> Result[Any]:
    """Indexes the vectors of a table, measures recall, and publishes the index as the next version of `to`.

    Args:
      memory: MB that the structure may take where the index is served.
      language: of the texts, for stems and stop words, or "none"; None: as the texts tell, and an update keeps it.
      recall: recall@10 on held-out queries below which nothing is published.
      mode: of searches by text for which none is chosen; None: the best one on queries whose answers are known.
      queries, qrels: files of queries and of their judgements, which choose the mode and the weight of the vectors, and on which
        a new version is compared with the published one.
      query_log: files that `vectormill serve --log-queries FILE --log-as plain` wrote: `recall` must be reached on these queries,
        too, each weighted by how often it was asked. They are measured when a version is made.
      map: lay the vectors out in the plane, for the page of `vectormill serve`; None: as the version before.
      min_gain: of nDCG@10 on these queries: a version whose gain is surely below it is not published.

    Returns:
      `changed`, `version`, `kind`, `rows`, `language`, `dead`, `search`, `recall`, `logged`, `latency`, `change`, `mode`,
      `verdict`, `folder`, `seconds`; only `changed` (False) and `seconds` where the index is up to date. Its `outcome` is an
      `IndexOutcome` or None.

    Raises:
      RequestError: there is no such table, or the request is wrong.
      RunError: the run failed.
      NotPublishedError: recall is too low, or answers to judged queries are surely worse; `results` has the facts.
    """
    from pipelines.index import run
    from transforms.search.job import IndexJob
    from transforms.search.judgements import read_judgements
    from transforms.search.map.layout import require_layout
    from transforms.search.query_log import read_query_log
    from transforms.search.store.analysis import require_language
    from transforms.storage import files
    from transforms.table.open import existing

    if language is not None:
        require_language(language)
    if (queries is None) != (qrels is None):
        raise RequestError("--queries and --qrels go together: give both, or none")
    if no_words and (queries is not None or mode in ("words", "hybrid")):
        raise RequestError("--no-words leaves searches by vectors alone: leave out --mode, --queries and --qrels")
    if map:
        require_layout()
    judgements = None
    if queries is not None and qrels is not None:
        judgements = read_judgements(path_of(queries), path_of(qrels))
    snapshot = existing(path_of(table), version)
    logged = None
    if query_log:
        from transforms.search.build.logged_queries import require_words

        require_words(snapshot.about, path_of(table))
        logs = [path_of(path) for path in paths_of(query_log)]
        logged = read_query_log(logs, index=files.basename(path_of(to)))
    job = IndexJob(
        table=path_of(table),
        version=snapshot.version,
        to=path_of(to),
        kind=kind,
        memory=memory << 20,
        min_recall=recall,
        store=store,
        words=not no_words,
        language=language,
        max_dead_fraction=max_dead_fraction,
        mode=mode,
        judgements=judgements,
        min_gain=min_gain,
        logged=logged,
        map=map,
        rebuild=rebuild,
        seed=seed,
        command=shlex.join(["vectormill", *(sys.argv[1:] if sys.argv[1:2] == ["index"] else ["index"])]),
    )
    started = time.monotonic()
    outcome = run_shown(run, job, runner=runner, beam=beam)
    seconds = time.monotonic() - started
    figures = {} if outcome is None else {**_figures(outcome), "verdict": outcome.verdict, "folder": outcome.folder}
    facts = {"changed": outcome is not None, **figures, "seconds": round(seconds, 2)}
    result = Result(facts, outcome=outcome, seconds=seconds, job=job)
    if outcome is not None and outcome.version is None:
        raise NotPublishedError(f"the index is kept as {outcome.folder}: {outcome.verdict}", results=[result])
    return result


def _figures(outcome: IndexOutcome) -> dict[str, Any]:
    report = outcome.report
    return {
        "version": outcome.version,
        "kind": report["index"]["kind"],
        "rows": report["index"]["rows"],
        "language": report["index"]["language"],
        "dead": report["data"]["dead"],
        "search": report["index"]["search"],
        "recall": report["recall"]["at"],
        "logged": report["logged"],
        "latency": report["latency"],
        "change": report["data"]["change"],
        "mode": report["search_mode"],
    }
