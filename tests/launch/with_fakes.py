"""`python -m tests.launch.with_fakes`: the command as a process of its own, with a fake encoder that takes its time.

`PACE` (environment) is how many seconds the encoder's first, second, ... calls take; further ones take as long as the
last: "0,0,60" does two batches at once and then stalls. Once there is a file at `PACE_UNTIL`, nothing takes time.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

from launch.cli import main
from tests.helpers import fakes
from transforms import encoders
from transforms.encoders.spec import Encoder


@dataclass(frozen=True)
class Paced(fakes.FakeResolved):
    """A fake text encoder with the pace of the environment."""

    def load(self) -> Encoder:
        encoder = super().load()
        at_once = encoder.encode
        seconds = [float(number) for number in os.environ["PACE"].split(",")]
        pace = chain(seconds, repeat(seconds[-1]))

        def encode(items: Any) -> Any:
            until = time.monotonic() + next(pace)
            while time.monotonic() < until and not os.path.exists(os.environ.get("PACE_UNTIL", "")):
                time.sleep(0.02)
            return at_once(items)

        encoder.encode = encode  # type: ignore[method-assign]
        return encoder


def resolve(name: str, **_: Any) -> Paced:
    return Paced(fakes.text_encoder().spec)


if __name__ == "__main__":
    encoders.resolve = resolve  # type: ignore[assignment]
    # A process that is started in the background may have inherited that Ctrl-C is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main()
