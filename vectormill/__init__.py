"""Turns a corpus of text or images into feature vectors, and trains and searches with them: the import name for Python.

    import vectormill

    vectormill.embed("reviews.csv", to="reviews", encoder="use-multilingual")
    vectormill.open_table("reviews").vectors()               # float32 [n, dim]
    vectormill.build_index("reviews", to="indexes/reviews")
    vectormill.Searcher("indexes/reviews").search("a triumph", k=5)

Options are named as on the command line (`vectormill embed --help`), results have the facts that `--json` prints, and every error
is a `VectormillError` with one line. Importing costs nothing: TensorFlow and Beam come with what needs them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from launch.jobs.cluster import cluster as cluster
    from launch.jobs.compact import compact as compact
    from launch.jobs.diff import diff as diff
    from launch.jobs.duplicates import duplicates as duplicates
    from launch.jobs.embed import embed as embed
    from launch.jobs.evaluate import evaluate as evaluate
    from launch.jobs.export import export as export
    from launch.jobs.forget import forget as forget
    from launch.jobs.import_head import import_head as import_head
    from launch.jobs.import_vectors import import_vectors as import_vectors
    from launch.jobs.index import build_index as build_index
    from launch.jobs.label import label as label
    from launch.jobs.neighbors import neighbors as neighbors
    from launch.jobs.predict import predict as predict
    from launch.jobs.result import Result as Result
    from launch.jobs.sync import sync as sync
    from launch.jobs.train import train as train
    from launch.jobs.upgrade import upgrade as upgrade
    from launch.jobs.vacuum import vacuum as vacuum
    from transforms.common.errors import NotPublishedError as NotPublishedError
    from transforms.common.errors import RequestError as RequestError
    from transforms.common.errors import RunError as RunError
    from transforms.common.errors import VectormillError as VectormillError
    from transforms.embed.transform import Embed as Embed
    from transforms.encoders.item_encoder import ItemEncoder as ItemEncoder
    from transforms.encoders.item_encoder import encoder as encoder
    from transforms.heads.serve.classifier import Classifier as Classifier
    from transforms.heads.serve.classifier import load_model as load_model
    from transforms.search.ask.hit import Hit as Hit
    from transforms.search.ask.searcher import Searcher as Searcher
    from transforms.table.feature_table import FeatureTable as FeatureTable
    from transforms.table.feature_table import open_table as open_table

_WHERE = {
    "Classifier": "transforms.heads.serve.classifier",
    "Embed": "transforms.embed.transform",
    "FeatureTable": "transforms.table.feature_table",
    "Hit": "transforms.search.ask.hit",
    "ItemEncoder": "transforms.encoders.item_encoder",
    "NotPublishedError": "transforms.common.errors",
    "RequestError": "transforms.common.errors",
    "Result": "launch.jobs.result",
    "RunError": "transforms.common.errors",
    "Searcher": "transforms.search.ask.searcher",
    "VectormillError": "transforms.common.errors",
    "build_index": "launch.jobs.index",
    "cluster": "launch.jobs.cluster",
    "compact": "launch.jobs.compact",
    "diff": "launch.jobs.diff",
    "duplicates": "launch.jobs.duplicates",
    "embed": "launch.jobs.embed",
    "encoder": "transforms.encoders.item_encoder",
    "evaluate": "launch.jobs.evaluate",
    "export": "launch.jobs.export",
    "forget": "launch.jobs.forget",
    "import_head": "launch.jobs.import_head",
    "import_vectors": "launch.jobs.import_vectors",
    "label": "launch.jobs.label",
    "load_model": "transforms.heads.serve.classifier",
    "neighbors": "launch.jobs.neighbors",
    "open_table": "transforms.table.feature_table",
    "predict": "launch.jobs.predict",
    "sync": "launch.jobs.sync",
    "train": "launch.jobs.train",
    "vacuum": "launch.jobs.vacuum",
    "upgrade": "launch.jobs.upgrade",
}

__all__ = sorted(_WHERE)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from launch.terminal.quiet import quieten_libraries

    quieten_libraries()
    found = getattr(importlib.import_module(_WHERE[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*globals(), *_WHERE]
