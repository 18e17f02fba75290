from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from transforms.common.errors import RequestError
from transforms.storage.formats import format_number, known_fields, require_format

NEWEST = "vectormill-thing-2"


@dataclass(frozen=True, kw_only=True)
class Thing:
    name: str
    size: int = 7
    parts: tuple[str, ...] = field(default_factory=tuple)
    derived: int = field(init=False, default=0)


@pytest.mark.parametrize(
    ("found", "number"),
    [(None, 1), (1, 1), (2, 2), ("vectormill-thing-1", 1), ("vectormill-thing-2", 2), ("vectormill-thing-0", 0)],
)
def test_what_is_not_newer_is_read(found: str | int | None, number: int) -> None:
    assert require_format(found, NEWEST, where="/t", noun="thing") == number


@pytest.mark.parametrize(("found", "number"), [(3, 3), ("vectormill-thing-3", 3), ("vectormill-thing-12", 12)])
def test_what_a_newer_release_wrote_is_refused_in_one_line(found: str | int, number: int) -> None:
    with pytest.raises(RequestError) as caught:
        require_format(found, NEWEST, where="/t", noun="thing")

    assert str(caught.value) == (
        f"/t was written by a newer Vectormill (thing format {number}; this one reads up to 2): upgrade Vectormill"
    )
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("found", ["vectormill-index-1", "thing", "vectormill-thing-", "vectormill-thing-x", "", True])
def test_another_kind_of_file_is_refused(found: Any) -> None:
    assert format_number(found, NEWEST) is None
    with pytest.raises(
        RequestError, match=r"^/t is not what Vectormill writes for a thing \(its format is .*\): check"
    ):
        require_format(found, NEWEST, where="/t", noun="thing")


def test_unknown_fields_are_ignored_and_missing_ones_get_their_defaults() -> None:
    assert known_fields(Thing, {"name": "n", "colour": "red", "derived": 3}, where="/t") == {"name": "n"}
    assert Thing(**known_fields(Thing, {"name": "n", "size": 1, "new": []}, where="/t")) == Thing(name="n", size=1)


@pytest.mark.parametrize(("values", "what"), [({"size": 1}, "it lacks 'name'"), ([], "it holds no JSON object")])
def test_a_missing_field_without_a_default_names_the_file(values: Any, what: str) -> None:
    with pytest.raises(RequestError) as caught:
        known_fields(Thing, values, where="/t/thing.json")

    assert str(caught.value) == f"/t/thing.json is damaged ({what}): restore it from a copy"
