"""Lists the files of a published folder with their sizes and digests; written last, the list says that the folder is whole."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from transforms.common.errors import RequestError
from transforms.storage import files, local_disk
from transforms.storage.formats import require_format

NAME = ".files.json"
FORMAT = "vectormill-files-1"
_BLOCK = 4 << 20


@dataclass(frozen=True)
class FileRecord:
    """A file of a folder: its bytes, and the BLAKE2b digest (160 bits, hex) of its content; None where it is not known.

    Attributes:
      state: of a file whose digest is not known, as the store lists it.
    """

    size: int
    digest: str | None
    state: str | None = None


def digest_of(path: str) -> str:
    """The digest of a local file's content."""
    found = blake2b(digest_size=20)
    with open(path, "rb", buffering=0) as stream:
        while block := stream.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def records_of_local(folder: str) -> dict[str, FileRecord]:
    """The files of a local folder by their path in it."""
    found = {}
    for entry in local_disk.LocalDisk().below(folder):
        name = os.path.relpath(entry.path, folder).replace(os.sep, "/")
        if name != NAME:
            found[name] = FileRecord(entry.size, digest_of(entry.path))
    return found


def records_of(folder: str) -> dict[str, FileRecord]:
    """The files of a remote folder by their path in it: as published, or where it was copied there otherwise, as listed.

    Raises:
      FileNotFoundError: there is no such folder.
      RequestError: a newer release published it.
    """
    try:
        stored: dict[str, Any] = json.loads(files.read(files.join(folder, NAME)))
    except FileNotFoundError:
        start = folder.rstrip("/") + "/"
        found = {
            entry.path.removeprefix(start): FileRecord(entry.size, None, entry.state) for entry in files.below(folder)
        }
        if not found:
            raise
        return found
    except ValueError as error:
        raise RequestError(f"{files.join(folder, NAME)} is damaged: publish the folder again") from error
    require_format(stored.get("format"), FORMAT, where=folder, noun="folder")
    return {name: FileRecord(int(size), str(digest)) for name, (size, digest) in stored["files"].items()}


def manifest(records: dict[str, FileRecord]) -> bytes:
    """The content of the file `NAME`."""
    listed = {name: [record.size, record.digest] for name, record in sorted(records.items())}
    return json.dumps({"format": FORMAT, "files": listed}).encode()
