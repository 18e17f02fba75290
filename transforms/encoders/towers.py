"""Finds the tower of a modality: a model with two answers texts about images, and images about texts."""

from __future__ import annotations

from transforms.common.errors import RequestError
from transforms.encoders import handles
from transforms.encoders.resolved import ResolvedEncoder, resolve
from transforms.encoders.spec import LoadableEncoder, Modality, Precision


def tower_of(encoder: LoadableEncoder, modality: Modality, *, precision: Precision = "float32") -> LoadableEncoder:
    """The encoder that makes vectors of items of this modality, in the space of `encoder`'s: itself, or the tower beside it.

    Args:
      precision: of the tower beside it.

    Raises:
      RequestError: it has no tower for them, or half a tower.
    """
    spec = encoder.spec
    if spec.modality == modality:
        return encoder
    if not spec.two_towers or not isinstance(encoder, ResolvedEncoder):
        raise RequestError(f"{spec.name} takes {'texts' if spec.modality == 'text' else 'images'} alone")
    handle = handles.with_modality(spec.handle, modality)
    return resolve(handle, precision=precision, engine=encoder.engine, remember=encoder.remembered)
