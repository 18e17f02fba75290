"""`vectormill index --queries --qrels`: a version that is surely worse than the published one does not take its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers import fakes, heads
from tests.launch.commands.test_evaluate_index import judgements
from tests.launch.conftest import Command
from transforms.search.store.index_folder import INDEXES

TEXTS = {
    f"d{number}": f"the {word} of a day"
    for number, word in enumerate(
        [
            "rain",
            "goal",
            "bank",
            "hail",
            "coach",
            "profit",
            "storm",
            "penalty",
            "loan",
            "drizzle",
            "referee",
            "dividend",
        ]
    )
}
OTHERS = {f"x{number}": f"nothing new on page {number}" for number in range(30)}


@pytest.fixture(autouse=True)
def _encoder(vectormill: Command) -> None:
    vectormill.encoders["builtin://fake-text"] = fakes.text_encoder()


def embed(root: Path, texts: dict[str, str]) -> str:
    return heads.embedded(root, [{"id": name, "text": text} for name, text in texts.items()])


def test_a_version_that_is_surely_worse_is_kept_as_a_candidate(vectormill: Command, tmp_path: Path) -> None:
    queries = {f"q{name}": text for name, text in TEXTS.items()}
    given = judgements(tmp_path, queries, {f"q{name}": {name: 1} for name in TEXTS})
    to = tmp_path / "indexes" / "news"
    table = embed(tmp_path, {**TEXTS, **OTHERS})
    command = ("index", table, "--to", to, *given)
    first = vectormill(*command).output()
    assert "over" not in first.splitlines()[0]

    # Without a document for any query, and with one more row, which is no loss.
    embed(tmp_path, {**TEXTS, **OTHERS, "y": "more"})
    assert "[-0." in vectormill(*command).output().splitlines()[0]
    embed(tmp_path, {"d0": TEXTS["d0"], **OTHERS})
    refused = vectormill(*command)
    assert refused.code == 3
    assert f"over {to}/2: surely worse" in refused.err
    assert INDEXES.numbers(str(to)) == [1, 2]

    (candidate,) = (to / "_candidates").iterdir()
    assert json.loads((candidate / "report.json").read_text())["judged"]["gain"]["high"] < 0
    figures = json.loads(vectormill("evaluate", candidate, *given, "--json").output())
    assert figures["against"]["path"] == f"{to}/2"

    assert vectormill(*command, "--min-gain", -1).code == 0
    assert INDEXES.numbers(str(to)) == [1, 2, 3]
