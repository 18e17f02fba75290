"""What a version of a table changed is found exactly: applied to the rows of the earlier version, it gives the later one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.pages import HOSTILE, Page, assert_locked, assert_quiet
from transforms.compare import pairing
from transforms.compare.difference_files import difference_files
from transforms.compare.report import render
from transforms.compare.tables import compare_tables
from transforms.table.parts import part_writer
from transforms.table.schema import EMBEDDING, VECTOR_TYPE
from transforms.table.snapshot import Provenance, Snapshot

Row = dict[str, Any]

ABOUT = Provenance(
    run="r",
    encoder="fake",
    handle="",
    encoder_fingerprint="one",
    modality="text",
    dim=2,
    precision="float32",
    part_format="parquet",
    inputs=(),
    reading="{}",
    created=0.0,
)
SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.string(), nullable=False) for name in ("id", "content", "source", "fingerprint")),
        pa.field("label", pa.string()),
        pa.field("text", pa.string()),
        pa.field("year", pa.float64()),
        pa.field("tags", pa.list_(pa.string())),
        pa.field(EMBEDDING, VECTOR_TYPE, nullable=False),
    ]
)


def row(name: str, **given: Any) -> Row:
    values = {"content": "c", "source": "s", "fingerprint": "f", "label": "x", "text": name, "year": 1.0, "tags": None}
    return {"id": name, **values, EMBEDDING: [1.0, 0.0], **given}


def version(
    root: Path,
    number: int,
    parts: Mapping[str, Sequence[Row]],
    *,
    about: Provenance = ABOUT,
    schema: pa.Schema = SCHEMA,
) -> Snapshot:
    """A version of the table at `root`, whose parts hold these rows."""
    for name, rows in parts.items():
        writer = part_writer(str(root / name), schema, part_format="parquet")
        if rows:
            writer.write(pa.RecordBatch.from_pylist(list(rows), schema=schema))
        writer.close()
    counts = {name: len(rows) for name, rows in parts.items()}
    return Snapshot(table_id="t", version=number, about=about, schema=schema, parts=counts, ledger=pa.table({}))


def compared(root: Path, before: Snapshot, after: Snapshot) -> tuple[dict[str, Any], dict[str, list[Row]]]:
    out = root / "out"
    with difference_files(str(out)) as tables:
        report = compare_tables(str(root), before, after, tables)
    return report, {
        name: pq.read_table(out / f"{name}.parquet").to_pylist() for name in ("added", "removed", "changed")
    }


def counted(rows: Sequence[Mapping[str, Any]], *, vectors: bool = True) -> Counter[str]:
    """Rows as a multiset; without what is not compared."""
    left = {"fingerprint"} if vectors else {"fingerprint", EMBEDDING}
    return Counter(
        json.dumps({name: repr(value) for name, value in sorted(one.items()) if name not in left}) for one in rows
    )


values = st.fixed_dictionaries(
    {
        "content": st.sampled_from("ab"),
        "source": st.sampled_from(["s1", "s2"]),
        "fingerprint": st.sampled_from("fg"),
        "label": st.sampled_from([None, "x", "y"]),
        "text": st.sampled_from([None, "", "t"]),
        "year": st.sampled_from([None, 1.0, float("nan")]),
        "tags": st.sampled_from([None, [], ["a", None]]),
        EMBEDDING: st.sampled_from([[1.0, 0.0], [0.0, 1.0], [float("nan"), 0.0], [0.0, 0.0]]),
    }
)
versions = st.lists(st.dictionaries(st.sampled_from([f"i{n}" for n in range(8)]), values), min_size=2, max_size=2)


@settings(max_examples=40, deadline=None)
@given(versions, st.integers(0, 7), st.sampled_from([5, 100]))
def test_differences_applied_to_a_version_give_the_other(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[dict[str, Row]], shared: int, group_rows: int
) -> None:
    root = tmp_path_factory.mktemp("table")
    common = [row(f"same{n}") for n in range(shared)]
    sides = [[{"id": name, **found} for name, found in one.items()] for one in drawn]
    before = version(root, 1, {"common": common, "a1": sides[0][::2], "a2": sides[0][1::2]})
    after = version(root, 2, {"common": common, "b": sides[1]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairing.paired_rows, "__kwdefaults__", {"group_rows": group_rows})
        report, found = compared(root, before, after)

    assert counted(found["added"]) == counted([one for one in sides[1] if one["id"] not in drawn[0]])
    assert counted(found["removed"], vectors=False) == counted(
        [one for one in sides[0] if one["id"] not in drawn[1]], vectors=False
    )
    stays = [
        one for one in sides[0] if one["id"] not in {gone["id"] for gone in (*found["removed"], *found["changed"])}
    ]
    assert counted([*stays, *found["added"], *(one["after"] for one in found["changed"])]) == counted(sides[1])
    by_id = {one["id"]: one for one in sides[0]}
    assert counted([one["before"] for one in found["changed"]], vectors=False) == counted(
        [by_id[one["id"]] for one in found["changed"]], vectors=False
    )
    for one in found["changed"]:
        old, new = by_id[one["id"]], one["after"]
        other = {name for name in new if name not in ("id", "fingerprint") and repr(old[name]) != repr(new[name])}
        assert set(one["changed"]) == other and other
    rows = report["rows"]
    assert (rows["added"], rows["removed"], rows["changed"]) == tuple(map(len, found.values()))
    assert rows["unchanged"] + rows["added"] + rows["changed"] == after.rows
    assert rows["relabelled"] == sum("label" in one["changed"] for one in found["changed"])
    assert rows["encoded_anew"] == sum(EMBEDDING in one["changed"] for one in found["changed"])


def test_report_counts_by_source_and_label_and_shows_what_moved_most(tmp_path: Path) -> None:
    before = version(tmp_path, 1, {"a": [row("p"), row("q", source="u"), row("r"), row("gone", label=None)]})
    half = [float(np.cos(1)), float(np.sin(1))]
    after = version(
        tmp_path,
        2,
        {
            "b": [
                row("p", content="d", text="other", **{EMBEDDING: half}),
                row("q", source="u", label="y"),
                row("r", fingerprint="touched", **{EMBEDDING: [0.0, 1.0]}),
                row("new", source="u", label="y"),
            ]
        },
    )
    report, found = compared(tmp_path, before, after)
    names = ("added", "removed", "changed", "encoded_anew", "relabelled", "edited", "moved", "unchanged")
    assert report["rows"] == dict(zip(names, (1, 1, 3, 2, 1, 1, 0, 0), strict=True))
    assert {one["id"]: one["changed"] for one in found["changed"]} == {
        "p": ["content", "text", EMBEDDING],
        "q": ["label"],
        "r": [EMBEDDING],
    }
    assert report["relabelled"] == [{"before": "x", "after": "y", "rows": 1}]
    assert report["labels"] == {"added": [{"label": "y", "rows": 1}], "removed": [{"label": None, "rows": 1}]}
    by_source = {one.pop("source"): one for one in report["sources"]["most"]}
    assert by_source == {"s": {"removed": 1, "encoded_anew": 2, "edited": 1}, "u": {"added": 1, "relabelled": 1}}
    assert [(one["id"], round(one["cosine"], 3)) for one in report["examples"]["encoded_anew"]] == [
        ("r", 0),
        ("p", 0.54),
    ]
    assert report["examples"]["encoded_anew"][1]["before"]["text"] == "p"
    assert report["cosines"]["rows"] == 2 and abs(report["cosines"]["least"]) < 1e-6


def test_vectors_of_another_encoder_are_all_encoded_anew_without_a_cosine(tmp_path: Path) -> None:
    before = version(tmp_path, 1, {"a": [row("p")]})
    after = version(
        tmp_path,
        2,
        {"b": [row("p", **{EMBEDDING: [1.0, 0.0, 0.0]})]},
        about=replace(ABOUT, encoder="wider", encoder_fingerprint="two", dim=3),
    )
    report, found = compared(tmp_path, before, after)
    assert (report["same_encoder"], report["rows"]["encoded_anew"], report["cosines"]) == (False, 1, None)
    assert [(one["changed"], one["cosine"]) for one in found["changed"]] == [([EMBEDDING], None)]


def test_columns_that_one_version_lacks_are_null_there(tmp_path: Path) -> None:
    narrow = SCHEMA.remove(SCHEMA.get_field_index("year"))
    before = version(tmp_path, 1, {"a": [row("p"), row("q", year=None)]})
    after = version(tmp_path, 2, {"b": [row("p"), row("q")]}, schema=narrow)
    report, found = compared(tmp_path, before, after)
    assert [(one["id"], one["changed"]) for one in found["changed"]] == [("p", ["year"])]
    assert report["columns"] == {"changed": {"year": 1}, "added": [], "removed": ["year"]}


def test_of_rows_with_one_id_each_is_compared_with_one(tmp_path: Path) -> None:
    before = version(tmp_path, 1, {"a": [row("p"), row("p", text="second")]})
    after = version(tmp_path, 2, {"b": [row("p"), row("p", text="second"), row("p", text="third")]})
    report, found = compared(tmp_path, before, after)
    assert (report["rows"]["added"], report["rows"]["changed"]) == (1, 0)
    assert [one["text"] for one in found["added"]] == ["third"]


def test_page_is_locked_and_escapes_what_the_corpus_holds(tmp_path: Path) -> None:
    before = version(tmp_path, 1, {"a": [row("p"), row(HOSTILE)]})
    hostile = [row("p", label=HOSTILE, text=HOSTILE, source=HOSTILE), row("q", text=HOSTILE)]
    after = version(tmp_path, 2, {"b": hostile})
    report, _ = compared(tmp_path, before, after)
    html = render(report)
    page = Page(html)
    assert_quiet(page)
    assert_locked(html, scripts=0)
    assert "1 new row, 1 gone, 1 changed" in page.text
    kinds = ["New", "Gone", "Another label", "Another content"]
    assert page.headings == ["Labels", "By source", *(f"{kind}: examples" for kind in kinds), "Versions"]
