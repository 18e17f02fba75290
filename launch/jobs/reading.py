"""Makes `ReadOptions` of the options that say how a corpus is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from launch.jobs.given import Names, Path, names_of, path_of
from transforms.common.errors import RequestError
from transforms.corpus.chunks.chunking import Chunking
from transforms.corpus.options import ReadOptions
from transforms.corpus.streams.encoding import require_encoding
from transforms.encoders.spec import EncoderSpec, Modality

LabelsFrom = Literal["folder", "file"]


def other_tower(spec: EncoderSpec, inputs: Sequence[str], reading: Callable[[Modality], ReadOptions]) -> str | None:
    """The handle of the text tower, where an encoder has two and a corpus holds texts; None: the encoder is the right one.

    A corpus that can be read as images holds images. Listed and looked into it is only for an encoder of two towers whose handle
    does not say which is meant.

    Args:
      reading: makes the options by which the corpus is read as a modality.

    Raises:
      RequestError: it can be read neither as images nor as texts; the message is of its reading as images.
    """
    from transforms.encoders import handles

    if not spec.two_towers or handles.parse_folder(spec.handle).modality is not None:
        return None
    options = reading("image")
    texts = handles.with_modality(spec.handle, "text")
    if options.image_column is not None:
        return None
    if options.text_column is not None:
        return texts
    try:
        _look(inputs, options)
    except RequestError as as_images:
        try:
            _look(inputs, reading("text"))
        except RequestError:
            raise as_images from None
        return texts
    return None


def _look(inputs: Sequence[str], options: ReadOptions) -> None:
    """Raises RequestError where a corpus cannot be read so."""
    from transforms.corpus.readers import survey
    from transforms.corpus.sources import list_corpus

    survey(list_corpus(inputs, options).sources, options)


def read_options(
    modality: Modality,
    *,
    text_column: str | None,
    image_column: str | None,
    id_column: str | None,
    label_column: str | None,
    labels_from: LabelsFrom | None,
    keep: Names,
    no_header: bool,
    delimiter: str | None,
    quote: str | None,
    encoding: str | None,
    sheet: str | None,
    sql: str | None,
    changed_column: str | None,
    credentials: Path | None,
    documents: bool = False,
    also_keep: tuple[str, ...] = (),
    chunk: Chunking | None = None,
    max_features: int | None = None,
    document_seconds: int = ReadOptions.document_seconds,
    document_megabytes: int = ReadOptions.document_megabytes,
) -> ReadOptions:
    """How a corpus is to be read; `also_keep` are columns to keep in any case.

    Raises:
      RequestError: there is no such encoding.
    """
    require_encoding(encoding)
    kept = names_of(keep)
    return ReadOptions(
        modality=modality,
        text_column=text_column,
        image_column=image_column,
        id_column=id_column,
        label_column=label_column,
        labels_from=labels_from,
        keep=(*kept, *(name for name in also_keep if name not in kept)),
        header=not no_header,
        delimiter=delimiter,
        quote=quote,
        encoding=encoding,
        sheet=sheet,
        sql=sql,
        changed_column=changed_column,
        credentials=None if credentials is None else path_of(credentials),
        documents=documents,
        document_seconds=document_seconds,
        document_megabytes=document_megabytes,
        chunk=chunk,
        max_features=max_features,
    )
