"""Makes files of any bytes: well-written ones with damage, the signs of a format at random, and noise."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Literal

from tests.helpers.random_files import SEPARATORS, File, random_file
from tests.transforms.corpus.readers.writing import COMPRESS, record
from transforms.corpus.options import ReadOptions

Kind = Literal["damaged", "signs", "noise"]

SUFFIXES = {
    "lines": (".txt",),
    "comma": (".csv",),
    "tab": (".tsv",),
    "semicolon": (".csv",),
    "bar": (".csv", ".tsv"),
    "json": (".jsonl", ".json"),
    "parquet": (".parquet",),
    "arrow": (".arrow", ".feather"),
    "tfrecord": (".tfrecord",),
    "tar": (".tar",),
}
# fmt: off
_SIGNS: dict[str, Sequence[bytes]] = {
    "lines": (b"a", b"b ", b"\n", b"\r\n", b"\r", b"\xef\xbb\xbf", b"\xff", b"\0", b"\x0b", "\u2028".encode(), "é".encode()),
    "json": (
        b'{"text":', b'{"text": "a"}', b'{"text": "b", "label": "x"}', b'"text"', b'"a"', b"{", b"}", b"[", b"]", b":", b",",
        b"1", b"-0", b"1e400", b"12345678901234567890123", b"NaN", b"null", b"true", b"\n", b"\n", b"\r\n", b"\r", b" ",
        b"\\", b"\xff", b"\0", b"\xef\xbb\xbf", b'"label":"y"', "é".encode(), b"\x0b",
    ),
}
_SEPARATED: Sequence[bytes] = (
    b"a", b"b", b"c d", b'"', b'"', b'""', b"\n", b"\n", b"\r\n", b"\r", b"'", b" ", b"\0", b"\xff", b"\xef\xbb\xbf", b"sep=;\n",
    b"1", "é".encode(),
)
_INSERTED: Sequence[bytes] = (
    b'"', b",", b"\t", b";", b"|", b"\n", b"\r", b"\r\n", b"\0", b"\0\0\0\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xff", b"'", b"{",
    b"}", b"[", b"\\", b"-1", b"NaN", b"\x1a", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"PAR1", b"ARROW1", b"x" * 600,
)
# fmt: on


def random_bytes(random: Random, form: str, kind: Kind, *, whole: File | None = None) -> File:
    """A file of a format with any content; its rows are not known. `whole`: the one to damage, else it is drawn, too."""
    if kind == "damaged":
        file = _damaged(random, whole or random_file(random, form))
    else:
        content = _signs(random, form) if kind == "signs" else random.randbytes(random.randrange(200))
        codec = random.choice(("", "", "", ".gz", ".bz2", ".zst")) if form not in ("parquet", "arrow") else ""
        name = "in" + random.choice(SUFFIXES[form]) + codec
        packed = content if kind == "noise" and random.random() < 0.2 else COMPRESS[codec](content)
        file = File(name=name, content=packed, options=ReadOptions(modality="text"), rows=[])
    return replace(file, options=_options(random, form, file.options))


def _options(random: Random, form: str, options: ReadOptions) -> ReadOptions:
    """What a second reader of the format understands (a text and perhaps a label, no header), or what was asked for."""
    if options.keep and form not in ("parquet", "arrow", "tar") and random.random() < 0.25:
        return replace(options, text_column=random.choice((options.text_column, None)))
    if form in SEPARATORS:
        is_asked = form in ("semicolon", "bar") or random.random() < 0.5
        return ReadOptions(
            modality="text",
            text_column="0",
            label_column=random.choice((None, "0", "1", "2")),
            header=False,
            delimiter=SEPARATORS[form] if is_asked else None,
            quote=random.choice((None, '"', "", "'")),
            encoding=options.encoding,
        )
    if form == "json":
        label = random.choice((None, "label"))
        return ReadOptions(modality="text", text_column="text", label_column=label, encoding=options.encoding)
    if form in ("parquet", "arrow"):
        return replace(options, keep=())  # Python has no date for every number of days.
    if form == "tar":
        return replace(options, modality="image", keep=())
    return options


def _signs(random: Random, form: str) -> bytes:
    signs = _SIGNS.get(form)
    if signs is None:
        signs = (*_SEPARATED, *[SEPARATORS.get(form, ",").encode()] * 6)
    return b"".join(random.choice(signs) for _ in range(random.randrange(24)))


# ---- damage -----------------------------------------------------------------------------------------------


def _damaged(random: Random, file: File) -> File:
    content = file.content
    if file.name.endswith((".tfrecord", ".tfrecords")) and random.random() < 0.7:
        return replace(file, content=_damaged_records(random, content))
    for _ in range(random.choice((1, 1, 2, 4))):
        content = random.choice(_DAMAGES)(random, content)
    if file.name.endswith(".tar") and random.random() < 0.7:
        content = with_tar_checksums(content)
    return replace(file, content=content)


def _flip(random: Random, data: bytes) -> bytes:
    changed = bytearray(data)
    if changed:
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _cut(random: Random, data: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _range(random: Random, data: bytes) -> tuple[int, int]:
    start = random.randrange(len(data) + 1)
    return start, min(start + random.choice((1, 2, 8, 100, 512)), len(data))


def _drop(random: Random, data: bytes) -> bytes:
    start, stop = _range(random, data)
    return data[:start] + data[stop:]


def _repeat(random: Random, data: bytes) -> bytes:
    start, stop = _range(random, data)
    return data[:stop] + data[start:]


def _swap(random: Random, data: bytes) -> bytes:
    (a, b), (c, d) = sorted((_range(random, data), _range(random, data)))
    return data if b > c else data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def _insert(random: Random, data: bytes) -> bytes:
    place = random.randrange(len(data) + 1)
    return data[:place] + random.choice(_INSERTED) + data[place:]


def _overwrite(random: Random, data: bytes) -> bytes:
    start, stop = _range(random, data)
    return data[:start] + random.randbytes(stop - start) + data[stop:]


_DAMAGES: Sequence[Callable[[Random, bytes], bytes]] = (
    _flip, _flip, _cut, _drop, _repeat, _swap, _insert, _insert, _overwrite
)  # fmt: skip


def _damaged_records(random: Random, content: bytes) -> bytes:
    """Records whose checksums are right and whose contents are not."""
    records: list[bytes] = []
    place = 0
    while place < len(content):
        (length,) = struct.unpack_from("<Q", content, place)
        records.append(content[place + 12 : place + 12 + length])
        place += length + 16
    chosen = random.randrange(len(records))
    return b"".join(
        record(random.choice(_DAMAGES)(random, data) if number == chosen else data)
        for number, data in enumerate(records)
    )


def with_tar_checksums(content: bytes) -> bytes:
    """An archive whose headers have right checksums, so that damage in them is read."""
    fixed = bytearray(content)
    for start in range(0, len(content) - 511, 512):
        if content[start + 257 : start + 262] == b"ustar":
            fixed[start + 148 : start + 156] = b" " * 8
            fixed[start + 148 : start + 156] = b"%06o\0 " % sum(fixed[start : start + 512])
    return bytes(fixed)
