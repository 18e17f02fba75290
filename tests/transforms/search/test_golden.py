"""Indexes of format 1, as an earlier release wrote them: read, searched, updated, and continued where it was killed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from launch.commands.index import _print as print_outcome
from pipelines import index as job
from tests.helpers import fakes
from tests.helpers.golden_files import assert_same, copy_of, expected, move_origin
from transforms import encoders
from transforms.common.errors import RequestError
from transforms.search.ask.searcher import Searcher
from transforms.search.job import IndexJob
from transforms.search.store.index_folder import read_metadata
from transforms.table.open import existing

DIM = 16
VERSIONS = list(expected("index-1")["indexes"])


@pytest.fixture
def golden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of index-1, in which the test works."""
    folder = copy_of("index-1", tmp_path)
    move_origin(folder, "index-1")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(encoders, "resolve", lambda name, **_: fakes.text_encoder(dim=DIM))
    return folder


def answers(searcher: Searcher, name: str) -> dict[str, Any]:
    """The hits of the questions of the golden files: id, score, chunk."""
    asked = expected("index-1")["questions"]
    first = next(iter(asked["texts"]))

    def hits(**query: Any) -> list[Any]:
        return [[hit.id, hit.score, hit.chunk] for hit in searcher.search(k=asked["k"], **query)]

    modes = ("vector", "words", "hybrid")
    found = {f"{mode} {text}": hits(text=text, mode=mode) for text in asked["texts"] for mode in modes}
    found |= {f"{mode} where {first}": hits(text=first, mode=mode, where=asked["where"]) for mode in modes}
    return found | {f"id {asked['id'][name]}": hits(id=asked["id"][name])}


def fused(searcher: Searcher, text: str, where: str | None = None) -> list[list[Any]]:
    """The hits of a hybrid search of an index without a weight of its own, from those of all its rows by words and by vectors."""
    by_words, by_vector = (
        {hit.id: hit for hit in searcher.search(text, k=searcher.rows, mode=mode, where=where)}
        for mode in ("words", "vector")
    )
    (vector,) = searcher.encode([text])
    alive = np.flatnonzero(np.concatenate([segment.alive for segment in searcher.segments]))
    usual = searcher.vectors_of(alive) @ (vector / np.linalg.norm(vector))
    found = []
    for name, near in by_vector.items():
        share = by_words[name].score if name in by_words else 0.0
        stands_out = 0.03 * (near.score - float(usual.mean())) / float(usual.std())
        chunk = by_words[name].chunk if name in by_words and share >= stands_out else near.chunk
        found.append([name, share + stands_out, chunk])
    return sorted(found, key=lambda hit: (-hit[1], hit[0]))[: expected("index-1")["questions"]["k"]]


@pytest.mark.parametrize("version", VERSIONS)
def test_an_index_is_read_and_searched(golden: Path, version: str) -> None:
    name = version.partition("/")[0]
    wanted = expected("index-1")["indexes"][version]

    searcher = Searcher(f"indexes/{version}")

    assert searcher.rows == wanted["rows"]
    assert (searcher.default_mode, searcher.weight) == ("hybrid", 0.03)
    assert {field.name: str(field.type) for field in searcher.schema} == wanted["columns"]
    assert_same({key: searcher.metadata[key] for key in wanted["about"]}, wanted["about"])
    segments = {s.name: {"size": s.size, "gone": s.deleted.tolist(), "kind": s.kind} for s in searcher.segments}
    assert segments == wanted["segments"]
    dead = pq.read_table(golden / "indexes" / version / "dead.parquet").to_pylist()
    assert [{key: row[key] for key in ("id", "step", "error")} for row in dead] == wanted["dead"]
    assert len(searcher.lexical) == wanted["texts"]
    assert_same(searcher.rows_of([0]).to_pylist()[0], wanted["first row"])
    vector = np.array([expected("index-1")["questions"]["texts"][wanted["nearest"]["question"]]], np.float32)
    positions, cosines = searcher.nearest(vector, len(wanted["nearest"]["positions"]))
    assert positions[0].tolist() == wanted["nearest"]["positions"]
    assert_same(cosines[0].tolist(), wanted["nearest"]["cosines"])
    if name == "chunks":  # the earlier release named doc03#2, which holds none of the words; doc03#1 holds two of them
        wanted["answers"]["words bank profit w7"][1][2] = "doc03#1"
    for text in expected("index-1")["questions"]["texts"]:  # the earlier release fused places, not scores
        wanted["answers"][f"hybrid {text}"] = fused(searcher, text)
    for key in [key for key in wanted["answers"] if key.startswith("hybrid where ")]:
        questions = expected("index-1")["questions"]
        wanted["answers"][key] = fused(searcher, key.removeprefix("hybrid where "), where=questions["where"])
    assert_same(answers(searcher, name), wanted["answers"])


@pytest.mark.parametrize("name", ["exact", "hnsw", "ivf"])
def test_an_index_is_updated(golden: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    newest = 2 if name == "ivf" else 1
    built = json.loads((golden / "indexes" / name / str(newest) / "index.json").read_text())["asked"]
    options = {"kind": built["kind"], "store": built["store"], "min_recall": built["floor"]}

    outcome = job.run(
        IndexJob(table="table", version=existing("table").version, to=f"indexes/{name}", **options), PipelineOptions([])
    )

    if name == "ivf":
        assert outcome is None
        return
    assert outcome is not None and outcome.version == 2
    assert outcome.report["data"]["change"] == {
        "base": 1, "added": 20, "removed": 4, "changed": 2, "rebuilt": False, "why": "",
    }  # fmt: skip
    print_outcome(outcome, 1.0)
    assert (
        "since version 1: 20 added, 4 removed, 2 changed\n"
        "all texts were indexed by their words again: this release cuts them otherwise (C++ and C# are words)\n"
    ) in capsys.readouterr().out
    analyses = [Searcher(f"indexes/{name}/{version}").lexical._analysis.name for version in (1, 2)]
    assert analyses == ["words1-en", "words2-en"]
    assert [point["version"] for point in outcome.report["drift"]["history"]] == [1, 2]
    searcher = Searcher(f"indexes/{name}")
    assert searcher.rows == len(pq.read_table("corpus", columns=["id"])) - 1
    (hit,) = searcher.search(id="m000", k=1)
    assert hit.score <= 1
    with pytest.raises(RequestError, match="has no row with the id 'n003'"):
        searcher.search(id="n003")


def doctored(golden: Path, **fields: Any) -> str:
    """A version of which `index.json` says something else."""
    path = golden / "indexes" / "exact" / "1" / "index.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))
    return str(path.parent)


def test_a_newer_format_is_refused(golden: Path) -> None:
    folder = doctored(golden, format="vectormill-index-2")

    with pytest.raises(RequestError) as raised:
        Searcher(folder)
    assert str(raised.value) == (
        f"{folder} was written by a newer Vectormill (index format 2; this one reads up to 1): upgrade Vectormill"
    )


def test_fields_and_options_that_a_later_release_adds_are_ignored(golden: Path) -> None:
    folder = doctored(golden, novelty={"a": 1})
    about = read_metadata(folder)
    doctored(golden, asked={**about["asked"], "novelty": 1}, plan={**about["plan"], "novelty": 2})

    assert Searcher(folder).rows == about["rows"]
    outcome = job.run(
        IndexJob(table="table", version=existing("table").version, to="indexes/exact"), PipelineOptions([])
    )
    assert outcome is not None and outcome.version == 2
    assert not outcome.report["data"]["change"]["rebuilt"]


def test_an_option_that_an_earlier_release_did_not_have_was_at_its_default(golden: Path) -> None:
    about = read_metadata(str(golden / "indexes" / "exact" / "1"))
    asked = {name: value for name, value in about["asked"].items() if name not in ("seed", "language")}
    doctored(golden, asked=asked)
    version = existing("table").version

    updated = job.run(IndexJob(table="table", version=version, to="indexes/exact"), PipelineOptions([]))
    rebuilt = job.run(IndexJob(table="table", version=version, to="indexes/exact", seed=1), PipelineOptions([]))

    assert updated is not None and not updated.report["data"]["change"]["rebuilt"]
    assert rebuilt is not None and rebuilt.report["data"]["change"]["why"] == "another seed is asked for"


# ---- unfinished work --------------------------------------------------------------------------------------


@pytest.fixture
def draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of index-draft-1: a build that was killed before its segments, an update before it was measured."""
    folder = copy_of("index-draft-1", tmp_path)
    for path in folder.rglob("index.json"):
        path.write_text(path.read_text().replace('"/golden/draft-1/index/', f'"{folder}/'))
    monkeypatch.chdir(folder)
    monkeypatch.setattr(encoders, "resolve", lambda name, **_: fakes.text_encoder(dim=8))
    return folder


@pytest.mark.parametrize(("name", "kind"), [("new", "ivf"), ("update", "hnsw")])
def test_a_killed_build_goes_on(draft: Path, name: str, kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = expected("index-draft-1")["commands"][name]
    (work,) = [path for path in (draft / "indexes" / name / "_runs").iterdir() if path.is_dir()]
    for step in ("prepare", "prepare_update"):
        monkeypatch.setattr(job, step, None)

    # The release that was killed had English where no language was asked for.
    asked = IndexJob(table="table", version=1, to=f"indexes/{name}", kind=kind, min_recall=0.5, language="en")
    outcome = job.run(asked, PipelineOptions([]))

    assert outcome is not None and outcome.folder == wanted["version"]
    assert not work.exists()
    searcher = Searcher(f"indexes/{name}")
    assert (searcher.rows, searcher.metadata["segments"]) == (wanted["rows"], wanted["segments"])
    assert searcher.metadata["effort"] == wanted["effort"]
    recalls = {k: found["value"] for k, found in searcher.metadata["recall"].items()}
    assert_same(recalls, {k: found["value"] for k, found in wanted["recall"].items()})
    assert outcome.report["data"]["change"] == wanted["change"]
    assert sorted(outcome.report["seconds"]) == sorted([*wanted["seconds"], "mode"])
    hits = searcher.search(vector=np.array(wanted["question"], np.float32), k=5)
    assert_same([[hit.id, hit.score] for hit in hits], wanted["answers"])


def test_a_draft_of_a_newer_release_is_refused(draft: Path) -> None:
    (path,) = (draft / "indexes" / "new" / "_runs").rglob("draft.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": "vectormill-index-draft-2"}))

    with pytest.raises(RequestError, match=r"was written by a newer Vectormill \(unfinished index format 2; this one"):
        job.run(
            IndexJob(table="table", version=1, to="indexes/new", kind="ivf", min_recall=0.5, language="en"),
            PipelineOptions([]),
        )
