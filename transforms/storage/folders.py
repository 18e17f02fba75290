"""Publishes, copies and removes folders, whole or not at all, wherever they are.

Locally a folder is built beside its final name and renamed. A store knows no folders: there it is built in the system's
temporary folder (`TMPDIR`), its files are uploaded, and the last one, `.files.json`, lists them with their digests. Without it
the folder is not there.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from transforms.storage import files, local_disk
from transforms.storage.folder_manifest import NAME, manifest, records_of, records_of_local

_AT_ONCE = 8


def is_whole(folder: str) -> bool:
    """Whether a folder has been published."""
    return files.exists(folder if files.is_local(folder) else files.join(folder, NAME))


@contextmanager
def built(folder: str, *, within: str | None = None) -> Iterator[str]:
    """Gives a new local folder to write into, which becomes `folder` when the block ends well.

    Of several who build it at once, which make the same of it, the first one's stays.

    Args:
      within: the folder in which a local one is built, where beside it nothing may be left by a build that is killed.
    """
    if not files.is_local(folder):
        with local_disk.scratch() as work:
            yield work
            upload(work, folder)
        return
    above, _, name = files.absolute(folder).rpartition("/")
    work = files.join(within or above, f".{name}.{uuid.uuid4().hex[:8]}")
    files.make_folder(work)
    try:
        yield work
        try:
            files.make_folder(above)
            local_disk.rename_folder(work, folder)
        except OSError:
            if not os.path.isdir(folder):
                raise
    finally:
        local_disk.remove_tree(work)


def copy_tree(source: str, target: str) -> None:
    """Copies all files below a folder, local or remote, into another."""
    store, start = files.store_of(source), source.rstrip("/") + "/"
    for entry in store.below(source):
        files.write(files.join(target, entry.path.removeprefix(start)), store.read(entry.path))


def upload(built_folder: str, folder: str, *, like: Sequence[str] = ()) -> None:
    """Copies a local folder into a store; the list of its files comes last.

    Args:
      like: published folders of the same store. A file that one of them has is copied from there by the store itself.
    """
    store, records = files.store_of(folder), records_of_local(built_folder)
    there: dict[str | None, str] = {}
    for other in like:
        there |= {record.digest: files.join(other, name) for name, record in records_of(other).items()}

    def put(name: str) -> None:
        target, known = files.join(folder, name), there.get(records[name].digest)
        if known is not None:
            store.copy(known, target)
            return
        with open(os.path.join(built_folder, name), "rb") as content:
            store.write(target, content)

    _each(put, list(records))
    store.write(files.join(folder, NAME), manifest(records))


def copy_within(source: str, folder: str, *, last: str) -> None:
    """Copies a published folder inside its store; the file `last` comes last, after the list."""
    store, names = files.store_of(source), list(records_of(source))

    def copy(name: str) -> None:
        store.copy(files.join(source, name), files.join(folder, name))

    _each(copy, [name for name in names if name != last])
    copy(NAME)
    copy(last)


def remove(folder: str) -> None:
    """Removes a folder with all that is below it, as far as that can be done; one that is gone is fine.

    The list of its files goes first, so that it is never whole in part.
    """
    if files.is_local(folder):
        local_disk.remove_tree(folder)
        return
    store = files.store_of(folder)
    try:
        store.delete(files.join(folder, NAME))
        _each(store.delete, [entry.path for entry in store.below(folder)])
    except OSError:
        return


def _each(do: Callable[[str], None], names: Sequence[str]) -> None:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done in [pool.submit(do, name) for name in names]:
            done.result()
