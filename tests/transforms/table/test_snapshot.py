"""Delta Lake's log and the manifest keep the same promises."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tests.helpers import fakes
from tests.helpers.embedding import FORMATS, Corpus, embed, expected, job, rows
from transforms.common.errors import RequestError, RunError
from transforms.storage import files
from transforms.table.ledger import SCHEMA as LEDGER
from transforms.table.open import existing, open_log
from transforms.table.parts import SUFFIX, PartFormat, part_writer
from transforms.table.schema import table_schema, vector_column
from transforms.table.snapshot import Layout, NewPart, Provenance, Snapshot, commit_number

SCHEMA = table_schema(has_text=False, chunked=False)
both = pytest.mark.parametrize("part_format", FORMATS)


def about(run: str, part_format: PartFormat) -> Provenance:
    return Provenance.of(
        fakes.text_encoder().spec,
        fingerprint="fake-1",
        precision="float32",
        dim=2,
        run=run,
        part_format=part_format,
        inputs=("corpus", "more"),
        reading="{}",
    )


def part(root: str, name: str, part_format: PartFormat, *, ids: list[str]) -> NewPart:
    """Writes a part whose source is its name."""
    path = Path(root, f"part-{name}{SUFFIX[part_format]}")
    path.parent.mkdir(exist_ok=True)
    text = [pa.array(ids), pa.array(ids), pa.array([name] * len(ids)), pa.array(["1-1"] * len(ids)), pa.nulls(len(ids))]
    columns = [*text, vector_column(np.ones((len(ids), 2), np.float32))]
    writer = part_writer(str(path), SCHEMA, part_format=part_format)
    writer.write(
        pa.RecordBatch.from_arrays([c.cast(f.type) for c, f in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)
    )
    writer.close()
    return NewPart(name=path.name, rows=len(ids), size=path.stat().st_size)


def entries(*parts: NewPart) -> pa.Table:
    return pa.table(
        {
            "source": [p.name.split("-")[1].split(".")[0] for p in parts],
            "fingerprint": ["1-1"] * len(parts),
            "shard": ["s"] * len(parts),
            "part": [p.name for p in parts],
            "rows": [p.rows for p in parts],
            "dead": [0] * len(parts),
        },
        schema=LEDGER,
    )


def commit(
    root: str, part_format: PartFormat, run: str, *, base: Snapshot | None, adds: list[NewPart], removes: list[str] = ()
) -> int:
    log = open_log(root, part_format)
    stored = [NewPart(name=n, rows=r, size=0) for n, r in (base.parts if base else {}).items() if n not in removes]
    return log.commit(
        base=base,
        schema=SCHEMA,
        adds=adds,
        removes=list(removes),
        entries=entries(*stored, *adds),
        about=about(run, part_format),
    )


@both
def test_no_table_has_no_snapshot_and_no_history(table: str, part_format: PartFormat) -> None:
    log = open_log(table, part_format)

    assert log.snapshot() is None
    assert log.history() == []
    assert not Path(table).exists()


@both
def test_a_version_is_what_was_committed(table: str, part_format: PartFormat) -> None:
    adds = [part(table, "a", part_format, ids=["1", "2"]), part(table, "b", part_format, ids=["3"])]

    assert commit(table, part_format, "first", base=None, adds=adds) == 0

    found = existing(table)
    assert (found.version, found.rows, found.schema) == (0, 3, SCHEMA)
    assert dict(found.parts) == {adds[0].name: 2, adds[1].name: 1}
    assert found.ledger.equals(entries(*adds))
    assert dataclasses.replace(found.about, created=0) == dataclasses.replace(about("first", part_format), created=0)


@both
def test_adds_and_removes_are_one_version_and_the_last_one_still_reads(table: str, part_format: PartFormat) -> None:
    a, b, c = (part(table, name, part_format, ids=[name]) for name in "abc")
    commit(table, part_format, "first", base=None, adds=[a, b])

    assert commit(table, part_format, "second", base=existing(table), adds=[c], removes=[a.name]) == 1

    assert dict(existing(table).parts) == {b.name: 1, c.name: 1}
    assert dict(existing(table, 0).parts) == {a.name: 1, b.name: 1}
    assert existing(table, 0).ledger.equals(entries(a, b))
    assert set(rows(table)) == {"b", "c"}
    assert set(rows(table, version=0)) == {"a", "b"}
    history = open_log(table).history()
    assert [(s.version, s.about.run, s.rows) for s in history] == [(1, "second", 2), (0, "first", 2)]


@both
def test_of_two_runs_on_one_version_the_second_loses_whole(table: str, part_format: PartFormat) -> None:
    a, b, c = (part(table, name, part_format, ids=[name]) for name in "abc")
    commit(table, part_format, "first", base=None, adds=[a])
    base = existing(table)
    commit(table, part_format, "winner", base=base, adds=[b])

    with pytest.raises(RunError, match=r"from another run while|another version while"):
        commit(table, part_format, "loser", base=base, adds=[c], removes=[a.name])

    found = existing(table)
    assert (found.version, found.about.run, set(found.parts)) == (1, "winner", {a.name, b.name})
    assert found.ledger.equals(entries(a, b))


def test_of_two_runs_that_both_saw_the_same_version_only_one_creates_the_manifest(
    table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loser looks before the winner writes, and writes after it."""
    a, b = (part(table, name, "tfrecord", ids=[name]) for name in "ab")
    create = files.create

    def late(path: str, content: bytes) -> None:
        monkeypatch.setattr(files, "create", create)
        commit(table, "tfrecord", "winner", base=None, adds=[a])
        create(path, content)

    monkeypatch.setattr(files, "create", late)
    with pytest.raises(RunError, match=f"{table} got version 0 from another run while this one worked: run the same"):
        commit(table, "tfrecord", "loser", base=None, adds=[b])

    assert (existing(table).about.run, set(existing(table).parts)) == ("winner", {a.name})
    assert set(rows(table)) == {"a"}
    assert commit(table, "tfrecord", "loser again", base=existing(table), adds=[b]) == 1
    assert set(rows(table)) == {"a", "b"}


@both
def test_of_two_runs_that_make_a_table_the_second_loses_whole(table: str, part_format: PartFormat) -> None:
    a, b = (part(table, name, part_format, ids=[name]) for name in "ab")
    commit(table, part_format, "winner", base=None, adds=[a])

    with pytest.raises(RunError, match=r"from another run while|another version while"):
        commit(table, part_format, "loser", base=None, adds=[b])

    assert (existing(table).about.run, set(existing(table).parts)) == ("winner", {a.name})


@both
def test_a_copy_is_the_same_table_and_one_made_alike_is_not(
    corpus: Corpus, table: str, tmp_path: Path, part_format: PartFormat
) -> None:
    corpus.write("a.txt", ["one"])
    alike = str(tmp_path / "alike")
    for root in (table, alike):
        embed(job(corpus, root, part_format=part_format, run="run"))
    copy = str(shutil.copytree(table, tmp_path / "copy"))
    corpus.write("a.txt", ["two"])
    for root in (table, alike, copy):
        embed(job(corpus, root, part_format=part_format))

    first = {root: existing(root, 0).table_id for root in (table, alike, copy)}
    assert first == {root: existing(root).table_id for root in first}
    assert first[copy] == first[table] != first[alike]


@both
def test_a_version_without_rows_is_a_version(table: str, part_format: PartFormat) -> None:
    a = part(table, "a", part_format, ids=["1"])
    commit(table, part_format, "first", base=None, adds=[a])
    commit(table, part_format, "second", base=existing(table), adds=[], removes=[a.name])

    found = existing(table)
    assert (found.version, found.rows, dict(found.parts), found.schema) == (1, 0, {}, SCHEMA)
    assert existing(table, 0).rows == 1


@both
@pytest.mark.parametrize("version", [1, 99, -1])
def test_a_version_that_was_never_made_is_refused(table: str, part_format: PartFormat, version: int) -> None:
    commit(table, part_format, "first", base=None, adds=[part(table, "a", part_format, ids=["1"])])

    with pytest.raises(RequestError, match=f"has no version {version} that can be read"):
        existing(table, version)


@both
def test_a_table_of_the_other_format_is_refused(table: str, part_format: PartFormat) -> None:
    commit(table, part_format, "first", base=None, adds=[part(table, "a", part_format, ids=["1"])])
    other: PartFormat = "parquet" if part_format == "tfrecord" else "tfrecord"

    with pytest.raises(RequestError, match=f"holds a {part_format} table: use --format {part_format}"):
        open_log(table, other)
    assert open_log(table).snapshot() is not None


@both
def test_a_table_without_its_ledger_says_that_half_of_it_is_gone(table: str, part_format: PartFormat) -> None:
    commit(table, part_format, "first", base=None, adds=[part(table, "a", part_format, ids=["1"])])
    Path(Layout(table).ledger(commit_number("first"))).unlink()

    with pytest.raises(RequestError, match="is missing, half of the table was copied or deleted"):
        existing(table)


@both
def test_a_folder_that_holds_something_else_is_refused(table: str, part_format: PartFormat) -> None:
    Path(table).mkdir()
    Path(table, "thesis.doc").touch()
    Path(table, "zoo.jpg").touch()

    with pytest.raises(
        RequestError, match=r"holds something else \(thesis.doc, …\): --to takes an empty or new folder"
    ):
        open_log(table, part_format)


@both
def test_a_file_is_no_table(table: str, part_format: PartFormat) -> None:
    Path(table).write_text("a file")

    with pytest.raises(RequestError, match="is a file: --to takes the folder of a feature table"):
        open_log(table, part_format)


@both
def test_an_empty_folder_is_as_good_as_a_new_one(table: str, part_format: PartFormat) -> None:
    Path(table).mkdir()
    Path(table, ".DS_Store").touch()

    assert open_log(table, part_format).snapshot() is None


@pytest.mark.parametrize(
    "manifest", ['{"name": "an app", "version": 1}', '{"format": "vectormill-export-1"}', "[]", "{"]
)
def test_another_programs_manifest_is_refused(table: str, manifest: str) -> None:
    Path(table).mkdir()
    Path(table, "manifest.json").write_text(manifest)

    with pytest.raises(RequestError, match=r"manifest.json is not that of a feature table: give another --to"):
        open_log(table, "tfrecord").snapshot()


def test_a_delta_table_of_another_program_is_refused(table: str) -> None:
    from deltalake import write_deltalake

    write_deltalake(table, pa.table({"x": [1]}))

    with pytest.raises(RequestError, match="is a Delta table that Vectormill did not make: use another --to"):
        open_log(table, "parquet").snapshot()


def test_a_damaged_log_is_told_in_one_line(table: str) -> None:
    commit(table, "parquet", "first", base=None, adds=[part(table, "a", "parquet", ids=["1"])])
    Path(table, "_delta_log", f"{0:020}.json").write_text("{ no json")

    with pytest.raises(RequestError, match="its Delta log cannot be read") as caught:
        existing(table)
    assert "\n" not in str(caught.value)


def test_a_missing_table_says_how_to_make_one(table: str) -> None:
    with pytest.raises(RequestError, match="holds no feature table: make one with `vectormill embed INPUT --to"):
        existing(table)


def test_the_log_names_no_path_of_this_machine_but_deltas_own(corpus: Corpus, table: str) -> None:
    corpus.write("a.txt", ["one"])
    embed(job(corpus, table))

    log = Path(table, "_delta_log", f"{0:020}.json").read_text().splitlines()
    printed = [json.loads(line) for line in log]
    (added,) = [line["add"] for line in printed if "add" in line]
    assert "/" not in added["path"]
    (transaction,) = [line["txn"] for line in printed if "txn" in line]
    assert transaction["appId"] == "vectormill"


# ---- a Delta table that other tools have rewritten --------------------------------------------------------


def many(corpus: Corpus) -> None:
    for name in "abcde":
        corpus.write(f"{name}.txt", [f"{name} {row}" for row in range(4)])


def test_after_compaction_there_is_nothing_to_do(corpus: Corpus, table: str) -> None:
    from deltalake import DeltaTable

    many(corpus)
    embed(job(corpus, table, shard_items=1))
    assert len(existing(table).parts) > 1
    DeltaTable(table).optimize.compact()
    fakes.forget()

    summary = embed(job(corpus, table))

    assert len(existing(table).parts) == 1
    assert (summary.version, summary.committed, summary.unchanged) == (1, False, 5)
    assert fakes.LOADS == []


def test_after_compaction_edits_and_deletions_are_followed_exactly(corpus: Corpus, table: str) -> None:
    from deltalake import DeltaTable

    many(corpus)
    embed(job(corpus, table, shard_items=1))
    DeltaTable(table).optimize.compact()
    before = expected(corpus)
    corpus.write("b.txt", ["b 0", "b 1", "a new line"])
    corpus.remove("d.txt")
    fakes.forget()

    summary = embed(job(corpus, table))

    assert (summary.version, summary.changed, summary.deleted, summary.rows) == (2, 1, 1, 15)
    assert fakes.encoded() == {b"a new line": 1}
    assert rows(table) == expected(corpus)
    assert rows(table, version=1) == rows(table, version=0) == before


def test_what_another_tool_deleted_is_embedded_again(corpus: Corpus, table: str) -> None:
    from deltalake import DeltaTable

    many(corpus)
    embed(job(corpus, table, shard_items=1))
    DeltaTable(table).delete("source = 'c.txt'")
    assert len(rows(table)) == 16

    summary = embed(job(corpus, table))

    assert (summary.new, summary.unchanged) == (1, 4)
    assert rows(table) == expected(corpus)


def test_dead_letters_are_still_counted_and_retried_after_compaction(corpus: Corpus, table: str) -> None:
    from deltalake import DeltaTable

    corpus.write("a.txt", ["one", "POISON"])
    corpus.write("b.txt", ["two"])
    corpus.write("c.txt", ["POISON"])
    embed(job(corpus, table, shard_items=1, max_dead_fraction=1))
    DeltaTable(table).optimize.compact()

    unchanged = embed(job(corpus, table, max_dead_fraction=1))
    assert (unchanged.committed, unchanged.unchanged, unchanged.dead) == (False, 3, 2)
    summary = embed(job(corpus, table, max_dead_fraction=1, retry_dead=True))
    assert (summary.changed, summary.unchanged, summary.dead) == (2, 1, 2)
    assert set(rows(table)) == {name for name, row in expected(corpus).items() if row["text"] != "POISON"}


def test_after_a_vacuum_the_newest_version_goes_on_and_older_ones_say_what_happened(corpus: Corpus, table: str) -> None:
    from deltalake import DeltaTable

    many(corpus)
    embed(job(corpus, table, shard_items=1))
    corpus.write("b.txt", ["another"])
    embed(job(corpus, table, shard_items=1))
    gone = DeltaTable(table).vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)
    assert len(gone) == 1

    assert rows(table) == expected(corpus)
    assert embed(job(corpus, table, shard_items=1)).committed is False
    with pytest.raises(RequestError, match=f"version 0 of {table} lacks 1 of its 5 parts"):
        existing(table, 0)
    corpus.write("b.txt", ["b 0"])
    embed(job(corpus, table, shard_items=1))
    assert rows(table) == expected(corpus)


def test_checkpoints_and_a_log_that_was_cut_change_nothing(corpus: Corpus, table: str) -> None:
    from deltalake import DeltaTable

    many(corpus)
    embed(job(corpus, table))
    corpus.write("b.txt", ["another"])
    embed(job(corpus, table))
    DeltaTable(table).create_checkpoint()
    Path(table, "_delta_log", f"{0:020}.json").unlink()

    assert [version.version for version in open_log(table).history()] == [1]
    assert embed(job(corpus, table)).committed is False
    corpus.write("b.txt", ["b 0"])
    assert embed(job(corpus, table)).version == 2
    assert rows(table) == expected(corpus)


@both
def test_an_old_version_without_its_ledger_is_no_longer_history(table: str, part_format: PartFormat) -> None:
    for run in ("first", "second"):
        adds = [part(table, run, part_format, ids=[run])]
        commit(table, part_format, run, base=open_log(table, part_format).snapshot(), adds=adds)
    Path(Layout(table).ledger(commit_number("first"))).unlink()

    assert [version.version for version in open_log(table).history()] == [1]


@both
def test_a_table_that_lacks_a_part_says_so(table: str, part_format: PartFormat) -> None:
    adds = [part(table, name, part_format, ids=[name]) for name in "ab"]
    commit(table, part_format, "first", base=None, adds=adds)
    Path(table, adds[0].name).unlink()

    with pytest.raises(RequestError, match=rf"version 0 of {table} lacks 1 of its 2 parts \({adds[0].name}\)"):
        existing(table)


def test_a_table_can_move(corpus: Corpus, table: str, tmp_path: Path) -> None:
    many(corpus)
    embed(job(corpus, table))
    moved = str(tmp_path / "elsewhere")
    shutil.move(table, moved)
    fakes.forget()

    assert embed(job(corpus, moved)).committed is False
    assert rows(moved) == expected(corpus)
