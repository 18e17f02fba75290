"""Reads WebDataset: a tar file whose members go together by name.

`train/cat/001.jpg`, `train/cat/001.cls` and `train/cat/001.json` are one item with the key `train/cat/001` and the
columns `jpg`, `cls` and `json`; the keys of the JSON object are columns too. A tar of a plain folder tree of images
reads the same way: images with further dots in their names (`page.000.png`) are an item each. The image is the member
that `image_column` names, or the one with an image's extension. An item is called `TAR/KEY` unless an id column is
named. Hidden members are passed over. Of archives one behind another (`cat a.tar b.tar`) all are read.

An item is a dead letter where its image, or a value that is asked for, cannot be had: a link, a member that comes again
later, members without an image, text that is not UTF-8, JSON that is broken.
"""

from __future__ import annotations

import re
import tarfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import IO, Any, cast

import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.corpus.columns.batches import MAX_BYTES, assemble
from transforms.corpus.columns.path_columns import label_of, label_of_source
from transforms.corpus.formats import IMAGE_EXTENSIONS
from transforms.corpus.hidden import is_hidden
from transforms.corpus.options import ReadOptions
from transforms.corpus.readers.json_lines import NO_OBJECT, as_json_text, exact_object
from transforms.corpus.sources import Source
from transforms.corpus.streams.opening import open_stream

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


@dataclass(frozen=True)
class _Link:
    """A member without bytes of its own."""

    is_hard: bool

    def fault(self, name: str) -> str:
        cure = "tar --hard-dereference" if self.is_hard else "tar --dereference"
        return f"LinkInTar: {name} is a link: archive the files themselves ({cure})"


_Content = bytes | _Link


@dataclass
class _Item:
    """Members of one name, by what follows it, in lower case; `error` says why they are no item."""

    key: str
    members: dict[str, _Content] = field(default_factory=dict)
    error: str | None = None

    def column(self, name: str | None) -> str | None:
        """A member's text or a value of the JSON member; None where there is neither, or where it is broken: see `error`."""
        if name is None:
            return None
        if name in self.members:
            return self._text(name)
        value = self._json.get(name)
        if value is None and self._broken_json is not None:
            self.error = self.error or self._broken_json
        return as_json_text(value)

    def _text(self, name: str) -> str | None:
        content = self.members[name]
        if isinstance(content, _Link):
            self.error = self.error or content.fault(f"{self.key}.{name}")
            return None
        try:
            return content.decode("utf-8-sig").strip()
        except UnicodeDecodeError:
            if name.rpartition(".")[2] not in IMAGE_EXTENSIONS:
                self.error = self.error or f"NotUTF8: {self.key}.{name} is not UTF-8: convert it"
            return None

    @cached_property
    def _parsed(self) -> dict[str, Any] | str:
        """The JSON member, or what is wrong with it: "Kind: message"."""
        content = self.members.get("json", b"{}")
        return content.fault(f"{self.key}.json") if isinstance(content, _Link) else exact_object(content)

    @property
    def _json(self) -> dict[str, Any]:
        return self._parsed if isinstance(self._parsed, dict) else {}

    @property
    def _broken_json(self) -> str | None:
        if isinstance(self._parsed, dict):
            return None
        fault = "it is no object" if self._parsed == NO_OBJECT else self._parsed.partition(": ")[2]
        return f"BrokenSidecar: {self.key}.json cannot be read as JSON: {fault}"

    @property
    def columns(self) -> list[str]:
        return [*self.members, *self._json]

    def image(self, options: ReadOptions) -> bytes | None:
        """The encoded image; None where there is none: see `error`."""
        name = options.image_column
        if name is None:
            whole = next((name for name in self.members if name in IMAGE_EXTENSIONS), None)
            # `001.seg.png` beside `001.jpg` is not the image; alone it is.
            name = whole or next((n for n in self.members if n.rpartition(".")[2] in IMAGE_EXTENSIONS), None)
        content = None if name is None else self.members.get(name)
        if isinstance(content, bytes):
            return content
        if isinstance(content, _Link):
            self.error = self.error or content.fault(f"{self.key}.{name}")
        elif self.error is None:
            self.error = (
                f"NoImage: {self.key} has {', '.join(self.members) or 'no extension'} and no image: the members of an item"
                " must lie one behind another in the archive"
            )
        return None


def check(source: Source, options: ReadOptions) -> None:
    """Raises RequestError where the first items lack a column that is asked for, or an image."""
    items = [item for item in islice(_items(source, options), _LOOKED_AT) if item.error is None]
    if not items:
        return
    names = list(dict.fromkeys(name for item in items for name in item.columns))
    shown = ", ".join(name if name.isprintable() else repr(name) for name in names)
    wanted = (
        ("--image-column", options.image_column),
        ("--id-column", options.id_column),
        ("--label-column", options.label_column),
        *(("--keep", name) for name in options.keep),
    )
    for option, name in wanted:
        if name is not None and name not in names:
            raise RequestError(f"{source.uri}: has no column {name!r}; it has {shown}: name one with {option}")
    if all(item.image(options) is None for item in items):
        raise RequestError(
            f"{source.uri}: its first items hold {shown} and no image: "
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
            **{name: item.column(name) for name in options.keep},
        }
        row["error"] = item.error
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
        return label_of(f"/{item.key}", options) if inside else label_of_source(source, options)
    if options.label_column is None and "cls" not in item.columns:
        return None
    return item.column(options.label_column or "cls") or None


def _items(source: Source, options: ReadOptions) -> Iterator[_Item]:
    """The items of an archive, or of several one behind another."""
    group: list[tuple[str, _Content]] = []
    key = None
    size = 0
    for name, data in _members(source):
        folder, slash, base = name.rpartition("/")
        found = folder + slash + base.partition(".")[0]
        enough = len(group) >= _MOST_MEMBERS or size > MAX_BYTES
        if found != key or (enough and _are_items(group, found) and _stem(name) != _stem(group[-1][0])):
            yield from _grouped(key or "", group, options)
            key, group, size = found, [], 0
        group.append((name, data))
        size += len(data) if isinstance(data, bytes) else 0
    yield from _grouped(key or "", group, options)


_ROOT = re.compile(r"\A(?:\.?/)+")


def _members(source: Source) -> Iterator[tuple[str, _Content]]:
    """Names and bytes of an archive's files and links, from the root on."""
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
            name = _ROOT.sub("", member.name).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            if any(is_hidden(part) for part in name.split("/")):
                continue
            if member.isreg():
                data = archive.extractfile(member)
                yield name, data.read() if data is not None else b""
            # One that has no extension is a folder's, most likely.
            elif (member.issym() or member.islnk()) and member.linkname and "." in name.rpartition("/")[2]:
                yield name, _Link(member.islnk())


def _grouped(key: str, group: Sequence[tuple[str, _Content]], options: ReadOptions) -> Iterator[_Item]:
    """The items of members whose names are one up to the first dot.

    WebDataset takes them for one item. That they are several images is seen where none of them, or more than one, is called
    by the key and an image's extension alone (`page.000.png` and `page.001.png`; `a.png` and `a.jpg`): then each is an item,
    with the other members of its name up to the last dot.
    """
    data_of = dict(group)
    for name, count in Counter(name for name, _ in group).items():
        for _ in range(count - 1):
            yield _Item(name, error=f"TwiceInTar: {name} comes again later in the archive, and the last one counts")
    group = list(data_of.items())
    if not group:
        return
    members = {name[len(key) + 1 :].lower(): data for name, data in group}
    images = [name for name, _ in group if _is_image(name)]
    plain = [name for name in images if _stem(name) == key]
    stems = {_stem(name) for name, _ in group}
    dotted = len(stems) == 1 and len(group) > 1 and key not in stems
    if options.image_column is not None or not images or (not dotted and (len(images) == 1 or len(plain) == 1)):
        yield _Item(key, members)
        return
    shared: dict[str, dict[str, _Content]] = {}
    for name, data in group:
        if not _is_image(name):
            stem, _, extension = name.rpartition(".")
            shared.setdefault(stem, {})[extension.lower()] = data
    counts = Counter(_stem(name) for name in images)
    for name in images:
        stem, _, extension = name.rpartition(".")
        own = shared.get(stem, {} if stem == key else shared.get(key, {}))
        yield _Item(stem if counts[stem] == 1 else name, {**own, extension.lower(): data_of[name]})


def _are_items(group: Sequence[tuple[str, _Content]], key: str) -> bool:
    """Whether the members so far are images with dots in their names, which need not wait for the rest."""
    images = [name for name, _ in group if _is_image(name)]
    return len(images) > 1 and all(_stem(name) != key for name in images)


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def _is_image(name: str) -> bool:
    return name.rpartition(".")[2].lower() in IMAGE_EXTENSIONS
