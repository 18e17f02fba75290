"""`vectormill schedule` writes what each scheduler reads, with names quoted as it wants them."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from launch.schedule.render import Schedule, render
from launch.schedule.times import times_of
from tests.launch.conftest import Command
from transforms.common.errors import RequestError

KUBERNETES = json.loads((Path(__file__).parents[2] / "data" / "kubernetes.schema.json").read_text())
AWKWARD = 'it\'s 100% "new" $HOME `id` \\ $(id)'


def schedule(job: str = "/srv/job.yaml", at: str = "17 3 * * *", **more: Any) -> Schedule:
    return Schedule(job=job, times=times_of(at), **{"program": "/bin/vectormill", **more})


def only(made: dict[str, str]) -> str:
    [content] = made.values()
    return content


@pytest.fixture
def recorder(tmp_path: Path) -> Path:
    """A program that writes its arguments to `called.json` beside it, and ends with the code in `code`, if there is one."""
    program = tmp_path / AWKWARD / "vectormill"
    program.parent.mkdir()
    lines = ["#!/usr/bin/env python3", "import json, pathlib, sys", "at = pathlib.Path(__file__).parent"]
    lines += ["(at / 'called.json').write_text(json.dumps(sys.argv[1:]))", "print('said')"]
    lines += ["code = at / 'code'", "sys.exit(int(code.read_text()) if code.exists() else 0)"]
    program.write_text("\n".join(lines))
    program.chmod(0o755)
    return program


def called(recorder: Path) -> list[str]:
    found: list[str] = json.loads((recorder.parent / "called.json").read_text())
    return found


def test_the_line_for_cron_calls_the_command_and_speaks_up_only_when_it_fails(recorder: Path) -> None:
    job = str(recorder.parent / "job.yaml")
    line = only(render(schedule(job, "*/5 1-3 * 1,7 *", program=str(recorder)), "cron")).splitlines()[-1]
    *times, command = line.split(maxsplit=5)
    assert times == ["*/5", "1-3", "*", "1,7", "*"]

    def run() -> subprocess.CompletedProcess[str]:
        assert "%" not in command.replace("\\%", "")
        shell = ["/bin/sh", "-c", command.replace("\\%", "%")]
        return subprocess.run(shell, capture_output=True, text=True, check=False)

    done = run()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert called(recorder) == ["refresh", job]
    (recorder.parent / "code").write_text("3")
    done = run()
    assert (done.returncode, done.stdout, done.stderr) == (3, "said\n", "")


def test_units_for_systemd_are_what_it_reads(tmp_path: Path) -> None:
    program = tmp_path / "100% $HOME" / "vectormill"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    times = "*/15 3-5 * 1,7 1-5"
    made = render(schedule(f"/srv/{AWKWARD}.yaml", times, program=str(program)), "systemd")
    assert [name.rpartition(".")[2] for name in made] == ["service", "timer"]
    service, timer = made.values()
    job = AWKWARD.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    started = f'ExecStart="{tmp_path}/100%% $HOME/vectormill" "refresh" "/srv/{job}.yaml"'
    assert started in service.splitlines()
    assert "OnCalendar=Mon..Fri *-1,7-* 3..5:0/15:00" in timer.splitlines()
    if shutil.which("systemd-analyze"):
        for name, content in made.items():
            (tmp_path / name).write_text(content)
        units = [str(tmp_path / name) for name in made]
        done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
    with pytest.raises(RequestError, match="systemd runs no program with quotes"):
        render(schedule(program="/it's/vectormill"), "systemd")


def test_the_cron_job_for_kubernetes_fits_its_schema() -> None:
    more = {"image": "registry/vectormill:0.1.0", "claim": "corpora", "program": "/usr/local/bin/vectormill"}
    made = yaml.safe_load(only(render(schedule(f"/srv/{AWKWARD}.yaml", **more), "k8s")))
    jsonschema.Draft202012Validator(KUBERNETES).validate(made)
    job = made["spec"]["jobTemplate"]["spec"]
    pod = job["template"]["spec"]
    # Kubernetes itself reads $$( as $(.
    escaped = f"/srv/{AWKWARD}.yaml".replace("$(", "$$(")
    assert pod["containers"][0]["command"] == ["/usr/local/bin/vectormill", "refresh", escaped]
    assert pod["containers"][0]["volumeMounts"] == [{"name": "work", "mountPath": "/srv"}]
    assert job["podFailurePolicy"]["rules"][0]["onExitCodes"] == {"operator": "In", "values": [2, 3]}
    assert made["spec"]["concurrencyPolicy"] == "Forbid"

    in_a_bucket = yaml.safe_load(only(render(schedule("gs://b/job.yaml", image="i"), "k8s")))
    jsonschema.Draft202012Validator(KUBERNETES).validate(in_a_bucket)
    assert "volumes" not in in_a_bucket["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    in_a_bucket["spec"]["concurency"] = "Forbid"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(KUBERNETES).validate(in_a_bucket)


def test_the_dag_for_airflow_is_python_with_the_command_as_it_is() -> None:
    made = render(schedule(f"/srv/{AWKWARD}.yaml"), "airflow")
    [(name, content)] = made.items()
    assert name.removesuffix(".py").isidentifier()
    tree = ast.parse(content)
    [command] = [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "COMMAND"
    ]
    assert ast.literal_eval(command) == ["/bin/vectormill", "refresh", f"/srv/{AWKWARD}.yaml"]


def test_the_script_for_google_makes_a_job_and_its_schedule(tmp_path: Path) -> None:
    more = {"image": "i:1", "project": "my-project", "region": "europe-west4", "program": "/usr/local/bin/vectormill"}
    made = render(schedule("gs://bucket/a b/job.yaml", **more), "gcp")
    for name, content in made.items():
        (tmp_path / name).write_text(content)
    manifest, script = made
    container = yaml.safe_load(made[manifest])["spec"]["template"]["spec"]["template"]["spec"]["containers"][0]
    assert container["command"] + container["args"] == [
        "/usr/local/bin/vectormill",
        "refresh",
        "gs://bucket/a b/job.yaml",
    ]

    gcloud = tmp_path / "bin" / "gcloud"
    gcloud.parent.mkdir()
    gcloud.write_text('#!/bin/sh\nprintf "%s|" "$@" >> "$CALLS"\necho >> "$CALLS"\n')
    gcloud.chmod(0o755)
    calls = tmp_path / "calls"
    environment = {**os.environ, "PATH": f"{gcloud.parent}:{os.environ['PATH']}", "CALLS": str(calls), "ACCOUNT": "a@b"}
    subprocess.run(["/bin/sh", str(tmp_path / script)], env=environment, check=True)
    replaced, _, scheduled = [line.split("|") for line in calls.read_text().splitlines()]
    assert replaced[:4] == ["run", "jobs", "replace", str(tmp_path / manifest)]
    assert scheduled[:4] == ["scheduler", "jobs", "update", "http"]
    assert "--schedule=17 3 * * *" in scheduled
    assert next(option for option in scheduled if option.startswith("--uri=")).endswith(
        f"/projects/my-project/locations/europe-west4/jobs/{manifest.removesuffix('.yaml')}:run"
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--for", "cron", "--at", "1 2 3"], "write minute, hour, day, month and weekday"),
        (["--for", "cron", "--at", "60 * * * *"], "60 is no minute: write 0 to 59"),
        (["--for", "cron", "--at", "1 5-2 * * *"], "5-2 is no hour"),
        (["--for", "cron", "--at", "1 5/2 * * *"], "5/2 is no hour: a step follows * or a range"),
        (["--for", "cron", "--at", "1 1 1 * 1"], "give a day or a weekday, not both"),
        (["--for", "k8s"], "--for k8s needs --image"),
        (["--for", "k8s", "--image", "i"], "a pod has no disk of this machine: give --claim"),
        (["--for", "gcp", "--image", "i"], "a Cloud Run job has no disk"),
        (["--for", "cron"], "cannot be read"),
    ],
)
def test_a_wrong_request_is_refused(arguments: list[str], complaint: str, tmp_path: Path, vectormill: Command) -> None:
    assert complaint in vectormill("schedule", tmp_path / "job.yaml", *arguments).complaint(2)


def test_files_are_written_to_a_folder_or_printed(tmp_path: Path, vectormill: Command) -> None:
    job = tmp_path / "job.yaml"
    job.write_text("tables:\n  a: {inputs: x, encoder: e}\n")
    printed = vectormill("schedule", job, "--for", "systemd").output()
    assert printed.count("# ---- vectormill-job-") == 2
    written = vectormill("schedule", job, "--for", "systemd", "--to", tmp_path / "units").output()
    assert [line.removesuffix(" is written") for line in written.splitlines()] == sorted(
        map(str, (tmp_path / "units").iterdir())
    )
    job.write_text("tabels: {}\n")
    assert "is tables meant?" in vectormill("schedule", job, "--for", "cron").complaint(2)


@settings(max_examples=30, deadline=None)
@given(name=st.text(min_size=1, max_size=80))
def test_a_name_is_taken_by_every_scheduler(name: str) -> None:
    made = schedule(f"/{name}.yaml").name
    assert len(made) <= 52
    assert made.replace("-", "").isalnum()
    assert made == made.lower()
    assert made.startswith("vectormill-")
    assert not made.endswith("-")
    assert "--" not in made


def test_control_characters_are_refused() -> None:
    with pytest.raises(RequestError, match="control character"):
        render(schedule("/a\nb.yaml"), "cron")
