"""Heads on real vectors, against scikit-learn's logistic regression on the same vectors.

    TFHUB_CACHE_DIR=../shared/tfhub python -m benchmarks.heads

Accuracy on held-out rows: of our linear head (its strength is chosen on the training rows), of an MLP, and of
scikit-learn at every C of a grid: the one that cross-validation on the training rows chooses, and the one that is best on
the very test rows, which nobody could have known. movie_reviews: mean over 10 stratified folds, twice shuffled. Seconds are of
choosing and fitting: the median of the folds for movie_reviews; of five for the linear head on the others, and once for the rest.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold

from benchmarks.common import CORPORA, WORK, child, show, verdict
from benchmarks.figures import record
from transforms.common.hashes import hashes_of
from transforms.heads.fit.linear_head import fit_linear
from transforms.heads.fit.mlp_head import fit_mlp
from transforms.heads.fit.training_data import HeadData
from transforms.heads.job import Fractions, HeadOptions, TrainJob
from transforms.heads.rows.feature_transform import HeadTransform
from transforms.heads.rows.inputs import Inputs
from transforms.heads.rows.labels import Labels
from transforms.heads.rows.prepared import Prepared
from transforms.heads.rows.split import EVAL, TEST, sides
from transforms.table.open import existing
from transforms.table.vectors import TableVectors

MOBILENET = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5"
GRID = [float(c) for c in np.logspace(-2, 3, 6)]
_TEXT = ("--encoder", "use-multilingual")
_IMAGES = ("--encoder", MOBILENET, "--labels-from", "folder")
TURNS = 5


@dataclass(frozen=True)
class Case:
    name: str
    test: str
    embed: tuple[str, ...]
    corpus: str = ""


CASES = (
    Case("agnews", "test.tsv", ("--no-header", "--text-column", "0", "--label-column", "1", *_TEXT)),
    Case("hymenoptera", "val/", _IMAGES),
    Case("clothing", "validation/", _IMAGES),
)
MOVIES = Case("movie_reviews", "", ("--labels-from", "file", *_TEXT))


@dataclass(frozen=True)
class Corpus:
    """One embedded corpus: vectors, labels, and which rows test."""

    vectors: TableVectors
    x: np.ndarray
    labels: Labels
    groups: np.ndarray
    sources: list[str]
    table: str

    @staticmethod
    def of(case: Case) -> Corpus:
        table = WORK / f"{case.name}.heads"
        if not (table / "_delta_log").exists():
            os.environ.setdefault("TFHUB_CACHE_DIR", str(CORPORA.parent / "tfhub"))
            child(
                [
                    "-m",
                    "launch.cli",
                    "embed",
                    str(CORPORA / (case.corpus or case.name)),
                    *case.embed,
                    "--to",
                    str(table),
                ]
            )
        vectors = TableVectors(str(table), existing(str(table)))
        batches = list(vectors.columns(["id", "label", "source"]))
        ids = [name for batch in batches for name in batch.column("id").to_pylist()]
        sources = [name for batch in batches for name in batch.column("source").to_pylist()]
        import pyarrow as pa

        labels = Labels.of(pa.chunked_array([batch.column("label") for batch in batches]), separator=None)
        x = np.concatenate([chunk.vectors for chunk in vectors.chunks()])
        return Corpus(vectors, x, labels, hashes_of(ids), sources, str(table))

    def data(self, test: np.ndarray, kind: str) -> HeadData:
        """What a head of this kind learns from: the rows that do not test."""
        stored = sides(self.groups, salt=0, fractions=Fractions(eval=0.1, test=0.0))
        prepared = Prepared(
            sides=np.where(test, TEST, stored).astype(np.uint8),
            groups=self.groups,
            labels={"": self.labels},
            salt=0,
            split_by="",
        )
        head = replace(HeadOptions(), kind=kind)  # type: ignore[arg-type]
        inputs = Inputs(dim=self.x.shape[1], normalise="none", numeric=(), categorical=(), heads=1)
        assert (prepared.sides == EVAL).any()
        return HeadData(
            job=TrainJob(table=self.table, version=0, to="", heads=(head,)),
            head=head,
            vectors=self.vectors,
            prepared=prepared,
            labels=self.labels,
            transform=HeadTransform("", inputs),
        )

    def ours(self, test: np.ndarray, kind: str) -> tuple[float, float]:
        """Accuracy on the test rows of a head that is trained on the others, and seconds to choose and fit."""
        data = self.data(test, kind)
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            fitted = fit_linear(data) if data.head.kind == "linear" else fit_mlp(data, folder)
            seconds = time.perf_counter() - started
        said = np.asarray(fitted.model(self.x[test], training=False)).argmax(axis=1)
        return float((said == self.labels.codes[test]).mean()), seconds

    def theirs(self, test: np.ndarray) -> tuple[float, float]:
        """The same of scikit-learn's logistic regression, C by five-fold cross-validation over the grid."""
        folds = StratifiedKFold(5, shuffle=True, random_state=0)
        started = time.perf_counter()
        model = GridSearchCV(LogisticRegression(max_iter=1000), {"C": GRID}, cv=folds, n_jobs=-1)
        model.fit(self.x[~test], self.labels.codes[~test])
        return float(model.score(self.x[test], self.labels.codes[test])), time.perf_counter() - started

    def grid(self, test: np.ndarray) -> list[float]:
        """The accuracy on the test rows at each C of the grid."""
        x, y = self.x[~test], self.labels.codes[~test]
        return [
            float(LogisticRegression(C=c, max_iter=1000).fit(x, y).score(self.x[test], self.labels.codes[test]))
            for c in GRID
        ]


def row_of(
    name: str,
    ours: list[tuple[float, float]],
    mlp: list[tuple[float, float]],
    theirs: list[tuple[float, float]],
    best: float,
) -> tuple[str, ...]:
    means = [statistics.mean(score for score, _ in found) for found in (ours, mlp, theirs)]
    times = [statistics.median(seconds for _, seconds in found) for found in (ours, mlp, theirs)]
    return (
        name,
        *(f"{score:.4f} ({seconds:.1f} s)" for score, seconds in zip(means, times, strict=True)),
        f"{best:.4f}",
        f"{100 * (means[0] - best):+.2f}",
    )


def movies() -> tuple[tuple[str, ...], dict[str, float]]:
    """A line of the table of results, and the figures to record."""
    corpus = Corpus.of(MOVIES)
    ours, mlp, theirs, grids = [], [], [], []
    for seed in (0, 1):
        for _, rows in StratifiedKFold(10, shuffle=True, random_state=seed).split(corpus.x, corpus.labels.codes):
            test = np.zeros(len(corpus.x), np.bool_)
            test[rows] = True
            ours.append(corpus.ours(test, "linear"))
            mlp.append(corpus.ours(test, "mlp"))
            theirs.append(corpus.theirs(test))
            grids.append(corpus.grid(test))
    best = float(np.mean(grids, axis=0).max())
    for name, found in (("linear", ours), ("MLP", mlp), ("scikit-learn", theirs)):
        print(f"movie_reviews, {name}: {verdict(statistics.mean(score for score, _ in found), 0.729)}")
    figures = {"movie_reviews": _mean(ours), "movie_reviews_mlp": _mean(mlp)}
    return row_of("movie_reviews, 2 x 10 folds", ours, mlp, theirs, best), figures


def _mean(found: list[tuple[float, float]]) -> float:
    return statistics.mean(score for score, _ in found)


def main() -> None:
    warnings.filterwarnings("ignore")
    rows = []
    figures: dict[str, float | list[float]] = {}
    for case in CASES:
        corpus = Corpus.of(case)
        test = np.array([source.startswith(case.test) for source in corpus.sources])
        ours = [corpus.ours(test, "linear") for _ in range(TURNS)]
        mlp, theirs = [corpus.ours(test, "mlp")], [corpus.theirs(test)]
        print(f"{case.name}: {ours[0][0]:.4f}, {mlp[0][0]:.4f}, {theirs[0][0]:.4f}", flush=True)
        figures |= {case.name: _mean(ours), f"{case.name}_mlp": _mean(mlp)}
        if case.name == "agnews":
            figures["agnews_seconds"] = [seconds for _, seconds in ours]
        rows.append(row_of(f"{case.name}, {int(test.sum()):,} test rows", ours, mlp, theirs, max(corpus.grid(test))))
    line, of_movies = movies()
    rows.append(line)
    columns = ("corpus", "linear head", "MLP head", "scikit-learn, C by CV", "its best C on test", "points")
    show("Accuracy on held-out rows, and seconds to choose and fit", columns, rows)
    record({**figures, **of_movies})


if __name__ == "__main__":
    Path(WORK).mkdir(exist_ok=True)
    main()
