"""A version that differs too much from the last one is kept back, with the reason and the rows that show it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.embedding import FORMATS, Corpus, embed, job, rows
from transforms.common.errors import NotPublishedError, RequestError
from transforms.embed.contracts import Contracts, Sample, drift, duplicates, label_fit, label_shift
from transforms.table.open import existing
from transforms.table.parts import PartFormat

LABELLED = {"text_column": "text", "label_column": "label", "id_column": "id"}


def write(corpus: Corpus, name: str, count: int, *, label: str = "ab", text: str = "text") -> None:
    lines = [f"{name}-{row},{text} {name} {row},{label[row % len(label)]}" for row in range(count)]
    corpus.write(f"{name}.csv", ["id,text,label", *lines])


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    made = Corpus(tmp_path / "corpus")
    for name in "xyz":
        write(made, name, 120)
    return made


@pytest.mark.parametrize("part_format", FORMATS)
def test_lost_rows_keep_a_version_back_until_they_are_few(
    corpus: Corpus, tmp_path: Path, part_format: PartFormat
) -> None:
    table = str(tmp_path / "table")
    asked = {"read": LABELLED, "contracts": Contracts(rows_lost=0.2), "part_format": part_format}
    embed(job(corpus, table, **asked))
    corpus.remove("x.csv")
    write(corpus, "v", 500)
    with pytest.raises(
        NotPublishedError, match=r"held back, version 0 stays: rows_lost is 0\.333, at most 0\.2 is allowed"
    ):
        embed(job(corpus, table, **asked))
    assert existing(table).version == 0
    assert len(rows(table)) == 360

    write(corpus, "x", 60)
    assert embed(job(corpus, table, **asked)).version == 1
    assert len(rows(table)) == 800


def test_what_breaks_a_contract_is_named_and_kept(corpus: Corpus, tmp_path: Path) -> None:
    table = str(tmp_path / "table")
    asked = {
        "read": LABELLED,
        "contracts": Contracts(label_shift=0.3, duplicates=0.1, dead=0.5),
        "max_dead_fraction": 1.0,
    }
    embed(job(corpus, table, **asked))
    write(corpus, "v", 200)
    lines = [f"w-{row},the same text,c" for row in range(150)]
    corpus.write("w.csv", ["id,text,label", *lines])
    corpus.write("u.csv", ["id,text,label", *(f"u-{row},POISON {row},a" for row in range(150))])
    run = job(corpus, table, **asked)

    with pytest.raises(NotPublishedError) as refused:
        embed(run)

    held_back = Path(table, "_vectormill", "runs", run.run, "held_back")
    facts = {
        (fact["contract"], Path(fact["where"]).name): fact["value"]
        for fact in json.loads((held_back / "contracts.json").read_text())
    }
    assert facts == {
        ("dead", "u.csv"): 1.0,
        ("duplicates", ""): pytest.approx(150 / 350),
        ("label_shift", ""): pytest.approx(150 / 350),
        ("duplicates", "w.csv"): 1.0,
        ("label_shift", "w.csv"): 1.0,
    }
    assert str(held_back) in str(refused.value)
    shown = pq.read_table(held_back / "examples.parquet").to_pylist()
    assert {row["id"][0] for row in shown} == {"w"}
    assert set(shown[0]) == {"contract", "where", "id", "source", "label"}


def test_a_first_version_is_compared_with_nothing(corpus: Corpus, tmp_path: Path) -> None:
    table = str(tmp_path / "table")
    every = Contracts(rows_lost=0, dead=0, duplicates=0, label_shift=0, label_fit=0, drift=0)
    assert embed(job(corpus, table, read=LABELLED, contracts=every)).version == 0


def vectors(seed: int, count: int, *, centre: float = 0.0, dim: int = 12) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(count, dim)) + np.eye(dim)[0] * centre
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def sample(found: np.ndarray, labels: list[str | None]) -> Sample:
    ids = [str(row) for row in range(len(labels))]
    return Sample(vectors=found, columns=pa.table({"id": ids, "source": ids, "label": pa.array(labels, pa.string())}))


def test_drift_is_none_by_chance_and_large_where_the_vectors_moved() -> None:
    assert max(drift(vectors(seed, 200), vectors(seed + 99, 5000))[0] for seed in range(20)) < 0.1
    assert drift(vectors(1, 200, centre=3), vectors(2, 5000))[0] > 0.25
    assert drift(np.tile(vectors(3, 1), (200, 1)), vectors(2, 5000))[0] > 1


def test_shuffled_labels_fit_less() -> None:
    found = np.concatenate([vectors(1, 300, centre=4), vectors(2, 300, centre=-4)])
    labels: list[str | None] = ["a"] * 300 + ["b"] * 300
    known = sample(found, labels)
    assert label_fit(sample(found, labels), known)[0] == 0
    shuffled = list(np.random.default_rng(0).permutation(np.asarray(labels)))
    lost, wrong = label_fit(sample(found, shuffled), known)
    assert lost > 0.4
    assert {shuffled[row] != labels[row] for row in wrong} == {True}
    assert label_fit(sample(found, ["c"] * 600), known)[0] < 0.01
    assert label_fit(sample(found, labels), sample(found, [None] * 600))[0] == 0


@given(st.lists(st.sampled_from("abc"), min_size=1), st.lists(st.sampled_from("abc"), min_size=1))
def test_label_shift_is_a_distance(one: list[str], other: list[str]) -> None:
    first, second = np.asarray(one, object), np.asarray(other, object)
    shift, _ = label_shift(first, second)
    assert 0 <= shift <= 1
    assert shift == pytest.approx(label_shift(second, first)[0])
    assert label_shift(first, first)[0] == 0


def test_duplicates_are_rows_whose_vector_stands_twice() -> None:
    found = vectors(1, 50)
    assert duplicates(found)[0] == 0
    share, repeated = duplicates(np.concatenate([found, found[:5]]))
    assert (share, sorted(repeated)) == (10 / 55, [0, 1, 2, 3, 4, 50, 51, 52, 53, 54])


def test_contracts_are_read_from_text() -> None:
    assert Contracts.parsed("rows_lost=0.05, drift=.25") == Contracts(rows_lost=0.05, drift=0.25)
    for wrong in ("drift", "drift=x", "drfit=1"):
        with pytest.raises(RequestError, match=f"--contracts {wrong}: "):
            Contracts.parsed(wrong)
