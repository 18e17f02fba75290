"""All benchmarks, one after the other: `python -m benchmarks` or `make bench`. Some hours on two cores.

    python -m benchmarks --quick               # those of under ten minutes
    python -m benchmarks --against ../before   # beside an older checkout instead: see benchmarks.compare

What is run, and how long it takes, is declared in `figures.yaml`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from benchmarks import figures
from benchmarks.common import CORPORA, console

QUICK_MINUTES = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=f"Only those of under {QUICK_MINUTES} minutes.")
    parser.add_argument("--against", metavar="CHECKOUT", help="Another checkout, measured in turns with this one.")
    asked = parser.parse_args()
    if asked.against:
        sys.exit(subprocess.run([sys.executable, "-m", "benchmarks.compare", asked.against], check=False).returncode)
    minutes = {figure.command: figure.minutes for figure in figures.declared().values()}
    environment = {"TFHUB_CACHE_DIR": str(CORPORA.parent / "tfhub"), **os.environ}
    failed = []
    for command, taken in minutes.items():
        if asked.quick and taken >= QUICK_MINUTES:
            continue
        console.rule(command)
        arguments = command[command.index("-m ") :].split()
        if subprocess.run([sys.executable, *arguments], check=False, env=environment).returncode:
            failed.append(command)
    if failed:
        sys.exit(f"these did not finish: {', '.join(failed)}")
    past = figures.fallen()
    if past:
        sys.exit("\n".join(past))


if __name__ == "__main__":
    main()
