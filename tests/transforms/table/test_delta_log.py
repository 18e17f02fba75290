"""Transactions in a store that fails now and then: made once, or said not to be."""

from __future__ import annotations

import pytest

from transforms.common.errors import RunError
from transforms.table import delta_log


class Log:
    """A log whose store fails `cuts` times before it answers, `lost` times after it has taken the transaction."""

    def __init__(self, *, cuts: int = 0, lost: int = 0, is_overtaken: bool = False) -> None:
        self.cuts, self.lost, self.is_overtaken = cuts, lost, is_overtaken
        self.made = 0

    def transaction(self) -> None:
        if self.cuts:
            self.cuts -= 1
            raise OSError("connection closed before message completed")
        self.made += 1
        if self.lost:
            self.lost -= 1
            raise OSError("connection closed before message completed")

    def is_made(self, error: Exception) -> bool:
        if self.is_overtaken:
            raise RunError("another run was first")
        return self.made > 0


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("transforms.table.delta_log.time.sleep", lambda seconds: None)


@pytest.mark.parametrize("log", [Log(), Log(cuts=4), Log(lost=1), Log(cuts=2, lost=1)])
def test_a_transaction_in_a_store_is_made_once(log: Log) -> None:
    delta_log.transact_surely("s3://bucket/table", log.transaction, is_made=log.is_made)

    assert log.made == 1


def test_what_a_store_never_takes_is_raised() -> None:
    log = Log(cuts=100)

    with pytest.raises(OSError, match="connection closed"):
        delta_log.transact_surely("s3://bucket/table", log.transaction, is_made=log.is_made)
    assert (log.made, log.cuts) == (0, 95)


def test_who_was_overtaken_does_not_try_again() -> None:
    log = Log(cuts=3, is_overtaken=True)

    with pytest.raises(RunError, match="another run was first"):
        delta_log.transact_surely("s3://bucket/table", log.transaction, is_made=log.is_made)
    assert (log.made, log.cuts) == (0, 2)


def test_a_disk_is_not_asked_again() -> None:
    log = Log(cuts=1)

    with pytest.raises(OSError, match="connection closed"):
        delta_log.transact_surely("/data/table", log.transaction, is_made=log.is_made)
    assert (log.made, log.cuts) == (0, 0)
