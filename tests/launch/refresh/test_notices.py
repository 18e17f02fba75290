"""A run that ends badly is told of within the time that is said; figures and lineage are as their readers want them."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import jsonschema
import pytest

from launch.refresh.metrics import write_metrics
from launch.refresh.on_failure import OnFailure, call
from launch.refresh.post import post
from launch.refresh.record import RunRecord, StepRecord
from tests.launch.refresh.conftest import Job

SCHEMA = json.loads((Path(__file__).parents[2] / "data" / "openlineage.schema.json").read_text())


class Endpoint(HTTPServer):
    """Keeps what is posted to it."""

    def __init__(self) -> None:
        self.received: list[Any] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                endpoint.received.append(json.loads(content))
                self.send_response(404 if self.path == "/missing" else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as served:
        yield served
        served.shutdown()


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes a connection and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


def failed_run(folder: Path) -> RunRecord:
    step = StepRecord(step="tables.news", action="failed", message='it "broke"', exit_code=1)
    record = RunRecord(
        id="20260101T000000-0", job=f"{folder}/job.yaml", started=time.time(), steps=[step], report="r.html"
    )
    record.finish(1.5)
    return record


def test_a_webhook_gets_what_happened(tmp_path: Path, endpoint: Endpoint) -> None:
    assert call(OnFailure(webhook=endpoint.address), failed_run(tmp_path)) == ""
    [sent] = endpoint.received
    assert sent["text"] == f"vectormill refresh of {tmp_path}/job.yaml: failed: tables.news"
    assert (sent["exit_code"], sent["report"], sent["slot"]) == (1, "r.html", None)
    assert sent["steps"] == [{"step": "tables.news", "action": "failed", "message": 'it "broke"'}]


def test_a_webhook_that_refuses_hangs_or_is_not_there_is_one_line(
    tmp_path: Path, endpoint: Endpoint, silent: str
) -> None:
    record = failed_run(tmp_path)
    missing = f"{endpoint.address}/missing"
    assert call(OnFailure(webhook=missing), record) == f"on_failure: {missing}: it answers 404 Not Found"
    assert call(OnFailure(webhook=silent, seconds=0.2), record) == (
        f"on_failure: {silent}: it has not answered within 0.2 s"
    )
    assert "refused" in post("http://127.0.0.1:1/", {}, seconds=5)


def test_a_command_gets_what_happened(tmp_path: Path) -> None:
    command = 'cat > told.json; echo "$VECTORMILL_EXIT_CODE $VECTORMILL_REPORT $VECTORMILL_RUN" > told.txt'
    assert call(OnFailure(command=command), failed_run(tmp_path)) == ""
    assert json.loads((tmp_path / "told.json").read_text())["steps"][0]["message"] == 'it "broke"'
    assert (tmp_path / "told.txt").read_text() == "1 r.html 20260101T000000-0\n"


def test_a_command_that_fails_or_hangs_is_one_line(tmp_path: Path) -> None:
    record = failed_run(tmp_path)
    complaint = call(OnFailure(command="echo first >&2; echo 'no such host' >&2; exit 7"), record)
    assert complaint == "on_failure: the command ended with 7: no such host"
    # What it leaves in the background does not keep anybody waiting, and is stopped with it.
    hung = OnFailure(command="sleep 60 & sleep 60", seconds=0.2)
    assert call(hung, record) == "on_failure: the command was stopped: it has not ended within 0.2 s"
    assert call(OnFailure(command="sleep 60 & true", seconds=5), record) == ""


SAMPLE = re.compile(r'([a-z_]+)\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+)\} (-?\d[\d.e+-]*)')


def metrics_of(path: Path) -> dict[str, float]:
    """The samples of a file, by name and labels; each metric has its lines together, after its HELP and TYPE."""
    text = path.read_text()
    assert text.endswith("\n")
    samples: dict[str, float] = {}
    names: list[str] = []
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("# HELP "):
            name = line.split()[2]
            assert name not in names
            names.append(name)
            assert lines[number + 1] == f"# TYPE {name} gauge"
        elif not line.startswith("#"):
            found = SAMPLE.fullmatch(line)
            assert found is not None, line
            assert found[1] == names[-1]
            labels = [label for label in re.findall(r'([a-z_]+="(?:[^"\\]|\\.)*")', found[2]) if label[:4] != "job="]
            key = " ".join([found[1].removeprefix("vectormill_refresh_"), *labels])
            assert key not in samples
            samples[key] = float(found[3])
    return samples


def test_metrics_are_written_for_every_run(job: Job) -> None:
    path = job.root / "collected" / "news.prom"
    job.described["metrics"] = "collected/news.prom"
    job.refresh()
    first = metrics_of(path)
    assert first["exit_code"] == 0
    assert first["encoded_items"] == 120
    assert first['step_state step="tables.news" state="run"'] == 1
    assert first['step_state step="tables.news" state="failed"'] == 0
    assert first['step_version step="indexes.news"'] == 1
    assert first["last_success_timestamp_seconds"] == first["last_run_timestamp_seconds"]
    assert [file.name for file in path.parent.iterdir()] == ["news.prom"]

    job.refresh()
    fresh = metrics_of(path)
    assert fresh["last_run_timestamp_seconds"] > first["last_run_timestamp_seconds"]
    assert fresh["encoded_items"] == 0


def test_metrics_keep_when_a_run_last_succeeded(tmp_path: Path) -> None:
    path = tmp_path / "a.prom"
    record = RunRecord(id="1", job='/a"b\\c\n', started=1000.0, seconds=5.0)
    write_metrics(str(path), record)
    assert metrics_of(path)["last_success_timestamp_seconds"] == 1005

    held = StepRecord(step="models.m", action="fresh", message="not better")
    later = RunRecord(id="2", job='/a"b\\c\n', started=2000.0, seconds=5.0, exit_code=3, steps=[held])
    write_metrics(str(path), later)
    found = metrics_of(path)
    assert (found["last_success_timestamp_seconds"], found["last_run_timestamp_seconds"]) == (1005, 2005)
    assert found['step_state step="models.m" state="held_back"'] == 1


def events_of(job: Job) -> list[dict[str, Any]]:
    events = [json.loads(line) for line in (job.root / "lineage.ndjson").read_text().splitlines()]
    for event in events:
        jsonschema.Draft202012Validator(SCHEMA).validate(event)
    return events


def test_lineage_has_the_steps_that_were_run(job: Job) -> None:
    job.described["openlineage"] = "lineage.ndjson"
    del job.described["duplicates"]
    job.refresh("--as-of", "2026-01-02")
    events = events_of(job)
    root = str(job.root)

    def name(event: dict[str, Any]) -> str:
        return str(event["job"]["name"].removeprefix(f"{root}/job.yaml"))

    assert [(event["eventType"], name(event)) for event in events] == [
        ("START", ""),
        ("START", "#tables.news"),
        ("COMPLETE", "#tables.news"),
        ("START", "#indexes.news"),
        ("COMPLETE", "#indexes.news"),
        ("COMPLETE", ""),
    ]
    table, index = events[2], events[4]
    assert table["inputs"] == [{"namespace": "file", "name": f"{root}/news/*.csv"}]
    assert [output["name"] for output in table["outputs"]] == [f"{root}/tables/news"]
    assert table["outputs"][0]["facets"]["version"]["datasetVersion"] == "0"
    assert table["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 120
    assert index["inputs"] == [{"namespace": "file", "name": f"{root}/tables/news"}]
    assert events[1]["run"]["runId"] == table["run"]["runId"]
    assert table["run"]["facets"]["parent"]["run"]["runId"] == events[0]["run"]["runId"]
    assert events[0]["run"]["facets"]["nominalTime"]["nominalStartTime"] == "2026-01-02T00:00:00Z"

    job.refresh()
    assert len(events_of(job)) == len(events)
    job.news.write("4.csv", ["id,text,topic", *(f"4-{row},POISON {row},sky" for row in range(20))])
    job.refresh(code=1)
    failed = events_of(job)[len(events) :]
    assert [event["eventType"] for event in failed] == ["START", "START", "FAIL", "FAIL"]
    assert "cannot be embedded" in failed[2]["run"]["facets"]["errorMessage"]["message"]


def test_what_is_told_never_changes_how_a_run_ends(job: Job, silent: str) -> None:
    job.described |= {"openlineage": "http://127.0.0.1:1/", "metrics": "news/0.csv/x.prom"}
    job.described["on_failure"] = {"webhook": silent, "seconds": 0.1}
    job.described["tables"]["news"]["inputs"] = "nowhere/*.csv"
    job.refresh(code=2, notices=3)
    lineage, metrics, webhook = job.record["notices"]
    assert lineage.startswith("openlineage: http://127.0.0.1:1/: ")
    assert metrics.startswith(f"metrics: {job.root}/news/0.csv/x.prom: ")
    assert webhook == f"on_failure: {silent}: it has not answered within 0.1 s"


@pytest.mark.parametrize(
    ("described", "complaint"),
    [
        ({"on_failure": {"seconds": 3}}, "on_failure: give a command or a webhook, one of the two"),
        ({"on_failure": {"webhook": "file:///etc/passwd"}}, "an address starts with http:// or https://"),
        ({"on_failure": {"comand": "x"}}, "on_failure: there is no 'comand': is command meant?"),
        ({"metrics": "gs://b/x.prom"}, "metrics: a file on this machine's disk is wanted, NAME.prom"),
        ({"metrics": "x.txt"}, "metrics: a file on this machine's disk is wanted, NAME.prom"),
        ({"openlineage": "gs://b/x"}, "openlineage: a file on this machine's disk, or an http:// address is wanted"),
    ],
)
def test_wrong_notifications_are_refused(job: Job, described: dict[str, Any], complaint: str) -> None:
    job.described |= described
    assert complaint in job.complaint()
