"""Sentences of movie reviews through the Universal Sentence Encoder: 300 of each of the two files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers import embedding
from tests.helpers.embedding import Corpus
from tests.real.conftest import vectormill

pytestmark = pytest.mark.real

LINES = 300


@pytest.fixture
def reviews(corpora: Path, tmp_path: Path) -> Corpus:
    corpus = Corpus(tmp_path / "reviews")
    for name in ("neg.txt", "pos.txt"):
        lines = (corpora / "movie_reviews" / name).read_text(encoding="utf-8").splitlines()[:LINES]
        assert len(set(lines)) == LINES
        corpus.write(name, lines)
    return corpus


def test_rows_follow_the_reviews_exactly_and_only_what_changed_is_encoded(
    reviews: Corpus, table: str, capfd: pytest.CaptureFixture[str]
) -> None:
    def embed() -> dict[str, Any]:
        capfd.readouterr()
        vectormill(
            "embed", reviews.root, "--to", table, "--encoder", "use-multilingual", "--labels-from", "file", "--json"
        )
        out, _ = capfd.readouterr()
        printed: dict[str, Any] = json.loads(out)
        return printed

    def texts(version: int | None = None) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {"neg": set(), "pos": set()}
        for row in embedding.rows(table, version=version).values():
            found[row["label"]].add(row["text"])
        return found

    first = embed()
    assert (first["version"], first["rows"], first["encoded"], first["dead"]) == (0, 2 * LINES, 2 * LINES, 0)
    neg, pos = reviews.lines("neg.txt"), reviews.lines("pos.txt")
    assert texts() == {"neg": set(neg), "pos": set(pos)}
    vectors = {row["text"]: row["embedding"] for row in embedding.rows(table).values()}
    assert np.allclose(np.linalg.norm(np.array(list(vectors.values())), axis=1), 1, atol=1e-3)

    again = embed()
    assert (again["version"], again["encoded"], again["unchanged"]) == (0, 0, 2)

    edited = ["one line is another", *neg[2:], "and one is new"]
    reviews.write("neg.txt", edited)
    third = embed()
    assert (third["version"], third["rows"], third["encoded"], third["changed"]) == (1, 2 * LINES, 2, 1)
    assert texts() == {"neg": set(edited), "pos": set(pos)}
    for row in embedding.rows(table).values():
        assert row["embedding"] == vectors.get(row["text"], row["embedding"]), "an unchanged line keeps its vector"

    reviews.touch("neg.txt")
    reviews.touch("pos.txt")
    touched = embed()
    assert (touched["encoded"], touched["changed"], touched["rows"]) == (0, 2, 2 * LINES)

    reviews.remove("pos.txt")
    last = embed()
    assert (last["rows"], last["deleted"], last["encoded"]) == (LINES, 1, 0)
    assert texts() == {"neg": set(edited), "pos": set()}
    assert texts(version=last["version"] - 1) == {"neg": set(edited), "pos": set(pos)}
