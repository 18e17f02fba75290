"""Encoders: from a name to a frozen network that makes vectors.

`resolve("use-multilingual")` runs in the launcher: finds, fetches, verifies; no TensorFlow if it was seen before.
`.load().encode(["one text"])` runs on the worker: float32 [1, 512].
"""

from transforms.encoders.cache import is_cached
from transforms.encoders.registry import all_specs
from transforms.encoders.resolved import ENCODER_VERSION, ResolvedEncoder, find, resolve
from transforms.encoders.spec import Encoder, EncoderSpec, EngineChoice, Modality, Precision, PrecisionChoice

__all__ = [
    "ENCODER_VERSION",
    "Encoder",
    "EncoderSpec",
    "EngineChoice",
    "Modality",
    "Precision",
    "PrecisionChoice",
    "ResolvedEncoder",
    "all_specs",
    "find",
    "is_cached",
    "resolve",
]
