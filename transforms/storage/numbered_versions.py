"""Publishes and finds numbered versions of models and indexes, each a folder that appears whole.

    NAME/
      7/                    a version, whole from the moment that it has its name
      _candidates/<key>/    the last one that was not good enough, as whole as a version
      _runs/<key>/          unfinished work

A version is built under `_runs` and renamed, which a file system does whole or not at all. Two publishers rename to the same
number: one of them finds the name taken, and fails.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass

from transforms.common.errors import RequestError, RunError
from transforms.storage import files
from transforms.storage.output_folder import require_folder

CANDIDATES, RUNS = "_candidates", "_runs"
_OURS = (CANDIDATES, RUNS, ".")


@dataclass(frozen=True, kw_only=True)
class Versions:
    """The versions of one kind of thing.

    Attributes:
      noun: what it is called: "model".
      marker: the file that every version has, and that is not there before the rest is.
      work: what makes it: "training".
    """

    noun: str
    marker: str
    work: str

    def numbers(self, root: str) -> list[int]:
        """The versions that are there, oldest first; none where `root` is no folder."""
        try:
            names = files.names(root)
        except NotADirectoryError:
            return []
        return sorted(
            int(name) for name in names if name.isdigit() and files.exists(files.join(root, name, self.marker))
        )

    def newest(self, root: str) -> int | None:
        found = self.numbers(root)
        return found[-1] if found else None

    def located(self, path: str) -> tuple[str, int] | None:
        """The folder and the version that a person names: NAME (its newest version) or NAME/7; None where there is none."""
        parent, _, last = path.rstrip("/").rpartition("/")
        if last.isdigit() and files.exists(files.join(path, self.marker)):
            return parent or ".", int(last)
        found = self.newest(path)
        return None if found is None else (path, found)

    def require_writable(self, root: str) -> None:
        """Refuses a target that cannot hold versions, before any work is done.

        Raises:
          RequestError: it is a file, holds something else, or cannot be written to.
        """
        noun = self.noun
        if not files.is_local(root):
            raise RequestError(
                f"--to {root}: {_a(noun)} is published to a local folder; copy the finished version from there"
            )
        require_folder(
            root,
            is_ours=lambda name: name.isdigit() or name.startswith(_OURS),
            takes=f"--to takes a new folder, or one of {_a(noun)}",
            noun=_a(noun),
            unless=lambda names: any(self.numbers(folder) for folder in [root, *(files.join(root, n) for n in names)]),
        )
        try:
            os.makedirs(files.join(root, RUNS), exist_ok=True)
        except OSError as error:
            raise RequestError(f"{root} cannot be written: {error.strerror}: give another --to") from error
        if not os.access(files.join(root, RUNS), os.W_OK):
            raise RequestError(f"{root} cannot be written: check its permissions or give another --to")

    def publish(self, built: str, root: str, *, after: int | None) -> int:
        """Makes the finished folder `built` the version that follows `after` (None: the first), and returns its number.

        Raises:
          RunError: another version was published meanwhile.
        """
        number = (after or 0) + 1
        if self.newest(root) == after:
            try:
                os.rename(built, files.join(root, str(number)))
                return number
            except OSError as error:
                if not os.path.exists(files.join(root, str(number))):
                    raise RunError(f"{root} cannot be written: {error.strerror}") from error
                if self.newest(root) == after:
                    raise RunError(
                        f"{files.join(root, str(number))} is in the way, and is no whole version: delete it and run the"
                        " same command again"
                    ) from error
        raise RunError(
            f"{root} got version {self.newest(root)} from another {self.work} while this one worked, so this"
            f" {self.noun} was compared with one that is no longer in use: run the same command again"
        )

    def set_aside(self, built: str, root: str, name: str) -> str:
        """Keeps what is finished but not published, in place of the candidates before it."""
        folder = files.join(root, CANDIDATES, name)
        shutil.rmtree(files.join(root, CANDIDATES), ignore_errors=True)
        os.makedirs(files.join(root, CANDIDATES), exist_ok=True)
        os.rename(built, folder)
        return folder


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
