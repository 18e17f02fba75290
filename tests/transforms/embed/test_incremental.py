"""Whatever is edited between runs, the table is what a first embed of the same corpus would have made."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.helpers import fakes
from tests.helpers.embedding import FORMATS, Corpus, embed, expected, job, rows, visible, without_fingerprints
from transforms.corpus import readers
from transforms.table.open import existing

both = pytest.mark.parametrize("part_format", FORMATS)


@pytest.fixture
def reviews(corpus: Corpus) -> Corpus:
    corpus.write("neg.txt", [f"bad {row}" for row in range(40)])
    corpus.write("pos.txt", [f"good {row}" for row in range(40)])
    return corpus


def label_of(name: str) -> str:
    return Path(name).name.split(".")[0]


LABELLED: dict[str, Any] = {"read": {"labels_from": "file"}}


@both
def test_an_edited_a_removed_and_an_added_line(reviews: Corpus, table: str, part_format: Any) -> None:
    asked = {"part_format": part_format, **LABELLED}
    embed(job(reviews, table, **asked))
    before = rows(table)
    assert before == expected(reviews, label_of=label_of)
    fakes.forget()
    lines = reviews.lines("pos.txt")
    reviews.write("pos.txt", [*lines[:5], "edited", *lines[6:20], *lines[21:], "added"])

    summary = embed(job(reviews, table, **asked))

    assert fakes.encoded() == {b"edited": 1, b"added": 1}
    assert (summary.version, summary.rows, summary.encoded, summary.reused) == (1, 80, 2, 38)
    after = rows(table)
    assert after == expected(reviews, label_of=label_of)
    assert {row["text"] for name, row in before.items() if name not in after} == {"good 5", "good 20"}
    assert rows(table, version=0) == before


@both
def test_touched_files_cost_a_read(reviews: Corpus, table: str, part_format: Any) -> None:
    embed(job(reviews, table, part_format=part_format))
    before = rows(table)
    fakes.forget()
    reviews.touch("neg.txt")
    reviews.touch("pos.txt")

    summary = embed(job(reviews, table, part_format=part_format))

    assert (summary.version, summary.encoded, summary.reused) == (1, 0, 80)
    assert fakes.LOADS == []
    assert rows(table) == expected(reviews)
    assert without_fingerprints(rows(table)) == without_fingerprints(before)


@pytest.mark.parametrize("most", [64 << 20, 0])
def test_a_changed_shard_is_read_once_however_large_it_is(
    reviews: Corpus, table: str, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    embed(job(reviews, table))
    names = [path.relative_to(reviews.root).as_posix() for path in sorted(reviews.root.rglob("*.txt"))]
    reviews.write(names[0], [*reviews.lines(names[0]), "new", "", "POISON"])
    monkeypatch.setattr("transforms.embed.shard_line._BUFFER_BYTES", most)
    seen: list[str] = []
    read = readers.read

    def counted(sources: Any, *given: Any, **how: Any) -> Any:
        seen.extend(source.name for source in sources)
        return read(sources, *given, **how)

    monkeypatch.setattr(readers, "read", counted)
    fakes.forget()

    summary = embed(job(reviews, table, max_dead_fraction=1))

    assert seen == [names[0]]
    assert fakes.encoded() == {b"new": 1}
    assert (summary.dead, summary.reused) == (1, 40)
    assert rows(table) == {name: row for name, row in expected(reviews).items() if row["text"] != "POISON"}


@both
def test_nothing_new_is_nothing_done(reviews: Corpus, table: str, part_format: Any) -> None:
    embed(job(reviews, table, part_format=part_format))
    parts = {name: os.stat(Path(table, name)).st_mtime_ns for name in existing(table).parts}
    fakes.forget()

    summary = embed(job(reviews, table, part_format=part_format))

    assert (summary.version, summary.committed, summary.unchanged, summary.rows) == (0, False, 2, 80)
    assert fakes.LOADS == []
    assert {name: os.stat(Path(table, name)).st_mtime_ns for name in os.listdir(table) if name in parts} == parts
    assert len(list(Path(table).glob("part-*"))) == len(parts)


@both
def test_a_deleted_source_leaves_the_new_version_and_stays_in_the_old(
    reviews: Corpus, table: str, part_format: Any
) -> None:
    embed(job(reviews, table, part_format=part_format))
    before = expected(reviews)
    reviews.remove("neg.txt")
    fakes.forget()

    summary = embed(job(reviews, table, part_format=part_format))

    assert (summary.version, summary.deleted, summary.unchanged, summary.rows, summary.encoded) == (1, 1, 1, 40, 0)
    assert fakes.LOADS == []
    assert rows(table) == expected(reviews)
    assert rows(table, version=0) == before


@both
def test_a_source_that_comes_back_is_there_again(reviews: Corpus, table: str, part_format: Any) -> None:
    embed(job(reviews, table, part_format=part_format))
    neg = reviews.root / "neg.txt"
    saved = reviews.root.parent / "saved"
    neg.rename(saved)
    embed(job(reviews, table, part_format=part_format))
    saved.rename(neg)
    fakes.forget()

    summary = embed(job(reviews, table, part_format=part_format))
    assert (summary.new, summary.encoded, fakes.LOADS) == (1, 0, [])
    assert rows(table) == expected(reviews)
    reviews.remove("neg.txt")
    assert embed(job(reviews, table, part_format=part_format)).version == 3
    assert rows(table) == expected(reviews)


@both
def test_a_renamed_source_is_another_source(reviews: Corpus, table: str, part_format: Any) -> None:
    embed(job(reviews, table, part_format=part_format))
    reviews.rename("neg.txt", "bad.txt")
    fakes.forget()

    summary = embed(job(reviews, table, part_format=part_format))

    assert (summary.new, summary.deleted, summary.unchanged) == (1, 1, 1)
    assert (summary.encoded, summary.reused) == (0, 40)
    assert fakes.LOADS == []
    assert rows(table) == expected(reviews)


@both
def test_rows_of_missing_sources_stay_when_asked(reviews: Corpus, table: str, part_format: Any) -> None:
    embed(job(reviews, table, part_format=part_format))
    want = expected(reviews, names=["neg.txt"])
    reviews.remove("neg.txt")
    reviews.write("pos.txt", ["one"])

    summary = embed(job(reviews, table, part_format=part_format, keep_missing=True))

    assert (summary.deleted, summary.rows) == (0, 41)
    assert rows(table) == want | expected(reviews)
    assert embed(job(reviews, table, part_format=part_format, keep_missing=True)).committed is False


@both
def test_another_corpus_replaces_the_rows_only_when_asked(
    reviews: Corpus, table: str, tmp_path: Path, part_format: Any
) -> None:
    embed(job(reviews, table, part_format=part_format))
    other = Corpus(tmp_path / "other")
    other.write("c.txt", ["one", "two"])

    assert embed(job(other, table, part_format=part_format, replace=True)).rows == 2
    assert rows(table) == expected(other)


@both
def test_dead_letters_are_tried_again_when_asked(reviews: Corpus, table: str, part_format: Any) -> None:
    reviews.write("odd.txt", ["fine", "POISON", "fine too"])
    embed(job(reviews, table, part_format=part_format, max_dead_fraction=1))
    assert embed(job(reviews, table, part_format=part_format)).committed is False
    better = fakes.text_encoder(poison=())
    assert embed(job(reviews, table, part_format=part_format, encoder=better)).committed is False
    fakes.forget()

    summary = embed(job(reviews, table, part_format=part_format, encoder=better, retry_dead=True))

    assert (summary.changed, summary.unchanged, summary.encoded, summary.reused, summary.dead) == (1, 2, 1, 2, 0)
    assert fakes.encoded() == {b"POISON": 1}
    assert rows(table) == expected(reviews)


def test_a_part_of_many_sources_loses_only_those_that_changed(corpus: Corpus, table: str) -> None:
    for number in range(30):
        corpus.write(f"{number:02}.txt", [f"{number} a", f"{number} b"])
    embed(job(corpus, table))
    assert len(existing(table).parts) == 1
    for number in range(5):
        corpus.remove(f"{number:02}.txt")
    corpus.write("07.txt", ["7 b", "7 c"])
    fakes.forget()

    embed(job(corpus, table))

    assert fakes.encoded() == {b"7 c": 1}
    assert rows(table) == expected(corpus)


# ---- any edits --------------------------------------------------------------------------------------------

NAMES = ["a.txt", "b.txt", "sub/c.txt", "sub/d.txt", "e.txt"]
texts = st.lists(st.sampled_from(["x", "y", "z", "POISON", "", "long " * 4, "é€", "NAN!"]), max_size=6)
edits = st.tuples(
    st.sampled_from(NAMES),
    st.one_of(
        st.none(),
        st.just("touch"),
        texts,
        st.tuples(st.sampled_from(["rename", "move a line"]), st.sampled_from(NAMES)),
    ),
)


@st.composite
def histories(draw: st.DrawFn) -> list[list[tuple[str, Any]]]:
    first = [(name, draw(texts)) for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))]
    return [first, *draw(st.lists(st.lists(edits, max_size=4), max_size=4))]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@both
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(), shard_items=st.sampled_from([1, 2, None]))
def test_any_edits(
    folder: Path, part_format: Any, history: list[list[tuple[str, Any]]], shard_items: int | None
) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
    corpus, table = Corpus(folder / "corpus"), str(folder / "table")
    # One source with an item is always there: an empty corpus is refused, which is another test's business.
    corpus.write("z.txt", ["always"])
    known: set[str] = set()
    for changes in history:
        for name, change in changes:
            if change is None:
                if (corpus.root / name).exists():
                    corpus.remove(name)
            elif change == "touch":
                if (corpus.root / name).exists():
                    corpus.touch(name)
            elif isinstance(change, tuple):
                _move(corpus, *change, name)
            else:
                corpus.write(name, change)
        known |= {row["text"] for row in _rows_if_any(table).values()}
        fakes.forget()
        summary = embed(
            job(corpus, table, part_format=part_format, shard_items=shard_items, max_dead_fraction=1, **LABELLED)
        )

        want = {
            name: row
            for name, row in expected(corpus, label_of=label_of).items()
            if "POISON" not in row["text"] and "NAN!" not in row["text"]
        }
        assert rows(table) == want
        assert (summary.rows, summary.rows + summary.dead) == (len(want), len(expected(corpus)))
        assert {text.decode() for text in fakes.encoded()} <= {row["text"] for row in want.values()} - known | {"NAN!"}
        assert not [name for name in visible(table) if name.endswith(".tmp")]


def _move(corpus: Corpus, what: str, source: str, target: str) -> None:
    """Renames a file, or moves its first line to the end of another one."""
    if not (corpus.root / source).exists() or source == target:
        return
    lines = corpus.lines(source)
    moved = lines if what == "rename" else lines[:1]
    corpus.write(
        target, [*(corpus.lines(target) if (corpus.root / target).exists() and what != "rename" else []), *moved]
    )
    if what == "rename":
        corpus.remove(source)
    else:
        corpus.write(source, lines[1:])


def _rows_if_any(table: str) -> Any:
    return rows(table) if Path(table).exists() else {}
