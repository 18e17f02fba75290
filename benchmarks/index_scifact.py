"""python -m benchmarks.index_scifact: nDCG@10 of words, vectors and both on scifact's 300 test queries (a minute and a half).

Documents are title and text, embedded with use-multilingual, whole and in chunks of three sentences, and indexed and asked by the
public commands. To compare: 0.388 is exact cosine over whole documents, 0.679 BM25 as BEIR publishes it (Thakur et al.,
BEIR, 2021). Weights of the fusion were chosen on the 809 train queries, which are printed beside.
"""

from __future__ import annotations

import csv
import json
import math
from collections import defaultdict
from pathlib import Path

from benchmarks.common import CORPORA, WORK, child, show, verdict
from benchmarks.figures import record

_MODES = ("vector", "words", "hybrid")
_DEPTH = 10
_CHUNKS = {"whole documents": (), "--chunk sentences:3": ("--chunk", "sentences:3")}


def main() -> None:
    scifact = CORPORA / "scifact"
    WORK.mkdir(exist_ok=True)
    relevant = {split: relevant_documents(scifact / "qrels" / f"{split}.tsv") for split in ("train", "test")}
    queries = WORK / "scifact-queries.jsonl"
    with (scifact / "queries.jsonl").open(encoding="utf-8") as read, queries.open("w", encoding="utf-8") as write:
        for entry in map(json.loads, read):
            if any(entry["_id"] in shown for shown in relevant.values()):
                write.write(json.dumps({"id": entry["_id"], "text": entry["text"]}) + "\n")
    rows = []
    best: dict[str, float] = {}
    for name, chunk in _CHUNKS.items():
        table, index = WORK / f"scifact{len(chunk)}.table", WORK / f"scifact{len(chunk)}.index"
        columns = ("--id-column", "_id", "--text-column", "title,text", "--encoder", "use-multilingual")
        child(["-m", "launch.cli", "embed", str(scifact / "corpus.jsonl"), *columns, *chunk, "--to", str(table)])
        child(["-m", "launch.cli", "index", str(table), "--to", str(index)])
        for mode in _MODES:
            found = answers_of(index, queries, mode)
            figures = {split: ndcg(found, shown) for split, shown in relevant.items()}
            rows.append([name, mode, f"{figures['train']:.4f}", f"{figures['test']:.4f}"])
            best[f"{name}/{mode}"] = figures["test"]
    show("nDCG@10 on scifact", ["documents", "mode", "train (809)", "test (300)"], rows)
    for name in _CHUNKS:
        parts = max(best[f"{name}/vector"], best[f"{name}/words"])
        show(
            name,
            ["test", "figure"],
            [
                ["hybrid over the better part", verdict(best[f"{name}/hybrid"] / parts, 1.0)],
                ["hybrid, aim", verdict(best[f"{name}/hybrid"], 0.70)],
            ],
        )
    record(
        {
            "vectors": best["whole documents/vector"],
            "words": best["whole documents/words"],
            "hybrid": best["whole documents/hybrid"],
            "vectors_chunks": best["--chunk sentences:3/vector"],
            "hybrid_chunks": best["--chunk sentences:3/hybrid"],
        }
    )


def relevant_documents(path: Path) -> dict[str, dict[str, int]]:
    """Query -> document -> grade."""
    shown: dict[str, dict[str, int]] = defaultdict(dict)
    with path.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            shown[row["query-id"]][row["corpus-id"]] = int(row["score"])
    return shown


def answers_of(index: Path, queries: Path, mode: str) -> dict[str, list[str]]:
    arguments = ["--queries", str(queries), "-k", str(_DEPTH), "--mode", mode, "--json"]
    said = child(["-m", "launch.cli", "search", str(index), *arguments]).stdout
    answers = [json.loads(line) for line in said.splitlines()]
    return {answer["id"]: [hit["id"] for hit in answer["hits"]] for answer in answers}


def ndcg(found: dict[str, list[str]], relevant: dict[str, dict[str, int]]) -> float:
    """The mean over the queries of DCG over the best that there is, with a gain of the grade, at 10."""
    total = 0.0
    for query, grades in relevant.items():
        gains = [grades.get(document, 0) for document in found[query]]
        ideal = sorted(grades.values(), reverse=True)[:_DEPTH]
        total += _dcg(gains) / _dcg(ideal)
    return total / len(relevant)


def _dcg(gains: list[int]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, 1))


if __name__ == "__main__":
    main()
