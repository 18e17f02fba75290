"""Answers the requests of all routes: checks them, puts them in line, and gives what the line answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import pyarrow as pa

from launch.serve.answers import IndexVersion, SearchKind
from launch.serve.batches import Batches
from launch.serve.catalog import Catalog
from launch.serve.limits import Limits
from launch.serve.maps import ServedMap
from launch.serve.metrics import Metrics
from launch.serve.pictures import Pictures
from launch.serve.published import Published
from launch.serve.query_log import QueryLog
from launch.serve.requests import PredictRequest, SearchRequest, image_of, vector_of
from transforms.common.errors import RequestError
from transforms.encoders.devices import cores
from transforms.search.store.threads import FaissThreads

Line = Literal["search", "conditions", "predict", "pictures"]
_MANY_HITS = 100
_SEARCHES = 2
"""Batches of quick searches that are worked on at once: while one is in FAISS, another is put into words."""
_SEARCH_THREADS = max(cores() // _SEARCHES, 1)
"""Of one batch in FAISS: more would wait for each other and for the event loop."""


class Service:
    """Lines of requests before the indexes and models of a catalog.

    Quick searches have a line of their own: behind one with a condition, an image or very many hits they would be late.
    """

    def __init__(self, catalog: Catalog, limits: Limits, log: QueryLog | None = None) -> None:
        self.catalog = catalog
        self.limits = limits
        self.metrics = Metrics()
        self._log = log
        self._pictures = Pictures()
        self._lines: dict[Line, Batches] = {
            "search": self._line("search", self._search, threads=_SEARCHES, most=_most_of),
            "conditions": self._line("conditions", self._search),
            "predict": self._line("predict", self._predict),
            "pictures": self._line("pictures", self._picture),
        }
        for name, index in catalog.indexes.items():
            self.metrics.version("index", name, index)
        for name, model in catalog.models.items():
            self.metrics.version("model", name, model)

    def close(self) -> None:
        """Answers what is being worked on, and no more."""
        for line in self._lines.values():
            line.close()
        if self._log is not None:
            self._log.close()

    async def search(self, request: SearchRequest, image: bytes | None = None) -> dict[str, Any]:
        """The hits of one query.

        Args:
          image: where the body is the image itself.

        Raises:
          RequestError, LookupError, BusyError, LateError: as they are answered (`app`).
        """
        if request.k > self.limits.hits:
            raise RequestError(f"k: {request.k:,} is more than the {self.limits.hits:,} that this service gives")
        name, _ = self.catalog.index(request.index)
        query: Any = request.text if request.text is not None else request.id
        by = "text" if request.text is not None else "id"
        if request.vector is not None:
            by, query = "vector", vector_of(request.vector)
        elif image is not None or request.image is not None:
            by, query = "image", image if image is not None else image_of(request.image or "")
        kind = SearchKind(by, request.k, request.mode, request.where, request.sentences)
        is_quick = by in ("text", "vector") and request.where is None and request.k <= _MANY_HITS
        return await self._ask("search" if is_quick else "conditions", (name, kind), query)

    async def predict(self, request: PredictRequest, image: bytes | None = None) -> dict[str, Any]:
        """The labels and scores of some items; raises as `search`."""
        name, published = self.catalog.model(request.model)
        by, items = ("images", [image]) if image is not None else _items(request)
        if len(items) > self.limits.items:
            raise RequestError(f"{len(items):,} items are more than the {self.limits.items} that one request may hold")
        if by == "texts" and any(not text.strip() for text in items):
            raise RequestError("a text is empty: give each some words")
        features = published.current[1].columns_of(request.features)
        return await self._ask("predict", (name, by), (items, features))

    async def row(self, index: str | None, name: str) -> dict[str, Any]:
        """The columns of a row; raises as `search`."""
        version = self.catalog.index(index)[1].current[1]
        found = await self.in_thread(version.row, name)
        if found is None:
            raise LookupError(f"no row has the id {name[:200]!r}")
        return found

    async def in_thread(self, work: Callable[..., Any], *given: Any) -> Any:
        """What a call gives that takes a moment and waits in no line. Raises asyncio.TimeoutError."""
        return await asyncio.wait_for(asyncio.to_thread(work, *given), self.limits.seconds)

    def map_of(self, index: str | None) -> tuple[str, int, ServedMap]:
        """The name of an index, its version, and its map.

        Raises:
          LookupError: it has none, or there is no such index.
        """
        name, published = self.catalog.index(index)
        number, version = published.current
        if version.map is None:
            raise LookupError(f"{name} has no map: make one with `vectormill index TABLE --to {name} --map`")
        return name, number, version.map

    async def picture(self, index: str | None, name: str) -> bytes:
        """A small JPEG of a row; raises as `search`."""
        found = await self._ask("pictures", self.catalog.index(index)[0], name)
        if found is None:
            raise LookupError(f"there is no picture of {name[:200]!r}")
        content: bytes = found
        return content

    def facts(self) -> dict[str, Any]:
        """Names, versions and facts of all that is served."""
        return {
            noun: {
                name: {"version": one.current[0], "problem": _problem(name, one) or None, **one.current[1].facts}
                for name, one in published.items()
            }
            for noun, published in (("indexes", self.catalog.indexes), ("models", self.catalog.models))
        }

    def health(self) -> dict[str, Any]:
        """Whether it answers, with which versions, and what stands in the way of newer ones."""
        behind = [_problem(name, one) for name, one in self.catalog.named if one.problem]
        problems = [*behind, *([self._log.problem] if self._log is not None and self._log.problem else [])]
        return {
            "status": "ok" if not behind else "behind",
            "indexes": {name: one.current[0] for name, one in self.catalog.indexes.items()},
            "models": {name: one.current[0] for name, one in self.catalog.models.items()},
            "problems": problems,
        }

    # ---- in the lines' threads ------------------------------------------------------------------------------

    def _search(self, key: tuple[str, SearchKind], queries: Sequence[Any]) -> list[dict[str, Any]]:
        name, kind = key
        number, version = self.catalog.indexes[name].current
        with _named(name, version.searcher.folder), FaissThreads(_SEARCH_THREADS):
            answers = version.answer(kind, queries)
        if self._log is not None and kind.by == "text":
            for query in queries:
                self._log.add(query, index=name, version=number, k=kind.k, mode=kind.mode)
        return [{"index": name, "version": number, **answer} for answer in answers]

    def _predict(self, key: tuple[str, str], requests: Sequence[tuple[list[Any], pa.Table | None]]) -> list[Any]:
        name, by = key
        number, version = self.catalog.models[name].current
        with _named(name, version.classifier.model.folder):
            answers = version.answer(by, requests)
        return [{"model": name, "version": number, **answer} for answer in answers]

    def _picture(self, name: str, ids: Sequence[str]) -> list[bytes | None]:
        version: IndexVersion = self.catalog.indexes[name].current[1]
        return self._pictures.of(version, ids)

    # ---- lines ----------------------------------------------------------------------------------------------

    def _line(self, name: Line, work: Any, *, threads: int = 1, most: Callable[[Any], int] = lambda _: 64) -> Batches:
        line = Batches(
            work,
            threads=threads,
            most=most,
            waiting=self.limits.waiting,
            seconds=self.limits.seconds,
            observe=self.metrics.batch(name),
        )
        self.metrics.waits(name, lambda: line.depth)
        return line

    async def _ask(self, line: Line, kind: Any, item: Any) -> Any:
        return await self._lines[line].ask(kind, item)


def _most_of(key: tuple[str, SearchKind]) -> int:
    """The requests of a batch of quick searches.

    An encoder gains much by many texts at once. A search of vectors gains little, and small batches keep all processors busy:
    while one is searched, the answers of the one before are written.
    """
    return 4 if key[1].by == "vector" else 64


def _problem(name: str, one: Published[Any]) -> str:
    """Why the newest version does not answer, with the name for its folder."""
    return renamed(one.problem, one.root, name)


def renamed(line: str, folder: str, name: str) -> str:
    """The line with a name for a folder, where that is a path or the beginning of one: it may be as short as "." or "a"."""
    after = r"""[/:,;)'"]|$""" + (r"|\s" if "/" in folder else "")
    return re.sub(rf"(?<![\w./-]){re.escape(folder)}(?={after})", lambda _: name, line)


@contextmanager
def _named(name: str, folder: str) -> Iterator[None]:
    """Says the name of an index or model where a refusal says its folder: who asks over HTTP knows no folders."""
    try:
        yield
    except RequestError as error:
        raise RequestError(renamed(str(error), folder, name)) from error


def _items(request: PredictRequest) -> tuple[str, list[Any]]:
    if request.texts is not None:
        return "texts", list(request.texts)
    if request.images is not None:
        return "images", [image_of(image) for image in request.images]
    return "vectors", [vector_of(vector) for vector in request.vectors or ()]
