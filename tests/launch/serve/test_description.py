"""Schemathesis asks the service all that its own description allows, and much that it does not."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.launch.serve.conftest import Client

CONFIG = Path(__file__).with_name("schemathesis.toml")
_EXAMPLES = 20


@pytest.mark.schema
def test_answers_are_as_described_and_none_is_a_fault(client: Client, tmp_path: Path) -> None:
    command = [*os.environ["SCHEMATHESIS"].split(), "--config-file", CONFIG, "run"]
    options = ["--phases", "examples,coverage,fuzzing", "--max-examples", str(_EXAMPLES), "--continue-on-failure"]
    shown = ["--no-shrink", "--output-truncate", "true", "--warnings", "off"]

    done = subprocess.run(
        [*command, f"http://127.0.0.1:{client.port}/openapi.json", *options, *shown],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    said = "\n".join(line[:300] for line in done.stdout.splitlines())
    assert done.returncode == 0, said + done.stderr[-2_000:]
    operations = sum(len(methods) for methods in client.get("/openapi.json").json["paths"].values())
    assert f"Tested: {operations}" in said
    assert client.notes == []
