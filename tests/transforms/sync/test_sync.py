"""A target of any kind follows its table: what changed is written, a killed sync costs nothing, differences are found."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers import embedding, fakes
from tests.helpers.databases import Postgresql
from transforms.common.errors import RequestError, RunError
from transforms.housekeeping.compact import compact
from transforms.sync.check import check
from transforms.sync.lance_target import LanceTarget
from transforms.sync.pgvector_target import PgvectorTarget
from transforms.sync.sync import SyncJob, SyncSummary, sync
from transforms.table.open import existing

KEPT = ("tiny", "price", "tags", "place", "seen", "day", "data", "ratio", "flag")
READ = {"id_column": "id", "text_column": "body", "label_column": "topic", "keep": KEPT}


@dataclass
class Room:
    """A table of rows that are edited, and the target that follows it."""

    corpus: embedding.Corpus
    table: str
    to: str
    postgresql: Postgresql | None

    def write(self, name: str, rows: dict[str, str]) -> None:
        """Makes a file of the corpus: id -> text."""
        numbers = [sum(map(ord, one)) for one in rows]
        columns = {
            "id": pa.array(list(rows)),
            "body": pa.array(list(rows.values())),
            "topic": pa.array(["odd" if n % 2 else None for n in numbers], pa.string()),
            "tiny": pa.array([n % 100 for n in numbers], pa.int8()),
            "price": pa.array([Decimal(n).scaleb(-2) for n in numbers], pa.decimal128(9, 2)),
            "tags": pa.array([["a'b", None, "ü"][: n % 4] for n in numbers], pa.list_(pa.string())),
            "place": pa.array(
                [{"x": n / 3, "y": None} for n in numbers], pa.struct([("x", pa.float64()), ("y", pa.string())])
            ),
            "seen": pa.array([dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)] * len(rows), pa.timestamp("us", "UTC")),
            "day": pa.array([dt.date(2026, 1, 1 + n % 28) for n in numbers], pa.date32()),
            "data": pa.array([bytes([n % 256, 0]) for n in numbers], pa.binary()),
            "ratio": pa.array([float("nan") if n % 3 else n / 7 for n in numbers], pa.float32()),
            "flag": pa.array([bool(n % 2) for n in numbers]),
        }
        pq.write_table(pa.table(columns), self.corpus.root / name)
        self.corpus.touch(name)

    def embed(self) -> None:
        embedding.embed(embedding.job(self.corpus, self.table, read=READ, shard_items=1))

    def sync(self, **asked: Any) -> SyncSummary:
        return sync(SyncJob(table=self.table, target=self.to, **asked))

    def is_equal(self) -> bool:
        return check(SyncJob(table=self.table, target=self.to)).is_equal

    def ids(self) -> set[str]:
        if self.postgresql is not None:
            return {row["id"] for row in self.postgresql.rows("SELECT id FROM articles")}
        import lance

        return set(lance.dataset(self.to).to_table(columns=["id"])["id"].to_pylist())

    def edit(self, statement: str) -> None:
        """Does with the target what another program might: `delete` a row, or give one another `label`."""
        if self.postgresql is not None:
            sql = {
                "delete": "DELETE FROM articles WHERE id = 'a1'",
                "label": "UPDATE articles SET label = 'x' WHERE id = 'a1'",
            }
            self.postgresql.run(sql[statement])
            return
        import lance

        dataset = lance.dataset(self.to)
        if statement == "delete":
            dataset.delete("id = 'a1'")
        else:
            dataset.update({"label": "'x'"}, where="id = 'a1'")


@pytest.fixture(params=["postgresql", "lance"])
def room(request: pytest.FixtureRequest, corpus: embedding.Corpus, table: str, tmp_path: Path) -> Room:
    if request.param == "lance":
        made = Room(corpus, table, str(tmp_path / "served.lance"), None)
    else:
        server = request.getfixturevalue("postgresql")
        made = Room(corpus, table, f"{server.url}&table=articles", server)
    made.write("a.parquet", {f"a{n}": f"text {n}" for n in range(20)})
    made.write("b.parquet", {f"b'{n}\"": f"other \\ {n} 🙂" for n in range(5)})
    made.embed()
    return made


def test_follows_its_table(room: Room) -> None:
    first = room.sync()
    assert (first.before, first.version, first.rows, first.written, first.deleted) == (None, 0, 25, 25, 0)
    assert room.is_equal()

    room.write("a.parquet", {f"a{n}": "edited" if n == 3 else f"text {n}" for n in range(1, 22)})
    room.embed()
    found = check(SyncJob(table=room.table, target=room.to))
    assert (found.missing, found.extra, found.differing, found.stored, found.version) == (2, 1, 1, 0, 1)
    assert set(found.columns) == {"content", "text", "embedding"}
    second = room.sync()
    assert (second.before, second.version, second.rows, second.written, second.deleted) == (0, 1, 26, 3, 1)
    assert room.is_equal()

    again = room.sync()
    assert (again.changed, again.written, again.deleted) == (False, 0, 0)

    # Only what is seen of rows counts: a file that moves changes no row.
    room.corpus.rename("b.parquet", "c.parquet")
    room.embed()
    moved = room.sync()
    assert (moved.before, moved.version, moved.written, moved.deleted) == (1, 2, 0, 0)


def test_a_compaction_is_nothing_to_do(room: Room) -> None:
    room.sync()
    compact(room.table, run="compaction")
    assert existing(room.table).version == 1
    assert not room.sync().changed
    room.write("b.parquet", {"b'0\"": "changed"})
    room.embed()
    assert (room.sync().written, room.is_equal()) == (1, True)


def test_where_the_old_version_is_deleted_the_rows_of_the_target_are_compared(room: Room) -> None:
    room.sync()
    old = set(existing(room.table).parts)
    room.write("a.parquet", {f"a{n}": "edited" if n == 3 else f"text {n}" for n in range(1, 22)})
    room.embed()
    for name in old - set(existing(room.table).parts):
        (Path(room.table) / name).unlink()
    summary = room.sync()
    assert (summary.written, summary.deleted, room.is_equal()) == (3, 1, True)


@pytest.mark.parametrize(
    ("calls", "is_first"), [(4, True), (12, True), (2, False), (5, False), (8, False), (11, False), (14, False)]
)
def test_a_killed_sync_is_done_by_the_next(
    room: Room, calls: int, is_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_first:
        room.sync()
        room.write("a.parquet", {f"a{n}": "edited" if n == 3 else f"text {n}" for n in range(1, 22)})
        room.embed()
    before = None if is_first else room.ids()
    kind: Any = LanceTarget if room.postgresql is None else PgvectorTarget
    with monkeypatch.context() as patch:
        patch.setattr(kind, "_failing", _dies_at(calls, kind._failing))
        try:
            room.sync()
        except Killed:
            if room.postgresql is not None and before is not None:
                assert room.ids() == before
    # Meanwhile the table went on: a row that the killed sync may have written is gone.
    room.write("a.parquet", {f"a{n}": f"text {n}" for n in range(1, 20)})
    room.embed()
    room.sync()
    assert room.is_equal()
    assert not room.sync().changed


class Killed(BaseException):
    pass


def _dies_at(calls: int, work: Callable[..., Any]) -> Callable[..., Any]:
    left = calls

    def call(*arguments: Any, **options: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed
        return work(*arguments, **options)

    return call


def test_a_target_that_is_not_its_own_is_refused(room: Room, tmp_path: Path) -> None:
    room.sync()
    other = str(tmp_path / "other")
    embedding.embed(embedding.job(room.corpus, other, read=READ))
    with pytest.raises(RequestError, match=r"holds the rows of another table, .*table: say --replace"):
        sync(SyncJob(table=other, target=room.to))
    assert sync(SyncJob(table=other, target=room.to, replace=True)).written == 25
    assert check(SyncJob(table=other, target=room.to)).is_equal
    with pytest.raises(RequestError, match="another table"):
        room.sync()


def test_a_target_that_is_newer_is_refused(room: Room, tmp_path: Path) -> None:
    old = str(tmp_path / "old")
    shutil.copytree(room.table, old)
    room.write("b.parquet", {})
    room.embed()
    room.sync()
    with pytest.raises(RequestError, match=r"holds version 1, and .*old is at 0"):
        sync(SyncJob(table=old, target=room.to))


def test_rows_that_another_program_changed_are_found(room: Room) -> None:
    room.sync()
    room.edit("label")
    found = check(SyncJob(table=room.table, target=room.to))
    assert (found.differing, dict(found.columns), found.examples) == (1, {"label": 1}, ["a1"])
    assert not room.sync().changed  # ids and contents are as they were
    room.edit("delete")
    with pytest.raises(
        RequestError, match="was changed by another program, it has 24 rows where the last sync left 25"
    ):
        room.sync()
    assert not room.is_equal()
    room.sync(replace=True)
    assert room.is_equal()


def test_all_rows_may_leave(room: Room) -> None:
    room.sync()
    for name in ("a.parquet", "b.parquet"):
        room.write(name, {"z": "last"} if name == "a.parquet" else {})
    room.embed()
    assert (room.sync().deleted, room.ids(), room.is_equal()) == (25, {"z"}, True)


def test_nearest_neighbours_are_those_of_the_vectors(
    postgresql: Postgresql, corpus: embedding.Corpus, table: str
) -> None:
    corpus.write("a.txt", [f"text {n}" for n in range(50)])
    embedding.embed(embedding.job(corpus, table))
    sync(SyncJob(table=table, target=f"{postgresql.url}&table=articles"))
    rows = embedding.rows(table)
    vectors = np.array([row["embedding"] for row in rows.values()], np.float32)
    query = "[" + ",".join(map(repr, vectors[7].tolist())) + "]"
    found = postgresql.rows(f"SELECT id FROM articles ORDER BY embedding <-> '{query}', id LIMIT 5")
    distances = ((vectors - vectors[7]) ** 2).sum(axis=1)
    order = sorted(range(50), key=lambda at: (distances[at], list(rows)[at]))[:5]
    assert [row["id"] for row in found] == [list(rows)[at] for at in order]


def test_what_postgresql_refuses(postgresql: Postgresql, corpus: embedding.Corpus, table: str) -> None:
    corpus.write("a.txt", ["one", "two"])
    embedding.embed(embedding.job(corpus, table))
    postgresql.run("CREATE TABLE mine (id int)", "CREATE ROLE watcher LOGIN")

    def refused(to: str, words: str) -> None:
        with pytest.raises(RequestError, match=words) as raised:
            sync(SyncJob(table=table, target=to))
        assert "\n" not in str(raised.value)

    refused(f"{postgresql.url}&table=mine", "holds rows that no sync wrote")
    refused(f"{postgresql.url}", "names no table")
    refused(postgresql.url.replace("postgres@", "watcher@") + "&table=new", "permission denied for schema public")
    refused("sqlite:///x.db", "no table|SQLite|there is no file")
    refused("somewhere", "is no place for a sync")
    postgresql.run("DROP EXTENSION vector", "GRANT CREATE ON SCHEMA public TO watcher")
    refused(postgresql.url.replace("postgres@", "watcher@") + "&table=new", "has no pgvector")
    postgresql.run(f"ALTER DATABASE {postgresql.database} SET default_transaction_read_only = on")
    refused(f"{postgresql.url}&table=new", "read-only")


def test_texts_with_nul_and_long_vectors(
    postgresql: Postgresql, corpus: embedding.Corpus, table: str, tmp_path: Path
) -> None:
    corpus.write("a.txt", ["one", b"tw\0o"])
    embedding.embed(embedding.job(corpus, table))
    to = f"{postgresql.url}&table=ab"
    with pytest.raises(RequestError, match=r"text of the row 'a\.txt#.*' holds a NUL character"):
        sync(SyncJob(table=table, target=to))
    wide = str(tmp_path / "wide")
    corpus.write("a.txt", ["one"])
    embedding.embed(embedding.job(corpus, wide, encoder=fakes.text_encoder(dim=16_001)))
    with pytest.raises(RequestError, match="16,001 dimensions are too long for pgvector"):
        sync(SyncJob(table=wide, target=to))


def test_a_folder_of_other_files_is_no_lance_dataset(corpus: embedding.Corpus, table: str, tmp_path: Path) -> None:
    corpus.write("a.txt", ["one"])
    embedding.embed(embedding.job(corpus, table))
    folder = tmp_path / "x.lance"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(RequestError, match="holds other files"):
        sync(SyncJob(table=table, target=str(folder)))
    with pytest.raises(RequestError, match="there is no such table"):
        check(SyncJob(table=table, target=str(tmp_path / "none.lance")))


def test_a_server_that_goes_away_changes_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    if room.postgresql is None:
        pytest.skip("a folder does not go away")
    server = room.postgresql
    room.sync()
    room.write("b.parquet", {})
    room.embed()
    apply = PgvectorTarget.apply

    def stop(target: PgvectorTarget, change: Any) -> None:
        server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vectormill'")
        apply(target, change)

    with monkeypatch.context() as patch:
        patch.setattr(PgvectorTarget, "apply", stop)
        with pytest.raises(RunError, match="run the same command again"):
            room.sync()
    assert len(room.ids()) == 25
    assert (room.sync().deleted, room.is_equal()) == (5, True)
