from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import fakes
from tests.helpers.embedding import FORMATS, Corpus, embed, expected, job, rows, shard_ids
from transforms.common.errors import RequestError
from transforms.corpus.chunks.chunking import Chunking
from transforms.corpus.options import Range
from transforms.corpus.sources import Source
from transforms.embed.plan import Plan, Rewrite, make_plan
from transforms.embed.plan_file import load_dropped, load_rewrite, load_shards, load_summary, save_plan
from transforms.embed.shards import Shard, cut_shards, expected_shards
from transforms.encoders.resolved import ResolvedEncoder, fingerprint, with_transparency_dropped
from transforms.table.open import open_log
from transforms.table.schema import table_schema

SCHEMA = table_schema(has_text=True, chunked=False)
KIB, MIB = 1 << 10, 1 << 20


def source(name: str, size: int, fingerprint: str = "1") -> Source:
    return Source(name=name, uri=f"/corpus/{name}", size=size, fingerprint=fingerprint)


def cut(sources: list[Source], **asked: Any) -> list[Shard]:
    return cut_shards(job(Path("/corpus"), "/table", **asked), sources, schema=SCHEMA)


def plan_of(corpus: Corpus | Path, table: str, **asked: Any) -> Plan:
    made = job(corpus, table, **asked)
    return make_plan(made, open_log(table, made.part_format).snapshot())


def counts(plan: Plan) -> tuple[int, int, int, int]:
    return plan.new, plan.changed, plan.deleted, plan.unchanged


# ---- cutting ----------------------------------------------------------------------------------------------


@given(
    st.lists(st.one_of(st.integers(0, 4 * KIB), st.integers(0, 60 * MIB)), max_size=300), st.sampled_from([None, 1, 7])
)
def test_every_byte_of_every_source_is_in_one_shard(sizes: list[int], shard_items: int | None) -> None:
    sources = [source(f"{place:03}.txt", size) for place, size in enumerate(sizes)]
    most_bytes = min(max(sum(sizes) // 32, 64 * KIB), 16 * MIB)
    most_items = shard_items or 64

    shards = cut(sources, shard_items=shard_items)

    seen: list[Source] = []
    position = 0
    for shard in shards:
        if shard.range is None:
            assert position == 0
            seen += shard.sources
            assert 1 <= len(shard.sources) <= most_items
            assert shard.weight <= most_bytes or len(shard.sources) == 1
        else:
            (only,) = shard.sources
            assert (shard.range.unit, shard.range.start) == ("bytes", position)
            assert 0 < shard.weight <= most_bytes
            position = shard.range.stop
            if position == only.size:
                seen.append(only)
                position = 0
    assert seen == sources
    assert sum(shard.weight for shard in shards) == sum(sizes)
    assert len({shard.id for shard in shards}) == len(shards)


@settings(max_examples=30)
@given(st.lists(st.integers(1, 40 * MIB), max_size=200))
def test_images_stay_whole(sizes: list[int]) -> None:
    sources = [source(f"{place:03}.jpg", size) for place, size in enumerate(sizes)]

    shards = cut(sources, modality="image")

    assert [each for shard in shards for each in shard.sources] == sources
    assert all(shard.range is None and len(shard.sources) <= 32 for shard in shards)
    assert all(shard.weight <= 512 * MIB for shard in shards)


def test_a_corpus_of_many_small_files_is_a_few_dozen_shards() -> None:
    assert len(cut([source(f"{place:06}.txt", 1000) for place in range(32_000)])) == 32
    assert len(cut([source(f"{place:06}.jpg", 5000) for place in range(16_384)], modality="image")) == 32


def test_every_slot_of_the_runner_gets_four_shards_within_their_bounds_of_size() -> None:
    sources = [source(f"{number:04}.txt", 20 * KIB) for number in range(4000)]

    assert [len(cut(sources, slots=slots)) for slots in (1, 8, 16)] == [5, 32, 65]
    assert len(cut(sources, slots=1000)) == 1334  # of 64 KiB at least: three files


@pytest.mark.parametrize("modality", ["text", "image"])
@pytest.mark.parametrize(("count", "size"), [(1, 900 * MIB), (3, 40 * MIB), (500, 30 * KIB), (9000, 2 * MIB), (40, 1)])
def test_the_number_of_shards_is_known_before_there_is_a_corpus(modality: Any, count: int, size: int) -> None:
    suffix = "txt" if modality == "text" else "jpg"
    sources = [source(f"{number:05}.{suffix}", size) for number in range(count)]

    made = len(cut(sources, modality=modality, slots=4))

    assert abs(expected_shards(modality, sources=count, total=count * size, slots=4) - made) <= 0.02 * made


def test_a_large_source_is_shards_of_its_own() -> None:
    sources = [source("a.txt", 10), source("b.txt", 10), source("c.txt", 200 * KIB)]

    shards = cut(sources)

    assert [[one.name for one in shard.sources] for shard in shards] == [["a.txt", "b.txt"], *[["c.txt"]] * 4]
    assert shards[1].range == Range(unit="bytes", start=0, stop=50 * KIB)


def test_a_shards_id_is_the_same_in_every_run() -> None:
    sources = [source("a.txt", 10), source("b.txt", 300 * KIB)]

    first = cut(sources, run="one")

    assert [s.id for s in cut(sources, run="two", max_dead_fraction=0.5)] == [s.id for s in first]


@pytest.mark.parametrize(
    "change",
    [
        {"encoder": fakes.text_encoder(fingerprint="fake-2")},
        {"read": {"labels_from": "file"}},
        {"read": {"chunk": Chunking(unit="sentences", size=2)}},
        {"part_format": "tfrecord"},
        {"keep_text": False},
        {"max_chars": 5},
        {"retry_dead": True},
    ],
    ids=str,
)
def test_a_shards_id_changes_with_whatever_decides_its_part(change: dict[str, Any]) -> None:
    sources = [source("a.txt", 10), source("b.txt", 300 * KIB)]

    assert not {s.id for s in cut(sources)} & {s.id for s in cut(sources, **change)}


@pytest.mark.parametrize("change", [{"name": "z.txt"}, {"uri": "/other/a.txt"}, {"fingerprint": "2"}])
def test_a_shards_id_changes_with_its_sources(change: dict[str, str]) -> None:
    a, b = source("a.txt", 10), source("b.txt", 10)
    (shard,) = cut([a, b])

    assert shard.id not in {s.id for s in cut([dataclasses.replace(a, **change), b])}
    assert shard.id not in {s.id for s in cut([b, a])} | {s.id for s in cut([a])}


def test_a_retry_of_dead_letters_takes_up_nothing_of_an_earlier_run() -> None:
    sources = [source("a.txt", 10)]

    assert cut(sources, retry_dead=True, run="one") != cut(sources, retry_dead=True, run="two")


# ---- comparing --------------------------------------------------------------------------------------------


def test_a_first_run_embeds_everything(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["one"])
    corpus.write("sub/b.txt", ["two"])

    plan = plan_of(corpus, table)

    assert counts(plan) == (2, 0, 0, 0)
    assert [[s.name for s in shard.sources] for shard in plan.shards] == [["a.txt", "sub/b.txt"]]
    assert (plan.rewrites, plan.dropped, plan.base_version) == ((), frozenset(), None)
    assert not Path(table).exists()


@pytest.mark.parametrize("part_format", FORMATS)
def test_new_changed_deleted_and_unchanged_sources_are_told_apart(corpus: Corpus, table: str, part_format: Any) -> None:
    for name in "abcde":
        corpus.write(f"{name}.txt", [name])
    embed(job(corpus, table, part_format=part_format))
    assert plan_of(corpus, table, part_format=part_format).is_empty
    corpus.touch("a.txt")
    corpus.write("b.txt", ["another b"])
    corpus.remove("c.txt")
    corpus.write("f.txt", ["f"])

    plan = plan_of(corpus, table, part_format=part_format)

    assert counts(plan) == (1, 2, 1, 2)
    assert [[s.name for s in shard.sources] for shard in plan.shards] == [["a.txt", "b.txt", "f.txt"]]
    (part,) = open_log(table).snapshot().parts
    assert plan.rewrites == (Rewrite(part=part, drop=("a.txt", "b.txt", "c.txt")),)
    assert plan.dropped == {"a.txt", "b.txt", "c.txt"}
    assert plan.base_version == 0
    assert counts(plan_of(corpus, table, part_format=part_format, keep_missing=True)) == (1, 2, 0, 2)


def test_the_columns_do_not_depend_on_whether_the_table_is_new(tmp_path: Path, table: str) -> None:
    values = {
        "text": ["one"], "flag": [True], "ratio": pa.array([1], pa.float16()), "small": pa.array([200], pa.uint8()),
        "when": pa.array([10**9], pa.timestamp("ns")), "there": pa.array([1], pa.timestamp("ms", "Europe/Berlin")),
        "day": pa.array([1], pa.date32()), "tags": [["a"]], "none": pa.nulls(1), "blob": [b"x"],
        "kind": pa.array(["k"]).dictionary_encode(), "inner": [{"a": pa.scalar(1, pa.int8())}],
    }  # fmt: skip
    folder = tmp_path / "in"
    folder.mkdir()
    pq.write_table(pa.table(values), folder / "a.parquet")
    keep = {"keep": tuple(name for name in values if name != "text")}

    first = plan_of(folder, table, read=keep)
    embed(job(folder, table, read=keep))

    assert plan_of(folder, table, read=keep).schema.to_string() == first.schema.to_string()
    assert first.schema.field("small").type == pa.int16()
    assert first.schema.field("when").type == pa.timestamp("us")
    assert first.schema.field("there").type == pa.timestamp("us", "UTC")
    assert first.schema.field("none").type == first.schema.field("kind").type == pa.string()
    (row,) = rows(table).values()
    assert (row["flag"], row["ratio"], row["small"], row["tags"], row["blob"]) == (True, 1.0, 200, ["a"], b"x")
    assert row["when"].isoformat() == "1970-01-01T00:00:01"


@pytest.mark.parametrize(
    ("part_format", "column"),
    [
        ("parquet", pa.array([1], pa.duration("s"))),
        ("parquet", pa.array([1], pa.time64("us"))),
        ("tfrecord", pa.array([1], pa.timestamp("us"))),
        ("tfrecord", pa.array([["a"]])),
    ],
    ids=str,
)
def test_a_kept_column_that_the_format_cannot_hold_is_refused(
    tmp_path: Path, table: str, part_format: Any, column: pa.Array
) -> None:
    pq.write_table(pa.table({"text": ["one"], "odd": column}), tmp_path / "a.parquet")

    with pytest.raises(RequestError, match=f"--keep odd: a {part_format} table cannot hold"):
        plan_of(tmp_path / "a.parquet", table, part_format=part_format, read={"keep": ("odd",)})
    assert not Path(table).exists()


@pytest.mark.parametrize("part_format", FORMATS)
def test_a_later_source_with_another_type_is_read_as_the_table_has_it(
    tmp_path: Path, table: str, part_format: Any
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    pq.write_table(pa.table({"text": ["one"], "year": pa.array([1], pa.int64())}), folder / "b.parquet")
    embed(job(folder, table, part_format=part_format, read={"keep": ("year",)}))
    pq.write_table(pa.table({"text": ["two"], "year": pa.array([2], pa.int16())}), folder / "a.parquet")
    pq.write_table(pa.table({"text": ["three"], "year": pa.array([3], pa.uint8())}), folder / "c.parquet")

    embed(job(folder, table, part_format=part_format, read={"keep": ("year",)}))

    assert {row["text"]: row["year"] for row in rows(table).values()} == {"one": 1, "two": 2, "three": 3}


def test_another_encoder_is_refused(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["one"])
    embed(job(corpus, table))

    with pytest.raises(RequestError, match=r"holds vectors of fake-text \(float32, fingerprint fake-1\) and fake-text"):
        plan_of(corpus, table, encoder=fakes.text_encoder(fingerprint="fake-2"))


def test_images_whose_transparency_was_dropped_are_another_encoders_and_told_why(corpus: Corpus, table: str) -> None:
    corpus.write_bytes("a.jpg", b"no image")
    spec = fakes.image_encoder().spec
    now = ResolvedEncoder(
        spec=spec, precision="float32", identity="weights", fingerprint=fingerprint(spec, "weights", "float32")
    )
    before = fakes.image_encoder(fingerprint=with_transparency_dropped(now).fingerprint)
    embed(job(corpus, table, modality="image", encoder=before, max_dead_fraction=1.0))

    with pytest.raises(
        RequestError, match=r"of fake-image of version 0\.1, which dropped the transparency .*: give another --to"
    ):
        plan_of(corpus, table, modality="image", encoder=now)


@pytest.mark.parametrize(
    "change", [{"keep_text": False}, {"read": {"chunk": Chunking(unit="sentences", size=1)}}], ids=str
)
def test_other_columns_are_refused(corpus: Corpus, table: str, change: dict[str, Any]) -> None:
    corpus.write("a.txt", ["one"])
    embed(job(corpus, table))

    with pytest.raises(RequestError, match="use the same --keep, --drop-text and --chunk as before"):
        plan_of(corpus, table, **change)


@pytest.mark.parametrize("name", ["content", "embedding", "text"])
def test_a_kept_column_that_has_a_tables_name_is_refused(tmp_path: Path, table: str, name: str) -> None:
    (tmp_path / "a.csv").write_text(f"sentence,{name}\none,two\n")

    with pytest.raises(RequestError, match=f"--keep {name}: a feature table has a column of that name already"):
        plan_of(tmp_path / "a.csv", table, read={"text_column": "sentence", "keep": (name,)})


def test_a_corpus_without_one_source_of_the_tables_is_refused_unless_meant(
    corpus: Corpus, table: str, tmp_path: Path
) -> None:
    corpus.write("a.txt", ["one"])
    corpus.write("b.txt", ["two"])
    embed(job(corpus, table))
    other = Corpus(tmp_path / "other")
    other.write("c.txt", ["three"])

    with pytest.raises(RequestError, match=r"none of the 2 sources of .* is in this corpus; .* say --replace"):
        plan_of(other, table)
    assert counts(plan_of(other, table, replace=True)) == (1, 0, 2, 0)
    assert counts(plan_of(other, table, keep_missing=True)) == (1, 0, 0, 0)


def test_sources_are_read_again_when_they_are_to_be_read_differently(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["one", "two"])
    corpus.write("b.txt", ["three"])
    embed(job(corpus, table))
    fakes.forget()

    labelled = {"labels_from": "file"}
    assert counts(plan_of(corpus, table, read=labelled)) == (0, 2, 0, 0)
    summary = embed(job(corpus, table, read=labelled))

    assert (summary.encoded, summary.reused) == (0, 3)
    assert rows(table) == expected(corpus, label_of=lambda name: name.removesuffix(".txt"))
    assert plan_of(corpus, table, read=labelled).is_empty


def test_dead_letters_are_retried_when_asked_wherever_in_their_source_they_are(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["one", "POISON"])
    corpus.write("b.txt", ["two"])
    corpus.write("large.txt", ["POISON", *(f"line {row} {'x' * 90}" for row in range(1500))])
    embed(job(corpus, table, max_dead_fraction=1))
    assert len(plan_of(corpus, table, retry_dead=True).shards) > 2

    assert counts(plan_of(corpus, table)) == (0, 0, 0, 3)
    assert counts(plan_of(corpus, table, retry_dead=True)) == (0, 2, 0, 1)


def test_a_plan_is_read_back_as_it_was_written(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["one"])
    corpus.write("large.txt", ["x" * 99] * 1500)
    embed(job(corpus, table))
    corpus.touch("a.txt")
    corpus.touch("large.txt")
    made = job(corpus, table)
    plan = make_plan(made, open_log(table).snapshot())

    save_plan(made, plan)

    assert load_shards(made, range(len(plan.shards))) == list(plan.shards)
    assert load_shards(made, [1]) == [plan.shards[1]]
    summary = load_summary(made)
    assert summary.schema == plan.schema
    assert shard_ids(made) == [shard.id for shard in plan.shards]
    assert load_dropped(made, summary).to_pylist() == sorted(plan.dropped) == ["a.txt", "large.txt"]
    rewrites = [load_rewrite(made, position, each.part) for position, each in enumerate(plan.rewrites)]
    assert (rewrites, summary.base_version) == (list(plan.rewrites), 0)
    assert summary.counts == {"new": 0, "changed": 2, "deleted": 0, "unchanged": 0}
