"""Finds a file's format by its name alone, so that listing a corpus opens nothing.

A name is `stem.extension` or `stem.extension.compression`; case does not matter. A shard's number may follow the extension:
`train.tfrecord-00000-of-00010`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from transforms.corpus.documents.suffixes import KINDS, documents_advice, is_plain_name, lacks_package

if TYPE_CHECKING:
    from transforms.corpus.options import ReadOptions
    from transforms.encoders.spec import Modality

FileKind = Literal[
    "lines",
    "json",
    "comma",
    "tab",
    "parquet",
    "arrow",
    "sheet",
    "lance",
    "tfrecord",
    "tar",
    "image",
    "document",
    "database",
]

_KINDS: dict[str, FileKind] = {
    "txt": "lines",
    "jsonl": "json",
    "ndjson": "json",
    "jsonlines": "json",
    "jl": "json",
    "json": "json",
    "csv": "comma",
    "tsv": "tab",
    "tab": "tab",
    "parquet": "parquet",
    "parq": "parquet",
    "pq": "parquet",
    "arrow": "arrow",
    "arrows": "arrow",
    "ipc": "arrow",
    "feather": "arrow",
    "xlsx": "sheet",
    "xlsm": "sheet",
    "xlsb": "sheet",
    "xls": "sheet",
    "ods": "sheet",
    "lance": "lance",
    "tfrecord": "tfrecord",
    "tfrecords": "tfrecord",
    "tfrec": "tfrecord",
    "tar": "tar",
    "jpg": "image",
    "jpeg": "image",
    "jfif": "image",
    "png": "image",
    "webp": "image",
    "gif": "image",
    "bmp": "image",
    "tif": "image",
    "tiff": "image",
    "avif": "image",
    "heic": "image",
    "heif": "image",
    "hif": "image",
    **dict.fromkeys(KINDS, "document"),
}
_CODECS = {"gz": "gzip", "bz2": "bz2", "zst": "zstd", "xz": "xz"}
_TARS = {"tgz": "gzip", "taz": "gzip", "tbz2": "bz2", "tbz": "bz2", "tzst": "zstd", "txz": "xz"}
_HEIF = frozenset(("heic", "heif", "hif"))
_TEXT_ONLY: frozenset[FileKind] = frozenset(("lines", "json", "comma", "tab", "sheet", "document"))
_NO_TABLES: frozenset[FileKind] = frozenset(("lines", "document"))
_IMAGE_ONLY: frozenset[FileKind] = frozenset(("tar", "image"))
# They hold their own compression, or gain nothing from one.
_NEVER_COMPRESSED: frozenset[FileKind] = frozenset(("parquet", "arrow", "sheet", "lance", "image"))

IMAGE_EXTENSIONS = frozenset(extension for extension, kind in _KINDS.items() if kind == "image")


@dataclass(frozen=True)
class Format:
    """What a source is: `codec` is "xz" or a pyarrow codec name; `loose` formats are read only when asked for by name."""

    kind: FileKind
    codec: str | None = None
    loose: bool = False


_FORMATS: dict[tuple[str, str], Format] = {}
for _extension, _kind in _KINDS.items():
    # A folder's .json files are far more often settings and metadata than items.
    _FORMATS[_extension, ""] = Format(_kind, None, _extension == "json")
    if _kind not in _NEVER_COMPRESSED:
        for _suffix, _codec in _CODECS.items():
            _FORMATS[_extension, _suffix] = Format(_kind, _codec, _extension == "json")
for _extension, _codec in _TARS.items():
    _FORMATS[_extension, ""] = Format("tar", _codec)


_SHARD = re.compile(r"-\d+-of-\d+\Z")


def format_of(name: str, *, documents: bool = False) -> Format | None:
    """The format that a file's name stands for; None where it is unknown, or needs a package that is not there.

    Args:
      documents: `.txt` is one document, and so is a text without a suffix: `README`, `changelog.gz`.
    """
    base = name.rsplit("/", 1)[-1].lower()
    parts = [_SHARD.sub("", part) for part in base.rsplit(".", 2)]
    packed = len(parts) == 3 and parts[2] in _CODECS
    extension = parts[1] if packed else parts[-1]
    if (extension in _HEIF and not reads_heif()) or lacks_package(extension):
        return None
    if _KINDS.get(extension) == "sheet" and not reads_sheets():
        return None
    form = _FORMATS.get((extension, parts[2] if packed else "")) if len(parts) > 1 else None
    if documents and form is None:
        plain, _, suffix = base.rpartition(".")
        codec = _CODECS.get(suffix)
        return Format("document", codec) if is_plain_name(plain if codec else base) else None
    return replace(form, kind="document") if documents and form is not None and form.kind == "lines" else form


def kind_of(name: str) -> str:
    """What a file that is not read is counted as: ".md", ".txt.xyz", "without suffix"."""
    # The kind is printed and written down, so bytes of a name that are not UTF-8 are written out.
    base = name.rpartition("/")[2].lower().encode("utf-8", "backslashreplace").decode()
    stem, dot, extension = base.rpartition(".")
    if dot and extension in ("gz", "bz2", "zst", "xz") and "." in stem:
        extension = f"{stem.rpartition('.')[2]}.{extension}"
    return f".{extension}" if dot and stem and len(extension) <= 12 else "without suffix"


@cache
def reads_heif() -> bool:
    """Whether pillow-heif is installed, which reads the photos of many phones."""
    return find_spec("pillow_heif") is not None


@cache
def reads_sheets() -> bool:
    """Whether python-calamine is installed, which reads workbooks."""
    return find_spec("python_calamine") is not None


def sheet_advice(skipped: Mapping[str, int]) -> str | None:
    """What to install, where workbooks were not read for the lack of it."""
    count = sum(skipped.get(f".{extension}", 0) for extension, kind in _KINDS.items() if kind == "sheet")
    if not count or reads_sheets():
        return None
    return f"{count:,} {'workbook needs' if count == 1 else 'workbooks need'} python-calamine: pip install 'vectormill[sheets]'"


def heif_advice(skipped: Mapping[str, int]) -> str | None:
    """What to install, where files of these kinds (".heic", ...) were not read for the lack of it."""
    count = sum(skipped.get(f".{extension}", 0) for extension in _HEIF)
    if not count or reads_heif():
        return None
    return f"{count:,} HEIC {'photo needs' if count == 1 else 'photos need'} pillow-heif: pip install pillow-heif"


def install_advice(skipped: Mapping[str, int], modality: Modality) -> str | None:
    """What to install, so that files of these kinds, which were not read, can be."""
    if modality == "image":
        return heif_advice(skipped)
    return "; ".join(filter(None, (sheet_advice(skipped), documents_advice(skipped)))) or None


def has_no_types(name: str) -> bool:
    """Whether a file of this name holds values as text alone, so that numbers have to be concluded from them."""
    form = format_of(name)
    return form is not None and form.kind in ("comma", "tab", "json")


def fits(form: Format, options: ReadOptions) -> bool:
    """Whether a file of this format can hold items of the modality that is asked for."""
    if options.modality == "text":
        return form.kind not in _IMAGE_ONLY
    # A table of lines can hold images only by naming them, and only a person can say that it does.
    return form.kind not in _TEXT_ONLY or (form.kind not in _NO_TABLES and options.image_column is not None)


def stem(name: str) -> str:
    """The file's name without folder and without the extensions of its format: `a/pos.txt.gz` -> `pos`."""
    base = posixpath.basename(name)
    form = format_of(base)
    if form is None:
        return base
    base = base.rsplit(".", 1)[0]
    return base if form.codec is None or name.lower().rpartition(".")[2] in _TARS else base.rsplit(".", 1)[0]
