"""`vectormill compact` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.helpers.embedding import Corpus, embed, job, rows
from tests.launch.conftest import Command


def test_it_says_what_it_did(corpus: Corpus, table: str, vectormill: Command) -> None:
    for night in range(3):
        corpus.write(f"{night}.txt", [f"{night} a", f"{night} b"])
        embed(job(corpus, table))
    before = rows(table)

    said = vectormill("compact", table).output()

    assert said.startswith(f"{table}: 1 part of 3 parts, version 3, 6 rows (")
    assert rows(table) == before
    facts = json.loads(vectormill("compact", table, "--json").output())
    assert (facts["changed"], facts["parts"], facts["version"]) == (False, 1, 3)
    assert vectormill("compact", table).output().startswith(f"{table}: nothing to do, 1 part, version 3")


def test_what_is_no_table_is_refused(tmp_path: Path, vectormill: Command) -> None:
    assert "holds no feature table" in vectormill("compact", tmp_path / "missing").complaint(2)
    (tmp_path / "file").write_text("x")
    assert "holds no feature table" in vectormill("compact", tmp_path / "file").complaint(2)


def test_a_refresh_sees_no_change(corpus: Corpus, tmp_path: Path, vectormill: Command) -> None:
    job = tmp_path / "job.yaml"
    job.write_text(
        f"tables: {{texts: {{inputs: {corpus.root}, encoder: fake-text}}}}\nduplicates: {{twice: {{table: texts}}}}\n"
    )
    for night in range(3):
        corpus.write(f"{night}.txt", [f"{night} a", f"{night} b"])
        vectormill("refresh", job).output()

    assert "1 part of 3 parts" in vectormill("compact", tmp_path / "tables/texts").output()

    assert vectormill("refresh", job).output().splitlines()[-1].startswith("nothing to do, 2 steps up to date")
