"""Reads members of zip archives within limits: Office documents and books are such archives."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

from lxml import etree

from transforms.common.errors import ItemError

_MOST_MEMBERS = 20_000
_MOST_BYTES = 256 << 20
_MOST_OF_ALL = 512 << 20


class Archive:
    """A zip archive in memory.

    Raises:
      ItemError: it is none, or has more members than any document.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError, EOFError) as error:
            raise ItemError("Damaged", f"its archive cannot be read: {error}") from error
        self.names = frozenset(self._zip.namelist())
        self._left = _MOST_OF_ALL
        if len(self._zip.infolist()) > _MOST_MEMBERS:
            raise ItemError(
                "TooLarge", f"its archive has {len(self._zip.infolist()):,} members: {_MOST_MEMBERS:,} at most are read"
            )

    def read(self, name: str) -> bytes:
        """The content of a member.

        Raises:
          ItemError: it is not there, damaged, encrypted, or unpacks to more than any document, whatever it declares.
        """
        try:
            info = self._zip.getinfo(name)
        except KeyError as error:
            raise ItemError("Damaged", f"its archive has no {name}") from error
        if info.flag_bits & 1:
            raise ItemError("Encrypted", "is encrypted: save it without a password")
        most = min(_MOST_BYTES, self._left)
        if info.file_size > most:
            raise _too_large(name, info.file_size)
        try:
            with self._zip.open(info) as stream:
                content = stream.read(most + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            NotImplementedError,
            ValueError,
            OSError,
            EOFError,
            RuntimeError,
        ) as error:
            raise ItemError("Damaged", f"{name} in its archive cannot be unpacked: {error}") from error
        if len(content) > most:
            raise _too_large(name, len(content))
        self._left -= len(content)
        return content

    def tree(self, name: str) -> Any:
        """The root of a member of XML.

        Raises:
          ItemError: as `read`; or it is not well-formed.
        """
        return xml(self.read(name), name)


def xml(data: bytes, name: str) -> Any:
    """The root of some XML. Neither entities are expanded, nor anything is fetched.

    Raises:
      ItemError: it is not well-formed.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ItemError("Damaged", f"{name} is no well-formed XML: {error}") from error


def _too_large(name: str, size: int) -> ItemError:
    return ItemError("TooLarge", f"{name} in its archive unpacks to {size / 2**20:,.0f} MB or more: too large to read")
