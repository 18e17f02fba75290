"""Reports of indexes as tests render them: one with something in every corner, and those in which something is missing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tests.helpers.pages import HOSTILE, PIXEL

OPTIONAL = ("recall", "latency", "drift", "sizes", "curve", "queries", "commands", "seconds")


def interval(value: float | None, low: float | None = None, high: float | None = None) -> dict[str, float | None]:
    return {"value": value, "low": low, "high": high}


def at(one: float | None, ten: float | None, hundred: float | None) -> dict[str, Any]:
    return {
        depth: interval(value, value and value - 0.01, value and value + 0.01)
        for depth, value in (("1", one), ("10", ten), ("100", hundred))
    }


def nothing() -> dict[str, Any]:
    """A report with every list empty and every figure null."""
    return {
        "format": "vectormill-index-report-1",
        "title": "news",
        "created": "2026-01-02T03:04:05+00:00",
        "index": {
            "path": "indexes/news",
            "version": None,
            "published": False,
            "verdict": "recall@10 is below the floor",
            "kind": "exact",
            "why": "few rows",
            "parameters": {},
            "search": {"name": None, "value": None},
            "floor": 0.95,
            "rows": 0,
            "held": 0,
            "dim": 8,
            "words": False,
            "segments": [],
        },
        "data": {
            "table": "tables/news",
            "version": 3,
            "encoder": "hashing",
            "encoder_fingerprint": "0123abcd",
            "modality": "text",
            "rows": 0,
            "dead": 0,
            "change": None,
        },
        "commands": [],
        "recall": {"queries": 0, "at": at(None, None, None), "indexed": None, "new": None},
        "latency": None,
        "sizes": [],
        "curve": [],
        "drift": None,
        "queries": [],
        "seconds": {},
    }


def full(*, thumbnail: str | None = None) -> dict[str, Any]:
    """A report with something in every corner: of texts, or of images where a thumbnail is given."""
    report = nothing()
    report["index"] |= {
        "version": 4,
        "published": True,
        "verdict": "recall@10 is 0.958",
        "kind": "ivf",
        "why": "500 MB were given",
        "parameters": {"lists": 4096, "code": "PQ64x8"},
        "search": {"name": "nprobe", "value": 16},
        "rows": 1_000_000,
        "held": 1312,
        "dim": 512,
        "words": True,
        "segments": [
            {"name": "base", "rows": 980_000, "deleted": 10_213, "bytes": 1_090_000_000},
            {"name": "recent", "rows": 28_901, "deleted": 0, "bytes": 31_900_000},
        ],
    }
    report["data"] |= {
        "modality": "image" if thumbnail else "text",
        "rows": 1_000_007,
        "dead": 7,
        "change": {"base": 3, "added": 1200, "removed": 34, "changed": 5, "rebuilt": True, "why": "recall fell"},
    }
    report["commands"] = ["vectormill embed 'a b.txt' --to t", "vectormill index t --to i"]
    report["recall"] = {
        "queries": 2000,
        "at": at(0.974, 0.958, 0.941),
        "indexed": at(0.989, 0.971, 0.949),
        "new": interval(0.953, 0.941, 0.964),
    }
    report["latency"] = {
        "p50": 0.4463,
        "p95": 0.71,
        "p99": 1.134,
        "exact_p50": 38.2,
        "batch_qps": 4321.4,
        "exact_qps": 97.4,
        "threads": 2,
    }
    report["sizes"] = [
        {"name": "codes", "bytes": 64_000_000, "resident": True},
        {"name": "centroids", "bytes": 8_912_896, "resident": True},
        {"name": "vectors", "bytes": 1_024_000_000, "resident": False},
    ]
    report["curve"] = [
        {
            "value": value,
            "recall": {"1": ten + 0.01, "10": ten, "100": ten - 0.02},
            "p50": value / 4,
            "qps": 9000 / value,
            "chosen": value == 16,
        }
        for value, ten in ((64, 0.988), (1, 0.612), (4, 0.842), (16, 0.958))
    ]
    report["drift"] = {
        "imbalance": 1.384,
        "history": [
            {"version": 3, "recall": 0.951, "rows": 998_000},
            {"version": 4, "recall": 0.958, "rows": 1_000_000},
        ],
    }
    text = None if thumbnail else "a text"
    report["queries"] = [
        {
            "id": f"q{query}",
            "text": text and f"{text} that asks {query}",
            "thumbnail": thumbnail,
            "label": "ant",
            "answers": [
                {
                    "id": f"r{query}-{rank}",
                    "score": 0.9 - rank / 10,
                    "label": ("ant", "bee")[rank],
                    "text": text and f"{text} that answers {rank}",
                    "thumbnail": thumbnail,
                }
                for rank in range(2)
            ],
        }
        for query in range(3)
    ]
    report["seconds"] = {"train": 88.1, "measure": 7260.0}
    return report


def corners() -> Mapping[str, dict[str, Any]]:
    """Reports in which something is missing, single, unknown or hostile."""
    unknown = full()
    for row in unknown["curve"]:
        row |= {"recall": None, "p50": math.nan, "qps": None}
    unknown["curve"].append({"value": None, "recall": {"10": 0.5}, "p50": 1.0, "qps": 1.0, "chosen": False})
    unknown["latency"] = dict.fromkeys(unknown["latency"], math.nan)
    unknown["recall"] |= {"at": at(None, None, None), "indexed": at(math.nan, None, math.inf), "new": interval(None)}
    unknown["sizes"] = [{"name": "codes", "bytes": None, "resident": True}]
    unknown["drift"] = {"imbalance": math.nan, "history": [{"version": 1, "recall": None, "rows": None}] * 3}
    unknown["index"] |= {"rows": None, "floor": None, "search": None, "parameters": None, "segments": None}
    unknown["queries"][0] |= {"answers": None, "label": None}
    unknown["queries"][1]["answers"][0] |= {"score": math.nan, "label": None, "text": None}
    one = full()
    one["curve"] = one["curve"][-1:]
    one["latency"]["exact_p50"] = None
    one["drift"]["history"] = one["drift"]["history"][:1]
    zeros = full()
    zeros["curve"][1] |= {"value": 0, "p50": 0.0}
    zeros["latency"] |= {"p50": 0.0, "exact_p50": 0.0}
    zeros["sizes"] = [{"name": "codes", "bytes": 0, "resident": True}]
    zeros["index"]["rows"] = 0
    hostile = full()
    for name in ("title", "created"):
        hostile[name] = HOSTILE
    hostile["index"] |= dict.fromkeys(("path", "verdict", "kind", "why"), HOSTILE)
    hostile["index"] |= {"parameters": {HOSTILE: HOSTILE}, "search": {"name": HOSTILE, "value": 16}}
    hostile["index"]["segments"][0]["name"] = hostile["sizes"][0]["name"] = HOSTILE
    hostile["data"] |= dict.fromkeys(("table", "encoder", "encoder_fingerprint", "modality"), HOSTILE)
    hostile["data"]["change"]["why"] = HOSTILE
    hostile["commands"] = [HOSTILE]
    hostile["seconds"] = {HOSTILE: 1.0}
    for query in hostile["queries"]:
        for row in (query, *query["answers"]):
            row |= dict.fromkeys(("id", "text", "label"), HOSTILE)
    return {
        "nothing": nothing(),
        "null": nothing() | dict.fromkeys(OPTIONAL),
        "unknown": unknown,
        "one of each": one,
        "zeros": zeros,
        "hostile": hostile,
        "texts": full(),
        "images": full(thumbnail=PIXEL),
    }
