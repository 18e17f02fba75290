"""File systems with a scheme for tests: Beam finds every subclass of FileSystem, so importing this module is enough."""

from __future__ import annotations

import builtins
import os
from collections.abc import Iterator
from typing import Any, ClassVar

from apache_beam.io.filesystem import BeamIOError, CompressionTypes, FileMetadata, FileSystem


class Drive(FileSystem):  # type: ignore[misc]
    """An object store, as far as `files` and the readers ask: drive://PATH is the local PATH. A rename replaces."""

    deleted: ClassVar[list[str]] = []
    """Base names of all that was deleted, for tests that nothing was which should stay."""

    @classmethod
    def scheme(cls) -> str:
        return "drive"

    @staticmethod
    def _path(uri: str) -> str:
        return "/" + uri.partition("://")[2].lstrip("/")

    def open(self, path: str, mime_type: str = "", compression_type: str = CompressionTypes.AUTO) -> Any:
        assert compression_type == CompressionTypes.UNCOMPRESSED
        return builtins.open(self._path(path), "rb")

    def create(self, path: str, mime_type: str = "", compression_type: str = CompressionTypes.AUTO) -> Any:
        assert compression_type == CompressionTypes.UNCOMPRESSED
        os.makedirs(os.path.dirname(self._path(path)), exist_ok=True)  # as object stores do
        return builtins.open(self._path(path), "wb")

    def exists(self, path: str) -> bool:
        return os.path.isfile(self._path(path))

    def size(self, path: str) -> int:
        return os.path.getsize(self._path(path))

    def delete(self, paths: list[str]) -> None:
        for path in paths:
            self.deleted.append(os.path.basename(path))
            os.remove(self._path(path))

    def rename(self, source_file_names: list[str], destination_file_names: list[str]) -> None:
        for source, destination in zip(source_file_names, destination_file_names, strict=True):
            os.replace(self._path(source), self._path(destination))

    def _list(self, dir_or_prefix: str) -> Iterator[FileMetadata]:
        for folder, _, names in os.walk(self._path(dir_or_prefix)):
            for name in names:
                path = os.path.join(folder, name)
                yield FileMetadata(f"{self.scheme()}:/{path}", os.path.getsize(path), os.stat(path).st_mtime)

    def last_updated(self, path: str) -> float:
        return os.stat(self._path(path)).st_mtime

    def checksum(self, path: str) -> str:
        return str(self.size(path))

    def metadata(self, path: str) -> FileMetadata:
        return FileMetadata(path, self.size(path), self.last_updated(path))

    def join(self, basepath: str, *paths: str) -> str:
        return "/".join([basepath.rstrip("/"), *paths])

    def split(self, path: str) -> tuple[str, str]:
        head, _, tail = path.rpartition("/")
        return head, tail

    def mkdirs(self, path: str) -> None:
        os.makedirs(self._path(path))

    def has_dirs(self) -> bool:
        return False

    def copy(self, source_file_names: list[str], destination_file_names: list[str]) -> None:
        raise NotImplementedError


class Cluster(Drive):
    """As HDFS does it: a rename onto a file is refused."""

    @classmethod
    def scheme(cls) -> str:
        return "cluster"

    def rename(self, source_file_names: list[str], destination_file_names: list[str]) -> None:
        for source, destination in zip(source_file_names, destination_file_names, strict=True):
            if self.exists(destination):
                raise BeamIOError(f"{destination} is there")
            os.rename(self._path(source), self._path(destination))
