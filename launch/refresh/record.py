"""Describes what became of a refresh and of each of its steps: what RUNS/ID.json holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from transforms.storage import files

Action = Literal["fresh", "run", "held back", "failed", "waits", "due"]

_FORMAT = "vectormill-run-1"
_WORST = (1, 2, 3, 0)
"""Exit codes, the one that is said first."""


@dataclass(kw_only=True)
class StepRecord:
    """What became of a step in one run.

    Attributes:
      step: SECTION.NAME.
      action: "fresh": nothing was to be done. "due": it would be run (of a dry run). "run": it was, and its result is published.
        "held back": it was, and its result is not good enough. "failed". "waits": what it is made of failed.
      why: why it was run, or not.
      message: the words of a failure, or of what held it back.
      outputs: folder -> version, after the run.
      facts: what the step's command prints with --json.
    """

    step: str
    action: Action
    why: str = ""
    message: str = ""
    exit_code: int = 0
    seconds: float = 0.0
    outputs: dict[str, int | None] = field(default_factory=dict)
    facts: Any = None

    @property
    def section(self) -> str:
        return self.step.partition(".")[0]

    @property
    def results(self) -> list[dict[str, Any]]:
        """The facts of everything that the step made: several heads, or one result."""
        made = self.facts if isinstance(self.facts, list) else [self.facts]
        return [dict(facts) for facts in made if facts]


@dataclass(kw_only=True)
class RunRecord:
    """One refresh: kept as RUNS/ID.json.

    Attributes:
      started: seconds since 1970.
      slot: the time that it was for, in UTC, where a scheduler said one.
      finished_by: the run that had finished this slot or a later one, so that nothing was looked at; "" if none had.
      report: its page, where one was written.
      notices: lines about a report, metrics or a notification that could not be written or sent.
    """

    id: str
    job: str
    started: float
    seconds: float = 0.0
    exit_code: int = 0
    steps: list[StepRecord] = field(default_factory=list)
    slot: str | None = None
    finished_by: str = ""
    report: str = ""
    notices: list[str] = field(default_factory=list)

    @property
    def is_needed(self) -> bool:
        """Whether there was anything to do."""
        return any(step.action != "fresh" for step in self.steps)

    def of(self, *actions: Action) -> list[StepRecord]:
        """The steps that became this."""
        return [step for step in self.steps if step.action in actions]

    def total(self, fact: str) -> int | None:
        """The sum of a count over the tables, "encoded" or "dead"; None where a table failed or was held back: nobody counted."""
        tables = [step for step in self.steps if step.section == "tables" and step.action != "fresh"]
        if any(not step.results for step in tables):
            return None
        return sum(facts.get(fact) or 0 for step in tables for facts in step.results)

    def finish(self, seconds: float) -> None:
        """Sets what follows from the steps."""
        self.seconds = round(seconds, 2)
        codes = {step.exit_code for step in self.steps}
        self.exit_code = next(code for code in _WORST if code in codes or code == 0)

    def to_json(self) -> dict[str, Any]:
        return {"format": _FORMAT, **asdict(self)}


def write_record(runs: str, record: RunRecord) -> None:
    """Keeps the record in the folder of runs."""
    files.write(files.join(runs, f"{record.id}.json"), json.dumps(record.to_json(), indent=1, default=str).encode())


def read_records(runs: str, *, most: int) -> Iterator[RunRecord]:
    """The newest records in the folder of runs, the newest first; those of other formats, or broken ones, are passed over."""
    names = [name for name in files.names(runs) if name.endswith(".json") and name[:1].isdigit()]
    for name in sorted(names, reverse=True)[:most]:
        try:
            found = json.loads(files.read(files.join(runs, name)))
            if found.pop("format") == _FORMAT:
                steps = [StepRecord(**step) for step in found.pop("steps")]
                yield RunRecord(steps=steps, **found)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
