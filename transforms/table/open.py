"""Opening a feature table: which log it has, and whether what lives at a path is one at all."""

from __future__ import annotations

import os
import re

from transforms.common.errors import RequestError
from transforms.storage import files
from transforms.table.delta_log import DeltaLog
from transforms.table.manifest_log import MANIFEST, ManifestLog
from transforms.table.parts import PartFormat
from transforms.table.snapshot import Layout, Log, Snapshot

# deltalake takes a path for a URL, and would write into another folder.
_MISREAD = re.compile(r"%[0-9a-fA-F]{2}|\\|[\x00-\x1f\x7f]")


def open_log(root: str, part_format: PartFormat | None = None) -> Log:
    """The log of the table at `root`, new or not; with `part_format` as one to write to.

    Raises:
      RequestError: something else lives there, or a table of the other format.
    """
    layout = Layout(root)
    if part_format is not None and files.is_local(root):
        _refuse_strangers(root)
        if part_format == "parquet" and (found := _MISREAD.search(root)):
            raise RequestError(f"{root}: Delta Lake cannot keep a table at a path with {found[0]!r}: give another --to")
    has_manifest = files.exists(layout.part(MANIFEST))
    has_delta = files.exists(files.join(root, "_delta_log")) or (
        not files.is_local(root) and bool(files.names(files.join(root, "_delta_log")))
    )
    if part_format is not None and (has_manifest or has_delta) and has_manifest != (part_format == "tfrecord"):
        held = "tfrecord" if has_manifest else "parquet"
        raise RequestError(f"{root} holds a {held} table: use --format {held}, or another --to")
    return ManifestLog(layout) if has_manifest or part_format == "tfrecord" else DeltaLog(layout)


def existing(root: str, version: int | None = None) -> Snapshot:
    """A version of a table that must be there, with all its parts."""
    snapshot = open_log(root).snapshot(version)
    if snapshot is None:
        raise RequestError(f"{root} holds no feature table: make one with `vectormill embed INPUT --to {root}`")
    return whole(root, snapshot)


def whole(root: str, snapshot: Snapshot) -> Snapshot:
    """The snapshot, once it is seen that all its parts are there."""
    missing = sorted(set(snapshot.parts) - set(files.names(root)))
    if missing:
        raise RequestError(
            f"version {snapshot.version} of {root} lacks {len(missing)} of its {len(snapshot.parts)} parts ({missing[0]}):"
            " they were deleted, perhaps by another tool's vacuum; use another version, or embed into a new table"
        )
    return snapshot


def _refuse_strangers(root: str) -> None:
    if os.path.isfile(root):
        raise RequestError(f"{root} is a file: --to takes the folder of a feature table, new or existing")
    try:
        names = files.names(root)
    except OSError as error:
        raise RequestError(f"{root} cannot be listed: {error.strerror}: give another --to") from error
    ours = ("part-", "_vectormill", "_dead", "_delta_log", MANIFEST, ".")
    strangers = [name for name in names if not name.startswith(ours)]
    if strangers and "_vectormill" not in names:
        raise RequestError(
            f"{root} holds something else ({strangers[0]}{', …' if len(strangers) > 1 else ''}):"
            " --to takes an empty or new folder, or a feature table"
        )
