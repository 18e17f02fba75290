"""Reads small test collections with relevance judgements, and writes them in the layout of BEIR.

    cran, cisi, med, cacm   as the University of Glasgow keeps them (SMART's format): documents, queries, judgements
    stackfaq                questions of StackExchange in many wordings, and their answers (StackFAQ: Karan and Snajder, 2018)
    nfcorpus                the test part of NFCorpus (Boteva et al., 2016): titles of a web site on food, medical abstracts

None of them is part of this repository. The folder VECTORMILL_COLLECTIONS has a folder for each, in which the files have their
original names (cran.all.1400, cran.qry, cranqrel; CISI.ALL, .QRY, .REL; MED.ALL, .QRY, .REL; cacm.all, query.text, qrels.text;
stackExchange-FAQ.xml; test.docs, test.titles.queries, test.2-1-0.qrel). Public repositories of search engines carry them.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

Documents = dict[str, str]
Queries = dict[str, str]
Qrels = dict[str, dict[str, int]]
Collection = tuple[Documents, Queries, Qrels]

_BLANKS = re.compile(r"\s+")


def _fields(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The records of a file in SMART's format: a number, and texts by the letter of their field."""
    number, field = "", ""
    lines: dict[str, list[str]] = defaultdict(list)
    for line in [*path.read_text(encoding="latin-1").split("\n"), ".I end"]:
        if match := re.match(r"\.I\s+(\w+)", line):
            if number:
                yield number, {name: _BLANKS.sub(" ", " ".join(found)).strip() for name, found in lines.items()}
            number, field, lines = match[1].lstrip("0"), "", defaultdict(list)
        elif match := re.match(r"\.([A-Z])\s*$", line):
            field = match[1]
        elif field:
            lines[field].append(line)


def _smart(documents: Path, queries: Path) -> tuple[Documents, Queries]:
    texts = {number: f"{found.get('T', '')} {found.get('W', '')}".strip() for number, found in _fields(documents)}
    asked = {number: found["W"] for number, found in _fields(queries) if found.get("W")}
    return {number: text for number, text in texts.items() if text}, asked


def _relevant(path: Path, *, document: int) -> Qrels:
    relevant: Qrels = defaultdict(dict)
    for columns in map(str.split, path.read_text().splitlines()):
        if columns:
            relevant[columns[0].lstrip("0")][columns[document].lstrip("0")] = 1
    return relevant


def cran(folder: Path) -> Collection:
    """Cranfield: abstracts on aerodynamics. Judgements count the queries; codes 1 to 4 are relevant, others are not."""
    asked = [found["W"] for _, found in _fields(folder / "cran.qry")]
    queries = {str(number): text for number, text in enumerate(asked, 1)}
    relevant: Qrels = defaultdict(dict)
    for query, document, *code in map(str.split, (folder / "cranqrel").read_text().splitlines()):
        if code and code[0] in "1234":
            relevant[query][document] = 1
    # The abstract begins with the title.
    texts = {number: found.get("W", "") for number, found in _fields(folder / "cran.all.1400")}
    return {number: text for number, text in texts.items() if text}, queries, relevant


def cisi(folder: Path) -> Collection:
    """CISI: abstracts on library science."""
    return *_smart(folder / "CISI.ALL", folder / "CISI.QRY"), _relevant(folder / "CISI.REL", document=1)


def med(folder: Path) -> Collection:
    """Medline: abstracts on medicine."""
    relevant = _relevant(folder / "MED.REL", document=1)
    return *_smart(folder / "MED.ALL", folder / "MED.QRY"), relevant


def cacm(folder: Path) -> Collection:
    """CACM: titles and some abstracts of a computing journal."""
    return *_smart(folder / "cacm.all", folder / "query.text"), _relevant(folder / "qrels.text", document=1)


def stackfaq(folder: Path) -> Collection:
    """StackFAQ: a document is an answer; a query a rewording of its question."""
    documents: Documents = {}
    queries: Queries = {}
    relevant: Qrels = {}
    for number, pair in enumerate(ElementTree.parse(folder / "stackExchange-FAQ.xml").getroot()):
        answers = {}
        for place, answer in enumerate(pair.findall("answer")):
            if text := _BLANKS.sub(" ", answer.text or "").strip():
                answers[f"{number}-{place}"] = text
        documents |= answers
        for place, wording in enumerate(pair.findall("rephr")):
            text = _BLANKS.sub(" ", wording.text or "").strip()
            if len(text) > 1 and answers:
                queries[f"{number}-{place}"] = text
                relevant[f"{number}-{place}"] = dict.fromkeys(answers, 1)
    return documents, queries, relevant


def nfcorpus(folder: Path) -> Collection:
    """NFCorpus: titles as queries."""

    def table(name: str) -> dict[str, str]:
        lines = (folder / name).read_text(encoding="utf-8").split("\n")
        return dict(line.split("\t", 1) for line in lines if "\t" in line)

    relevant: Qrels = defaultdict(dict)
    for query, _, document, grade in map(str.split, (folder / "test.2-1-0.qrel").read_text().splitlines()):
        relevant[query][document] = int(grade)
    return table("test.docs"), table("test.titles.queries"), relevant


COLLECTIONS: dict[str, Callable[[Path], Collection]] = {
    "cran": cran,
    "cisi": cisi,
    "med": med,
    "cacm": cacm,
    "stackfaq": stackfaq,
    "nfcorpus": nfcorpus,
}


def write_beir(collection: Collection, folder: Path) -> None:
    """Writes corpus.jsonl, queries.jsonl and qrels/test.tsv: of the queries those that have a relevant document."""
    documents, queries, relevant = collection
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    grades = {
        query: {name: grade for name, grade in found.items() if name in documents} for query, found in relevant.items()
    }
    judged = {query: found for query, found in grades.items() if query in queries and any(found.values())}
    _write(folder / "corpus.jsonl", ({"_id": name, "text": text} for name, text in documents.items()))
    _write(folder / "queries.jsonl", ({"_id": query, "text": queries[query]} for query in judged))
    lines = [f"{query}\t{name}\t{grade}\n" for query, found in judged.items() for name, grade in found.items()]
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(lines))


def _write(path: Path, rows: Iterator[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
