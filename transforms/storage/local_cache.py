"""Keeps copies of published remote folders on this machine's disk, for what has to be mapped or opened by name.

The cache is `stores/` in Vectormill's own folder (`VECTORMILL_CACHE_DIR`, else ~/.cache/vectormill). A folder is downloaded
once, each file verified, and found again as long as the remote one is the same. Over `VECTORMILL_STORE_CACHE_GB` (20), what was
not used for the longest time is removed when the next one is opened; what a process has open stays. All of it may be deleted
whenever no command runs.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

from transforms.common.errors import RunError
from transforms.storage import files, local_disk
from transforms.storage.folder_manifest import FileRecord, digest_of, records_of

LIMIT = "VECTORMILL_STORE_CACHE_GB"
_GIGABYTES = 20.0
_PIECE = 32 << 20
_AT_ONCE = 8
_in_use: dict[str, IO[Any]] = {}
"""Shared locks on folders that this process has opened, which it may map at any time until it ends."""


def cache_folder() -> str:
    """Where the copies are."""
    root = Path(os.environ.get("VECTORMILL_CACHE_DIR") or "~/.cache/vectormill").expanduser()
    return str(root / "stores")


def local_copy(folder: str) -> str:
    """A local folder with the content of `folder`: a local one itself, of a remote one the copy in the cache.

    Raises:
      FileNotFoundError: there is no such folder.
      RunError: a file is not what was published.
    """
    if files.is_local(folder):
        return folder
    records = records_of(folder)
    listed = json.dumps([folder, sorted((name, *vars(record).values()) for name, record in records.items())])
    place = os.path.join(cache_folder(), blake2b(listed.encode(), digest_size=16).hexdigest())
    if place in _in_use and os.path.isdir(place):
        return place
    if not os.path.isdir(place):
        # Another lock than that of use, which who downloaded it first holds until it ends.
        with local_disk.lock(f"{place}.partial.lock", shared=False):
            if not os.path.isdir(place):
                _download(folder, records, place)
    _in_use[place] = local_disk.lock(f"{place}.lock", shared=True)
    os.utime(place)
    if not os.path.isdir(place):  # removed by another process in this very moment
        del _in_use[place]
        return local_copy(folder)
    _make_room(keep=place)
    return place


def _download(folder: str, records: dict[str, FileRecord], place: str) -> None:
    """What a killed download left is verified and kept."""
    partial = f"{place}.partial"

    def fetch(name: str) -> None:
        record, path = records[name], os.path.join(partial, name)
        if not _is_right(path, record):
            _fetch(files.join(folder, name), path, record.size)
            if not _is_right(path, record):
                raise RunError(f"{files.join(folder, name)} is not what was published there: publish it again")

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done in [pool.submit(fetch, name) for name in records]:
            done.result()
    os.makedirs(partial, exist_ok=True)
    local_disk.rename_folder(partial, place)


def _fetch(remote: str, path: str, size: int) -> None:
    store = files.store_of(remote)
    with local_disk.publish(path) as temporary, open(temporary, "wb") as stream:
        for start in range(0, size, _PIECE):
            stream.write(store.read(remote, start, min(_PIECE, size - start)))


def _is_right(path: str, record: FileRecord) -> bool:
    if not os.path.isfile(path) or os.path.getsize(path) != record.size:
        return False
    return record.digest is None or digest_of(path) == record.digest


def _make_room(*, keep: str) -> None:
    limit = float(os.environ.get(LIMIT) or _GIGABYTES) * 1e9
    found = []
    with suppress(OSError):
        for entry in os.scandir(cache_folder()):
            if entry.is_dir():
                size = sum(one.size for one in local_disk.LocalDisk().below(entry.path))
                found.append((entry.stat().st_mtime, size, entry.path))
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if total <= limit:
            return
        if path == keep:
            continue
        with suppress(OSError), local_disk.lock(f"{path}.lock", shared=False, wait=False):
            local_disk.remove_tree(path)
            total -= size
