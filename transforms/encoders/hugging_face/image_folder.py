"""Reads what a folder of an image network says about itself: a vision transformer, or the two towers of CLIP and SigLIP.

Read are `config.json`, `preprocessor_config.json` (`preprocessing`), `model.safetensors` or its parts, or graphs in ONNX:
`model.onnx`, which may hold both towers, or `vision_model.onnx` and `text_model.onnx`; and the tokenizer of a text tower.
A folder of sentence-transformers' `CLIPModel` is one in which these lie a folder deeper.

Raises, all RequestError: a file that is missing or damaged; code that the network needs; a network that is not known here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transforms.common.errors import RequestError
from transforms.encoders.hugging_face import folder, preprocessing
from transforms.encoders.hugging_face.folder import EXPORT, ModelFolder, read_json, refuse_own_code, weight_files
from transforms.encoders.hugging_face.preprocessing import Preprocessing
from transforms.encoders.hugging_face.weights import names_in

TWO_TOWERS = ("clip", "siglip")
VISION = ("vit", "deit", "dinov2", "dinov2_with_registers", "clip_vision_model", "siglip_vision_model", *TWO_TOWERS)
"""Values of `model_type` whose weights in safetensors become a graph here; any other network can be had as ONNX."""
_SETTINGS = ("preprocessor_config.json", "processor_config.json")
_VISION_GRAPHS = ("vision_model.onnx", "model.onnx")
_TEXT_GRAPHS = ("text_model.onnx", "model.onnx")
_GRAPH_FOLDERS = ("", "onnx")
_VIT: dict[str, Any] = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "hidden_act": "gelu",
                        "layer_norm_eps": 1e-12}  # fmt: skip
_CLIP_VISION = {**_VIT, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-5}
_SIGLIP_VISION = {**_VIT, "hidden_act": "gelu_pytorch_tanh", "layer_norm_eps": 1e-6}
_DINO = {**_VIT, "layer_norm_eps": 1e-6}
_VISION_DEFAULTS = {"vit": _VIT, "deit": _VIT, "dinov2": _DINO, "dinov2_with_registers": _DINO, "clip": _CLIP_VISION,
                    "clip_vision_model": _CLIP_VISION, "siglip": _SIGLIP_VISION,
                    "siglip_vision_model": _SIGLIP_VISION}  # fmt: skip
_TEXT_DEFAULTS: dict[str, dict[str, Any]] = {
    "clip": {**_CLIP_VISION, "hidden_size": 512, "num_attention_heads": 8, "vocab_size": 49_408,
             "max_position_embeddings": 77, "eos_token_id": 49_407},
    "siglip": {**_SIGLIP_VISION, "vocab_size": 32_000, "max_position_embeddings": 64, "pad_token_id": 1},
}  # fmt: skip
"""What transformers' configurations are where a file says nothing: it holds what differs from them alone."""
_CLIP_DIM = 512
_OLD_END = 2


@dataclass(frozen=True, kw_only=True)
class ImageFolder:
    """An image encoder as its folder describes it.

    Attributes:
      path: the folder.
      network: where `config.json` and the weights lie.
      config: `config.json`.
      vision: the part of it that describes the vision network.
      weights: files in safetensors; empty where there is only ONNX.
      onnx: the graph of the vision network, where there is one.
      preprocessing: what is done to images.
      has_text_tower: whether it answers texts.
    """

    path: Path
    network: Path
    config: dict[str, Any]
    vision: dict[str, Any]
    weights: tuple[Path, ...]
    onnx: Path | None
    preprocessing: Preprocessing
    has_text_tower: bool

    @property
    def kind(self) -> str:
        """Its `model_type`."""
        return str(self.config.get("model_type"))

    @property
    def dim(self) -> int | None:
        """Length of an image's vector; None of a graph in ONNX that is none of two towers: it says so itself."""
        if self.has_text_tower:
            text = _complete(
                self.config.get("text_config"),
                _TEXT_DEFAULTS[self.kind],
                self.network / "config.json",
                kind=f"{self.kind}_text_model",
            )
            return _dim(self.config, text)
        if not self.weights:
            return None
        if self.kind == "clip_vision_model" and "visual_projection.weight" in names_in(self.weights):
            return int(self.config.get("projection_dim") or _CLIP_DIM)
        return int(self.vision["hidden_size"])


def is_image_folder(path: Path) -> bool:
    """Whether the folder is of an image network, whole or not."""
    network = _network(path)
    if any((network / name).is_file() for name in _SETTINGS[:1]):
        return True
    return read_json(network / "config.json", needed=False).get("model_type") in VISION


def read(path: Path, *, onnx: Path | None = None) -> ImageFolder:
    """What the folder says; `onnx`: take this graph, wherever else weights lie."""
    network = _network(path)
    config = read_json(network / "config.json")
    weights = () if onnx is not None else weight_files(network)
    graph = onnx or _graph(path, _VISION_GRAPHS)
    if not weights and graph is None:
        raise RequestError(
            f"half a model in {path}: there is neither model.safetensors nor model.onnx; copy the model again"
        )
    kind = config.get("model_type")
    if weights and kind not in VISION:
        refuse_own_code(path, config)
        raise RequestError(
            f"{path} is an image network of type {kind}; from safetensors {', '.join(VISION)} are made: {EXPORT}"
        )
    vision = config.get("vision_config") if kind in TWO_TOWERS else config
    if weights:
        own = f"{kind}_vision_model" if kind in TWO_TOWERS else kind
        vision = _complete(vision, _VISION_DEFAULTS[kind], network / "config.json", kind=own)
    return ImageFolder(
        path=path,
        network=network,
        config=config,
        vision=vision or {},
        weights=weights,
        onnx=None if weights else graph,
        preprocessing=_preprocessing(network, path),
        has_text_tower=kind in TWO_TOWERS,
    )


def read_text_side(path: Path, *, onnx: Path | None = None) -> ModelFolder:
    """The text encoder of a folder: the text tower of one with two, else the whole. Raises RequestError: as `folder.read`."""
    return text_tower(path, onnx=onnx) if is_image_folder(path) else folder.read(path, onnx=onnx)


def text_tower(path: Path, *, onnx: Path | None = None) -> ModelFolder:
    """The text tower of a folder of two towers, as a text encoder.

    Raises:
      RequestError: it has none, or no tokenizer.
    """
    whole = read(path, onnx=onnx)
    kind = whole.kind
    if kind not in TWO_TOWERS:
        raise RequestError(
            f"{path} is a network of type {kind}: text towers of {' and '.join(TWO_TOWERS)} are known here"
        )
    network = whole.network
    text = _complete(
        whole.config.get("text_config"), _TEXT_DEFAULTS[kind], network / "config.json", kind=f"{kind}_text_model"
    )
    if not any((place / "tokenizer.json").is_file() for place in (network, path)):
        raise RequestError(
            f"half a model in {path}: there is no tokenizer.json, which its text tower needs; write it with"
            " `AutoTokenizer.from_pretrained(MODEL, use_fast=True).save_pretrained(FOLDER)`"
        )
    settings = read_json(network / "tokenizer_config.json", needed=False)
    return ModelFolder(
        path=path,
        network=network,
        weights=whole.weights,
        onnx=None if whole.weights else _text_graph(path, onnx),
        config={**text, "model_type": f"{kind}_text_model"},
        max_tokens=text["max_position_embeddings"],
        pooling=("last",),
        normalize=True,
        lowercase=bool(settings.get("do_lower_case", False)),
        tower_dim=_dim(whole.config, text),
        padding=_padding(text, settings) if kind == "siglip" else None,
    )


def eos_of(text: dict[str, Any]) -> int | None:
    """The id of the token whose vector is the text's, in CLIP; None: it is the highest id, as in configurations of old."""
    end = text["eos_token_id"]
    return None if end == _OLD_END else int(end)


def _complete(stored: Any, defaults: dict[str, Any], path: Path, *, kind: str) -> dict[str, Any]:
    """A configuration with what it leaves out.

    Args:
      kind: the `model_type` that it may have.

    Raises:
      RequestError: it is none, or another network's, or its heads do not share its width.
    """
    if not isinstance(stored, dict):
        raise RequestError(f"{path}: has no vision_config or no text_config: copy the model again")
    if stored.get("model_type") not in (None, kind):
        raise RequestError(f"{path}: has a {stored['model_type']} where a {kind} is known here: {EXPORT}")
    config = {**defaults, **{key: value for key, value in stored.items() if value is not None}}
    for key, usual in defaults.items():
        least = 0 if key.endswith("_token_id") else 1
        if isinstance(usual, int) and not (isinstance(config[key], int) and config[key] >= least):
            raise RequestError(f"{path}: {key} is {config[key]!r} and should be a number: copy the model again")
    if config["hidden_size"] % config["num_attention_heads"]:
        raise RequestError(
            f"{path}: {config['num_attention_heads']} heads do not share a hidden_size of {config['hidden_size']}"
        )
    return config


def _dim(config: dict[str, Any], text: dict[str, Any]) -> int:
    """Length of the vectors of both towers."""
    if config["model_type"] == "clip":
        return int(config.get("projection_dim") or _CLIP_DIM)
    return int(text.get("projection_size") or text["hidden_size"])


def _padding(text: dict[str, Any], settings: dict[str, Any]) -> int:
    """The id that SigLIP's texts are filled up with."""
    named = settings.get("pad_token")
    named = named.get("content") if isinstance(named, dict) else named
    for number, token in (settings.get("added_tokens_decoder") or {}).items():
        if isinstance(token, dict) and token.get("content") == named:
            return int(number)
    return int(text["pad_token_id"])


def _network(path: Path) -> Path:
    """Where `config.json` lies: of sentence-transformers' CLIPModel in the folder of its first module."""
    modules = read_json(path / "modules.json", kind=list) if (path / "modules.json").is_file() else []
    first = modules[0] if modules and isinstance(modules[0], dict) else {}
    if not str(first.get("type", "")).endswith(".CLIPModel"):
        return path
    inside = path / str(first.get("path", ""))
    return inside if inside.resolve().is_relative_to(path.resolve()) else path


def _graph(path: Path, names: tuple[str, ...]) -> Path | None:
    places = (path / folder / name for name in names for folder in _GRAPH_FOLDERS)
    return next((place for place in places if place.is_file()), None)


def _text_graph(path: Path, onnx: Path | None) -> Path:
    """The graph of the text tower: beside that which was named, or the same."""
    if onnx is None:
        found = _graph(path, _TEXT_GRAPHS)
    else:
        beside = onnx.with_name(onnx.name.replace("vision_model", "text_model"))
        found = beside if beside.is_file() else None
    if found is None:
        raise RequestError(f"half a model in {path}: there is no text_model.onnx; copy the model again")
    return found


def _preprocessing(network: Path, path: Path) -> Preprocessing:
    first, second = (network / name for name in _SETTINGS)
    if first.is_file():
        return preprocessing.parsed(read_json(first), first)
    stored = read_json(second, needed=False).get("image_processor")
    if isinstance(stored, dict):
        return preprocessing.parsed(stored, second)
    raise RequestError(
        f"half a model in {path}: there is no preprocessor_config.json, which says how images are resized and scaled;"
        " copy the model again"
    )
