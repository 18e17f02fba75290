"""Holds what a finished job reports: the facts that `--json` prints, shown as a table in a notebook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any, Generic, TypeVar

Outcome = TypeVar("Outcome")

_LONGEST = 120


class Result(dict[str, Any], Generic[Outcome]):
    """The facts of a job, under the names that `--json` gives them.

    Attributes:
      outcome: all that the job returned.
      job: the description that was run, where a reader needs it.
      seconds: how long it took, unrounded.
    """

    def __init__(self, facts: Mapping[str, Any], *, outcome: Outcome, seconds: float, job: Any = None) -> None:
        super().__init__(facts)
        self.outcome = outcome
        self.job = job
        self.seconds = seconds

    def _repr_html_(self) -> str:
        return html_table(self)


def html_table(facts: Mapping[str, Any]) -> str:
    """Facts as a table of two columns, escaped; a long value is cut."""
    rows = "".join(
        f"<tr><th>{escape(str(name))}</th><td>{escape(_cell(value))}</td></tr>" for name, value in facts.items()
    )
    return f"<table>{rows}</table>"


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
