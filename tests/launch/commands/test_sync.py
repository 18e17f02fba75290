"""`vectormill sync` says what it did, and one line where it did not."""

from __future__ import annotations

import json
from pathlib import Path

from tests.helpers import embedding
from tests.helpers.databases import Postgresql
from tests.launch.conftest import Command


def test_lance(vectormill: Command, corpus: embedding.Corpus, made: str, tmp_path: Path) -> None:
    to = tmp_path / "served.lance"
    assert f"{to}: version 0, 2 rows (2 written, 0 deleted), in " in vectormill("sync", made, "--to", to).output()
    assert vectormill("sync", made, "--to", to).output() == f"{to}: nothing to do, it holds version 0 (2 rows)\n"
    assert vectormill("sync", made, "--to", to, "--check").output() == f"{to}: equal to version 0 of {made}, 2 rows\n"

    corpus.write("old.txt", ["the first", "the third"])
    embedding.embed(embedding.job(corpus, made))
    said = vectormill("sync", made, "--to", to, "--check").complaint(1)
    assert "at version 0, differs from version 1" in said
    assert "1 rows missing, 1 too many, 0 with other values" in said
    facts = json.loads(vectormill("sync", made, "--to", to, "--json").output())
    assert (facts["before"], facts["version"], facts["written"], facts["deleted"]) == (0, 1, 1, 1)


def test_postgresql(vectormill: Command, made: str, postgresql: Postgresql) -> None:
    to = f"{postgresql.url}&table=articles"
    assert "2 rows (2 written, 0 deleted)" in vectormill("sync", made, "--to", to).output()
    assert "equal to version 0" in vectormill("sync", made, "--to", to, "--check").output()


def test_wrong_requests(vectormill: Command, made: str, tmp_path: Path) -> None:
    said = vectormill("sync", made, "--to", "postgresql://me:hunter2@h/d/t").complaint(2)
    assert "PGPASSWORD" in said
    assert "hunter2" not in said
    said = vectormill("sync", made, "--to", "postgresql://me:hunter2@h").complaint(2)
    assert "hunter2" not in said
    assert "is no place for a sync" in vectormill("sync", made, "--to", "somewhere").complaint(2)
    assert "names no table" in vectormill("sync", made, "--to", "postgresql://h").complaint(2)
    assert "refused" in vectormill("sync", made, "--to", "postgresql://127.0.0.1:9/d/t").complaint(2)
    assert "holds no feature table" in vectormill("sync", tmp_path, "--to", tmp_path / "x.lance").complaint(2)
    assert "leave it out" in vectormill("sync", made, "--to", "x.lance", "--credentials", "f").complaint(2)
