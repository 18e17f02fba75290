"""Makes the map of a version: anew, or of the version before with the rows that an update deletes and adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from transforms.common.progress import METER
from transforms.search.build.base_version import BaseVersion
from transforms.search.build.draft import Draft
from transforms.search.map.map_file import VectorMap, map_path, read_map, write_map
from transforms.search.map.points import extended_map, new_map, sampled_rows
from transforms.search.store.segment import HOLDOUT, Segment
from transforms.storage import files

NEW_SHARE = 0.2
"""The share of rows that came after the layout from which it is made anew."""


def make_map(
    draft: Draft, base: BaseVersion | None, segments: Sequence[Segment], built: str, *, search_parameter: int, seed: int
) -> dict[str, Any]:
    """Writes the map of the version in the folder `built`, unless that was done before, and counts what is on it.

    Raises:
      RequestError: a layout is to be made, and openTSNE is not installed.
    """
    if not files.exists(map_path(built)):
        rows = sampled_rows(segments)
        known = None if base is None else carried_map(draft, base, segments)
        if known is not None:
            known = known.only(np.isin(known.rows, rows))
            new = np.setdiff1d(rows, known.rows)
            known = None if len(new) + known.placed.sum() > NEW_SHARE * len(rows) else known
        if known is None:
            METER.begin("laying out the map")
            write_map(built, new_map(segments, rows, draft.dim, seed=seed))
        else:
            write_map(built, extended_map(segments, known, new, search_parameter=search_parameter))
    points = read_map(built)
    assert points is not None, "it was written"
    return {
        "points": len(points.rows),
        "placed": int(points.placed.sum()),
        "clusters": len(np.unique(points.clusters)),
    }


def carried_map(draft: Draft, base: BaseVersion, segments: Sequence[Segment]) -> VectorMap | None:
    """The map of the version before, less the rows that the update deletes, by positions in `segments`; None without one.

    Shared segments have their rows where they were; in one that is built again those that remain come first (`build_segment`).
    """
    before = read_map(base.folder)
    if before is None:
        return None
    starts = dict(zip((s.name for s in segments), np.cumsum([0, *(s.size for s in segments)]), strict=False))
    rebuilt = {HOLDOUT, *draft.segments()}
    moved = np.full(sum(segment.size for segment in base.segments), -1)
    first = 0
    for segment in base.segments:
        remaining = base.remaining(segment.name, draft)
        assert remaining is not None, "it is a segment of this version"
        left = np.flatnonzero(remaining.alive)
        now = np.arange(len(left)) if segment.name in rebuilt else left
        moved[first + left] = starts[segment.name] + now
        first += segment.size
    rows = moved[before.rows]
    stays = before.only(rows >= 0)
    rows = rows[rows >= 0]
    order = np.argsort(rows)
    return VectorMap(
        rows=rows[order],
        places=stays.places[order],
        clusters=stays.clusters[order],
        placed=stays.placed[order],
    )
