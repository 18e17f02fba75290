"""Lists the fragments of a Lance table: each is a source, so that a version costs the fragments that it changed.

A fragment's address is `TABLE.lance/fragment-N.lance`, though no such file exists. The package `lance` has threads that
do not survive a fork, so it is imported only where there is such a table.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from importlib.util import find_spec
from typing import Any

from transforms.common.errors import RequestError, one_line
from transforms.corpus.delta_tables import LiveFile

SUFFIX = ".lance"
ADVICE = "{}: is a Lance table, which needs pylance: pip install 'vectormill[lance]'"


@dataclass(frozen=True, kw_only=True)
class Fragment:
    """One fragment: its file name as a source, the bytes of its files, and what changes when its rows do."""

    name: str
    size: int
    state: str
    live: LiveFile


def is_lance(folder: str) -> bool:
    """Whether a local folder is a Lance table, whatever its name."""
    return folder.rstrip("/").endswith(SUFFIX) and os.path.isdir(os.path.join(folder, "_versions"))


def reads_lance() -> bool:
    """Whether pylance is installed."""
    return find_spec("lance") is not None


def fragments(root: str) -> Iterator[Fragment]:
    """The fragments of a table's newest version.

    Raises:
      RequestError: it cannot be read.
    """
    table = opened(root)
    about = LiveFile(json.dumps({"root": root, "version": table.version, "columns": {}, "deletes": False}))
    for fragment in table.get_fragments():
        size = sum(file.file_size_bytes or 0 for file in fragment.metadata.files)
        name = f"fragment-{fragment.fragment_id}{SUFFIX}"
        yield Fragment(name=name, size=max(size, 1), state=state_of(fragment), live=about)


def opened(root: str, version: int | None = None) -> Any:
    """The `lance.LanceDataset` at a folder.

    Raises:
      RequestError: pylance is not installed, or cannot read it.
    """
    if not reads_lance():
        raise RequestError(ADVICE.format(root))
    import lance

    try:
        return lance.dataset(root, version=version)
    except (OSError, ValueError) as error:
        raise RequestError(f"{root}: is a Lance table that cannot be read: {one_line(error)}") from error


def state_of(fragment: Any) -> str:
    """Changes with a fragment's files: those of its columns, and that of its deleted rows."""
    deleted = fragment.metadata.deletion_file
    said = [
        [[file.path, list(file.fields)] for file in fragment.metadata.files],
        None if deleted is None else str(deleted),
    ]
    return blake2b(json.dumps(said).encode(), digest_size=12).hexdigest()


def fragment_of(uri: str, version: int) -> Any:
    """The `lance.LanceFragment` at the address of a source, of a version.

    Raises:
      OSError: it is not there.
    """
    root, _, name = uri.rpartition("/")
    fragment = opened(root, version).get_fragment(int(name.removeprefix("fragment-").removesuffix(SUFFIX)))
    if fragment is None:
        raise OSError("the Lance table has it no longer: run the command again")
    return fragment
