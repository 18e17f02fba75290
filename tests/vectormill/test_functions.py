"""Each function of `vectormill` does what its command does: the same facts, the same one line where something is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vectormill
from tests.helpers import fakes
from tests.helpers.embedding import Corpus
from tests.launch.conftest import Command, Newsroom
from transforms.table.vectors import TableVectors

CHANGES = {"seconds", "rows_per_second", "latency", "folder", "verdict", "why"}
"""Facts that differ between two runs of one job in two places."""


def facts(result: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(result))
    return {name: value for name, value in plain.items() if name not in CHANGES}


def printed(command: Command, *arguments: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(command(*arguments, "--json").output())
    return {name: value for name, value in found.items() if name not in CHANGES}


@pytest.fixture
def lines(corpus: Corpus) -> Path:
    return corpus.write("a.txt", [f"line {number} of many" for number in range(40)])


@pytest.fixture
def table(vectormill: Command, lines: Path, tmp_path: Path) -> str:
    path = str(tmp_path / "vectors")
    assert vectormill("embed", lines, "--to", path, "--encoder", "fake-text").code == 0
    return path


def test_embed(vectormill: Command, lines: Path, tmp_path: Path) -> None:
    import vectormill as front

    options = ("--encoder", "fake-text", "--max-chars", "13")
    by_command = printed(vectormill, "embed", lines, "--to", tmp_path / "a", *options, "--max-dead-fraction", "1")
    result = front.embed(lines, to=tmp_path / "b", encoder="fake-text", max_chars=13, max_dead_fraction=1)

    assert facts(result) == by_command
    assert (result["rows"], result["dead"]) == (0, 40)
    again = front.embed([str(lines)], to=str(tmp_path / "c"), encoder="fake-text", keep=(), beam=())
    assert facts(again) == {
        "version": 0, "rows": 40, "new": 1, "changed": 0, "deleted": 0, "unchanged": 0, "encoded": 40, "dead": 0,
        "skipped": {}, "notes": [], "engine": "", "precision": "float32", "cosine": None, "cut_off": 0, "unread": 0.0,
    }  # fmt: skip


def test_export(table: str, tmp_path: Path) -> None:
    result = vectormill.export(table, to=tmp_path / "npy", format="npy")

    assert facts(result) == {"table": table, "version": 0, "rows": 40, "format": "npy", "to": str(tmp_path / "npy")}
    assert np.load(tmp_path / "npy" / "embeddings.npy").shape == (40, fakes.DIM)


JOBS: dict[str, tuple[tuple[object, ...], Callable[[str, Path], dict[str, Any]]]] = {
    "cluster": (("-k", "3"), lambda table, to: vectormill.cluster(table, to=to, k=3)),
    "duplicates": (("--threshold", "0.9"), lambda table, to: vectormill.duplicates(table, to=to, threshold=0.9)),
}


@pytest.mark.parametrize("name", JOBS)
def test_jobs_on_a_table(vectormill: Command, table: str, tmp_path: Path, name: str) -> None:
    options, run = JOBS[name]

    by_command = printed(vectormill, name, table, "--to", tmp_path / "a", *options)

    result = run(table, tmp_path / "b")
    assert facts(result) == by_command
    assert result["seconds"] >= 0


def test_an_index_and_its_neighbors(vectormill: Command, table: str, tmp_path: Path) -> None:
    import vectormill as front

    by_command = printed(vectormill, "index", table, "--to", tmp_path / "a")
    built = front.build_index(table, to=tmp_path / "b")

    assert facts(built) == by_command
    assert front.Searcher(str(tmp_path / "b")).rows == 40
    same = front.build_index(table, to=tmp_path / "b")
    assert facts(same) == {"changed": False}
    joined = printed(vectormill, "neighbors", tmp_path / "a", table, "--to", tmp_path / "na", "-k", "2")
    result = facts(front.neighbors(tmp_path / "b", table, to=tmp_path / "nb", k=2))
    assert {**result, "index": joined["index"]} == joined


def test_a_table(table: str, lines: Path) -> None:
    opened = vectormill.open_table(table)

    assert (opened.version, opened.rows, len(opened), opened.dim) == (0, 40, 40, fakes.DIM)
    assert (opened.encoder, opened.versions()) == ("fake-text", [0])
    assert opened.schema.names[0] == "id"
    texts = opened.to_arrow(["text"])
    assert sorted(texts["text"].to_pylist()) == sorted(f"line {number} of many" for number in range(40))
    assert opened.to_arrow().num_columns == len(opened.schema)
    whole = np.concatenate([chunk.vectors for chunk in TableVectors(table, opened.snapshot).chunks()])
    np.testing.assert_array_equal(opened.vectors(), whole)
    np.testing.assert_array_equal(np.stack(opened.to_arrow(["embedding"])["embedding"].to_numpy()), whole)
    assert "<th>rows</th><td>40</td>" in opened._repr_html_()
    with pytest.raises(vectormill.RequestError, match=r"has no column 'txt'; it has id, "):
        opened.to_arrow(["txt"])
    with pytest.raises(vectormill.RequestError, match="version 7"):
        vectormill.open_table(table, 7)


def test_what_comes_out_of_a_corpus_is_escaped_in_a_notebook() -> None:
    result = vectormill.Result({"verdict": "<script>", "rows": 3, "long": "x" * 500}, outcome=None, seconds=1.0)

    assert "<td>&lt;script&gt;</td>" in result._repr_html_()
    assert "<th>rows</th><td>3</td>" in result._repr_html_()
    assert "x" * 200 not in result._repr_html_()


def test_a_wrong_request_has_the_line_of_the_command(vectormill: Command, lines: Path, tmp_path: Path) -> None:
    import vectormill as front

    for words, call in (
        (("embed", tmp_path / "none.txt"), lambda to: front.embed(tmp_path / "none.txt", to=to, encoder="fake-text")),
        (
            ("embed", lines, "--chunk", "words:3"),
            lambda to: front.embed(lines, to=to, encoder="fake-text", chunk="words:3"),
        ),
        (
            ("embed", lines, "--runner", "Nowhere"),
            lambda to: front.embed(lines, to=to, encoder="fake-text", runner="Nowhere"),
        ),
    ):
        line = vectormill(*words, "--to", tmp_path / "t", "--encoder", "fake-text").complaint(2)
        with pytest.raises(front.RequestError) as caught:
            call(tmp_path / "t")
        assert str(caught.value) == line


def test_values_are_checked_as_on_the_command_line(lines: Path, tmp_path: Path) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"max_dead_fraction": 2}, "--max-dead-fraction 2: it must be at least 0 and at most 1"),
        ({"max_chars": 0}, "--max-chars 0: it must be at least 1"),
        ({"format": "csv"}, "--format csv: it must be one of parquet, tfrecord"),
        ({"precision": "int4"}, "--precision int4: it must be one of auto, float32, bfloat16, float16"),
        ({"shard_items": "many"}, "--shard-items many: it must be at least 1"),
    ]
    for options, line in wrong:
        with pytest.raises(vectormill.RequestError) as caught:
            vectormill.embed(lines, to=tmp_path / "t", encoder="fake-text", **options)
        assert str(caught.value) == line
    assert not (tmp_path / "t").exists()


def test_the_bounds_of_an_option_may_be_open(table: str, tmp_path: Path) -> None:
    with pytest.raises(vectormill.RequestError, match=r"--recall 1.5: it must be above 0 and at most 1"):
        vectormill.build_index(table, to=tmp_path / "i", recall=1.5)


# ---- heads ------------------------------------------------------------------------------------------------


def test_heads(newsmill: Command, newsroom: Newsroom, tmp_path: Path) -> None:
    by_command = printed(newsmill, "train", newsroom.table, "--to", tmp_path / "a" / "m", "--seed", "1")
    (trained,) = vectormill.train(newsroom.table, to=tmp_path / "b" / "m", seed=1)

    assert facts(trained) == by_command
    assert "<th>metrics</th>" in trained._repr_html_()

    shown = printed(newsmill, "evaluate", newsroom.model, newsroom.table)
    evaluated = vectormill.evaluate(newsroom.model, newsroom.table)
    assert facts(evaluated) == shown
    assert evaluated.outcome["metrics"] == shown["metrics"]

    scored = printed(
        newsmill,
        "predict",
        newsroom.model,
        newsroom.corpus,
        "--to",
        tmp_path / "pa",
        "--text-column",
        "text",
        "--id-column",
        "id",
    )
    result = vectormill.predict(newsroom.model, newsroom.corpus, to=tmp_path / "pb", text_column="text", id_column="id")
    assert facts(result) == scored
    assert result["rows"] == 300


def test_a_model_not_published(newsroom: Newsroom, newsmill: Command, tmp_path: Path) -> None:
    room = newsroom.copy(tmp_path)

    with pytest.raises(vectormill.NotPublishedError, match="1 model not published, kept as") as caught:
        vectormill.train(room.table, to=room.model, min_gain=0.5, seed=2)

    (result,) = caught.value.results
    assert result["version"] is None
    assert "accuracy" in result["metrics"]


def test_a_classifier(newsroom: Newsroom, newsmill: Command) -> None:
    model = vectormill.load_model(newsroom.model)
    table = vectormill.open_table(newsroom.table)

    rows = table.to_arrow(["text", "label"])
    by_text = model.predict(rows["text"].to_pylist()[:70])
    by_vector = model.predict_vectors(table.vectors()[:70])

    assert sorted(model.labels) == ["money", "sky", "sport"]
    assert by_text.labels == by_vector.labels
    np.testing.assert_allclose(by_text.scores, by_vector.scores, atol=1e-5)
    assert by_text.scores.shape == (70, 3)
    right = sum(a == b for a, b in zip(by_text.labels, rows["label"].to_pylist(), strict=False))
    assert right > 60
    assert len(model.predict([])) == 0
    assert "<td>0</td>" in by_text._repr_html_()
    with pytest.raises(vectormill.RequestError, match="write \\[item\\] for one"):
        model.predict("a text")
    with pytest.raises(vectormill.RequestError, match="item 0: the model takes texts, not bytes"):
        model.predict([b"a text"])
    with pytest.raises(vectormill.RequestError, match="takes \\[n, "):
        model.predict_vectors(np.zeros((2, 3)))


def test_an_encoder(newsmill: Command, newsroom: Newsroom) -> None:
    encoder = vectormill.encoder(str(newsroom.encoder))
    table = vectormill.open_table(newsroom.table)

    vectors = encoder.encode(table.to_arrow(["text"])["text"].to_pylist())

    np.testing.assert_allclose(vectors, table.vectors(), atol=1e-6)
    assert encoder.encode([]).shape == (0, table.dim)
    with pytest.raises(vectormill.RequestError, match=r"item 1: .* takes texts, not bytes"):
        encoder.encode(["a", b"b"])
