"""A slot of a schedule is worked on once; a late run does the work of those that were missed."""

from __future__ import annotations

import pytest

from launch.refresh.slots import slot_of
from tests.launch.refresh.conftest import Job
from transforms.common.errors import RequestError


def test_a_slot_is_written_in_utc() -> None:
    assert slot_of("2026-01-02") == "2026-01-02T00:00:00Z"
    assert slot_of("2026-01-02T03:04:05.678+01:00") == "2026-01-02T02:04:05Z"
    assert slot_of("2026-01-02T03:04Z") == "2026-01-02T03:04:00Z"
    for given, complaint in (("yesterday", "write a time as"), ("2963-01-01", "this is still to come")):
        with pytest.raises(RequestError, match=complaint):
            slot_of(given)


def test_a_finished_slot_and_those_before_it_are_not_run_again(job: Job) -> None:
    del job.described["indexes"], job.described["duplicates"]
    job.described["tables"]["news"]["contracts"] = {"rows_lost": 0.2}
    assert job.refresh("--as-of", "2026-01-02")["tables.news"] == "run"
    assert job.record["slot"] == "2026-01-02T00:00:00Z"
    first = job.record["id"]

    job.write_news(3)
    for slot in ("2026-01-02", "2026-01-01T12:00Z"):
        assert job.refresh("--as-of", slot) == {}
        assert job.record["finished_by"] == first
        assert job.refresh("--as-of", slot, "--dry-run") == {}
    assert (
        job.printed("--as-of", "2026-01-02")
        == f"nothing to do: the slot 2026-01-02T00:00:00Z was finished by {first}\n"
    )

    # The run for the fifth does the work of the third and the fourth, too.
    assert job.refresh("--as-of", "2026-01-05")["tables.news"] == "run"
    assert job.refresh("--as-of", "2026-01-04") == {}

    job.news.remove("0.csv")
    job.news.remove("1.csv")
    assert job.refresh("--as-of", "2026-01-06", code=3)["tables.news"] == "held back"
    job.write_news(0)
    job.write_news(1)
    assert job.refresh("--as-of", "2026-01-06") == {"tables.news": "run"}
    assert job.refresh("--as-of", "2026-01-06") == {}
