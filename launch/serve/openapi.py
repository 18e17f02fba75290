"""Describes the service as OpenAPI 3.1, from the classes that check the requests."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from launch.serve.limits import Limits
from launch.serve.maps import CONTENT_TYPE as MAP_TYPE
from launch.serve.requests import MapRequest, MapRowsRequest, PredictRequest, SearchRequest

_REF = "#/components/schemas/{model}"
_ONLY_IN_BODIES = ("image",)
_ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
_OBJECT: dict[str, Any] = {"type": "object"}
_HITS = {
    "type": "object",
    "required": ["index", "version", "hits"],
    "properties": {
        "index": {"type": "string"},
        "version": {"type": "integer"},
        "rows": {
            "type": "array",
            "items": {"type": "integer"},
            "description": "Of each hit, as points of the map have it.",
        },
        "hits": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "score", "cosine", "words", "label", "sentence", "chunk"],
                "description": "As `vectormill search --json` prints them, with the columns that were kept.",
            },
        },
    },
}
_SCORES = {
    "type": "object",
    "required": ["model", "version", "labels", "predictions"],
    "properties": {
        "model": {"type": "string"},
        "version": {"type": "integer"},
        "labels": {"type": "array", "items": {"type": "string"}},
        "predictions": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["label", "scores"],
                "properties": {
                    "label": {"type": "string"},
                    "scores": {"type": "array", "items": {"type": "number"}},
                },
            },
        },
    },
}

_POINTS = {
    "type": "object",
    "required": ["index", "version", "rows", "columns"],
    "properties": {
        "index": {"type": "string"},
        "version": {"type": "integer"},
        "rows": {"type": "array", "items": {"type": "integer"}},
        "columns": {"type": "array", "items": {"type": "object", "required": ["id", "label"]}},
    },
}
_MAP = (
    "The points of the map: the length of a JSON header (uint32), the header, then `points` times rows (uint32), x, y (float32),"
    " clusters (int16) and, of a column, codes (uint8) into the header's `values`, 255 for none; little end first."
)


def openapi(limits: Limits) -> dict[str, Any]:
    """The description that `/openapi.json` gives."""
    _, bodies = models_json_schema([(SearchRequest, "validation"), (PredictRequest, "validation")], ref_template=_REF)
    schemas: dict[str, Any] = bodies["$defs"]
    schemas["SearchRequest"]["properties"]["k"]["maximum"] = limits.hits
    search = schemas["SearchRequest"]["properties"]
    row = [_parameter("id", search, required=True), _parameter("index", search)]
    asked = [_parameter(name, search) for name in search if name not in _ONLY_IN_BODIES]
    similar = [_parameter("id", search, required=True), *[p for p in asked if p["name"] in ("index", "k", "where")]]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Vectormill", "version": version("vectormill")},
        "paths": {
            "/api/catalog": {"get": _operation("What is served, and in which version.", _OBJECT)},
            "/api/search": {
                "get": _operation("The best answers to one query.", _HITS, parameters=asked),
                "post": _operation("The best answers to one query.", _HITS, body="SearchRequest"),
            },
            "/api/similar": {"get": _operation("The rows nearest to a row.", _HITS, parameters=similar)},
            "/api/row": {"get": _operation("The columns of a row.", _OBJECT, parameters=row)},
            "/api/image": {"get": _operation("A small picture of a row.", None, parameters=row)},
            "/api/map": {"get": _operation(_MAP, None, parameters=_fields_of(MapRequest), media=MAP_TYPE)},
            "/api/map/rows": {
                "get": _operation("The columns of some points.", _POINTS, parameters=_fields_of(MapRowsRequest))
            },
            "/api/predict": {"post": _operation("Labels and scores of items.", _SCORES, body="PredictRequest")},
            "/health": {"get": _operation("Whether it answers.", _OBJECT)},
            "/metrics": {"get": _operation("Counts and times, as Prometheus reads them.", None, media="text/plain")},
        },
        "components": {
            "schemas": {**schemas, "Error": _ERROR},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _fields_of(kind: type[BaseModel]) -> list[dict[str, Any]]:
    """The fields of a request without a body."""
    schema = kind.model_json_schema()
    required = schema.get("required", [])
    return [_parameter(name, schema["properties"], required=name in required) for name in schema["properties"]]


def _parameter(name: str, properties: dict[str, Any], *, required: bool = False) -> dict[str, Any]:
    """A field of a body as a part of the address."""
    kinds = [kind for kind in properties[name].get("anyOf", [properties[name]]) if kind.get("type") != "null"]
    texts = [kind for kind in kinds if kind.get("type") != "array"]
    schema = {key: value for key, value in texts[0].items() if key not in ("title", "description", "default")}
    described = {"description": properties[name]["description"]} if "description" in properties[name] else {}
    return {"name": name, "in": "query", "required": required, "schema": schema, **described}


def _operation(
    summary: str,
    answer: dict[str, Any] | None,
    *,
    parameters: list[dict[str, Any]] | None = None,
    body: str | None = None,
    media: str = "image/jpeg",
) -> dict[str, Any]:
    answered = {"application/json": {"schema": answer}} if answer is not None else {media: {}}
    refused = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
    why = {
        "400": "The request is wrong.",
        "401": "A token is needed.",
        "404": "There is no such index, model or row.",
        "408": "The body did not arrive in time.",
        "413": "The body is too large.",
        "414": "The address is too long.",
        "415": "The body is of another type.",
        "421": "The service is not asked under this name.",
        "431": "The head of the request is too long.",
        "503": "There is too much to do: ask again.",
    }
    responses = {"200": {"description": "The answer.", "content": answered}}
    operation: dict[str, Any] = {
        "summary": summary,
        "responses": responses | {status: {"description": line, **refused} for status, line in why.items()},
    }
    if parameters:
        operation["parameters"] = parameters
    if body is not None:
        json_body = {"application/json": {"schema": {"$ref": _REF.format(model=body)}}}
        operation["requestBody"] = {"required": True, "content": json_body}
    return operation
