"""Opens a feature table: finds out which log it has, and whether what lives at a path is one at all."""

from __future__ import annotations

import re

from transforms.common.errors import RequestError
from transforms.storage import files
from transforms.storage.output_folder import require_folder
from transforms.table.delta_log import DeltaLog
from transforms.table.manifest_log import MANIFEST, ManifestLog
from transforms.table.parts import PartFormat
from transforms.table.snapshot import Layout, Log, Snapshot

# deltalake takes a path for a URL, and would write into another folder.
_MISREAD = re.compile(r"%[0-9a-fA-F]{2}|\\|[\x00-\x1f\x7f]")

# Azure is azfs:// to us, and az:// or abfs:// to deltalake.
_DELTA_SCHEMES = frozenset(("gs", "s3", "hdfs"))
_NO_DELTA_SCHEMES = frozenset(("azfs", "mem"))


def open_log(root: str, part_format: PartFormat | None = None) -> Log:
    """The log of the table at `root`, new or not; with `part_format` as one to write to.

    Raises:
      RequestError: something else lives there, a table of the other format or with rules for writers that another tool gave
        it, or no file system is known for it.
    """
    layout = Layout(root)
    if part_format is not None and files.is_local(root):
        require_folder(
            root,
            is_ours=_is_ours,
            takes="--to takes an empty or new folder, or a feature table",
            noun="a feature table",
            ellipsis=True,
            unless=lambda names: "_vectormill" in names,
        )
        if part_format == "parquet" and (found := _MISREAD.search(root)):
            raise RequestError(f"{root}: Delta Lake cannot keep a table at a path with {found[0]!r}: give another --to")
    require_known_scheme(root, part_format)
    delta, manifests = DeltaLog(layout), ManifestLog(layout)
    has_delta = delta.is_there
    has_manifest = manifests.is_there
    if part_format is not None and (has_manifest or has_delta) and has_manifest != (part_format == "tfrecord"):
        there = "tfrecord" if has_manifest else "parquet"
        raise RequestError(f"{root} holds a {there} table: use --format {there}, or another --to")
    if part_format is not None and has_delta:
        delta.require_writable()
    return manifests if has_manifest or part_format == "tfrecord" else delta


def is_table(path: str) -> bool:
    """Whether a folder, local or remote, holds a feature table, or a Delta table or manifest of another program.

    False for a corpus: a file, a glob, a folder of files, or what is not there.
    """
    layout = Layout(path)
    try:
        return DeltaLog(layout).is_there or ManifestLog(layout).is_there
    except (OSError, ValueError):  # a file, a glob, or no such file system
        return False


def existing(root: str, version: int | None = None) -> Snapshot:
    """A version (None: the newest) of a table that must be there, with all its parts.

    Raises:
      RequestError: there is no table, no such version, or not all of it.
    """
    snapshot = open_log(root).snapshot(version)
    if snapshot is None:
        raise RequestError(f"{root} holds no feature table: make one with `vectormill embed INPUT --to {root}`")
    require_all_parts(root, snapshot)
    return snapshot


def require_rows(root: str, snapshot: Snapshot) -> None:
    """Refuses a version of a table without rows.

    Raises:
      RequestError: it has none.
    """
    if not snapshot.rows:
        raise RequestError(f"{root} holds no rows: embed a corpus into it first")


def require_all_parts(root: str, snapshot: Snapshot) -> None:
    """Refuses a version whose parts are not all there any more.

    Raises:
      RequestError: a part is missing.
    """
    missing = sorted(set(snapshot.parts) - set(files.names(root)))
    if missing:
        raise RequestError(
            f"version {snapshot.version} of {root} lacks {len(missing)} of its {len(snapshot.parts)} parts ({missing[0]}):"
            " they were deleted, perhaps by another tool's vacuum; use another version, or embed into a new table"
        )


def require_known_scheme(
    root: str, part_format: PartFormat | None, *, advice: str = "use --format tfrecord, or give"
) -> None:
    """Refuses a place that no file system serves, or where Delta Lake cannot keep a table of Parquet parts.

    Raises:
      RequestError: it is one; `advice` says what to do beside giving another place.
    """
    if files.is_local(root):
        return
    scheme = root.partition("://")[0]
    if not (part_format == "parquet" and scheme in _NO_DELTA_SCHEMES):
        files.require_file_system(root)
    if part_format == "parquet" and scheme not in _DELTA_SCHEMES:
        raise RequestError(
            f"{root}: Delta Lake cannot keep a table on {scheme}://: {advice} a local folder, gs://, s3:// or hdfs://"
        )


def _is_ours(name: str) -> bool:
    return name.startswith(("part-", "_vectormill", "_dead", "_delta_log", MANIFEST, "."))
