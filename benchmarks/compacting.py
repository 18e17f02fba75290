"""A year of nightly runs, compacted: the same rows and answers, and what opening, planning and scanning cost before and after.

    python -m benchmarks.compacting [--nights 365] [--rows 200]

Every night a file of texts is added and embedded by a run of its own (the steps of the graph, without Beam), with an encoder that
hashes; an index is built at the end of the year. Then the table is compacted.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from apache_beam.options.pipeline_options import PipelineOptions

from benchmarks.common import WORK, console, show
from benchmarks.figures import record
from pipelines.index import run as index
from tests.helpers.embedding import embed, job
from tests.helpers.fakes import text_encoder, vector_of
from transforms.embed.plan import make_plan
from transforms.housekeeping.compact import compact
from transforms.search.ask.searcher import Searcher
from transforms.search.job import IndexJob
from transforms.table.feature_table import open_table
from transforms.table.open import existing, open_log

DIM = 256
_TIMES = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nights", type=int, default=365)
    parser.add_argument("--rows", type=int, default=200)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measured(Path(folder), nights=asked.nights, rows=asked.rows)
    show("a year of nightly runs, compacted", ("", ""), [(name, f"{value:.4g}") for name, value in figures.items()])
    record(figures)


def measured(root: Path, *, nights: int, rows: int) -> dict[str, float]:
    """The figures of one year."""
    corpus, made, encoder = *_year(nights, rows), text_encoder(dim=DIM, batch_items=512)
    table = str(root / "table")
    shutil.copytree(made, table)
    version = existing(table).version
    request = IndexJob(table=table, version=version, to=str(root / "index"), words=False, kind="exact")
    index(request, PipelineOptions([]))
    queries = np.stack([vector_of(f"query {row}".encode(), DIM) for row in range(100)])
    before = {**_state(table, str(root / "index"), queries), **_times(corpus, table, encoder)}
    started = time.perf_counter()
    done = compact(table, run=uuid.uuid4().hex)
    seconds = time.perf_counter() - started
    after = {**_state(table, str(root / "index"), queries), **_times(corpus, table, encoder)}
    started = time.perf_counter()
    again = index(
        IndexJob(table=table, version=done.version, to=request.to, words=False, kind="exact"), PipelineOptions([])
    )
    return {
        "parts_before": done.parts_before,
        "parts_after": done.parts,
        "seconds": seconds,
        "same_rows": float(before["rows"] == after["rows"]),
        "same_answers": float(before["answers"] == after["answers"] and again is None),
        **{
            f"{name}_{when}": state[name]
            for name in _MEASURED
            for when, state in (("before", before), ("after", after))
        },
    }


def _year(nights: int, rows: int) -> tuple[Path, Path]:
    """The corpus and the table of a year, kept for the next time."""
    folder = WORK / f"compacting-{nights}-{rows}"
    corpus, table = folder / "corpus", folder / "table"
    corpus.mkdir(parents=True, exist_ok=True)
    for night in range(nights):
        path = corpus / f"{night:03}.txt"
        if not path.exists():
            path.write_text("".join(f"text {row} of night {night}\n" for row in range(rows)))
            embed(job(corpus, str(table), encoder=text_encoder(dim=DIM, batch_items=512)))
        if night % 50 == 49:
            console.print(f"night {night + 1}")
    return corpus, table


_MEASURED = ("open", "plan", "scan")


def _times(corpus: Path, table: str, encoder: Any) -> dict[str, float]:
    asked = job(corpus, table, encoder=encoder)
    return {
        "open": _best(lambda: existing(table)),
        "plan": _best(lambda: make_plan(asked, open_log(table).snapshot())),
        "scan": _best(lambda: open_table(table).vectors()),
    }


def _best(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(_TIMES):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)


def _state(table: str, index_folder: str, queries: Any) -> dict[str, Any]:
    """The rows by id, and what the index answers."""
    opened = open_table(table)
    columns = opened.to_arrow().sort_by("id")
    searcher = Searcher(index_folder)
    found, scores = searcher.nearest(queries, 10)
    ids = searcher.rows_of(found.reshape(-1), ["id"]).column("id").to_pylist()
    return {"rows": columns, "answers": (ids, scores.tolist())}


if __name__ == "__main__":
    main()
