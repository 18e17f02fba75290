"""A job file over a corpus of news, refreshed by the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers.embedding import Corpus
from tests.launch.conftest import Command

TOPICS = ("sport", "money", "sky")


class Job:
    """A job file over a corpus of news, beside which it writes everything."""

    def __init__(self, root: Path, vectormill: Command, encoder: str = "fake-text") -> None:
        self.path = root / "job.yaml"
        self.root = root
        self._vectormill = vectormill
        self.news = Corpus(root / "news")
        for part in range(3):
            self.write_news(part)
        self.described: dict[str, Any] = {
            "tables": {
                "news": {
                    "inputs": "news/*.csv",
                    "encoder": encoder,
                    "text_column": "text",
                    "id_column": "id",
                    "label_column": "topic",
                }
            },
            "indexes": {"news": {"table": "news", "recall": 0.5}},
            "duplicates": {"twice": {"table": "news"}},
        }

    def write_news(self, part: int, *, words: str = "news") -> None:
        lines = [f"{part}-{row},{TOPICS[row % 3]} {words} {part} {row},{TOPICS[row % 3]}" for row in range(40)]
        self.news.write(f"{part}.csv", ["id,text,topic", *lines])

    def refresh(self, *options: str, code: int = 0, notices: int = 0) -> dict[str, Any]:
        """The actions of a refresh, by step; `record` has all of it. Notices are lines on standard error."""
        self.path.write_text(yaml.safe_dump(self.described, sort_keys=False))
        outcome = self._vectormill("refresh", self.path, "--json", *options)
        assert (outcome.code, outcome.err.count("\n")) == (code, notices), outcome
        self.record: dict[str, Any] = json.loads(outcome.out)
        self.why = {step["step"]: step["why"] for step in self.record["steps"]}
        self.message = {step["step"]: step["message"] for step in self.record["steps"]}
        return {step["step"]: step["action"] for step in self.record["steps"]}

    def printed(self, *options: str) -> str:
        """What a refresh says that ends well."""
        return self._vectormill("refresh", self.path, *options).output()

    def complaint(self) -> str:
        """The line of a refresh whose request is wrong."""
        self.path.write_text(yaml.safe_dump(self.described, sort_keys=False))
        return self._vectormill("refresh", self.path).complaint(2)


@pytest.fixture
def job(tmp_path: Path, vectormill: Command) -> Job:
    return Job(tmp_path, vectormill)
