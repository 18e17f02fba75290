"""Chooses the structure of an index by the number of rows, their dimensions, the memory allowed and the recall asked for.

Measured on two cores, 512 dimensions (`benchmarks/index_scale.py`), at recall@10 of 0.95 and more:

- exact: no error and nothing to train; a single query reads every vector, 4 ms for 20,000.
- ivf: inverted lists of residuals in product-quantised codes of 4 bits (FAISS's FastScan), the best candidates ranked
  again by the stored vectors. 1,000,000 rows: half a minute to train and fill, 76 bytes a row in memory, a millisecond a query.
- hnsw: a graph over the stored vectors. A third of ivf's throughput at the same recall, and several times its time to build,
  but no sample to drift away from: what is added to a graph is as easy to find as what was there.

So hnsw is chosen only where a recall of more than `_HNSW_RECALL` is asked for, which codes reach by reading ever more lists,
and where its graph fits into the memory that is allowed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from transforms.common.errors import RequestError
from transforms.search.job import IndexKind, Store
from transforms.storage.formats import known_fields

_EXACT_ROWS = 20_000
_HNSW_RECALL = 0.99
_LINKS, _CONSTRUCTION = 16, 100
_ID_BYTES = 8
_LARGEST_SEGMENT: dict[IndexKind, int] = {"exact": 1 << 22, "hnsw": 1 << 20, "ivf": 1 << 22}
_FEWEST_LISTS, _MOST_LISTS = 16, 16_384
_LISTS_PER_ROOT = 2
"""Lists are twice the root of the rows, to a power of two: of 1,000,000 rows, 2,048 answer a sixth faster than 1,024 and take
a sixth longer to build; 4,096 answer no faster."""
_DIMENSIONS_PER_CODE = (4, 8, 16)
"""Dimensions that share a code of 4 bits: of the finest, 512 dimensions take 64 bytes."""


@dataclass(frozen=True, kw_only=True)
class IndexPlan:
    """The structure that an index is built as.

    Attributes:
      why: the reason for the kind, in words.
      store: how vectors are kept.
      segments: the number of structures, of about equal size, that share the rows; each is built by one worker.
      memory: bytes that the structures take when served.
      lists, codes: of ivf: inverted lists of a segment; codes of 4 bits of a row.
      links, construction: of hnsw: M and efConstruction.
    """

    kind: IndexKind
    why: str
    store: Store
    segments: int
    memory: int
    lists: int = 0
    codes: int = 0
    links: int = 0
    construction: int = 0

    @property
    def parameters(self) -> dict[str, str | int]:
        """The parameters of the structure by name, for the report."""
        found: dict[str, Any] = {"stored vectors": self.store, "segments": self.segments}
        if self.kind == "ivf":
            found |= {"lists": self.lists, "bits per row": 4 * self.codes}
        if self.kind == "hnsw":
            found |= {"links (M)": self.links, "efConstruction": self.construction}
        return found

    @property
    def search_parameters(self) -> list[int]:
        """Values of the search parameter worth trying, cheapest first; for an exact index, which has none, one placeholder."""
        if self.kind == "exact":
            return [1]
        top = self.lists if self.kind == "ivf" else 2048
        return [1 << power for power in range(2 if self.kind == "ivf" else 4, top.bit_length())]

    @property
    def search_parameter_name(self) -> str | None:
        """`nprobe` of ivf, `efSearch` of hnsw; None of an exact index."""
        return {"exact": None, "ivf": "nprobe", "hnsw": "efSearch"}[self.kind]

    def to_json(self) -> dict[str, Any]:
        """The plan as `index.json` has it."""
        return asdict(self)

    @staticmethod
    def from_json(values: Mapping[str, Any], *, where: str) -> IndexPlan:
        """The plan that `to_json` of this release or another wrote into the file `where`.

        Raises:
          RequestError: a field is missing.
        """
        return IndexPlan(**known_fields(IndexPlan, values, where=where))


def planned(rows: int, dim: int, *, memory: int, min_recall: float, kind: IndexKind | None, store: Store) -> IndexPlan:
    """Chooses the structure for so many rows of `dim` values.

    Raises:
      RequestError: no structure of that kind fits into the memory, or keeps vectors in that way.
    """
    chosen, why = (kind, "it was asked for") if kind else _chosen(rows, dim, memory, min_recall)
    if chosen != "exact" and store == "float32":
        raise RequestError("only an exact index keeps vectors as float32: ask for float16 or int8")
    if chosen == "exact":
        plan = _exact(rows, why)
    elif chosen == "hnsw":
        plan = _hnsw(rows, why, store)
    else:
        plan = _ivf(rows, dim, memory, why, store)
    if plan.memory > memory:
        raise RequestError(
            f"{rows:,} rows of {dim} dimensions as {plan.kind} take {plan.memory / 1e6:,.0f} MB to serve, and --memory allows"
            f" {memory / 1e6:,.0f}: allow more"
        )
    return plan


def _chosen(rows: int, dim: int, memory: int, min_recall: float) -> tuple[IndexKind, str]:
    if rows <= _EXACT_ROWS:
        return "exact", f"{rows:,} rows are read whole in a few milliseconds"
    if min_recall > _HNSW_RECALL:
        graph = _hnsw(rows, "", "float16").memory
        if graph <= memory:
            return (
                "hnsw",
                f"a recall of {min_recall} is asked for, and its graph of {graph / 1e6:,.0f} MB fits into --memory",
            )
    codes = f"{rows:,} rows are too many to read for each query; codes of {dim // 8} bytes are not"
    return "ivf", codes


def _segments(kind: IndexKind, rows: int) -> int:
    return max(1, math.ceil(rows / _LARGEST_SEGMENT[kind]))


def _exact(rows: int, why: str) -> IndexPlan:
    return IndexPlan(kind="exact", why=why, store="float32", segments=_segments("exact", rows), memory=0)


def _hnsw(rows: int, why: str, store: Store) -> IndexPlan:
    # Level 0 has twice the links, and one node of `links` is on the levels above.
    memory = rows * (4 * _LINKS * 2 + 4 * 2 + _ID_BYTES)
    return IndexPlan(
        kind="hnsw",
        why=why,
        store=store,
        segments=_segments("hnsw", rows),
        memory=memory,
        links=_LINKS,
        construction=_CONSTRUCTION,
    )


def _ivf(rows: int, dim: int, memory: int, why: str, store: Store) -> IndexPlan:
    segments = _segments("ivf", rows)
    each = max(1, rows // segments)
    lists = min(max(1 << round(math.log2(_LISTS_PER_ROOT * math.sqrt(each))), _FEWEST_LISTS), _MOST_LISTS)
    plans = [
        IndexPlan(
            kind="ivf",
            why=why if wide == _DIMENSIONS_PER_CODE[0] else f"{why}; {dim // wide // 2} bytes, to stay within --memory",
            store=store,
            segments=segments,
            memory=rows * (codes // 2 + _ID_BYTES) + segments * lists * dim * 4,
            lists=lists,
            codes=codes,
        )
        for wide in _DIMENSIONS_PER_CODE
        for codes in [_divisor(dim, max(dim // wide, 1))]
    ]
    return next((plan for plan in plans if plan.memory <= memory), plans[-1])


def _divisor(number: int, most: int) -> int:
    """The largest divisor up to `most`, two where that can be: FastScan takes codes in pairs."""
    return next(divisor for divisor in range(most, 0, -1) if number % divisor == 0)
