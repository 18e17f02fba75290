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
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Protocol

import pyarrow as pa

from transforms.common.errors import RequestError, RunError
from transforms.encoders.spec import EncoderSpec
from transforms.storage import files
from transforms.table import ledger
from transforms.table.parts import PartFormat


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
    """One version of a table: its parts with their rows, and the ledger of its sources.

    `table_id` is the table's identity: the same in all its versions, in a copy, and wherever it is moved or mounted;
    another for a table made anew, even of the same corpus.
    """

    table_id: str
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


def commit_number(run: str) -> int:
    """The number that stands for a run in the log: 63 bits of its id's hash."""
    return int.from_bytes(blake2b(run.encode(), digest_size=8).digest(), "big") >> 1


def readable(newest: Snapshot, versions: Iterable[int], snapshot: Callable[[int], Snapshot | None]) -> list[Snapshot]:
    """The newest version and those of the others that can still be read."""
    found = [newest]
    for version in versions:
        if version != newest.version:
            with contextlib.suppress(RequestError):
                past = snapshot(version)
                found += [past] if past is not None else []
    return found


def read_ledger(layout: Layout, commit: int) -> tuple[pa.Table, str]:
    try:
        return ledger.read_ledger(layout.ledger(commit))
    except FileNotFoundError as error:
        raise RequestError(
            f"{layout.ledger(commit)} is missing, half of the table was copied or deleted:"
            " copy the whole folder, or embed into a new one"
        ) from error


def overtaken(root: str, version: int) -> RunError:
    return RunError(
        f"{root} got version {version} from another run while this one worked:"
        " run the same command again, finished parts are kept"
    )
