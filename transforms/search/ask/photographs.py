"""Answers an image with the photographs of an index of local features that show the same, best first."""

from __future__ import annotations

from collections import Counter

import numpy as np

from transforms.common.arrays import Mask, RowIndices, Vectors
from transforms.common.errors import ItemError, RequestError
from transforms.encoders.local_features.decoder import own_shape_decoder
from transforms.encoders.local_features.encoder import LocalFeatureEncoder
from transforms.search.ask.hit import Hit
from transforms.search.ask.open_index import OpenIndex
from transforms.search.ask.verified_matching import Points, Verified, verified
from transforms.search.store.documents import document_ids
from transforms.table.unit_vectors import normalize_rows

_NEIGHBORS = 10
"""Rows near each feature of the image, which vote for their photographs."""
_CANDIDATES = 50
"""Photographs with the most votes, with which the image is compared feature by feature."""

Features = tuple[Vectors, Points]
"""Unit descriptors [n, dim], and their places: y and x in pixels."""


def of_image(encoder: LocalFeatureEncoder, image: bytes) -> Features:
    """Raises RequestError: the image cannot be read, or has no features."""
    decoded, failed = own_shape_decoder(encoder.spec).decode([image])
    if failed:
        raise RequestError(f"the image cannot be read: {failed[0]}")
    try:
        found = encoder.features(decoded[0])
    except ItemError as error:
        raise RequestError(f"the image cannot be searched for: {error}") from error
    return normalize_rows(found.descriptors)[0], found.places.astype(np.float64)


def of_rows(index: OpenIndex, photograph: str, wanted: Mask | None = None) -> Features:
    """The features of a photograph in the index, those among the `wanted` rows."""
    rows = _rows(index, photograph, wanted)
    table = index.rows_of(rows, ["y", "x"])
    places = np.stack([table.column(name).to_numpy().astype(np.float64) for name in ("y", "x")], axis=1)
    return index.vectors_of(rows), places


def showing(
    index: OpenIndex, features: Features, *, k: int, where: str | None = None, without: str | None = None
) -> list[Hit]:
    """The photographs that match, at most k, those with the most inliers first; none where nothing matches but by chance.

    Args:
      where: a condition on the features that may match.
      without: a photograph that is no answer.

    Raises:
      RequestError: as `OpenIndex.nearest`.
    """
    wanted = None if where is None else np.concatenate(index.masks(where))
    near, _ = index.nearest(features[0], min(_NEIGHBORS, index.rows), where=where)
    candidates = [name for name in _candidates(index, near) if name != without][:_CANDIDATES]
    found: list[tuple[str, int, Verified]] = []
    for name in candidates:
        match = verified(features, of_rows(index, name, wanted), candidates=len(candidates))
        if match is not None:
            found.append((name, int(_rows(index, name, wanted)[match.rows[0]]), match))
    best = sorted(found, key=lambda each: (-each[2].inliers, each[0]))[:k]
    chunks = index.rows_of([row for _, row, _ in best], ["id"]).column("id").to_pylist() if best else []
    return [
        Hit(name, float(match.inliers), row, chunk, inliers=match.inliers, region=match.region)
        for (name, row, match), chunk in zip(best, chunks, strict=True)
    ]


def _rows(index: OpenIndex, photograph: str, wanted: Mask | None) -> RowIndices:
    rows: RowIndices = np.asarray(index.rows_of_documents[photograph], np.int64)
    return rows if wanted is None else rows[wanted[rows]]


def _candidates(index: OpenIndex, rows: RowIndices) -> list[str]:
    """The photographs of the nearest rows of each feature, those near most of the features first."""
    near = rows >= 0
    names = iter(document_ids(index.rows_of(rows[near], index.id_columns)).to_pylist())
    votes: Counter[str] = Counter()
    for count in near.sum(axis=1).tolist():
        votes.update({next(names) for _ in range(count)})
    return sorted(votes, key=lambda name: (-votes[name], name))
