"""Sends events of a refresh to whoever follows the lineage of data, in the format of OpenLineage 2-0-2.

    https://openlineage.io/docs/spec/object-model

A run of the whole job is the parent of a run of each step that is out of date. Each begins with START and ends with COMPLETE,
FAIL (failed, or held back: nothing was published) or ABORT (stopped). A refresh with nothing to do sends nothing.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from launch.refresh.job_file import Job, Step
from launch.refresh.post import post
from launch.refresh.record import RunRecord, StepRecord
from transforms.common.errors import one_line
from transforms.storage import files

SECONDS = 5.0
"""How long an endpoint may take; after the first event that it does not take it is left alone until the next refresh."""

_PRODUCER = "urn:vectormill:refresh"
_SPEC = "https://openlineage.io/spec"


class Lineage:
    """The events of one refresh.

    Attributes:
      notices: a line, where the file or endpoint did not take an event; none is sent after it.
    """

    def __init__(self, job: Job, record: RunRecord) -> None:
        self._job = job
        self._record = record
        self._begun: set[str] = set()
        self.notices: list[str] = []

    def begin(self, step: Step) -> None:
        """A step begins."""
        if not self._begun:
            self._send("START", None, facets=self._nominal())
        self._begun.add(step.key)
        self._send("START", step, facets=self._parent())

    def end(self, step: Step, found: StepRecord) -> None:
        """A step was run, or failed, maybe before it began."""
        if step.key not in self._begun:
            self.begin(step)
        if found.action == "run":
            self._send("COMPLETE", step, facets=self._parent(), outputs=list(_outputs(found)))
        else:
            self._send("FAIL", step, facets={**self._parent(), **_error(found.message)})

    def abort(self, step: Step) -> None:
        """The run was stopped at this step."""
        if step.key in self._begun:
            self._send("ABORT", step, facets=self._parent())
            self._send("ABORT", None, facets=self._nominal())
            self._begun.clear()

    def finish(self) -> None:
        """The run has ended."""
        if not self._begun:
            return
        bad = [f"{step.step}: {step.message}" for step in self._record.of("failed", "held back")]
        facets = {**self._nominal(), **(_error("; ".join(bad)) if bad else {})}
        self._send("FAIL" if bad else "COMPLETE", None, facets=facets)

    def _send(
        self, kind: str, step: Step | None, *, facets: Mapping[str, Any], outputs: list[dict[str, Any]] | None = None
    ) -> None:
        if self._job.openlineage is None or self.notices:
            return
        event = {
            "eventType": kind,
            "eventTime": datetime.now(timezone.utc).isoformat(),
            "producer": _PRODUCER,
            "schemaURL": f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": {"runId": self._run_id(step), "facets": facets},
            "job": self._named(step),
            "inputs": [] if step is None else list(_inputs(step)),
            "outputs": [] if step is None else outputs or [_dataset(step.to)],
        }
        problem = _sent(self._job.openlineage, event)
        if problem:
            self.notices.append(f"openlineage: {self._job.openlineage}: {problem}")

    def _named(self, step: Step | None) -> dict[str, str]:
        name = self._job.path if step is None else f"{self._job.path}#{step.key}"
        return {"namespace": "vectormill", "name": name}

    def _run_id(self, step: Step | None) -> str:
        key = "" if step is None else step.key
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self._job.path}#{self._record.id}#{key}"))

    def _parent(self) -> dict[str, Any]:
        parent = {"run": {"runId": self._run_id(None)}, "job": self._named(None)}
        return {"parent": _facet("ParentRunFacet", "1-0-1", parent)}

    def _nominal(self) -> dict[str, Any]:
        slot = self._record.slot
        if slot is None:
            return {}
        return {"nominalTime": _facet("NominalTimeRunFacet", "1-0-1", {"nominalStartTime": slot})}


def _sent(to: str, event: Mapping[str, Any]) -> str:
    if not files.is_local(to):
        return post(to, event, seconds=SECONDS)
    try:
        files.make_folder(files.parent(to))
        with open(to, "a", encoding="utf-8") as stream:
            stream.write(json.dumps(event) + "\n")
    except OSError as error:
        return one_line(error)
    return ""


def _inputs(step: Step) -> Iterator[dict[str, Any]]:
    given = step.options.get("inputs", ()) if step.section.name == "tables" else ()
    for corpus in [given] if isinstance(given, str) else given:
        yield _dataset(corpus)
    for reference in step.references.values():
        yield _dataset(reference.to)


def _outputs(found: StepRecord) -> Iterator[dict[str, Any]]:
    rows = [facts.get("rows") for facts in found.results]
    for path, version in found.outputs.items():
        dataset = _dataset(path)
        if version is not None:
            facet = _facet("DatasetVersionDatasetFacet", "1-0-1", {"datasetVersion": str(version)})
            dataset["facets"] = {"version": facet}
        if len(rows) == 1 and isinstance(rows[0], int):
            facet = _facet("OutputStatisticsOutputDatasetFacet", "1-0-2", {"rowCount": rows[0]})
            dataset["outputFacets"] = {"outputStatistics": facet}
        yield dataset


def _dataset(path: str) -> dict[str, Any]:
    """A dataset by OpenLineage's names: of `file` by its path, of a bucket by what follows it."""
    scheme, mark, rest = path.partition("://")
    if not mark:
        return {"namespace": "file", "name": path}
    bucket, _, inner = rest.partition("/")
    return {"namespace": f"{scheme}://{bucket}", "name": inner}


def _error(message: str) -> dict[str, Any]:
    return {
        "errorMessage": _facet(
            "ErrorMessageRunFacet", "1-0-1", {"message": message or "failed", "programmingLanguage": "python"}
        )
    }


def _facet(name: str, version: str, content: Mapping[str, Any]) -> dict[str, Any]:
    return {"_producer": _PRODUCER, "_schemaURL": f"{_SPEC}/facets/{version}/{name}.json#/$defs/{name}", **content}
