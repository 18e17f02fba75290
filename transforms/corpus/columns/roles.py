"""Finds out what each column of a source is for: text or image, id, label, or kept as it is."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from unicodedata import normalize

import pyarrow as pa

from transforms.common.errors import RequestError
from transforms.corpus.columns.column_types import has_bytes, is_binary, is_image_struct, is_list, is_text
from transforms.corpus.columns.path_columns import columns_of_path
from transforms.corpus.options import ReadOptions

_TEXT_NAMES = """
text sentence content body document headline headline_text title abstract review comment description question query
message tweet summary caption
"""
_IMAGE_NAMES = "image/encoded image img picture photo jpg jpeg png webp image_bytes bytes"
_URI_NAMES = "image_uri image_url image_path image_file"
# A table of texts may well have these, too.
_LOOSE_URI_NAMES = "uri url path file_path filepath file_name filename file"
_RESERVED = frozenset(("source", "fingerprint", "payload", "id", "label", "error", "parent"))


@dataclass(frozen=True, kw_only=True)
class Roles:
    """What the columns of one source are for.

    Attributes:
      payload: of several, the values are joined by a space; what is missing or empty is left out.
      by_uri: the payload names files that hold the images.
      constants: columns that the file lacks: one value for all its rows, from its folders' names (`label=pos/`), or null.
      classes: what the label's integers stand for, where the source says so.
      lacking: those of them that other files have, and keys of JSON that stand there under another spelling.
    """

    payload: tuple[str, ...]
    by_uri: bool
    id: str | None
    label: str | None
    keep: tuple[str, ...]
    constants: Mapping[str, str | None] = field(default_factory=dict)
    lacking: tuple[str, ...] = ()
    classes: tuple[str, ...] | None = None

    @property
    def columns(self) -> list[str]:
        """Every column that has to be read, once."""
        named = (*self.payload, self.id, self.label, *self.keep)
        return list(dict.fromkeys(name for name in named if name is not None and name not in self.constants))


def choose(
    schema: pa.Schema,
    options: ReadOptions,
    uri: str,
    *,
    label: Sequence[str] = (),
    folders: Mapping[str, str | None] | None = None,
    missing: Container[str] = (),
    has_free_keys: bool = False,
) -> Roles:
    """Finds each role's column in a source's schema.

    Args:
      schema: the columns there are.
      options: what was asked for.
      uri: for the message.
      label: names that hold the label by the format's own convention.
      folders: columns that it has beside those in it; None: those of its folders' names.
      missing: columns that this source may lack, since others of the corpus have them.
      has_free_keys: rows may have further columns, as in JSON lines.

    Raises:
      RequestError: a column is not there, or no column is clearly the payload.
    """
    folders = columns_of_path(uri) if folders is None else folders
    constants: dict[str, str | None] = {}
    lacking: list[str] = []
    for option, name in (
        *(("--text-column", name) for name in (_asked_texts(schema, options) if options.modality == "text" else ())),
        ("--image-column", options.image_column if options.modality == "image" else None),
        ("--id-column", options.id_column),
        ("--label-column", options.label_column),
        *(("--keep", name) for name in options.keep),
    ):
        if name is None:
            continue
        found = schema.get_all_field_indices(name)
        if not found and name in folders:
            constants[name] = folders[name]
            continue
        if not found and name in missing and not has_free_keys and option != "--id-column":
            constants[name] = None
            lacking.append(name)
            continue
        if not found and name in missing:
            if name.strip().lower() in (other.strip().lower() for other in schema.names):
                lacking.append(name)
            continue
        if not found:
            raise RequestError(f"{uri}: has no column {name!r}; {_offer(schema, option)}")
        _require_single(schema, name, uri)
        if option != "--keep" and not name == options.image_column and pa.types.is_nested(schema.field(name).type):
            raise RequestError(
                f"{uri}: column {name!r} holds {schema.field(name).type}, not one value; {_offer(schema, option)}"
            )
    for name in options.keep:
        if name in _RESERVED:
            raise RequestError(f"--keep {name}: a feature table has a column of that name already; leave it out")
    find = _text_columns if options.modality == "text" else _image_columns
    payload = find(schema, options, uri, constants, missing if has_free_keys else ())
    for name in payload:
        _require_single(schema, name, uri)
    by_uri = options.modality == "image" and (payload[0] not in schema.names or is_text(schema.field(payload[0]).type))
    found_label = options.label_column
    if found_label is None and options.labels_from is None:
        found_label = next((name for name in label if name in schema.names), None)
    return Roles(
        payload=payload,
        by_uri=by_uri,
        id=options.id_column,
        label=found_label,
        keep=options.keep,
        constants=constants,
        lacking=tuple(dict.fromkeys(lacking)),
    )


def _require_single(schema: pa.Schema, name: str, uri: str) -> None:
    found = schema.get_all_field_indices(name)
    if len(found) > 1:
        raise RequestError(f"{uri}: has {len(found)} columns named {name!r}: rename all but one")


def asked_columns(options: ReadOptions) -> tuple[str, ...]:
    """The names of all columns that are asked for."""
    texts = [name.strip() for name in (options.text_column or "").split(",")]
    named = (options.text_column, *texts, options.image_column, options.id_column, options.label_column, *options.keep)
    return tuple(name for name in named if name)


def _asked_texts(schema: pa.Schema, options: ReadOptions) -> tuple[str, ...]:
    """`title,abstract` names two columns, unless there is one of just that name."""
    asked = options.text_column
    if asked is None or asked in schema.names:
        return () if asked is None else (asked,)
    return tuple(name.strip() for name in asked.split(",") if name.strip()) or (asked,)


def _text_columns(
    schema: pa.Schema, options: ReadOptions, uri: str, constants: Container[str], missing: Container[str]
) -> tuple[str, ...]:
    asked = tuple(name for name in _asked_texts(schema, options) if name not in constants)
    if options.text_column is not None and not asked:
        raise RequestError(f"{uri}: has no column {options.text_column!r}; {_offer(schema, '--text-column')}")
    for name in asked:
        if name not in schema.names and name in missing:
            continue
        if pa.types.is_null(schema.field(name).type):
            continue
        if not (is_text(schema.field(name).type) or is_binary(schema.field(name).type)):
            raise RequestError(
                f"{uri}: column {name!r} holds {schema.field(name).type}, not text; {_offer(schema, '--text-column')}"
            )
    if asked:
        return asked
    texts = [field.name for field in schema if is_text(field.type)]
    binaries = [field.name for field in schema if is_binary(field.type) or has_bytes(field.type)]
    # A column of nulls may be the text of a file that has none: another column must not take its place.
    nulls = [field.name for field in schema if pa.types.is_null(field.type)]
    named = _by_name([*texts, *binaries, *nulls], _TEXT_NAMES)
    if named is None and _by_name(binaries, _IMAGE_NAMES) is not None:
        raise RequestError(
            f"{uri}: holds images but the encoder takes text: use an image encoder such as nasnet-mobile"
        )
    if named is None:
        taken = {options.id_column, options.label_column, *options.keep}
        free = [name for name in texts if name not in taken] or texts
        named = free[0] if len(free) == 1 else None
    if named is None:
        raise RequestError(f"{uri}: cannot tell which column holds the text; {_offer(schema, '--text-column')}")
    return (named,)


def _image_columns(
    schema: pa.Schema, options: ReadOptions, uri: str, constants: Container[str], missing: Container[str]
) -> tuple[str, ...]:
    name = options.image_column
    usable = [f.name for f in schema if is_binary(f.type) or is_image_struct(f.type)]
    if name is not None:
        if name in constants:
            raise RequestError(f"{uri}: has no column {name!r}; {_offer(schema, '--image-column')}")
        if name not in schema.names and name in missing:
            return (name,)
        if is_list(schema.field(name).type):
            raise RequestError(f"{uri}: column {name!r} holds {schema.field(name).type}: {_ONE_IMAGE_A_ROW}")
        if name not in usable and not is_text(schema.field(name).type):
            raise RequestError(
                f"{uri}: column {name!r} holds {schema.field(name).type}, neither images nor paths; "
                f"{_offer(schema, '--image-column')}"
            )
        return (name,)
    texts = [field.name for field in schema if is_text(field.type)]
    named = _by_name(usable, _IMAGE_NAMES) or (usable[0] if len(usable) == 1 else None)
    named = named or _by_name(texts, f"{_URI_NAMES} {_IMAGE_NAMES}")
    if named is None and _by_name(texts, _TEXT_NAMES) is not None:
        raise RequestError(
            f"{uri}: holds text but the encoder takes images: use a text encoder such as use-multilingual; "
            f"if it names images, {_offer(schema, '--image-column')}"
        )
    named = named or _by_name(texts, _LOOSE_URI_NAMES)
    lists = [field.name for field in schema if is_list(field.type)]
    several = None if named is not None else _by_name(lists, f"{_IMAGE_NAMES} images imgs pictures photos")
    if several is not None:
        raise RequestError(f"{uri}: column {several!r} holds {schema.field(several).type}: {_ONE_IMAGE_A_ROW}")
    if named is None:
        raise RequestError(f"{uri}: cannot tell which column holds the images; {_offer(schema, '--image-column')}")
    return (named,)


_ONE_IMAGE_A_ROW = "write one row an image (DataFrame.explode), with the bytes of its file or its path, not its pixels"


def _by_name(names: Sequence[str], wanted: str) -> str | None:
    lowered = {name.lower(): name for name in reversed(names)}
    return next((lowered[name] for name in wanted.split() if name in lowered), None)


def _offer(schema: pa.Schema, option: str) -> str:
    names = [name if len(name) <= 40 else name[:37] + "..." for name in schema.names]
    # A blank at the end, a mark of zero width or a letter in two parts would make a name look like the one that is not there.
    names = [name if name and name.isprintable() and name == name.strip() else repr(name) for name in names]
    names = [name if name == normalize("NFC", name) else ascii(name) for name in names]
    shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
    return f"it has {shown or 'no columns'}: name one with {option}"
