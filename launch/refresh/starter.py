"""Writes a first job file for a corpus, from a look at its names and at the columns of one file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from transforms.common.errors import RequestError
from transforms.corpus import readers
from transforms.corpus.formats import format_of
from transforms.corpus.options import ReadOptions
from transforms.corpus.sources import Source, list_corpus
from transforms.encoders.spec import Modality
from transforms.storage import files

_TEXTS = ("text", "body", "content", "review", "sentence", "document", "description", "abstract", "title", "question")
_IDS = ("id", "uuid", "guid", "key", "uid")
_LABELS = ("label", "class", "category", "topic", "sentiment", "stars", "rating", "target", "queue", "intent")


@dataclass(frozen=True, kw_only=True)
class Look:
    """What is seen of a corpus: its modality, how many sources it has, whether they are documents, the columns of the first."""

    modality: Modality
    sources: int
    columns: tuple[str, ...]
    has_folders: bool
    has_documents: bool


def look(given: str) -> Look:
    """Lists a corpus as text and as images; it is what more of its sources are.

    Raises:
      RequestError: it holds neither.
    """
    found: dict[Modality, list[Source]] = {}
    refusals = []
    for modality in ("text", "image"):
        try:
            found[modality] = list_corpus([given], ReadOptions(modality=modality)).sources
        except RequestError as error:
            refusals.append(error)
    if not found:
        raise refusals[0]
    modality = max(found, key=lambda one: len(found[one]))
    sources = found[modality]
    columns = tuple(readers.columns_of(sources[0], ReadOptions(modality=modality)))
    folders = {source.name.rpartition("/")[0] for source in sources} - {""}
    form = format_of(sources[0].name)
    has_documents = form is not None and form.kind == "document"
    return Look(
        modality=modality,
        sources=len(sources),
        columns=columns,
        has_folders=len(folders) > 1 and not has_documents,
        has_documents=has_documents,
    )


def starter(given: str, *, beside: str) -> str:
    """The text of a job file for a corpus; `beside` is the folder that it will be in.

    Raises:
      RequestError: there is no corpus that can be read.
    """
    seen = look(files.absolute(given))
    name = re.sub(r"[^\w-]+", "-", files.basename(given.rstrip("/*")).partition(".")[0]).strip("-") or "corpus"
    label = _chosen(_LABELS, seen.columns)
    options: list[tuple[str, str | float, str]] = [
        ("inputs", _relative(given, beside), "files, globs or folders; what is new, changed or gone is found by itself")
    ]
    options.append(
        ("encoder", "use-multilingual" if seen.modality == "text" else "nasnet-mobile", "others: vectormill encoders")
    )
    if seen.columns and seen.modality == "text":
        text = _chosen(_TEXTS, seen.columns)
        options.append(("text_column", text or seen.columns[0], f"of {', '.join(seen.columns)}"))
        if identity := _chosen(_IDS, seen.columns):
            options.append(("id_column", identity, "unique, and the same for an item for ever"))
    if seen.has_documents:
        options.append(
            ("documents", True, "README, .txt and the like are documents, too, whatever else comes into the folder")
        )
        options.append(("max_dead_fraction", 0.05, "scanned pages and encrypted files cannot be read"))
        options.append(("chunk", "paragraphs", "an item is a paragraph; or headings, sentences:N, tokens:N"))
    if label is not None:
        options.append(("label_column", label, ""))
    elif seen.has_folders:
        options.append(("labels_from", "folder", "the label of an item is its folder's name"))
    lines = [
        f"# Kept fresh by `vectormill refresh`; all options: `vectormill refresh --schema`. {seen.sources:,} sources were seen.",
        "tables:",
        f"  {name}:",
        *(_line(option, value, why) for option, value, why in options),
        "    contracts:  # a version that differs more from the last one is held back",
        "      rows_lost: 0.2",
        "      duplicates: 0.5",
        "",
    ]
    models = [
        "models:",
        f"  {name}:",
        f"    table: {name}",
        "    min_gain: -0.01  # accuracy: a version that is not clearly worse replaces the last one",
        "",
    ]
    indexes = ["indexes:", f"  {name}:", f"    table: {name}", ""]
    is_labelled = label is not None or seen.has_folders
    return "\n".join(
        [*lines, *(models if is_labelled else [f"# {line}".rstrip() for line in models[:-1]] + [""]), *indexes]
    )


def _line(option: str, value: str | float, why: str) -> str:
    written = yaml.safe_dump({option: value}, allow_unicode=True, width=1_000).strip()
    return f"    {written}{f'  # {why}' if why else ''}"


def _chosen(wanted: Sequence[str], columns: Sequence[str]) -> str | None:
    """The column with the first of these names, else one that has it in its name."""
    lower = {column.lower(): column for column in reversed(columns)}
    exact = next((lower[name] for name in wanted if name in lower), None)
    return exact or next(
        (lower[column] for name in wanted for column in lower if name in re.split(r"[_\W]+", column)), None
    )


def _relative(given: str, beside: str) -> str:
    if not files.is_local(given):
        return given
    path = files.absolute(given)
    return path.removeprefix(beside.rstrip("/") + "/")
