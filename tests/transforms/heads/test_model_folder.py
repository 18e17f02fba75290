from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from transforms.common.errors import RequestError, RunError
from transforms.heads import model_folder


def built(model: Path, content: str) -> str:
    """A finished folder, as a training leaves it."""
    folder = model / "_runs" / content
    (folder / "assets.extra").mkdir(parents=True)
    (folder / "saved_model.pb").write_text(content)
    (folder / "assets.extra" / "lineage.json").write_text(json.dumps({"by": content}))
    return str(folder)


def content(model: Path, number: int) -> str:
    return (model / str(number) / "saved_model.pb").read_text()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tmp_path / "models" / "topics"


def test_versions_follow_each_other(model: Path) -> None:
    assert model_folder.MODELS.publish(built(model, "a"), str(model), after=None) == 1
    assert model_folder.MODELS.publish(built(model, "b"), str(model), after=1) == 2
    assert model_folder.MODELS.numbers(str(model)) == [1, 2]
    assert (content(model, 1), content(model, 2)) == ("a", "b")
    assert model_folder.lineage(str(model)) == {"by": "b"}
    assert model_folder.lineage(str(model), 1) == {"by": "a"}


def test_versions_are_numbers_not_words(model: Path) -> None:
    model_folder.MODELS.publish(built(model, "a"), str(model), after=None)
    for number in (9, 10):
        os.rename(built(model, str(number)), model / str(number))

    assert model_folder.MODELS.numbers(str(model)) == [1, 9, 10]
    assert model_folder.MODELS.publish(built(model, "b"), str(model), after=10) == 11


@pytest.mark.parametrize("base", [None, 1])
def test_of_two_publishers_one_wins_whole_and_the_other_is_told(base: int | None, model: Path) -> None:
    if base:
        model_folder.MODELS.publish(built(model, "base"), str(model), after=None)
    first, second = built(model, "first"), built(model, "second")

    number = model_folder.MODELS.publish(first, str(model), after=base)
    with pytest.raises(RunError, match=f"got version {number} from another training while this one worked"):
        model_folder.MODELS.publish(second, str(model), after=base)

    assert model_folder.MODELS.newest(str(model)) == number == (base or 0) + 1
    assert content(model, number) == "first"
    assert model_folder.lineage(str(model)) == {"by": "first"}
    assert Path(second, "saved_model.pb").read_text() == "second", "kept for another try"


def test_a_number_that_became_free_is_not_taken_behind_the_newest(model: Path) -> None:
    for number in (1, 2, 3):
        model_folder.MODELS.publish(built(model, str(number)), str(model), after=number - 1 or None)
    shutil.rmtree(model / "2")

    with pytest.raises(RunError, match="got version 3 from another training"):
        model_folder.MODELS.publish(built(model, "late"), str(model), after=1)

    assert model_folder.MODELS.numbers(str(model)) == [1, 3]


def test_a_publisher_that_is_overtaken_between_look_and_rename_is_told(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = built(model, "first"), built(model, "second")
    rename = os.rename

    def overtaken(source: str, target: str) -> None:
        monkeypatch.setattr(os, "rename", rename)
        model_folder.MODELS.publish(first, str(model), after=None)
        rename(source, target)

    monkeypatch.setattr(os, "rename", overtaken)

    with pytest.raises(RunError, match="got version 1 from another training"):
        model_folder.MODELS.publish(second, str(model), after=None)

    assert content(model, 1) == "first"
    assert model_folder.MODELS.numbers(str(model)) == [1]


def test_a_training_that_dies_before_the_rename_leaves_the_old_version_in_use(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_folder.MODELS.publish(built(model, "old"), str(model), after=None)
    made = built(model, "new")

    def killed(source: str, target: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", killed)
        with pytest.raises(KeyboardInterrupt):
            model_folder.MODELS.publish(made, str(model), after=1)

    assert model_folder.MODELS.newest(str(model)) == 1
    assert content(model, 1) == "old"
    assert model_folder.MODELS.publish(made, str(model), after=1) == 2


def test_half_a_folder_is_no_version(model: Path) -> None:
    model_folder.MODELS.publish(built(model, "a"), str(model), after=None)
    (model / "2" / "variables").mkdir(parents=True)

    assert model_folder.MODELS.numbers(str(model)) == [1]
    assert model_folder.located(str(model)) == (str(model), 1)


def test_a_full_disk_is_no_other_publisher(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = built(model, "a")

    def full(source: str, target: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", full)

    with pytest.raises(RunError, match="cannot be written: No space left on device"):
        model_folder.MODELS.publish(made, str(model), after=None)


@pytest.mark.parametrize("name", ["key", "other"])
def test_a_candidate_takes_the_place_of_the_one_before(name: str, model: Path) -> None:
    model_folder.MODELS.set_aside(built(model, "a"), str(model), "key")
    folder = model_folder.MODELS.set_aside(built(model, "b"), str(model), name)

    assert folder == f"{model}/_candidates/{name}"
    assert Path(folder, "saved_model.pb").read_text() == "b"
    assert os.listdir(model / "_candidates") == [name]
    assert model_folder.MODELS.numbers(str(model)) == []


def test_a_model_is_named_by_its_folder_or_by_a_version(model: Path) -> None:
    for number in (1, 2):
        model_folder.MODELS.publish(built(model, str(number)), str(model), after=number - 1 or None)

    assert model_folder.located(str(model)) == (str(model), 2)
    assert model_folder.located(f"{model}/1") == (str(model), 1)
    with pytest.raises(RequestError, match=r"models/topics/3 holds no model"):
        model_folder.located(f"{model}/3")
    with pytest.raises(RequestError, match="holds no model: make one with `vectormill train TABLE --to"):
        model_folder.located(str(model.parent / "other"))


def test_a_saved_model_of_somebody_else_is_not_ours(model: Path) -> None:
    (model / "1").mkdir(parents=True)
    (model / "1" / "saved_model.pb").write_text("x")

    with pytest.raises(RequestError, match=r"topics/1 was not made by `vectormill train`, or half of it is missing"):
        model_folder.located(str(model))


@pytest.mark.parametrize("there", [[], ["1/saved_model.pb"], ["_runs/x"], [".DS_Store"], ["label/1/saved_model.pb"]])
def test_a_folder_of_a_model_is_writable(there: list[str], model: Path) -> None:
    for name in there:
        (model / name).parent.mkdir(parents=True, exist_ok=True)
        (model / name).write_text("x")

    model_folder.MODELS.require_writable(str(model))

    assert (model / "_runs").is_dir()


@pytest.mark.parametrize("there", ["notes.txt", "label/notes.txt", "_delta_log/0.json"])
def test_a_folder_of_something_else_is_refused_untouched(there: str, model: Path) -> None:
    (model / there).parent.mkdir(parents=True)
    (model / there).write_text("x")

    with pytest.raises(RequestError, match="holds something else"):
        model_folder.MODELS.require_writable(str(model))

    assert not (model / "_runs").exists()
