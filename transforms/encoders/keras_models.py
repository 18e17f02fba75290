"""Opens networks of keras.applications and .keras files.

`keras://Name` is the network without its classifier, mean-pooled, behind the `preprocess_input` of its own module:
it takes pixels 0..255. Seeded weights ("random") measure speed, shapes and parity; they say nothing about quality.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from transforms.common.errors import RequestError
from transforms.encoders.handles import KerasHandle

_SIDES = {
    "NASNetLarge": 331, "Xception": 299, "InceptionV3": 299, "InceptionResNetV2": 299,
    "EfficientNetB1": 240, "EfficientNetB2": 260, "EfficientNetB3": 300, "EfficientNetB4": 380,
    "EfficientNetB5": 456, "EfficientNetB6": 528, "EfficientNetB7": 600,
    "EfficientNetV2B1": 240, "EfficientNetV2B2": 260, "EfficientNetV2B3": 300,
    "EfficientNetV2S": 384, "EfficientNetV2M": 480, "EfficientNetV2L": 480,
}  # fmt: skip
"""Image sizes that networks were trained at, where it is not 224 (keras.io/api/applications)."""


def build(handle: KerasHandle) -> tuple[Any, Callable[[Any], Any]]:
    """The network and its `preprocess_input`.

    Raises:
      RequestError: no such network; its weights cannot be had or do not fit.
    """
    module = _module_of(handle.name)
    side = _SIDES.get(handle.name, 224)
    weights = None if handle.weights == "random" else handle.weights
    try:
        # Keras announces a download on stdout, which belongs to the command's own output.
        with contextlib.redirect_stdout(sys.stderr):
            model = getattr(module, handle.name)(
                include_top=False, pooling="avg", weights=weights, input_shape=(side, side, 3)
            )
    except Exception as error:
        if weights is None:
            raise
        raise _no_weights(handle, error) from error
    if handle.weights == "random":
        _seed(model, handle.seed)
    return model, module.preprocess_input


def read(path: Path) -> Any:
    """The model of a .keras file, whose own code (lambda layers) is not run."""
    import keras

    try:
        return keras.models.load_model(path, compile=False, safe_mode=True)
    except (ValueError, OSError, TypeError, KeyError) as error:
        reason = str(error).strip().splitlines()
        raise RequestError(f"cannot load {path}: {reason[0][:200] if reason else type(error).__name__}") from error


def digest(model: Any) -> str:
    """SHA-256 over the weights, in the network's order, with their shapes."""
    whole = hashlib.sha256(model.name.encode())
    for variable in model.weights:
        value = np.ascontiguousarray(variable.numpy())
        whole.update(f"{value.shape}{value.dtype.str}".encode())
        whole.update(value.tobytes())
    return whole.hexdigest()


def _module_of(name: str) -> Any:
    """The module of keras.applications that has both this network and its preprocessing."""
    import keras

    # Not the public module of the name: that of MobileNetV3 holds the preprocessing alone.
    network = getattr(keras.applications, name, None)
    module = sys.modules.get(getattr(network, "__module__", ""))
    if module is None or not hasattr(module, "preprocess_input"):
        networks = [key for key, value in vars(keras.applications).items() if callable(value)]
        close = difflib.get_close_matches(name, networks, n=3)
        hint = f"did you mean {', '.join(close)}?" if close else "see keras.io/api/applications for the names"
        raise RequestError(f"keras.applications has no network {name!r}: {hint}")
    return module


def _seed(model: Any, seed: int) -> None:
    """Fills the kernels from `seed` alone: unlike Keras's own initialisers, the same under every release of Keras
    and without touching anybody's global random state. Biases and batch norms keep their neutral start."""
    random = np.random.default_rng(seed)
    for variable in model.weights:
        shape = tuple(variable.shape)
        if len(shape) < 2:
            continue
        fan = float(np.prod(shape[:-1]) + np.prod((*shape[:-2], shape[-1])))
        variable.assign(random.standard_normal(shape, dtype=np.float32) * np.float32(np.sqrt(2.0 / fan)))


def _no_weights(handle: KerasHandle, error: Exception) -> RequestError:
    lines = str(error).strip().splitlines()
    reason = lines[0][:160] if lines else type(error).__name__
    if handle.weights == "imagenet":
        return RequestError(
            f"cannot have the ImageNet weights of {handle.name} ({reason}). Without network: fetch them where there is"
            f" one and give keras://{handle.name}?weights=FILE.h5, or copy ~/.keras/models to this machine. Encoders"
            " that need no download: use-multilingual (text), hog (images, a baseline)"
        )
    return RequestError(f"the weights in {handle.weights} do not fit {handle.name} without its classifier: {reason}")
