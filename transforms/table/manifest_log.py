"""Reads and commits a feature table's versions as manifests: for TFRecord parts, which Delta Lake cannot hold.

    manifest.json                                   a copy of the newest, for readers of TFRecord
    _vectormill/manifests/00000000000000000007.json version 7, created exclusively: that is the commit
    _vectormill/manifests/7.json                    version 7 as earlier releases wrote it, just before `manifest.json`

Of two runs that commit on one version one creates the manifest, the other finds it there and fails. A process that is
killed between the two writes has committed; whoever opens the table for writing next makes the copy. Earlier releases
committed by renaming `manifest.json`: a number without leading zeros above the version of that copy was left behind by one
that was killed, and counts for nothing. The longer names never clash with it.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from transforms.common.errors import RequestError, RunError
from transforms.storage import files
from transforms.storage.formats import format_number, known_fields, require_format
from transforms.storage.lease import require_leases
from transforms.table import ledger
from transforms.table.snapshot import (
    Layout,
    NewPart,
    Provenance,
    Snapshot,
    commit_number,
    overtaken,
    read_ledger,
    readable,
)

MANIFEST = "manifest.json"
_FORMAT = "vectormill-tfrecord-1"
_DIGITS = 20
"""As in the names of Delta Lake's log."""


@dataclass(frozen=True, kw_only=True)
class _Manifest:
    """What is read of a manifest."""

    version: int
    commit: int
    parts: list[dict[str, Any]]
    arrow_schema: str
    table_id: str | None = None


@dataclass(frozen=True)
class ManifestLog:
    """The log of a table of TFRecord parts."""

    layout: Layout

    @property
    def is_there(self) -> bool:
        """Whether the folder holds such a table, or another program's `manifest.json`."""
        return files.exists(self.layout.part(MANIFEST)) or bool(self._committed())

    def snapshot(self, version: int | None = None) -> Snapshot | None:
        manifest = self._newest()
        if manifest is None:
            return None
        if version is not None and version != manifest.version:
            past = self._read(version) if 0 <= version < manifest.version else None
            if past is None:
                raise RequestError(f"{self.layout.root} has no version {version} that can be read")
            manifest = past
        entries, provenance = read_ledger(self.layout, manifest.commit)
        return Snapshot(
            table_id=self._table_id(manifest),
            version=manifest.version,
            about=provenance,
            schema=pa.ipc.read_schema(pa.py_buffer(bytes.fromhex(manifest.arrow_schema))),
            parts={part["path"]: part["rows"] for part in manifest.parts},
            ledger=entries,
        )

    def commit(
        self,
        *,
        base: Snapshot | None,
        schema: pa.Schema,
        adds: list[NewPart],
        removes: list[str],
        entries: pa.Table,
        about: Provenance,
        data_change: bool = True,
    ) -> int:
        root = self.layout.root
        version = base.version + 1 if base else 0
        newest = self._newest()
        if newest is not None and newest.version >= version:
            raise overtaken(root, newest.version)
        parts = {name: rows for name, rows in (base.parts if base else {}).items() if name not in set(removes)}
        parts |= {part.name: part.rows for part in adds}
        ledger.write_ledger(self.layout.ledger(commit_number(about.run)), entries, about.to_json())
        manifest = json.dumps(
            {
                "format": _FORMAT,
                "table_id": base.table_id if base else str(uuid.uuid4()),
                "version": version,
                "commit": commit_number(about.run),
                "rows": sum(parts.values()),
                "encoder": json.loads(about.to_json()),
                "parts": [{"path": name, "rows": rows} for name, rows in sorted(parts.items())],
                "arrow_schema": schema.serialize().to_pybytes().hex(),
            },
            indent=1,
        ).encode()
        require_leases()
        try:
            files.create(self._path(version), manifest)
        except FileExistsError as error:
            newest = self._newest()
            if newest is not None and newest.version >= version:
                raise overtaken(root, newest.version) from error
            raise RunError(
                f"{self._path(version)} is in the way, and is no whole manifest: delete it and run the same command again"
            ) from error
        self.finish_commit()
        return version

    def finish_commit(self) -> None:
        # Where another commit comes between, its copy is overwritten with an older one here, and then made again.
        while (newest := self._uncopied()) is not None:
            files.write(self.layout.part(MANIFEST), files.read(self._path(newest.version)))

    def history(self) -> list[Snapshot]:
        newest = self.snapshot()
        if newest is None:
            return []
        return readable(newest, range(newest.version - 1, -1, -1), self.snapshot)

    def _path(self, version: int) -> str:
        return files.join(self.layout.root, "_vectormill", "manifests", f"{version:0{_DIGITS}}.json")

    def _path_of_earlier_releases(self, version: int) -> str:
        return files.join(self.layout.root, "_vectormill", "manifests", f"{version}.json")

    def _committed(self) -> list[int]:
        """Versions whose manifest was created exclusively, oldest first."""
        try:
            found = files.names(files.join(self.layout.root, "_vectormill", "manifests"))
        except NotADirectoryError:  # the root is a file
            return []
        names = [name.partition(".") for name in found]
        return sorted(
            int(stem) for stem, _, end in names if len(stem) == _DIGITS and stem.isdecimal() and end == "json"
        )

    def _newest(self) -> _Manifest | None:
        return self._uncopied() or self._copied()

    def _copied(self) -> _Manifest | None:
        path = self.layout.part(MANIFEST)
        if not files.exists(path):
            return None
        manifest = self._parsed(path)
        if manifest is None:
            raise RequestError(f"{path} is not that of a feature table: give another --to")
        return manifest

    def _uncopied(self) -> _Manifest | None:
        """The newest manifest that is newer than the copy at the root; None where that is up to date."""
        copied = self._copied()
        for version in reversed(self._committed()):
            if copied is not None and version <= copied.version:
                break
            if (manifest := self._parsed(self._path(version))) is not None:
                return manifest
        return None

    def _read(self, version: int) -> _Manifest | None:
        for path in (self._path(version), self._path_of_earlier_releases(version)):
            if files.exists(path):
                return self._parsed(path)
        return None

    def _parsed(self, path: str) -> _Manifest | None:
        """None where it is half written, or not of a feature table."""
        try:
            values = json.loads(files.read(path))
        except ValueError:
            return None
        if not isinstance(values, dict) or "format" not in values or format_number(values["format"], _FORMAT) is None:
            return None
        require_format(values["format"], _FORMAT, where=self.layout.root, noun="table")
        return _Manifest(**known_fields(_Manifest, values, where=path))

    def _table_id(self, manifest: _Manifest) -> str:
        """The table's own identity, given at its first commit.

        Manifests of earlier releases have none: there the commit number of the oldest version stands for it, a hash of
        the first run's id, which is copied with the table and never changes.
        """
        oldest = manifest if manifest.table_id is not None else self._read(0) or manifest
        return oldest.table_id or f"{oldest.commit:016x}"
