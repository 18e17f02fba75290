"""Reads a corpus: sources of any format, as batches of one schema (see `transforms.corpus.columns.batches`).

`survey` and `probe` check a request against sources before anything is planned; `split` cuts a large source into ranges;
`read` streams rows, in the order of the sources and in bounded memory: a batch has at most 4096 rows and about
8 MiB of payload (one row, where that is larger), images come by the 64.

What concerns one row is in the row's `error`; a source that cannot be read, or not to its end, raises RequestError.
"""

from transforms.corpus.readers.reading import read, split
from transforms.corpus.readers.surveying import (
    ListState,
    Survey,
    addresses_in,
    behind,
    columns_of,
    probe,
    state_behind,
    survey,
)

__all__ = [
    "ListState",
    "Survey",
    "addresses_in",
    "behind",
    "columns_of",
    "probe",
    "read",
    "split",
    "state_behind",
    "survey",
]
