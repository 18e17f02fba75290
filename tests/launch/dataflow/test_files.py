"""The files for Dataflow fit the project: they cannot be built here, so what can go wrong in them is looked at."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from launch.dataflow import template

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "launch" / "dataflow"
INSTRUCTIONS = {"ARG", "FROM", "COPY", "RUN", "ENV", "ENTRYPOINT"}


def instructions(name: str) -> list[tuple[str, str]]:
    """Each instruction and its arguments; continued lines joined."""
    lines = [line for line in (FOLDER / name).read_text().splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines()
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in joined]


def locked(package: str) -> str:
    found = re.search(rf"^{package}==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.gpu"])
def test_an_image_is_built_of_what_there_is(name: str) -> None:
    found = instructions(name)
    stages = {arguments.split(" AS ")[1] for kind, arguments in found if kind == "FROM" and " AS " in arguments}

    assert {kind for kind, _ in found} <= INSTRUCTIONS
    for kind, arguments in found:
        sources = arguments.split()[:-1]
        if kind == "COPY" and sources[0].startswith("--from="):
            assert sources[0].removeprefix("--from=") in stages
        elif kind == "COPY":
            assert [source for source in sources if not (ROOT / source).exists()] == []
    assert found[-1] == ("ENTRYPOINT", '["/opt/apache/beam/boot"]')


def test_images_have_the_locks_versions() -> None:
    arguments = dict(argument.split("=") for kind, argument in instructions("Dockerfile") if kind == "ARG")
    assert arguments["BEAM"] == locked("apache-beam")
    launcher = next(rest for kind, rest in instructions("Dockerfile") if kind == "FROM" and "launcher" in rest)
    assert f"python{arguments['PYTHON'].replace('.', '')}-" in launcher
    gpu = " ".join(rest for kind, rest in instructions("Dockerfile.gpu") if kind == "RUN")
    assert f"tensorflow[and-cuda]=={locked('tensorflow')}" in gpu


def test_the_image_knows_the_templates_program() -> None:
    (program,) = [rest.partition("=")[2] for kind, rest in instructions("Dockerfile") if "FLEX_TEMPLATE" in rest]
    assert (ROOT / program.removeprefix("/opt/vectormill/")) == Path(template.__file__)


def test_the_templates_parameters_are_the_programs() -> None:
    described = {each["name"]: each for each in json.loads((FOLDER / "metadata.json").read_text())["parameters"]}
    actions = {action.dest: action for action in template.parser()._actions if action.dest != "help"}

    assert set(described) == {
        *actions,
        "encoder_accelerator",
        "sdk_container_image",
        "sdk_location",
    }  # the last are Beam's
    for name, action in actions.items():
        assert described[name]["isOptional"] is not action.required
        for choice in action.choices or ():
            assert re.fullmatch(described[name]["regexes"][0], choice)
    accelerator = "type:nvidia-l4;count:1;machine_type:g2-standard-8;install-nvidia-driver"
    assert re.fullmatch(described["encoder_accelerator"]["regexes"][0], accelerator)


@pytest.mark.parametrize("flags", [["--inputs=/data", "--to=gs://b/t"], ["--inputs=gs://b/c", "--to=table"]])
def test_a_template_takes_no_path_of_a_disk(flags: list[str]) -> None:
    from transforms.common.errors import RequestError

    asked, _ = template.parser().parse_known_args([*flags, "--encoder=use-multilingual"])
    with pytest.raises(RequestError, match="do not have this disk"):
        template.job_of(asked)
