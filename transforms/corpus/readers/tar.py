"""Reads WebDataset: a tar file whose members go together by name.

`train/cat/001.jpg`, `train/cat/001.cls` and `train/cat/001.json` are one item with the key `train/cat/001` and the
columns `jpg`, `cls` and `json`; the keys of the JSON object are columns too. A tar of a plain folder tree of images
reads the same way. The image is the member that `image_column` names, or the one with an image's extension. An item
is called `TAR/KEY` unless an id column is named. Members whose name starts with "." are passed over.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any, Self, cast

import orjson
import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.corpus.formats import IMAGE_EXTENSIONS
from transforms.corpus.options import ReadOptions
from transforms.corpus.readers.columns import MAX_BYTES, assemble, label_of
from transforms.corpus.readers.opening import open_stream
from transforms.corpus.sources import Source

_MAX_IMAGES = 64
_PIPE = 1 << 18
_LOOKED_AT = 8


class _Header(tarfile.TarInfo):
    """A member's header. tarfile takes one that is cut off or damaged for the end, which would lose what follows."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        if len(buf) < tarfile.BLOCKSIZE:
            raise tarfile.ReadError("the archive ends before its end mark")
        if not any(buf):
            return super().frombuf(buf, encoding, errors)
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(f"a member's header is damaged ({error})") from error


@dataclass
class _Item:
    key: str
    members: dict[str, bytes] = field(default_factory=dict)

    def column(self, name: str | None) -> str | None:
        """A member's text or a value of the JSON member; None where there is neither."""
        if name is None:
            return None
        if name in self.members:
            return self.members[name].decode("utf-8", "replace").strip()
        value = self._json.get(name)
        return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()

    @property
    def _json(self) -> dict[str, Any]:
        try:
            found = orjson.loads(self.members.get("json", b"{}"))
        except orjson.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def columns(self) -> list[str]:
        return [*self.members, *self._json]

    def image(self, options: ReadOptions) -> bytes | None:
        if options.image_column is not None:
            return self.members.get(options.image_column)
        whole = next((name for name in self.members if name in IMAGE_EXTENSIONS), None)
        # `001.seg.png` beside `001.jpg` is not the image; alone it is.
        name = whole or next((n for n in self.members if n.rpartition(".")[2] in IMAGE_EXTENSIONS), None)
        return None if name is None else self.members[name]


def check(source: Source, options: ReadOptions) -> None:
    """Raises RequestError where the first items lack a column that is asked for, or an image."""
    items = list(islice(_items(source), _LOOKED_AT))
    if not items:
        return
    names = list(dict.fromkeys(name for item in items for name in item.columns))
    wanted = (
        ("--image-column", options.image_column),
        ("--id-column", options.id_column),
        ("--label-column", options.label_column),
        *(("--keep", name) for name in options.keep),
    )
    for option, name in wanted:
        if name is not None and name not in names:
            raise RequestError(
                f"{source.uri}: has no column {name!r}; it has {', '.join(names)}: name one with {option}"
            )
    if all(item.image(options) is None for item in items):
        raise RequestError(
            f"{source.uri}: its first items hold {', '.join(names)} and no image: "
            "name the member that is the image with --image-column"
        )


def read(source: Source, options: ReadOptions, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The items of a source."""
    values: dict[str, list[Any]] = {}
    rows = size = 0
    for item in _items(source):
        image = item.image(options)
        row: dict[str, Any] = {
            "source": source.name,
            "fingerprint": source.fingerprint,
            "payload": image,
            "id": item.column(options.id_column) or None if options.id_column else f"{source.name}/{item.key}",
            "label": _label(item, source, options),
            "error": None,
            **{name: item.column(name) for name in options.keep},
        }
        if rows and (rows >= _MAX_IMAGES or size + len(image or b"") > MAX_BYTES):
            yield assemble(schema, rows, values)
            values, rows, size = {}, 0, 0
        for name, value in row.items():
            values.setdefault(name, []).append(value)
        rows += 1
        size += len(image or b"")
    if rows:
        yield assemble(schema, rows, values)


def _label(item: _Item, source: Source, options: ReadOptions) -> str | None:
    if options.label_column is None and options.labels_from is not None:
        # The key's folder where it has one; else the tar's own.
        inside = options.labels_from == "folder" and "/" in item.key
        return label_of(f"/{item.key}" if inside else source.uri, options)
    return item.column(options.label_column or "cls") or None


def _items(source: Source) -> Iterator[_Item]:
    if source.size == 0:
        return
    item: _Item | None = None
    with (
        open_stream(source) as stream,
        tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|", bufsize=_PIPE, tarinfo=_Header) as archive,
    ):
        for member in archive:
            # Kept for seeking back, which a stream cannot: they would only add up.
            archive.members = []  # type: ignore[attr-defined]
            folder, slash, base = member.name.removeprefix("./").rpartition("/")
            if not member.isreg() or base.startswith("."):
                continue
            name, _, extension = base.partition(".")
            key = folder + slash + name
            if item is None or item.key != key:
                if item is not None:
                    yield item
                item = _Item(key)
            data = archive.extractfile(member)
            item.members[extension.lower()] = data.read() if data is not None else b""
    if item is not None:
        yield item
