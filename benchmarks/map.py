"""python -m benchmarks.map: the map of 200,000 sentence vectors of 512 dimensions: its layout, and the page that draws it.

The layout is that of `vectormill index --map` on an index that has none yet. The page is opened five times by a fresh Chromium
without a graphics card (`npm ci --prefix tests/browser` installs what drives it; without it the page is left out).
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
from pathlib import Path

from benchmarks.common import WORK, child, console, show
from benchmarks.feature_tables import sentence_table
from benchmarks.figures import record
from benchmarks.indexing import index_arguments, ran, report_of
from benchmarks.serving import served

_ROWS = 200_000
_BROWSER = Path(__file__).parents[1] / "tests" / "browser"
_OPTIONS = ("--no-words", "--kind", "ivf")


def main() -> None:
    table, plain, index = sentence_table(_ROWS), WORK / f"plain-{_ROWS}.index", WORK / "map.index"
    if not plain.exists():
        child(index_arguments(table, plain, *_OPTIONS))
    shutil.rmtree(index, ignore_errors=True)
    shutil.copytree(plain, index)
    build = ran(index_arguments(table, index, *_OPTIONS, "--map"))
    seconds = report_of(index)["seconds"]["map"]
    figures: dict[str, float | list[float]] = {"seconds": seconds, "memory": build.own / 1e6}
    rows = [
        ["layout, seconds", f"{seconds:.0f}"],
        ["memory of the process, without mapped files", f"{build.own / 1e6:,.0f} MB"],
    ]
    if (_BROWSER / "node_modules").exists() and shutil.which("node"):
        with served("-m", "launch.cli", "serve", str(index), "--port", "0") as (port, _):
            command = ["node", "map_time.mjs", f"http://127.0.0.1:{port}/", "5"]
            done = subprocess.run(command, cwd=_BROWSER, check=True, capture_output=True, text=True)
        seen = json.loads(done.stdout)
        figures |= {"opened": seen["opened"], "moved": seen["moved"]}
        rows += [
            ["from the click to the first frame", f"{statistics.median(seen['opened']):.0f} ms"],
            ["a frame after a move", f"{statistics.median(seen['moved']):.0f} ms"],
        ]
    else:
        console.print("the page is left out: there is no node, or nothing that drives Chromium")
    show(f"the map of {_ROWS:,} vectors", ["what", "figure"], rows)
    record(figures)


if __name__ == "__main__":
    main()
