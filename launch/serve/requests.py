"""Describes and checks what is asked over HTTP: one class for each body."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from launch.serve.limits import LONGEST_QUERY
from transforms.common.arrays import Vectors
from transforms.common.errors import RequestError

LONGEST_CONDITION = 10_000
LONGEST_ID = 10_000
_MOST = 1 << 20
Name = Annotated[str, Field(min_length=1, max_length=1_000)]
Text = Annotated[str, Field(min_length=1, max_length=LONGEST_QUERY)]
Numbers = Annotated[list[float], Field(min_length=1, max_length=65_536)]
Base64 = Annotated[str, Field(min_length=1, max_length=64 << 20)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SearchRequest(_Body):
    """One query: exactly one of text, id, vector and image."""

    index: Name | None = Field(None, description="Its name; may be left out where one index is served.")
    text: Text | None = None
    id: Annotated[str, Field(min_length=1, max_length=LONGEST_ID)] | None = Field(
        None, description="Of a row or document, which is not among its answers."
    )
    vector: Numbers | Base64 | None = Field(
        None, description="Numbers, or base64 of float32, little end first. Of any length but zero."
    )
    image: Base64 | None = Field(None, description="Base64 of an image file.")
    k: int = Field(10, ge=1, le=_MOST, description="How many answers; fewer where there are fewer rows.")
    mode: Literal["hybrid", "vector", "words"] | None = Field(None, description="For texts. Default: the index's own.")
    where: Annotated[str, Field(min_length=1, max_length=LONGEST_CONDITION)] | None = Field(
        None, description="SQL condition on the columns: label = 'x' AND year > 2010."
    )
    sentences: bool = Field(True, description="Whether the sentence that answers best is looked for.")

    @model_validator(mode="after")
    def _is_one(self) -> SearchRequest:
        given = [name for name in ("text", "id", "vector", "image") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give one of text, id, vector and image, not {' and '.join(given) or 'none'}")
        if self.mode not in (None, "vector") and self.text is None:
            raise ValueError(f"a search by {given[0]} has no words: leave out the mode")
        return self


class PredictRequest(_Body):
    """Items for a model: exactly one of texts, images and vectors."""

    model: Name | None = Field(None, description="Its name; may be left out where one model is served.")
    texts: list[Annotated[str, Field(max_length=LONGEST_QUERY)]] | None = Field(None, min_length=1)
    images: list[Base64] | None = Field(None, min_length=1, description="Base64 of image files.")
    vectors: list[Numbers | Base64] | None = Field(None, min_length=1, description="Of the model's encoder.")
    features: list[dict[str, str | float | bool | None]] | None = Field(
        None, description="The columns that the model sees beside the vector, for each item."
    )

    @model_validator(mode="after")
    def _is_one(self) -> PredictRequest:
        lists = {name: getattr(self, name) for name in ("texts", "images", "vectors")}
        given = {name: items for name, items in lists.items() if items is not None}
        if len(given) != 1:
            raise ValueError(f"give one of texts, images and vectors, not {' and '.join(given) or 'none'}")
        (items,) = given.values()
        if self.features is not None and len(self.features) != len(items):
            raise ValueError(f"{len(self.features)} rows of features are given for {len(items)} items")
        return self


class MapRequest(_Body):
    """The points of a map."""

    index: Name | None = Field(None, description="Its name; may be left out where one index is served.")
    column: Name | None = Field(None, description="A column with few values, whose value each point has.")


class MapRowsRequest(_Body):
    """Some points of a map."""

    index: Name | None = Field(None, description="Its name; may be left out where one index is served.")
    rows: str = Field(pattern=r"^[0-9]{1,9}(,[0-9]{1,9}){0,99}$", description="Up to 100 `rows` of points: 17,4,2042.")

    @property
    def positions(self) -> list[int]:
        return [int(row) for row in self.rows.split(",")]


def checked(kind: type[Any], body: bytes) -> Any:
    """A request out of its JSON.

    Raises:
      RequestError: it is none; in one line.
    """
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise RequestError(_line(error)) from error
    except ValueError as error:  # a surrogate half, for example
        raise RequestError(f"the body is no JSON: {error}") from error


def checked_fields(kind: type[Any], given: dict[str, Any]) -> Any:
    """The same, out of fields.

    Raises:
      RequestError: as `checked`.
    """
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise RequestError(_line(error)) from error


def image_of(text: str) -> bytes:
    """The file that a field holds in base64.

    Raises:
      RequestError: it is no base64.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestError(f"the image is no base64: {error}") from error


def vector_of(given: list[float] | str) -> Vectors:
    """A vector float32 [dim] out of numbers or base64.

    Raises:
      RequestError: it is no base64 of float32, or a number does not fit.
    """
    if isinstance(given, str):
        try:
            content = base64.b64decode(given, validate=True)
            return np.frombuffer(content, np.dtype("<f4")).astype(np.float32)
        except (binascii.Error, ValueError) as error:
            raise RequestError(f"the vector is no base64 of float32 numbers: {error}") from error
    with np.errstate(over="ignore"):
        vector: Vectors = np.asarray(given, np.float32)
    return vector


def _line(error: ValidationError) -> str:
    """The first thing that is wrong, and where."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    said = " ".join(str(first["msg"]).removeprefix("Value error, ").split())
    return f"{where}: {said}" if where else said
