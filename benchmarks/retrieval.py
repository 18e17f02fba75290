"""python -m benchmarks.retrieval: nDCG@10 of words, of vectors and of the default search (half an hour).

SciFact's 300 test queries, and the collections of `benchmarks.judged_collections` that the folder VECTORMILL_COLLECTIONS holds,
each with minilm and with use-multilingual, embedded and indexed by the public commands. The default search is the one that the
index chose without any judgement. Tables that a run before left are used again.

To compare: on SciFact 0.645 is all-MiniLM-L6-v2 as its authors measure it, 0.679 BM25 as BEIR publishes it (Thakur et al., 2021).
"""

from __future__ import annotations

import os
from pathlib import Path

import vectormill
from benchmarks.common import CORPORA, WORK, child, console, show, verdict
from benchmarks.figures import record
from benchmarks.judged_collections import COLLECTIONS, write_beir
from transforms.search.ask.open_index import OpenIndex
from transforms.search.evaluate.evaluation import evaluate_index
from transforms.search.judgements import read_judgements

_ENCODERS = ("minilm", "use-multilingual")


def main() -> None:
    work, collections = WORK / "retrieval", os.environ.get("VECTORMILL_COLLECTIONS")
    work.mkdir(parents=True, exist_ok=True)
    folders = {"scifact": CORPORA / "scifact"}
    for name, read in COLLECTIONS.items():
        if collections is not None and (Path(collections) / name).is_dir():
            folders[name] = work / name
            write_beir(read(Path(collections) / name), folders[name])
    rows: list[list[str]] = []
    figures: dict[str, float] = {}
    for name, folder in folders.items():
        for encoder in _ENCODERS:
            vectors, words, default, chosen = measured(name, folder, encoder, work)
            better = max(vectors, words)
            verdicts = verdict(default - better, 0 if name == "scifact" else -0.005)
            console.print(f"[dim]{name}, {encoder}: {vectors:.4f} {words:.4f} {default:.4f} {chosen}[/dim]")
            rows.append([name, encoder, f"{vectors:.4f}", f"{words:.4f}", f"{default:.4f}", chosen, verdicts])
            key = f"{name}_{encoder.replace('-', '_')}"
            figures[f"{key}_gain"] = default - better
            if name == "scifact":
                figures |= {f"{key}_vectors": vectors, f"{key}_words": words, f"{key}_default": default}
    columns = ["collection", "encoder", "vectors", "words", "default", "chosen", "default over the better part"]
    show("nDCG@10", columns, rows)
    record(figures)


def measured(name: str, folder: Path, encoder: str, work: Path) -> tuple[float, float, float, str]:
    """nDCG@10 by vectors, by words and by default, and what the index chose."""
    table, index = str(work / f"{name}.{encoder}.table"), str(work / f"{name}.{encoder}.index")
    text = "title,text" if name == "scifact" else "text"
    if not Path(table).exists():
        columns = ("--id-column", "_id", "--text-column", text, "--encoder", encoder)
        child(["-m", "launch.cli", "embed", str(folder / "corpus.jsonl"), *columns, "--to", table])
    vectormill.build_index(table, to=index, language="en", rebuild=True)
    judged = read_judgements(str(folder / "queries.jsonl"), str(folder / "qrels" / "test.tsv"))
    report = evaluate_index(index, judged, against=None)
    found = {mode["name"]: mode["figures"]["ndcg@10"]["value"] for mode in report["modes"]}
    chosen = OpenIndex(index).metadata["search_mode"]
    said = f"{chosen['mode']}, {chosen['weight']:g} by {chosen['by']} ({chosen['seconds']:.0f} s)"
    return found["vector"], found["words"], found[report["default"]["mode"]], said


if __name__ == "__main__":
    main()
