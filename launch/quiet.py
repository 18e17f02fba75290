"""Keeps TensorFlow's, Beam's and their libraries' start-up noise off a person's terminal.

To be called before any of them is imported. What they have to say is not lost: `--verbose` leaves it on.
"""

from __future__ import annotations

import logging
import os
import warnings

_LOGGERS = ("apache_beam", "tensorflow", "absl", "h5py", "google", "jax", "numexpr", "root")


def quieten() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    os.environ.setdefault("GLOG_minloglevel", "3")
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "0")
    warnings.filterwarnings("ignore")
    logging.basicConfig(level=logging.CRITICAL)
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
