"""Opens a cross-encoder of a folder: a network that reads a question and a text together, and says how well they go together.

    reranker = open_cross_encoder("hf:models/ms-marco-MiniLM-L-6-v2")
    reranker.scores("who won?", ["a goal in the last minute", "rain"])     # float32 [2], the higher the better

It is a sequence classifier with one label, as sentence-transformers' `CrossEncoder` writes it: BERT, RoBERTa, XLM-RoBERTa,
CamemBERT, DistilBERT and MPNet from safetensors, any network from ONNX. None of the folder's code runs. Scores are the
classifier's output as it is (logits). Both texts together are cut off where the network ends, the longer one first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import Vectors
from transforms.common.errors import RequestError, one_line
from transforms.encoders import devices, handles, openvino_core
from transforms.encoders.hugging_face import folder as model_folder
from transforms.encoders.hugging_face.folder import ModelFolder
from transforms.encoders.hugging_face.folder_tokenizer import FolderTokenizer
from transforms.encoders.hugging_face.token_batches import packed
from transforms.encoders.hugging_face.weights import Affine, BertWeights, StoredArrays, read_arrays, read_bert

Ids = npt.NDArray[np.int32]

_TYPES = "embeddings.token_type_embeddings.weight"
_ACTIVATIONS: dict[str, Callable[[Vectors], Vectors]] = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0)}
_HEADS = {
    "bert": ("bert.pooler.dense", "tanh", "classifier"),
    "distilbert": ("pre_classifier", "relu", "classifier"),
}
_OTHER_HEAD = ("classifier.dense", "tanh", "classifier.out_proj")
"""Two layers over the vector of the first token, with a function between them."""

_Logits = Callable[[Ids, npt.NDArray[np.int32]], Vectors]
"""Tokens int32 [n, length], lengths int32 [n] to float32 [n]; a token of the second text is its id plus the vocabulary's size."""


@dataclass(frozen=True)
class CrossEncoder:
    """Scores pairs of texts. Safe to use from several threads.

    Attributes:
      path: its folder.
    """

    path: Path
    _folder: ModelFolder
    _tokenizer: Any
    _logits: _Logits

    def scores(self, query: str, texts: Sequence[str]) -> Vectors:
        """How well each of some texts goes together with a query, float32 [n]."""
        found = self._tokenizer.encode_batch([(query, text) for text in texts])
        size = _vocabulary(self._folder)
        ids = [np.asarray(one.ids, np.int32) + size * np.asarray(one.type_ids, np.int32) for one in found]
        scores = np.empty(len(ids), np.float32)
        for batch in packed(ids, most=self._folder.max_tokens):
            scores[batch.rows] = self._logits(batch.ids, batch.lengths)
        return scores


def open_cross_encoder(name: str) -> CrossEncoder:
    """The cross-encoder of hf:FOLDER or onnx:PATH.

    Raises:
      RequestError: there is no folder or half a model, its network is not known here, or it is no classifier with one label.
    """
    if not name.startswith(("hf:", "onnx:")):
        raise RequestError(f"--rerank {name}: give the folder of a cross-encoder, as hf:FOLDER or onnx:FOLDER")
    given = handles.parse_folder(handles.canonical(name, trust=False))
    folder = model_folder.read(given.folder, onnx=given.graph)
    _require_one_label(folder)
    # Refuses a tokenizer of another model.
    FolderTokenizer(folder)
    logits = _of_weights(folder) if folder.weights else _of_onnx(folder)
    return CrossEncoder(given.folder, folder, _pair_tokenizer(folder), logits)


def _require_one_label(folder: ModelFolder) -> None:
    named = folder.config.get("architectures") or []
    if not any(str(name).endswith("ForSequenceClassification") for name in named):
        said = f"a {named[0]}" if named else "no classifier"
        raise RequestError(
            f"{folder.path} is no cross-encoder: its config.json names {said}, and a cross-encoder is a"
            " …ForSequenceClassification with one label"
        )
    labels = len(folder.config.get("id2label") or {}) or int(folder.config.get("num_labels") or 2)
    if labels != 1:
        raise RequestError(f"{folder.path} is a classifier with {labels} labels: a cross-encoder has one, its score")


def _vocabulary(folder: ModelFolder) -> int:
    return int(folder.config["vocab_size"])


def _pair_tokenizer(folder: ModelFolder) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder.tokenizer))
    tokenizer.no_padding()
    tokenizer.enable_truncation(folder.max_tokens, strategy="longest_first")
    return tokenizer


def _of_weights(folder: ModelFolder) -> _Logits:
    from transforms.encoders.hugging_face import bert
    from transforms.encoders.hugging_face.networks import OpenVinoNetwork, TokenNetwork, tensorflow_network

    model_folder.require_known_network(folder)
    first, activation, second = _HEADS.get(folder.config["model_type"], _OTHER_HEAD)
    arrays = StoredArrays(read_arrays(folder.weights), folder.path)
    pooler, classifier = arrays.affine(first, folder.hidden), arrays.affine(second, 1)
    function = bert.function_of(folder, _with_second_text(read_bert(folder), arrays.arrays))
    network: TokenNetwork = tensorflow_network(function)
    if openvino_core.is_installed() and not devices.gpus_used():
        with suppress(openvino_core.NotConvertedError):
            network = OpenVinoNetwork.of_graph(bert.frozen(function), precision="float32", streams=1)

    def logits(ids: Ids, lengths: npt.NDArray[np.int32]) -> Vectors:
        pooled = _ACTIVATIONS[activation](_product(network(ids, lengths)[:, 0], pooler))
        return _product(pooled, classifier)[:, 0]

    return logits


def _product(x: Vectors, affine: Affine) -> Vectors:
    result: Vectors = x @ affine.weight.T + affine.bias
    return result


def _with_second_text(weights: BertWeights, arrays: dict[str, Any]) -> BertWeights:
    """The network with a row for each word of the second text, too: it differs by the vector of the token type."""
    types = next((array for name, array in arrays.items() if name.endswith(_TYPES)), None)
    change = types[1] - types[0] if types is not None and len(types) > 1 else 0.0
    return replace(weights, words=np.concatenate([weights.words, weights.words + change]).astype(np.float32))


def _of_onnx(folder: ModelFolder) -> _Logits:
    if not openvino_core.is_installed():
        raise RequestError(f"{folder.onnx} is a graph in ONNX, which OpenVINO runs: pip install openvino")
    core = openvino_core.imported().Core()
    try:
        compiled = core.compile_model(core.read_model(folder.onnx), "CPU", openvino_core.settings("float32", 1))
    except RuntimeError as error:
        raise RequestError(f"{folder.onnx}: cannot be opened by OpenVINO ({one_line(error)[-200:]})") from error
    known = {"input_ids", "attention_mask", "token_type_ids", "position_ids"}
    names = [next(iter(set(port.names) & known), "") for port in compiled.inputs]
    if "" in names or "input_ids" not in names or len(compiled.outputs) != 1:
        raise RequestError(f"{folder.onnx}: does not take input_ids and give one output: it is no cross-encoder")
    size = _vocabulary(folder)
    types = [port.get_element_type().to_dtype() for port in compiled.inputs]

    def logits(ids: Ids, lengths: npt.NDArray[np.int32]) -> Vectors:
        place = np.broadcast_to(np.arange(ids.shape[1]), ids.shape)
        values = {
            "input_ids": ids % size,
            "attention_mask": place < lengths[:, None],
            "token_type_ids": ids // size,
            "position_ids": place,
        }
        given = [np.ascontiguousarray(values[name], kind) for name, kind in zip(names, types, strict=True)]
        found = np.asarray(compiled.create_infer_request().infer(given)[compiled.output(0)], np.float32)
        if found.shape != (len(ids), 1):
            raise RequestError(f"{folder.onnx}: gives {list(found.shape)} for {len(ids)} pairs: it is no cross-encoder")
        return found[:, 0]

    return logits
