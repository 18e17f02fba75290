"""Keeps TensorFlow's, Beam's and their libraries' start-up noise off a person's terminal.

To be called before any of them is imported. What they have to say is not lost: `--verbose` leaves it on, and what native
code writes is in `native.log` of Vectormill's cache folder.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from contextlib import suppress
from pathlib import Path

_LOGGERS = ("apache_beam", "tensorflow", "absl", "h5py", "google", "jax", "numexpr")
_PACKAGES = ("apache_beam", "tensorflow", "tensorflow_hub", "tf_keras", "keras", "google", "pkg_resources")


def quieten() -> None:
    """Silences what goes through Python's logging and warnings, and what obeys an environment variable."""
    quieten_libraries()
    warnings.filterwarnings("ignore")
    logging.basicConfig(level=logging.CRITICAL)
    logging.getLogger("root").setLevel(logging.CRITICAL)


def quieten_libraries() -> None:
    """Silences the libraries alone: in somebody else's program, loggers and warnings of its own are not ours to touch."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    for name in _PACKAGES:
        warnings.filterwarnings("ignore", module=rf"{name}(\.|$)")


def redirect_native_messages(folder: Path) -> None:
    """Sends what native code writes to standard error into a file; Python's own standard error stays where it was.

    TensorFlow 2.21 logs its start-up past every switch it has (before absl's logging is initialised), so the file
    descriptor itself has to be turned away. For a whole process, from its entry point.
    """
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        log = os.open(folder / "native.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
        terminal = os.dup(2)
        os.dup2(log, 2)
        os.close(log)
        sys.stderr = os.fdopen(terminal, "w", buffering=1, encoding="utf-8", errors="replace")
