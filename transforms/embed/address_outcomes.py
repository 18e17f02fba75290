"""Counts what became of a shard's addresses."""

from __future__ import annotations

from transforms.corpus.addresses.faults import TRANSIENT
from transforms.corpus.addresses.fetching import Fetched
from transforms.table.ledger import Receipt

FETCHED, NOT_MODIFIED = "fetched", "not_modified"
_LIFTED = frozenset(("HttpStatus", "PrivateAddress", "TooLarge"))
"""Kinds of dead letters that another try, or other options, may not have."""


def outcome_of(fetched: Fetched) -> str:
    """The name under which an address is counted."""
    if fetched.state.kind is not None:
        return fetched.state.kind
    return FETCHED if fetched.body is not None else NOT_MODIFIED


def too_many_may_pass(receipt: Receipt, most: float) -> bool:
    """Whether so many of a shard's addresses failed for what may be over that it is not worth keeping.

    Args:
      most: the fraction of items up to which it is.
    """
    failed = sum(count for kind, count in receipt.addresses.items() if kind in TRANSIENT | _LIFTED)
    return failed > most * receipt.rows_in
