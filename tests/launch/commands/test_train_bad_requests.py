"""Trainings that cannot be carried out: exit code 2, one line that says what, where and what to do, nothing published.

What the rows themselves make impossible is found by `prepare`, and most of it tested there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import heads
from tests.launch.conftest import Command, Newsroom
from transforms.heads import model_folder

Refused = Callable[..., str]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tmp_path / "model"


@pytest.fixture
def refused(newsmill: Command, bare_newsroom: Newsroom, model: Path) -> Refused:
    """The complaint about `vectormill train TABLE --to MODEL`, and whatever follows."""

    def complaint(*arguments: object, table: object = bare_newsroom.table, to: object = model) -> str:
        said = newsmill("train", table, "--to", to, *arguments).complaint(2)
        assert not os.path.isdir(str(to)) or model_folder.MODELS.numbers(str(to)) == []
        return said

    return complaint


# ---- what is learnt from ----------------------------------------------------------------------------------


def test_a_folder_without_a_table(refused: Refused, tmp_path: Path) -> None:
    assert refused(table=tmp_path / "none").startswith(f"{tmp_path}/none holds no feature table: make one with")


def test_a_version_that_the_table_does_not_have(refused: Refused) -> None:
    assert "version 7" in refused("--version", 7)


@pytest.mark.parametrize("option", ["--label-column", "--features", "--group-column", "--split-column"])
def test_a_column_that_the_table_lacks(option: str, refused: Refused, bare_newsroom: Newsroom) -> None:
    complaint = refused(option, "colour")

    there = "id, content, source, fingerprint, label, text, tags, length, desk"
    assert complaint == f"{bare_newsroom.table} has no column 'colour': it has {there}"


def test_labels_that_do_not_join(refused: Refused, tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text("id,label\nn000,a\nn001,b\nx1,a\nx2,b\nx3,a\nx4,b\n")

    assert refused("--labels", file) == (
        f"4 of the 6 ids of {file} are not in the table, such as 'x1', 'x2', 'x3'; ids of the table look like 'n000',"
        " 'n001', 'n002'. To pass over them: --skip-unknown"
    )


# ---- what does not go together ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--group-column", "desk", "--group-pattern", "."], "groups come from a column or from a pattern, not both"),
        (["--split-column", "desk", "--test-sources", "*"], "the split comes from a column or from sources, not both"),
        (["--label-columns", "label,desk", "--heads", "h.yaml"], "heads come from --label-columns or from --heads"),
        (["--label-columns", "label,desk,label"], "--label-columns names a column twice"),
        (["--eval-fraction", "0.5", "--test-fraction", "0.5"], "leave nothing to train on"),
        (["--balanced", "--multi-label", ";"], "--balanced is for one label an item"),
        (["--strengths", "1,many"], "--strengths 1,many: write numbers with commas between them"),
        (["--strengths", "1,-1"], "--strengths 1,-1: numbers above 0 are wanted"),
        (["--strengths", "nan"], "--strengths nan: numbers above 0 are wanted"),
        (["--strengths", ","], "--strengths ,: numbers above 0 are wanted"),
        (["--inverse-regularization", "0"], "--inverse-regularization 0: numbers above 0 are wanted"),
        (
            ["--inverse-regularization", "1", "--strengths", "2"],
            "--strengths is an old name of --inverse-regularization: give one of them",
        ),
        (["--label-columns", "label,a/b"], "--label-columns: a column whose name is no folder's"),
        (["--hidden", "8.5"], "--hidden 8.5: write numbers with commas between them"),
        (["--normalize", "whiten"], "--normalize whiten: write none, zscore or pca:N with N of at most 16"),
        (["--normalize", "pca:17"], "--normalize pca:17: write none, zscore or pca:N with N of at most 16"),
        (["--normalize", "pca:0"], "--normalize pca:0: write none"),
        (["--features", "length,desk,length"], "--features: 'length' and 'length' would be one input of the model"),
        (["--features", "length,label"], "--features label: it holds the labels, which are not known of new items"),
        (["--head", "forest"], "'forest' is not one of"),
        (["--head", "knn", "--fine-tune"], "a k-nearest head has nothing that --fine-tune trains"),
    ],
)
def test_options_that_make_no_sense(options: list[str], complaint: str, refused: Refused, model: Path) -> None:
    assert complaint in refused(*options)
    assert not model.exists()


# ---- a file of heads --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("- name: a\n  - b", "is no YAML: "),
        ("name: a", "write a list, each with a name"),
        ("- kind: mlp", "write a list, each with a name"),
        ("", "write a list, each with a name"),
        (
            "- name: a\n  colour: red",
            "a has 'colour'; there is balanced, drop_rare, fine_tune, inverse_regularization, kind, label, mlp,",
        ),
        ("- name: a\n  mlp: {depth: 3}", "a, mlp: "),
        ("- name: a\n- name: a", "every head needs a name of its own, without a slash"),
        ("- name: a/b", "every head needs a name of its own, without a slash"),
        ("- name: _runs", "every head needs a name of its own, without a slash"),
        ("- name: '7'", "every head needs a name of its own, without a slash, that is no number"),
        ("[]", "write a list, each with a name"),
        ("- name: 7", "7: name cannot be 7"),
        ("- name: a\n  kind: forest", "a: kind cannot be 'forest': it is auto, linear, knn or mlp"),
        ("- name: a\n  drop_rare: many", "a: drop_rare cannot be 'many'"),
        ("- name: a\n  balanced: 1", "a: balanced cannot be 1"),
        ("- name: a\n  separator: 1", "a: separator cannot be 1"),
        ("- name: a\n  strengths: 3", "a: strengths cannot be 3"),
        ("- name: a\n  inverse_regularization: 3", "a: inverse_regularization cannot be 3"),
        (
            "- name: a\n  inverse_regularization: [1]\n  strengths: [1]",
            "a: strengths is an old name of inverse_regularization: give one of them",
        ),
        ("- name: a\n  strengths: [0, 1]", "a: strengths cannot be (0, 1)"),
        ("- name: a\n  kind: knn\n  fine_tune: {epochs: 1}", "a: a k-nearest head has nothing that --fine-tune trains"),
        ("- name: a\n  mlp: {hidden: [8.5]}", "a: mlp, hidden cannot be (8.5,)"),
        ("- name: a\n  mlp: [8]", "a: mlp cannot be (8,)"),
    ],
)
def test_a_file_of_heads_that_says_something_else(
    content: str, complaint: str, refused: Refused, tmp_path: Path, model: Path
) -> None:
    file = tmp_path / "heads.yaml"
    file.write_text(content)

    said = refused("--heads", file)

    assert said.startswith(f"--heads {file}")
    assert complaint in said
    assert not model.exists()


def test_a_file_of_heads_that_is_not_there(refused: Refused, tmp_path: Path) -> None:
    assert refused("--heads", tmp_path / "none.yaml") == (
        f"--heads {tmp_path}/none.yaml cannot be read: No such file or directory"
    )


# ---- the target -------------------------------------------------------------------------------------------


def test_a_target_that_is_a_file(refused: Refused, model: Path) -> None:
    model.write_text("mine")

    assert refused() == f"{model} is a file: --to takes the folder of a model, new or existing"
    assert model.read_text() == "mine"


def test_a_target_that_holds_something_else(refused: Refused, model: Path) -> None:
    model.mkdir()
    (model / "notes.txt").write_text("mine")

    assert refused() == f"{model} holds something else (notes.txt): --to takes a new folder, or one of a model"
    assert [path.name for path in model.iterdir()] == ["notes.txt"]


def test_a_target_below_a_file(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")

    assert "cannot be listed: Not a directory" in refused(to=tmp_path / "file" / "model")


def test_a_target_far_away(refused: Refused) -> None:
    assert "there is no file system for floppy:// here" in refused(to="floppy://bucket/model")


# ---- found while it runs ----------------------------------------------------------------------------------


def test_an_encoder_that_changed_since(
    newsmill: Command, bare_newsroom: Newsroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exported model would hold another encoder than the one whose vectors the head has learnt."""
    encoder = heads.save_encoder(tmp_path / "encoder")
    options = ["--text-column", "text", "--id-column", "id", "--label-column", "label"]
    newsmill("embed", bare_newsroom.corpus, "--to", tmp_path / "table", "--encoder", encoder, *options).output()
    heads.save_encoder(encoder, seed=1)
    monkeypatch.setenv("VECTORMILL_CACHE_DIR", str(tmp_path / "another machine"))

    said = newsmill("train", tmp_path / "table", "--to", tmp_path / "model").complaint(2)

    assert f"the table's vectors are of another {encoder}" in said
    assert "embed the corpus again" in said
    assert model_folder.MODELS.numbers(str(tmp_path / "model")) == []


def test_rows_that_allow_no_training_are_said_in_one_line(
    refused: Refused, bare_newsroom: Newsroom, tmp_path: Path
) -> None:
    """Found inside the pipeline, whose own words are left out."""
    file = tmp_path / "labels.csv"
    file.write_text(
        "id,label\n" + "".join(f"n{number:03},{'rare' if number < 2 else 'usual'}\n" for number in range(99))
    )

    assert refused("--labels", file) == (
        "1 of 2 labels have fewer items than there are sides (train, eval, test): 'rare' (2); leave such labels out with"
        " --drop-rare 3, or label more items"
    )


def test_the_job_is_what_was_asked_for(bare_newsroom: Newsroom, tmp_path: Path) -> None:
    from launch.commands.train import current_names, train

    asked: dict[str, Any] = {}
    context = train.make_context(
        "train",
        [
            str(bare_newsroom.table),
            "--to",
            str(tmp_path / "m"),
            "--label-columns",
            "label, desk",
            "--head",
            "mlp",
            "--hidden",
            "8,4",
            "--epochs",
            "3",
            "--learning-rate",
            "0.5",
            "--seed",
            "7",
            "--memory",
            "2",
            "--features",
            "length,desk",
            "--test-sources",
            "a*",
            "--min-gain=-0.5",
            "--no-leakage-check",
            "--strengths",
            "1,10",
        ],
    )
    asked.update(current_names(context.params))
    for name in ("as_json", "runner", "profile", "beam", "shared_folder", "detach"):
        del asked[name]

    from launch.jobs.train import job_of

    job = job_of(**asked)

    assert [(head.name, head.label, head.kind) for head in job.heads] == [
        ("label", "label", "mlp"),
        ("desk", "desk", "mlp"),
    ]
    assert [job.folder(head) for head in job.heads] == [f"{tmp_path}/m/label", f"{tmp_path}/m/desk"]
    head = job.heads[0]
    assert (head.mlp.hidden, head.mlp.epochs, head.mlp.learning_rate, head.mlp.seed) == ((8, 4), 3, 0.5, 7)
    assert (head.seed, head.inverse_regularization, head.fine_tune) == (7, (1.0, 10.0), None)
    assert (job.memory, job.min_gain, job.leakage_threshold) == (2 << 20, -0.5, None)
    assert (job.features, job.split.test_sources) == (("length", "desk"), ("a*",))
