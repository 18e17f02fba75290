"""python -m benchmarks.chunking: what ways of cutting texts find, and what an edit costs (ten minutes).

nDCG@10 on scifact's 300 test queries with use-multilingual, by the public commands. Abstracts have 300 tokens on average, so
they are asked twice: as they are, and ten drawn at random as the paragraphs of one document, which is right if it holds the
right abstract. An edit is of one paragraph in a section of 200 (one to five sentences of abstracts each): how many chunks of the
section are new.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from pathlib import Path
from statistics import mean

from benchmarks.common import CORPORA, WORK, child, show
from benchmarks.figures import record
from benchmarks.index_scifact import answers_of, ndcg, relevant_documents
from transforms.corpus.chunks.chunking import Chunking
from transforms.corpus.chunks.cutting import cut_text
from transforms.encoders.tokenizers import MULTILINGUAL

_CHUNKS = (None, "paragraphs", "tokens:128:32")
_TOGETHER = 10
_EDITS = 200
Grades = dict[str, dict[str, int]]


def main() -> None:
    scifact = CORPORA / "scifact"
    WORK.mkdir(exist_ok=True)
    abstracts = [json.loads(line) for line in (scifact / "corpus.jsonl").read_text().splitlines()]
    relevant = relevant_documents(scifact / "qrels" / "test.tsv")
    queries = WORK / "chunking-queries.jsonl"
    asked = [json.loads(line) for line in (scifact / "queries.jsonl").read_text().splitlines()]
    queries.write_text(
        "".join(json.dumps({"id": one["_id"], "text": one["text"]}) + "\n" for one in asked if one["_id"] in relevant)
    )
    alone = {one["_id"]: [one["_id"]] for one in abstracts}
    names = [one["_id"] for one in abstracts]
    random.Random(1).shuffle(names)
    together = {f"d{first}": names[first : first + _TOGETHER] for first in range(0, len(names), _TOGETHER)}
    record(_edits([one["text"] for one in abstracts]))
    for what, groups in (("alone", alone), ("together", together)):
        corpus = _written(WORK / f"chunking-{what}.jsonl", groups, abstracts)
        found = {chunk: _found(corpus, chunk, queries, _regraded(relevant, groups)) for chunk in _CHUNKS}
        show(
            f"nDCG@10, {'an abstract' if what == 'alone' else f'{_TOGETHER} abstracts'} a document",
            ["--chunk", "vectors", "hybrid", "rows"],
            [[chunk or "none", f"{v:.4f}", f"{h:.4f}", f"{rows:,}"] for chunk, (v, h, rows) in found.items()],
        )
        figures: dict[str, float] = {}
        for name, chunk in (("whole", None), ("tokens", "tokens:128:32"), ("paragraphs", "paragraphs")):
            figures |= {f"{what}_{name}": found[chunk][0], f"{what}_{name}_hybrid": found[chunk][1]}
        record(figures)


def _written(path: Path, groups: dict[str, list[str]], abstracts: list[dict[str, str]]) -> Path:
    texts = {one["_id"]: f"{one['title']}\n\n{one['text']}" for one in abstracts}
    path.write_text(
        "".join(json.dumps({"id": n, "text": "\n\n".join(texts[m] for m in own)}) + "\n" for n, own in groups.items())
    )
    return path


def _regraded(relevant: Grades, groups: dict[str, list[str]]) -> Grades:
    group_of = {name: group for group, names in groups.items() for name in names}
    graded: Grades = defaultdict(dict)
    for query, grades in relevant.items():
        for name, grade in grades.items():
            graded[query][group_of[name]] = max(grade, graded[query].get(group_of[name], 0))
    return graded


def _found(corpus: Path, chunk: str | None, queries: Path, relevant: Grades) -> tuple[float, float, int]:
    """nDCG@10 by vectors and hybrid, and the rows of the table."""
    name = f"{corpus.stem}-{(chunk or 'none').replace(':', '-')}"
    table, index = WORK / f"{name}.table", WORK / f"{name}.index"
    cut = () if chunk is None else ("--chunk", chunk)
    columns = ("--id-column", "id", "--encoder", "use-multilingual", "--json")
    said = child(["-m", "launch.cli", "embed", str(corpus), *columns, *cut, "--to", str(table)]).stdout
    child(["-m", "launch.cli", "index", str(table), "--to", str(index)])
    vectors, hybrid = (ndcg(answers_of(index, queries, mode), relevant) for mode in ("vector", "hybrid"))
    return vectors, hybrid, json.loads(said)["rows"]


def _edits(texts: list[str]) -> dict[str, float]:
    """How many chunks an edited, an added and a deleted paragraph cost on average, and how many a section has."""
    rng = random.Random(2)
    found: dict[str, list[int]] = defaultdict(list)
    for _ in range(_EDITS):
        *section, other = (_paragraph(rng.choice(texts), rng) for _ in range(201))
        at = rng.randrange(len(section))
        edited = section[at].replace(" the ", " that ", 1) + " So it is."
        before = _chunks(section)
        found["of"].append(len(before))
        for what, now in (
            ("edited", [*section[:at], edited, *section[at + 1 :]]),
            ("added", [*section[:at], other, *section[at:]]),
            ("deleted", [*section[:at], *section[at + 1 :]]),
        ):
            found[what].append(len(set(_chunks(now)) - set(before)))
    rows = [[name, f"{mean(costs):.1f}", str(max(costs))] for name, costs in found.items()]
    show("new chunks of 128 tokens, one paragraph of 200 changed", ["paragraph", "mean", "most"], rows)
    return {name: mean(costs) for name, costs in found.items()}


def _paragraph(text: str, rng: random.Random) -> str:
    sentences = re.split(r"(?<=\.) (?=[A-Z])", text)
    first = rng.randrange(len(sentences))
    return " ".join(sentences[first : first + rng.choice([1, 1, 2, 3, 5])])


def _chunks(section: list[str]) -> list[str]:
    text = "\n\n".join(section)
    chunking = Chunking.parsed("tokens:128", tokenizer=MULTILINGUAL)
    return [text[start:stop] for start, stop in cut_text(text, chunking)]


if __name__ == "__main__":
    main()
