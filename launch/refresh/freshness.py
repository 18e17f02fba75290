"""Tells whether a step of a job is out of date, by versions and options, never by clocks, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any

from launch.refresh.job_file import Job, Step
from transforms.common.errors import RequestError
from transforms.storage import files
from transforms.storage.numbered_versions import CANDIDATES

_FORMAT = "vectormill-step-1"


@dataclass(frozen=True, kw_only=True)
class Made:
    """What the last run of a step made, of what: kept in the folder of runs.

    Attributes:
      options: the step's.
      inputs: the state of each step that it refers to, at that time.
      outputs: what it made: folder -> its version; None where a folder has no versions.
      failure: words for what was not good enough to be published; "" if it was.
    """

    options: dict[str, Any]
    inputs: dict[str, str]
    outputs: dict[str, int | None]
    failure: str = ""


def table_changes(step: Step) -> str | None:
    """Why a table is out of date; None where it is not. Its corpus is listed, nothing is encoded, TensorFlow is not loaded.

    Raises:
      RequestError: the corpus does not fit the table, or cannot be listed.
    """
    found = step.section.run(to=step.to, dry_run="plan", **step.options)
    if found["is_fresh"]:
        return None
    changes = [f"{found[name]:,} {name}" for name in ("new", "changed", "deleted") if found[name]]
    sources = f"{', '.join(changes) or 'no'} sources"
    return sources if found["version"] is not None else f"it is not there yet ({sources})"


def result_changes(step: Step, made: Made | None, states: Mapping[str, str]) -> str | None:
    """Why anything but a table is out of date; None where it is not.

    Args:
      made: what its last run made.
      states: of the steps that it refers to, by their keys.
    """
    if made is None:
        return "it is not there yet"
    for path, version in made.outputs.items():
        if version is None and not files.names(path):
            return f"{path} is gone"
        if version is not None and (there := newest(step, path)) != version:
            return f"{path} is at version {there}, the last refresh left it at {version}"
    options = json.loads(json.dumps(step.options))
    changed = sorted(name for name in {*made.options, *options} if made.options.get(name) != options.get(name))
    if changed:
        return f"another {', '.join(changed)} than before"
    for reference in step.references.values():
        if made.inputs.get(reference.key) != states[reference.key]:
            return f"{reference.key} has changed"
    return None


def state_of(step: Step, outputs: Mapping[str, int | None]) -> str:
    """A text that changes exactly when what the step made does: the identity and version of a table, a folder's versions.

    Args:
      outputs: folder -> version, of anything but a table.

    Raises:
      RequestError: the table cannot be read.
    """
    if step.section.name == "tables":
        from transforms.table.open import existing

        snapshot = existing(step.to)
        return f"{snapshot.table_id}:{snapshot.rows_version}"
    return json.dumps(outputs, sort_keys=True)


def newest(step: Step, path: str) -> int | None:
    """The newest version in a folder of models or of an index; None where there is none."""
    if step.section.name == "models":
        from transforms.heads.model_folder import MODELS

        return MODELS.newest(path)
    from transforms.search.store.index_folder import INDEXES

    return INDEXES.newest(path)


def newest_table(step: Step) -> int | None:
    """The newest version of a step's table; None where there is none."""
    from transforms.table.open import open_log

    snapshot = open_log(step.to).snapshot()
    return None if snapshot is None else snapshot.version


def outputs_of(step: Step, results: list[Any]) -> dict[str, int | None]:
    """The folders that a finished step wrote to, each with its newest version."""
    if step.section.name == "models":
        heads = [_head_of(result["folder"]) for result in results]
        return {head: newest(step, head) for head in heads}
    if step.section.name == "indexes":
        return {step.to: newest(step, step.to)}
    return {result["to"] if step.section.by_version else step.to: None for result in results}


def exported(step: Step, to: str) -> dict[str, Any] | None:
    """The facts of an export that is whole already: the run that made it was killed before it kept so. None: there is none."""
    from transforms.table.manifest_log import MANIFEST
    from transforms.table.open import existing

    table = step.references["table"].to
    try:
        manifest = json.loads(files.read(files.join(to, MANIFEST)))
        suffixes = {name.rpartition(".")[2] for name in manifest["files"]}
        written = "npy" if "npy" in suffixes else suffixes.pop()
        snapshot, last = existing(table, manifest["version"]), existing(table)
        # A version that was only compacted since has the same rows.
        is_same = snapshot.rows_version == last.rows_version and manifest["encoder"]["run"] == snapshot.about.run
    except (OSError, RequestError, ValueError, KeyError, TypeError):
        return None
    wanted = step.options["format"]
    if not is_same or written != wanted:
        return None
    return {"table": table, "version": snapshot.version, "rows": snapshot.rows, "format": wanted, "to": to}


def _head_of(folder: str) -> str:
    """HEAD of HEAD/7 or of HEAD/_candidates/KEY."""
    head, mark, _ = folder.rpartition(f"/{CANDIDATES}/")
    return head if mark else folder.rpartition("/")[0]


def read_made(job: Job, step: Step) -> Made | None:
    """What the last run of the step made; None where there was none, or its record cannot be read."""
    try:
        record = json.loads(files.read(_record(job, step)))
        if record.pop("format") != _FORMAT:
            return None
        return Made(**record)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_made(job: Job, step: Step, made: Made) -> None:
    """Keeps what a run of the step made for the next one."""
    files.write(_record(job, step), json.dumps({"format": _FORMAT, **asdict(made)}, indent=1).encode())


def _record(job: Job, step: Step) -> str:
    # A step that writes elsewhere than before is another one.
    place = blake2b(step.to.encode(), digest_size=4).hexdigest()
    return files.join(job.runs, "steps", f"{step.key}-{place}.json")
