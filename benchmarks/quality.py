"""What the vectors are worth: logistic regression on them, over the corpora beside the project.

    TFHUB_CACHE_DIR=../shared/tfhub python -m benchmarks.quality

Each corpus is embedded by the command itself, training and held-out part; scikit-learn's logistic regression (C chosen by
cross-validation on the training part alone) is scored on the held-out part once.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from deltalake import DeltaTable
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.model_selection import StratifiedKFold, cross_val_score

from benchmarks.common import CORPORA, WORK, child, show, verdict
from benchmarks.figures import record

MOBILENET = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5"
_STRENGTHS = np.logspace(-2, 2, 9)


def embedded(name: str, *arguments: str) -> tuple[np.ndarray, np.ndarray]:
    """Vectors and labels of a corpus, through the command."""
    table = WORK / "quality" / name
    shutil.rmtree(table, ignore_errors=True)
    os.environ.setdefault("TFHUB_CACHE_DIR", str(CORPORA.parent / "tfhub"))
    json.loads(child(["-m", "launch.cli", "embed", *arguments, "--to", str(table), "--json"]).stdout)
    rows = DeltaTable(str(table)).to_pyarrow_table(columns=["id", "label", "embedding"]).sort_by("id")
    shutil.rmtree(table)
    return np.stack(rows["embedding"].to_numpy()), rows["label"].to_numpy()


def held_out(train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray]) -> tuple[float, float]:
    """Accuracy on `test`, and seconds to choose and fit."""
    started = time.perf_counter()
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    model = LogisticRegressionCV(
        Cs=_STRENGTHS, cv=folds, max_iter=2000, l1_ratios=(0.0,), use_legacy_attributes=False, scoring="accuracy"
    )
    model.fit(*train)
    return float(model.score(*test)), time.perf_counter() - started


def images(name: str, train: str, test: str) -> tuple[float, float]:
    root: Path = CORPORA / name
    common = ("--encoder", MOBILENET, "--labels-from", "folder")
    return held_out(
        embedded(f"{name}-train", str(root / train), *common), embedded(f"{name}-test", str(root / test), *common)
    )


def main() -> None:
    rows: list[Sequence[str]] = []
    scores: dict[str, float] = {}
    scores["hymenoptera"], _ = images("hymenoptera", "train", "val")
    rows.append(("hymenoptera, MobileNetV2, train -> val", verdict(scores["hymenoptera"], 0.96), "0.967"))
    scores["clothing"], _ = images("clothing", "train", "validation")
    rows.append(("clothing, MobileNetV2, train -> validation", f"{scores['clothing']:.3f}", "0.871 (another split)"))
    columns = ("--no-header", "--text-column", "0", "--label-column", "1", "--encoder", "use-multilingual")
    news = [embedded(f"agnews-{part}", str(CORPORA / "agnews" / f"{part}.tsv"), *columns) for part in ("dev", "test")]
    scores["agnews"], _ = held_out(news[0], news[1])
    rows.append(("agnews, use-multilingual, dev -> test", verdict(scores["agnews"], 0.882), "0.882"))
    vectors, labels = embedded(
        "movies", str(CORPORA / "movie_reviews"), "--labels-from", "file", "--encoder", "use-multilingual"
    )
    folds = StratifiedKFold(10, shuffle=True, random_state=0)
    scores["movie_reviews"] = cross_val_score(LogisticRegression(max_iter=2000), vectors, labels, cv=folds).mean()
    rows.append(("movie_reviews, use-multilingual, 10 folds", verdict(scores["movie_reviews"], 0.729), "0.729"))
    show("Logistic regression on the vectors", ("corpus", "accuracy", "to beat"), rows)
    record(scores)


if __name__ == "__main__":
    main()
