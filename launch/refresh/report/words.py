"""Words for what became of a refresh and of each of its steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from launch.refresh.record import RunRecord, StepRecord
from launch.terminal.text import counted
from transforms.report.formatting import known, number

_EVIDENCE = ": see "
"""Stands in the message of a table that was held back before the folder that shows why."""

MEANINGS = {
    "rows_lost": "Rows of the table are gone, and nothing stands in their place.",
    "dead": "Items that cannot be embedded: broken, empty, or not what their names say.",
    "duplicates": "New rows have the same vector as other new rows: the same picture or text over and over.",
    "label_shift": "The labels of the new rows are spread otherwise than those of the table.",
    "label_fit": "The labels of the new rows fit their content worse than those of the table: they may be mixed up.",
    "drift": "The new content is unlike the table's: another language, a wrong encoding, another camera.",
}
"""Contract -> what breaking it means."""


@dataclass(frozen=True, kw_only=True)
class Headline:
    """The outcome of a run in one line.

    Attributes:
      kind: "published", "held" or "failed", for its colour.
      strong: the first word.
      rest: what follows it.
    """

    kind: str
    strong: str
    rest: str


def headline(record: RunRecord) -> Headline:
    """The outcome in one line: the worst first."""
    failed, held, waits, done = (record.of(action) for action in ("failed", "held back", "waits", "run"))
    published = f"{counted(len(done), 'step')} brought up to date" if done else ""
    if failed:
        parts = [_named(failed), f"{counted(len(waits), 'step')} made of it {'waits' if len(waits) == 1 else 'wait'}"]
        parts = [parts[0], *(parts[1:] if waits else []), *([published] if published else [])]
        return Headline(kind="failed", strong="Failed", rest="; ".join(parts))
    if held:
        reasons = [f"{step.step} ({reason})" if (reason := _reason(step)) else step.step for step in held]
        parts = [", ".join(reasons), "the last good version stays in use", *([published] if published else [])]
        return Headline(kind="held", strong="Held back", rest="; ".join(parts))
    fresh = len(record.of("fresh"))
    already = f", {counted(fresh, 'step')} already {'was' if fresh == 1 else 'were'}" if fresh else ""
    return Headline(kind="published", strong="Published", rest=f"{published or 'nothing was to be done'}{already}")


def evidence_of(step: StepRecord) -> str | None:
    """The folder that the message of a table that was held back ends with; None where nothing was kept."""
    if step.section != "tables" or step.action != "held back":
        return None
    return step.message.rpartition(_EVIDENCE)[2]


def _reason(step: StepRecord) -> str:
    """The contracts that a table broke; "" where something else was held back."""
    return step.message.rpartition(_EVIDENCE)[0].partition(" stays: ")[2]


def _named(steps: list[StepRecord]) -> str:
    return ", ".join(step.step for step in steps)


def summary_of(step: StepRecord) -> str:
    """What a step made, in figures: "640 rows, 40 encoded, 1 dead letter"; "" where nothing is known."""
    return "; ".join(filter(None, (", ".join(_figures(step.section, facts)) for facts in step.results)))


def _figures(section: str, facts: Mapping[str, Any]) -> Iterator[str]:
    if section == "models":
        yield f"{facts['name']}: " + _measured("accuracy", facts["metrics"].get("accuracy"))
        if facts.get("gain"):
            yield _measured("gain over the version in use", facts["gain"], signed=True)
        return
    if known(facts.get("rows")):
        yield counted(int(facts["rows"]), "row")
    if section == "tables":
        sources = [f"{facts[name]:,} {name}" for name in ("new", "changed", "deleted") if facts.get(name)]
        if sources:
            yield f"sources: {', '.join(sources)}"
        yield f"{facts.get('encoded') or 0:,} items encoded"
        if facts.get("cut_off"):
            yield f"{facts['cut_off']:,} longer than the encoder reads, {facts['unread']:.1%} of the text not read"
    if section == "indexes" and facts.get("recall"):
        yield _measured("recall@10", facts["recall"].get("10"))
    if facts.get("dead"):
        yield counted(int(facts["dead"]), "dead letter")


def _measured(name: str, measured: Mapping[str, Any] | None, *, signed: bool = False) -> str:
    value = (measured or {}).get("value")
    return f"{name} {number(value, signed=signed)}"
