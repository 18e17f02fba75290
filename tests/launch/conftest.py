"""Running the command as a person does, with fake encoders in place of networks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from launch.cli import run
from launch.terminal import progress
from tests.helpers import embedding, fakes, heads
from tests.helpers.embedding import Corpus
from tests.helpers.indexes import indexed
from transforms import encoders
from transforms.encoders.spec import LoadableEncoder

FAKES = {"fake-text": fakes.text_encoder, "fake-image": fakes.image_encoder}


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str

    def output(self) -> str:
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
def bare(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command with real encoders."""
    # On a busy machine the lines of a log would stand among what the command says.
    monkeypatch.setattr(progress, "_LOG_SECONDS", 1e9)
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


# ---- heads ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Newsroom:
    """A corpus of 300 news items of three topics, its table, and models of them, all made by the command.

    `model` has two versions: the first learnt from `wrong`, a file that says sport where it is sky and the other way round,
    the second from the table's own labels.
    """

    root: Path

    @property
    def encoder(self) -> Path:
        return self.root / "encoder"

    @property
    def corpus(self) -> Path:
        return self.root / "corpus"

    @property
    def table(self) -> Path:
        return self.root / "table"

    @property
    def wrong(self) -> Path:
        return self.root / "wrong.csv"

    @property
    def model(self) -> Path:
        return self.root / "models" / "topics"

    def embed_options(self) -> list[object]:
        columns = ["--text-column", "text", "--id-column", "id", "--label-column", "label"]
        return ["--encoder", self.encoder, *columns, "--keep", "tags,length,desk"]

    def copy(self, to: Path) -> Newsroom:
        """All of it but the encoder, to be changed."""
        for name in ("corpus", "table", "models"):
            if (self.root / name).exists():
                shutil.copytree(self.root / name, to / name)
        shutil.copy(self.wrong, to / "wrong.csv")
        os.symlink(self.encoder, to / "encoder")
        return Newsroom(to)


def news_rows(count: int, *, seed: int = 0, name: str = "n") -> list[dict[str, Any]]:
    """News with several tags each, a length that some lack, and a desk."""
    rows = heads.news(count, seed=seed, name=name)
    for number, row in enumerate(rows):
        words = row["text"].split()
        row["tags"] = ";".join(sorted({word for word in words if word in ("rain", "storm", "bank", "goal")}))
        row["length"] = None if number % 7 == 0 else float(len(row["text"]))
        row["desk"] = None if number % 11 == 0 else ("north", "south", "north")[number % 3]
    return rows


@contextmanager
def newsroom_environment(root: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VECTORMILL_CACHE_DIR", str(root / "state"))
        # On a busy machine the lines of a log would stand among what the command says.
        patch.setattr(progress, "_LOG_SECONDS", 1e9)
        patch.setattr("transforms.heads.publish.lineage.render", lambda report: "")  # a page costs more than a head
        yield


def succeed(*arguments: object) -> None:
    assert run([str(argument) for argument in arguments]) == 0


@pytest.fixture(scope="session")
def bare_newsroom(tmp_path_factory: pytest.TempPathFactory) -> Newsroom:
    """The table alone."""
    room = Newsroom(tmp_path_factory.mktemp("newsroom"))
    with newsroom_environment(room.root):
        heads.save_encoder(room.encoder)
        rows = news_rows(300)
        heads.write_rows(room.corpus / "a.parquet", rows)
        swapped = {"sport": "sky", "sky": "sport", "money": "money"}
        lines = [f"{row['id']},{swapped[row['label']]}" for row in rows]
        room.wrong.write_text("\n".join(["id,label", *lines]) + "\n")
        succeed("embed", room.corpus, "--to", room.table, *room.embed_options())
    return room


@pytest.fixture(scope="session")
def newsroom(bare_newsroom: Newsroom) -> Newsroom:
    """With two published versions; not to be changed."""
    with newsroom_environment(bare_newsroom.root):
        succeed("train", bare_newsroom.table, "--to", bare_newsroom.model, "--labels", bare_newsroom.wrong)
        succeed("train", bare_newsroom.table, "--to", bare_newsroom.model)
    return bare_newsroom


@pytest.fixture(scope="session")
def news_index(bare_newsroom: Newsroom) -> str:
    """An index of the newsroom's table, with a map; not to be changed."""
    with newsroom_environment(bare_newsroom.root):
        return indexed(str(bare_newsroom.table), bare_newsroom.root / "indexes" / "news", map=True)


@pytest.fixture(scope="session")
def lengths_model(bare_newsroom: Newsroom, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A k-nearest model that sees the length of a text beside its vector; not to be changed."""
    model = tmp_path_factory.mktemp("models") / "lengths"
    with newsroom_environment(bare_newsroom.root):
        options = ("--head", "knn", "--features", "length", "--no-leakage-check")
        succeed("train", bare_newsroom.table, "--to", model, *options)
    return model


@pytest.fixture
def newsmill(bare: Command, bare_newsroom: Newsroom) -> Iterator[Command]:
    """The command where the newsroom's encoder is at home."""
    with newsroom_environment(bare_newsroom.root):
        yield bare
