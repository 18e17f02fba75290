"""Finds the encoder that made some vectors, as it is on this machine, or refuses another one in its place."""

from __future__ import annotations

from transforms import encoders
from transforms.common.errors import RequestError
from transforms.encoders.imported import is_imported, no_encoder
from transforms.encoders.resolved import ResolvedEncoder, with_transparency_dropped
from transforms.encoders.spec import LoadableEncoder, Precision


def encoder_that_made(
    handle: str,
    *,
    precision: Precision,
    fingerprint: str,
    name: str,
    where: str,
    advice: str,
    remember: bool = True,
) -> ResolvedEncoder:
    """The encoder at `handle`, resolved and not yet loaded, if its vectors are those of `fingerprint`.

    Images are decoded as they were when the vectors were made: with their transparency dropped up to version 0.1.

    Args:
      name: of the encoder, for the refusal.
      where: what holds the vectors, for the refusal: "the table's vectors are", "MODEL was trained on vectors".
      advice: what to do if it is another one.
      remember: as in `encoders.resolve`.

    Raises:
      RequestError: the encoder cannot be had on this machine, or is another one by now.
    """
    if is_imported(handle):
        raise no_encoder(name, where=where)
    resolved = encoders.resolve(handle, precision=precision, trust=True, remember=remember)
    if drops_transparency(resolved, fingerprint):
        return with_transparency_dropped(resolved)
    if resolved.fingerprint != fingerprint:
        raise RequestError(
            f"{where} of another {name} ({fingerprint[:8]}) than the one on this machine ({resolved.fingerprint[:8]}):"
            f" {advice}"
        )
    return resolved


def drops_transparency(encoder: LoadableEncoder, fingerprint: str) -> bool:
    """Whether `fingerprint` is the encoder's own of version 0.1, which dropped the transparency of images."""
    if not isinstance(encoder, ResolvedEncoder) or fingerprint == encoder.fingerprint:
        return False
    return with_transparency_dropped(encoder).fingerprint == fingerprint
