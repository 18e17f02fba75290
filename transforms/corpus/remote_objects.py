"""Lists the objects of a store that Beam's file systems reach."""

from __future__ import annotations


def matched(pattern: str) -> list[tuple[str, int, str]]:
    """Address, bytes and state of each object whose address fits.

    Raises:
      OSError, ValueError: the store cannot be asked.
    """
    from apache_beam.io.filesystems import FileSystems

    return [
        (found.path, found.size_in_bytes, _state(found.path, found))
        for found in FileSystems.match([pattern])[0].metadata_list
    ]


def _state(uri: str, found: object) -> str:
    from apache_beam.io.filesystems import FileSystems

    size = getattr(found, "size_in_bytes", 0)
    # The listing already knows when; the checksum is a request for each object, so it is the second choice.
    updated = getattr(found, "last_updated_in_seconds", None)
    return f"{size}-{updated if updated else FileSystems.checksum(uri)}"
