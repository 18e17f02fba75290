"""Decides what of a folder is read that holds documents beside tables, files of lines or images."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from transforms.corpus.documents.suffixes import kind_of_document
from transforms.corpus.formats import format_of, kind_of

_KINDS_NAMED = 3


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Named = TypeVar("Named", bound=_Named)


def without_documents(
    sources: Sequence[Named], *, images: int, may_be_beside_notes: bool = True
) -> tuple[list[Named], Counter[str]]:
    """The sources of a folder that are read without --documents, and how many documents are left out, by kind.

    Where there are tables, they are what is meant, and so are files of lines: documents beside them are READMEs and scripts,
    unless there are more of them (programs do not count). So they are beside more images than documents.

    Args:
      images: how many files of the folder are of the other modality.
      may_be_beside_notes: read them beside a few files of lines.
    """
    others = [source for source in sources if not _is_document(source.name)]
    documents = len(sources) - len(others)
    if documents >= images and (not others or (may_be_beside_notes and _is_beside_notes(sources, others))):
        return list(sources), Counter()
    return others, Counter(kind_of(source.name) for source in sources if _is_document(source.name))


def _is_beside_notes(sources: Sequence[Named], others: Sequence[Named]) -> bool:
    """Whether the files that are no documents are a few texts among many documents."""
    lines = all((form := format_of(source.name)) is not None and form.kind == "lines" for source in others)
    return lines and len(without_code(source.name for source in sources)) > 2 * len(others)


def lines_note(names: Iterable[str]) -> str | None:
    """A word about `.txt` files beside documents, which are read by their lines."""
    kinds = Counter(form.kind for form in map(format_of, names) if form is not None)
    count = kinds["lines"]
    if not count or not kinds["document"]:
        return None
    files = "1 .txt file" if count == 1 else f"{count:,} .txt files"
    return f"{files} beside documents: each line is an item; --documents makes a file one"


def documents_note(left_out: Mapping[str, int]) -> str | None:
    """A word about documents that are not read."""
    count = sum(left_out.values())
    if not count:
        return None
    kinds = sorted(left_out, key=lambda kind: (-left_out[kind], kind))
    shown = ", ".join(kinds[:_KINDS_NAMED]) + (", …" if len(kinds) > _KINDS_NAMED else "")
    return (
        f"{count:,} {'document' if count == 1 else 'documents'} ({shown}) beside tables or files of lines"
        f" {'is' if count == 1 else 'are'} not read: --documents reads them, and .txt files as documents"
    )


def without_code(names: Iterable[str]) -> list[str]:
    """The names without those of programs, of which many differ by their suffix alone: `list.c`, `list.h`."""
    return [name for name in names if not _is_document(name) or kind_of_document(name) != "code"]


def _is_document(name: str) -> bool:
    form = format_of(name)
    return form is not None and form.kind == "document"
