"""Counts what the service does, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from launch.serve.published import Published

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64)
CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


class Metrics:
    """Counters and histograms of one service, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "vectormill_requests", "Requests answered.", ("route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "vectormill_request_seconds", "Until the answer.", ("route",), buckets=_SECONDS, registry=self._registry
        )
        self._batches = Histogram(
            "vectormill_batch_requests", "Requests worked on together.", ("line",), buckets=_SIZES,
            registry=self._registry,
        )  # fmt: skip
        self._waiting = Gauge(
            "vectormill_waiting", "Requests that wait for a turn.", ("line",), registry=self._registry
        )
        self._version = Gauge("vectormill_version", "Version that answers.", ("kind", "name"), registry=self._registry)
        self._behind = Gauge(
            "vectormill_behind", "1 where the newest version cannot be opened.", ("kind", "name"),
            registry=self._registry,
        )  # fmt: skip

    def answered(self, route: str, status: int, seconds: float) -> None:
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def batch(self, line: str) -> Callable[[int], None]:
        """Returns a function that takes the sizes of a line's batches."""
        return self._batches.labels(line).observe

    def waits(self, line: str, depth: Callable[[], int]) -> None:
        """Asks a line how many wait, whenever the metrics are read."""
        self._waiting.labels(line).set_function(depth)

    def version(self, kind: str, name: str, published: Published[Any]) -> None:
        """Asks which version answers, and whether a newer one cannot be opened."""
        self._version.labels(kind, name).set_function(lambda: published.current[0])
        self._behind.labels(kind, name).set_function(lambda: bool(published.problem))

    def text(self) -> bytes:
        """All metrics, in Prometheus's text format."""
        return generate_latest(self._registry)
