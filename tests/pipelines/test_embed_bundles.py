"""The step that embeds, driven bundle by bundle as a runner does: what lasts from one to the next, and what must not."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.embed import EmbedShards, RewriteParts
from tests.helpers import fakes
from tests.helpers.embedding import Corpus, committed, embed, expected, job, rows, settled
from transforms.common.errors import RunError
from transforms.embed.job import EmbedJob
from transforms.embed.plan import make_plan
from transforms.embed.plan_file import save_plan
from transforms.embed.shard_writer import ShardWriter
from transforms.table.ledger import Receipt
from transforms.table.open import existing

Shards = list[tuple[int, str]]


def planned(made: EmbedJob) -> Shards:
    plan = make_plan(made, None)
    save_plan(made, plan)
    return [(position, shard.id) for position, shard in enumerate(plan.shards)]


@contextmanager
def worker(step: EmbedShards) -> Iterator[EmbedShards]:
    """A copy of the step, as a worker unpacks it."""
    copy = pickle.loads(pickle.dumps(step))
    try:
        yield copy
    finally:
        copy.teardown()


def bundle(step: EmbedShards, shards: Shards) -> list[Receipt]:
    step.start_bundle()
    receipts = [receipt for shard in shards for _, receipt in step.process(shard)]
    return receipts + finished(step)


def finished(step: EmbedShards) -> list[Receipt]:
    return [receipt for windowed in step.finish_bundle() for _, receipt in [windowed.value]]


def files_of(corpus: Corpus, names: str, lines: int = 16) -> None:
    for name in names:
        corpus.write(f"{name}.txt", [f"{name} {row}" for row in range(lines)])


def test_the_batch_size_that_fits_is_remembered_from_bundle_to_bundle(corpus: Corpus, table: str) -> None:
    files_of(corpus, "abcd")
    made = job(corpus, table, shard_items=1, encoder=fakes.text_encoder(most_items=8))
    shards = planned(made)
    step = EmbedShards(made)

    receipts = []
    for shard in shards:
        with worker(step) as copy:  # a runner may make a copy of the step for every bundle
            receipts += bundle(copy, [shard])

    assert fakes.ATTEMPTS == [16, 8, 8, 8, 8, 8, 8, 8, 8]
    assert fakes.LOADS == ["fake-text"]
    assert [receipt.shard for receipt in receipts] == [shard for _, shard in shards]
    committed(made, receipts)
    assert rows(table) == expected(corpus)
    assert settled()


def test_a_bundle_ends_with_the_receipts_of_its_own_shards_while_another_is_open(
    corpus: Corpus, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files_of(corpus, "abc")
    made = job(corpus, table, shard_items=1)
    first, second, third = planned(made)
    gate = threading.Event()
    finish = ShardWriter.finish

    def gated(self: ShardWriter) -> Receipt:
        if self.shard.id == third[1]:
            assert gate.wait(60)
        return finish(self)

    monkeypatch.setattr(ShardWriter, "finish", gated)
    step = EmbedShards(made)
    with worker(step) as one, worker(step) as other:
        one.start_bundle()
        other.start_bundle()
        early = [receipt for shard in (first, second) for _, receipt in one.process(shard)]
        late = list(other.process(third))

        early += finished(one)

        assert [receipt.shard for receipt in early] == [first[1], second[1]]
        assert late == []
        gate.set()
        assert [receipt.shard for receipt in finished(other)] == [third[1]]
    assert fakes.LOADS == ["fake-text"]
    assert settled()


def test_two_runs_at_once_in_one_process_do_not_mix(corpus: Corpus, tmp_path: Path) -> None:
    files_of(corpus, "abcdef")
    little = job(corpus, str(tmp_path / "one"), shard_items=1, encoder=fakes.text_encoder(most_items=4))
    much = job(corpus, str(tmp_path / "two"), shard_items=1)
    outcomes: dict[str, list[Receipt]] = {}

    def work(made: EmbedJob, shards: Shards) -> None:
        with worker(EmbedShards(made)) as step:
            outcomes[made.table] = [*bundle(step, shards[:3]), *bundle(step, shards[3:])]

    threads = [threading.Thread(target=work, args=(made, planned(made))) for made in (little, much)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for made in (little, much):
        committed(made, outcomes[made.table])
        assert rows(made.table) == expected(corpus)
        assert existing(made.table).about.run == made.run
    assert fakes.ATTEMPTS.count(16) >= 6  # the run whose memory sufficed kept its batches
    assert settled()


def test_an_error_is_raised_in_its_bundle_and_the_next_bundle_works(
    corpus: Corpus, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files_of(corpus, "abcd")
    made = job(corpus, table, shard_items=1, encoder=fakes.text_encoder(most_items=8))
    shards = planned(made)
    with worker(EmbedShards(made)) as step:
        receipts = bundle(step, shards[:1])
        with monkeypatch.context() as patch:
            patch.setattr(ShardWriter, "finish", lambda self: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                bundle(step, shards[1:])
        fakes.forget()

        receipts += bundle(step, shards[1:])

        assert fakes.LOADS == []
        assert set(fakes.ATTEMPTS) == {8}
    committed(made, receipts)
    assert rows(table) == expected(corpus)
    assert settled()


def test_a_bundle_that_is_given_up_leaves_no_thread(corpus: Corpus, table: str) -> None:
    files_of(corpus, "abcdef", lines=200)
    made = job(corpus, table, shard_items=1)
    shards = planned(made)
    with worker(EmbedShards(made)) as step:
        step.start_bundle()
        list(step.process(shards[0]))
    assert settled()


def test_a_plan_that_was_made_again_of_another_corpus_is_refused(corpus: Corpus, table: str) -> None:
    files_of(corpus, "abc")
    made = job(corpus, table, shard_items=1)
    before = planned(made)
    corpus.write("b.txt", ["other"])
    corpus.remove("c.txt")
    planned(made)
    with worker(EmbedShards(made)) as step:
        assert len(bundle(step, before[:1])) == 1
        for shard in before[1:]:
            with pytest.raises(RunError, match="the corpus changed while it was planned"):
                bundle(step, [shard])


def test_a_rewrite_of_another_plan_is_refused(corpus: Corpus, table: str) -> None:
    files_of(corpus, "ab")
    embed(job(corpus, table))
    corpus.remove("a.txt")
    made = job(corpus, table)
    plan = make_plan(made, existing(table))
    save_plan(made, plan)
    step = RewriteParts(made)

    ((_, done),) = step.process((0, plan.rewrites[0].part))

    assert done.old == plan.rewrites[0].part
    for element in [(0, "part-other.parquet"), (1, plan.rewrites[0].part)]:
        with pytest.raises(RunError, match="the corpus changed while it was planned"):
            list(step.process(element))
