from __future__ import annotations

import re
from pathlib import Path

import pytest

from transforms import encoders
from transforms.common.errors import RequestError
from transforms.encoders import handles

USE = "https://tfhub.dev/google/universal-sentence-encoder"


def test_every_named_encoder_is_complete_before_it_is_loaded():
    specs = encoders.all_specs()
    assert len({spec.name for spec in specs}) == len({spec.handle for spec in specs}) == len(specs)
    for spec in specs:
        assert encoders.find(spec.name) == spec
        assert spec.dim is not None
        assert (spec.image_size is None) == (spec.pixel_range is None) == (spec.modality == "text")
        assert spec.licence == "Apache-2.0"
        assert re.search(r"/[\d.]+$", spec.handle)


def test_the_registry_holds_what_the_design_promises():
    promised = (
        "use use-large use-lite use-multilingual use-multilingual-tfhub use-multilingual-large wiki-words-250 elmo"
    )
    promised += " nasnet-mobile nasnet-large pnasnet-large mobilenet-v1 mobilenet-v2 mobilenet-v3-small inception-v3"
    promised += " resnet-v2-50 efficientnet-v2-s hog"
    promised += "".join(f" nnlm-{language}-{dim}" for language in ("en", "de", "es", "ja") for dim in (50, 128))
    assert set(promised.split()) <= {spec.name for spec in encoders.all_specs()}


def test_an_unknown_name_is_told_its_neighbours():
    with pytest.raises(RequestError, match=r"no encoder 'use-multilngual': did you mean use-multilingual"):
        encoders.find("use-multilngual")
    with pytest.raises(RequestError, match=r"no encoder 'zzzz': `vectormill encoders` lists"):
        encoders.find("zzzz")


def test_a_handle_of_the_registry_is_its_entry():
    assert encoders.find(f"{USE}/4").name == "use"
    assert encoders.find(f"{USE}/4/").name == "use"


@pytest.mark.parametrize(
    "handle",
    [
        "https://tfhub.dev/google/anything",
        "https://tfhub.dev/google/imagenet/inception_v2/feature_vector",
        "https://www.kaggle.com/models/google/nnlm/tensorFlow2/en-dim50",
        "https://www.kaggle.com/models/google/mobilenet-v2/1",
    ],
)
def test_a_handle_without_a_version_is_refused_with_a_hint(handle: str):
    with pytest.raises(RequestError, match=rf"{handle} has no version.*{handle}/1"):
        encoders.find(handle)


def test_the_hint_names_the_version_that_is_known():
    with pytest.raises(RequestError, match=f"write {USE}/4"):
        encoders.find(USE)


def test_an_unknown_publisher_needs_trust():
    for handle in (
        "https://tfhub.dev/somebody/embedder/1",
        "https://www.kaggle.com/models/somebody/embedder/tensorFlow2/base/1",
    ):
        with pytest.raises(RequestError, match=r"'somebody' is not a known publisher .*--trust"):
            encoders.find(handle)
        assert encoders.find(handle, trust=True).handle == handle


def test_beyond_the_registry_the_dimension_is_unknown_until_loaded():
    spec = encoders.find("https://tfhub.dev/google/imagenet/inception_v2/feature_vector/5")
    assert (spec.dim, spec.modality, spec.pixel_range) == (None, "image", (0.0, 1.0))


@pytest.mark.parametrize("name", ["gs://bucket/model", "https://example.com/model.tar.gz", "s3://bucket/model"])
def test_other_places_are_refused(name: str):
    with pytest.raises(RequestError, match="cannot be loaded from"):
        encoders.find(name)


def test_a_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "model").mkdir()
    monkeypatch.chdir(tmp_path)
    assert encoders.find("./model").handle == encoders.find("model").handle == str(tmp_path / "model")
    with pytest.raises(RequestError, match=r"no encoder at .*nowhere"):
        encoders.find("./nowhere")


def test_keras_handles_are_taken_apart(tmp_path: Path):
    weights = tmp_path / "w.h5"
    weights.touch()
    assert str(handles.parse_keras("keras://VGG16?weights=imagenet")) == "keras://VGG16"
    assert str(handles.parse_keras("keras://VGG16?seed=7&weights=random")) == "keras://VGG16?weights=random&seed=7"
    assert handles.parse_keras(f"keras://VGG16?weights={weights}").weights == str(weights)
    for wrong, why in (
        ("keras://VGG16?weight=random", "unknown option weight"),
        ("keras://VGG16?weights=/nowhere.h5", "no weights file"),
        ("keras://VGG16?weights=random&seed=x", "whole number"),
        ("keras://", "keras://Name"),
    ):
        with pytest.raises(RequestError, match=why):
            encoders.find(wrong)
