"""A poisoned day is held back by the contract that it breaks, and the next good day publishes."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.helpers import fakes
from tests.helpers.embedding import rows
from tests.launch.conftest import Command
from tests.launch.refresh.conftest import Job
from transforms.encoders.spec import Encoder

WORDS = {
    "geld": ("währung", "börse", "erlös", "schätze"),
    "himmel": ("schnüre", "stürme", "nässe", "böen"),
    "sport": ("läufer", "schüsse", "plätze", "größe"),
}


@dataclass(frozen=True)
class WordEncoder(fakes.FakeResolved):
    """A fake whose vectors are the means of their words', so that texts of one topic are alike."""

    def load(self) -> Encoder:
        encoder = super().load()

        def encode(items: Any) -> Any:
            return np.stack(
                [np.mean([fakes.vector_of(word.encode()) for word in text.split()], axis=0) for text in items]
            )

        encoder.encode = encode  # type: ignore[method-assign]
        return encoder


class News(Job):
    """A job with a table alone, of ten files of news whose words tell the topic."""

    def __init__(self, root: Path, vectormill: Command) -> None:
        super().__init__(root, vectormill)
        vectormill.encoders["fake-text"] = WordEncoder(fakes.text_encoder(batch_items=2000).spec)
        self.described = {"tables": self.described["tables"]}
        for day in range(10):
            self.write(day)

    def write(self, day: int, *, shuffled: bool = False, encoding: str = "utf-8", mistaken: str | None = None) -> None:
        chance = random.Random(day)
        labels = [sorted(WORDS)[row % 3] for row in range(120)]
        texts = [" ".join(chance.choices(WORDS[label], k=6)) for label in labels]
        if mistaken is not None:
            texts = [text.encode().decode(mistaken) for text in texts]
        if shuffled:
            chance.shuffle(labels)
        lines = [f"{day}-{row},{text},{label}" for row, (text, label) in enumerate(zip(texts, labels, strict=True))]
        self.news.write(f"{day}.csv", [line.encode(encoding) for line in ["id,text,topic", *lines]])

    def held_back(self, by: str) -> None:
        """The day's refresh is held back, by these words alone."""
        before = rows(f"{self.root}/tables/news")
        assert self.refresh(code=3) == {"tables.news": "held back"}
        assert by in self.message["tables.news"], self.message
        assert rows(f"{self.root}/tables/news") == before


def test_days_of_text(tmp_path: Path, vectormill: Command) -> None:
    news = News(tmp_path, vectormill)
    limits = {"rows_lost": 0.05, "dead": 0.02, "label_shift": 0.2, "label_fit": 0.2, "drift": 0.25}
    news.described["tables"]["news"] |= {"contracts": limits, "max_dead_fraction": 1.0}
    assert news.refresh() == {"tables.news": "run"}

    news.write(10, shuffled=True)
    news.held_back("held back, version 0 stays: label_fit is 0.")

    news.write(10)
    news.news.remove("3.csv")
    news.held_back("rows_lost is 0.1, at most 0.05 is allowed: see ")

    news.write(3)
    news.write(10, mistaken="latin-1")
    news.held_back("drift is ")
    news.write(10, encoding="latin-1")
    news.held_back("dead is 0.5, at most 0.02 is allowed")

    news.write(10)
    assert news.refresh() == {"tables.news": "run"}
    assert len(rows(f"{tmp_path}/tables/news")) == 1320


def test_one_poisoned_source_among_good_ones_is_named(tmp_path: Path, vectormill: Command) -> None:
    news = News(tmp_path, vectormill)
    news.described["tables"]["news"]["contracts"] = {"drift": 0.5}
    news.refresh()
    for day in range(10, 16):
        news.write(day)
    news.write(16, mistaken="cp1252")
    news.held_back("held back, version 0 stays: drift of 16.csv is ")


def test_photographs_that_are_all_black(tmp_path: Path, vectormill: Command) -> None:
    job = Job(tmp_path, vectormill)
    job.described = {
        "tables": {"photos": {"inputs": "photos", "encoder": "fake-image", "contracts": {"duplicates": 0.2}}}
    }

    def photograph(day: int, count: int, *, black: bool) -> None:
        (tmp_path / "photos").mkdir(exist_ok=True)
        for number in range(count):
            pixels = np.random.default_rng([day, number]).integers(1, 256, (4, 4, 3)) * (not black)
            Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "photos" / f"{day}-{number}.png")

    photograph(0, 20, black=False)
    assert job.refresh() == {"tables.photos": "run"}
    photograph(1, 110, black=True)
    assert job.refresh(code=3) == {"tables.photos": "held back"}
    assert "duplicates is 1, at most 0.2 is allowed" in job.message["tables.photos"]
    photograph(1, 110, black=False)
    assert job.refresh() == {"tables.photos": "run"}
    assert len(rows(f"{tmp_path}/tables/photos")) == 130
