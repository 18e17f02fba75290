"""Renders the evaluation of an index as one HTML file that opens anywhere, offline.

Fails with `RequestError` on a mapping of another format.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from transforms.report import check, page
from transforms.search.evaluate.evaluation import FORMAT
from transforms.search.evaluate.figures import FIGURES

_TEMPLATE = Path(__file__).with_name("evaluation.html.j2")
_TITLES = {"ndcg@10": "nDCG@10", "mrr@10": "MRR@10", "recall@100": "Recall@100"}


def render(report: Mapping[str, Any]) -> str:
    """Returns the page, some kB.

    Args:
      report: that of `transforms.search.evaluate.evaluation.evaluate_index`.

    Raises:
      RequestError: it is of another format.
    """
    check(report, FORMAT, remedy="evaluate the index again")
    default = next((mode for mode in report["modes"] if mode["is_default"]), None)
    names = [(name, _TITLES[name]) for name in FIGURES]
    return page(_TEMPLATE, report, figures={}, settings={"default": default, "names": names})
