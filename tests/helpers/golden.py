"""Tables of every format version that there ever was, as today's code must still read them.

`tests/data/table-N/{parquet,tfrecord}` were made by `python -m tests.helpers.golden` when FORMAT_VERSION was N, out of
`write_corpus(0)` and then, as a second version, of `write_corpus(1)`. Whoever raises FORMAT_VERSION runs it once; a
folder that is there is never made again.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from pathlib import Path

from tests.helpers.embedding import FORMATS, embed, job
from transforms.table.schema import FORMAT_VERSION

DATA = Path(__file__).parents[1] / "data"

_CORPORA = (
    {"a.txt": "one\ntwo\ntwo\n", "b.txt": "drei €\nPOISON\n", "c.txt": "leaves\n"},
    {"a.txt": "one\ntwo\ntwo\n", "b.txt": "drei €\nPOISON\nnew\n"},
)


def write_corpus(root: Path, edition: int) -> None:
    """Writes the first or the second corpus, with times that are always the same."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for name, text in _CORPORA[edition].items():
        (root / name).write_text(text)
        changed = 1_700_000_000 + (edition if text != _CORPORA[0][name] else 0)
        os.utime(root / name, (changed, changed))


def make(root: Path, *, corpora: Path) -> None:
    """Makes both tables under `root`. The path `corpora`, a folder to work in, gets into their files."""
    here = os.getcwd()
    corpora.mkdir()
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, corpora)
        os.chdir(corpora)
        try:
            for part_format in FORMATS:
                for edition in (0, 1):
                    write_corpus(Path("corpus"), edition)
                    asked = {"read": {"labels_from": "file"}, "max_dead_fraction": 1}
                    embed(job(Path("corpus"), part_format, part_format=part_format, run=f"golden-{edition}", **asked))
                shutil.rmtree(Path(part_format, "_vectormill", "runs"))
            for log in Path("parquet", "_delta_log").glob("*.json"):
                log.write_text("".join(_without_location(line) + "\n" for line in log.read_text().splitlines()))
            for part_format in FORMATS:
                shutil.copytree(part_format, root / part_format)
        finally:
            os.chdir(here)


def _without_location(line: str) -> str:
    action = json.loads(line)
    parameters = action.get("commitInfo", {}).get("operationParameters", {})
    if "location" in parameters:
        parameters["location"] = "file:///table/"
    return json.dumps(action)


if __name__ == "__main__":
    target = DATA / f"table-{FORMAT_VERSION}"
    if target.exists():
        sys.exit(f"{target} is there already: a format that was published does not change")
    make(target, corpora=Path("/golden"))  # a path that names no machine
