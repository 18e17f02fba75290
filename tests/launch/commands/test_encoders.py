"""`vectormill encoders`: the list, one of them, and fetching one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.launch.conftest import Command
from transforms.encoders import all_specs


@pytest.fixture(autouse=True)
def empty_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VECTORMILL_CACHE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "tfhub"))
    return tmp_path / "state"


def test_every_encoder_has_a_line(bare: Command) -> None:
    for asked in (["encoders"], ["encoders", "list"]):
        head, *lines = bare(*asked).output().splitlines()

        assert head.split() == ["name", "modality", "dim", "size", "licence", "in", "cache"]
        assert [line.split()[:3] for line in lines] == [[s.name, s.modality, str(s.dim)] for s in all_specs()]


def test_one_encoder_is_described_without_fetching_it(bare: Command, empty_caches: Path) -> None:
    lines = bare("encoders", "show", "nasnet-mobile").output().splitlines()

    facts = {line[:12].strip(): line[12:] for line in lines}
    assert facts["name"] == "nasnet-mobile"
    assert facts["handle"] == "https://tfhub.dev/google/imagenet/nasnet_mobile/feature_vector/5"
    assert (facts["modality"], facts["dimension"]) == ("image", "1056")
    assert facts["in cache"] == "no"
    assert not empty_caches.exists()


def test_how_much_an_encoder_reads_is_told_where_it_is_known(bare: Command) -> None:
    assert "the first 128 tokens of a text" in bare("encoders", "show", "use-large").output()
    assert "tokens" not in bare("encoders", "show", "use-multilingual").output()


@pytest.mark.parametrize("command", ["show", "pull"])
def test_an_unknown_encoder(command: str, bare: Command) -> None:
    complaint = bare("encoders", command, "nasnet-mobil").complaint(2)

    assert complaint.startswith("there is no encoder 'nasnet-mobil': did you mean nasnet-mobile")


def test_a_stranger_is_not_loaded_without_being_told_to_trust_it(bare: Command) -> None:
    handle = "https://tfhub.dev/mallory/model/1"

    assert "add --trust to load" in bare("encoders", "pull", handle).complaint(2)
    assert "add --trust to load" in bare("encoders", "show", handle).complaint(2)
    assert handle in bare("encoders", "show", handle, "--trust").output()
