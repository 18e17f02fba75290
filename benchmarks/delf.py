"""python -m benchmarks.delf: which photographs are found by parts of them, turned and compressed (three minutes).

A module of DELF's signature whose features are corners (`tests.helpers.local_feature_modules`; no weights of DELF are to be had
here) embeds 20 photographs; 40 % of the area of each, cut out anywhere, turned by 15, 45 and 90 degrees and saved as JPEG of
quality 60, is searched for, and parts of 20 photographs that are not in the index. Of the first kind at least 95 % must have the
right photograph first, of the second none may have a hit.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from benchmarks.common import CORPORA, child, show, verdict
from benchmarks.figures import record
from tests.helpers.local_feature_modules import save_delf_tf1
from tests.helpers.photographs import jpeg, part
from transforms.search.ask.searcher import Searcher

_COUNT = 20
_DEGREES = (15, 45, 90)
_FEATURES = "300"


def main() -> None:
    photographs = sorted((CORPORA / "hymenoptera" / "val").rglob("*.jpg"))[:: 153 // (2 * _COUNT)][: 2 * _COUNT]
    with TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "photographs").mkdir()
        for path in photographs[:_COUNT]:
            (root / "photographs" / path.name).write_bytes(path.read_bytes())
        module = save_delf_tf1(root / "delf")
        os.environ["VECTORMILL_CACHE_DIR"] = str(root / "cache")
        table, index = str(root / "table"), str(root / "index")
        options = ["--encoder", str(module), "--max-features", _FEATURES, "--to", table]
        child(["-m", "launch.cli", "embed", str(root / "photographs"), *options])
        child(["-m", "launch.cli", "index", table, "--to", index])
        searcher = Searcher(index)
        rows = []
        right, all_right, with_others, seconds = 0, 0, 0, 0.0
        for degrees in _DEGREES:
            own = 0
            for number, path in enumerate(photographs[:_COUNT]):
                query = _query(path, degrees, number)
                started = time.process_time()
                hits = searcher.search(image=query)
                seconds += time.process_time() - started
                own += bool(hits) and hits[0].id == path.name
                with_others += len(hits) > 1
            rows.append([f"{degrees} degrees", f"{own} of {_COUNT}"])
            right += own
            all_right += _COUNT
        absent = [
            len(searcher.search(image=_query(path, _DEGREES[number % len(_DEGREES)], number)))
            for number, path in enumerate(photographs[_COUNT:])
        ]
    show("the right photograph first", ["turned by", "queries"], rows)
    show(
        "parts of photographs",
        ["test", "figure"],
        [
            ["the right one first", verdict(right / all_right, 0.95)],
            ["a second photograph beside it", str(with_others)],
            ["photographs that are not there: hits", verdict(sum(absent), 0, at_least=False)],
            ["processor time of a query", f"{seconds / all_right:.2f} s"],
        ],
    )
    record({"first": right / all_right, "absent": sum(absent)})


def _query(path: Path, degrees: float, seed: int) -> bytes:
    with Image.open(path) as image:
        return jpeg(part(image.convert("RGB"), degrees=degrees, seed=seed)[0], quality=60)


if __name__ == "__main__":
    main()
