"""Scores a corpus or a feature table with a published model."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from launch.jobs.given import AtLeastZero, Names, Path, Share, checked, new_run, path_of, paths_of
from launch.jobs.reading import LabelsFrom, read_options
from launch.jobs.result import Result
from launch.profiles import Profile
from launch.runners import run_shown
from transforms.common.errors import RequestError


@checked
def predict(
    model: Path,
    inputs: Path | Sequence[Path],
    *,
    to: Path,
    version: AtLeastZero | None = None,
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
    max_dead_fraction: Share = 0.01,
    retry_dead: bool = False,
    runner: str | Profile = "direct",
    beam: Sequence[str] = (),
) -> Result[dict[str, Any]]:
    """Scores one feature table, or a corpus, which is embedded into `to`/_vectors first.

    Args:
      model: MODELS/NAME (its newest version) or MODELS/NAME/VERSION.
      version: of the feature table; None: the newest.

    Returns:
      What `pipelines.predict.run` returns, `dead` (letters of the corpus) and `seconds`.

    Raises:
      RequestError: there is no such model or input, or they do not go together.
      RunError: the run failed.
    """
    started = time.monotonic()
    from pipelines.embed import run as embed
    from pipelines.predict import PredictJob, run
    from transforms.embed.job import EmbedJob
    from transforms.heads import model_folder
    from transforms.heads.serve.predict import VECTORS, predictions
    from transforms.heads.serve.served_model import ServedModel
    from transforms.storage import files
    from transforms.table.open import existing

    place, number = model_folder.located(path_of(model))
    scorer = ServedModel(files.join(place, str(number)))
    out, corpus = path_of(to), paths_of(inputs)
    predictions(out).require_place()
    dead = 0
    table = _table_of(corpus)
    if table is None:
        if version is not None:
            raise RequestError("--version is of a feature table; a corpus has none")
        table = files.join(out, VECTORS)
        encoder = scorer.encoder()
        read = read_options(
            encoder.spec.modality,
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
            also_keep=scorer.inputs.features,
        )
        embedding = EmbedJob(
            inputs=corpus,
            table=table,
            encoder=encoder,
            read=read,
            run=new_run(),
            keep_text=False,
            max_dead_fraction=max_dead_fraction,
            retry_dead=retry_dead,
        )
        dead = int(run_shown(embed, embedding, runner=runner, beam=beam)["dead"])
    scoring = PredictJob(model=scorer.folder, table=table, version=existing(table, version).version, out=out)
    summary = run_shown(run, scoring, runner=runner, beam=beam)
    seconds = time.monotonic() - started
    facts = {**summary, "dead": dead, "model": scorer.folder, "seconds": round(seconds, 2)}
    return Result(facts, outcome=summary, seconds=seconds)


def _table_of(inputs: tuple[str, ...]) -> str | None:
    """The feature table that is asked for; None where the inputs are a corpus."""
    from transforms.storage import files
    from transforms.table.open import is_table

    found = [given for given in map(path_of, inputs) if is_table(given)]
    if found and len(inputs) > 1:
        raise RequestError(f"{found[0]} is a feature table: score one table at a time, or a corpus")
    if found and "_vectormill" not in files.names(found[0]):
        raise RequestError(f"{found[0]} is no feature table that `vectormill embed` made")
    return found[0] if found else None
