"""Running a graph on a runner whose workers are other processes: ends, failures, Ctrl-C, progress."""

from __future__ import annotations

import copy
import pickle
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions, StandardOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.runners.runner import PipelineRunner

from pipelines import follow
from pipelines.embed import run
from pipelines.failures import failure_in
from pipelines.running import ViewedOnce
from pipelines.submission import FOLDER, Submission, leave_failure
from pipelines.submitted_job import RemoteRunner, rejoin
from tests.helpers.embedding import Corpus, embed, expected, job, rows
from transforms.common.errors import Detached, RequestError, RunError, StoppedError
from transforms.common.progress import METER
from transforms.embed.job import EmbedJob
from transforms.table.ledger import read_receipt


class Submitted:
    """The result of a job that runs elsewhere; it ends as `end` does."""

    def __init__(self, end: Any, *, cancels: bool = True, state: str = "RUNNING") -> None:
        self._end = end
        self._cancels = cancels
        self.state = state
        self.job_id = "job-7"

    def wait_until_finish(self) -> None:
        try:
            self._end()
        except Exception:
            self.state = "FAILED"
            raise
        self.state = "DONE"

    def cancel(self) -> None:
        if not self._cancels:
            raise ConnectionError("no route to host")
        self.state = "CANCELLED"


class Elsewhere(PipelineRunner):
    """A runner that submits, and does nothing itself."""

    def __init__(self, result: Submitted) -> None:
        self.result = result

    def run_pipeline(self, pipeline: Any, options: Any) -> Any:
        return self.result


class LosesClasses(PipelineRunner):
    """Runs the graph for real, in the background; a failure comes back as a runner's text, as from a cluster."""

    def run_pipeline(self, pipeline: Any, options: Any) -> Any:
        outcome: list[Exception] = []

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


def fail(error: Exception) -> Any:
    def end() -> None:
        raise error

    return end


def ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    """The person presses Ctrl-C when the job is submitted."""

    def pressed(self: threading.Thread, timeout: float | None = None) -> None:
        if self.name == "waiting":
            raise KeyboardInterrupt
        join(self, timeout)

    join = threading.Thread.join
    monkeypatch.setattr(threading.Thread, "join", pressed)


@pytest.fixture
def one(corpus: Corpus, table: str) -> EmbedJob:
    """A job on one line."""
    corpus.write("a.txt", ["one"])
    return job(corpus, table)


NO_OPTIONS = PipelineOptions(["--job_name=vectormill-embed-table"])


def test_a_failure_that_came_as_text_keeps_its_class_and_its_words() -> None:
    text = (
        "transforms.common.errors.RunError: first [while running 'A']\nmore\n"
        "transforms.common.errors.RequestError: 'x.csv': has no column 'b' [while running 'PlanShards/ParDo(PlanShards)']"
    )

    found = failure_in(text)

    assert (type(found), str(found)) == (RequestError, "'x.csv': has no column 'b'")
    assert failure_in("RuntimeError: disk on fire") is None


def test_a_failure_of_the_runner_itself_is_raised_as_it_is(one: EmbedJob) -> None:
    with pytest.raises(RuntimeError, match="no slots"):
        run(one, NO_OPTIONS, runner=Elsewhere(Submitted(fail(RuntimeError("no slots")))))

    assert not Path(one.table).exists()


def test_ctrl_c_cancels_the_job(one: EmbedJob, monkeypatch: pytest.MonkeyPatch) -> None:
    submitted = Submitted(threading.Event().wait)
    ctrl_c(monkeypatch)

    with pytest.raises(StoppedError, match="the job was cancelled at its runner"):
        run(one, NO_OPTIONS, runner=Elsewhere(submitted))

    assert submitted.state == "CANCELLED"
    assert not Path(one.table).exists()


def test_a_job_that_cannot_be_cancelled_is_said_to_run_on(one: EmbedJob, monkeypatch: pytest.MonkeyPatch) -> None:
    ctrl_c(monkeypatch)

    with pytest.raises(StoppedError, match=r"did not cancel the job \(no route to host\): it may run on and commit"):
        run(one, NO_OPTIONS, runner=Elsewhere(Submitted(threading.Event().wait, cancels=False)))

    assert Submission.at(one.table) is not None


def test_workers_that_wrote_elsewhere_are_noticed(one: EmbedJob) -> None:
    with pytest.raises(
        RunError, match=r"the job is done, and .*summary.json is not there: its workers wrote elsewhere"
    ):
        run(one, NO_OPTIONS, runner=Elsewhere(Submitted(lambda: None)))


def test_a_job_that_somebody_cancelled_at_its_runner(one: EmbedJob) -> None:
    text = "Pipeline job-7 failed in state CANCELLED: unknown error"

    with pytest.raises(RunError, match="vectormill-embed-table was cancelled at the runner; what is finished is kept"):
        run(one, NO_OPTIONS, runner=Elsewhere(Submitted(fail(RuntimeError(text)))))


def test_a_job_that_is_lost_sight_of_may_be_asked_for_again(one: EmbedJob) -> None:
    class Lost(Submitted):
        def wait_until_finish(self) -> None:
            raise ConnectionError("stream removed")

    with pytest.raises(
        RunError, match=r"does not answer any more \(stream removed\): vectormill-embed-table may run on"
    ):
        run(one, NO_OPTIONS, runner=Elsewhere(Lost(lambda: None)))

    assert Submission.at(one.table) is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "failed: bundle inst008 stage-003 failed:SDK worker disconnected: worker[job-003], 7 active",
            "a worker has ended in",
        ),
        ("io.grpc.StatusRuntimeException: CANCELLED: client cancelled", "a worker has ended in the middle of its work"),
        (
            "ModuleNotFoundError: No module named 'pipelines'\n\n",
            "its workers have no vectormill: install it in their image",
        ),
    ],
)
def test_what_runners_say_of_their_workers_is_said_in_words(one: EmbedJob, text: str, words: str) -> None:
    with pytest.raises(RunError, match=words):
        run(one, NO_OPTIONS, runner=Elsewhere(Submitted(fail(RuntimeError(text)))))


# ---- jobs that nobody waits for ---------------------------------------------------------------------------


def detached(one: EmbedJob) -> Submission:
    with pytest.raises(Detached, match="vectormill-embed-table: submitted to the runner as job-7"):
        run(one, NO_OPTIONS, runner=RemoteRunner(runner=Elsewhere(Submitted(lambda: None)), detach=True))
    found = Submission.at(one.table)
    assert found is not None and found.run == one.run
    return found


def finding(result: Submitted | None, said: list[str]) -> RemoteRunner:
    return RemoteRunner(runner=None, find=lambda options, job_id: result, say=said.append)


def test_the_same_request_follows_a_job_that_is_still_running(corpus: Corpus, one: EmbedJob) -> None:
    detached(one)
    said: list[str] = []

    same = rejoin(job(corpus, one.table), NO_OPTIONS, finding(Submitted(lambda: None), said))

    assert same.run == one.run
    assert "is still running: following it, Ctrl-C cancels it" in said[0]
    assert Submission.at(one.table) is None


def test_another_request_is_refused_while_a_job_writes_to_the_same_folder(corpus: Corpus, one: EmbedJob) -> None:
    detached(one)

    with pytest.raises(RequestError, match="for another request and is still running: wait for its end, or cancel"):
        rejoin(job(corpus, one.table, keep_text=False), NO_OPTIONS, finding(Submitted(lambda: None), []))


@pytest.mark.parametrize("same", [True, False])
def test_a_job_that_failed_meanwhile_fails_the_same_request_once(corpus: Corpus, one: EmbedJob, same: bool) -> None:
    leave_failure(detached(one).failure_path, RequestError("'x.csv': has no column 'b'"))
    asked, failed = job(corpus, one.table, keep_text=same), Submitted(fail(RuntimeError("text")), state="FAILED")

    if same:
        with pytest.raises(RequestError, match="has no column 'b'"):
            rejoin(asked, NO_OPTIONS, finding(failed, []))

    assert rejoin(asked, NO_OPTIONS, finding(failed, [])) is asked
    assert not Path(one.table, FOLDER).exists()


def test_a_job_that_its_service_has_forgotten_is_begun_anew(corpus: Corpus, one: EmbedJob) -> None:
    detached(one)
    asked, said = job(corpus, one.table), list[str]()

    assert rejoin(asked, NO_OPTIONS, finding(None, said)) is asked
    assert said[0].endswith("is not known to the runner: this command starts anew")


# ---- progress and failures --------------------------------------------------------------------------------


def test_an_embed_elsewhere_gives_the_same_table_and_its_receipts_are_the_progress(
    corpus: Corpus, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "_EVERY_SECONDS", 0.01)
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
    monkeypatch.setattr(follow, "_EVERY_SECONDS", 0.01)
    corpus.write("a.txt", [f"row {row}" for row in range(20)])
    corpus.write("b.txt", ["one", "POISON"])
    made = job(corpus, table, max_dead_fraction=0.5)
    embed(made)  # whose plan stays
    METER.reset()

    with follow.followed(follow.receipts_of(made)):
        deadline = time.monotonic() + 60
        while METER.phase != "committing" and time.monotonic() < deadline:
            time.sleep(0.01)

    assert (METER.read, METER.written, METER.dead, METER.work) == (22, 21, 1, METER.work_total)
    assert Path(table).exists()


def test_of_many_receipts_some_are_read_and_all_are_counted(
    corpus: Corpus, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "_SAMPLE", 3)
    read: list[str] = []
    monkeypatch.setattr(follow, "read_receipt", lambda path: (read.append(path), read_receipt(path))[1])
    for name in range(10):
        corpus.write(f"{name}.txt", [f"row {name}", f"another {name}"])
    made = job(corpus, table, shard_items=1)
    embed(made)  # whose plan stays
    METER.reset()

    assert not follow.receipts_of(made)()

    assert len(read) == 3
    assert (METER.written, METER.work) == (20, METER.work_total)
    assert METER.work_total >= 10


def test_files_elsewhere_are_counted_with_their_shares(tmp_path: Path) -> None:
    METER.reset()
    look = follow.files_of(str(tmp_path), {"a": 3, "b": 1}, phase="comparing", then="writing", work={"a": 9, "b": 1})

    assert look()
    assert (METER.phase, METER.work_total) == ("starting", 0)
    (tmp_path / "a").touch()
    (tmp_path / "stranger").touch()
    assert look()
    assert (METER.phase, METER.written, METER.work, METER.work_total) == ("comparing", 3, 9, 10)
    (tmp_path / "b").touch()
    assert not look()
    assert (METER.phase, METER.written, METER.work) == ("writing", 4, 10)


def test_a_view_of_options_is_made_once_and_shares_their_values() -> None:
    given = PipelineOptions(["--direct_num_workers=3"])
    given.view_as(StandardOptions).runner = "one"
    options = given.view_as(ViewedOnce)
    copied = copy.deepcopy(options)

    options.view_as(StandardOptions).runner = "another"

    assert options.view_as(StandardOptions) is options.view_as(StandardOptions)
    assert options.view_as(DirectOptions).direct_num_workers == 3
    assert given.view_as(StandardOptions).runner == "another"
    assert (copied.view_as(StandardOptions).runner, copied.view_as(DirectOptions).direct_num_workers) == ("one", 3)
    assert pickle.loads(pickle.dumps(options)).get_all_options() == options.get_all_options() == given.get_all_options()
