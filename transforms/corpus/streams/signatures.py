"""Recognises by a file's first bytes that it is not what its name says: packed, of another format, or a pointer of Git LFS."""

from __future__ import annotations

import re

from transforms.corpus.formats import FileKind

HEAD = 512
"""Bytes that are looked at."""

_POINTER = re.compile(rb"version https://git-lfs\.github\.com/spec/v1\r?\n")
_SIGNATURES: tuple[tuple[re.Pattern[bytes], FileKind | None, str], ...] = (
    (_POINTER, None, "it is a pointer of Git LFS and not the file, which `git lfs pull` fetches"),
    (re.compile(rb"\x1f\x8b\x08[\x00-\x1f]"), None, "it is packed by gzip: add .gz to its name"),
    (re.compile(rb"BZh[1-9]1AY&SY"), None, "it is packed by bzip2: add .bz2 to its name"),
    (re.compile(rb"\x28\xb5\x2f\xfd"), None, "it is packed by zstd: add .zst to its name"),
    (re.compile(rb"\xfd7zXZ\x00"), None, "it is packed by xz: unpack it"),
    (
        re.compile(rb"PK\x03\x04"),
        "sheet",
        "it is a zip archive or a document of an office program: unpack or export it",
    ),
    (
        re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        "sheet",
        "it is a document of an office program: export it as CSV",
    ),
    (re.compile(rb"%PDF-\d"), None, "it is a PDF: extract its text"),
    (re.compile(rb"SQLite format 3\x00"), None, "it is a database of SQLite: export its table"),
    (re.compile(rb"ARROW1\x00\x00"), "arrow", "it is an Arrow file: name it .arrow"),
    (re.compile(rb"PAR1[\x00-\x1f]"), "parquet", "it is a Parquet file: name it .parquet"),
    (
        re.compile(rb"[^\x00]{1,100}\x00.{156,256}ustar[\x00 ]", re.DOTALL),
        "tar",
        "it is a tar archive: name it .tar, or unpack it",
    ),
    (re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff[\xc0-\xfe]|GIF8[79]a"), "image", "it is an image"),
)


_STARTS = frozenset(b"v\x1fB(\xfdP\xd0%SA\x89\xffG")


def contents_of(head: bytes, kind: FileKind | None = None) -> str | None:
    """What a file is that begins with `head`, and what to do; None where it may well be of its own kind.

    Args:
      kind: the format that its name tells, of which a signature says nothing new.
    """
    if not head or (head[0] not in _STARTS and b"ustar" not in head):
        return None
    found = (words for signature, own, words in _SIGNATURES if (own is None or own != kind) and signature.match(head))
    return next(found, None)


def require_no_other(head: bytes) -> None:
    """Refuses the start of a file that is none of text, in whatever encoding, nor of records.

    Raises:
      OSError: what the file is instead.
    """
    found = contents_of(head[:HEAD])
    if found is not None:
        raise OSError(found)
