"""All benchmarks, one after the other: `python -m benchmarks` or `make bench`. Some hours on two cores."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.common import console

NAMES = (
    "text_overhead",
    "text_use",
    "use_multilingual",
    "images",
    "quality",
    "memory",
    "reruns",
    "kills",
    "heads",
    "head_scale",
    "head_kills",
    "index_scale",
    "index_memory",
    "index_updates",
    "index_kills",
)


def main() -> None:
    failed = []
    for name in NAMES:
        console.rule(f"python -m benchmarks.{name}")
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode:
            failed.append(name)
    if failed:
        sys.exit(f"these did not finish: {', '.join(failed)}")


if __name__ == "__main__":
    main()
