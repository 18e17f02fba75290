"""Rows worth a person's minute: planted label errors beside cleanlab, and labels chosen in rounds against random ones.

    TFHUB_CACHE_DIR=../shared/tfhub python -m benchmarks.labelling errors
    CLEANLAB=ENVIRONMENT/bin/python TFHUB_CACHE_DIR=../shared/tfhub python -m benchmarks.labelling cleanlab
    TFHUB_CACHE_DIR=../shared/tfhub python -m benchmarks.labelling learning

errors: 5 % of the labels of the training part are flipped to another label at random, with three seeds; of the first rows that
are likely errors, as many as were flipped, the share that was.

cleanlab: the same of cleanlab on the same vectors and flips, in an environment of its own (for its licence): `find_label_issues`,
ranked by self-confidence, on scikit-learn's `cross_val_predict` of logistic regression; where that names fewer rows, its label
quality scores go on.

learning: 100 labels, five times 20 rows, from 80 % of the training part, as `label` chooses them with the true answers so far;
and 100 random ones of the same rows. Accuracy on the test part of a linear head of each, 20 repeats, with the 95 % interval of
the mean difference.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import show
from benchmarks.figures import record
from benchmarks.heads import CASES, Corpus
from transforms.annotation.labelled_rows import look_at_labelled
from transforms.annotation.mixture import shares
from transforms.annotation.out_of_fold import fit_one
from transforms.annotation.unlabelled import typical_rows, uncertain_rows
from transforms.heads.rows.labels import Labels
from transforms.table.unit_vectors import normalize_rows

_FLIPPED = 0.05
_SEEDS = 3
_REPEATS = 20
_ROUNDS, _ROWS = 5, 20
_C = 10.0
_THEIRS = """
import sys, warnings
import numpy as np
warnings.filterwarnings("ignore")
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
given = np.load(sys.argv[1])
x, labels, count = given["x"], given["labels"], int(given["count"])
scores = cross_val_predict(LogisticRegression(max_iter=1000), x, labels, cv=5, method="predict_proba")
issues = find_label_issues(labels, scores, return_indices_ranked_by="self_confidence").tolist()
rest = np.argsort(get_label_quality_scores(labels, scores, method="self_confidence"), kind="stable").tolist()
named = set(issues)
np.save(sys.argv[2], np.array((issues + [row for row in rest if row not in named])[:count]))
"""

Rows = NDArray[np.int64]


def errors(corpora: Iterable[str]) -> None:
    for name in corpora:
        corpus, test = _corpus(name)
        found = []
        for seed in range(_SEEDS):
            labels, flipped = _flipped(corpus, ~test, seed)
            looked = look_at_labelled(corpus.vectors, labels, ~test, corpus.groups, threshold=0.98)
            listed = np.array([one.row for one in looked.errors][: len(flipped)])
            found.append(len(np.intersect1d(listed, flipped)) / len(flipped))
        _show_precision(name, "label", found)
        record({name: float(np.mean(found))})


def cleanlab(corpora: Iterable[str]) -> None:
    for name in corpora:
        corpus, test = _corpus(name)
        there, found = np.flatnonzero(~test), []
        for seed in range(_SEEDS):
            labels, flipped = _flipped(corpus, ~test, seed)
            listed = there[_cleanlab(corpus.x[~test], labels.codes[~test].astype(np.int32), len(flipped))]
            found.append(len(np.intersect1d(listed, flipped)) / len(flipped))
        _show_precision(name, "cleanlab", found)
        record({name: float(np.mean(found))})


def _show_precision(name: str, whose: str, found: Sequence[float]) -> None:
    show(f"{name}: precision at the number of flipped labels", ["", "mean", *map(str, range(len(found)))], [
        [whose, f"{np.mean(found):.3f}", *map("{:.3f}".format, found)]
    ])  # fmt: skip


def learning(corpora: Iterable[str]) -> None:
    for name in corpora:
        corpus, test = _corpus(name)
        unit, _ = normalize_rows(corpus.x)
        scores: list[tuple[float, float]] = []
        for repeat in range(_REPEATS):
            random = np.random.default_rng(repeat)
            pool = np.flatnonzero(~test & (random.random(len(test)) < 0.8))
            taken = random.permutation(pool)[: _ROUNDS * _ROWS]
            chosen = np.empty(0, np.int64)
            for turn in range(_ROUNDS):
                chosen = np.concatenate([chosen, _chosen(corpus, unit, pool, chosen, seed=repeat + turn)])
            scores.append((_accuracy(corpus, chosen, test), _accuracy(corpus, taken, test)))
            print(name, repeat, *map("{:.4f}".format, scores[-1]), flush=True)
        ours, theirs = np.array(scores).T
        low, high = _interval(ours - theirs)
        gain = float((ours - theirs).mean())
        row = [name, f"{ours.mean():.4f}", f"{theirs.mean():.4f}", f"{gain:+.4f} [{low:+.4f}, {high:+.4f}]"]
        show(f"Accuracy after {_ROUNDS * _ROWS} labels", ["corpus", "chosen", "random", "gain"], [row])
        record({"chosen": float(ours.mean()), "random": float(theirs.mean()), "gain": gain, "gain_low": low})


def _corpus(name: str) -> tuple[Corpus, NDArray[np.bool_]]:
    """An embedded corpus, with the rows of its test part."""
    (case,) = (case for case in CASES if case.name == name)
    corpus = Corpus.of(case)
    return corpus, np.array([source.startswith(case.test) for source in corpus.sources])


def _flipped(corpus: Corpus, part: NDArray[np.bool_], seed: int) -> tuple[Labels, Rows]:
    """The labels with some of a part's flipped, and which."""
    random = np.random.default_rng(seed)
    rows = np.flatnonzero(part)
    flipped = random.permutation(rows)[: round(_FLIPPED * len(rows))]
    codes = corpus.labels.codes.astype(np.int32)
    classes = len(corpus.labels.names)
    codes[flipped] = (codes[flipped] + random.integers(1, classes, len(flipped))) % classes
    return Labels(names=corpus.labels.names, codes=codes, known=corpus.labels.known), flipped


def _cleanlab(x: NDArray[np.float32], labels: NDArray[np.int32], count: int) -> Rows:
    with tempfile.TemporaryDirectory() as folder:
        given, answer = Path(folder, "given.npz"), Path(folder, "answer.npy")
        np.savez(given, x=x, labels=labels, count=count)
        subprocess.run([os.environ["CLEANLAB"], "-c", _THEIRS, str(given), str(answer)], check=True)
        rows: Rows = np.load(answer)
        return rows


def _chosen(corpus: Corpus, unit: NDArray[np.float32], pool: Rows, known: Rows, *, seed: int) -> Rows:
    """The next rows that `label` would choose: shares, regions and margins as in `transforms/annotation/survey.py`."""
    rest = np.setdiff1d(pool, known)
    codes, classes = corpus.labels.codes.astype(np.int32), len(corpus.labels.names)
    may_learn = len(np.unique(codes[known])) > 1
    there = {"uncertain": len(rest) if may_learn else 0, "coverage": len(rest)}
    present = max(len(np.unique(codes[known])), 1)
    share = shares(_ROWS, there, labelled_per_class=len(known) / present)  # type: ignore[arg-type]
    covering = rest[typical_rows(unit[rest], unit[known], share["coverage"], seed=seed).rows]
    rest = np.setdiff1d(rest, covering)
    if not share["uncertain"]:
        return covering
    head = fit_one(corpus.x[known], codes[known], _C, classes=classes)
    best = np.partition(head.scores(corpus.x[rest]), -2, axis=1)[:, -2:]
    return np.concatenate(
        [covering, rest[uncertain_rows(unit[rest], best[:, 1] - best[:, 0], share["uncertain"], seed=seed)]]
    )


def _accuracy(corpus: Corpus, rows: Rows, test: NDArray[np.bool_]) -> float:
    codes = corpus.labels.codes.astype(np.int32)
    head = fit_one(corpus.x[rows], codes[rows], _C, classes=len(corpus.labels.names))
    return float((head.scores(corpus.x[test]).argmax(axis=1) == codes[test]).mean())


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """Student's 95 % interval of the mean of a few values."""
    from scipy.stats import t

    half = float(t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    return float(values.mean()) - half, float(values.mean()) + half


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["errors", "cleanlab", "learning"])
    parser.add_argument("--corpus", choices=["agnews", "clothing"], help="Default: both.")
    asked = parser.parse_args()
    named = [asked.corpus] if asked.corpus else ["agnews", "clothing"]
    {"errors": errors, "cleanlab": cleanlab, "learning": learning}[asked.what](named)
