"""What a table of TFRecord parts is after a kill at any place, by this release or an earlier one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.helpers.embedding import Corpus, embed, job, rows
from tests.helpers.golden import DATA
from transforms.common.errors import RequestError, RunError
from transforms.storage import files
from transforms.table.open import existing, is_table, open_log

WORDS = ["one", "two", "three"]


def manifests(table: str) -> Path:
    return Path(table, "_vectormill", "manifests")


def at_root(table: str) -> int:
    found: int = json.loads(Path(table, "manifest.json").read_text())["version"]
    return found


def add(corpus: Corpus, table: str, words: list[str]) -> int:
    corpus.write("a.txt", words)
    return embed(job(corpus, table, part_format="tfrecord")).version


@pytest.fixture
def killed(corpus: Corpus, table: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A table whose last commit was killed between the manifest and its copy; `param` versions were made before."""

    class Killed(BaseException):
        pass

    for count in range(1, request.param + 1):
        add(corpus, table, WORDS[:count])
    write = files.write

    def stop(path: str, content: bytes) -> None:
        if path.endswith("/manifest.json"):
            raise Killed
        write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(files, "write", stop)
        with pytest.raises(Killed):
            add(corpus, table, WORDS[: request.param + 1])
    return table


@pytest.mark.parametrize("killed", [0, 1], indirect=True)
def test_a_manifest_is_the_commit_and_the_copy_follows(killed: str, corpus: Corpus) -> None:
    version = existing(killed).version
    assert [s.version for s in open_log(killed).history()] == list(range(version, -1, -1))
    assert is_table(killed)

    summary = embed(job(corpus, killed, part_format="tfrecord"))

    assert (summary.version, summary.committed) == (version, False)
    assert at_root(killed) == version
    assert {row["text"] for row in rows(killed).values()} == set(WORDS[: version + 1])
    assert add(corpus, killed, ["four"]) == version + 1


def test_an_older_copy_that_comes_late_is_made_anew(
    corpus: Corpus, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process is held up between its manifest and the copy while another one commits the next version."""
    add(corpus, table, ["one"])
    write = files.write

    def late(path: str, content: bytes) -> None:
        if path.endswith("/manifest.json"):
            monkeypatch.setattr(files, "write", write)
            assert add(corpus, table, ["one", "two", "three"]) == 2
        write(path, content)

    monkeypatch.setattr(files, "write", late)
    assert add(corpus, table, ["one", "two"]) == 1

    assert at_root(table) == existing(table).version == 2


def test_what_a_killed_earlier_release_left_behind_is_not_a_version(corpus: Corpus, table: str) -> None:
    shutil.copytree(DATA / "table-1" / "tfrecord", table)
    leftover = json.loads((manifests(table) / "1.json").read_text()) | {"version": 2, "parts": [], "rows": 0}
    (manifests(table) / "2.json").write_text(json.dumps(leftover))

    assert (existing(table).version, existing(table).rows) == (1, 5)
    with pytest.raises(RequestError, match="has no version 2 that can be read"):
        existing(table, 2)
    corpus.write("a.txt", ["one"])
    made = embed(job(corpus, table, part_format="tfrecord", read={"labels_from": "file"}, max_dead_fraction=1))
    assert (made.version, existing(table, 2).rows) == (2, 1)


def test_a_leftover_alone_is_no_table(corpus: Corpus, table: str) -> None:
    manifests(table).mkdir(parents=True)
    shutil.copy(DATA / "table-1" / "tfrecord" / "_vectormill" / "manifests" / "0.json", manifests(table))

    assert not is_table(table)
    assert open_log(table, "tfrecord").snapshot() is None
    assert add(corpus, table, ["one"]) == 0
    assert existing(table, 0).about.inputs == (str(corpus.root),)


def test_half_a_manifest_is_passed_over_and_named_by_who_wants_its_place(corpus: Corpus, table: str) -> None:
    """As it can be left behind on a file system without hard links."""
    add(corpus, table, ["one"])
    half = manifests(table) / f"{1:020}.json"
    half.write_text('{"format": "vectormill-tf')

    assert existing(table).version == 0
    with pytest.raises(RunError, match=rf"{half} is in the way, and is no whole manifest: delete it and run"):
        add(corpus, table, ["two"])
    half.unlink()
    assert add(corpus, table, ["two"]) == 1
