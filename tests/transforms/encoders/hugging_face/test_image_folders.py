from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.helpers import image_models
from transforms import encoders
from transforms.common.errors import RequestError
from transforms.encoders import conversions, load, openvino_core
from transforms.encoders.spec import query_vectors
from transforms.encoders.towers import tower_of

PICTURES = image_models.pictures()
TEXTS = ["red shoes", "a", "a red dress in the window of a very long shop indeed", "Red!", "the red red"]
needs_openvino = pytest.mark.skipif(not openvino_core.is_installed(), reason="OpenVINO is not installed")


def require_same(vectors: Any, expected: Any) -> None:
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors, expected, atol=2e-6)


@pytest.mark.parametrize("kind", image_models.KINDS)
def test_a_folder_of_safetensors_gives_the_vectors_of_its_definition(tmp_path: Path, kind: str):
    folder = image_models.write(tmp_path / "model", kind=kind)
    resolved = encoders.resolve(f"hf:{folder}", engine="tensorflow")
    assert (resolved.spec.modality, resolved.spec.dim) == ("image", image_models.dim_of(kind))
    encoder = resolved.load()
    assert encoder.computation.engine == "tensorflow"
    require_same(encoder.encode(PICTURES), image_models.image_vectors(kind, PICTURES))


@needs_openvino
@pytest.mark.parametrize("kind", image_models.KINDS)
def test_a_graph_in_onnx_gives_the_vectors_of_its_definition(tmp_path: Path, kind: str):
    folder = image_models.write(tmp_path / "model", kind=kind, onnx=True)
    resolved = encoders.resolve(f"onnx:{folder / 'model.onnx'}")
    assert (resolved.spec.modality, resolved.spec.dim) == ("image", image_models.dim_of(kind))
    encoder = resolved.load()
    assert encoder.computation.engine == "openvino"
    require_same(encoder.encode(PICTURES), image_models.image_vectors(kind, PICTURES))
    with pytest.raises(RequestError, match="which TensorFlow does not run"):
        encoders.resolve(f"hf:{folder}", engine="tensorflow").load()


@needs_openvino
@pytest.mark.parametrize("kind", ["dinov2", "siglip"])
def test_openvino_gives_the_vectors_of_tensorflow_and_what_it_compiled_is_kept(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
):
    folder = image_models.write(tmp_path / "model", kind=kind)
    resolved = encoders.resolve(f"hf:{folder}")
    first = resolved._open()
    assert first.computation.engine == "openvino"
    assert first.computation.cosine is not None and first.computation.cosine > 0.99999
    require_same(first.encode(PICTURES), image_models.image_vectors(kind, PICTURES))
    kept = conversions.read(resolved.fingerprint, "auto")
    assert kept is not None and kept.network is not None
    monkeypatch.setattr(load, "open_module", None)  # opening it again would fail
    np.testing.assert_array_equal(resolved._open().encode(PICTURES), first.encode(PICTURES))


@pytest.mark.parametrize("kind", ["clip", "siglip"])
@pytest.mark.parametrize("form", ["tensorflow", "openvino", "onnx"])
def test_the_other_tower_makes_vectors_of_texts(tmp_path: Path, kind: str, form: str):
    if form != "tensorflow" and not openvino_core.is_installed():
        pytest.skip("OpenVINO is not installed")
    folder = image_models.write(tmp_path / "model", kind=kind, onnx=form == "onnx")
    images = encoders.resolve(f"hf:{folder}", engine="tensorflow" if form == "tensorflow" else "auto")
    assert images.spec.two_towers
    texts = tower_of(images, "text")
    assert (texts.spec.modality, texts.spec.dim) == ("text", images.spec.dim)
    assert texts.fingerprint != images.fingerprint
    encoder = texts.load()
    assert encoder.computation.engine == ("tensorflow" if form == "tensorflow" else "openvino")
    require_same(encoder.encode(TEXTS), image_models.text_vectors(kind, TEXTS))
    assert tower_of(texts, "image").fingerprint == images.fingerprint


def test_towers_in_two_graphs_lie_beside_each_other(tmp_path: Path):
    folder = image_models.write(tmp_path / "model", onnx=True)
    (folder / "onnx").mkdir()
    shutil.copy(folder / "model.onnx", folder / "onnx/vision_model.onnx")
    shutil.move(folder / "model.onnx", folder / "onnx/text_model.onnx")
    images = encoders.resolve(f"onnx:{folder}")
    require_same(images.load().encode(PICTURES), image_models.image_vectors("clip", PICTURES))
    require_same(tower_of(images, "text").load().encode(TEXTS), image_models.text_vectors("clip", TEXTS))
    other = shutil.copytree(folder, tmp_path / "other", ignore=shutil.ignore_patterns("text_model.onnx"))
    with pytest.raises(RequestError, match=r"there is no text_model\.onnx"):
        tower_of(encoders.resolve(f"onnx:{other}"), "text")


def test_a_prompt_stands_around_questions(tmp_path: Path):
    folder = image_models.write(tmp_path / "model")
    texts = tower_of(encoders.resolve(f"hf:{folder}?query=a photo of {{}} !", engine="tensorflow"), "text")
    expected = image_models.text_vectors("clip", ["a photo of red !"])
    require_same(query_vectors(texts.load(), ["red"]), expected)


def test_of_a_long_text_the_beginning_is_read(tmp_path: Path):
    folder = image_models.write(tmp_path / "model")
    spec = encoders.resolve(f"hf:{folder}?modality=text").spec
    assert spec.max_tokens == image_models.CLIP_WORDS - 2
    from transforms.encoders.unread import unread

    assert unread(["a b c", "x" * 30], spec).texts == 1


def test_names_of_arrays_may_begin_with_the_networks_own(tmp_path: Path):
    folder = image_models.write(tmp_path / "model", kind="vit", prefix="vit.")
    encoder = encoders.resolve(f"hf:{folder}", engine="tensorflow").load()
    require_same(encoder.encode(PICTURES), image_models.image_vectors("vit", PICTURES))


def test_dinov2_stretches_its_positions_to_images_of_another_size(tmp_path: Path):
    size = {"height": 40, "width": 24}
    folder = image_models.write(tmp_path / "model", kind="dinov2", size=size)
    encoder = encoders.resolve(f"hf:{folder}", engine="tensorflow").load()
    assert encoder.encode(image_models.pictures(2, size=(40, 24))).shape == (2, image_models.HIDDEN)
    same = image_models.write(tmp_path / "same", kind="vit", size=size)
    with pytest.raises(RequestError, match=r"5 x 3 patches and the network has positions for 9"):
        encoders.resolve(f"hf:{same}", engine="tensorflow").load()


def test_an_array_is_stretched_as_pytorch_interpolates():
    from transforms.encoders.hugging_face.vision_weights import _cubic

    # torch.nn.functional.interpolate([0, 1, 4, 9], size=6 and 2, mode="bicubic", align_corners=False)
    line = np.array([0.0, 1.0, 4.0, 9.0])
    np.testing.assert_allclose(_cubic(4, 4) @ line, line)
    np.testing.assert_allclose(_cubic(4, 2) @ line, [0.21875, 6.78125])
    np.testing.assert_allclose(_cubic(4, 6).sum(1), 1)


def test_a_folder_of_sentence_transformers_has_the_model_a_folder_deeper(tmp_path: Path):
    image_models.write(tmp_path / "model/0_CLIPModel")
    modules = [{"idx": 0, "name": "0", "path": "0_CLIPModel", "type": "sentence_transformers.models.CLIPModel"}]
    (tmp_path / "model/modules.json").write_text(json.dumps(modules))
    images = encoders.resolve(f"hf:{tmp_path / 'model'}", engine="tensorflow")
    require_same(images.load().encode(PICTURES), image_models.image_vectors("clip", PICTURES))
    require_same(tower_of(images, "text").load().encode(TEXTS), image_models.text_vectors("clip", TEXTS))


def _without(name: str) -> Any:
    return lambda folder: (folder / name).unlink()


def _with_config(file: str = "config.json", **values: Any) -> Any:
    def write(folder: Path) -> None:
        path = folder / file
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))

    return write


def _with_arrays(change: Any) -> Any:
    def write(folder: Path) -> None:
        arrays = load_file(folder / "model.safetensors")
        change(arrays)
        save_file(arrays, folder / "model.safetensors")

    return write


def _in_int8(arrays: dict[str, Any]) -> None:
    name = "vision_model.encoder.layers.0.mlp.fc1.weight"
    arrays[name] = arrays[name].astype(np.int8)


def _of_another_architecture(folder: Path) -> None:
    other = json.loads((folder / "config.json").read_text())
    other["vision_config"]["hidden_size"] = 32
    (folder / "config.json").write_text(json.dumps(other))


def _with_more_tokens(folder: Path) -> None:
    other = json.loads((folder / "config.json").read_text())
    other["text_config"]["vocab_size"] = 20
    (folder / "config.json").write_text(json.dumps(other))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_without("config.json"), "half a model in .*: there is no config.json"),
        (_without("preprocessor_config.json"), "there is no preprocessor_config.json, which says how images"),
        (_without("tokenizer.json"), "there is no tokenizer.json, which its text tower needs"),
        (_without("model.safetensors"), "neither model.safetensors nor model.onnx"),
        (_with_config(model_type="swin"), "is an image network of type swin; from safetensors vit, .*ONNX"),
        (_with_config(model_type="new", auto_map={"AutoModel": "x.Y"}), "needs code of its own .*never run"),
        (_with_config("preprocessor_config.json", auto_map={"AutoImageProcessor": "x.Y"}), "needs code of its own"),
        (_with_config(text_config=None), "has no vision_config or no text_config"),
        (_with_config(vision_config={"model_type": "swin"}), "has a swin where a clip_vision_model is known here"),
        (_of_another_architecture, r"vision_model.* is float32 \[16, .* asks for"),
        (_with_more_tokens, "has 57 tokens and the network 20: it is another model's tokenizer"),
        (_with_arrays(_in_int8), r"int8 \[32, 16\].*quantised models can be given as ONNX"),
        (_with_arrays(lambda arrays: arrays.pop("visual_projection.weight")), "visual_projection.weight is missing"),
        (_with_arrays(lambda arrays: arrays.pop("text_projection.weight")), "text_projection.weight is missing"),
        (_with_config("preprocessor_config.json", crop_size=16), "2 x 2 patches and the network has positions for 9"),
    ],
)
def test_what_is_no_encoder_of_two_towers_is_refused_in_one_line(tmp_path: Path, damage: Any, words: str):
    folder = image_models.write(tmp_path / "model")
    damage(folder)
    with pytest.raises(RequestError, match=words) as refused:
        images = encoders.resolve(f"hf:{folder}", engine="tensorflow")
        images.load()
        tower_of(images, "text").load()
    assert "\n" not in str(refused.value)


def test_a_network_of_images_alone_has_no_tower_for_texts(tmp_path: Path):
    folder = image_models.write(tmp_path / "model", kind="vit")
    with pytest.raises(RequestError, match=r"takes images alone"):
        tower_of(encoders.resolve(f"hf:{folder}"), "text")
    with pytest.raises(RequestError, match=r"network of type vit: text towers of clip and siglip are known"):
        encoders.resolve(f"hf:{folder}?modality=text")
    with pytest.raises(RequestError, match=r"modality is text or image, not 'sound'"):
        encoders.resolve(f"hf:{folder}?modality=sound")


@needs_openvino
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda model: setattr(model.graph.output[0], "name", "logits"), "which of them are vectors is not known"),
        (lambda model: setattr(model.graph.input[0], "name", "samples"), "cannot be opened by OpenVINO"),
    ],
)
def test_a_graph_without_vectors_of_images_is_refused_in_one_line(tmp_path: Path, change: Any, words: str):
    import onnx

    folder = image_models.write(tmp_path / "model", kind="vit", onnx=True)
    model = onnx.load(folder / "model.onnx")
    model.graph.node[-1].output[0] = "logits" if "which" in words else model.graph.node[-1].output[0]
    change(model)
    onnx.save(model, folder / "model.onnx")
    with pytest.raises(RequestError, match=words) as refused:
        encoders.resolve(f"hf:{folder}").load()
    assert "\n" not in str(refused.value)
