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
    except VectormillError:  # of a cloud store, in words for the person
        raise
    except OSError as error:
        raise disk_trouble(error, folder) from error


@contextmanager
def naming_a_full_disk(folder: str) -> Iterator[None]:
    """Turns any library's error for want of space into the line that `writing` has for it; other errors stay what they are.

    TensorFlow's and Keras's errors are no OSError, and Beam turns some errors into text.
    """
    try:
        yield
    except VectormillError:
        raise
    except Exception as error:
        if _is_for_want_of_space(error):
            raise _full(folder) from error
        raise


def _is_for_want_of_space(error: Exception) -> bool:
    # deltalake's and TensorFlow's have no errno.
    wants = (errno.ENOSPC, errno.EDQUOT)
    return getattr(error, "errno", None) in wants or any(os.strerror(number) in str(error) for number in wants)


def _full(where: str) -> RunError:
    return RunError(
        f"the disk of {where} is full: free some space and run the same command again, finished parts are kept"
    )


def disk_trouble(error: OSError, where: str) -> VectormillError:
    """What a failure to write to the table means to the person."""
    if isinstance(error, VectormillError):
        return error
    if _is_for_want_of_space(error):
        return _full(where)
    if isinstance(error, PermissionError | FileNotFoundError | NotADirectoryError) or error.errno == errno.EROFS:
        return RequestError(f"{where} cannot be written: {error.strerror}: check its permissions or give another --to")
    return RunError(f"{where} cannot be written: {error.strerror or one_line(error)}")
