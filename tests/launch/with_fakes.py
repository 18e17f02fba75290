"""`python -m tests.launch.with_fakes`: the command as its own process, with a fake encoder that takes its time.

`SECONDS_A_CALL` (environment) is how long a call of the encoder sleeps.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any

from launch.cli import main
from tests import fakes
from transforms import encoders
from transforms.encoders.spec import Encoder


@dataclass(frozen=True)
class SlowResolved(fakes.FakeResolved):
    """A fake whose encoder needs a while for every call."""

    def load(self) -> Encoder:
        encoder = super().load()
        fast = encoder.encode

        def slow(items: Any) -> Any:
            time.sleep(float(os.environ["SECONDS_A_CALL"]))
            return fast(items)

        encoder.encode = slow  # type: ignore[method-assign]
        return encoder


def resolve(name: str, **_: Any) -> SlowResolved:
    return SlowResolved(fakes.text_encoder().spec)


if __name__ == "__main__":
    encoders.resolve = resolve  # type: ignore[assignment]
    main()
