"""python -m benchmarks.site: `vectormill site` of SciFact and of clothing against their indexes, in Chromium (4 minutes).

SciFact's documents are embedded with use-multilingual, clothing's photographs with MobileNetV2. Each folder is served by Python's
own static server. Its page answers 200 queries, SciFact's questions or photographs of clothing, and the first ten answers of each
are compared with the Searcher's. The first answer is that of a browser that has seen nothing of the site: from the address to the
hits. What drives Chromium is installed by `.ci/browser`.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import CORPORA, WORK, child, show
from benchmarks.figures import record
from tests.helpers.static_server import static_server
from transforms.search.ask.hit import Hit, Mode
from transforms.search.ask.searcher import Searcher

_QUERIES = 200
_DRIVER = Path(__file__).parents[1] / "tests" / "browser"
_MODES: tuple[Mode, ...] = ("hybrid", "vector", "words")
_EMBEDDED: dict[str, list[str]] = {
    "scifact": ["corpus.jsonl", "--id-column", "_id", "--text-column", "title,text", "--encoder", "use-multilingual"],
    "clothing": ["", "--labels-from", "folder", "--encoder", "mobilenet-v2"],
}


def main() -> None:
    WORK.mkdir(exist_ok=True)
    lines = (CORPORA / "scifact" / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["text"] for line in lines[:_QUERIES]]
    photographs = sorted((CORPORA / "clothing").rglob("*.jpg"))
    photographs = [photographs[at] for at in np.linspace(0, len(photographs) - 1, _QUERIES).astype(int)]
    texts, folder = written("scifact")
    seen = driven(folder, typed=questions[0], queries=questions)
    found = {
        f"{mode}_recall": recall(texts.search_texts(questions, mode=mode), seen["answers"][mode]) for mode in _MODES
    }
    found |= figures(folder, seen)
    images, folder = written("clothing")
    seen = driven(folder, photographs=photographs)
    expected = [images.search(image=path.read_bytes()) for path in photographs]
    found |= {"clothing_recall": recall(expected, seen["answers"]["photographs"])}
    found |= {f"clothing_{name}": value for name, value in figures(folder, seen).items()}
    show("vectormill site", ["figure", ""], [[name, f"{value:.4g}"] for name, value in found.items()])
    record(found)


def written(corpus: str) -> tuple[Searcher, Path]:
    """The index of a corpus, and its site, where they are not there from an earlier run."""
    table, index, folder = (WORK / f"site-{corpus}.{kind}" for kind in ("table", "index", "site"))
    source, *options = _EMBEDDED[corpus]
    child(["-m", "launch.cli", "embed", str(CORPORA / corpus / source), *options, "--to", str(table)])
    child(["-m", "launch.cli", "index", str(table), "--to", str(index)])
    if not folder.exists():
        child(["-m", "launch.cli", "site", str(index), "--to", str(folder)])
    return Searcher(str(index)), folder


def driven(folder: Path, *, typed: str | None = None, queries: list[str] = [], photographs: list[Path] = []) -> Any:  # noqa: B006
    """What Chromium sees of the page of a folder."""
    given = {"typed": typed, "filter": None, "queries": queries, "modes": _MODES if queries else []}
    (WORK / "given.json").write_text(
        json.dumps({**given, "photographs": [str(path) for path in photographs], "map": False})
    )
    with static_server(folder) as url:
        process = subprocess.Popen(
            ["node", "site_page.mjs", url, str(WORK / "given.json"), str(WORK)],
            cwd=_DRIVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
    process.communicate("\n")
    if process.returncode:
        raise SystemExit("the page was not driven: run .ci/browser once")
    return json.loads((WORK / "seen.json").read_text())


def recall(expected: list[list[Hit]], found: list[list[dict[str, Any]]]) -> float:
    """The share of the index's answers that are among the page's."""
    pairs = zip(expected, found, strict=True)
    return float(
        np.mean([len({hit.id for hit in hits} & {one["id"] for one in own}) / len(hits) for hits, own in pairs if hits])
    )


def figures(folder: Path, seen: Any) -> dict[str, float]:
    """Bytes of the folder, the first answer of a browser that has seen nothing of it, and one later."""
    later = {name: value for name, value in seen["milliseconds"].items() if not name.startswith("first")}
    return {
        "megabytes": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6,
        "first": seen["milliseconds"]["first-1200"] / 1e3,
        "later": later.get("hybrid", later.get("photographs", 0.0)),
    }


if __name__ == "__main__":
    main()
