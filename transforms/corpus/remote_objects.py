"""Lists the objects of a store whose address fits a pattern."""

from __future__ import annotations

import re

from transforms.storage import files

_WILD = re.compile(r"[*?\[]")


def matched(pattern: str) -> list[tuple[str, int, str]]:
    """Address, bytes and state of each object whose address fits.

    Raises:
      OSError, ValueError: the store cannot be asked.
    """
    wild = _WILD.search(pattern)
    if wild is None:
        found = files.entry(pattern)
        return [] if found is None else [(found.path, found.size, found.state)]
    from apache_beam.io.filesystem import FileSystem

    fits = re.compile(FileSystem.translate_pattern(pattern))
    folder = pattern[: wild.start()].rpartition("/")[0]
    return [(entry.path, entry.size, entry.state) for entry in files.below(folder) if fits.match(entry.path)]
