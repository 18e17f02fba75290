"""Wherever a refresh is killed, the next one finishes the work, and makes nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from launch.refresh import run
from tests.helpers import fakes
from tests.helpers.embedding import rows
from tests.launch.refresh.conftest import Job
from transforms.search.store.index_folder import INDEXES


class Killed(BaseException):
    """Stands for the end of the process: nothing of ours catches it."""


@pytest.fixture
def kill(job: Job, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Runs a refresh that is killed right after a function of `launch.refresh.run` did its work, for a step."""

    def killed(function: str, step: str) -> None:
        original = getattr(run, function)

        def and_die(*given: Any, **named: Any) -> Any:
            found = original(*given, **named)
            if not step or any(getattr(one, "key", None) == step for one in given):
                raise Killed
            return found

        with monkeypatch.context() as patch:
            patch.setattr(run, function, and_die)
            with pytest.raises(Killed):
                job.refresh()

    return killed


def test_a_refresh_goes_on_from_wherever_it_was_killed(job: Job, kill: Callable[[str, str], None]) -> None:
    job.described["exports"] = {"arrays": {"table": "news", "format": "npy"}}
    del job.described["duplicates"]
    steps = ("tables.news", "indexes.news", "exports.arrays")
    # The table is committed, its version was not looked at; the index and the export are there, and nothing says so.
    kill("newest_table", "tables.news")
    kill("outputs_of", "indexes.news")
    kill("outputs_of", "exports.arrays")
    kill("write_record", "")
    fakes.forget()
    assert job.refresh() == dict.fromkeys(steps, "fresh")
    assert fakes.CALLS == []
    assert len(rows(str(job.root / "tables/news"))) == 120
    assert INDEXES.newest(str(job.root / "indexes/news")) == 1
    assert [path.name for path in sorted((job.root / "exports/arrays").iterdir())] == ["0"]

    job.described["exports"]["arrays"]["format"] = "parquet"
    assert job.refresh() == {**dict.fromkeys(steps, "fresh"), "exports.arrays": "run"}
    names = [path.suffix for path in sorted((job.root / "exports/arrays/0").iterdir())]
    assert names == [".json", *[".parquet"] * (len(names) - 1)]


def test_an_export_that_somebody_else_made_is_left_alone(job: Job) -> None:
    job.described = {"tables": job.described["tables"]}
    job.refresh()
    job.described["exports"] = {"arrays": {"table": "news", "format": "npy"}}
    there = Path(job.root, "exports/arrays/0/manifest.json")
    there.parent.mkdir(parents=True)
    there.write_text('{"version": 0, "encoder": {"run": "another"}, "files": ["embeddings.npy"]}')
    assert job.refresh(code=2)["exports.arrays"] == "failed"
    assert "holds an export or a table already" in job.message["exports.arrays"]
    assert [path.name for path in there.parent.iterdir()] == ["manifest.json"]
