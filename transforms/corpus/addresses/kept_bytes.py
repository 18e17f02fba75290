"""Keeps fetched images as WebDataset archives, which are the corpus of a next run.

    FOLDER/<shard>-000.tar             members of one name each: KEY.jpg, KEY.json, KEY.cls
    FOLDER/.addresses/<shard>.parquet  which image of which address is where (`_SCHEMA`), written when the archives are whole
    FOLDER/.addresses/table.json       the table whose images these are

KEY is a hash of the item's id, which the JSON has as `id`. After each commit what is no longer current is taken out of the
archives (`tidy`), so that each item of the table is in them once.
"""

from __future__ import annotations

import json
import re
import sys
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from hashlib import blake2b
from io import BytesIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.common.errors import RequestError
from transforms.common.hashes import hashes_of
from transforms.corpus.addresses.states import AddressState
from transforms.encoders.image_formats import format_of_bytes
from transforms.storage import files

MOST_BYTES = 1 << 30
"""Of an archive."""
MOST_ITEMS = 10_000

_INDEX, _OWNER = ".addresses", "table.json"
_NAME = re.compile(r"([0-9a-f]{32})-\d{3,}\.tar\Z")
_SCHEMA = pa.schema([(name, pa.string()) for name in ("archive", "key", "id", "address", "content")])
_SUFFIXES = {"JPEG": "jpg", "TIFF": "tif", "HEIF": "heic", "HEIC": "heic"}
_CAPTIONS = frozenset(("caption", "text"))
_NOT_KEPT = frozenset(("source", "fingerprint", "error", "label", "id", "payload"))


def claim(folder: str, table: str) -> None:
    """Makes a folder that of one table.

    Raises:
      RequestError: it has the images of another one.
    """
    path = files.join(folder, _INDEX, _OWNER)
    if files.exists(path):
        owner = json.loads(files.read(path))["table"]
        if owner != table:
            raise RequestError(
                f"--keep-bytes {folder}: has the images of {owner}: give another folder, or delete {path} if the table was moved"
            )
        return
    files.write(path, json.dumps({"table": table}).encode())


class KeptBytes:
    """What a folder has. Memory: 8 bytes an image."""

    def __init__(self, folder: str) -> None:
        columns = [table["content"].to_pylist() for _, table in _indexes(folder)]
        self._hashes = np.unique(hashes_of(content for column in columns for content in column))

    def has(self, contents: Sequence[str]) -> list[bool]:
        """Which images, by the hash of their bytes, are in the folder."""
        found: list[bool] = np.isin(hashes_of(contents), self._hashes).tolist()
        return found


def is_kept(folder: str, shard: str) -> bool:
    """Whether a shard's images are in the folder."""
    return files.exists(files.join(folder, _INDEX, f"{shard}.parquet"))


class BytesWriter:
    """Writes the images of one shard; whatever a killed run left of it is replaced."""

    def __init__(self, folder: str, shard: str, *, most_bytes: int = MOST_BYTES, most_items: int = MOST_ITEMS) -> None:
        self._folder = folder
        self._shard = shard
        self._most_bytes, self._most_items = most_bytes, most_items
        self._stack = ExitStack()
        self._archive: tarfile.TarFile | None = None
        self._names: list[str] = []
        self._bytes = self._items = 0
        self._rows: list[tuple[str, ...]] = []

    def add(self, state: AddressState, body: bytes, rows: pa.RecordBatch) -> None:
        """Adds an image: the state of its address, and its row as the only one of a batch."""
        (row,) = rows.to_pylist()
        name = row["id"]
        key = blake2b(name.encode(), digest_size=10).hexdigest()
        about = {"id": name, "url": state.address, "etag": state.etag, "last_modified": state.last_modified}
        kept = {column: value for column, value in row.items() if column not in _NOT_KEPT}
        caption = next((value for column, value in kept.items() if column.lower() in _CAPTIONS), None)
        members = {
            _suffix(body): body,
            "json": json.dumps({**kept, **about}, ensure_ascii=False, default=str).encode(),
            **({"cls": str(row["label"]).encode()} if row.get("label") is not None else {}),
            **({"txt": str(caption).encode()} if caption is not None else {}),
        }
        self.add_members(key, members, id=name, address=state.address, content=state.content or "")

    def add_members(self, key: str, members: Mapping[str, bytes], *, id: str, address: str, content: str) -> None:  # noqa: A002
        """Adds the members of an item, by suffix."""
        if self._archive is None or self._bytes >= self._most_bytes or self._items >= self._most_items:
            self._begin()
        assert self._archive is not None, "it was begun"
        for suffix, data in members.items():
            header = tarfile.TarInfo(f"{key}.{suffix}")
            header.size = len(data)
            self._archive.addfile(header, BytesIO(data))
            self._bytes += len(data)
        self._items += 1
        self._rows.append((self._names[-1], key, id, address, content))

    def _begin(self) -> None:
        self._end()
        name = f"{self._shard}-{len(self._names):03}.tar"
        temporary = self._stack.enter_context(files.publish(files.join(self._folder, name)))
        stream = self._stack.enter_context(files.open_write(temporary))
        archive = tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._archive = self._stack.enter_context(archive)
        self._names.append(name)
        self._bytes = self._items = 0

    def _end(self) -> None:
        self._stack.close()
        self._archive = None

    def finish(self) -> None:
        """Makes the archives, and then what is known of them, visible.

        Raises:
          OSError: they cannot be written.
        """
        self._end()
        if self._rows:
            columns = [pa.array(column, pa.string()) for column in zip(*self._rows, strict=True)]
            _write_index(self._folder, self._shard, pa.table(columns, schema=_SCHEMA))

    def abort(self) -> None:
        """Throws away the archive that is being written. To be called while the error is being handled."""
        self._stack.__exit__(*sys.exc_info())


def _suffix(body: bytes) -> str:
    name = format_of_bytes(body).name
    return _SUFFIXES.get(name.upper(), name.lower())


def _write_index(folder: str, shard: str, table: pa.Table) -> None:
    path = files.join(folder, _INDEX, f"{shard}.parquet")
    with files.publish(path) as temporary, files.open_write(temporary) as stream:
        pq.write_table(table, stream, compression="zstd")


def _indexes(folder: str) -> Iterator[tuple[str, pa.Table]]:
    """Shards and what they have, in the order of their names."""
    for name in sorted(files.names(files.join(folder, _INDEX))):
        if name.endswith(".parquet") and not name.startswith("."):
            with files.open_read(files.join(folder, _INDEX, name)) as stream:
                yield name.removesuffix(".parquet"), pq.read_table(stream, schema=_SCHEMA)


def tidy(folder: str, current: Callable[[Sequence[str]], Sequence[AddressState | None]]) -> None:
    """Takes out what is no longer current: images that have changed, of addresses that are gone, or that are there twice.

    Archives are written anew before the old ones are deleted: killed anywhere, the next call finishes.

    Args:
      current: the states of addresses in the table's newest version.
    """
    seen: set[str] = set()
    known: set[str] = set()
    for shard, table in list(_indexes(folder)):
        names = table["id"].to_pylist()
        states = current(table["address"].to_pylist())
        stays = [
            name not in seen and state is not None and state.error is None and state.content == content
            for name, content, state in zip(names, table["content"].to_pylist(), states, strict=True)
        ]
        seen.update(name for name, there in zip(names, stays, strict=True) if there)
        if all(stays):
            known.add(shard)
            continue
        kept = table.filter(pa.array(stays))
        if kept.num_rows:
            text = "\n".join([shard, *kept["key"].to_pylist()])
            known.add(_rewrite(folder, blake2b(text.encode(), digest_size=16).hexdigest(), kept))
        files.delete([files.join(folder, _INDEX, f"{shard}.parquet")])
    for name in files.names(folder):
        match = _NAME.match(name)
        if match and match[1] not in known:
            files.delete([files.join(folder, name)])


def _rewrite(folder: str, shard: str, kept: pa.Table) -> str:
    """Writes the items of a table of an index as another shard, and returns its name."""
    writer = BytesWriter(folder, shard)
    try:
        for archive in kept["archive"].unique().to_pylist():
            rows = kept.filter(pc.equal(kept["archive"], archive)).to_pylist()
            by_key = {row["key"]: row for row in rows}
            for key, members in _items(files.join(folder, archive)):
                if key in by_key:
                    row = by_key[key]
                    writer.add_members(key, members, id=row["id"], address=row["address"], content=row["content"])
        writer.finish()
    except BaseException:
        writer.abort()
        raise
    return shard


def _items(path: str) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Keys and members by suffix of an archive of ours."""
    key, members = "", dict[str, bytes]()
    with files.open_read(path) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            name, _, suffix = member.name.partition(".")
            data = archive.extractfile(member)
            if name != key and members:
                yield key, members
                members = {}
            key = name
            members[suffix] = data.read() if data is not None else b""
    if members:
        yield key, members
