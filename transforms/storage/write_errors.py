"""Turns failures to write to a folder into one line for the person at the terminal."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from transforms.common.errors import RequestError, RunError, VectormillError, one_line


@contextmanager
def writing(folder: str) -> Iterator[None]:
    """Turns a failure to write to a table or an export into one line for the person at the terminal."""
    try:
        yield
    except OSError as error:
        raise disk_trouble(error, folder) from error


def disk_trouble(error: OSError, where: str) -> VectormillError:
    """What a failure to write to the table means to the person."""
    # deltalake's have no errno.
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or os.strerror(errno.ENOSPC) in str(error):
        return RunError(
            f"the disk of {where} is full: free some space and run the same command again, finished parts are kept"
        )
    if isinstance(error, PermissionError | FileNotFoundError) or error.errno == errno.EROFS:
        return RequestError(f"{where} cannot be written: {error.strerror}: check its permissions or give another --to")
    return RunError(f"{where} cannot be written: {error.strerror or one_line(error)}")
