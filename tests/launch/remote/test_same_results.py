"""All seven jobs on Prism, in workers of their own, give what they give in this process."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from launch.cli import run
from tests.helpers import embedding
from tests.helpers.indexes import bytes_of
from tests.helpers.prism import Prism
from tests.launch.conftest import Newsroom, newsroom_environment
from transforms.heads.serve.served_model import ServedModel
from transforms.search.ask.searcher import Searcher

pytestmark = pytest.mark.prism

JOBS = ("embed", "train", "predict", "index", "neighbors", "duplicates", "cluster")


@dataclass(frozen=True)
class Made:
    """What a runner's seven jobs wrote, and printed as JSON."""

    root: Path
    printed: dict[str, Any]


def do_all(newsroom: Newsroom, root: Path, how: Any) -> Made:
    """Runs all jobs, each on what the one before wrote, at the same paths for every runner: names are hashes of paths too."""
    table, model, index = root / "table", root / "models" / "topics", root / "index"
    asked: dict[str, list[object]] = {
        "embed": [newsroom.corpus, "--to", table, *newsroom.embed_options()],
        "train": [table, "--to", model],
        "predict": [model, table, "--to", root / "predictions"],
        "index": [table, "--to", index],
        "neighbors": [index, table, "-k", 3, "--to", root / "neighbors"],
        "duplicates": [table, "--threshold", 0.9, "--to", root / "duplicates"],
        "cluster": [table, "-k", 5, "--to", root / "clusters"],
    }
    printed = {}
    for job in JOBS:
        printed[job] = command([job, *map(str, asked[job]), *how(), "--json"])
    return Made(root, printed)


def command(arguments: list[str]) -> Any:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = run(arguments)
    assert code == 0, (arguments, said.getvalue())
    return json.loads(said.getvalue())


@pytest.fixture(scope="module")
def both(
    service: Prism, bare_newsroom: Newsroom, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Made, Made]]:
    root = tmp_path_factory.mktemp("both")
    made = []
    with newsroom_environment(bare_newsroom.root), pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        for name, how in (("direct", list), ("prism", service.options)):
            done = do_all(bare_newsroom, root / "now", how)
            shutil.move(root / "now", root / name)
            made.append(Made(root / name, done.printed))
        yield made[0], made[1]


def facts(made: Made, job: str) -> Any:
    """What a job prints, but how long it took."""

    def timeless(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: timeless(v) for k, v in value.items() if "seconds" not in k and "per_second" not in k}
        return [timeless(one) for one in value] if isinstance(value, list) else value

    return timeless(made.printed[job])


def results(folder: Path) -> list[Any]:
    from deltalake import DeltaTable

    return sorted(DeltaTable(str(folder)).to_pyarrow_table().to_pylist(), key=lambda row: json.dumps(row, default=str))


@pytest.mark.parametrize("job", [job for job in JOBS if job != "index"])
def test_what_is_printed(both: tuple[Made, Made], job: str) -> None:
    direct, prism = both

    assert facts(prism, job) == facts(direct, job)


def test_feature_tables(both: tuple[Made, Made]) -> None:
    direct, prism = both

    assert embedding.rows(str(prism.root / "table")) == embedding.rows(str(direct.root / "table"))


@pytest.mark.parametrize("name", ["predictions", "neighbors", "duplicates", "clusters"])
def test_results(both: tuple[Made, Made], name: str) -> None:
    direct, prism = both

    assert results(prism.root / name) == results(direct.root / name)


def test_models(both: tuple[Made, Made]) -> None:
    vectors = np.random.default_rng(0).standard_normal((50, 16)).astype(np.float32)
    no_columns = pa.record_batch([pa.nulls(50)], names=["nothing"])
    models = [ServedModel(str(made.root / "models" / "topics" / "1")) for made in both]
    scores = [model.from_vectors(vectors, no_columns) for model in models]

    np.testing.assert_array_equal(scores[1], scores[0])


def test_indexes(both: tuple[Made, Made]) -> None:
    direct, prism = (made.root / "index" / "1" for made in both)
    vectors = np.random.default_rng(0).standard_normal((5, 16)).astype(np.float32)

    found = [
        (str(searcher.nearest(vectors, 5)), searcher.search("rain and a penalty", k=9))
        for searcher in (Searcher(str(index)) for index in (direct, prism))
    ]

    # The files of the lexical index have names by chance.
    contents = [{n: b for n, b in bytes_of(index).items() if not n.startswith("words/")} for index in (direct, prism)]
    assert contents[0] == contents[1]
    assert found[0] == found[1]
