"""Knows which features of Delta Lake a reader of a table's live files has to honour, and this package does not."""

from __future__ import annotations

from typing import Any

HONOURED = frozenset(("timestampNtz", "typeWidening", "typeWidening-preview", "v2Checkpoint", "vacuumProtocolCheck"))
"""Features for readers that change the log alone, or types that are cast when a part is read."""


def unread_features(table: Any) -> list[str]:
    """Names of the features, sorted, by which the files of a version alone do not say its rows: deletion vectors, say.

    Args:
      table: a `deltalake.DeltaTable`.
    """
    needed = set(table.protocol().reader_features or ()) - HONOURED
    if table.metadata().configuration.get("delta.columnMapping.mode", "none") == "none":
        needed.discard("columnMapping")
    else:
        needed.add("columnMapping")
    return sorted(needed)
