"""Embeds a corpus of texts or images into a feature table."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

from launch.jobs.addresses import fetch_options
from launch.jobs.given import AtLeastOne, Names, Path, Share, checked, new_run, path_of, paths_of
from launch.jobs.reading import LabelsFrom, other_tower, read_options
from launch.jobs.result import Result
from launch.profiles import Profile
from launch.runners import run_shown
from transforms.common.errors import RequestError
from transforms.corpus.chunks.chunking import Chunking
from transforms.embed.contracts import Contracts
from transforms.encoders.spec import EngineChoice, LoadableEncoder, PrecisionChoice
from transforms.storage import files

_FACTS = (
    "version",
    "rows",
    "new",
    "changed",
    "deleted",
    "unchanged",
    "encoded",
    "dead",
    "engine",
    "precision",
    "cosine",
    "cut_off",
    "unread",
)


@checked
def embed(
    inputs: Path | Sequence[Path],
    *,
    to: Path,
    encoder: str | LoadableEncoder,
    precision: PrecisionChoice = "float32",
    engine: EngineChoice = "auto",
    trust: bool = False,
    text_column: str | None = None,
    image_column: str | None = None,
    id_column: str | None = None,
    label_column: str | None = None,
    labels_from: LabelsFrom | None = None,
    keep: Names = (),
    no_header: bool = False,
    delimiter: str | None = None,
    quote: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    sql: str | None = None,
    changed_column: str | None = None,
    credentials: Path | None = None,
    documents: bool = False,
    document_seconds: AtLeastOne = 30,
    document_megabytes: AtLeastOne = 1024,
    chunk: str | None = None,
    max_features: AtLeastOne | None = None,
    drop_text: bool = False,
    format: Literal["parquet", "tfrecord"] = "parquet",  # noqa: A002
    max_dead_fraction: Share = 0.01,
    contracts: str | Contracts | None = None,
    max_chars: AtLeastOne = 100_000,
    retry_dead: bool = False,
    keep_missing: bool = False,
    replace: bool = False,
    shard_items: AtLeastOne | None = None,
    connections: AtLeastOne = 64,
    per_host: AtLeastOne = 8,
    max_image_bytes: AtLeastOne = 50_000_000,
    allow_private: bool = False,
    user_agent: str | None = None,
    keep_bytes: Path | None = None,
    dry_run: bool | Literal["plan"] = False,
    runner: str | Profile = "direct",
    beam: Sequence[str] = (),
) -> Result[dict[str, Any]]:
    """Brings the feature table at `to` up to date with a corpus: only new and changed items are encoded.

    Args:
      inputs: files, globs and folders, on any Beam filesystem.
      to: folder of the feature table, new or existing.
      encoder: a name, a TF Hub handle, keras://Name, a path, or a resolved encoder (which has its precision and engine). Of one
        with two towers the corpus decides which is taken: that of images where it can be read as images.
      precision: "auto": a table goes on in its own; a new one is made in half precision where this machine computes in it and
        the encoder's vectors keep to those in float32.
      max_features: of an encoder of local features (delf), the most rows that an image becomes; None: as the encoder has it.
      connections, per_host, max_image_bytes, allow_private, user_agent: how images behind web addresses are fetched
        (`FetchOptions`).
      keep_bytes: a folder for the images that are fetched, as WebDataset archives: the corpus of a next run.
      contracts: how much a version may differ from the last one, as `rows_lost=0.05,drift=0.25` (`Contracts`).
      dry_run: read and encode 32 items, estimate the whole, change nothing. "plan": encode nothing, only compare the corpus
        with the table; no TensorFlow is loaded.

    Returns:
      `version`, `rows`, sources `new`, `changed`, `deleted`, `unchanged`, items `encoded` and `dead`, `seconds`,
      `rows_per_second`, files `skipped` by kind, `notes` on how the others were read, the `engine` and `precision` that computed
      the vectors with its least `cosine` to TensorFlow in float32, the items `cut_off` as longer than the encoder reads and the
      share of all text that it left `unread`, of web `addresses` how many were asked, fetched and failed; of a dry run the
      estimate, of "plan" the counts of sources.

    Raises:
      RequestError: a wrong request. Nothing was changed.
      RunError: the run failed. The table is as it was; finished parts are kept for the next run.
      NotPublishedError: the version breaks a contract; likewise.
    """
    started = time.monotonic()
    from transforms import encoders
    from transforms.corpus.addresses.kept_bytes import claim
    from transforms.embed.job import EmbedJob
    from transforms.embed.plan import compare
    from transforms.table.open import open_log

    if not str(to):
        raise RequestError("--to is empty: name the folder of the feature table, new or existing")
    if chunk is not None:
        Chunking.parsed(chunk)  # before an encoder is looked for
    reading = partial(
        read_options,
        text_column=text_column,
        image_column=image_column,
        id_column=id_column,
        label_column=label_column,
        labels_from=labels_from,
        keep=keep,
        no_header=no_header,
        delimiter=delimiter,
        quote=quote,
        encoding=encoding,
        sheet=sheet,
        sql=sql,
        changed_column=changed_column,
        credentials=credentials,
        documents=documents,
        document_seconds=document_seconds,
        document_megabytes=document_megabytes,
    )
    resolved: LoadableEncoder
    if isinstance(encoder, str):
        table = open_log(path_of(to), format).snapshot() if precision == "auto" else None
        continued = table.about.encoder_fingerprint if table is not None else None
        resolved = encoders.resolve(encoder, precision=precision, engine=engine, trust=trust, continued=continued)
        other = other_tower(resolved.spec, paths_of(inputs), reading)
        if other is not None:
            resolved = encoders.resolve(other, precision=precision, engine=engine, trust=trust, continued=continued)
    else:
        resolved = encoder
    chunking = (
        None
        if chunk is None
        else Chunking.parsed(chunk, tokenizer=resolved.spec.tokenizer, max_tokens=resolved.spec.max_tokens)
    )
    if max_features is not None and resolved.spec.features_per_image is None:
        raise RequestError(f"--max-features: {resolved.spec.name} gives one vector of an item: leave it out")
    job = EmbedJob(
        inputs=paths_of(inputs),
        table=path_of(to),
        encoder=resolved,
        read=reading(resolved.spec.modality, chunk=chunking, max_features=max_features),
        run=new_run(),
        part_format=format,
        keep_text=not drop_text,
        max_chars=max_chars,
        max_dead_fraction=max_dead_fraction,
        contracts=Contracts.parsed(contracts) if isinstance(contracts, str) else contracts,
        retry_dead=retry_dead,
        keep_missing=keep_missing,
        replace=replace,
        shard_items=shard_items,
        addresses=fetch_options(
            connections=connections,
            per_host=per_host,
            max_image_bytes=max_image_bytes,
            allow_private=allow_private,
            user_agent=user_agent,
        ),
        keep_bytes=files.absolute(path_of(keep_bytes)) if keep_bytes is not None else None,
    )
    if job.keep_bytes is not None and not dry_run:
        claim(job.keep_bytes, files.absolute(job.table))
    if dry_run == "plan":
        compared = compare(job)
        return Result(compared, outcome=compared, seconds=time.monotonic() - started)
    if dry_run:
        from pipelines.dry_run import estimate

        found = estimate(job)
        return Result(found, outcome=found, seconds=time.monotonic() - started, job=job)
    from pipelines.embed import run

    summary = run_shown(run, job, runner=runner, beam=beam)
    seconds = time.monotonic() - started
    facts = {name: summary[name] for name in _FACTS}
    facts |= {"seconds": round(seconds, 2), "rows_per_second": round(summary["written"] / seconds, 1)}
    facts |= {"skipped": summary["skipped"], "notes": list(summary["notes"])}
    facts |= {"addresses": summary["addresses"]} if summary["addresses"] else {}
    return Result(facts, outcome=summary, seconds=seconds, job=job)
