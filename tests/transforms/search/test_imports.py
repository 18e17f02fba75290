"""Modules that are loaded to search an index, and to describe one."""

from __future__ import annotations

import subprocess
import sys

import pytest

LIBRARIES = ("faiss", "apache_beam", "tensorflow")


def loaded(statement: str) -> set[str]:
    """The modules that a new process has after the statement."""
    program = f"import sys\n{statement}\nprint(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines())


@pytest.mark.parametrize(
    ("statement", "needless"),
    [
        (
            "from transforms.search.ask.searcher import Searcher",
            ("transforms.search.build", "transforms.search.measure", "apache_beam", "tensorflow"),
        ),
        (
            "from transforms.search.job import IndexJob",
            ("transforms.search.build", "transforms.search.measure", "transforms.search.store", *LIBRARIES),
        ),
    ],
)  # fmt: skip
def test_nothing_is_loaded_that_is_not_needed(statement: str, needless: tuple[str, ...]) -> None:
    found = loaded(statement)

    assert statement.split()[1] in found
    assert [name for name in sorted(found) if name.startswith(needless)] == []
