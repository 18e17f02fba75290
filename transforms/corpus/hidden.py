"""Knows the names of files and folders that are no part of a corpus: hidden ones, and what tools and storage devices leave."""

from __future__ import annotations

import re

# Of programs: office documents that are open, macOS' archives, Spark, Hive and Delta Lake.
_MARKS = re.compile(
    r"\.|~\$|__MACOSX$|_(SUCCESS(\..*)?|committed_.*|started_.*|temporary|metadata|common_metadata|delta_log)$"
)
_MARK_FOLDERS = re.compile(r"_(spark_metadata|change_data|symlink_format_manifest|vectormill)$")
# Thumbnails, recycle bins and snapshots of Synology, QNAP and Windows; what file systems find again.
_OF_DEVICES = re.compile(
    r"(@eaDir|@Recycle|@__thumb|#recycle|#snapshot|\$RECYCLE\.BIN|System Volume Information|lost\+found)$",
    re.IGNORECASE,
)


def is_hidden(name: str) -> bool:
    """Whether a file or folder is passed over for its name: `.DS_Store`, `_SUCCESS`, `@eaDir`, `#recycle`."""
    return bool(_MARKS.match(name) or _MARK_FOLDERS.match(name) or _OF_DEVICES.match(name))
