"""Routes requests to the service, and turns what it raises into answers.

400  the request is wrong          408  its body did not arrive in time    421  asked under another name
401  no token, or another one      413  its body is too large              500  a fault of the service: its log says which
404  no such index, model or row   415  its body is of another type        503  too much to do: ask again
                                   414, 431  its address or its head is too long (`server`)
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from launch.serve.batches import BusyError, LateError
from launch.serve.bodies import RefusedUnread, TooLargeError, TooSlowError, body_of
from launch.serve.guards import Guards
from launch.serve.maps import CONTENT_TYPE as MAP_TYPE
from launch.serve.metrics import CONTENT_TYPE
from launch.serve.openapi import openapi
from launch.serve.replies import refusal, reply
from launch.serve.requests import MapRequest, MapRowsRequest, PredictRequest, SearchRequest, checked, checked_fields
from launch.serve.service import Service
from transforms.common.errors import RequestError

PAGE = Path(__file__).with_name("page")
_LARGE = 1 << 16
_BODY = "the body of the request"
Handler = Callable[[Request], Awaitable[Response]]
Note = Callable[[str], None]


def make_app(service: Service, *, note: Note, hosts: Collection[str] = (), token: str = "") -> Starlette:
    """Makes the application that answers over HTTP.

    Args:
      note: takes a line for the log.
      hosts, token: as of `Guards`.
    """
    routes = _Routes(service)
    described = openapi(service.limits)

    async def description(_: Request) -> Response:
        return reply(described)

    async def page(_: Request) -> Response:
        return FileResponse(PAGE / "index.html")

    def route(path: str, handler: Handler, *methods: str) -> Route:
        return Route(path, _answered(path, handler, service, note), methods=list(methods or ("GET",)))

    return Starlette(
        routes=[
            route("/", page),
            route("/api/catalog", routes.catalog),
            route("/api/search", routes.search, "GET", "POST"),
            route("/api/similar", routes.similar),
            route("/api/row", routes.row),
            route("/api/image", routes.image),
            route("/api/map", routes.map),
            route("/api/map/rows", routes.map_rows),
            route("/api/predict", routes.predict, "POST"),
            route("/health", routes.health),
            route("/metrics", routes.metrics),
            route("/openapi.json", description),
            Mount("/page", StaticFiles(directory=PAGE)),
        ],
        middleware=[Middleware(Guards, hosts=hosts, token=token)],
        exception_handlers={HTTPException: _refused},
    )


class _Routes:
    """The handlers of the routes, a method each."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def catalog(self, _: Request) -> Response:
        return reply(await asyncio.to_thread(self._service.facts))

    async def search(self, request: Request) -> Response:
        if request.method in ("GET", "HEAD"):
            return reply(await self._service.search(checked_fields(SearchRequest, _fields(request))))
        asked, image = await self._asked(request, SearchRequest, {"image": _BODY})
        return reply(await self._service.search(asked, image))

    async def similar(self, request: Request) -> Response:
        asked = checked_fields(SearchRequest, _fields(request))
        if asked.id is None:
            raise RequestError("id: give that of a row")
        return reply(await self._service.search(asked))

    async def row(self, request: Request) -> Response:
        return reply(await self._service.row(*_named_row(request)))

    async def image(self, request: Request) -> Response:
        content = await self._service.picture(*_named_row(request))
        return Response(content, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=600"})

    async def map(self, request: Request) -> Response:
        asked: MapRequest = checked_fields(MapRequest, _fields(request))
        name, number, served = self._service.map_of(asked.index)
        served.require_column(asked.column)
        tag = served.etag(number, asked.column)
        headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        content = await self._service.in_thread(served.body, name, number, asked.column)
        return Response(content, media_type=MAP_TYPE, headers=headers)

    async def map_rows(self, request: Request) -> Response:
        asked: MapRowsRequest = checked_fields(MapRowsRequest, _fields(request))
        name, number, served = self._service.map_of(asked.index)
        found = await self._service.in_thread(served.rows, asked.positions)
        return reply({"index": name, "version": number, "rows": asked.positions, "columns": found})

    async def predict(self, request: Request) -> Response:
        asked, image = await self._asked(request, PredictRequest, {"images": [_BODY]})
        return reply(await self._service.predict(asked, image))

    async def health(self, _: Request) -> Response:
        return reply(self._service.health())

    async def metrics(self, _: Request) -> Response:
        return Response(self._service.metrics.text(), media_type=CONTENT_TYPE)

    async def _asked(self, request: Request, kind: type[Any], raw: dict[str, Any]) -> tuple[Any, bytes | None]:
        """The request in a JSON body; or of a body that is an image, that, with the request in the address."""
        coding = request.headers.get("content-encoding", "identity").strip().lower()
        if coding != "identity":
            raise HTTPException(415, f"a body is sent as it is, not as {coding[:100]}: leave out Content-Encoding")
        body = await body_of(request, self._service.limits)
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media.startswith("image/") or media == "application/octet-stream":
            return checked_fields(kind, _fields(request) | raw), body
        if media not in ("application/json", "application/x-www-form-urlencoded", ""):  # curl -d says the second
            raise HTTPException(415, f"a body is application/json or an image, not {media[:100]}")
        # Large ones are parsed beside the others' requests.
        asked = checked(kind, body) if len(body) < _LARGE else await asyncio.to_thread(checked, kind, body)
        return asked, None


def _fields(request: Request) -> dict[str, Any]:
    """The fields in the address.

    Raises:
      RequestError: one stands there twice: nobody knows which counts.
    """
    pairs = request.query_params.multi_items()
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        raise RequestError(f"{next(name for name in names if names.count(name) > 1)[:100]}: give it once")
    return fields


def _named_row(request: Request) -> tuple[str | None, str]:
    asked: SearchRequest = checked_fields(SearchRequest, _fields(request))
    if asked.id is None:
        raise RequestError("id: give that of a row")
    return asked.index, asked.id


def _answered(path: str, handler: Handler, service: Service, note: Note) -> Handler:
    """The handler with what it raises as answers, counted and timed."""

    async def answered(request: Request) -> Response:
        started = time.perf_counter()
        try:
            response = await handler(request)
        except (Exception, asyncio.CancelledError) as error:
            response = _of_error(error, path, service, note)
        service.metrics.answered(path, response.status_code, time.perf_counter() - started)
        return response

    return answered


def _of_error(error: BaseException, path: str, service: Service, note: Note) -> Response:
    limits = service.limits
    if isinstance(error, asyncio.CancelledError):
        raise error
    if isinstance(error, RequestError):
        return refusal(400, str(error))
    if isinstance(error, LookupError) and type(error) is LookupError:
        return refusal(404, str(error))
    if isinstance(error, BusyError):
        return refusal(503, "too many requests wait already: ask again later")
    if isinstance(error, LateError | asyncio.TimeoutError):
        return refusal(503, f"no answer within {limits.seconds:g} seconds: ask again later")
    if isinstance(error, TooLargeError):
        response = refusal(413, f"the body is larger than {limits.body_bytes / (1 << 20):g} MB")
        response.headers["Connection"] = "close"
        return RefusedUnread(response, limits.seconds)
    if isinstance(error, TooSlowError):
        response = refusal(408, f"the body did not arrive within {limits.seconds:g} seconds")
        response.headers["Connection"] = "close"
        return response
    if isinstance(error, ClientDisconnect):
        return Response(status_code=499)
    if isinstance(error, HTTPException):
        return refusal(error.status_code, error.detail)
    note(f"{path}: {type(error).__name__}: {' '.join(str(error).split())[:500]}")
    return refusal(500, "the service failed on this request: its log says why")


async def _refused(request: Request, error: Exception) -> Response:
    """Answers requests for paths and methods that there are not."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    line = str(error.detail)
    if error.status_code == 404:
        line = "there is nothing at this address: /openapi.json describes those that there are"
    elif error.status_code == 405:
        line = f"{request.method} is not for this address: send {headers.get('Allow', 'GET, HEAD')}"
    response = refusal(error.status_code, line)
    response.headers.update(headers)
    return response
