"""Keeps a local folder that changes, and its last saved state in a store, from which another machine goes on."""

from __future__ import annotations

import json
import os
import tempfile
import weakref

from transforms.storage import files, local_disk
from transforms.storage.folder_manifest import digest_of, records_of_local
from transforms.storage.formats import require_format

STATE = "state.json"
FORMAT = "vectormill-state-1"


class Mirror:
    """A folder to work in: `folder` itself where it is local, else one in the temporary folder, with what was last saved.

    In the store files are named by their digests, and `state.json`, which is replaced as a whole, says which file has which name:
    a `save` that is killed leaves the state before it.

    Attributes:
      local: the folder to work in.

    Raises:
      RequestError: a newer release saved the state.
    """

    def __init__(self, folder: str) -> None:
        self._remote = None if files.is_local(folder) else folder
        self.local = folder
        if self._remote is None:
            return
        self.local = tempfile.mkdtemp(prefix="vectormill-")
        weakref.finalize(self, local_disk.remove_tree, self.local)
        for name, digest in self._saved().items():
            path = os.path.join(self.local, name)
            files.write(path, files.read(files.join(folder, digest)))
            if digest_of(path) != digest:  # as good as not saved
                local_disk.remove_tree(self.local)
                files.make_folder(self.local)
                return

    def save(self) -> None:
        """Saves the folder as it is."""
        if self._remote is None:
            return
        before = set(self._saved().values())
        state = {name: str(record.digest) for name, record in records_of_local(self.local).items()}
        for name, digest in state.items():
            if digest not in before:
                with files.open_read(os.path.join(self.local, name)) as content:
                    files.store_of(self._remote).write(files.join(self._remote, digest), content)
        stored = {"format": FORMAT, "files": state}
        files.write(files.join(self._remote, STATE), json.dumps(stored).encode())
        files.delete([files.join(self._remote, digest) for digest in before - set(state.values())])

    def _saved(self) -> dict[str, str]:
        assert self._remote is not None
        try:
            stored = json.loads(files.read(files.join(self._remote, STATE)))
        except FileNotFoundError:
            return {}
        require_format(stored.get("format"), FORMAT, where=self._remote, noun="unfinished training")
        found: dict[str, str] = stored["files"]
        return found
