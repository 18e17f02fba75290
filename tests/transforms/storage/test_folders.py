"""Folders that are built beside their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from transforms.storage import files, folders


@pytest.mark.parametrize("name", ["site", "below/another/site", "/{root}/site"])
def test_a_folder_is_whole_under_any_name_and_leaves_nothing_beside_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = name.format(root=tmp_path.as_posix().strip("/"))

    with folders.built(name) as work:
        files.write(files.join(work, "a"), b"1")
        assert not Path(name).exists()

    assert Path(name, "a").read_bytes() == b"1"
    assert [path.name for path in Path(name).absolute().parent.iterdir()] == ["site"]
