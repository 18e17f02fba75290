"""`vectormill` in a process of its own that also writes down how many items its encoder was given.

    python -m benchmarks.counted WORK_FILE embed INPUT... --to TABLE ...

Each call of the encoder appends a line to WORK_FILE, so that work done before a kill -9 is counted too. The last line of
standard error is the process's peak memory in kilobytes.
"""

from __future__ import annotations

import os
import resource
import sys
from typing import Any

from launch import cli
from launch.terminal import quiet
from transforms.encoders.safe_encoder import SafeEncoder


def main() -> None:
    work_file, *arguments = sys.argv[1:]
    log = os.open(work_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    encode = SafeEncoder.encode

    def counted(self: SafeEncoder, items: Any) -> Any:
        result = encode(self, items)
        os.write(log, f"{len(items)}\n".encode())
        return result

    SafeEncoder.encode = counted  # type: ignore[method-assign]
    quiet.quieten()
    code = cli.run(arguments)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr, flush=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
