"""Describes a feature table on disk: where its files are, what a version holds, what a log of versions promises.

    TABLE/
      part-<shard>.parquet     the parts; which of them count is said by the log alone
      _delta_log/              Delta Lake's log (or manifests for TFRecord parts)
      _dead/<shard>.parquet    dead letters
      _vectormill/ledger/<commit>.parquet, receipts/<shard>.parquet, runs/<run>/

Delta's application transaction holds a number made from the run's id: it names the ledger, so that two runs at once
never write one file, and tells a retried commit that it has happened.

A commit is optimistic: it names the version that it was planned on, and changes nothing if another run was first.
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
from transforms.storage.formats import known_fields, require_format
from transforms.table import ledger
from transforms.table.parts import PartFormat

TABLE_FORMAT = "vectormill-table-1"


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where the rows of a table's version are from, stored in its ledger and in its commit.

    Attributes:
      run: the run that made the version.
      encoder, handle, encoder_fingerprint, modality, dim, precision: of the vectors.
      engine: what computed them: "tensorflow", "openvino" or both, with a comma; "" in tables of earlier releases.
      cosine: their encoder's least cosine to TensorFlow in float32, by the self-checks of the machines that computed them;
        None: it was that, or is not known.
      part_format: of the table.
      inputs: files, globs and folders of the corpus; absolute, but for tables of earlier releases.
      reading: how items were read, `EmbedJob.reading`.
      created: seconds since 1970.
      same_rows: of a compaction, the versions that have the same rows, its own last; empty otherwise.
    """

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
    engine: str = ""
    cosine: float | None = None
    same_rows: tuple[int, ...] = ()

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
        engine: str = "",
        cosine: float | None = None,
    ) -> Provenance:
        """That of a version which is made now."""
        return Provenance(
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
            engine=engine,
            cosine=cosine,
        )

    def to_json(self) -> str:
        return json.dumps({"format": TABLE_FORMAT, **asdict(self)})

    @staticmethod
    def from_json(text: str, *, table: str) -> Provenance:
        """The inverse of `to_json`, for the table at this path.

        Raises:
          RequestError: a newer release wrote it, or it is damaged.
        """
        values = json.loads(text)
        require_format(values.get("format"), TABLE_FORMAT, where=table, noun="table")
        fields = known_fields(Provenance, values, where=f"the ledger of {table}")
        lists = {name: tuple(fields.get(name, ())) for name in ("inputs", "same_rows")}
        return Provenance(**{**fields, **lists})


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """One version of a table: its parts with their rows, and the ledger of its sources.

    `table_id` is the table's identity: the same in all its versions, in a copy, and wherever it is moved or mounted;
    another for a table made anew, even of the same corpus.
    """

    table_id: str
    version: int
    about: Provenance
    schema: pa.Schema
    parts: Mapping[str, int]
    ledger: pa.Table

    @property
    def rows(self) -> int:
        """Of all parts."""
        return sum(self.parts.values())

    @property
    def rows_version(self) -> int:
        """The first version with these rows: this one, or where it is a compaction, the one that was compacted."""
        same = self.about.same_rows
        return same[0] if same and same[-1] == self.version else self.version


@dataclass(frozen=True, kw_only=True)
class NewPart:
    """A part that a commit adds: its file name, rows, and bytes."""

    name: str
    rows: int
    size: int


@dataclass(frozen=True)
class Layout:
    """Names of the files of one table."""

    root: str

    def part(self, name: str) -> str:
        """A part, or another file in the table's folder."""
        return files.join(self.root, name)

    @property
    def receipts(self) -> str:
        """The folder of all receipts."""
        return files.join(self.root, "_vectormill", "receipts")

    def receipt(self, shard: str) -> str:
        """What a finished shard did."""
        return files.join(self.receipts, f"{shard}.parquet")

    def ledger(self, commit: int) -> str:
        """The ledger of the version that this commit made; see `commit_number`."""
        return files.join(self.ledgers, f"{commit:016x}.parquet")

    @property
    def ledgers(self) -> str:
        """The folder of all ledgers."""
        return files.join(self.root, "_vectormill", "ledger")

    def run(self, run: str, name: str) -> str:
        """A file that a run keeps while it works."""
        return files.join(self.root, "_vectormill", "runs", run, name)


class Log(Protocol):
    """Which parts make up which version: Delta Lake's log, or manifests.

    Two runs may commit on one version at the same moment, from two machines: the log makes one file exclusively, so that
    exactly one of them makes the next version. The other raises RunError, changes nothing, and keeps its parts and receipts,
    from which its next try goes on.
    """

    @property
    def is_there(self) -> bool:
        """Whether a log of this kind is in the folder."""
        ...

    def snapshot(self, version: int | None = None) -> Snapshot | None:
        """The given or newest version; None where there is no table yet.

        Raises:
          RequestError: there is no such version, a newer release wrote the table, or another program or a part of it is
            missing.
        """
        ...

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
        """Makes the next version out of `base`, whole or not at all, and returns its number.

        Args:
          data_change: whether the version has other rows than `base`, as readers of a stream of changes are told.

        Raises:
          RunError: another run committed since `base`, or the log cannot be written.
        """
        ...

    def finish_commit(self) -> None:
        """Does what a process that was killed right after its commit left undone."""
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


def read_ledger(layout: Layout, commit: int) -> tuple[pa.Table, Provenance]:
    """Sources and provenance of the version that this commit made.

    Raises:
      RequestError: it is missing, or a newer release wrote it.
    """
    try:
        entries, text = ledger.read_ledger(layout.ledger(commit))
        return entries, Provenance.from_json(text, table=layout.root)
    except FileNotFoundError as error:
        raise RequestError(
            f"{layout.ledger(commit)} is missing, half of the table was copied or deleted:"
            " copy the whole folder, or embed into a new one"
        ) from error


def overtaken(root: str, version: int) -> RunError:
    """The failure of the run that lost."""
    return RunError(
        f"{root} got version {version} from another run while this one worked:"
        " run the same command again, finished parts are kept"
    )
