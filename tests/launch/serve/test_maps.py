"""The map over HTTP: equal to the file, in a form that a page reads at once, and refused in one line if asked wrongly."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import embedding
from tests.launch.conftest import Newsroom
from tests.launch.serve.conftest import Client
from transforms.search.ask.searcher import Searcher
from transforms.search.map.map_file import VectorMap, read_map


@pytest.fixture(scope="module")
def written(news_index: str) -> VectorMap:
    """The map that the index has on the disk."""
    found = read_map(f"{news_index}/1")
    assert found is not None
    return found


def parsed(content: bytes) -> tuple[Any, dict[str, Any]]:
    """The header and the arrays of a body, as the page reads them."""
    length = int.from_bytes(content[:4], "little")
    header = json.loads(content[4 : 4 + length])
    at = 4 + length
    assert at % 8 == 0
    arrays = {}
    kinds = {"rows": "<u4", "x": "<f4", "y": "<f4", "clusters": "<i2"} | ({"codes": "u1"} if header["column"] else {})
    for name, kind in kinds.items():
        arrays[name] = np.frombuffer(content, kind, header["points"], at)
        at += arrays[name].nbytes
    assert at == len(content)
    return header, arrays


def test_the_points_are_those_of_the_file(client: Client, written: VectorMap) -> None:
    header, arrays = parsed(client.get("/api/map?index=news").content)

    assert header == {
        "index": "news", "version": 1, "points": 300, "rows": 300, "column": None, "values": [],
    }  # fmt: skip
    np.testing.assert_array_equal(arrays["rows"], written.rows)
    np.testing.assert_array_equal(np.stack([arrays["x"], arrays["y"]], axis=1), written.places)
    np.testing.assert_array_equal(arrays["clusters"], written.clusters)
    assert client.get("/api/catalog").json["indexes"]["news"]["map"] == 300


@pytest.mark.parametrize("column", ["label", "desk"])
def test_each_point_has_the_value_of_a_column(
    column: str, client: Client, written: VectorMap, news_index: str, newsroom: Newsroom
) -> None:
    header, arrays = parsed(client.get(f"/api/map?column={column}").content)

    rows = embedding.rows(str(newsroom.table))
    searcher = Searcher(news_index)
    ids = searcher.rows_of(written.rows, ["id"]).column("id").to_pylist()
    found = [None if code == 255 else header["values"][code] for code in arrays["codes"]]
    assert found == [rows[name][column] for name in ids] and len(set(found)) > 1


def test_a_map_that_the_page_has_is_not_sent_again(client: Client) -> None:
    first = client.get("/api/map")
    again = client.get("/api/map", **{"If-None-Match": first.headers["etag"]})
    other = client.get("/api/map?column=label", **{"If-None-Match": first.headers["etag"]})

    assert (again.status, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (other.status, first.headers["cache-control"]) == (200, "private, no-cache")


def test_points_have_the_columns_of_their_rows_and_hits_the_rows_of_their_points(
    client: Client, written: VectorMap
) -> None:
    rows = written.rows[[7, 3, 299]].tolist()
    answer = client.get(f"/api/map/rows?rows={','.join(map(str, rows))}").json

    assert (answer["index"], answer["version"], answer["rows"]) == ("news", 1, rows)
    for columns in answer["columns"]:
        assert columns == client.request("GET", f"/api/row?id={columns['id'].replace('#', '%23')}").json
    hits = client.post("/api/search", {"text": "storm rain", "k": 5}).json
    found = client.get(f"/api/map/rows?rows={','.join(map(str, hits['rows']))}").json["columns"]
    assert [columns["id"] for columns in found] == [hit["id"] for hit in hits["hits"]]


@pytest.mark.parametrize(
    ("path", "status", "line"),
    [
        ("/api/map?index=x", 404, "no index is called 'x'"),
        ("/api/map?column=nothing", 400, "those are: desk, label"),
        ("/api/map?column=", 400, "column"),
        ("/api/map?column=id", 400, "few values"),
        ("/api/map?colum=label", 400, "colum"),
        ("/api/map/rows", 400, "rows"),
        ("/api/map/rows?rows=", 400, "rows"),
        ("/api/map/rows?rows=-1", 400, "rows"),
        ("/api/map/rows?rows=1,,2", 400, "rows"),
        ("/api/map/rows?rows=%D9%A3", 400, "rows"),  # a digit, but not one of ours
        ("/api/map/rows?rows=1%0A", 400, "rows"),
        ("/api/map/rows?rows=" + ",".join("1" * 101), 400, "rows"),
        ("/api/map/rows?rows=1000000000", 400, "rows"),
        ("/api/map/rows?rows=0,300", 404, "no point of the map is row 300"),
    ],
)
def test_a_wrong_request_gets_one_line(path: str, status: int, line: str, client: Client) -> None:
    assert line in client.get(path).refusal(status)


@settings(max_examples=60, deadline=None)
@given(rows=st.text(alphabet="0123456789,.-+ eE%20", max_size=30))
def test_no_rows_are_a_fault_of_the_service(rows: str, client: Client) -> None:
    answer = client.get(f"/api/map/rows?rows={rows.replace(' ', '+').replace('%', '%25')}")

    assert answer.status in (200, 400, 404), (answer, client.notes)
