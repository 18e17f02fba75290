from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from tests.helpers import text_models
from transforms import encoders
from transforms.common.errors import RequestError
from transforms.encoders import conversions, openvino_core
from transforms.encoders.hugging_face import folder as model_folder
from transforms.encoders.hugging_face.folder_tokenizer import FolderTokenizer
from transforms.encoders.hugging_face.networks import OpenVinoNetwork
from transforms.encoders.hugging_face.token_batches import ITEMS, packed
from transforms.encoders.spec import query_vectors

TEXTS = ["the film", "a", "b c d e f g h i j k l m n o p", "the the the film, film.", "z" * 90]
needs_openvino = pytest.mark.skipif(not openvino_core.is_installed(), reason="OpenVINO is not installed")


def expected(folder: Path, texts: list[str], **how: Any) -> Any:
    kind = json.loads((folder / "config.json").read_text())["model_type"]
    return np.stack([text_models.vector(kind, text_models.ids_of(folder, text), **how) for text in texts])


@pytest.mark.parametrize("kind", model_folder.GRAPHS)
def test_a_folder_of_safetensors_gives_the_vectors_of_its_definition(tmp_path: Path, kind: str):
    folder = text_models.write(tmp_path / "model", kind=kind)
    encoder = encoders.resolve(f"hf:{folder}", engine="tensorflow").load()
    assert encoder.computation.engine == "tensorflow"
    np.testing.assert_allclose(encoder.encode(TEXTS), expected(folder, TEXTS), atol=2e-6)


@needs_openvino
def test_openvino_gives_the_same_vectors_and_what_it_compiled_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = text_models.write(tmp_path / "model", kind="mpnet")
    resolved = encoders.resolve(f"hf:{folder}")
    first = resolved._open()
    assert first.computation.engine == "openvino"
    assert first.computation.cosine is not None and first.computation.cosine > 0.9999
    np.testing.assert_allclose(first.encode(TEXTS), expected(folder, TEXTS), atol=1e-5)
    kept = conversions.read(resolved.fingerprint, "auto")
    assert kept is not None and kept.network is not None
    monkeypatch.setattr(OpenVinoNetwork, "of_graph", None)  # converting again would fail
    np.testing.assert_array_equal(resolved._open().encode(TEXTS), first.encode(TEXTS))


@pytest.mark.parametrize("pooling", ["mean", "cls", "max", "mean_sqrt_len"])
@pytest.mark.parametrize("normalize", [True, False])
def test_vectors_of_tokens_are_pooled_as_the_folder_says(tmp_path: Path, pooling: str, normalize: bool):
    folder = text_models.write(tmp_path / "model", pooling=pooling, normalize=normalize)
    encoder = encoders.resolve(f"hf:{folder}", engine="tensorflow").load()
    wanted = expected(folder, TEXTS, pooling=pooling, normalize=normalize)
    np.testing.assert_allclose(encoder.encode(TEXTS), wanted, atol=1e-5)


def test_a_bare_network_gives_the_mean_over_its_tokens(tmp_path: Path):
    folder = text_models.write(tmp_path / "model", pooling=None)
    encoder = encoders.resolve(f"hf:{folder}", engine="tensorflow").load()
    np.testing.assert_allclose(encoder.encode(TEXTS), expected(folder, TEXTS, normalize=False), atol=1e-5)


def test_dense_layers_follow_the_pooling(tmp_path: Path):
    folder = text_models.write(tmp_path / "model", normalize=False)
    modules = json.loads((folder / "modules.json").read_text())
    modules.append({"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"})
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "2_Dense").mkdir()
    activation = "torch.nn.modules.activation.Tanh"
    (folder / "2_Dense/config.json").write_text(
        json.dumps({"in_features": 16, "out_features": 3, "bias": True, "activation_function": activation})
    )
    random = np.random.default_rng(7)
    weight, bias = random.normal(size=(3, 16)).astype(np.float32), random.normal(size=3).astype(np.float32)
    save_file({"linear.weight": weight, "linear.bias": bias}, folder / "2_Dense/model.safetensors")
    resolved = encoders.resolve(f"hf:{folder}", engine="tensorflow")
    assert resolved.spec.dim == 3
    wanted = np.tanh(expected(folder, TEXTS, normalize=False) @ weight.T + bias)
    np.testing.assert_allclose(resolved.load().encode(TEXTS), wanted, atol=1e-5)


def test_questions_and_documents_have_the_prompts_of_the_folder(tmp_path: Path):
    folder = text_models.write(tmp_path / "model", prompts={"query": "query: ", "passage": "passage: "})
    encoder = encoders.resolve(f"hf:{folder}", engine="tensorflow").load()
    np.testing.assert_allclose(
        encoder.encode(TEXTS), expected(folder, [f"passage: {text}" for text in TEXTS]), atol=1e-5
    )
    np.testing.assert_allclose(
        query_vectors(encoder, TEXTS), expected(folder, [f"query: {text}" for text in TEXTS]), atol=1e-5
    )


def test_a_prompt_of_the_handle_is_part_of_the_fingerprint(tmp_path: Path):
    folder = text_models.write(tmp_path / "model")
    plain, prompted = encoders.resolve(f"hf:{folder}"), encoders.resolve(f"hf:{folder}?document=passage: ")
    assert plain.fingerprint != prompted.fingerprint
    asked = encoders.resolve(f"hf:{folder}?query=query: ", engine="tensorflow")
    assert asked.fingerprint == plain.fingerprint, "the vectors of documents are the same"
    np.testing.assert_allclose(
        query_vectors(asked.load(), ["the film"]), expected(folder, ["query: the film"]), atol=1e-5
    )


def test_a_moved_model_has_the_same_fingerprint_and_a_changed_one_another(tmp_path: Path):
    folder = text_models.write(tmp_path / "model")
    first = encoders.resolve(f"hf:{folder}").fingerprint
    shutil.copytree(folder, tmp_path / "copy")
    assert encoders.resolve(f"hf:{tmp_path / 'copy'}").fingerprint == first
    other = text_models.write(tmp_path / "other", seed=1)
    assert encoders.resolve(f"hf:{other}").fingerprint != first


def _without(name: str) -> Any:
    return lambda folder: (folder / name).unlink()


def _with(name: str, content: str | bytes) -> Any:
    def write(folder: Path) -> None:
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    return write


def _with_config(**values: Any) -> Any:
    def write(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))

    return write


def _without_an_array(folder: Path) -> None:
    arrays = {name: array.astype(np.float32) for name, array in text_models.weights("bert").items()}
    del arrays["encoder.layer.1.output.dense.bias"]
    save_file(arrays, folder / "model.safetensors")


def _in_int8(folder: Path) -> None:
    arrays: dict[str, Any] = {name: array.astype(np.float32) for name, array in text_models.weights("bert").items()}
    name = "encoder.layer.0.intermediate.dense.weight"
    save_file({**arrays, name: arrays[name].astype(np.int8)}, folder / "model.safetensors")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (_without("config.json"), "half a model in .*: there is no config.json"),
        (_with("config.json", "{"), "config.json: cannot be read as JSON"),
        (_with("config.json", "[]"), "config.json: holds no object"),
        (_without("tokenizer.json"), "there is no tokenizer.json"),
        (_with("tokenizer.json", "{}"), "tokenizer.json: is no tokenizer"),
        (_without("model.safetensors"), "neither model.safetensors nor model.onnx"),
        (_with("model.safetensors", b"\x10\0\0\0"), "model.safetensors: cannot be read"),
        (_without_an_array, "encoder.layer.1.output.dense.bias is missing"),
        (_in_int8, r"int8 \[32, 16\].*quantised models can be given as ONNX"),
        (_with_config(vocab_size=20), "tokenizer.json: has .* tokens and the network 20"),
        (_with_config(hidden_size=32), "word_embeddings.weight is float32"),
        (_with_config(model_type="bert", hidden_act="snake"), "its activation snake is not known"),
        (_with_config(model_type="newbert", auto_map={"AutoModel": "x.Y"}), "needs code of its own .*never run.*ONNX"),
        (_with_config(model_type="deberta-v2"), "is a network of type deberta-v2"),
        (_with("modules.json", "[]"), "does not list the modules"),
        (
            _with("modules.json", '[{"idx": 0, "path": "../x", "type": "a.Transformer"}]'),
            "names a folder outside of the model",
        ),
        (_with("1_Pooling/config.json", "{}"), "names no pooling"),
    ],
)
def test_what_is_no_encoder_is_refused_in_one_line(tmp_path: Path, damage: Any, words: str):
    folder = text_models.write(tmp_path / "model")
    damage(folder)
    with pytest.raises(RequestError, match=words) as refused:
        encoders.resolve(f"hf:{folder}", engine="tensorflow").load()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("handle", "words"),
    [
        ("hf:{tmp}/nothing", "there is no folder"),
        ("onnx:{tmp}/nothing.onnx", "there is no file"),
        ("onnx:{tmp}", "there is no model.onnx"),
        ("hf:{tmp}?prompt=x", "unknown option prompt; there are query and document"),
    ],
)
def test_a_handle_that_leads_nowhere_is_refused(tmp_path: Path, handle: str, words: str):
    with pytest.raises(RequestError, match=words):
        encoders.resolve(handle.format(tmp=tmp_path))


def test_weights_in_several_files_are_read_by_their_index(tmp_path: Path):
    folder = text_models.write(tmp_path / "model")
    arrays = {name: array.astype(np.float32) for name, array in text_models.weights("bert").items()}
    names = sorted(arrays)
    parts = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, inside in parts.items():
        save_file({name: arrays[name] for name in inside}, folder / file)
    (folder / "model.safetensors").unlink()
    index = {"weight_map": {name: file for file, inside in parts.items() for name in inside}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    encoder = encoders.resolve(f"hf:{folder}", engine="tensorflow").load()
    np.testing.assert_allclose(encoder.encode(TEXTS), expected(folder, TEXTS), atol=1e-5)
    (folder / "b.safetensors").unlink()
    with pytest.raises(RequestError, match=r"half a model in .*: b\.safetensors are missing"):
        model_folder.read(folder)


@given(st.lists(st.integers(1, 40), max_size=150), st.integers(40, 200))
def test_every_text_is_in_one_batch_of_bounded_size(lengths: list[int], tokens: int):
    texts = [np.arange(length, dtype=np.int32) + 1 for length in lengths]
    seen = []
    for batch in packed(texts, most=40, tokens=tokens):
        assert batch.ids.size <= max(tokens, 40) and len(batch.rows) <= ITEMS
        assert batch.ids.shape[1] <= 40
        for row, ids, length in zip(batch.rows, batch.ids, batch.lengths, strict=True):
            np.testing.assert_array_equal(ids[:length], texts[row])
            assert not ids[length:].any()
            seen.append(int(row))
    assert sorted(seen) == list(range(len(lengths)))


def test_the_tokenizer_counts_and_places_tokens(tmp_path: Path):
    tokenizer = FolderTokenizer(model_folder.read(text_models.write(tmp_path / "model")))
    assert tokenizer.counts(["the film", "", "ab"]) == [2, 0, 2]
    assert tokenizer.spans("The film!") == [(0, 3), (4, 8), (8, 9)]
    assert (tokenizer.end_of("The film!", 2), tokenizer.end_of("The film!", 3)) == (8, None)
    assert len(tokenizer.ids(["a " * 100])[0]) == 24


def _write_onnx(path: Path, *, output: str, opset: int = 17) -> npt.NDArray[np.float32]:
    """A graph whose tokens' vectors are rows of a table, times the mask; the table."""
    from onnx import TensorProto, helper, numpy_helper, save

    table = np.random.default_rng(3).normal(size=(len(text_models.WORDS), text_models.HIDDEN)).astype(np.float32)
    shape = ["n", "length"]
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["wide"]),
        helper.make_node("Mul", ["rows", "wide"], [output]),
    ]
    if output == "sentence_embedding":
        nodes[-1] = helper.make_node("Mul", ["rows", "wide"], ["masked"])
        nodes.append(helper.make_node("ReduceMax", ["masked"], [output], axes=[1], keepdims=0))
    dims: list[Any] = ["n", text_models.HIDDEN] if output == "sentence_embedding" else [*shape, text_models.HIDDEN]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name in ("input_ids", "attention_mask")],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, dims)],
        [numpy_helper.from_array(table, "table"), numpy_helper.from_array(np.array([2], np.int64), "last")],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8), path)
    return table


@needs_openvino
@pytest.mark.parametrize("output", ["last_hidden_state", "sentence_embedding"])
def test_a_graph_in_onnx_gives_its_vectors(tmp_path: Path, output: str):
    folder = text_models.write(tmp_path / "model")
    (folder / "model.safetensors").unlink()
    table = _write_onnx(folder / "model.onnx", output=output)
    rows = [table[text_models.ids_of(folder, text)] for text in TEXTS]
    if output == "sentence_embedding":
        totals = [np.maximum(row.max(axis=0), 0) if len(row) % 8 else row.max(axis=0) for row in rows]
    else:
        totals = [row.mean(axis=0) for row in rows]
    wanted = np.stack([total / np.linalg.norm(total) for total in totals])
    for handle in (f"onnx:{folder}", f"onnx:{folder / 'model.onnx'}", f"hf:{folder}"):
        encoder = encoders.resolve(handle).load()
        assert encoder.computation.engine == "openvino"
        one_by_one = np.concatenate([encoder.encode([text]) for text in TEXTS])
        np.testing.assert_allclose(one_by_one, wanted, atol=1e-5)
    with pytest.raises(RequestError, match="TensorFlow does not run"):
        encoders.resolve(f"onnx:{folder}", engine="tensorflow").load()


@needs_openvino
@pytest.mark.parametrize(
    ("content", "words"), [(b"", "cannot be opened by OpenVINO"), (b"no graph", "cannot be opened by OpenVINO")]
)
def test_a_file_that_is_no_graph_is_refused_in_one_line(tmp_path: Path, content: bytes, words: str):
    folder = text_models.write(tmp_path / "model")
    (folder / "model.onnx").write_bytes(content)
    with pytest.raises(RequestError, match=words) as refused:
        encoders.resolve(f"onnx:{folder}").load()
    assert "\n" not in str(refused.value)
