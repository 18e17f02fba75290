"""Names that are no part of a corpus."""

from pathlib import Path

import pytest

from transforms.corpus.hidden import is_hidden
from transforms.corpus.options import ReadOptions
from transforms.corpus.sources import list_corpus

DEVICES = [
    "@eaDir",
    "@Recycle",
    "@__thumb",
    "#recycle",
    "#snapshot",
    "$RECYCLE.BIN",
    "System Volume Information",
    "lost+found",
]


@pytest.mark.parametrize("name", DEVICES)
def test_what_a_storage_device_keeps_for_itself_is_no_part_of_a_corpus(tmp_path: Path, name: str) -> None:
    for place in (
        "a.jpg",
        f"{name}/a.jpg",
        f"trip/{name.lower()}/b.jpg/THUMB_M.jpg",
        f"{name}.jpg",
        f"my {name}/c.jpg",
    ):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    listing = list_corpus([str(tmp_path)], ReadOptions(modality="image"))
    assert [source.name for source in listing.sources] == sorted(["a.jpg", f"{name}.jpg", f"my {name}/c.jpg"])
    assert listing.skipped == {"hidden": 2}


@pytest.mark.parametrize("name", ["eaDir", "recycle", "@home", "#1.txt", "found", "_DSC0001.JPG", "$5", "~a.txt"])
def test_names_that_only_look_alike_are_read(name: str) -> None:
    assert not is_hidden(name)


def test_the_lock_of_an_open_document_is_hidden() -> None:
    assert is_hidden("~$report.csv")
