"""The feature table on disk: where its files are, what a version holds, how a version is committed.

    TABLE/
      part-<shard>.parquet     the parts; which of them count is said by the log alone
      _delta_log/              Delta Lake's log (or manifest.json for TFRecord parts)
      _dead/<shard>.parquet    dead letters
      _vectormill/ledger/<commit>.parquet, receipts/<shard>.parquet, runs/<run>/

Delta's application transaction holds a number made from the run's id: it names the ledger, so that two runs at once
never write one file, and tells a retried commit that it has happened.

A commit is optimistic: it names the version that it was planned on, and loses whole if another run was first.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any, Protocol

import pyarrow as pa

from transforms import files, ledger
from transforms.encoders.spec import EncoderSpec
from transforms.errors import RequestError, RunError
from transforms.parts import PartFormat, read_part

_APPLICATION = "vectormill"
MANIFEST = "manifest.json"
# deltalake takes a path for a URL, and would write into another folder.
_MISREAD = re.compile(r"%[0-9a-fA-F]{2}|\\|[\x00-\x1f\x7f]")
_DRAWING = re.compile(r"\x1b\[[\d;]*m|↳")
_MANIFEST_FORMAT = "vectormill-tfrecord-1"


@dataclass(frozen=True, kw_only=True)
class About:
    """What a version says of itself, stored in its ledger and in its commit."""

    run: str
    encoder: str
    handle: str
    encoder_fingerprint: str
    modality: str
    dim: int
    precision: str
    part_format: PartFormat
    inputs: tuple[str, ...]
    reading: str
    created: float

    @staticmethod
    def of(
        spec: EncoderSpec,
        *,
        fingerprint: str,
        precision: str,
        dim: int,
        run: str,
        part_format: PartFormat,
        inputs: tuple[str, ...],
        reading: str,
    ) -> About:
        return About(
            run=run,
            encoder=spec.name,
            handle=spec.handle,
            encoder_fingerprint=fingerprint,
            modality=spec.modality,
            dim=dim,
            precision=precision,
            part_format=part_format,
            inputs=inputs,
            reading=reading,
            created=time.time(),
        )

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> About:
        values = json.loads(text)
        return About(**{**values, "inputs": tuple(values["inputs"])})


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One version of a table: its parts with their rows, and the ledger of its sources."""

    version: int
    about: About
    schema: pa.Schema
    parts: Mapping[str, int]
    ledger: pa.Table

    @property
    def rows(self) -> int:
        return sum(self.parts.values())


@dataclass(frozen=True, kw_only=True)
class NewPart:
    name: str
    rows: int
    size: int


@dataclass(frozen=True)
class Layout:
    """Names of the files of one table."""

    root: str

    def part(self, name: str) -> str:
        return files.join(self.root, name)

    def receipt(self, shard: str) -> str:
        return files.join(self.root, "_vectormill", "receipts", f"{shard}.parquet")

    def ledger(self, commit: int) -> str:
        return files.join(self.root, "_vectormill", "ledger", f"{commit:016x}.parquet")

    def run(self, run: str, name: str) -> str:
        return files.join(self.root, "_vectormill", "runs", run, name)


class Log(Protocol):
    """Which parts make up which version: Delta Lake's log, or a manifest."""

    def snapshot(self, version: int | None = None) -> Snapshot | None:
        """The given or newest version; None where there is no table yet."""
        ...

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
        """Makes the next version out of `base`, whole or not at all, and returns its number.

        Raises:
          RunError: another run committed since `base`.
        """
        ...

    def history(self) -> list[Snapshot]:
        """The versions that can still be read, newest first."""
        ...


def open_log(root: str, part_format: PartFormat | None = None) -> Log:
    """The log of the table at `root`, new or not; with `part_format` as one to write to.

    Raises:
      RequestError: something else lives there, or a table of the other format.
    """
    layout = Layout(root)
    if part_format is not None and files.is_local(root):
        _refuse_strangers(root)
        if part_format == "parquet" and (found := _MISREAD.search(root)):
            raise RequestError(f"{root}: Delta Lake cannot keep a table at a path with {found[0]!r}: give another --to")
    has_manifest = files.exists(layout.part(MANIFEST))
    has_delta = files.exists(files.join(root, "_delta_log")) or (
        not files.is_local(root) and bool(files.names(files.join(root, "_delta_log")))
    )
    if part_format is not None and (has_manifest or has_delta) and has_manifest != (part_format == "tfrecord"):
        held = "tfrecord" if has_manifest else "parquet"
        raise RequestError(f"{root} holds a {held} table: use --format {held}, or another --to")
    return ManifestLog(layout) if has_manifest or part_format == "tfrecord" else DeltaLog(layout)


def existing(root: str, version: int | None = None) -> Snapshot:
    """A version of a table that must be there, with all its parts."""
    snapshot = open_log(root).snapshot(version)
    if snapshot is None:
        raise RequestError(f"{root} holds no feature table: make one with `vectormill embed INPUT --to {root}`")
    return whole(root, snapshot)


def whole(root: str, snapshot: Snapshot) -> Snapshot:
    """The snapshot, once it is seen that all its parts are there."""
    missing = sorted(set(snapshot.parts) - set(files.names(root)))
    if missing:
        raise RequestError(
            f"version {snapshot.version} of {root} lacks {len(missing)} of its {len(snapshot.parts)} parts ({missing[0]}):"
            " they were deleted, perhaps by another tool's vacuum; use another version, or embed into a new table"
        )
    return snapshot


def _readable(newest: Snapshot, versions: Iterable[int], snapshot: Callable[[int], Snapshot | None]) -> list[Snapshot]:
    """The newest version and those of the others that can still be read."""
    found = [newest]
    for version in versions:
        if version != newest.version:
            with contextlib.suppress(RequestError):
                past = snapshot(version)
                found += [past] if past is not None else []
    return found


def _refuse_strangers(root: str) -> None:
    import os

    if os.path.isfile(root):
        raise RequestError(f"{root} is a file: --to takes the folder of a feature table, new or existing")
    try:
        names = files.names(root)
    except OSError as error:
        raise RequestError(f"{root} cannot be listed: {error.strerror}: give another --to") from error
    ours = ("part-", "_vectormill", "_dead", "_delta_log", MANIFEST, ".")
    strangers = [name for name in names if not name.startswith(ours)]
    if strangers and "_vectormill" not in names:
        raise RequestError(
            f"{root} holds something else ({strangers[0]}{', …' if len(strangers) > 1 else ''}):"
            " --to takes an empty or new folder, or a feature table"
        )


class DeltaLog:
    """A Delta Lake table, written by one transaction per version."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def _table(self, version: int | None = None) -> Any:
        from deltalake import DeltaTable
        from deltalake.exceptions import DeltaError, TableNotFoundError

        if files.is_local(self._layout.root) and not files.exists(files.join(self._layout.root, "_delta_log")):
            return None
        try:
            return DeltaTable(self._layout.root, version=version)
        except TableNotFoundError:
            return None
        except (DeltaError, OverflowError) as error:
            if version is None:
                raise RequestError(f"{self._layout.root}: its Delta log cannot be read: {one_line(error)}") from error
            raise RequestError(f"{self._layout.root} has no version {version} that can be read") from error

    def snapshot(self, version: int | None = None) -> Snapshot | None:
        table = self._table(version)
        if table is None:
            return None
        commit = table.transaction_version(_APPLICATION)
        if commit is None:
            raise RequestError(f"{self._layout.root} is a Delta table that Vectormill did not make: use another --to")
        actions = pa.table(table.get_add_actions())
        parts = dict(zip(actions["path"].to_pylist(), actions["num_records"].to_pylist(), strict=True))
        entries, about = _read_ledger(self._layout, commit)
        told = About.from_json(about)
        schema = pa.schema(table.schema().to_arrow())

        def sources_of(part: str) -> pa.Table:
            columns = ["source", "fingerprint"]
            path = self._layout.part(part)
            return pa.Table.from_batches(read_part(path, schema=schema, part_format="parquet", columns=columns))

        return Snapshot(
            version=table.version(),
            about=told,
            schema=schema,
            parts=parts,
            ledger=ledger.reconciled(entries, parts, sources_of),
        )

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
        from deltalake import CommitProperties, Schema, Transaction
        from deltalake.exceptions import DeltaError
        from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

        now = int(time.time() * 1000)
        commit = commit_number(about.run)
        properties = CommitProperties(
            custom_metadata={"vectormill": about.to_json()},
            max_commit_retries=0,
            app_transactions=[Transaction(_APPLICATION, commit)],
        )
        actions: list[Any] = [
            AddAction(
                path=part.name,
                size=part.size,
                partition_values={},
                modification_time=now,
                data_change=True,
                stats=json.dumps({"numRecords": part.rows}),
            )
            for part in adds
        ]
        ledger.write_ledger(self._layout.ledger(commit), entries, about.to_json())
        delta_schema = Schema.from_arrow(schema)
        try:
            if base is None:
                create_table_with_add_actions(
                    self._layout.root,
                    delta_schema,
                    actions,
                    mode="error",
                    description=f"vectors of {about.encoder} ({about.dim})",
                    commit_properties=properties,
                )
            else:
                actions += [RemoveAction(name, True, now) for name in removes]
                self._table(base.version).create_write_transaction(
                    actions, mode="append", schema=delta_schema, partition_by=[], commit_properties=properties
                )
        except DeltaError as error:
            newest = self.snapshot()
            if newest is not None and newest.version > (base.version if base else -1):
                raise _overtaken(self._layout.root, newest.version) from error
            raise RunError(f"{self._layout.root}: the commit failed: {one_line(error)}") from error
        return base.version + 1 if base else 0

    def history(self) -> list[Snapshot]:
        newest = self.snapshot()
        if newest is None:
            return []
        return _readable(newest, (entry["version"] for entry in self._table().history()), self.snapshot)


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
        entries, about = _read_ledger(self._layout, manifest["commit"])
        return Snapshot(
            version=manifest["version"],
            about=About.from_json(about),
            schema=pa.ipc.read_schema(pa.py_buffer(bytes.fromhex(manifest["arrow_schema"]))),
            parts={part["path"]: part["rows"] for part in manifest["parts"]},
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
        about: About,
    ) -> int:
        newest = self.snapshot()
        if newest is not None and newest.version > (base.version if base else -1):
            raise _overtaken(self._layout.root, newest.version)
        version = base.version + 1 if base else 0
        parts = {name: rows for name, rows in (base.parts if base else {}).items() if name not in set(removes)}
        parts |= {part.name: part.rows for part in adds}
        ledger.write_ledger(self._layout.ledger(commit_number(about.run)), entries, about.to_json())
        manifest = json.dumps(
            {
                "format": _MANIFEST_FORMAT,
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
        return _readable(newest, range(newest.version - 1, -1, -1), self.snapshot)


def commit_number(run: str) -> int:
    """The number that stands for a run in the log: 63 bits of its id's hash."""
    return int.from_bytes(blake2b(run.encode(), digest_size=8).digest(), "big") >> 1


def _read_manifest(path: str) -> dict[str, Any]:
    try:
        manifest = json.loads(files.read(path))
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict) or manifest.get("format") != _MANIFEST_FORMAT:
        raise RequestError(f"{path} is not that of a feature table: give another --to")
    return manifest


def _read_ledger(layout: Layout, commit: int) -> tuple[pa.Table, str]:
    try:
        return ledger.read_ledger(layout.ledger(commit))
    except FileNotFoundError as error:
        raise RequestError(
            f"{layout.ledger(commit)} is missing, half of the table was copied or deleted:"
            " copy the whole folder, or embed into a new one"
        ) from error


def _overtaken(root: str, version: int) -> RunError:
    return RunError(
        f"{root} got version {version} from another run while this one worked:"
        " run the same command again, finished parts are kept"
    )


def one_line(error: Exception) -> str:
    """The message of an error; deltalake's are small coloured trees of several lines."""
    return " ".join(_DRAWING.sub(" ", str(error)).split())[:300] or type(error).__name__
