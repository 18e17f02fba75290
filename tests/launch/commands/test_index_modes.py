"""`vectormill index`: which mode the searches of an index have, and what chooses it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.helpers import fakes, heads
from tests.launch.conftest import Command
from transforms.search.store.index_folder import INDEXES


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> str:
    return heads.embedded(
        tmp_path_factory.mktemp("modes"), [{"id": f"d{at}", "text": f"text {at} about {at}"} for at in range(12)]
    )


@pytest.fixture(autouse=True)
def _encoder(vectormill: Command) -> None:
    vectormill.encoders["builtin://fake-text"] = fakes.text_encoder()


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "indexes" / "index"


def judged(folder: Path, rows: Mapping[str, str], qrels: str) -> list[str]:
    (folder / "q.tsv").write_text("".join(f"{name}\t{text}\n" for name, text in rows.items()))
    (folder / "qrels").write_text(qrels)
    return ["--queries", str(folder / "q.tsv"), "--qrels", str(folder / "qrels")]


def test_the_mode_that_is_asked_for_is_that_of_searches(vectormill: Command, table: str, to: Path) -> None:
    printed = vectormill("index", table, "--to", to, "--mode", "words").output()

    assert "searches by text: words, as asked\n" in printed
    (answer,) = vectormill("search", to, "text 3", "--json").output().splitlines()
    assert next((hit["id"], hit["cosine"]) for hit in json.loads(answer)["hits"]) == ("d3", None)
    again = vectormill("index", table, "--to", to).output()
    assert "built anew: another mode is asked for\n" in again and "searches by text" not in again


def test_judgements_choose_and_the_figures_are_told(vectormill: Command, table: str, tmp_path: Path, to: Path) -> None:
    files = judged(
        tmp_path, {f"q{at}": f"about {at}" for at in range(12)}, "".join(f"q{at} 0 d{at} 1\n" for at in range(12))
    )

    printed = vectormill("index", table, "--to", to, *files).output()

    line = next(line for line in printed.splitlines() if line.startswith("searches by text: "))
    assert re.fullmatch(
        r"searches by text: (hybrid, weight of the vectors 0\.\d+|words); nDCG@10 on 12 queries with judgements: \d\.\d{3},"
        r" words 1\.000, vectors 0\.\d{3} \(\d+\.\d s\)",
        line,
    )
    assert json.loads((to / "1" / "report.json").read_text())["search_mode"]["by"] == "judgements"
    assert "It was chosen by 12 queries with judgements" in (to / "1" / "report.html").read_text()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--queries", "q.tsv"], "--queries and --qrels go together: give both, or none"),
        (["--no-words", "--mode", "hybrid"], "--no-words leaves searches by vectors alone"),
        (["--queries", "none.tsv", "--qrels", "none"], "none.tsv cannot be read"),
    ],
)
def test_judgements_that_cannot_choose_are_refused(
    vectormill: Command, table: str, to: Path, asked: list[str], said: str
) -> None:
    assert said in vectormill("index", table, "--to", to, *asked).complaint(2)


def test_judgements_of_another_table_are_refused(vectormill: Command, table: str, tmp_path: Path, to: Path) -> None:
    refused = vectormill("index", table, "--to", to, *judged(tmp_path, {"q": "text"}, "q 0 x1 1\n")).complaint(2)

    assert "none of the 1 ids that --qrels judges is in" in refused and "the index has 'd" in refused
    assert not INDEXES.numbers(str(to))
