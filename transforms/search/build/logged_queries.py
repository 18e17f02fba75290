"""Encodes the queries that people asked, as a search does, and finds how many of their exact neighbours an index finds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from transforms.common.arrays import Vectors
from transforms.common.errors import RequestError
from transforms.encoders import handles
from transforms.encoders.imported import is_imported, no_encoder
from transforms.encoders.matching import encoder_that_made
from transforms.encoders.spec import query_vectors
from transforms.encoders.towers import tower_of
from transforms.search.measure import recall
from transforms.search.measure.ground_truth import exact_truth
from transforms.search.measure.logged_hits import Floats, LoggedHits
from transforms.search.query_log import LoggedQueries
from transforms.search.store.segment import Found, Segment
from transforms.table.snapshot import Provenance
from transforms.table.unit_vectors import normalize_rows

_AT_ONCE = 64


@dataclass(frozen=True, eq=False, kw_only=True)
class LoggedVectors:
    """The vectors of logged queries, and their exact neighbours.

    Attributes:
      vectors: unit vectors float32 [q, dim].
      times: how often each query was asked, float64 [q].
      segments: that are searched.
      truth: the nearest rows over all segments.
    """

    vectors: Vectors
    times: Floats
    segments: list[Segment]
    truth: Found

    @staticmethod
    def of(vectors: Vectors, times: Floats, segments: list[Segment]) -> LoggedVectors:
        """Finds the exact neighbours of all vectors, among the stored ones."""
        truths = [exact_truth(segment, vectors) for segment in segments]
        truth = recall.merged_truth(segments, truths)
        return LoggedVectors(vectors=vectors, times=times, segments=segments, truth=truth)

    def at(self, search_parameter: int) -> LoggedHits:
        """Measures one value of the search parameter."""
        hits = recall.hits_at(self.segments, self.vectors, self.truth, search_parameter)
        return LoggedHits(hits=hits, times=self.times)


def require_words(about: Provenance, table: str) -> None:
    """Refuses a table whose encoder takes no words.

    Raises:
      RequestError: its vectors were imported without one, or are of images alone.
    """
    if is_imported(about.handle):
        raise no_encoder(about.encoder, where=f"--query-log: the vectors of {table} are")
    if about.modality != "text" and handles.kind(about.handle) not in ("hf", "onnx"):
        raise _no_words(table)


def logged_vectors(
    queries: LoggedQueries, about: Provenance, segments: list[Segment], *, table: str
) -> LoggedVectors | None:
    """The vectors of logged queries, without those of which the encoder knows no word; None where none is left.

    Args:
      about: of the table.
      segments: that they are asked of.

    Raises:
      RequestError: the encoder takes no words, or cannot be had here.
    """
    require_words(about, table)
    encoder = encoder_that_made(
        about.handle,
        precision=about.precision,  # type: ignore[arg-type]
        fingerprint=about.encoder_fingerprint,
        name=about.encoder,
        where=f"{table} was made of vectors",
        advice="leave out --query-log, or index where that encoder is",
    )
    if about.modality != "text" and not encoder.spec.two_towers:
        raise _no_words(table)
    loaded = tower_of(encoder, "text").load()
    texts = list(queries.times)
    parts = [query_vectors(loaded, texts[start : start + _AT_ONCE]) for start in range(0, len(texts), _AT_ONCE)]
    vectors, good = normalize_rows(np.concatenate(parts))
    if not good.any():
        return None
    times = np.array(list(queries.times.values()), np.float64)
    return LoggedVectors.of(vectors[good], times[good], segments)


def _no_words(table: str) -> RequestError:
    return RequestError(f"--query-log: the encoder of {table} takes images, and no words")
