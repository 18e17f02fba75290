"""Files that would be in a corpus twice."""

import os
from pathlib import Path

import pytest

from transforms.corpus.options import ReadOptions
from transforms.corpus.sources import Listing, list_corpus

TEXT = ReadOptions(modality="text")


def listing(*inputs: Path, modality: str = "text") -> Listing:
    options = ReadOptions(modality="image") if modality == "image" else TEXT
    return list_corpus([str(one) for one in inputs], options)


def write(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x\n")
    return root


def test_a_link_to_a_file_of_the_corpus_is_read_and_said(tmp_path: Path) -> None:
    root = write(tmp_path / "c", "2024.jsonl")
    os.symlink("2024.jsonl", root / "latest.jsonl")
    found = listing(root)
    assert [source.name for source in found.sources] == ["2024.jsonl", "latest.jsonl"]
    assert found.notes == ("latest.jsonl is a link to a file of the corpus, whose items are there twice",)


def test_links_are_followed_through_linked_folders_and_counted(tmp_path: Path) -> None:
    real = write(tmp_path / "real", "pool/a.jpg", "pool/b.jpg")
    (real / "cat").mkdir()
    os.symlink("../pool/a.jpg", real / "cat/a.jpg")
    os.symlink("../pool/b.jpg", real / "cat/b.jpg")
    os.symlink(real, tmp_path / "linked")
    expected = ("cat/a.jpg is a link to a file of the corpus, whose items are there twice (2 such)",)
    assert listing(tmp_path / "linked", modality="image").notes == expected


def test_a_link_to_a_file_outside_the_corpus_is_like_any_file(tmp_path: Path) -> None:
    pool = write(tmp_path / "pool", "a.txt")
    (tmp_path / "c").mkdir()
    os.symlink(pool / "a.txt", tmp_path / "c/a.txt")
    assert listing(tmp_path / "c").notes == ()
    assert listing(tmp_path / "c", write(tmp_path / "other", "b.txt")).notes == ()


def test_files_of_one_name_in_several_formats_are_said(tmp_path: Path) -> None:
    root = write(
        tmp_path, "a/train.csv", "a/train.csv.gz", "a/train.jsonl", "a/test.csv", "b/train.csv", "c/x.tsv", "c/x.txt"
    )
    assert listing(root).notes == (
        "a/train.csv and a/train.csv.gz and a/train.jsonl have one name but for the suffix: if they are the same, their items"
        " are there twice (2 such)",
    )


def test_files_of_other_names_are_not(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        "a/1.txt",
        "b/1.txt",
        "a/1.v2.txt",
        "a/A.txt",
        "a/a.txt",
        "x-00000-of-00002.txt",
        "x-00001-of-00002.txt",
        "b/x.csv-00000-of-00002",
        "b/x.csv-00001-of-00002",
    )
    assert listing(root).notes == ()


@pytest.mark.parametrize(
    "copy",
    [
        "train (1).csv",
        "train - Copy.csv",
        "train - Copy (2).csv",
        "train copy 2.csv",
        "train (Jo's conflicted copy 2024-01-31).csv",
        "train.sync-conflict-20240131-184717-5RQAITR.csv",
    ],
)
def test_a_file_that_is_called_like_a_copy_of_another_is_said(tmp_path: Path, copy: str) -> None:
    root = write(tmp_path, "a/train.csv", f"a/{copy}", f"b/{copy}")
    assert listing(root).notes == (
        f"a/{copy} is called like a copy of a/train.csv: if it is one, its items are there twice",
    )


def test_numbered_files_and_copies_of_nothing_are_files(tmp_path: Path) -> None:
    root = write(
        tmp_path, "photo (1).txt", "photo (2).txt", "my copy of it.txt", "train - Copy.txt", "b (1)/a.txt", "b/a.txt"
    )
    assert listing(root).notes == ()
