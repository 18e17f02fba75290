"""Free slots and versions of a Flink cluster, by an imitation of the pages of its job manager."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from launch.preflight import service
from launch.preflight.check import Check
from launch.profiles import Profile


class _Overview(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        content = json.dumps({"slots-available": 3, "flink-version": "1.19.3"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), _Overview) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def checks(**given: object) -> list[Check]:
    profile = Profile(runner="flink", **given)  # type: ignore[arg-type]
    return list(service.slots(profile, profile.options()))


def test_parallelism_is_compared_with_the_free_slots(port: int) -> None:
    (enough,) = checks(flink_master=f"127.0.0.1:{port}", parallelism=3)
    (too_few,) = checks(flink_master=f"127.0.0.1:{port}", parallelism=4)

    assert (enough.ok, enough.words) == (True, f"3 are free at 127.0.0.1:{port}, and parallelism is 3")
    assert too_few.ok is False
    assert "parallelism is 4: lower it or start task managers" in too_few.words


def test_a_cluster_of_another_version_is_said(port: int) -> None:
    jar = "/jars/beam-runners-flink-1.20-job-server-2.77.0.jar"
    for given, where in (({"flink_version": "1.20"}, "flink_version"), ({"flink_job_server_jar": jar}, jar[6:])):
        version, _ = checks(flink_master=f"127.0.0.1:{port}", **given)

        assert (version.name, version.ok) == ("flink", False)
        assert version.words == f"the cluster is Flink 1.19.3, and {where} says 1.20: mend it"
    assert len(checks(flink_master=f"127.0.0.1:{port}", flink_job_server_jar=jar.replace("1.20", "1.19"))) == 1


def test_behind_a_job_service_the_cluster_is_looked_for_on_its_host(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_FLINK_PORT", port)
    (found,) = checks(job_endpoint="127.0.0.1:8099", parallelism=2)
    assert (found.ok, found.words) == (True, f"3 are free at 127.0.0.1:{port}, and parallelism is 2")

    monkeypatch.setattr(service, "_FLINK_PORT", 1)
    (unknown,) = checks(job_endpoint="127.0.0.1:8099")
    assert unknown.ok is None
    assert unknown.words.endswith(
        "give --beam --flink_master=HOST:PORT, the address of the cluster's pages, to have them counted"
    )
