"""Imports vectors that exist into a feature table."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from launch.jobs.given import Names, Path, Share, checked, names_of, new_run, path_of, paths_of
from launch.jobs.result import Result
from launch.profiles import Profile
from launch.runners import run_shown
from transforms.common.errors import RequestError

if TYPE_CHECKING:
    from transforms.corpus.vectors.reading import Look
    from transforms.encoders.spec import LoadableEncoder
    from transforms.table.snapshot import Provenance

_COMPARED = 16
_FACTS = ("version", "rows", "new", "changed", "deleted", "unchanged", "written", "dead")


@checked
def import_vectors(
    vectors: Path | Sequence[Path],
    *,
    to: Path,
    ids: Path | Sequence[Path] = (),
    encoder: str | None = None,
    encoder_name: str | None = None,
    trust: bool = False,
    vector_column: str | None = None,
    id_column: str | None = None,
    text_column: str | None = None,
    label_column: str | None = None,
    keep: Names = (),
    no_header: bool = False,
    delimiter: str | None = None,
    quote: str | None = None,
    encoding: str | None = None,
    format: Literal["parquet", "tfrecord"] = "parquet",  # noqa: A002
    max_dead_fraction: Share = 0.01,
    retry_dead: bool = False,
    keep_missing: bool = False,
    replace: bool = False,
    runner: str | Profile = "direct",
    beam: Sequence[str] = (),
) -> Result[dict[str, Any]]:
    """Brings the feature table at `to` up to date with vectors that were made elsewhere: only new and changed files are read.

    Args:
      vectors: files, globs and folders: .npy [n, dim], tables with a column of lists, FAISS indexes, word vectors.
      to: folder of the feature table, new or existing.
      ids: files with the ids and columns of the vectors' rows, in their order; none: in the vectors' own files.
      encoder: the one that made them; a few of their texts are encoded and compared.
      encoder_name: of an encoder that is not here: vectors under one name may stand beside each other.
      vector_column: of tables with several columns of lists.

    Returns:
      `version`, `rows`, sources `new`, `changed`, `deleted`, `unchanged`, rows `written` and `dead`, `encoder`, `dim`,
      `seconds`, `rows_per_second`, files `skipped` by kind, `notes`.

    Raises:
      RequestError: a wrong request, or a file that is damaged. The table is as it was.
      RunError: the run failed; likewise. Finished parts are kept for the next run.
    """
    started = time.monotonic()
    from dataclasses import replace as with_fields

    from transforms.corpus.options import ReadOptions
    from transforms.corpus.streams.encoding import require_encoding
    from transforms.corpus.vectors.items import id_column_of
    from transforms.corpus.vectors.options import VectorOptions
    from transforms.corpus.vectors.pairing import ItemFiles, list_vectors
    from transforms.corpus.vectors.reading import look
    from transforms.embed.job import EmbedJob
    from transforms.storage import files
    from transforms.table.open import open_log

    if not str(to):
        raise RequestError("--to is empty: name the folder of the feature table, new or existing")
    if encoder is not None and encoder_name is not None:
        raise RequestError("--encoder is one of this machine, --encoder-name one that is not here: give one of them")
    require_encoding(encoding)
    read = ReadOptions(
        modality="vectors",
        text_column=text_column,
        id_column=id_column,
        label_column=label_column,
        keep=names_of(keep),
        header=not no_header,
        delimiter=delimiter,
        quote=quote,
        encoding=encoding,
        vectors=VectorOptions(column=vector_column, ids=tuple(map(files.absolute, paths_of(ids)))),
    )
    sources = list_vectors(paths_of(vectors), read).sources
    for source in sources:
        items = ItemFiles.of(source)
        found = id_column_of(source if items is None else items.files[0], read)
        if found is not None:
            read = with_fields(read, id_column=found)
            break
    seen = look(sources, read)
    table = open_log(path_of(to), format).snapshot()
    about = None if table is None else table.about
    resolved, doubt = _encoder(seen, encoder, encoder_name, about, trust=trust)
    job = EmbedJob(
        inputs=paths_of(vectors),
        table=path_of(to),
        encoder=resolved,
        read=read,
        run=new_run(),
        part_format=format,
        max_dead_fraction=max_dead_fraction,
        retry_dead=retry_dead,
        keep_missing=keep_missing,
        replace=replace,
    )
    from pipelines.embed import run

    summary = run_shown(run, job, runner=runner, beam=beam)
    summary = {**summary, "notes": [*summary["notes"], *doubt]}
    seconds = time.monotonic() - started
    facts = {name: summary[name] for name in _FACTS} | {"encoder": job.encoder.spec.name, "dim": job.dim}
    facts |= {"seconds": round(seconds, 2), "rows_per_second": round(summary["written"] / seconds, 1)}
    facts |= {"skipped": summary["skipped"], "notes": summary["notes"]}
    return Result(facts, outcome=summary, seconds=seconds, job=job)


def _encoder(
    seen: Look, encoder: str | None, name: str | None, about: Provenance | None, *, trust: bool
) -> tuple[LoadableEncoder, list[str]]:
    """The encoder of the vectors, and words for the person where it could not be checked."""
    from transforms import encoders
    from transforms.encoders.imported import ImportedEncoder, is_imported, require_own_vectors

    if encoder is None:
        if name is None and about is not None and is_imported(about.handle):
            name = about.encoder
        return ImportedEncoder.named(name or f"imported-{seen.digest}", dim=seen.dim), []
    resolved = encoders.resolve(encoder, trust=trust)
    if resolved.spec.dim != seen.dim:
        raise RequestError(
            f"{resolved.spec.name} makes vectors of {resolved.spec.dim} values, and these have {seen.dim}: it did not make them"
        )
    payloads = seen.rows.items.column("payload").to_pylist()
    rows = [row for row, payload in enumerate(payloads) if payload and payload.strip()]
    rows = rows[:: max(len(rows) // _COMPARED, 1)][:_COMPARED]
    if resolved.spec.modality != "text" or not rows:
        missing = "they are not of texts" if resolved.spec.modality != "text" else "no --text-column is given"
        return resolved, [f"that {resolved.spec.name} made these vectors was not checked: {missing}"]
    texts = [payloads[row].decode("utf-8", "replace") for row in rows]
    require_own_vectors(resolved, texts, seen.rows.vectors[rows])
    return resolved, []
