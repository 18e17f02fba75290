"""Reads what a model's folder says about itself: network, tokenizer, pooling, prompts.

Read are the files that `save_pretrained` of transformers and sentence-transformers write: `config.json`, `tokenizer.json`,
`model.safetensors` (or its parts with their index) or `model.onnx`, `modules.json` with the folders that it names,
`sentence_bert_config.json`, `config_sentence_transformers.json`. A folder without `modules.json` is a bare network: its vectors
are means over tokens, as sentence-transformers takes it.

Raises, all RequestError: a file that is missing or no JSON; code that the network needs (`auto_map`), which is never run; a
network, a pooling or a module that is not known here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from transforms.common.errors import RequestError

Pooling = Literal["mean", "cls", "max", "mean_sqrt_len", "last", "weighted_mean"]

GRAPHS = ("bert", "roberta", "xlm-roberta", "camembert", "distilbert", "mpnet")
"""Values of `model_type` whose weights in safetensors become a graph here; any other network can be had as ONNX."""
_POOLING_MODES: dict[str, Pooling] = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len",
    "pooling_mode_weightedmean_tokens": "weighted_mean",
    "pooling_mode_lasttoken": "last",
}
_POOLING_NAMES: dict[str, Pooling] = {
    "cls": "cls",
    "mean": "mean",
    "max": "max",
    "mean_sqrt_len_tokens": "mean_sqrt_len",
    "weightedmean": "weighted_mean",
    "lasttoken": "last",
}
_ONNX_PLACES = ("model.onnx", "onnx/model.onnx")
_DOCUMENT_NAMES = ("document", "passage", "corpus")
EXPORT = "export it as ONNX (`optimum-cli export onnx`) and give onnx:PATH"
_FALLBACK_TOKENS = 512
_NO_LIMIT = 1_000_000
"""`model_max_length` of a tokenizer that was not told any is 1e30."""


@dataclass(frozen=True, kw_only=True)
class DenseModule:
    """A linear layer behind the pooling: its folder, and the function that follows it ("" for none)."""

    folder: Path
    activation: str


@dataclass(frozen=True, kw_only=True)
class ModelFolder:
    """A text encoder as its folder describes it.

    Attributes:
      path: the folder.
      network: where `config.json` and the weights lie: `path`, or the folder that `modules.json` names.
      weights: files in safetensors, in the order of their names; empty where there is only ONNX.
      onnx: the graph, where there is one.
      config: `config.json`.
      max_tokens: longer texts are cut off there; begin and end count.
      pooling: how vectors of tokens become one; of several, their vectors are joined.
      dense: layers behind it, in order.
      normalize: whether the last step is to unit length.
      query_prompt, document_prompt: stand before each text.
      lowercase: texts are lowercased before the tokenizer gets them.
      tower_dim: length of the vector that the network itself makes of a text, as the text tower of CLIP; None: it gives a vector
        for each token.
      padding: the id with which every text is filled up to `max_tokens`, by a network that reads what fills up, too (SigLIP).
    """

    path: Path
    network: Path
    weights: tuple[Path, ...]
    onnx: Path | None
    config: dict[str, Any]
    max_tokens: int
    pooling: tuple[Pooling, ...]
    include_prompt: bool = True
    dense: tuple[DenseModule, ...] = field(default=())
    normalize: bool = False
    query_prompt: str = ""
    document_prompt: str = ""
    lowercase: bool = False
    tower_dim: int | None = None
    padding: int | None = None

    @property
    def tokenizer(self) -> Path:
        return next(
            (file for file in (self.network / "tokenizer.json", self.path / "tokenizer.json") if file.is_file()),
            self.network / "tokenizer.json",
        )

    @property
    def hidden(self) -> int:
        """Length of a token's vector."""
        for key in ("hidden_size", "dim", "d_model"):
            if isinstance(self.config.get(key), int):
                return int(self.config[key])
        raise RequestError(f"{self.network / 'config.json'}: has no hidden_size: it describes no text network")

    @property
    def dim(self) -> int:
        """Length of a text's vector."""
        if self.tower_dim is not None:
            return self.tower_dim
        if self.dense:
            return int(read_json(self.dense[-1].folder / "config.json")["out_features"])
        return self.hidden * len(self.pooling)


def read(path: Path, *, onnx: Path | None = None) -> ModelFolder:
    """What the folder says; `onnx`: take this graph, wherever else weights lie."""
    modules = _modules(path)
    network = path / modules[0]["path"] if modules else path
    config = read_json(network / "config.json")
    if onnx is None:
        onnx = next((path / place for place in _ONNX_PLACES if (path / place).is_file()), None)
        weights = weight_files(network)
        if not weights and onnx is None:
            raise RequestError(
                f"half a model in {path}: there is neither model.safetensors nor model.onnx; copy the model again"
                f"{_pickled(network)}"
            )
    else:
        weights = ()
    pooling: tuple[Pooling, ...] = ("mean",)
    dense: list[DenseModule] = []
    normalize, include_prompt = False, True
    for module in modules[1:]:
        kind, folder = str(module["type"]).rpartition(".")[2], path / module["path"]
        if kind == "Pooling":
            stored = read_json(folder / "config.json")
            pooling = _pooling_of(stored, folder)
            include_prompt = bool(stored.get("include_prompt", True))
        elif kind == "Dense":
            activation = str(read_json(folder / "config.json").get("activation_function", "")).rpartition(".")[2]
            dense.append(DenseModule(folder=folder, activation=activation))
        elif kind == "Normalize":
            normalize = True
        elif kind != "Dropout":
            raise RequestError(f"{path / 'modules.json'}: has a module {module['type']} that is not known here")
    if not (network / "tokenizer.json").is_file() and not (path / "tokenizer.json").is_file():
        raise RequestError(
            f"half a model in {path}: there is no tokenizer.json; write it with"
            " `AutoTokenizer.from_pretrained(MODEL, use_fast=True).save_pretrained(FOLDER)`"
        )
    settings = read_json(network / "sentence_bert_config.json", needed=False)
    prompts = read_json(path / "config_sentence_transformers.json", needed=False)
    query, document = _prompts(prompts)
    return ModelFolder(
        path=path,
        network=network,
        weights=weights,
        onnx=onnx,
        config=config,
        max_tokens=_max_tokens(network, config, settings),
        pooling=pooling,
        include_prompt=include_prompt,
        dense=tuple(dense),
        normalize=normalize,
        query_prompt=query,
        document_prompt=document,
        lowercase=bool(settings.get("do_lower_case", False)),
    )


def _modules(path: Path) -> list[dict[str, Any]]:
    if not (path / "modules.json").is_file():
        return []
    modules = read_json(path / "modules.json", kind=list)
    try:
        modules = sorted(modules, key=lambda module: int(module["idx"]))
        first = str(modules[0]["type"])
        for module in modules:
            _inside(path, str(module["path"]))
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise RequestError(f"{path / 'modules.json'}: does not list the modules of an encoder") from error
    if not first.endswith(".Transformer"):
        raise RequestError(
            f"{path / 'modules.json'}: begins with {first}, which is not a Transformer module: export the model as ONNX"
        )
    return modules


def _inside(path: Path, name: str) -> None:
    if not (path / name).resolve().is_relative_to(path.resolve()):
        raise RequestError(f"{path / 'modules.json'}: names a folder outside of the model: {name}")


def weight_files(network: Path) -> tuple[Path, ...]:
    """The folder's files in safetensors, in the order of their names. Raises RequestError: one of several is missing."""
    index = network / "model.safetensors.index.json"
    if index.is_file():
        names = sorted(set(read_json(index).get("weight_map", {}).values()))
        missing = [name for name in names if not (network / name).is_file()]
        if missing or not names:
            raise RequestError(f"half a model in {network}: {', '.join(missing[:3]) or 'its parts'} are missing")
        return tuple(network / name for name in names)
    file = network / "model.safetensors"
    return (file,) if file.is_file() else ()


def _pickled(network: Path) -> str:
    if not any((network / name).is_file() for name in ("pytorch_model.bin", "tf_model.h5", "flax_model.msgpack")):
        return ""
    return ", or save its weights as safetensors: pytorch_model.bin is a program, which is not run"


def _pooling_of(config: dict[str, Any], folder: Path) -> tuple[Pooling, ...]:
    named = config.get("pooling_mode")
    if named is not None:
        names = [named] if isinstance(named, str) else list(named)
        if all(name in _POOLING_NAMES for name in names) and names:
            return tuple(_POOLING_NAMES[name] for name in names)
    found = tuple(pooling for key, pooling in _POOLING_MODES.items() if config.get(key))
    if named is not None or not found:
        raise RequestError(f"{folder / 'config.json'}: names no pooling that is known here")
    return found


def _prompts(stored: dict[str, Any]) -> tuple[str, str]:
    prompts = stored.get("prompts") or {}
    default = prompts.get(stored.get("default_prompt_name") or "", "")
    document = next((prompts[name] for name in _DOCUMENT_NAMES if prompts.get(name)), default)
    return prompts.get("query") or default, document


def _max_tokens(network: Path, config: dict[str, Any], settings: dict[str, Any]) -> int:
    stated = settings.get("max_seq_length")
    positions = config.get("max_position_embeddings")
    room = _FALLBACK_TOKENS
    if isinstance(positions, int):
        # Networks of RoBERTa's kind count positions from their padding's number on.
        room = positions - (0 if config.get("model_type") in ("bert", "distilbert", None) else _offset(config))
    if isinstance(stated, int) and stated > 0:
        return min(stated, room) if isinstance(positions, int) else stated
    length = read_json(network / "tokenizer_config.json", needed=False).get("model_max_length")
    return min(int(length), room) if isinstance(length, int | float) and length < _NO_LIMIT else room


def _offset(config: dict[str, Any]) -> int:
    return int(config.get("pad_token_id") or 0) + 1


def read_json(path: Path, *, needed: bool = True, kind: type = dict) -> Any:
    """The content of a file. Raises RequestError: it is damaged, or is not there and is needed."""
    try:
        stored = json.loads(path.read_bytes())
    except FileNotFoundError:
        if not needed:
            return {}
        raise RequestError(f"half a model in {path.parent}: there is no {path.name}; copy the model again") from None
    except (OSError, ValueError) as error:
        raise RequestError(f"{path}: cannot be read as JSON: copy the model again") from error
    if not isinstance(stored, kind):
        raise RequestError(f"{path}: holds no {'list' if kind is list else 'object'}: copy the model again")
    return stored


def require_known_network(folder: ModelFolder) -> None:
    """Requires a network whose safetensors become a graph here.

    Raises:
      RequestError: it needs code of its own, or is not one of GRAPHS.
    """
    kind = folder.config.get("model_type")
    if kind in GRAPHS and folder.config.get("position_embedding_type", "absolute") == "absolute":
        return
    refuse_own_code(folder.path, folder.config)
    raise RequestError(
        f"{folder.path} is a network of type {kind}; from safetensors {', '.join(GRAPHS)} are made: {EXPORT}"
    )


def refuse_own_code(path: Path, config: dict[str, Any]) -> None:
    """Raises RequestError where a network needs Python code that lies beside it."""
    if config.get("auto_map"):
        raise RequestError(f"{path} needs code of its own ({config.get('model_type')}), which is never run: {EXPORT}")
