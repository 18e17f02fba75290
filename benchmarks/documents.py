"""Embeds and searches some 1,000 real documents of every format, and holds each reader to a second one.

    python -m benchmarks.documents [--only read,embed,questions,words,edits,hostile] [--largest KB]

The corpus is `benchmarks.document_corpus`. Twenty questions have a known file, page and heading. The words of each document are
compared with those that another reader finds, which shares no code with ours (pdftotext, pandoc, w3m, ...): F1 of the two
multisets. One paragraph is edited, one file renamed, one deleted; then every kind of hostile file, with what a person sees.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from benchmarks import document_words, hostile_documents
from benchmarks.common import CORPORA, WORK, console, show
from benchmarks.document_corpus import collect
from benchmarks.figures import record

if TYPE_CHECKING:
    from transforms.search.ask.hit import Hit

ROOT = Path(__file__).parents[1]
HERE = WORK / "documents"
QUESTIONS = Path(__file__).with_name("document_questions.yaml")
CHUNK = "paragraphs"
ENCODER = "minilm"
FIGURES: dict[str, float] = {}
PARTS = ("read", "embed", "questions", "words", "edits", "hostile")


def main(parts: Sequence[str], largest: int | None) -> None:
    os.environ.setdefault("TFHUB_CACHE_DIR", str(CORPORA.parent / "tfhub"))
    documents = HERE / "corpus"
    if "read" in parts:
        read_all(collect())
    if "embed" in parts:
        shutil.rmtree(HERE, ignore_errors=True)
        shutil.copytree(collect(), documents)
        if largest is not None:
            _leave_out(documents, largest << 10)
        embed_all(documents)
    if "questions" in parts:
        questions()
    if "words" in parts:
        words(collect())
    if "edits" in parts:
        edits(documents)
    if "hostile" in parts:
        hostile()
    record(FIGURES)


# ---- embed and ask -----------------------------------------------------------------------------------------


def vectormill(*arguments: str) -> tuple[dict[str, Any], float, float]:
    """The facts that a command prints, its seconds of processors, and the most MB that one of its processes took.

    Raises:
      SystemExit: it failed.
    """
    with (HERE / "command.log").open("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "launch.cli", *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        said = process.stdout.read() if process.stdout is not None else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise SystemExit(f"{' '.join(arguments)}: {errors.read()[-2000:]}")
    return json.loads(said.strip().splitlines()[-1]), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def read_all(documents: Path) -> None:
    """Our readers and the cutting into chunks alone."""
    from transforms.corpus import readers
    from transforms.corpus.chunks.chunking import Chunking
    from transforms.corpus.documents.processes import DocumentProcesses, Limits
    from transforms.corpus.options import ReadOptions
    from transforms.corpus.sources import list_corpus

    options = ReadOptions(modality="text", documents=True, chunk=Chunking.parsed(CHUNK))
    started = time.monotonic()
    sources = list_corpus([str(documents)], options).sources
    kept = readers.survey(sources, options).kept
    letters = rows = 0
    for batch in readers.read(sources, options, kept=kept):
        letters += sum(len(payload or b"") for payload in batch.column("payload").to_pylist())
        rows += batch.num_rows
    seconds = time.monotonic() - started
    DocumentProcesses.shared(Limits()).close()
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    show(
        "Our readers alone, cut by paragraphs",
        ("documents", "paragraphs", "MB of text", "seconds", "documents/s", "peak MB of a reading process"),
        [(f"{len(sources):,}", f"{rows:,}", f"{letters / 1e6:.1f}", f"{seconds:.1f}", f"{len(sources) / seconds:.1f}",
          f"{megabytes:,.0f}")],
    )  # fmt: skip
    FIGURES["read_rate"] = len(sources) / seconds
    FIGURES["read_memory"] = megabytes


def embed(documents: Path) -> tuple[dict[str, Any], float, float]:
    return vectormill(
        *("embed", str(documents), "--to", str(HERE / "table"), "--encoder", ENCODER, "--documents"),
        *("--chunk", CHUNK, "--max-dead-fraction", "0.2", "--json"),
    )


def _leave_out(documents: Path, most: int) -> None:
    """Removes files of more bytes, but those that a question is about."""
    asked = tuple(
        end for one in yaml.safe_load(QUESTIONS.read_text(encoding="utf-8")) for end in one["file"].split("|")
    )
    for path in documents.rglob("*"):
        if path.is_file() and path.stat().st_size > most and not path.name.endswith(asked):
            path.unlink()


def embed_all(documents: Path) -> None:
    facts, seconds, megabytes = embed(documents)
    count = sum(path.is_file() for path in documents.rglob("*"))
    size = sum(path.stat().st_size for path in documents.rglob("*") if path.is_file())
    show(
        f"{count:,} documents, {size / 1e6:,.0f} MB",
        ("chunks", "dead letters", "seconds of a core", "documents/s", "peak MB of a process"),
        [(f"{facts['rows']:,}", f"{facts['dead']:,}", f"{seconds:.1f}", f"{count / seconds:.1f}", f"{megabytes:,.0f}")],
    )
    _show_dead()
    FIGURES["count"] = count
    FIGURES["chunks"] = facts["rows"]
    FIGURES["dead"] = facts["dead"]
    FIGURES["rate"] = count / seconds
    FIGURES["memory"] = megabytes
    vectormill("index", str(HERE / "table"), "--to", str(HERE / "index"), "--json")


def _show_dead() -> None:
    import polars as pl

    letters = pl.read_parquet(HERE / "table" / "_dead" / "*.parquet").rows(named=True)
    found = Counter(f"{one['error']}: {one['message'][:90]}" for one in letters)
    for words, number in found.most_common(12):
        console.print(f"{number:4} {words}")


def questions() -> None:
    from transforms.search.ask.searcher import Searcher

    searcher = Searcher(str(HERE / "index"))
    rows, first, among = [], 0, 0
    for question in yaml.safe_load(QUESTIONS.read_text(encoding="utf-8")):
        hits = searcher.search(question["ask"], k=3)
        right = [_answers(hit, question) for hit in hits]
        first += right[:1] == [True]
        among += any(right)
        best = hits[right.index(True) if any(right) else 0]
        rows.append(
            (question["ask"][:60], "1" if right[:1] == [True] else "3" if any(right) else "NO", best.place[-70:])
        )
    show("Questions: file, page and heading right", ("question", "in the first", "where"), rows)
    FIGURES["first"] = first / len(rows)
    FIGURES["first_three"] = among / len(rows)


def _answers(hit: Hit, question: dict[str, Any]) -> bool:
    if not hit.id.endswith(tuple(question["file"].split("|"))):
        return False
    if "pages" in question and hit.page not in question["pages"]:
        return False
    return "heading" not in question or question["heading"].lower() in (hit.heading or "").lower()


# ---- a second reader ---------------------------------------------------------------------------------------


def words(documents: Path) -> None:
    scores: dict[str, list[tuple[float, float, float, str]]] = defaultdict(list)
    for path in sorted(path for path in documents.rglob("*") if path.is_file()):
        suffix = document_words.suffix_of(path)
        second = document_words.second_reader(suffix)
        if second is None:
            continue
        ours, theirs = document_words.ours(path), second(path)
        if ours is None or theirs is None or not theirs.strip():
            continue
        scores[suffix].append((*document_words.overlap(ours, theirs), path.name))
    rows = []
    for suffix, found in sorted(scores.items()):
        f1, recall, precision = (statistics.median(values) for values in list(zip(*found, strict=True))[:3])
        worst = min(found)
        reader = document_words.SECOND[suffix][0]
        rows.append(
            (
                suffix,
                reader,
                str(len(found)),
                f"{f1:.3f}",
                f"{recall:.3f}",
                f"{precision:.3f}",
                f"{worst[0]:.2f} {worst[3][-40:]}",
            )
        )
        FIGURES[f"words_{suffix.strip('.')}"] = f1
    show(
        "Words of our readers against a second one's",
        ("format", "second", "files", "F1", "found of theirs", "theirs of ours", "worst"),
        rows,
    )
    for suffix, (name, _) in document_words.SECOND.items():
        if document_words.second_reader(suffix) is None:
            console.print(f"{suffix}: skipped, {name} is not installed")


# ---- what a change costs -----------------------------------------------------------------------------------


def edits(documents: Path) -> None:
    page = next(documents.rglob("*npm-ci.md"))
    text = page.read_text(encoding="utf-8")
    renamed = next(documents.rglob("*R-FAQ.pdf"))
    deleted = next(documents.rglob("*R-data.pdf"))
    rows = []
    for what, change in (
        ("nothing", lambda: None),
        ("one paragraph edited", lambda: page.write_text(text.replace("similar to", "much like"), encoding="utf-8")),
        ("one file renamed", lambda: renamed.rename(renamed.with_name("moved.pdf"))),
        ("one file deleted", deleted.unlink),
    ):
        change()
        facts, seconds, _ = embed(documents)
        counts = [f"{facts[name]:,}" for name in ("new", "changed", "deleted", "encoded", "rows")]
        rows.append((what, *counts, f"{seconds:.1f}"))
        if what != "nothing":
            FIGURES[f"encoded_{what.split()[-1]}"] = facts["encoded"]
    show("What a change costs", ("change", "new", "changed", "deleted", "encoded", "rows", "seconds of a core"), rows)


# ---- hostile files -----------------------------------------------------------------------------------------


def hostile() -> None:
    folder = HERE / "hostile"
    rows, seconds, memory = [], 0.0, 0.0
    for name in hostile_documents.write(folder):
        outcome = hostile_documents.outcome(folder / name)
        rows.append((name, f"{outcome.seconds:.1f}", f"{outcome.megabytes:,.0f}", outcome.said[:110]))
        seconds, memory = max(seconds, outcome.seconds), max(memory, outcome.megabytes)
    show("Hostile files", ("file", "seconds of a core", "MB", "what a person sees"), rows)
    FIGURES["hostile_seconds"] = seconds
    FIGURES["hostile_memory"] = memory


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument(
        "--largest", type=int, help="Embed files of at most so many KB, and those that questions are about."
    )
    given = parser.parse_args()
    main(given.only.split(","), given.largest)
