"""Decides by queries with judgements whether a version is good enough to take the place of the published one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from transforms.common.errors import RequestError
from transforms.search.evaluate.evaluation import default_gain
from transforms.search.judgements import Judgements


@dataclass(frozen=True, kw_only=True)
class JudgedGate:
    """The comparison of a version with the published one.

    Attributes:
      figures: those of `evaluation.default_gain`; None where the published version cannot be asked.
      verdict: the comparison in words; empty without one.
      is_good: whether a gain of the least that is asked for is possible: the upper end of its interval reaches it.
    """

    figures: dict[str, Any] | None = None
    verdict: str = ""
    is_good: bool = True


def judged_gate(built: str, published: str, judgements: Judgements, *, min_gain: float) -> JudgedGate:
    """Asks both versions all queries, as who chooses no mode does.

    Args:
      built: the folder of the version, whole.
      min_gain: of nDCG@10.
    """
    try:
        figures = default_gain(built, judgements, against=published)
    except RequestError as error:
        return JudgedGate(verdict=f"not compared with {published} on queries with judgements: {error}")
    gain, value = figures["gain"], figures["ndcg@10"]["value"]
    is_good = gain["high"] >= min_gain
    verdict = (
        f"nDCG@10 {value:.3f} on {figures['queries']:,} queries with judgements,"
        f" {gain['value']:+.3f} [{gain['low']:+.3f}, {gain['high']:+.3f}] over {published}"
    )
    if not is_good:
        worse = "surely worse" if min_gain == 0 else f"surely below --min-gain {min_gain:g}"
        verdict = f"{verdict}: {worse}"
    return JudgedGate(figures=figures, verdict=verdict, is_good=is_good)
