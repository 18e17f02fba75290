"""Finishes a build: assembles a version, measures it, writes its metadata and report, publishes it or keeps it as a candidate."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.common.arrays import Mask
from transforms.common.errors import RequestError
from transforms.corpus.dead_letters import SCHEMA
from transforms.search.ask.searcher import Searcher
from transforms.search.build import shard as shards
from transforms.search.build.base_version import BaseVersion
from transforms.search.build.describe import index_metadata, index_report
from transforms.search.build.draft import Draft, deleted_file
from transforms.search.build.judged_gate import JudgedGate, judged_gate
from transforms.search.build.logged_queries import LoggedVectors, logged_vectors
from transforms.search.build.map_stage import make_map
from transforms.search.build.measurement import measure_version, require_no_drift
from transforms.search.build.mode_choice import ModeChoice, choose_by_documents, choose_by_judgements
from transforms.search.build.prepare import TRAINED
from transforms.search.build.segments import build_segment
from transforms.search.job import IndexJob
from transforms.search.measure import report
from transforms.search.store import lexical
from transforms.search.store.documents import changed_documents, documents, has_texts, of_documents, sample_texts
from transforms.search.store.index_folder import DEAD, INDEXES, LEXICAL, PAGE, REPORT, write_metadata
from transforms.search.store.language import SAMPLE, detected_language
from transforms.search.store.row_file import open_rows
from transforms.search.store.segment import HOLDOUT, ROWS, Segment, deleted_path, open_segments, share
from transforms.storage import files, folders, local_disk
from transforms.storage.local_cache import local_copy
from transforms.table.snapshot import Snapshot

_AGED = 0.1
"""The share of rows that updates changed from which the default mode is chosen again."""


@dataclass(frozen=True, kw_only=True)
class IndexOutcome:
    """The result of an index job.

    Attributes:
      version: the published version; None if the index is kept as a candidate, because its recall is too low or its answers to
        the job's judged queries are surely worse than those of the published version.
      folder: of the version or the candidate.
      verdict: why, in words.
      report: the content of `report.json`.
    """

    version: int | None
    folder: str
    verdict: str
    report: dict[str, Any]


def finish(
    job: IndexJob, draft: Draft, snapshot: Snapshot, *, base: BaseVersion | None, newest: int | None
) -> IndexOutcome:
    """Assembles the version, measures it, and publishes it.

    Args:
      base: the version that is updated; None for a build from all rows.
      newest: the newest published version; None if there is none.

    Raises:
      RebuildDueError: an update would leave the index worse than a new build.
      RequestError: too many rows have zero or non-finite vectors.
      RunError: another version was published meanwhile.
    """
    started = time.monotonic()
    build_segment(draft, HOLDOUT, None if base is None else base.remaining(HOLDOUT, draft))
    with _assembly(draft) as built:
        return _finish(job, draft, snapshot, built, base=base, newest=newest, started=started)


@contextmanager
def _assembly(draft: Draft) -> Iterator[str]:
    """Gives the local folder in which the version is put together: `built/`, or where that is remote a copy of it."""
    built = draft.path("built")
    if files.is_local(built):
        yield built
        return
    with local_disk.scratch() as work:
        folder = files.join(work, "built")
        for name in files.names(built):
            remote, target = files.join(built, name), files.join(folder, name)
            if folders.is_whole(remote):
                share(local_copy(remote), target)
            else:
                files.write(target, files.read(remote))
        yield folder


def _finish(
    job: IndexJob,
    draft: Draft,
    snapshot: Snapshot,
    built: str,
    *,
    base: BaseVersion | None,
    newest: int | None,
    started: float,
) -> IndexOutcome:
    _write_dead(draft, job, snapshot, base, built)
    segments = _assembled(draft, base, built)
    found = measure_version(
        draft, base, segments, built, min_recall=job.min_recall, logged=_logged(job, snapshot, segments)
    )
    if base is not None:
        require_no_drift(base, found, job.min_recall)
    measured = time.monotonic()
    if job.words and has_texts(segments[0].columns):
        _write_lexical_index(job, draft, base, segments, built)
        draft.record_seconds("words", 0, time.monotonic() - measured)
    drawn = time.monotonic()
    parameter = found.search_parameter
    shown = make_map(draft, base, segments, built, search_parameter=parameter, seed=job.seed) if job.map else None
    if shown is not None:
        draft.record_seconds("map", 0, time.monotonic() - drawn)
    # The report measures too: latencies, queries taken from the index.
    started += time.monotonic() - measured
    for name in TRAINED:
        if files.exists(draft.path(name)):
            files.write(files.join(built, name), files.read(draft.path(name)))
    number = (newest or 0) + 1
    words = files.join(built, LEXICAL)
    language = lexical.language_of(words) if files.exists(words) else job.language
    metadata = index_metadata(job, draft, snapshot, found, base, language=language)
    if shown is not None:
        metadata["map"] = shown
    began = time.monotonic()
    choice = _mode_choice(job, draft, base, built, metadata)
    if choice is not None:
        metadata["search_mode"] = choice.to_json()
        draft.record_seconds("mode", 0, time.monotonic() - began)
    gate = _judged_gate(job, built, metadata, newest) if found.is_good else JudgedGate()
    started += time.monotonic() - began
    is_good = found.is_good and gate.is_good
    described = index_report(
        job,
        draft,
        snapshot,
        found,
        number=number if is_good else None,
        past=None if base is None else base.folder,
    )
    described["search_mode"] = metadata.get("search_mode")
    described["map"] = shown
    draft.record_seconds("measure", 0, time.monotonic() - started)
    described["seconds"] = draft.seconds()
    described["index"]["words_rebuilt"] = base is not None and _has_new_words(base.folder, built)
    described["index"]["language"] = language
    described["judged"] = gate.figures
    if gate.verdict:
        described["index"]["verdict"] += f"; {gate.verdict}"
    files.write(files.join(built, REPORT), json.dumps(described, indent=1).encode())
    files.write(files.join(built, PAGE), report.render(described).encode())
    write_metadata(built, metadata)
    verdict = described["index"]["verdict"]
    if not is_good:
        folder = INDEXES.set_aside(built, job.to, files.basename(draft.folder))
        return IndexOutcome(version=None, folder=folder, verdict=verdict, report=described)
    like = [draft.path("built", name) for name in (*draft.segments(), HOLDOUT)]
    if base is not None:
        like.append(base.published)
    number = INDEXES.publish(built, job.to, after=newest, like=like)
    return IndexOutcome(version=number, folder=files.join(job.to, str(number)), verdict=verdict, report=described)


def _logged(job: IndexJob, snapshot: Snapshot, segments: list[Segment]) -> LoggedVectors | None:
    """The queries that people asked, before the structures alone: the holdout rows are searched exactly."""
    if job.logged is None:
        return None
    structures = [segment for segment in segments if segment.name != HOLDOUT]
    return logged_vectors(job.logged, snapshot.about, structures, table=job.table)


def _write_dead(draft: Draft, job: IndexJob, snapshot: Snapshot, base: BaseVersion | None, built: str) -> None:
    """Writes the dead letters: those of this build, and earlier ones whose source is unchanged in the table.

    Raises:
      RequestError: they are too many.
    """
    paths = [files.join(shards.local_folder_of(draft, shard.number), DEAD) for shard in draft.shards]
    dead = pa.concat_tables([SCHEMA.empty_table(), *(pq.read_table(path) for path in paths)])
    if base is not None:
        earlier = pq.read_table(files.join(base.folder, DEAD)).join(
            snapshot.ledger.select(["source", "fingerprint"]), ["source", "fingerprint"], join_type="left semi"
        )
        earlier = earlier.join(dead.select(["id"]), "id", join_type="left anti")
        dead = pa.concat_tables([dead, earlier.select(SCHEMA.names).cast(SCHEMA)])
    if dead.num_rows > job.max_dead_fraction * snapshot.rows:
        first = dead.column("id")[0].as_py()
        raise RequestError(
            f"{dead.num_rows:,} of the {snapshot.rows:,} rows of {job.table} have no direction (zero, NaN or infinite"
            f" vectors), first {first}: embed their sources again, or allow them with --max-dead-fraction"
        )
    files.make_folder(built)
    with files.open_write(files.join(built, DEAD)) as stream:
        pq.write_table(dead, stream)


def _assembled(draft: Draft, base: BaseVersion | None, built: str) -> list[Segment]:
    """Opens all segments in `built/`: those just built, and those shared with the version before, less their deleted rows."""
    names = draft.segments()
    if base is not None:
        shared = [segment for segment in base.segments if segment.name not in (HOLDOUT, *names)]
        for segment in shared:
            share(segment.folder, files.join(built, segment.name))
            files.write(deleted_path(built, segment.name), files.read(deleted_file(draft.folder, segment.name)))
        names = [*(segment.name for segment in shared), *names]
    return open_segments(built, [*names, HOLDOUT], draft.plan.kind)


def _write_lexical_index(
    job: IndexJob, draft: Draft, base: BaseVersion | None, segments: list[Segment], built: str
) -> None:
    folder = files.join(built, LEXICAL)
    if files.exists(folder):
        return
    rows = [(segment.columns, segment.alive) for segment in segments]
    with folders.built(folder, within=built.rpartition("/")[0]) as work:
        # A user who upgraded wants what the newer analysis finds, and texts of two analyses cannot stand in one index.
        if base is None or not lexical.has_newest_analysis(files.join(base.folder, LEXICAL)):
            lexical.build_lexical_index(work, documents(rows), language=job.language or _language(base, rows))
        else:
            names = changed_documents(_deleted_rows(draft, base), _added_rows(draft))
            changed = documents(of_documents(names, rows))
            lexical.update_lexical_index(files.join(base.folder, LEXICAL), work, removed=names, added=changed)


def _language(base: BaseVersion | None, rows: list[tuple[pa.Table, Mask]]) -> str:
    """The language of the version before, or else of the texts."""
    if base is not None:
        return lexical.language_of(files.join(base.folder, LEXICAL))
    return detected_language(sample_texts(rows, SAMPLE))


def _mode_choice(
    job: IndexJob, draft: Draft, base: BaseVersion | None, built: str, metadata: dict[str, Any]
) -> ModeChoice | None:
    """The default mode of searches by text: asked for, chosen on this version, or the one before while few rows changed.

    None without a lexical index.
    """
    if not files.exists(files.join(built, LEXICAL)):
        return None
    if job.judgements is None and job.mode in ("vector", "words"):
        return ModeChoice(mode=job.mode, by="request", figures={}, rows=metadata["rows"])
    earlier = None if base is None else ModeChoice.of_metadata(base.metadata)
    if job.judgements is None and earlier is not None:
        changed = earlier.changed + sum((draft.changes or {}).values())
        if changed <= _AGED * earlier.rows:
            return replace(earlier, changed=changed)
    # Opened as whoever searches it will open it.
    write_metadata(built, metadata)
    searcher = Searcher(built)
    if job.judgements is not None:
        found = choose_by_judgements(searcher, job.judgements)
    else:
        found = choose_by_documents(searcher, seed=job.seed)
    return found if job.mode is None else replace(found, mode=job.mode, by="request")


def _judged_gate(job: IndexJob, built: str, metadata: dict[str, Any], newest: int | None) -> JudgedGate:
    """Compares the version with the published one, where there is one and the job has judgements."""
    if job.judgements is None or newest is None:
        return JudgedGate()
    write_metadata(built, metadata)
    return judged_gate(built, files.join(job.to, str(newest)), job.judgements, min_gain=job.min_gain)


def _has_new_words(base: str, built: str) -> bool:
    """Whether an update cut all texts anew, since an earlier release had cut those of the version before."""
    both = [files.join(version, LEXICAL) for version in (base, built)]
    return files.exists(both[1]) and [lexical.has_newest_analysis(folder) for folder in both] == [False, True]


def _deleted_rows(draft: Draft, base: BaseVersion) -> list[pa.Table]:
    """The columns of the rows that this update deletes, by segment."""
    return [
        segment.columns.take(pa.array(np.setdiff1d(draft.deleted(segment.name), segment.deleted)))
        for segment in base.segments
    ]


def _added_rows(draft: Draft) -> list[pa.Table]:
    """The columns of the rows that were encoded, by shard and side."""
    encoded = [shards.local_folder_of(draft, shard.number) for shard in draft.shards]
    return [open_rows(files.join(folder, side, ROWS)) for folder in encoded for side in (shards.MAIN, shards.HOLDOUT)]
