"""Running the command as a person does, with fake encoders in place of networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from launch.cli import run
from tests import embedding, fakes
from tests.embedding import Corpus
from transforms import encoders
from transforms.job import LoadableEncoder

FAKES = {"fake-text": fakes.text_encoder, "fake-image": fakes.image_encoder}


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str

    def told(self) -> str:
        """What a command that did its work says; it has nothing to say on standard error."""
        assert (self.code, self.err) == (0, ""), self
        return self.out

    def complaint(self, code: int) -> str:
        """The one line on standard error of a command that ends with this code, without its prefix."""
        assert self.code == code, self
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("vectormill: "), self.err
        assert "Traceback" not in self.err
        assert self.out == "", self.out
        return lines[0].removeprefix("vectormill: ")


class Command:
    """`vectormill`, in this process. What `fake-text` and `fake-image` stand for is in `encoders`."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd
        self.encoders: dict[str, LoadableEncoder] = {name: make() for name, make in FAKES.items()}

    def __call__(self, *arguments: object) -> Outcome:
        self._capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = self._capfd.readouterr()
        return Outcome(code, out, err)

    def resolve(self, name: str, **_: Any) -> LoadableEncoder:
        return self.encoders[name]


@pytest.fixture
def bare(capfd: pytest.CaptureFixture[str]) -> Command:
    """The command with real encoders."""
    return Command(capfd)


@pytest.fixture
def vectormill(bare: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command with fake encoders."""
    monkeypatch.setattr(encoders, "resolve", bare.resolve)
    return bare


Embed = Callable[..., Outcome]


@pytest.fixture
def embed(vectormill: Command, table: str) -> Embed:
    """`vectormill embed INPUT... --to TABLE --encoder fake-text`, and whatever follows."""

    def embedded(*arguments: object, encoder: str = "fake-text", to: object = table) -> Outcome:
        return vectormill("embed", *arguments, "--to", to, "--encoder", encoder)

    return embedded


@pytest.fixture
def made(corpus: Corpus, table: str) -> str:
    """A table that is there already: two lines of `old.txt`."""
    corpus.write("old.txt", ["the first", "the second"])
    embedding.embed(embedding.job(corpus, table))
    fakes.forget()
    return table


def version(table: str) -> int | None:
    """The table's newest version; None where there is no table."""
    from deltalake import DeltaTable

    return DeltaTable(table).version() if Path(table, "_delta_log").exists() else None


@contextmanager
def unchanged(table: str) -> Iterator[None]:
    """Asserts that what a reader sees of the table is the same before and after."""
    before = version(table)
    rows = None if before is None else embedding.rows(table)
    yield
    assert version(table) == before
    assert before is None or embedding.rows(table) == rows


def letters(table: str) -> dict[str, tuple[str, str, str]]:
    """Dead letters on disk: id (or source, where there is none) -> step, error, message."""
    found = [row for path in sorted(Path(table, "_dead").glob("*.parquet")) for row in pq.read_table(path).to_pylist()]
    by_id = {row["id"] or row["source"]: (row["step"], row["error"], row["message"]) for row in found}
    assert len(by_id) == len(found)
    return by_id
