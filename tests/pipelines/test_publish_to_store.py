"""Indexes and models that are published to a store, and asked there, are those of a disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines import index, train
from pipelines.submitted_job import RemoteRunner
from tests.helpers import heads
from tests.helpers.indexes import Library, clusters, ids_of, library
from transforms import encoders
from transforms.common.errors import RequestError, RunError
from transforms.heads.fit.checkpoints import Checkpoints, Epoch
from transforms.heads.job import MlpOptions, TrainJob
from transforms.heads.serve.classifier import load_model
from transforms.heads.train import Outcome
from transforms.search.ask.searcher import Searcher
from transforms.search.job import IndexJob
from transforms.search.store.index_folder import INDEXES
from transforms.storage import files, folders
from transforms.table.open import existing

QUERIES = clusters(20, 8, seed=1)


pytestmark = pytest.mark.usefixtures("own_cache")


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"mem://{tmp_path.name}"


# ---- indexes ----------------------------------------------------------------------------------------------


def job(made: Library, to: str, **asked: object) -> IndexJob:
    version = existing(made.table).version
    return IndexJob(table=made.table, version=version, to=to, kind="ivf", min_recall=0.5, **asked)  # type: ignore[arg-type]


def answers(path: str) -> list[tuple[list[str], list[float]]]:
    searcher = Searcher(path)
    rows, scores = searcher.nearest(QUERIES, 10)
    return [(ids_of(searcher, row), cosines.tolist()) for row, cosines in zip(rows, scores, strict=True)]


def test_an_index_in_a_store_is_built_updated_and_searched_as_on_a_disk(store: str, tmp_path: Path) -> None:
    made = library(tmp_path, clusters(160, 8), sources=2)
    places = [str(tmp_path / "index"), f"{store}/index"]
    for place in places:
        outcome = index.run(job(made, place), PipelineOptions([]))
        assert outcome is not None
        assert (outcome.version, outcome.folder) == (1, f"{place}/1")
    assert answers(places[0]) == answers(places[1])
    assert Searcher(places[1]).has_words

    made.put("1.parquet", {f"new{at}": vector.tolist() for at, vector in enumerate(clusters(20, 8, seed=2))})
    made.commit()
    for place in places:
        outcome = index.run(job(made, place), PipelineOptions([]))
        assert outcome is not None and outcome.version == 2
    assert answers(places[0]) == answers(places[1])
    assert answers(f"{places[1]}/1") == answers(f"{places[0]}/1")
    assert index.run(job(made, places[1]), PipelineOptions([])) is None  # it is up to date
    assert files.names(places[1]) == [".commits", "1", "2"]


def test_a_build_goes_on_with_the_shards_that_a_killed_one_left_in_the_store(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.search.build.draft.SHARD_ROWS", 1)
    made = library(tmp_path, clusters(120, 8), sources=3)
    uploaded: list[str] = []
    upload = folders.upload

    def dies_at_the_third(built: str, folder: str, **asked: object) -> None:
        if len(uploaded) == 2:
            raise RunError("killed")
        uploaded.append(folder)
        upload(built, folder)

    with monkeypatch.context() as patch:
        patch.setattr(folders, "upload", dies_at_the_third)
        with pytest.raises(RunError, match="killed"):
            index.run(job(made, f"{store}/index"), PipelineOptions([]))
    assert INDEXES.newest(f"{store}/index") is None
    assert [files.basename(files.parent(folder)) for folder in uploaded] == ["shards", "shards"]

    monkeypatch.setattr(
        folders, "upload", lambda built, folder, **asked: (uploaded.append(folder), upload(built, folder))
    )
    outcome = index.run(job(made, f"{store}/index"), PipelineOptions([]))

    assert outcome is not None and outcome.version == 1
    shards = [folder for folder in uploaded if "/shards/" in folder]
    assert len(shards) == len(set(shards)) == 3
    assert len(answers(f"{store}/index")) == len(QUERIES)


# ---- models -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("news")
    encoder = encoders.resolve(
        str(heads.save_encoder(root / "encoder")), precision="float32", trust=True, remember=False
    )
    return heads.embedded(root, heads.news(120), encoder=encoder)


def trained(job: TrainJob) -> Outcome:
    (outcome,) = train.run(job, PipelineOptions([]))
    return outcome


def test_a_training_goes_on_from_what_a_killed_one_left_in_the_store_and_its_model_is_asked_there(
    table: str, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = MlpOptions(hidden=(8,), epochs=3, patience=3, batch=64)
    asked = heads.train_job(table, f"{store}/mlp", kind="mlp", mlp=options, leakage_threshold=None)
    saved: list[int] = []
    save = Checkpoints.save

    def dies_after_the_second(self: Checkpoints, history: list[Epoch]) -> None:
        save(self, history)
        saved.append(len(history))
        if saved == [1, 2]:
            raise RunError("killed")

    monkeypatch.setattr(Checkpoints, "save", dies_after_the_second)
    with pytest.raises(RunError, match="killed"):
        trained(asked)
    outcome = trained(asked)

    assert (outcome.version, outcome.folder) == (1, f"{store}/mlp/1")
    assert saved == [1, 2, 3]
    assert files.names(f"{store}/mlp") == [".commits", "1"]
    assert "nothing to do" in trained(asked).verdict
    folders.copy_tree(outcome.folder, str(tmp_path / "1"))
    texts = [row["text"] for row in heads.news(12, seed=5)]
    there, here = load_model(f"{store}/mlp").predict(texts), load_model(tmp_path / "1").predict(texts)
    assert there.labels == here.labels
    assert there.scores.tolist() == here.scores.tolist()


def test_a_training_elsewhere_needs_a_folder_that_workers_share(table: str, store: str) -> None:
    job = heads.train_job(table, f"{store}/model")

    with pytest.raises(RequestError, match="give --shared-folder FOLDER, which every worker has, or a --to on gs://"):
        train.run(job, PipelineOptions([]), runner=RemoteRunner(runner=None))
