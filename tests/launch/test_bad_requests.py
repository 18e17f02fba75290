"""Requests that cannot be carried out: exit code 2, one line that says what, where and what to do, nothing changed."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers import fakes
from tests.helpers.embedding import Corpus, rows
from tests.launch import pictures
from tests.launch.conftest import Command, Embed, unchanged
from transforms.corpus import readers


@pytest.fixture
def lines(corpus: Corpus) -> Path:
    """A corpus that is in order."""
    corpus.write("a.txt", ["one", "two"])
    return corpus.root


# ---- the corpus -------------------------------------------------------------------------------------------


def test_an_empty_folder(embed: Embed, corpus: Corpus, table: str) -> None:
    complaint = embed(corpus.root).complaint(2)

    assert complaint == (
        f"{corpus.root}: holds no files; a corpus of text needs .txt, .csv, .tsv, .jsonl, .parquet or .tfrecord"
    )
    assert not os.path.exists(table)


@pytest.mark.parametrize("content", [b"", b"\n \n\n"])
def test_files_without_an_item(content: bytes, embed: Embed, corpus: Corpus, table: str, vectormill: Command) -> None:
    corpus.write_bytes("a.txt", content)
    corpus.write_bytes("b.txt", b"")

    complaint = embed(corpus.root).complaint(2)

    assert complaint == f"{corpus.root}: holds no item, its files are empty: a table needs at least one"
    assert "holds no feature table" in vectormill("show", table).complaint(2)
    assert embed(corpus.root, "--dry-run").complaint(2) == complaint


def test_a_corpus_that_lost_all_its_items(embed: Embed, corpus: Corpus, made: str) -> None:
    corpus.write("old.txt", [])

    with unchanged(made):
        assert "holds no item" in embed(corpus.root).complaint(2)


def test_a_folder_without_images(embed: Embed, table: str, tmp_path: Path) -> None:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "thesis.pdf").write_text("%PDF")

    complaint = embed(folder, encoder="fake-image").complaint(2)

    assert complaint == (
        f"{folder}: holds a file, but none that can be read as image:"
        " .jpg, .png, .webp, .gif, .bmp, .tar, .parquet or .tfrecord"
    )
    assert not os.path.exists(table)


def test_a_glob_that_matches_nothing(embed: Embed, table: str, tmp_path: Path) -> None:
    complaint = embed(tmp_path / "*.txt").complaint(2)

    assert complaint == f"{tmp_path}/*.txt: matches nothing; check the pattern (and quote it from the shell)"
    assert not os.path.exists(table)


def test_a_file_that_does_not_exist(embed: Embed, table: str, tmp_path: Path) -> None:
    complaint = embed(tmp_path / "a.txt").complaint(2)

    assert complaint == f"{tmp_path}/a.txt: does not exist; check the path"
    assert not os.path.exists(table)


def test_images_for_a_text_encoder(embed: Embed, table: str, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(pictures.jpeg(1))

    complaint = embed(tmp_path / "a.jpg").complaint(2)

    assert complaint == (
        f"{tmp_path}/a.jpg: holds an image file but the encoder takes text: use an image encoder such as nasnet-mobile"
    )
    assert not os.path.exists(table)


def test_texts_for_an_image_encoder(embed: Embed, lines: Path, table: str) -> None:
    complaint = embed(lines, encoder="fake-image").complaint(2)

    assert complaint.startswith(
        f"{lines}: holds a text file but the encoder takes images: use a text encoder such as use-multilingual"
    )
    assert not os.path.exists(table)


def test_a_parquet_file_of_images_for_a_text_encoder(embed: Embed, table: str, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"image": [pictures.jpeg(1)]}), path)

    complaint = embed(path).complaint(2)

    assert complaint == (f"{path}: holds images but the encoder takes text: use an image encoder such as nasnet-mobile")
    assert not os.path.exists(table)


@pytest.mark.parametrize("option", ["--text-column", "--id-column", "--label-column", "--keep"])
def test_a_column_that_is_not_there(option: str, embed: Embed, table: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text,name\nhello,joe\n")

    complaint = embed(path, option, "body").complaint(2)

    assert complaint == f"{path}: has no column 'body'; it has text, name: name one with {option}"
    assert not os.path.exists(table)


def test_a_truncated_archive(embed: Embed, corpus: Corpus, made: str) -> None:
    noise = random.Random(1).randbytes(40_000).hex()
    corpus.write_bytes("new.txt.gz", gzip.compress(noise.encode())[:20_000])

    with unchanged(made):
        complaint = embed(corpus.root).complaint(2)

    assert complaint == (
        f"{corpus.root}/new.txt.gz: cannot be read: Truncated compressed stream; replace the file or leave it out"
    )


def test_a_broken_parquet_file(embed: Embed, table: str, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 is how it starts, and it should end so, too")

    complaint = embed(path).complaint(2)

    assert complaint.startswith(f"{path}: cannot be read: Parquet magic bytes not found in footer.")
    assert complaint.endswith("; replace the file or leave it out")
    assert not os.path.exists(table)


def test_a_folder_with_the_name_of_a_file(embed: Embed, table: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.mkdir()

    assert embed(path).complaint(2).startswith(f"{path}: holds no files")
    assert not os.path.exists(table)


def test_a_file_that_vanishes_after_the_listing(
    embed: Embed, corpus: Corpus, made: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = corpus.write("new.txt", ["three"])
    survey = readers.survey

    def and_then_it_is_gone(*asked: object) -> object:
        found = survey(*asked)  # type: ignore[arg-type]
        path.unlink(missing_ok=True)
        return found

    monkeypatch.setattr(readers, "survey", and_then_it_is_gone)
    with unchanged(made):
        complaint = embed(corpus.root).complaint(2)

    assert complaint == f"{path}: has vanished since it was listed; run the command again"


def test_a_file_whose_name_breaks_the_line(embed: Embed, table: str, tmp_path: Path) -> None:
    path = tmp_path / "two\nlines.csv"
    path.write_text("text\nhello\n")

    assert r"two\nlines.csv: has no column 'x'" in embed(path, "--text-column", "x").complaint(2)
    assert not os.path.exists(table)


def test_another_corpus_than_the_tables(embed: Embed, made: str, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("another text\n")

    with unchanged(made):
        complaint = embed(tmp_path / "other.txt").complaint(2)

    assert complaint.startswith(f"none of the 1 sources of {made} is in this corpus")
    assert "say --replace if that is meant" in complaint


def test_a_table_inside_its_corpus_is_not_part_of_it(embed: Embed, lines: Path) -> None:
    asked = {"to": str(lines / "vectors")}
    embed(lines, **asked).output()
    embed(lines, to=str(lines / "others")).output()

    assert "nothing to do" in embed(lines, **asked).output()
    assert "nothing to do" in embed(f"{lines}/**/*", **asked).output()
    assert {row["text"] for row in rows(str(lines / "others")).values()} == {"one", "two"}


# ---- the table --------------------------------------------------------------------------------------------


def test_a_path_that_is_a_file(embed: Embed, lines: Path, tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("mine")

    complaint = embed(lines, to=path).complaint(2)

    assert complaint == f"{path} is a file: --to takes the folder of a feature table, new or existing"
    assert path.read_text() == "mine"


def test_a_path_below_a_file(embed: Embed, lines: Path, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")

    complaint = embed(lines, to=tmp_path / "notes" / "table").complaint(2)

    assert complaint == f"{tmp_path}/notes/table cannot be listed: Not a directory: give another --to"


def test_a_path_that_holds_something_else(embed: Embed, lines: Path, tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "thesis.doc").write_text("mine")

    complaint = embed(lines, to=folder).complaint(2)

    assert complaint == (
        f"{folder} holds something else (thesis.doc): --to takes an empty or new folder, or a feature table"
    )
    assert os.listdir(folder) == ["thesis.doc"]


def test_a_path_that_holds_another_delta_table(embed: Embed, lines: Path, table: str) -> None:
    from deltalake import DeltaTable, write_deltalake

    write_deltalake(table, pa.table({"x": [1]}))

    complaint = embed(lines).complaint(2)

    assert complaint == f"{table} is a Delta table that Vectormill did not make: use another --to"
    assert DeltaTable(table).version() == 0


def test_a_path_that_cannot_be_written(embed: Embed, lines: Path) -> None:
    complaint = embed(lines, to="/proc/table").complaint(2)

    assert complaint == (
        "/proc/table cannot be written: No such file or directory: check its permissions or give another --to"
    )


@pytest.mark.parametrize("name", ["100%25", "a\\b", "two\nlines"])
def test_a_path_that_delta_lake_takes_for_another(name: str, embed: Embed, lines: Path, tmp_path: Path) -> None:
    complaint = embed(lines, to=tmp_path / name).complaint(2)

    assert "Delta Lake cannot keep a table at a path with" in complaint
    assert sorted(os.listdir(tmp_path)) == ["corpus"]


def test_a_path_as_a_url_of_this_machine(embed: Embed, lines: Path, table: str) -> None:
    embed(lines, to=f"file://{table}/").output()

    assert len(rows(table)) == 2


def test_no_path_at_all(embed: Embed, lines: Path) -> None:
    assert embed(lines, to="").complaint(2).startswith("--to is empty")


def test_a_readme_in_a_table_does_no_harm(embed: Embed, corpus: Corpus, made: str, vectormill: Command) -> None:
    Path(made, "README.md").write_text("the vectors of our corpus\n")

    assert "nothing to do" in embed(corpus.root).output()
    assert "version 0, 2 rows" in vectormill("show", made).output()


def test_another_encoder_than_the_tables(embed: Embed, vectormill: Command, corpus: Corpus, made: str) -> None:
    corpus.write("new.txt", ["three"])
    vectormill.encoders["fake-text"] = fakes.text_encoder(fingerprint="fake-2")

    with unchanged(made):
        complaint = embed(corpus.root).complaint(2)

    assert complaint == (
        f"{made} holds vectors of fake-text (float32, fingerprint fake-1) and fake-text (float32, fingerprint fake-2) was"
        " asked for; vectors of two encoders are never mixed: give another --to"
    )
    assert fakes.CALLS == []


def test_other_columns_than_the_tables(embed: Embed, corpus: Corpus, made: str) -> None:
    corpus.write("new.txt", ["three"])

    with unchanged(made):
        complaint = embed(corpus.root, "--drop-text").complaint(2)

    assert "use the same --keep, --drop-text and --chunk as before, or give another --to" in complaint


def test_another_format_than_the_tables(embed: Embed, corpus: Corpus, made: str) -> None:
    with unchanged(made):
        complaint = embed(corpus.root, "--format", "tfrecord").complaint(2)

    assert complaint == f"{made} holds a parquet table: use --format parquet, or another --to"


# ---- the encoder ------------------------------------------------------------------------------------------


def test_an_unknown_encoder(bare: Command, lines: Path, table: str) -> None:
    complaint = bare("embed", lines, "--to", table, "--encoder", "use-multilingul").complaint(2)

    assert complaint.startswith("there is no encoder 'use-multilingul': did you mean use-multilingual")
    assert not os.path.exists(table)


def test_half_a_model_in_the_cache(
    bare: Command, lines: Path, table: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5"
    model = tmp_path / "tfhub" / hashlib.sha1(handle.encode()).hexdigest()
    (model / "variables").mkdir(parents=True)
    (model / "saved_model.pb").write_bytes(b"a graph")
    (model / "variables" / "variables.data-00000-of-00001").write_bytes(b"weights")
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "tfhub"))
    monkeypatch.setenv("VECTORMILL_CACHE_DIR", str(tmp_path / "state"))

    complaint = bare("embed", lines, "--to", table, "--encoder", handle).complaint(2)

    assert complaint == (
        f"half a model in {model}: variables/variables.index is missing;"
        f" delete {model} and run `vectormill encoders pull {handle}`"
    )
    assert not os.path.exists(table)


# ---- options ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--chunk", "words:3"], "--chunk words:3: write it as sentences:N, for example --chunk sentences:3"),
        (["--chunk", "sentences:0"], "--chunk sentences:0: write it as sentences:N, for example --chunk sentences:3"),
        (["--runner", "rocket"], "--runner rocket: Beam knows no such runner"),
        (["--beam", "workers=3"], "--beam workers=3: write it as --beam --OPTION=VALUE"),
        (["--beam", "--wings=3"], "--beam --wings: Beam has no such option for --runner direct"),
        (["--beam", "--direct_num_workers=many"], "--beam: argument --direct_num_workers: invalid int value: 'many'"),
        (["--max-dead-fraction", "2"], "Invalid value for '--max-dead-fraction': 2.0 is not in the range 0<=x<=1;"),
        (["--shard-items", "0"], "Invalid value for '--shard-items': 0 is not in the range x>=1;"),
        (["--labels-from", "moon"], "Invalid value for '--labels-from': 'moon' is not one of 'folder', 'file';"),
        (
            ["--precision", "int3"],
            "Invalid value for '--precision': 'int3' is not one of 'auto', 'float32', 'bfloat16', 'float16';",
        ),
        (["--encodre", "x"], "No such option '--encodre'."),
        (["--text-column", "x"], "{lines}/a.txt: has no columns, so there is no 'x'; leave --text-column out"),
        (
            ["--labels-from", "file", "--label-column", "x"],
            "labels come from a column or from names, not both: drop --label-column or --labels-from",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_option_of_a_bad_value(options: list[str], complaint: str, embed: Embed, lines: Path, table: str) -> None:
    assert embed(lines, *options).complaint(2).startswith(complaint.format(lines=lines))
    assert not os.path.exists(table)
    assert fakes.LOADS == []


def test_missing_arguments_point_to_the_help(vectormill: Command) -> None:
    assert vectormill("embed").complaint(2) == "Missing argument 'INPUT...'; see `vectormill embed --help`"
    assert vectormill("embed", "a").complaint(2) == "Missing option '--to'; see `vectormill embed --help`"
    assert vectormill("fly").complaint(2) == "No such command 'fly'; see `vectormill --help`"


def test_a_version_that_the_table_does_not_have(vectormill: Command, made: str, tmp_path: Path) -> None:
    complaint = f"{made} has no version 7 that can be read"

    assert vectormill("show", made, "--version", 7).complaint(2) == complaint
    to = tmp_path / "out"
    assert vectormill("export", made, "--to", to, "--format", "npy", "--version", 7).complaint(2) == complaint
    assert not to.exists()


@pytest.mark.parametrize("command", [["show"], ["export", "--to", "out", "--format", "npy"]])
def test_a_table_that_is_none(command: list[str], vectormill: Command, corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for path in (corpus.root, tmp_path / "nothing", tmp_path / "file"):
        complaint = vectormill(*command, path).complaint(2)
        assert complaint == f"{path} holds no feature table: make one with `vectormill embed INPUT --to {path}`"


def test_json_complains_on_standard_error_alone(embed: Embed, tmp_path: Path) -> None:
    outcome = embed(tmp_path / "a.txt", "--json")

    assert outcome.complaint(2)
    with pytest.raises(json.JSONDecodeError):
        json.loads(outcome.out)
