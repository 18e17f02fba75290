"""Tells web addresses from other URIs, and names the columns in which readers hand them on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from transforms.storage import files
from transforms.storage.files import exactly

if TYPE_CHECKING:
    from transforms.corpus.formats import Format

ADDRESS = "_address"
"""The column of a reader's batch with the addresses of its images, credentials and all; it is in no table."""
KNOWN_CONTENT = "_known_content"
"""The column with the contents of images that need not be fetched, since the table has their vectors."""
NOT_FETCHED = "NotFetched: images behind addresses are fetched by `vectormill embed` alone"

_ADDRESS = re.compile(r"\s*https?://", re.IGNORECASE)
_CREDENTIALS = re.compile(r"\A(\s*[a-z][a-z0-9+.-]*://)[^/?#]*@", re.IGNORECASE)

_HEAD = 1 << 14
_LINES = 4


def is_address(uri: str) -> bool:
    """Whether a URI is to be asked of a web server."""
    return _ADDRESS.match(uri) is not None


def without_credentials(address: str) -> str:
    """An address as it may be stored and shown."""
    return _CREDENTIALS.sub(r"\1", address, count=1)


def is_list_of_addresses(uri: str, form: Format) -> bool:
    """Whether a file of lines holds web addresses, one a line, by its first lines."""
    if form.kind != "lines" or form.codec is not None:
        return False
    try:
        with files.open_read(uri) as stream:
            head = exactly(stream, _HEAD)
    except OSError:
        return False
    lines = [line for line in head.removeprefix(b"\xef\xbb\xbf").splitlines()[:_LINES] if line.strip()]
    return bool(lines) and all(is_address(line.decode("utf-8", "replace")) for line in lines)
