"""A feature table's versions as manifests: for TFRecord parts, which Delta Lake cannot hold."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.storage import files
from transforms.table import ledger
from transforms.table.snapshot import About, Layout, NewPart, Snapshot, commit_number, overtaken, read_ledger, readable

MANIFEST = "manifest.json"
_MANIFEST_FORMAT = "vectormill-tfrecord-1"


class ManifestLog:
    """TFRecord parts and a `manifest.json`, renamed into place last; earlier ones are kept by number."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def _numbered(self, version: int) -> str:
        return files.join(self._layout.root, "_vectormill", "manifests", f"{version}.json")

    def snapshot(self, version: int | None = None) -> Snapshot | None:
        current = self._layout.part(MANIFEST)
        if not files.exists(current):
            return None
        manifest = _read_manifest(current)
        if version is not None:
            # One with a higher number is what a killed commit left behind.
            if version > manifest["version"] or not files.exists(self._numbered(version)):
                raise RequestError(f"{self._layout.root} has no version {version} that can be read")
            manifest = _read_manifest(self._numbered(version))
        entries, about = read_ledger(self._layout, manifest["commit"])
        return Snapshot(
            table_id=self._table_id(manifest),
            version=manifest["version"],
            about=About.from_json(about),
            schema=pa.ipc.read_schema(pa.py_buffer(bytes.fromhex(manifest["arrow_schema"]))),
            parts={part["path"]: part["rows"] for part in manifest["parts"]},
            ledger=entries,
        )

    def _table_id(self, manifest: dict[str, Any]) -> str:
        """The table's own identity, given at its first commit.

        Manifests of earlier releases have none: there the commit number of the oldest version stands for it, a hash of
        the first run's id, which is copied with the table and never changes.
        """
        if "table_id" in manifest:
            return str(manifest["table_id"])
        first = self._numbered(0)
        oldest = _read_manifest(first) if files.exists(first) else manifest
        return str(oldest.get("table_id", f"{oldest['commit']:016x}"))

    def commit(
        self,
        *,
        base: Snapshot | None,
        schema: pa.Schema,
        adds: list[NewPart],
        removes: list[str],
        entries: pa.Table,
        about: About,
    ) -> int:
        newest = self.snapshot()
        if newest is not None and newest.version > (base.version if base else -1):
            raise overtaken(self._layout.root, newest.version)
        version = base.version + 1 if base else 0
        parts = {name: rows for name, rows in (base.parts if base else {}).items() if name not in set(removes)}
        parts |= {part.name: part.rows for part in adds}
        ledger.write_ledger(self._layout.ledger(commit_number(about.run)), entries, about.to_json())
        manifest = json.dumps(
            {
                "format": _MANIFEST_FORMAT,
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
        files.write(self._numbered(version), manifest)
        files.write(self._layout.part(MANIFEST), manifest)
        return version

    def history(self) -> list[Snapshot]:
        newest = self.snapshot()
        if newest is None:
            return []
        return readable(newest, range(newest.version - 1, -1, -1), self.snapshot)


def _read_manifest(path: str) -> dict[str, Any]:
    try:
        manifest = json.loads(files.read(path))
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict) or manifest.get("format") != _MANIFEST_FORMAT:
        raise RequestError(f"{path} is not that of a feature table: give another --to")
    return manifest
