from __future__ import annotations

import copy
import re
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.pages import HOSTILE, NOT_IMAGES, PIXEL, Page, assert_locked, assert_quiet, drawn
from transforms.common.errors import RequestError
from transforms.heads.evaluation.report import render
from transforms.heads.evaluation.report.plots import figures


def interval(value: float | None, low: float | None = None, high: float | None = None) -> dict[str, float | None]:
    return {"value": value, "low": low, "high": high}


def nothing() -> dict[str, Any]:
    """A report with every list empty and every figure null."""
    names = ("accuracy", "macro_precision", "macro_recall", "macro_f1", "macro_roc_auc", "macro_average_precision")
    return {
        "format": "vectormill-report-1",
        "title": "news topics",
        "created": "2026-01-02T03:04:05+00:00",
        "model": {
            "path": "models/news",
            "version": None,
            "published": False,
            "verdict": "no gain over version 6",
            "head": "linear",
            "task": "single-label",
            "labels": [],
            "strength": None,
            "temperature": 1.0,
        },
        "data": {
            "table": "tables/news",
            "version": 3,
            "encoder": "hog",
            "encoder_fingerprint": "0123abcd",
            "modality": "text",
            "rows": 0,
            "unlabelled": 0,
            "split": {name: {"rows": 0, "per_label": {}} for name in ("train", "eval", "test")},
            "split_by": "id",
            "leakage": None,
            "features": [],
        },
        "commands": [],
        "metrics": {name: interval(None) for name in (*names, "log_loss", "ece")},
        "per_class": [],
        "confusion": None,
        "reliability": {"bins": [], "ece_uncalibrated": None},
        "precision_recall": [],
        "comparison": [],
        "slices": [],
        "mistakes": [],
        "learning_curve": {"x_name": "", "x": [], "x_log": False, "series": {}, "chosen": None},
        "map": {"points": [], "note": ""},
        "seconds": {},
    }


def full(labels: list[str], *, thumbnail: str | None = None) -> dict[str, Any]:
    """A report with something in every corner: of texts, or of images where a thumbnail is given."""
    random = np.random.default_rng(7)
    size = len(labels)
    report = nothing()
    report["model"] |= {"version": 7, "published": True, "verdict": "gains 0.012", "labels": labels, "strength": 0.01}
    report["data"] |= {
        "modality": "image" if thumbnail else "text",
        "rows": 12345,
        "unlabelled": 67,
        "split": {
            name: {"rows": rows, "per_label": dict.fromkeys(labels, rows // size)}
            for name, rows in (("train", 9876), ("eval", 1234), ("test", 1235))
        },
        "leakage": {
            "threshold": 0.98,
            "checked": 2469,
            "found": 3,
            "moved": 2,
            "examples": [{"held_out": "b.txt#9", "train": "a.txt#4", "cosine": 0.99124}],
        },
        "features": ["source", "year"],
    }
    report["commands"] = ["vectormill embed 'a b.txt' --to t", "vectormill train t --to m"]
    report["metrics"] = {
        "accuracy": interval(0.88214, 0.8744, 0.8891),
        "macro_precision": interval(0.8711, 0.8611, 0.8811),
        "macro_recall": interval(0.8622, 0.8522, 0.8722),
        "macro_f1": interval(0.8536, 0.8433, 0.8633),
        "macro_roc_auc": interval(0.9744, 0.9644, 0.9844),
        "macro_average_precision": interval(0.9155, 0.9055, 0.9255),
        "log_loss": interval(0.3466, 0.3366, 0.3566),
        "ece": interval(0.0177, 0.0107, 0.0277),
    }
    measures = ("precision", "recall", "f1", "roc_auc", "average_precision")
    report["per_class"] = [
        {"label": label, "support": 100 + index, **{name: interval(0.75, 0.7, 0.8) for name in measures}}
        for index, label in enumerate(labels)
    ]
    counts = random.poisson(2, (size, size)) + np.diag(random.integers(50, 90, size))
    report["confusion"] = {"labels": labels, "counts": counts.tolist()}
    edges = np.linspace(0, 1, 11)
    report["reliability"] = {
        "bins": [
            {"low": low, "high": low + 0.1, "count": int(900 * low), "confidence": low + 0.05, "accuracy": low}
            for low in edges[:-1].tolist()
        ],
        "ece_uncalibrated": 0.0623,
    }
    report["reliability"]["bins"][0] |= {"confidence": None, "accuracy": None}
    report["precision_recall"] = [
        {"label": label, "precision": [1.0, 0.9, 0.5], "recall": [0.0, 0.6, 1.0]} for label in labels
    ]
    row = {name: interval(0.5, 0.4, 0.6) for name in ("accuracy", "macro_f1", "log_loss")}
    report["comparison"] = [
        {"name": "this model", "metrics": report["metrics"], "gain": None},
        {"name": "majority class", "metrics": row, "gain": interval(0.3821, 0.3701, 0.3941)},
        {"name": "version 6", "metrics": row, "gain": interval(-0.0042, -0.0101, 0.0012)},
    ]
    report["slices"] = [
        {"column": "source", "value": "wire", "rows": 1021, "accuracy": row["accuracy"], "macro_f1": interval(None)}
    ]
    report["mistakes"] = [
        {"id": f"m{i}", "label": labels[0], "predicted": labels[-1], "score": 0.9876, "thumbnail": thumbnail}
        | {"text": None if thumbnail else f"a text in which number {i} is wrong"}
        for i in range(3)
    ]
    report["learning_curve"] = {
        "x_name": "strength",
        "x": [0.001, 0.01, 0.1],
        "x_log": True,
        "series": {"train accuracy": [0.99, 0.95, 0.9], "eval accuracy": [0.8, 0.88, 0.85]},
        "chosen": 0.01,
    }
    report["map"] = {
        "points": [
            {"x": x, "y": y, "label": labels[i % size], "id": f"p{i}", "text": "t", "thumbnail": thumbnail}
            for i, (x, y) in enumerate(random.normal(size=(60, 2)).tolist())
        ],
        "note": "First two principal components.",
    }
    report["seconds"] = {"split": 0.254, "train": 12.34, "evaluate": 200.0, "encode": 7260.0}
    return report


def corners() -> Mapping[str, dict[str, Any]]:
    """Reports in which something is missing, single, large or hostile."""
    one_point = full(["a", "b"])
    one_point["learning_curve"] |= {"x": [0.1], "series": {"eval": [0.5]}}
    one_point["precision_recall"] = [{"label": "a", "precision": [1.0], "recall": [1.0]}]
    one_point["map"]["points"] = one_point["map"]["points"][:1]
    one_point["confusion"] = {"labels": ["a"], "counts": [[3]]}
    several = full(["a", "b"])
    several["model"]["task"] = "multi-label"
    several["confusion"] = None
    several["metrics"]["micro_f1"] = interval(0.8111, 0.8011, 0.8211)
    zeros = full(["a", "b"])
    zeros["confusion"]["counts"] = [[0, 0], [0, 0]]
    zeros["learning_curve"] |= {"x": [0.0, 0.1, 1.0], "chosen": 0.0}
    zeros["learning_curve"]["series"] = {"train": [0.5, 0.4, float("nan")], "eval": [0.5, None, 0.3]}
    long = full([f"{'a label that goes on ' * 4}{i:02}"[-80:] for i in range(20)])
    alike = full([f"the same beginning {i:02} and the same end" for i in range(20)])
    hostile = full([HOSTILE, HOSTILE + "2", "a`b\\c"])
    for name in ("title", "created"):
        hostile[name] = HOSTILE
    hostile["model"] |= {"path": HOSTILE, "verdict": HOSTILE}
    hostile["data"] |= dict.fromkeys(("table", "encoder", "encoder_fingerprint", "split_by"), HOSTILE)
    hostile["data"]["features"] = hostile["commands"] = [HOSTILE]
    hostile["learning_curve"] |= {"x_name": HOSTILE, "series": {HOSTILE: [0.1, 0.2, 0.3]}}
    hostile["map"]["note"] = HOSTILE
    hostile["seconds"] = {HOSTILE: 1.0}
    for row in (*hostile["mistakes"], *hostile["map"]["points"]):
        row |= {"id": HOSTILE, "text": HOSTILE}
    return {
        "nothing": nothing(),
        "one point": one_point,
        "multi-label": several,
        "zeros": zeros,
        "100 labels": full([f"class {i:03}" for i in range(100)]),
        "long labels": long,
        "labels alike": alike,
        "hostile": hostile,
        "images": full(["ant", "bee"], thumbnail=PIXEL),
    }


CORNERS = corners()


@cache
def rendered(name: str) -> str:
    return render(CORNERS[name])


@cache
def page_of(name: str) -> Page:
    return Page(rendered(name))


def confusion_of(report: Mapping[str, Any]) -> Any:
    return figures(report)["confusion"]


@pytest.mark.parametrize("name", CORNERS)
def test_any_report_is_a_page_that_asks_the_network_for_nothing(name: str) -> None:
    html = rendered(name)

    assert_quiet(page_of(name))
    assert_locked(html, scripts=0 if name == "nothing" else 2)


def test_the_report_itself_is_left_as_it_was() -> None:
    report = full(["a", "b"], thumbnail=PIXEL)
    before = copy.deepcopy(report)
    render(report)

    assert report == before


def test_the_figures_of_a_text_report_are_in_its_page() -> None:
    page = Page(render(full(["sport", "world", "business"])))

    assert page.headings == [
        "Comparison",
        "Per class",
        "Confusion matrix",
        "Reliability",
        "Precision and recall",
        "Learning curve",
        "Map of the vectors",
        "Slices",
        "Most confident mistakes",
        "Data and model",
    ]
    for expected in (
        "Published as version 7: gains 0.012",
        "Accuracy 0.882 [0.874, 0.889]",
        "Macro F1 0.854 [0.843, 0.863]",
        "ROC-AUC (macro) 0.974 [0.964, 0.984]",
        "Calibration error (ECE) 0.018 [0.011, 0.028]",
        "Log loss 0.347 [0.337, 0.357]",
        "On the 1,235 test items",
        "majority class 0.500 [0.400, 0.600] 0.500 [0.400, 0.600] 0.500 [0.400, 0.600] +0.382 [+0.370, +0.394]",
        "version 6 0.500 [0.400, 0.600] 0.500 [0.400, 0.600] 0.500 [0.400, 0.600] −0.004 [−0.010, +0.001]",
        "business 102 0.750 [0.700, 0.800]",
        "0.062 before temperature scaling",
        "Chosen: strength = 0.01",
        "source wire 1,021 0.500 [0.400, 0.600] –",
        "sport business 0.988 a text in which number 1 is wrong m1",
        "12,345, and 67 without a label (text)",
        "Train 9,876 · Eval 1,234 · Test 1,235 · by id",
        "2,469 held-out items compared with the training items: 3 at a cosine of 0.98 or more, 2 moved to one side.",
        "b.txt#9 a.txt#4 0.9912",
        "Split 0.25 s Train 12.3 s Evaluate 3 min 20 s Encode 2 h 1 min",
        "vectormill embed 'a b.txt' --to t vectormill train t --to m",
    ):
        assert expected in page.text
    assert page.text.index("business 102") < page.text.index("world 101") < page.text.index("sport 100")


def test_the_mistakes_of_an_image_report_are_pictures() -> None:
    page = page_of("images")

    assert page.pictures == [PIXEL] * 3
    assert "bee 0.988 is ant m0" in page.text
    assert sum(script.count(PIXEL) for script in page.scripts) == 60


def test_what_is_not_there_has_no_section() -> None:
    html, page = rendered("nothing"), page_of("nothing")

    assert page.headings == ["Data and model"]
    assert "Not published: no gain over version 6" in page.text
    assert len(html) < 20_000
    assert not {"None", "nan", "Undefined"} & set(re.findall(r"\w+", page.text))


def test_a_multi_label_report_says_what_its_accuracy_is() -> None:
    page = page_of("multi-label")

    assert "Subset accuracy 0.882 [0.874, 0.889]" in page.text
    assert "Micro F1 0.811 [0.801, 0.821]" in page.text
    assert "Confusion matrix" not in page.headings


def test_hostile_strings_stay_text() -> None:
    html, page = rendered("hostile"), page_of("hostile")

    assert re.sub(r"\s+", " ", HOSTILE) in page.text
    assert "<script>" not in html and "<img" not in html
    assert len([tag for tag, _ in page.tags if tag == "script"]) == 2


def test_a_thumbnail_that_is_no_image_is_left_out() -> None:
    report = full(["a", "b"], thumbnail=PIXEL)
    report["mistakes"] = [report["mistakes"][0] | {"thumbnail": uri} for uri in (*NOT_IMAGES, PIXEL)]
    report["map"]["points"] = [report["map"]["points"][0] | {"thumbnail": uri} for uri in (*NOT_IMAGES, PIXEL)]
    html = render(report)

    assert Page(html).pictures == [PIXEL]
    assert not [part for part in ("example.org", "alert(1)", "data:text/html;base64") if part in html]
    assert html.count(PIXEL) == 2


def test_many_classes_are_folded_and_cut_and_said_to_be() -> None:
    page = page_of("100 labels")

    assert "All 100 classes, by support" in page.text
    assert len([tag for tag, _ in page.tags if tag == "details"]) == 2
    assert "The 60 largest of 100 classes." in page.text
    assert "The 12 classes of largest support, of 100." in page.text
    assert "Too many labels for a legend" in page.text


def test_the_confusion_matrix_shows_shares_of_the_truth() -> None:
    report = nothing() | {"confusion": {"labels": ["a", "b"], "counts": [[3, 1], [0, 1200]]}}
    data = confusion_of(report).renderers[0].data_source.data

    assert list(zip(data["truth"], data["predicted"], data["count"].tolist(), data["share"].tolist(), strict=True)) == [
        ("b", "b", 1200, 1.0),
        ("b", "a", 0, 0.0),
        ("a", "b", 1, 0.25),
        ("a", "a", 3, 0.75),
    ]
    assert data["text"] == ["1,200", "", "1", "3"]


def test_the_largest_classes_are_those_of_most_items() -> None:
    sizes = list(range(70))
    labels = [f"l{size}" for size in sizes]
    report = nothing() | {"confusion": {"labels": labels, "counts": np.diag(sizes).tolist()}}

    assert confusion_of(report).x_range.factors == labels[:9:-1]


def test_the_confusion_matrix_has_the_order_of_the_table_of_classes() -> None:
    support = {"few": 2, "many": 9, "as many": 9, "none": 0}
    report = CORNERS["labels alike"] | {
        "confusion": {"labels": list(support), "counts": np.diag(list(support.values())).tolist()},
        "per_class": [
            {**dict.fromkeys(("precision", "recall", "f1", "roc_auc", "average_precision")), "label": n, "support": s}
            for n, s in support.items()
        ],
        "precision_recall": [],
    }

    table = render(report).split("<h2>Per class</h2>")[1].split("</table>")[0]

    factors = list(confusion_of(report).x_range.factors)
    assert factors == ["many", "as many", "few", "none"]
    assert re.findall(r'<th scope="row">(.*?)</th>', table) == factors


def test_labels_cut_to_the_same_ticks_stay_apart() -> None:
    factors = confusion_of(CORNERS["labels alike"]).x_range.factors

    assert len(set(factors)) == 20
    assert max(map(len, factors)) <= 24 + len(" (20)")


def test_a_report_of_another_format_is_refused() -> None:
    with pytest.raises(RequestError, match="'vectormill-report-2'"):
        render(nothing() | {"format": "vectormill-report-2"})


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs a browser")
@pytest.mark.parametrize("name", ["hostile", "images"])
def test_a_browser_draws_it_without_a_word(name: str, tmp_path: Path) -> None:
    document, console = drawn(rendered(name), tmp_path)

    assert console == []
    # The fifth, the reliability diagram, is two figures in a column of its own.
    assert document.count('class="bk-Figure"') == 4
    assert document.count('class="bk-Column"') == 1
