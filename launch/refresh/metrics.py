"""Writes figures of a run in Prometheus' text format, for the textfile collector of its node exporter.

    https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format

The file is replaced in one step, and holds no times of its own, which the collector refuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from launch.refresh.record import RunRecord, StepRecord
from transforms.storage import files

_STATES = ("fresh", "run", "held_back", "failed", "waits")
_SUCCESS = "vectormill_refresh_last_success_timestamp_seconds"


@dataclass(frozen=True, kw_only=True)
class _Sample:
    """A value of a metric; `labels` beside the job's."""

    value: float
    labels: Mapping[str, str]


def write_metrics(path: str, record: RunRecord) -> None:
    """Writes the figures of a run that has ended, whether or not it had anything to do.

    Raises:
      OSError: the file cannot be written.
    """
    files.write(path, _text(record, _last_success(path, record)).encode())


def _last_success(path: str, record: RunRecord) -> float | None:
    """When a run last ended with 0: this one, or that of the file as it stands."""
    if record.exit_code == 0:
        return record.started + record.seconds
    try:
        found = re.search(rf"^{_SUCCESS}\{{.*\}} (\S+)$", files.read(path).decode(), re.MULTILINE)
        return None if found is None else float(found[1])
    except (OSError, ValueError):
        return None


def _text(record: RunRecord, success: float | None) -> str:
    lines = []
    for name, explained, samples in _metrics(record, success):
        if samples:
            lines += [f"# HELP {name} {explained}", f"# TYPE {name} gauge"]
            lines += [_line(name, {"job": record.job, **sample.labels}, sample.value) for sample in samples]
    return "\n".join([*lines, ""])


def _metrics(record: RunRecord, success: float | None) -> Iterator[tuple[str, str, list[_Sample]]]:
    """Name, words and samples of each metric."""

    def of_run(value: float | None) -> list[_Sample]:
        return [] if value is None else [_Sample(value=value, labels={})]

    def of_steps(values: Mapping[str, float | None]) -> list[_Sample]:
        return [_Sample(value=value, labels={"step": step}) for step, value in values.items() if value is not None]

    prefix = "vectormill_refresh_"
    ended = record.started + record.seconds
    yield f"{prefix}last_run_timestamp_seconds", "When the last run ended.", of_run(ended)
    yield _SUCCESS, "When a run last ended with exit code 0.", of_run(success)
    yield f"{prefix}exit_code", "0 all is fresh, 1 failed, 2 request wrong, 3 held back.", of_run(record.exit_code)
    yield f"{prefix}duration_seconds", "How long the last run took.", of_run(record.seconds)
    yield f"{prefix}encoded_items", "Items that the last run encoded.", of_run(record.total("encoded"))
    yield f"{prefix}dead_items", "Items that could not be embedded in the last run.", of_run(record.total("dead"))
    states = [
        _Sample(value=float(_state(step) == state), labels={"step": step.step, "state": state})
        for step in record.steps
        for state in _STATES
    ]
    yield f"{prefix}step_state", "1 for what became of a step in the last run.", states
    seconds = {step.step: step.seconds for step in record.steps}
    yield f"{prefix}step_duration_seconds", "How long a step took in the last run.", of_steps(seconds)
    versions = {step.step: _version(step) for step in record.steps}
    yield f"{prefix}step_version", "The version that a step published last.", of_steps(versions)


def _state(step: StepRecord) -> str:
    """A model or index that was held back by an earlier run, and not tried again, still is."""
    return "held_back" if step.action == "held back" or (step.action == "fresh" and step.message) else step.action


def _version(step: StepRecord) -> float | None:
    versions = [version for version in step.outputs.values() if version is not None]
    return versions[0] if len(versions) == 1 else None


def _line(name: str, labels: Mapping[str, str], value: float) -> str:
    written = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{written}}} {value:.15g}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
