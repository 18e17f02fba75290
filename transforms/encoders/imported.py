"""Stands for the encoder of vectors that were made elsewhere: it has a name and a fingerprint, and makes no vectors here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from transforms.common.arrays import Vectors
from transforms.common.errors import RequestError
from transforms.encoders.spec import Encoder, EncoderSpec, LoadableEncoder, Precision

_SCHEME = "vectors://"
_SAME = 0.99
"""Half precision and other engines keep 0.999; another encoder, or another prompt, does not come near."""


@dataclass(frozen=True, kw_only=True)
class ImportedEncoder:
    """Implements `spec.LoadableEncoder`, but for loading.

    Attributes:
      spec: its modality is "vectors".
      fingerprint: the same for all tables whose vectors are said to be of one encoder; others are never mixed with them.
    """

    spec: EncoderSpec
    fingerprint: str
    precision: Precision = "float32"

    @staticmethod
    def named(name: str, *, dim: int) -> ImportedEncoder:
        """That of this name."""
        decides = json.dumps({"imported": name, "dim": dim}, sort_keys=True)
        spec = EncoderSpec(name=name, handle=f"{_SCHEME}{name}", modality="vectors", dim=dim)
        return ImportedEncoder(spec=spec, fingerprint=hashlib.sha256(decides.encode()).hexdigest()[:32])

    def load(self) -> Encoder:
        """Raises RequestError: there is no such encoder here."""
        raise no_encoder(self.spec.name, where="the vectors are")


def is_imported(handle: str) -> bool:
    """Whether it is that of vectors whose encoder is not known here."""
    return handle.startswith(_SCHEME)


def no_encoder(name: str, *, where: str) -> RequestError:
    """The refusal to make more vectors of an encoder that is not here.

    Args:
      where: what holds the vectors: "the table's vectors are", "INDEX was made of vectors".
    """
    return RequestError(
        f"{where} of {name}, which were imported, and no encoder here makes such: search by --id or by a vector, or import them"
        " with --encoder NAME"
    )


def require_own_vectors(encoder: LoadableEncoder, texts: Sequence[str], vectors: Vectors) -> None:
    """Requires that vectors float32 [n, dim] are what an encoder makes of their texts.

    Raises:
      RequestError: by the median of their cosines they are not.
    """
    made = encoder.load().encode(list(texts)).astype(np.float64)
    given = vectors.astype(np.float64)
    lengths = np.linalg.norm(made, axis=1) * np.linalg.norm(given, axis=1)
    cosine = float(np.median((made * given).sum(axis=1) / np.maximum(lengths, 1e-12)))
    if cosine < _SAME:
        raise RequestError(
            f"{encoder.spec.name} did not make these vectors: its own of {len(texts)} texts have a median cosine of {cosine:.3f}"
            f" to them, and {_SAME} is asked: name the right encoder (and prompt), or leave --encoder out"
        )
