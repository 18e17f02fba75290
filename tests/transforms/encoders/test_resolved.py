from __future__ import annotations

import json
import os
import pickle
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.transforms.encoders.models import IMAGE_DIM, SIDE, TEXT_DIM
from transforms import encoders
from transforms.common.errors import RequestError
from transforms.encoders import cache, records, resolved

Copy = Callable[..., Path]
HANDLE = "https://tfhub.dev/google/a-text-module/1"


def hub_copy(copy: Copy, name: str = "text", handle: str = HANDLE) -> Path:
    path = cache.location(handle)
    assert path is not None
    return copy(name, path)


def test_loading_once_completes_the_description(copy: Copy):
    folder = copy("image")
    assert encoders.find(str(folder)).dim is None
    spec = encoders.resolve(str(folder)).spec
    assert (spec.modality, spec.dim, spec.image_size) == ("image", IMAGE_DIM, (SIDE, SIDE))
    assert encoders.find(str(folder)) == spec


def test_a_hub_module_is_found_in_its_cache(copy: Copy):
    hub_copy(copy)
    found = encoders.resolve(HANDLE)
    assert (found.spec.modality, found.spec.dim, found.spec.image_size) == ("text", TEXT_DIM, None)
    assert found.spec.pixel_range is None
    assert encoders.is_cached(HANDLE)


def test_a_resolved_encoder_travels(copy: Copy):
    found = encoders.resolve(str(copy("text")))
    sent = pickle.dumps(found)
    assert len(sent) < 2000
    assert pickle.loads(sent) == found
    assert pickle.loads(sent).load().encode(["good film"]).shape == (1, TEXT_DIM)


def test_loading_twice_gives_the_same_object(copy: Copy):
    found = encoders.resolve(str(copy("text")))
    assert found.load() is encoders.resolve(str(found.location)).load()


def test_a_record_keeps_tensorflow_out_of_planning(copy: Copy):
    hub_copy(copy)
    found = encoders.resolve(HANDLE)
    code = (
        "import sys; from transforms import encoders;"
        f"found = encoders.resolve({HANDLE!r}); print(found.fingerprint, found.spec.dim);"
        "assert not {'tensorflow', 'keras', 'tensorflow_hub'} & set(sys.modules)"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert seen.split() == [found.fingerprint, str(TEXT_DIM)]


def test_the_fingerprint_is_that_of_the_content_and_not_of_the_place(copy: Copy, tmp_path: Path):
    hub_copy(copy)
    here = encoders.resolve(HANDLE)
    assert here.fingerprint == encoders.resolve(str(copy("text", tmp_path / "elsewhere"))).fingerprint
    assert str(tmp_path) not in json.dumps([here.fingerprint, here.identity])


def test_the_fingerprint_changes_with_whatever_changes_vectors(copy: Copy, monkeypatch: pytest.MonkeyPatch):
    found = encoders.resolve(str(copy("image")))
    spec = found.spec
    others = [
        resolved.fingerprint(spec, found.identity, "bfloat16"),
        resolved.fingerprint(spec, "other weights", "float32"),
        resolved.fingerprint(replace(spec, pixel_range=(-1.0, 1.0)), found.identity, "float32"),
        resolved.fingerprint(replace(spec, image_size=(16, 16)), found.identity, "float32"),
    ]
    monkeypatch.setattr(resolved, "ENCODER_VERSION", 2)
    others.append(resolved.fingerprint(spec, found.identity, "float32"))
    assert len({found.fingerprint, *others}) == 6


def test_a_changed_file_is_refused_with_what_to_do(copy: Copy):
    folder = hub_copy(copy)
    found = encoders.resolve(HANDLE)
    data = folder / "variables" / "variables.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:-1] + b"\xff")
    for attempt in (lambda: encoders.resolve(HANDLE), found.load):
        with pytest.raises(RequestError, match=f"files in {folder} are not those that were seen first.*delete"):
            attempt()


def test_a_change_that_hides_behind_size_and_time_is_found_when_loading(copy: Copy):
    folder = hub_copy(copy)
    found = encoders.resolve(HANDLE)
    data = folder / "variables" / "variables.data-00000-of-00001"
    before = data.stat()
    data.write_bytes(data.read_bytes()[:-1] + b"\xff")
    os.utime(data, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(RequestError, match="are not those that were seen first"):
        found.load()


def test_a_touched_file_is_hashed_again_and_passes(copy: Copy):
    folder = hub_copy(copy)
    found = encoders.resolve(HANDLE)
    os.utime(folder / "saved_model.pb")
    assert encoders.resolve(HANDLE) == found


def test_another_machine_must_have_the_planned_weights(copy: Copy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    hub_copy(copy)
    planned = replace(encoders.resolve(HANDLE), identity="planned elsewhere")
    monkeypatch.setenv("VECTORMILL_CACHE_DIR", str(tmp_path / "worker"))
    with pytest.raises(RequestError, match="are not those"):
        planned.load()


@pytest.mark.parametrize(
    ("gone", "why"),
    [
        ("saved_model.pb", "no saved_model.pb"),
        ("variables/variables.index", "variables.index is missing"),
        ("variables/variables.data-00000-of-00001", "0 of 1 variables.data"),
        ("variables", "no variables"),
    ],
)
def test_half_a_model_is_named(copy: Copy, gone: str, why: str):
    folder = hub_copy(copy)
    path = folder / gone
    for file in path.iterdir() if path.is_dir() else [path]:
        file.unlink()
    if path.is_dir():
        path.rmdir()
    with pytest.raises(RequestError, match=rf"half a model in {folder}: .*{why}.*delete .*pull"):
        encoders.resolve(HANDLE)
    assert not encoders.is_cached(HANDLE)


def test_a_download_that_was_cut_short_is_named_at_once():
    path = cache.location(HANDLE)
    assert path is not None
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    path.with_name(f"{path.name}.cafe.tmp").mkdir(parents=True)
    path.with_name(f"{path.name}.lock").write_text(f"{socket.gethostname()}.{dead.pid}.cafe")
    with pytest.raises(RequestError, match=r"half a model in .*\.cafe\.tmp: the download was cut short; delete"):
        encoders.resolve(HANDLE)


def test_without_network_the_message_says_how_to_bring_the_model(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(RequestError) as caught:
        encoders.resolve("nasnet-mobile")
    message = str(caught.value)
    assert "\n" not in message
    for part in ("nasnet_mobile/feature_vector/5", "TFHUB_CACHE_DIR", "encoders pull", "use-multilingual", "hog"):
        assert part in message


def test_a_cache_that_may_only_be_read_is_enough(copy: Copy):
    folder = hub_copy(copy)
    before = sorted(folder.parent.rglob("*"))
    encoders.resolve(HANDLE).load()
    assert sorted(folder.parent.rglob("*")) == before


def test_a_state_folder_that_cannot_be_written_is_named(copy: Copy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("VECTORMILL_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(RequestError, match="set VECTORMILL_CACHE_DIR"):
        encoders.resolve(str(copy("text")))


@pytest.mark.parametrize("content", ["", "{", '{"format": 0}', '{"format": 1}', "[]"])
def test_a_record_that_cannot_be_read_is_made_anew(copy: Copy, content: str):
    folder = copy("text")
    found = encoders.resolve(str(folder))
    records.path_of(str(folder)).write_text(content)
    assert encoders.resolve(str(folder)) == found
    assert json.loads(records.path_of(str(folder)).read_text())["format"] == records.FORMAT


def test_concurrent_builders_of_a_builtin_agree():
    found: list[encoders.ResolvedEncoder] = []
    builders = [threading.Thread(target=lambda: found.append(encoders.resolve("hog"))) for _ in range(4)]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    folder = found[0].location
    assert folder is not None
    assert [entry.name for entry in folder.parent.iterdir()] == ["hog-1"]


def test_a_builtin_has_the_same_fingerprint_wherever_it_was_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    here = encoders.resolve("hog")
    place = here.location
    monkeypatch.setenv("VECTORMILL_CACHE_DIR", str(tmp_path / "another machine"))
    there = encoders.resolve("hog")
    assert here == there
    assert place != there.location
    assert np.isfinite(there.load().encode(np.zeros((1, 128, 128, 3), np.uint8))).all()
