"""`vectormill vacuum` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.helpers.embedding import Corpus, embed, job
from tests.launch.conftest import Command
from transforms.table.open import existing


def parts(table: str) -> set[str]:
    return {path.name for path in Path(table).glob("part-*")}


def test_the_command_lists_before_it_deletes(corpus: Corpus, table: str, vectormill: Command) -> None:
    for night in range(3):
        corpus.write("a.txt", [f"{night}"])
        embed(job(corpus, table))
    before = parts(table)

    said = vectormill("vacuum", table, "--keep", 1).output()

    assert parts(table) == before
    assert f"table {table}: older versions" in said
    assert said.splitlines()[-1].endswith("can be deleted: say --delete")
    facts = json.loads(vectormill("vacuum", table, "--keep", 1, "--delete", "--json").output())
    assert (facts["deleted"], facts["files"]) == (True, sum(each["files"] for each in facts["waste"]))
    assert parts(table) == set(existing(table).parts)
    assert vectormill("vacuum", table, "--keep", 1).output() == "nothing to delete\n"
    assert "check the path" in vectormill("vacuum", corpus.root).complaint(2)
    assert "--keep" in vectormill("vacuum", table, "--keep", 0).complaint(2)
