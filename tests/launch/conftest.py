"""Running the command as a person does, with fake encoders in place of networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from launch.cli import run
from tests import fakes
from transforms import encoders
from transforms.job import LoadableEncoder

FAKES = {"fake-text": fakes.text_encoder, "fake-image": fakes.image_encoder}


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line that a failed command writes to standard error, without its prefix."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("vectormill: "), self.err
        assert "Traceback" not in self.err
        assert self.out == "", self.out
        return lines[0].removeprefix("vectormill: ")


class Command:
    """`vectormill`, in this process. `encoder` is what `--encoder fake-text` and `fake-image` mean; change it at will."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd
        self.encoder: LoadableEncoder | None = None

    def __call__(self, *arguments: object) -> Outcome:
        self._capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = self._capfd.readouterr()
        return Outcome(code, out, err)

    def resolve(self, name: str, **_: Any) -> LoadableEncoder:
        return self.encoder or FAKES[name]()


@pytest.fixture
def vectormill(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """The command, with fakes for encoders."""
    command = Command(capfd)
    monkeypatch.setattr(encoders, "resolve", command.resolve)
    return command


Embed = Callable[..., Outcome]


@pytest.fixture
def embed(vectormill: Command, table: str) -> Embed:
    """`vectormill embed INPUT... --to TABLE --encoder fake-text` and whatever follows."""

    def embedded(*arguments: object, encoder: str = "fake-text", to: str = table) -> Outcome:
        return vectormill("embed", *arguments, "--to", to, "--encoder", encoder)

    return embedded
