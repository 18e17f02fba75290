"""Publishes and finds numbered versions of models and indexes, each a folder that appears whole.

    NAME/
      7/                    a version, whole from the moment that it has its marker
      .commits/7.json       in a store: which upload is version 7, created exclusively: that is the commit
      _candidates/<key>/    the last one that was not good enough, as whole as a version
      _runs/<key>/          unfinished work

On a disk a version is built under `_runs` and renamed, which a file system does whole or not at all. Two publishers rename to the
same number: one of them finds the name taken, and fails.

A store renames no folders. There each publisher uploads into a folder of its own under `_runs`, and then creates the commit,
which the store allows one of them. The version is copied to its number inside the store, its marker last. A publisher that is
killed between the two has committed: who publishes or builds there next makes the copy. One that is killed before has left an
upload, which is removed a week later by who works there then.
"""

from __future__ import annotations

import json
import math
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from transforms.common.errors import RequestError, RunError
from transforms.storage import files, folders, local_disk
from transforms.storage.formats import require_format
from transforms.storage.lease import require_leases
from transforms.storage.output_folder import require_folder

CANDIDATES, RUNS, COMMITS = "_candidates", "_runs", ".commits"
COMMIT_FORMAT = "vectormill-commit-1"
ABANDONED_SECONDS = 7 * 24 * 3600.0
"""After which unfinished work in a store is removed by the next job there, if nothing was written to it meanwhile."""
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
        files.require_file_system(root)
        require_folder(
            root,
            is_ours=lambda name: name.isdigit() or name.startswith(_OURS),
            takes=f"--to takes a new folder, or one of {_a(noun)}",
            noun=_a(noun),
            unless=lambda names: any(self.numbers(folder) for folder in [root, *(files.join(root, n) for n in names)]),
        )
        if not files.is_local(root):
            probe = files.join(root, RUNS, f".probe-{uuid.uuid4().hex[:8]}")
            files.write(probe, b"")
            written = files.entry(probe)
            files.delete([probe])
            self.finish_commits(root)
            _remove_abandoned(root, now=math.inf if written is None else written.modified)
            return
        try:
            files.make_folder(files.join(root, RUNS))
        except OSError as error:
            raise RequestError(f"{root} cannot be written: {error.strerror}: give another --to") from error
        if not os.access(files.join(root, RUNS), os.W_OK):
            raise RequestError(f"{root} cannot be written: check its permissions or give another --to")

    def publish(self, built: str, root: str, *, after: int | None, like: Sequence[str] = ()) -> int:
        """Makes the finished folder `built` the version that follows `after` (None: the first), and returns its number.

        Args:
          built: a local folder; where `root` is local, too, it is moved.
          like: as of `folders.upload`.

        Raises:
          RunError: another version was published meanwhile, or another process took over a lease of this one.
        """
        require_leases()
        number = (after or 0) + 1
        publish = self._rename if files.is_local(root) else self._commit
        if self.newest(root) == after and publish(built, root, number, like):
            return number
        raise RunError(
            f"{root} got version {self.newest(root)} from another {self.work} while this one worked, so this"
            f" {self.noun} was compared with one that is no longer in use: run the same command again"
        )

    def _rename(self, built: str, root: str, number: int, _: Sequence[str]) -> bool:
        folder = files.join(root, str(number))
        try:
            local_disk.rename_folder(built, folder)
            return True
        except OSError as error:
            if not files.exists(folder):
                raise RunError(f"{root} cannot be written: {error.strerror}") from error
            if (self.newest(root) or 0) < number:
                raise RunError(
                    f"{folder} is in the way, and is no whole version: delete it and run the same command again"
                ) from error
            return False

    def _commit(self, built: str, root: str, number: int, like: Sequence[str]) -> bool:
        attempt = f"upload-{uuid.uuid4().hex[:16]}"
        folders.upload(built, files.join(root, RUNS, attempt), like=like)
        commit = json.dumps({"format": COMMIT_FORMAT, "upload": attempt}).encode()
        is_ours = True
        require_leases()
        try:
            files.create(files.join(root, COMMITS, f"{number}.json"), commit)
        except FileExistsError:
            is_ours = False
            folders.remove(files.join(root, RUNS, attempt))
        self.finish_commits(root)
        return is_ours

    def finish_commits(self, root: str) -> None:
        """Copies to their numbers those committed versions of a store that are not there yet."""
        for name in files.names(files.join(root, COMMITS)):
            number = name.removesuffix(".json")
            folder = files.join(root, number)
            if not number.isdecimal() or files.exists(files.join(folder, self.marker)):
                continue
            path = files.join(root, COMMITS, name)
            commit = json.loads(files.read(path))
            require_format(commit.get("format"), COMMIT_FORMAT, where=root, noun=self.noun)
            upload = files.join(root, RUNS, commit["upload"])
            try:
                folders.copy_within(upload, folder, last=self.marker)
            except FileNotFoundError:
                # Another process has just done it; or somebody deleted the upload, and the number is free again.
                if not files.exists(files.join(folder, self.marker)):
                    files.delete([path])
                continue
            folders.remove(upload)

    def set_aside(self, built: str, root: str, name: str) -> str:
        """Keeps what is finished but not published, in place of the candidates before it."""
        folder = files.join(root, CANDIDATES, name)
        folders.remove(files.join(root, CANDIDATES))
        if files.is_local(root):
            files.make_folder(files.join(root, CANDIDATES))
            local_disk.rename_folder(built, folder)
        else:
            folders.upload(built, folder)
        return folder


def _remove_abandoned(root: str, *, now: float) -> None:
    """Removes unfinished work in a store to which nothing was written for a week; there is no lock that says who is at work.

    A publisher that slept for so long finds its upload gone, and its number free (`Versions.finish_commits`).

    Args:
      now: by the store's clock; infinite where it does not say, and nothing is removed.
    """
    if math.isinf(now):
        return
    last: dict[str, float] = {}
    start = files.join(root, RUNS) + "/"
    for entry in files.below(files.join(root, RUNS)):
        name = entry.path.removeprefix(start).partition("/")[0]
        last[name] = max(last.get(name, 0.0), entry.modified)
    for name, written in last.items():
        if now - written > ABANDONED_SECONDS:
            folders.remove(files.join(root, RUNS, name))


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"
