"""Describes what a head sees of a row: the vector, how it is normalised, and the columns beside it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.heads.job import TrainJob


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What the transform is fed with: dimension of the vector, numeric and categorical features, labels to count."""

    dim: int
    normalise: str
    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    heads: int

    @staticmethod
    def of(job: TrainJob, schema: pa.Schema, dim: int) -> Inputs:
        """Raises RequestError where a feature is neither a number nor a text, or the normalisation is unknown."""
        pca_components(job.normalise, dim)
        plain = Counter(map(plain_name, job.features))
        alike = [name for name in job.features if plain[plain_name(name)] > 1]
        if alike:
            raise RequestError(
                f"--features: {alike[0]!r} and {alike[1]!r} would be one input of the model: leave one out"
            )
        numeric, categorical = [], []
        for name in job.features:
            kind = schema.field(name).type
            if pa.types.is_boolean(kind) or pa.types.is_string(kind):
                categorical.append(name)
            elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
                numeric.append(name)
            else:
                raise RequestError(f"the column {name!r} holds {kind}: a feature is a number, a text or a boolean")
        return Inputs(
            dim=dim,
            normalise=job.normalise,
            numeric=tuple(numeric),
            categorical=tuple(categorical),
            heads=len(job.heads),
        )

    @property
    def features(self) -> tuple[str, ...]:
        return (*self.numeric, *self.categorical)

    @property
    def is_identity(self) -> bool:
        """Whether the head sees the vector as it is."""
        return self.normalise == "none" and not self.features


def plain_name(feature: str) -> str:
    """A feature's name with what TensorFlow allows in the name of an input."""
    return re.sub(r"\W", "_", feature, flags=re.ASCII)


def pca_components(normalise: str, dim: int) -> int | None:
    """N of "pca:N"."""
    if normalise in ("none", "zscore"):
        return None
    kind, _, number = normalise.partition(":")
    if kind != "pca" or not number.isdigit() or not 1 <= int(number) <= dim:
        raise RequestError(f"--normalize {normalise}: write none, zscore or pca:N with N of at most {dim}")
    return int(number)
