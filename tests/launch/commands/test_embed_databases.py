"""`vectormill embed` of a query in a database: a rerun costs what changed, and bad input is one line or a dead letter."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import embedding, fakes
from tests.helpers.databases import Postgresql, Sqlite
from tests.launch.conftest import Embed, letters, unchanged
from transforms.corpus.databases import partitions
from transforms.embed import plan

Database = Postgresql | Sqlite
SQL = "select id, title, body, price from articles"


@pytest.fixture(params=["postgresql", "sqlite"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def articles(database: Database) -> Database:
    """40 articles, the ids from 1 on."""
    database.run(
        "CREATE TABLE articles (id INTEGER PRIMARY KEY, title TEXT, body TEXT, price INTEGER, changed INTEGER)"
    )
    database.insert("articles", [(n, f"title {n}", f"body {n}", n * 10, 1) for n in range(1, 41)])
    return database


@pytest.fixture
def small_partitions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(partitions, "_MOST_ROWS", {"ids": 8, "negative": 8, "uuids": 8, "hashes": 8, "null": 1 << 60})
    yield


@pytest.fixture
def with_beam() -> None:
    """For a test of a whole run."""


@pytest.fixture(autouse=True)
def without_beam(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs the steps of a job without Beam, whose graph costs more than all else here."""
    if "with_beam" not in request.fixturenames:
        monkeypatch.setattr("launch.jobs.embed.run_shown", lambda run, job, **_: embedding.embed(job).to_dict())


def facts(outcome: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(outcome.output())
    return found


def by_id(table: str) -> dict[str, Any]:
    return {row["id"]: row for row in embedding.rows(table).values()}


ASKED = ("--id-column", "id", "--text-column", "title,body", "--keep", "price", "--json")


def test_a_rerun_reads_what_changed(articles: Database, embed: Embed, table: str, small_partitions: None) -> None:
    made = facts(embed(articles.url, "--sql", SQL, *ASKED))
    assert (made["rows"], made["new"], made["encoded"], made["dead"]) == (40, 6, 40, 0)
    rows = by_id(table)
    assert set(rows) == {str(n) for n in range(1, 41)}
    assert (rows["7"]["text"], rows["7"]["price"], rows["7"]["source"]) == (
        "title 7 body 7",
        70,
        ("shop" if isinstance(articles, Sqlite) else articles.database) + "/ids-0",
    )

    again = facts(embed(articles.url, "--sql", SQL, *ASKED))
    assert (again["version"], again["unchanged"], again["encoded"]) == (0, 6, 0)

    fakes.forget()
    articles.run(
        "UPDATE articles SET title = 'other' WHERE id = 7",
        "DELETE FROM articles WHERE id = 9",
        "INSERT INTO articles VALUES (41, 'new', 'row', 1, 1)",
    )
    changed = facts(embed(articles.url, "--sql", f"{SQL} ; -- all", *ASKED, "--replace"))
    assert (changed["rows"], changed["encoded"]) == (40, 2)
    changed = facts(embed(articles.url, "--sql", f"{SQL} ; -- all", *ASKED))
    assert (changed["unchanged"], changed["encoded"]) == (6, 0)
    rows = by_id(table)
    assert rows["7"]["text"] == "other body 7"
    assert "9" not in rows
    assert rows["41"]["text"] == "new row"


def test_with_a_time_of_change(articles: Database, embed: Embed, table: str, small_partitions: None) -> None:
    sql = "select * from articles"
    asked = ("--sql", sql, *ASKED, "--changed-column", "changed")
    assert facts(embed(articles.url, *asked))["new"] == 6
    articles.run(
        "UPDATE articles SET title = 'unseen' WHERE id = 1",
        "UPDATE articles SET title = 'x', changed = 2 WHERE id = 12",
    )
    found = facts(embed(articles.url, *asked))
    assert (found["changed"], found["unchanged"], found["encoded"]) == (1, 5, 1)
    # An older time than that of others is seen, too, and so is a row that another takes the place of.
    articles.run(
        "UPDATE articles SET title = 'y', changed = 0 WHERE id = 13", "UPDATE articles SET id = 100 WHERE id = 20"
    )
    found = facts(embed(articles.url, *asked))
    assert (found["new"], found["changed"], found["encoded"]) == (1, 2, 1)
    assert by_id(table)["100"]["text"] == "title 20 body 20"


def test_all_ids_may_move(articles: Database, embed: Embed, table: str, small_partitions: None) -> None:
    embed(articles.url, "--sql", SQL, *ASKED).output()
    articles.run("UPDATE articles SET id = id + 100000")
    found = facts(embed(articles.url, "--sql", SQL, *ASKED))
    assert (found["rows"], found["encoded"], found["deleted"]) == (40, 0, 6)
    articles.run("UPDATE articles SET id = -id")
    assert facts(embed(articles.url, "--sql", SQL, *ASKED))["encoded"] == 0
    assert set(by_id(table)) == {str(-n - 100000) for n in range(1, 41)}


@pytest.mark.parametrize("kind", ["TEXT", "UUID"])
def test_ids_that_are_no_integers(
    database: Database, embed: Embed, table: str, kind: str, small_partitions: None
) -> None:
    database.run(f"CREATE TABLE t (id {kind} PRIMARY KEY, text TEXT)")
    ids = [f"{n * 7919 % 65536:04x}0000-0000-4000-8000-{n:012x}" for n in range(40)]
    database.insert("t", [(one, f"text of {one}") for one in ids])
    made = facts(embed(database.url, "--sql", "select * from t", "--id-column", "id", "--json"))
    assert (made["rows"], made["encoded"]) == (40, 40)
    assert made["new"] > 4
    database.run(f"DELETE FROM t WHERE id = '{ids[3]}'")
    found = facts(embed(database.url, "--sql", "select * from t", "--id-column", "id", "--json"))
    assert (found["rows"], found["changed"] + found["deleted"], found["encoded"]) == (39, 1, 0)
    assert {row["text"] for row in embedding.rows(table).values()} == {f"text of {one}" for one in ids} - {
        f"text of {ids[3]}"
    }


def test_rows_without_an_id_are_dead_letters(database: Database, embed: Embed, table: str) -> None:
    database.run("CREATE TABLE t (id INTEGER, text TEXT)")
    database.insert("t", [(1, "one"), (None, "two"), (None, None)])
    found = facts(
        embed(database.url, "--sql", "select * from t", "--id-column", "id", "--max-dead-fraction", "1", "--json")
    )
    assert (found["rows"], found["dead"]) == (1, 2)
    (words,) = {words for _, kind, words in letters(table).values() if kind == "MissingId"}
    assert words == "the column 'id' is null"


def test_a_dry_run_knows_how_many_rows_there_are(articles: Database, embed: Embed) -> None:
    found = facts(embed(articles.url, "--sql", SQL, *ASKED, "--dry-run"))
    assert (found["items"], found["tried"], found["sources"]) == (40, 32, 1)


def test_ids_that_come_twice(database: Database, embed: Embed, table: str) -> None:
    database.run("CREATE TABLE t (id INTEGER, text TEXT)")
    database.insert("t", [(1, "one"), (2, "two"), (2, "three")])
    words = embed(database.url, "--sql", "select * from t", "--id-column", "id").complaint(1)
    assert "2" in words and "ids" in words


WRONG = [
    (("--id-column", "id"), "give it with --sql"),
    (("--sql", "select 1 as id"), "give it with --id-column"),
    (
        ("--sql", "select * from articles", "--id-column", "nr"),
        "has no column 'nr'; it has id, title, body, price, changed",
    ),
    (
        ("--sql", "select id, price, changed from articles", "--id-column", "id"),
        "cannot tell which column holds the text",
    ),
    (
        ("--sql", "select id, title from articles", "--id-column", "id", "--changed-column", "at"),
        "name one with --changed-column",
    ),
    (("--sql", "select id, title as id, body from articles", "--id-column", "id"), "has 2 columns named 'id'"),
    (
        ("--sql", "select * from articles where id < 0", "--id-column", "id", "--text-column", "body"),
        "gives no row",
    ),
    (("--sql", "select * from nothing", "--id-column", "id"), "nothing"),
    (("--sql", "selct 1", "--id-column", "id"), "begins with SELCT"),
    (("--sql", "delete from articles", "--id-column", "id"), "begins with DELETE"),
    (("--sql", "with x as (delete from articles returning *) select * from x", "--id-column", "id"), ""),
    (("--sql", "select 1; select 2", "--id-column", "id"), "several statements"),
    (("--sql", "", "--id-column", "id"), "no statement"),
]


def test_wrong_requests(articles: Database, embed: Embed, table: str) -> None:
    for arguments, words in WRONG:
        said = embed(articles.url, *arguments).complaint(2)
        assert words in said, said
    assert not Path(table, "_delta_log").exists()
    if isinstance(articles, Postgresql):
        assert articles.rows("select count(*) as n from articles") == [{"n": 40}]


def test_queries_belong_to_databases(articles: Database, embed: Embed, corpus: embedding.Corpus) -> None:
    corpus.write("a.txt", ["a"])
    assert "leave it out" in embed(corpus.root, "--sql", "select 1").complaint(2)
    assert "only input" in embed(articles.url, corpus.root, "--sql", SQL, *ASKED).complaint(2)


def test_names_in_quotes(database: Database, embed: Embed, table: str) -> None:
    database.run('CREATE TABLE t ("Id" INTEGER, "the ""Text""" TEXT, "ORDER" TEXT, "a,b" INTEGER)')
    database.insert("t", [(1, "one", "x", 5)])
    embed(
        database.url, "--sql", "select * from t", "--id-column", "Id", "--text-column", 'the "Text"', "--keep", "ORDER"
    ).output()
    (row,) = embedding.rows(table).values()
    assert (row["id"], row["text"], row["ORDER"]) == ("1", "one", "x")


# ---- PostgreSQL ---------------------------------------------------------------------------------------------


def test_types_without_a_like_in_arrow_are_texts(postgresql: Postgresql, embed: Embed, table: str) -> None:
    postgresql.run("CREATE TYPE mood AS ENUM ('sad', 'ok')", "CREATE DOMAIN mail AS text")
    columns = {
        "j": ("'{\"a\": 1}'::jsonb", '{"a": 1}'),
        "n": ("1.50::numeric", "1.50"),
        "u": ("'0a000000-0000-4000-8000-000000000001'::uuid", "0a000000-0000-4000-8000-000000000001"),
        "a": ("array['x', 'y z']", '{x,"y z"}'),
        "m": ("'ok'::mood", "ok"),
        "i": ("'10.0.0.1'::inet", "10.0.0.1/32"),
        "c": ("'a'::char(3)", "a"),
        "d": ("'me@x'::mail", "me@x"),
        "v": ("interval '1 day'", "1 day"),
        "ve": ("'[1,2]'::vector", "[1,2]"),
        "r": ("row(1, 'a')", "(1,a)"),
        "t": ("time '10:00'", "10:00:00"),
        "o": ("4000000000::oid", "4000000000"),
        "nu": ("null", None),
        "b": ("true", True),
        "f": ("1.5::real", 1.5),
        "s": ("7::smallint", 7),
        "bi": ("9223372036854775807", 9223372036854775807),
        "inf": ("'infinity'::timestamptz", None),
    }
    made = ", ".join(f"{value} AS {name}" for name, (value, _) in columns.items())
    sql = f"select 5 as id, 'hello'::text as text, timestamptz '2026-01-02 03:04:05+01' as tz, {made}"
    embed(postgresql.url, "--sql", sql, "--id-column", "id", "--keep", f"tz,{','.join(columns)}").output()
    (row,) = embedding.rows(table).values()
    assert {name: row[name] for name in columns} == {name: value for name, (_, value) in columns.items()}
    assert row["tz"].isoformat() == "2026-01-02T02:04:05+00:00"


def test_what_is_no_text_is_not_taken_for_one(postgresql: Postgresql, embed: Embed, table: str) -> None:
    sql = "select gen_random_uuid() as key, 1.5 as price, '{}'::jsonb as facts, 'hello' as words"
    embed(postgresql.url, "--sql", sql, "--id-column", "key").output()
    assert [row["text"] for row in embedding.rows(table).values()] == ["hello"]


def test_no_server_no_database_no_right(postgresql: Postgresql, embed: Embed, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("--sql", "select 1 as id, 'x' as text", "--id-column", "id")
    assert "Connection refused" in embed("postgresql://127.0.0.1:9/db", *asked).complaint(2)
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", str(postgresql.port))
    assert "no password supplied" in embed(f"postgresql://postgres@/{postgresql.database}", *asked).complaint(2)
    monkeypatch.setenv("PGHOST", str(postgresql.folder))
    assert 'database "none" does not exist' in embed("postgresql://postgres@/none", *asked).complaint(2)
    postgresql.run("CREATE ROLE nobody LOGIN", "CREATE TABLE secret (id int, text text)")
    url = f"postgresql://nobody@/{postgresql.database}"
    asked = ("--sql", "select * from secret", "--id-column", "id")
    assert "permission denied for table secret" in embed(url, *asked).complaint(2)


def test_a_secret_is_nowhere(
    postgresql: Postgresql,
    embed: Embed,
    table: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    with_beam: None,
) -> None:
    secret = "hunter/2@x"
    postgresql.run(
        f"CREATE ROLE reader LOGIN PASSWORD '{secret}'",
        "CREATE TABLE t (id int, text text)",
        "GRANT SELECT ON t TO reader",
    )
    postgresql.insert("t", [(n, f"text {n}") for n in range(9)] + [(9, None)])
    place = f"127.0.0.1:{postgresql.port}/{postgresql.database}"
    asked = (
        "--sql",
        "select * from t where text <> 'hidden-in-sql'",
        "--id-column",
        "id",
        "--max-dead-fraction",
        "0.5",
    )
    said = []

    monkeypatch.setenv("SHOP", f"postgresql://reader:hunter%2F2%40x@{place}")
    said.append(embed("env:SHOP", *asked))
    said.append(embed("env:SHOP", *asked, "--retry-dead"))
    monkeypatch.setenv("PGPASSWORD", secret)
    said.append(embed(f"postgresql://reader@{place}", *asked))
    assert [one.code for one in said] == [0, 0, 0]
    monkeypatch.delenv("PGPASSWORD")
    file = tmp_path / "credentials"
    file.write_text(f"user=reader\npassword={secret}\n")
    said.append(embed(f"postgresql://{place}", *asked, "--credentials", file))
    assert said[-1].code == 0, said[-1]
    file.write_text(f"user=nobody\npassword={secret}\n")
    said.append(embed(f"postgresql://{place}", *asked, "--credentials", file))
    said.append(embed(f"postgresql://reader:{secret}@{place}", *asked))
    said.append(embed(f"postgresql://reader:hunter%2F2%40x@{place}", *asked))
    monkeypatch.setenv("SHOP", f"postgresql://nobody:hunter%2F2%40x%zz@{place}")
    said.append(embed("env:SHOP", *asked))
    assert [one.code for one in said[4:]] == [2, 2, 2, 2]

    written = b"".join(path.read_bytes() for path in Path(table).rglob("*") if path.is_file())
    everything = written + "".join(one.out + one.err for one in said).encode()
    assert b"hunter" not in everything
    assert b"hidden-in-sql" not in everything


def test_a_server_that_goes_away(
    postgresql: Postgresql, embed: Embed, table: str, small_partitions: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgresql.run("CREATE TABLE t AS SELECT n AS id, 'text ' || n AS text FROM generate_series(1, 40) n")
    asked = ("--sql", "select * from t", "--id-column", "id", "--shard-items", "1")
    encode = fakes.FakeEncoder.encode

    def stop(*arguments: Any) -> Any:
        postgresql.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vectormill'")
        return encode(*arguments)

    with unchanged(table), monkeypatch.context() as patch:
        patch.setattr(fakes.FakeEncoder, "encode", stop)
        slow = ("--sql", "select id, text, pg_sleep(0.005)::text from t", "--id-column", "id", "--shard-items", "1")
        outcome = embed(postgresql.url, *slow, "--text-column", "text")
    # libpq may print what the server said at last, before our line.
    assert outcome.code == 1 and outcome.err.splitlines()[-1].startswith("vectormill: ")
    assert "run the same command again" in outcome.err
    embed(postgresql.url, *asked).output()
    assert len(embedding.rows(table)) == 40


def test_rows_that_change_while_they_are_read_are_read_again(
    postgresql: Postgresql, embed: Embed, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgresql.run("CREATE TABLE t AS SELECT n AS id, 'text ' || n AS text FROM generate_series(1, 40) n")
    asked = ("--sql", "select * from t", "--id-column", "id", "--json")
    lists = plan.list_corpus

    def changing(*arguments: Any, **options: Any) -> Any:
        found = lists(*arguments, **options)
        postgresql.run("UPDATE t SET text = 'later' WHERE id = 3")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(plan, "list_corpus", changing)
        facts(embed(postgresql.url, *asked))
    found = facts(embed(postgresql.url, *asked))
    assert (found["changed"], found["encoded"]) == (1, 0)
    assert by_id(table)["3"]["text"] == "later"


# ---- SQLite -------------------------------------------------------------------------------------------------


def test_columns_that_hold_other_types_than_they_are_made_for(sqlite: Sqlite, embed: Embed, table: str) -> None:
    sqlite.run("CREATE TABLE t (id INTEGER, text TEXT, n INTEGER, x REAL, b BLOB, any)")
    sqlite.insert(
        "t",
        [
            (1, "one", 1, 0.1, b"\xff", "a"),
            (2, "two", "many", 2, "text", 2),
            ("three", 3, None, None, None, 2.5),
            (4, b"\xff\xfe", 4, 4.0, None, None),
            (5.5, "five", 2**63 - 1, 1e300, b"", b"x"),
        ],
    )
    sql = "select * from t"
    embed(sqlite.url, "--sql", sql, "--id-column", "id", "--keep", "n,x,b,any", "--max-dead-fraction", "1").output()
    rows = by_id(table)
    assert {one: rows[one]["text"] for one in rows} == {"1": "one", "three": "3", "5.5": "five"}
    assert [(rows[one]["n"], rows[one]["x"], rows[one]["b"], rows[one]["any"]) for one in ("1", "three", "5.5")] == [
        (1, 0.1, b"\xff", "a"),
        (None, None, None, "2.5"),
        (2**63 - 1, 1e300, b"", "x"),
    ]
    assert {one: kind for one, (_, kind, _) in letters(table).items()} == {"2": "KeptValue", "4": "NotUTF8"}


def test_files_that_are_no_database(
    sqlite: Sqlite, embed: Embed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("--sql", "select * from t", "--id-column", "id")
    assert "there is no file" in embed(sqlite.url, *asked).complaint(2)
    sqlite.path.write_bytes(b"something else entirely" * 100)
    assert "is not a database" in embed(sqlite.url, *asked).complaint(2)
    sqlite.path.unlink()
    sqlite.run("CREATE TABLE t (id INTEGER, text TEXT)")
    sqlite.insert("t", [(1, "one")])
    monkeypatch.setattr("transforms.corpus.databases.sqlite._PATIENCE_SECONDS", 0.1)
    with closing(sqlite3.connect(sqlite.path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "has locked it" in embed(sqlite.url, *asked).complaint(2)
    embed(sqlite.url, *asked).output()
