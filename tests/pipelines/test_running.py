"""Running a graph on a runner whose workers are other processes: ends, failures, Ctrl-C, progress."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.runners.runner import PipelineRunner

from pipelines import follow_receipts
from pipelines.embed import run
from pipelines.running import failure_in, run_to_end
from tests.helpers.embedding import Corpus, expected, job, rows
from transforms.common.errors import RequestError, RunError, StoppedError
from transforms.common.progress import METER


class Submitted:
    """The result of a job that runs elsewhere; it ends as `end` does."""

    def __init__(self, end: Any, *, cancels: bool = True) -> None:
        self._end = end
        self._cancels = cancels
        self.cancelled = False

    def wait_until_finish(self) -> None:
        self._end()

    def cancel(self) -> None:
        if not self._cancels:
            raise ConnectionError("no route to host")
        self.cancelled = True


class Elsewhere(PipelineRunner):
    """A runner that submits, and does nothing itself."""

    def __init__(self, result: Submitted) -> None:
        self.result = result

    def run_pipeline(self, pipeline: Any, options: Any) -> Any:
        return self.result


class LosesClasses(PipelineRunner):
    """Runs the graph for real, in the background; a failure comes back as a runner's text, as from a cluster."""

    def run_pipeline(self, pipeline: Any, options: Any) -> Any:
        outcome: list[BaseException] = []

        def work() -> None:
            try:
                FnApiRunner().run_pipeline(pipeline, options).wait_until_finish()
            except Exception as error:
                outcome.append(error)

        thread = threading.Thread(target=work)
        thread.start()

        def end() -> None:
            thread.join()
            if outcome:
                kind = type(outcome[0])
                raise RuntimeError(
                    "Pipeline job-7 failed in state FAILED: java.lang.RuntimeException: Error received from SDK harness:\n"
                    f"Traceback (most recent call last):\n  File ...\n{kind.__module__}.{kind.__name__}: {outcome[0]}\n\n"
                    "\tat org.apache.beam.runners.flink..."
                )

        return Submitted(end)


def fail(error: BaseException) -> Any:
    def end() -> None:
        raise error

    return end


def a_graph(runner: PipelineRunner) -> beam.Pipeline:
    pipeline = beam.Pipeline(runner=runner)
    _ = pipeline | beam.Create([1])
    return pipeline


def test_a_failure_that_came_as_text_keeps_its_class_and_its_words() -> None:
    text = (
        "transforms.common.errors.RunError: first [while running 'A']\nmore\n"
        "transforms.common.errors.RequestError: 'x.csv': has no column 'b' [while running 'PlanShards/ParDo(PlanShards)']"
    )

    found = failure_in(text)

    assert (type(found), str(found)) == (RequestError, "'x.csv': has no column 'b'")
    assert failure_in("RuntimeError: disk on fire") is None


def test_a_failure_of_the_runner_itself_is_raised_as_it_is() -> None:
    with pytest.raises(RuntimeError, match="no slots"):
        run_to_end(a_graph(Elsewhere(Submitted(fail(RuntimeError("no slots"))))))


def test_ctrl_c_cancels_the_job() -> None:
    submitted = Submitted(fail(KeyboardInterrupt()))

    with pytest.raises(StoppedError, match="the job was cancelled at its runner"):
        run_to_end(a_graph(Elsewhere(submitted)))

    assert submitted.cancelled


def test_a_job_that_cannot_be_cancelled_is_said_to_run_on() -> None:
    with pytest.raises(StoppedError, match=r"did not cancel the job \(no route to host\): it may run on and commit"):
        run_to_end(a_graph(Elsewhere(Submitted(fail(KeyboardInterrupt()), cancels=False))))


def test_workers_that_wrote_elsewhere_are_noticed(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["one"])

    with pytest.raises(
        RunError, match=r"the job is done, and .*summary.json is not there: its workers wrote elsewhere"
    ):
        run(job(corpus, table), PipelineOptions([]), runner=Elsewhere(Submitted(lambda: None)))


def test_an_embed_elsewhere_gives_the_same_table_and_its_receipts_are_the_progress(
    corpus: Corpus, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow_receipts, "_EVERY_SECONDS", 0.01)
    corpus.write("a.txt", [f"row {row}" for row in range(20)])

    summary = run(job(corpus, table), PipelineOptions([]), runner=LosesClasses())

    assert (summary["rows"], rows(table)) == (20, expected(corpus))
    assert METER.phase in ("embedding", "committing")


@pytest.mark.parametrize("bad", ["column", "dead"])
def test_failures_elsewhere_are_those_of_this_process(corpus: Corpus, table: str, bad: str) -> None:
    corpus.write("a.txt", ["one", "POISON"])
    asked: dict[str, Any] = {"read": {"id_column": "no"}} if bad == "column" else {}

    messages = []
    for runner in (None, LosesClasses()):
        with pytest.raises((RequestError, RunError)) as failed:
            run(job(corpus, table, **asked), PipelineOptions([]), runner=runner)
        messages.append((failed.type, str(failed.value)))

    assert messages[0] == messages[1]


def test_receipts_are_counted_while_others_work(corpus: Corpus, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow_receipts, "_EVERY_SECONDS", 0.01)
    corpus.write("a.txt", [f"row {row}" for row in range(20)])
    corpus.write("b.txt", ["one", "POISON"])
    made = job(corpus, table, max_dead_fraction=0.5)
    run(made, PipelineOptions([]))
    METER.reset()

    with follow_receipts.receipts_followed(made):
        deadline = time.monotonic() + 30
        while METER.phase != "committing" and time.monotonic() < deadline:
            time.sleep(0.01)

    assert (METER.read, METER.written, METER.dead, METER.work) == (22, 21, 1, METER.work_total)
    assert Path(table).exists()
