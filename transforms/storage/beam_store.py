"""Keeps files on what else Beam's file systems reach, such as hdfs://.

Beam has no way to create a file only where there is none: `create` looks first, so that two writers within the same moment may
both succeed. A rename over a file replaces it in one step where the file system can; HDFS cannot: there a file that is replaced
is absent for a moment.
"""

from __future__ import annotations

import math
import shutil
import uuid
from typing import IO, Any

from transforms.storage.store import Entry, Store


def _file_systems() -> Any:
    from apache_beam.io.filesystems import FileSystems

    return FileSystems


def _uncompressed() -> str:
    from apache_beam.io.filesystem import CompressionTypes

    return str(CompressionTypes.UNCOMPRESSED)


class BeamStore(Store):
    """Files by path, as `store.Store` has it, but for `create`."""

    def entry(self, path: str) -> Entry | None:
        # Some of Beam's file systems would take a pattern of a name with such characters.
        if not _file_systems().exists(path):
            return None
        found = _file_systems().match([path])[0].metadata_list
        return _entry(found[0]) if found else None

    def read(self, path: str, start: int = 0, size: int | None = None) -> bytes:
        with self.open(path) as stream:
            if start:
                stream.seek(start)
            return stream.read() if size is None else stream.read(size)

    def open(self, path: str) -> IO[bytes]:
        # Beam's own streams read ahead.
        stream: IO[bytes] = _file_systems().open(path, compression_type=_uncompressed())
        return stream

    def write(self, path: str, content: bytes | IO[bytes]) -> None:
        folder, _, name = path.rpartition("/")
        temporary = f"{folder}/.{name}.{uuid.uuid4().hex[:8]}.tmp"
        try:
            with _file_systems().create(temporary, compression_type=_uncompressed()) as stream:
                if isinstance(content, bytes):
                    stream.write(content)
                else:
                    shutil.copyfileobj(content, stream)
            self._rename(temporary, path)
        except BaseException:
            self.delete(temporary)
            raise

    def _rename(self, source: str, destination: str) -> None:
        systems = _file_systems()
        try:
            systems.rename([source], [destination])
        except OSError:
            if not (systems.exists(source) and systems.exists(destination)):
                raise
            # HDFS refuses to rename over a file.
            systems.delete([destination])
            systems.rename([source], [destination])

    def create(self, path: str, content: bytes) -> None:
        if _file_systems().exists(path):
            raise FileExistsError(path)
        self.write(path, content)

    def delete(self, path: str) -> None:
        if _file_systems().exists(path):
            _file_systems().delete([path])

    def below(self, folder: str) -> list[Entry]:
        found = _file_systems().match([folder.rstrip("/") + "/**"])[0].metadata_list
        return sorted((_entry(one) for one in found), key=lambda entry: entry.path)


def _entry(found: Any) -> Entry:
    updated = getattr(found, "last_updated_in_seconds", None)
    # The listing already knows when; the checksum is a request for each object, so it is the second choice.
    state = updated if updated else _file_systems().checksum(found.path)
    size = int(found.size_in_bytes)
    return Entry(path=found.path, size=size, state=f"{size}-{state}", modified=float(updated) if updated else math.inf)
