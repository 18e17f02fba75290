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


def without_documents(sources: Sequence[Named], *, images: int) -> tuple[list[Named], Counter[str]]:
    """The sources of a folder that are read without --documents, and how many documents are left out, by kind.

    Where there are tables or files of lines, they are what is meant: documents beside them are READMEs and scripts. So they are
    beside more images than documents.

    Args:
      images: how many files of the folder are of the other modality.
    """
    others = [source for source in sources if not _is_document(source.name)]
    documents = len(sources) - len(others)
    if not others and documents >= images:
        return list(sources), Counter()
    return others, Counter(kind_of(source.name) for source in sources if _is_document(source.name))


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
