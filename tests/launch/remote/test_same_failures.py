"""What can go wrong, in this process and on Prism: the same exit code, words and dead letters, nothing half written."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers import chosen_vectors, embedding, fakes
from tests.helpers.embedding import Corpus, rows
from tests.launch import pictures
from tests.launch.conftest import Command, Newsroom, letters, version

pytestmark = [pytest.mark.prism, pytest.mark.parametrize("runner", ["direct", "prism"], indirect=True)]

Options = Callable[[], list[str]]


@pytest.fixture
def runner(request: pytest.FixtureRequest) -> Options:
    """The options that choose the runner."""
    if request.param == "direct":
        return list
    options: Options = request.getfixturevalue("service").options
    return options


@dataclass(frozen=True)
class Embedding:
    """`vectormill embed INPUT --to TABLE --encoder fake-text` on the runner."""

    command: Command
    table: str
    runner: Options

    def __call__(self, *arguments: object, encoder: str = "fake-text", runner: Options | None = None) -> str:
        """What it printed."""
        outcome = self._run(arguments, encoder, runner)
        assert outcome.code == 0, outcome
        return outcome.out

    def complaint(self, code: int, *arguments: object, encoder: str = "fake-text") -> str:
        """The last line on standard error; those before it say how far the run was."""
        outcome = self._run(arguments, encoder, None)
        assert (outcome.code, outcome.out) == (code, ""), outcome
        *before, last = outcome.err.splitlines()
        assert all(line.startswith("vectormill-") for line in before), outcome.err
        return last.removeprefix("vectormill: ")

    def _run(self, arguments: tuple[object, ...], encoder: str, runner: Options | None):  # type: ignore[no-untyped-def]
        options = (self.runner if runner is None else runner)()
        return self.command("embed", *arguments, "--to", self.table, "--encoder", encoder, *options)


def last(lines: str) -> str:
    return lines.splitlines()[-1].removeprefix("vectormill: ")


@pytest.fixture
def embed(vectormill: Command, table: str, runner: Options) -> Embedding:
    return Embedding(vectormill, table, runner)


# ---- items ------------------------------------------------------------------------------------------------


def test_an_image_that_is_none_a_text_that_is_none_and_a_missing_value(
    embed: Embedding, tmp_path: Path, table: str
) -> None:
    texts = pa.array(["good", "", None, "fine"], pa.string())
    pq.write_table(pa.table({"id": ["a", "b", "c", "d"], "text": texts}), tmp_path / "items.parquet")

    embed(tmp_path / "items.parquet", "--id-column", "id", "--max-dead-fraction", 1)

    assert set(rows(table)) == {"a", "d"}
    assert {name: (step, kind) for name, (step, kind, _) in letters(table).items()} == {
        "b": ("read", "EmptyText"),
        "c": ("read", "MissingValue"),
    }


def test_pictures_of_which_one_is_none(embed: Embedding, tmp_path: Path, table: str) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.jpg").write_bytes(pictures.jpeg(number))
    (folder / "torn.jpg").write_bytes(pictures.jpeg(9)[:200])

    embed(folder, "--max-dead-fraction", 1, encoder="fake-image")

    assert set(rows(table)) == {"0.jpg", "1.jpg", "2.jpg"}
    assert [(name, step) for name, (step, _, _) in letters(table).items()] == [("torn.jpg", "decode")]


def test_an_item_at_which_the_encoder_fails(embed: Embedding, corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", [*(f"line {number}" for number in range(99)), "POISON"])

    embed(corpus.root)

    assert rows(table) == {k: v for k, v in embedding.expected(corpus).items() if v["text"] != "POISON"}
    assert [why for _, _, why in letters(table).values()] == ["cannot encode b'POISON'"]


def test_too_little_memory_for_a_batch(embed: Embedding, corpus: Corpus, table: str) -> None:
    embed.command.encoders["fake-text"] = fakes.text_encoder(most_items=3)
    corpus.write("a.txt", [f"line {number}" for number in range(20)])

    embed(corpus.root)

    assert rows(table) == embedding.expected(corpus)


def test_ids_that_stand_twice(embed: Embedding, table: str, tmp_path: Path) -> None:
    items = tmp_path / "items.jsonl"
    items.write_text("".join(json.dumps({"id": x, "text": f"text {n}"}) + "\n" for n, x in enumerate("abbc")))

    complaint = embed.complaint(1, items, "--id-column", "id")

    assert complaint == (
        "1 id stands for more than one item: 'b' in items.jsonl (2 times); choose an --id-column whose values are unique"
    )
    assert version(table) is None


def test_too_many_dead_letters(embed: Embedding, corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", [*(f"line {number}" for number in range(9)), "POISON"])

    complaint = embed.complaint(1, corpus.root)

    assert complaint.startswith("1 of 10 items cannot be embedded (1 ValueError, first a.txt#")
    assert complaint.endswith(
        f"; the limit is 0.01 of them. All are in {table}/_dead; to go on without them, run again with --max-dead-fraction 1"
    )
    assert version(table) is None
    assert json.loads(embed(corpus.root, "--max-dead-fraction", 1, "--json"))["encoded"] == 0


# ---- requests ---------------------------------------------------------------------------------------------


def test_a_source_that_cannot_be_read(embed: Embedding, table: str, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 is how it starts, and it should end so, too")

    complaint = embed.complaint(2, path)

    assert complaint.startswith(f"{path}: cannot be read: Parquet magic bytes not found in footer.")
    assert complaint.endswith("; replace the file or leave it out")
    assert not os.path.exists(table)


def test_a_corpus_that_is_not_there(embed: Embedding, table: str, tmp_path: Path) -> None:
    assert embed.complaint(2, tmp_path / "a.txt") == f"{tmp_path}/a.txt: does not exist; check the path"
    assert not os.path.exists(table)


def test_a_column_that_is_not_there(embed: Embedding, table: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,name\nhello,joe\n")

    complaint = embed.complaint(2, path, "--id-column", "body")

    assert complaint == f"{path}: has no column 'body'; it has text, name: name one with --id-column"
    assert not os.path.exists(table)


def test_images_for_an_encoder_of_text(embed: Embedding, table: str, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(pictures.jpeg(1))

    complaint = embed.complaint(2, tmp_path / "a.jpg")

    assert complaint == (
        f"{tmp_path}/a.jpg: holds an image file but the encoder takes text: use an image encoder such as nasnet-mobile"
    )
    assert not os.path.exists(table)


def test_another_encoder_than_the_tables(embed: Embedding, corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["one"])
    embed(corpus.root, runner=list)
    embed.command.encoders["fake-text"] = fakes.text_encoder(fingerprint="fake-2")
    before = rows(table)

    assert "vectors of two encoders are never mixed" in embed.complaint(2, corpus.root)
    assert rows(table) == before


def test_half_a_model(newsmill: Command, bare_newsroom: Newsroom, tmp_path: Path, runner: Options) -> None:
    encoder = tmp_path / "encoder"
    encoder.mkdir()
    (encoder / "saved_model.pb").write_bytes((bare_newsroom.encoder / "saved_model.pb").read_bytes())
    asked = [bare_newsroom.corpus, "--text-column", "text", "--encoder", encoder, "--to", tmp_path / "table"]

    outcome = newsmill("embed", *asked, *runner())

    assert outcome.code == 2
    assert last(outcome.err) == f"half a model in {encoder}: there are no variables; save or copy the model again"
    assert not (tmp_path / "table").exists()


def test_nothing_to_do(embed: Embedding, corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["one"])
    embed(corpus.root, runner=list)

    assert "nothing to do" in embed(corpus.root)
    assert version(table) == 0


# ---- other jobs -------------------------------------------------------------------------------------------


def test_more_clusters_than_directions(vectormill: Command, tmp_path: Path, runner: Options) -> None:
    table = chosen_vectors.table(tmp_path / "t", {f"r{number}": [1.0, 0.0] for number in range(9)})

    outcome = vectormill("cluster", table, "-k", 3, "--to", tmp_path / "out", *runner())

    assert (outcome.code, outcome.out) == (2, "")
    assert last(outcome.err) == (
        f"-k 3 is more than the 1 different directions that {table} has in a sample of 9 rows: give fewer"
    )


def test_labels_of_one_kind_teach_nothing(
    newsmill: Command, bare_newsroom: Newsroom, tmp_path: Path, runner: Options
) -> None:
    one = tmp_path / "one.csv"
    one.write_text("id,label\n" + "".join(f"{name},sky\n" for name in rows(str(bare_newsroom.table))))
    asked = [bare_newsroom.table, "--labels", one, "--to", tmp_path / "model"]

    outcome = newsmill("train", *asked, *runner())

    assert (outcome.code, outcome.out) == (2, "")
    assert "label" in last(outcome.err) and "Error" not in last(outcome.err)


def test_a_folder_that_is_occupied(newsmill: Command, bare_newsroom: Newsroom, tmp_path: Path, runner: Options) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    outcome = newsmill("duplicates", bare_newsroom.table, "--to", tmp_path, *runner())

    assert (outcome.code, outcome.out) == (2, "")
    assert last(outcome.err).startswith(f"{tmp_path} holds something else (notes.txt)")
    assert os.listdir(tmp_path) == ["notes.txt"]


def test_a_model_that_is_no_better(newsmill: Command, newsroom: Newsroom, tmp_path: Path, runner: Options) -> None:
    room = newsroom.copy(tmp_path)

    outcome = newsmill("train", room.table, "--to", room.model, "--seed", 7, "--min-gain", 0.9, *runner())

    assert outcome.code == 3
    assert "not published, kept as" in last(outcome.err)
    assert sorted(path.name for path in room.model.iterdir() if path.name.isdigit()) == ["1", "2"]
