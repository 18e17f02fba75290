"""What tests of commands on indexes share: an index of a table, and the encoder of spelt tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.helpers import chosen_vectors, fakes


def speller(dim: int) -> Any:
    """The encoder of `spelt.table`: a text begins with its vector."""
    return chosen_vectors.Spelt(fakes.text_encoder(dim=dim).spec)


def indexed(table: str, to: Path, **asked: Any) -> str:
    """INDEXES/NAME of a table's newest version; `asked` is for `IndexJob`."""
    from apache_beam.options.pipeline_options import PipelineOptions

    from pipelines.index import run
    from transforms.search.job import IndexJob
    from transforms.table.open import existing

    job = IndexJob(table=table, version=existing(table).version, to=str(to), **asked)
    outcome = run(job, PipelineOptions([]))
    assert outcome is not None and outcome.version == 1, outcome
    return job.to
