"""Follows the published versions of an index or a model: the next one is opened and warmed, then it answers.

A request keeps the version that it began with: that is dropped when its last answer is given. What a version needs is opened
before it answers, so that its folder may be deleted meanwhile. A version that cannot be opened (half of it is copied, say) is
tried again at every look, and the one before goes on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from transforms.common.errors import RequestError
from transforms.storage import files
from transforms.storage.numbered_versions import Versions
from transforms.storage.store import Entry

T = TypeVar("T")


class Published(Generic[T]):
    """The newest version of something published, or one version that never changes.

    Args:
      path: NAME, whose newest version is followed, or NAME/7, which is kept.
      versions: how its versions are numbered.
      open_version: opens a folder, and warms what is in it.

    Attributes:
      problem: why the newest version does not answer; "" where it does.

    Raises:
      VectormillError: there is none, or it cannot be opened.
    """

    def __init__(self, path: str, versions: Versions, open_version: Callable[[str], T]) -> None:
        path = path.rstrip("/")
        found = versions.located(path)
        self._open = open_version
        self._versions = versions
        self._looking = threading.Lock()
        self.problem = ""
        if found is None:
            raise RequestError(f"{path} holds no {versions.noun}")
        self.root, number = found
        self.follows = self.root == path
        self._opened = self._marker(number)
        self._current = (number, open_version(files.join(self.root, str(number))))

    @property
    def name(self) -> str:
        return files.basename(self.root)

    @property
    def current(self) -> tuple[int, T]:
        """The number of the version that answers, and the version."""
        return self._current

    def look(self) -> bool:
        """Opens the newest version if it is another one; whether it did.

        One of the same number is another where its last file was written anew: somebody deleted all versions, and built again.
        """
        if not self.follows:
            return False
        with self._looking:
            try:
                number = self._versions.newest(self.root)
                if number is None:
                    self.problem = f"{self.root} holds no version any more"
                    return False
                marker = self._marker(number)
                if number == self._current[0] and marker in (self._opened, None):
                    self.problem = ""
                    return False
                self._current = (number, self._open(files.join(self.root, str(number))))
                self._opened = marker
            except Exception as error:  # whatever is in that folder, the version before goes on
                self.problem = str(error) or type(error).__name__
                return False
            self.problem = ""
            return True

    def _marker(self, number: int) -> Entry | None:
        """The file of a version that is written last; None where it is gone by now."""
        return files.entry(files.join(self.root, str(number), self._versions.marker))
