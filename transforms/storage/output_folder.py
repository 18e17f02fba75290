"""Refuses a folder that cannot take what a job writes, before any work is done."""

from __future__ import annotations

import os
from collections.abc import Callable

from transforms.common.errors import RequestError, VectormillError
from transforms.storage import files


def require_folder(
    root: str,
    *,
    is_ours: Callable[[str], bool],
    takes: str,
    noun: str | None = None,
    ellipsis: bool = False,
    unless: Callable[[list[str]], bool] = lambda names: False,
) -> list[str]:
    """Requires a new folder, an empty one, or one with nothing but what is written there; returns the names in it.

    Args:
      root: what the person gave as `--to`.
      is_ours: whether something of this name may be there.
      takes: what to give instead: "--to takes a new folder, or earlier clusters".
      noun: what the folder is of: "a model"; None: a file is only said to be no folder.
      ellipsis: whether the message shows that there is more than the one thing it names.
      unless: whether the folder is one of ours all the same, by all its names; asked where there is a stranger.

    Raises:
      RequestError: it is a file, cannot be listed, or holds something else.
    """
    if noun is not None and files.is_local(root) and os.path.isfile(root):
        raise RequestError(f"{root} is a file: --to takes the folder of {noun}, new or existing")
    try:
        names = files.names(root)
    except VectormillError:  # of a cloud store, in words for the person
        raise
    except OSError as error:
        raise RequestError(f"{root} cannot be listed: {error.strerror}: give another --to") from error
    strangers = [name for name in names if not is_ours(name)]
    if strangers and not unless(names):
        more = ", …" if ellipsis and len(strangers) > 1 else ""
        raise RequestError(f"{root} holds something else ({strangers[0]}{more}): {takes}")
    return names
