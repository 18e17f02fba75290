"""A month of daily drops, kept fresh by `vectormill refresh`, with random kills: at the end all is as if made from scratch.

    python -m benchmarks.month [--days 30] [--rows 60] [--photos 12]

Every day brings a file of texts and a folder of photographs, changes some lines and photographs of earlier days, and deletes
others; 1 % of what comes is corrupt. On a third of the days the refresh is killed (`kill -9`) at a random moment, up to twice,
and run again. In the middle of the month the texts' encoder is upgraded: the first attempt is killed, too, the second one is cut
over to. After each day every version that was published on it is compared with that day's corpus. At the end a second
job is run on the final corpus from nothing, and its tables, indexes and head must give the same rows and the same answers.

Texts are embedded by a network that a model can be exported with, photographs by a hash of their pixels; both count what they
encode. The processes are forked from one that has everything imported and has opened nothing.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.common import console, show
from benchmarks.figures import record
from benchmarks.refreshing import IMAGE, Counted, Ended, Process, WordEncoder, import_everything, save_encoder
from launch import cli
from transforms import encoders

TOPICS = {
    "money": ("bank", "profit", "dividend", "loan"),
    "sky": ("rain", "storm", "drizzle", "hail"),
    "sport": ("goal", "coach", "penalty", "referee"),
}
JOB = """\
tables:
  news:
    inputs: {corpus}/news/*.csv
    encoder: {encoder}
    text_column: text
    id_column: id
    label_column: topic
    max_dead_fraction: 0.2
    contracts: {{rows_lost: 0.3, duplicates: 0.5, label_fit: 0.3, drift: 0.5}}
  photos: {{inputs: {corpus}/photos, encoder: pixels, max_dead_fraction: 0.2, contracts: {{duplicates: 0.5}}}}
models:
  topics: {{table: news, min_gain: -1}}
indexes:
  news: {{table: news, kind: exact}}
  photos: {{table: photos, kind: exact, recall: 0.5}}
"""


@dataclass
class Corpus:
    """Texts and photographs as they are on a day: what is on the disk, and what of it is good.

    Attributes:
      texts: file -> id -> (text, topic); None for a corrupt line.
      photos: name -> bytes; None for a corrupt file.
      seen: every content that was ever there and good.
    """

    root: Path
    rows: int
    pictures: int
    chance: random.Random = field(default_factory=lambda: random.Random(0))
    texts: dict[str, dict[str, tuple[str, str] | None]] = field(default_factory=dict)
    photos: dict[str, bytes | None] = field(default_factory=dict)
    seen: set[Any] = field(default_factory=set)
    corrupt: int = 0

    def drop(self, day: int) -> None:
        """What a day brings, changes and deletes."""
        # A corpus is there already on the first day: a file of few is no small part of it.
        changed = {f"{day:02}-{part}.csv" for part in range(1 if day else 6)}
        for name in sorted(changed):
            self.texts[name] = {f"{name}:{row}": self._text() for row in range(self.rows)}
        for _ in range(3 if day else 0):
            other = self.chance.choice(sorted(self.texts))
            self.texts[other][self.chance.choice(sorted(self.texts[other]))] = self._text()
            changed.add(other)
        for number in range(self.pictures if day else 6 * self.pictures):
            self._photograph(f"{day:02}/{number}.png")
        if day % 3 == 2:
            gone = self.chance.choice(sorted(self.texts)[:-1])
            del self.texts[gone]
            (self.root / "news" / gone).unlink()
            changed.discard(gone)
        if day:
            self._photograph(self.chance.choice(sorted(self.photos)))
            gone = self.chance.choice(sorted(self.photos))
            del self.photos[gone]
            (self.root / "photos" / gone).unlink()
        for name in changed:
            self._write(name)

    def _text(self) -> tuple[str, str] | None:
        if self.chance.random() < 0.01:
            self.corrupt += 1
            return None
        topic = self.chance.choice(sorted(TOPICS))
        words = [
            self.chance.choice(TOPICS[topic]) if self.chance.random() < 0.8 else f"w{self.chance.randrange(2000)}"
            for _ in range(9)
        ]
        text = " ".join(words)
        self.seen.add(text)
        return text, topic

    def _photograph(self, name: str) -> None:
        pixels = np.frombuffer(self.chance.randbytes(192), np.uint8).reshape(8, 8, 3)
        with io.BytesIO() as stream:
            Image.fromarray(pixels).save(stream, "PNG")
            content = stream.getvalue()
        broken = self.chance.random() < 0.01
        self.corrupt += broken
        if not broken:
            self.seen.add(content)
        self.photos[name] = None if broken else content
        path = self.root / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content[: len(content) // 2] if broken else content)

    def _write(self, name: str) -> None:
        lines = [f"{key},{row[0]},{row[1]}" if row else f"{key},,sky" for key, row in self.texts[name].items()]
        (self.root / "news").mkdir(exist_ok=True)
        (self.root / "news" / name).write_text("\n".join(["id,text,topic", *lines, ""]))

    def good(self) -> dict[str, dict[str, Any]]:
        """Table -> id -> text and topic, or None, of all that can be embedded."""
        news = {key: list(row) for rows in self.texts.values() for key, row in rows.items() if row is not None}
        photos = {name: [None, None] for name, content in self.photos.items() if content is not None}
        return {"news": news, "photos": photos}


class Kept:
    """A job over the corpus, and what it keeps fresh."""

    def __init__(self, home: Path, corpus: Path, encoder: Path) -> None:
        self.home = home
        self.versions: dict[str, int] = {}
        home.mkdir(parents=True)
        (home / "job.yaml").write_text(JOB.format(corpus=corpus, encoder=encoder))

    def refresh(self, slot: str) -> Process:
        arguments = ["refresh", str(self.home / "job.yaml"), "--as-of", slot]
        return Process(lambda: cli.run(arguments), self.home / f"log-{time.monotonic_ns()}")

    def make(self, slot: str) -> None:
        """A refresh that has to succeed."""
        if (ended := self.refresh(slot).end()).code:
            raise SystemExit(ended.said)

    def upgrade(self, encoder: Path, chance: random.Random) -> int:
        """Moves the texts to another encoder; the kills on the way."""

        def run(*options: str) -> Process:
            arguments = ["upgrade", str(self.home / "job.yaml"), "--table", "news", *options]
            return Process(lambda: cli.run(arguments), self.home / f"log-{time.monotonic_ns()}")

        killed = run("--encoder", str(encoder)).kill(chance.uniform(1, 5))
        for options in (["--encoder", str(encoder)], ["--cut-over"]):
            if (ended := run(*options).end()).code:
                raise SystemExit(f"upgrade {options}: {ended.said}")
        return int(killed)

    def look(self, what: str, *given: Any) -> Any:
        """What a function of this module sees in this folder, in a process of its own."""
        to = self.home / "seen.json"

        def look() -> None:
            to.write_text(json.dumps(_LOOKS[what](self.home, *given)))

        ended = Process(look, self.home / "log-look").end()
        if ended.code or not to.exists():
            raise SystemExit(ended.said)
        found = json.loads(to.read_text())
        to.unlink()
        return found


def _tables(home: Path, since: dict[str, int]) -> dict[str, Any]:
    """Every version of each table since those: its rows by id; and how many rows each new version of an index has."""
    from transforms.search.ask.searcher import Searcher
    from transforms.search.store.index_folder import INDEXES
    from transforms.table.feature_table import open_table

    found: dict[str, Any] = {}
    for name in ("news", "photos"):
        table = open_table(home / "tables" / name)
        versions = [version for version in table.versions() if version > since.get(name, -1)]
        found[name] = {version: _rows(home, name, version) for version in versions}
        folder = str(home / "indexes" / name)
        numbers = [number for number in INDEXES.numbers(folder) if number > since.get(f"index {name}", 0)]
        found[f"index {name}"] = {number: Searcher(f"{folder}/{number}").rows for number in numbers}
    return found


def _rows(home: Path, name: str, version: int) -> dict[str, Any]:
    from transforms.table.feature_table import open_table

    wanted = ["id", "label"] + (["text"] if name == "news" else [])
    rows = open_table(home / "tables" / name, version).to_arrow(wanted).to_pylist()
    found = {row["id"]: [row.get("text"), row["label"]] for row in rows}
    if len(found) != len(rows):
        raise SystemExit(f"{name} has an id twice")
    return found


def _answers(home: Path) -> dict[str, Any]:
    """Vectors by id of both tables, top ten of 100 queries in both indexes, and the head's label of every text."""
    from transforms.heads.serve.classifier import load_model
    from transforms.search.ask.searcher import Searcher
    from transforms.table.feature_table import open_table

    found: dict[str, Any] = {}
    for name in ("news", "photos"):
        table = open_table(home / "tables" / name)
        ids, vectors = table.to_arrow(["id"]).column("id").to_pylist(), table.vectors()
        order = np.argsort(ids)
        found[f"vectors {name}"] = {ids[row]: vectors[row].tolist() for row in order}
        searcher = Searcher(str(home / "indexes" / name))
        queries = vectors[order][:: max(len(ids) // 100, 1)] + np.float32(0.01)
        positions, scores = searcher.nearest(queries, 10)
        named = searcher.rows_of(positions.ravel(), ["id"]).column("id").to_pylist()
        tops = zip(np.reshape(named, positions.shape).tolist(), scores.tolist(), strict=True)
        found[f"top {name}"] = [dict(zip(keys, scored, strict=True)) for keys, scored in tops]
        if name == "news":
            predicted = load_model(home / "models" / "topics").predict_vectors(vectors[order])
            found["labels"] = predicted.labels
    return found


_LOOKS: dict[str, Callable[..., Any]] = {"tables": _tables, "answers": _answers}


def day_is_good(kept: Kept, corpus: Corpus) -> tuple[int, int]:
    """Versions that were published since the last look, and those of them that are what the corpus is."""
    expected, published, good = corpus.good(), 0, 0
    for name, versions in kept.look("tables", kept.versions).items():
        for version, rows in versions.items():
            table = name.removeprefix("index ")
            is_good = rows == (expected[table] if name == table else len(expected[table]))
            published, good = published + 1, good + is_good
            if not is_good:
                console.print(f"{name} {version} is not what the corpus is")
            kept.versions[name] = max(int(version), kept.versions.get(name, -1))
    return published, good


def agreement(left: Any, right: Any) -> float:
    """The share of a mapping's or list's values that are the same."""
    if isinstance(left, dict):
        return float(np.mean([left[key] == right.get(key) for key in left])) if left.keys() == right.keys() else 0.0
    return float(np.mean([one == other for one, other in zip(left, right, strict=True)]))


def are_same(left: dict[str, float], right: dict[str, float]) -> bool:
    """Whether two answers, id -> cosine, have the same ids but for those that are as near as the last one, to 1e-5."""
    last = max(min(left.values()), min(right.values())) + 1e-5
    sure = {key for answer in (left, right) for key, score in answer.items() if score > last}
    return sure <= left.keys() & right.keys() and all(abs(left[key] - right[key]) < 1e-5 for key in sure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--rows", type=int, default=60, help="texts a day")
    parser.add_argument("--photos", type=int, default=12, help="photographs a day")
    asked = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="month-"))
    os.environ["VECTORMILL_CACHE_DIR"] = str(home / "cache")
    resolve = encoders.resolve

    def counted(name: str, **more: Any) -> Any:
        inner = WordEncoder(IMAGE, "pixels-1") if name == "pixels" else resolve(name, **more)
        return Counted(inner, home / "encoded")

    encoders.resolve = counted
    try:
        save_encoder(home / "encoder")
        save_encoder(home / "encoder-2", seed=1)
        figures = month(home, asked.days, asked.rows, asked.photos)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    show("A month of daily drops", ["", ""], [[name, f"{value:g}"] for name, value in figures.items()])
    record(figures)


def month(home: Path, days: int, rows: int, photos: int) -> dict[str, float]:
    """Every figure, by its name."""
    warm = Corpus(home / "warm", rows=15, pictures=4)
    warm.drop(0)
    first = Kept(home / "first", warm.root, home / "encoder")
    import_everything(first.home / "job.yaml")
    (home / "encoded").unlink()

    corpus, kept = Corpus(home / "corpus", rows, photos), Kept(home / "kept", home / "corpus", home / "encoder")
    chance = random.Random(1)
    published = good = kills = 0
    taken: list[float] = []
    for day in range(days):
        if day == days // 2:
            kills += kept.upgrade(home / "encoder-2", chance)
            new, fine = day_is_good(kept, corpus)
            published, good = published + new, good + fine
        corpus.drop(day)
        slot = f"2026-01-{day + 1:02}"
        for _ in range(chance.choice((0, 0, 1, 2)) if taken else 0):
            kills += kept.refresh(slot).kill(chance.uniform(0, float(np.median(taken))))
        started = time.monotonic()
        ended: Ended = kept.refresh(slot).end()
        if ended.code:
            raise SystemExit(f"day {day}: {ended.said}")
        taken.append(time.monotonic() - started)
        new, fine = day_is_good(kept, corpus)
        published, good = published + new, good + fine
        console.print(f"[dim]day {day + 1}/{days}: {taken[-1]:.1f} s, {new} published, {kills} kills so far[/dim]")
    lines = (home / "encoded").read_text().split()

    scratch = Kept(home / "scratch", home / "corpus", home / "encoder-2")
    scratch.make("2026-02-01")
    # The sides of a table's rows are drawn once: with the same sides the head has to be the same.
    splits = Path("tables", "news", "_vectormill", "splits")
    shutil.copytree(kept.home / splits, scratch.home / splits, dirs_exist_ok=True)
    shutil.rmtree(scratch.home / "models")
    scratch.make("2026-02-02")
    ours, theirs = kept.look("answers"), scratch.look("answers")
    same = {name: agreement(ours[name], theirs[name]) for name in ours if not name.startswith("top ")}
    for name in ("top news", "top photos"):
        same[name] = float(np.mean([are_same(*pair) for pair in zip(ours[name], theirs[name], strict=True)]))
    console.print(same)
    distinct = len(set(lines))
    console.print(
        f"{corpus.corrupt} corrupt items and {len(corpus.seen)} good ones came; {len(lines)} encoded of {distinct}"
    )
    return {
        "kills": kills,
        "published": published,
        "good": good / published,
        "work": len(lines) / distinct,
        "rows": min(same["vectors news"], same["vectors photos"]),
        "answers": min(same["top news"], same["top photos"]),
        "labels": same["labels"],
        "day": float(np.median(taken)),
    }


if __name__ == "__main__":
    # What Beam pickles must not be in __main__.
    from benchmarks import month as this

    this.main()
