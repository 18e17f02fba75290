"""Addresses of databases, and where passwords may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from transforms.common.errors import RequestError
from transforms.corpus.databases.address import from_folder, is_address, parse, require_no_secret

SECRET = "s3cr%40t/x"


@pytest.mark.parametrize(
    "given", ["postgresql://h/d", "postgres://h", "sqlite:///x.db", "env:DATABASE_URL", "postgresql+psycopg://h/d"]
)
def test_addresses(given: str) -> None:
    assert is_address(given)


@pytest.mark.parametrize("given", ["corpus/", "gs://bucket/x", "env/x", "a.db", "environment:x"])
def test_no_addresses(given: str) -> None:
    assert not is_address(given)


@pytest.mark.parametrize(
    "given",
    [
        f"postgresql://me:{SECRET.replace('/', '%2F')}@h/d",
        f"postgres://me:{SECRET}@h/d",
        f"postgresql://h/d?user=me&password={SECRET}",
        f"postgresql://h/d?sslpassword={SECRET}",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(given: str) -> None:
    with pytest.raises(RequestError, match="PGPASSWORD") as raised:
        parse(given)
    assert "s3cr" not in str(raised.value)


@pytest.mark.parametrize(
    "given", ["mysql://me:hunter2@h/d", "mongodb+srv://me:hunter2@h", "jdbc:postgresql://h/d?password=hunter2"]
)
def test_databases_of_other_kinds_are_refused(given: str) -> None:
    with pytest.raises(RequestError, match="not read") as raised:
        require_no_secret(given)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("given", ["mysql/", "oracle.csv", "a/redis:1.txt", "gs://mysql/x", "duckdb"])
def test_names_like_those_of_databases_are_files(given: str) -> None:
    require_no_secret(given)


def test_an_address_in_a_variable_may_hold_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_URL", "postgres://me:s%40crt@h:5433/shop?sslmode=require")
    found = parse("env:SHOP_URL")
    assert (found.shown, found.database, found.kind) == ("env:SHOP_URL", "shop", "postgresql")
    assert found.uri.startswith("postgresql://me:s%40crt@h:5433/shop?sslmode=require&connect_timeout=10")
    assert "crt" not in repr(found)
    assert found.without_secrets("s%40crt and s@crt") == "*** and ***"


def test_credentials_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "shop.env"
    path.write_text("# of the shop\n[shop]\nPGUSER=reader\npassword = 'a b'\n")
    found = parse("postgresql://h/shop", str(path))
    assert "user=reader&password=a%20b" in found.uri
    assert found.shown == "postgresql://h/shop"
    assert found.without_secrets("a b") == "***"


@pytest.mark.parametrize("content", ["password\n", None])
def test_bad_files_of_credentials(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "shop.env"
    if content is not None:
        path.write_text(content)
    with pytest.raises(RequestError, match="--credentials"):
        parse("postgresql://h/shop", str(path))


def test_variables_that_hold_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RequestError, match="no such variable"):
        parse("env:NOT_THERE_AT_ALL")
    monkeypatch.setenv("SHOP_URL", "hunter2")
    with pytest.raises(RequestError, match="holds no address") as raised:
        parse("env:SHOP_URL")
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("sqlite:///shop.db", "sqlite:////jobs/shop.db"),
        ("sqlite:///data/shop.db?mode=ro", "sqlite:////jobs/data/shop.db?mode=ro"),
        ("sqlite:////srv/shop.db", "sqlite:////srv/shop.db"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql://h/d", "postgresql://h/d"),
        ("env:DATABASE_URL", "env:DATABASE_URL"),
        ("s3://bucket/a", "s3://bucket/a"),
    ],
)
def test_files_of_sqlite_are_found_from_the_folder_of_their_job(given: str, wanted: str) -> None:
    assert from_folder(given, "/jobs") == wanted


def test_files_of_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "shop.db"
    path.touch()
    monkeypatch.chdir(tmp_path)
    for given in ("sqlite:///shop.db", f"sqlite:///{path}", f"sqlite:///{str(path)[1:]}"):
        found = parse(given)
        assert (found.uri, found.shown, found.database) == (str(path), f"sqlite:///{path}", "shop")
    for given in ("sqlite:///nowhere.db", "sqlite:///", "sqlite:///:memory:"):
        with pytest.raises(RequestError):
            parse(given)
