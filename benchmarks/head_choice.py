"""The head that `--head auto` chooses, against each kind by itself, on held-out rows that had no part in the choice.

    TFHUB_CACHE_DIR=../shared/tfhub python -m benchmarks.head_choice

Corpora: agnews (dev -> test), movie_reviews and a quarter of clickbait (a fifth of the rows, by hash) under `use-multilingual`
and under `minilm`; hymenoptera and clothing (their own validation folders) under MobileNetV2. The interval is that of auto's
accuracy over the better of linear and MLP on the same rows. One more figure: movie_reviews under minilm, mean over ten folds, of
scikit-learn's logistic regression at C = 1.
"""

from __future__ import annotations

import gzip
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score

from benchmarks.common import CORPORA, WORK, show
from benchmarks.figures import record
from benchmarks.heads import CASES, MOVIES, Case, Corpus
from transforms.common.intervals import mean_interval
from transforms.heads.fit.selection import KINDS, by_folds, fit_head
from transforms.heads.job import FittedKind, Fractions
from transforms.heads.rows.split import EVAL, TRAIN, sides

AGNEWS, HYMENOPTERA, CLOTHING = CASES
_MINILM = ("--encoder", "minilm")


def _with_minilm(case: Case) -> Case:
    return replace(
        case, name=f"{case.name}_minilm", corpus=case.corpus or case.name, embed=(*case.embed[:-2], *_MINILM)
    )


def clickbait() -> Case:
    """Every fourth headline of both files, in benchmarks/.work."""
    folder = WORK / "clickbait"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("clickbait", "news"):
        with gzip.open(CORPORA / "clickbait" / f"{name}.txt.gz", "rt", encoding="utf-8") as stream:
            lines = [line for line in stream if line.strip()]
        (folder / f"{name}.txt").write_text("".join(lines[3::4]), encoding="utf-8")
    return Case("clickbait", "", MOVIES.embed, corpus=str(folder))


def compared(case: Case) -> tuple[tuple[str, ...], float, float]:
    """A line of the table, the accuracy of auto, and its lead over the better of linear and MLP."""
    corpus = Corpus.of(case)
    if case.test:
        test = np.array([source.startswith(case.test) for source in corpus.sources])
    else:
        test = sides(corpus.groups, salt=1, fractions=Fractions(eval=0.0, test=0.2)) != TRAIN
    right = {}
    for kind in KINDS:
        data = corpus.data(test, kind)
        with tempfile.TemporaryDirectory() as folder:
            model = fit_head(data, folder).model
        blocks = np.array_split(corpus.x[test], max(1, int(test.sum()) // 2_000))
        said = np.concatenate([np.asarray(model(block, training=False)).argmax(axis=1) for block in blocks])
        right[kind] = said == corpus.labels.codes[test]
    data = corpus.data(test, "auto")
    found = by_folds(data, data.rows(TRAIN, EVAL))  # the head is then the one of its kind: fits are repeatable
    means = {kind: float(one.mean()) for kind, one in right.items()}
    pair: tuple[FittedKind, ...] = ("linear", "mlp")
    better = max(pair, key=lambda kind: means[kind])
    lead = mean_interval(right[found.kind].astype(float) - right[better], ends=(-1.0, 1.0))
    shown = (f"{case.name}, {int(test.sum()):,} test rows", *(f"{means[kind]:.4f}" for kind in KINDS), found.kind)
    gap = f"{100 * lead.value:+.2f} [{100 * lead.low:+.2f}, {100 * lead.high:+.2f}]"
    print(f"{shown}: {found}; {gap}", flush=True)
    return (*shown, gap), means[found.kind], lead.value


def main() -> None:
    Path(WORK).mkdir(exist_ok=True)
    texts = [AGNEWS, MOVIES, clickbait()]
    rows = []
    for case in [*texts, *map(_with_minilm, texts), HYMENOPTERA, CLOTHING]:
        row, accuracy, lead = compared(case)
        rows.append(row)
        record({case.name: accuracy, f"{case.name}_lead": 100 * lead})
    show(
        "Accuracy on held-out rows, and points of auto over the better of linear and MLP",
        ("corpus", *KINDS, "auto takes", "points"),
        rows,
    )
    movies = Corpus.of(_with_minilm(MOVIES))
    folds = StratifiedKFold(10, shuffle=True, random_state=0)
    tenfold = cross_val_score(LogisticRegression(max_iter=1000), movies.x, movies.labels.codes, cv=folds).mean()
    record({"movie_reviews_minilm_folds": float(tenfold)})


if __name__ == "__main__":
    main()
