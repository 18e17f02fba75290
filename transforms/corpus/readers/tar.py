"""Reads WebDataset: a tar file whose members go together by name.

`train/cat/001.jpg`, `train/cat/001.cls` and `train/cat/001.json` are one item with the key `train/cat/001` and the
columns `jpg`, `cls` and `json`; the keys of the JSON object are columns too. A tar of a plain folder tree of images
reads the same way: images with further dots in their names (`page.000.png`) are an item each. The image is the member
that `image_column` names, or the one with an image's extension. An item is called `TAR/KEY` unless an id column is
named. Hidden members are passed over. Of archives one behind another (`cat a.tar b.tar`) all are read.
"""

from __future__ import annotations

import tarfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any, cast

import orjson
import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.corpus.formats import IMAGE_EXTENSIONS
from transforms.corpus.hidden import is_hidden
from transforms.corpus.options import ReadOptions
from transforms.corpus.readers.columns import MAX_BYTES, assemble
from transforms.corpus.readers.opening import open_stream
from transforms.corpus.readers.path_columns import label_of
from transforms.corpus.sources import Source

_MAX_IMAGES = 64
_PIPE = 1 << 18
_LOOKED_AT = 8
_MOST_MEMBERS = 16


def _header_class() -> type[tarfile.TarInfo]:
    """A class of members' headers for one archive. tarfile takes one that is cut off or damaged for the end, which would
    lose what follows; and stops at the first end mark, behind which `cat a.tar b.tar` has another archive."""
    ended = False

    class Header(tarfile.TarInfo):
        @classmethod
        def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Header:
            nonlocal ended
            if len(buf) < tarfile.BLOCKSIZE and not ended:
                raise tarfile.ReadError("the archive ends before its end mark")
            if len(buf) < tarfile.BLOCKSIZE or not any(buf):
                ended = True
                return super().frombuf(buf, encoding, errors)
            try:
                header = super().frombuf(buf, encoding, errors)
            except tarfile.HeaderError as error:
                raise tarfile.ReadError(f"a member's header is damaged ({error})") from error
            ended = False
            return header

    return Header


@dataclass
class _Item:
    key: str
    members: dict[str, bytes] = field(default_factory=dict)
    error: str | None = None

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
    items = [item for item in islice(_items(source, options), _LOOKED_AT) if item.error is None]
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
    for item in _items(source, options):
        image = item.image(options)
        row: dict[str, Any] = {
            "source": source.name,
            "fingerprint": source.fingerprint,
            "payload": image,
            "id": item.column(options.id_column) or None if options.id_column else f"{source.name}/{item.key}",
            "label": _label(item, source, options),
            "error": item.error,
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


def _items(source: Source, options: ReadOptions) -> Iterator[_Item]:
    """The items of an archive, or of several one behind another."""
    group: list[tuple[str, bytes]] = []
    key = None
    size = 0
    for name, data in _members(source):
        if data is None:
            yield _Item(name, error=f"LinkInTar: {name} is a link: archive the files themselves (tar --dereference)")
            continue
        folder, slash, base = name.rpartition("/")
        found = folder + slash + base.partition(".")[0]
        enough = len(group) >= _MOST_MEMBERS or size > MAX_BYTES
        if found != key or (enough and _are_items(group, found) and _stem(name) != _stem(group[-1][0])):
            yield from _grouped(key or "", group, options)
            key, group, size = found, [], 0
        group.append((name, data))
        size += len(data)
    yield from _grouped(key or "", group, options)


def _members(source: Source) -> Iterator[tuple[str, bytes | None]]:
    """Names and bytes of an archive's files; None for a link to an image."""
    if source.size == 0:
        return
    with (
        open_stream(source) as stream,
        tarfile.open(
            fileobj=cast(IO[bytes], stream), mode="r|", bufsize=_PIPE, tarinfo=_header_class(), ignore_zeros=True
        ) as archive,
    ):
        for member in archive:
            # Kept for seeking back, which a stream cannot: they would only add up.
            archive.members = []  # type: ignore[attr-defined]
            # Bytes of a name that are not UTF-8 are shown as \\xNN, so that it is an id.
            name = member.name.removeprefix("./").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            if any(is_hidden(part) for part in name.split("/")):
                continue
            if member.isreg():
                data = archive.extractfile(member)
                yield name, data.read() if data is not None else b""
            elif (member.issym() or member.islnk()) and member.linkname and _is_image(name):
                yield name, None


def _grouped(key: str, group: Sequence[tuple[str, bytes]], options: ReadOptions) -> Iterator[_Item]:
    """The items of members whose names are one up to the first dot.

    WebDataset takes them for one item. That they are several images is seen where none of them, or more than one, is called
    by the key and an image's extension alone (`page.000.png` and `page.001.png`; `a.png` and `a.jpg`): then each is an item,
    with the other members of its name up to the last dot.
    """
    if not group:
        return
    members = {name[len(key) + 1 :].lower(): data for name, data in group}
    images = [name for name, _ in group if _is_image(name)]
    plain = [extension for extension in members if extension in IMAGE_EXTENSIONS]
    stems = {_stem(name) for name, _ in group}
    dotted = len(stems) == 1 and len(group) > 1 and key not in stems
    if options.image_column is not None or not images or (not dotted and (len(images) == 1 or len(plain) == 1)):
        yield _Item(key, members)
        return
    shared: dict[str, dict[str, bytes]] = {}
    for name, data in group:
        if not _is_image(name):
            stem, _, extension = name.rpartition(".")
            shared.setdefault(stem, {})[extension.lower()] = data
    counts = Counter(_stem(name) for name in images)
    data_of = dict(group)
    for name in images:
        stem, _, extension = name.rpartition(".")
        own = shared.get(stem, {} if stem == key else shared.get(key, {}))
        yield _Item(stem if counts[stem] == 1 else name, {**own, extension.lower(): data_of[name]})


def _are_items(group: Sequence[tuple[str, bytes]], key: str) -> bool:
    """Whether the members so far are images with dots in their names, which need not wait for the rest."""
    images = [name for name, _ in group if _is_image(name)]
    return len(images) > 1 and all(_stem(name) != key for name in images)


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def _is_image(name: str) -> bool:
    return name.rpartition(".")[2].lower() in IMAGE_EXTENSIONS
