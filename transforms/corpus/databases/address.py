"""Parses the addresses of databases, and keeps passwords out of everything that is shown or stored.

An address is `postgresql://user@host/database`, `sqlite:///file.db`, or `env:NAME`: the variable NAME holds it. A password comes
from where libpq looks for one (PGPASSWORD, ~/.pgpass, a service), from a file of credentials or from that variable: a command
line is seen by everybody on the machine.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from transforms.common.errors import RequestError

DatabaseKind = Literal["postgresql", "sqlite"]

_SCHEME = re.compile(r"(?P<scheme>postgresql|postgres|sqlite)(?:\+\w+)?://", re.IGNORECASE)
_OTHERS = re.compile(
    r"(?:jdbc:)?(?P<name>mysql|mariadb|mssql|sqlserver|oracle|mongodb|redshift|snowflake|bigquery|clickhouse|cockroachdb|duckdb"
    r"|databricks|trino|presto|db2|firebird|cassandra|redis)(?:\+\w+)?://|jdbc:",
    re.IGNORECASE,
)
_VARIABLE = re.compile(r"env:(?://)?(?P<name>\w+)\Z")
_SECRET = ("password", "sslpassword")
_NAMES = {"database": "dbname", "username": "user", "connect_timeout": "connect_timeout"}
# A server that is not there, or no longer, is noticed within seconds instead of never.
_PATIENCE = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "tcp_user_timeout": "60000",
    "application_name": "vectormill",
}
_PATIENCE_VARIABLES = {"connect_timeout": "PGCONNECT_TIMEOUT", "application_name": "PGAPPNAME"}


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a database is.

    Attributes:
      shown: the address as it was given, without a secret: what is printed and stored, and what finds the database again.
      kind: of the database.
      uri: of PostgreSQL all that libpq needs, secrets too; of SQLite the path of the file.
      database: its name.
      secrets: what must not be shown.
    """

    shown: str
    kind: DatabaseKind
    uri: str = field(repr=False)
    database: str
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def without_secrets(self, text: str) -> str:
        """A text, such as a driver's message, without the passwords in it."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def is_address(given: str) -> bool:
    """Whether an input names a database, or a variable that does."""
    return _SCHEME.match(given) is not None or _VARIABLE.match(given) is not None


def require_no_secret(given: str) -> None:
    """Requires that an address as given, which is shown and stored, has no password in it. Files and folders have none.

    Raises:
      RequestError: it has, or is of a database of another kind, which may; the message has not.
    """
    other = _OTHERS.match(given)
    if other is not None:
        raise RequestError(
            f"{other['name'] or 'jdbc'}: databases of this kind are not read: give one of PostgreSQL (postgresql://) or SQLite"
            " (sqlite:///), or write the rows to a file"
        )
    scheme = _SCHEME.match(given)
    if scheme is not None and _secrets_in(given):
        raise RequestError(
            f"{scheme[0]}...: a password in an address is seen in `ps` and in logs: give the address without it, and"
            " the password in PGPASSWORD, in ~/.pgpass or in a file (--credentials FILE), or all in a variable (env:NAME)"
        )


def parse(given: str, credentials: str | None = None) -> Address:
    """The database that an address means.

    Args:
      given: an address, or `env:NAME`.
      credentials: a file of lines such as `password=...` and `user=...`, with the names that libpq has for them.

    Raises:
      RequestError: it is no address, it holds a password, the variable is not set, or the file cannot be read.
    """
    variable = _VARIABLE.match(given)
    if variable is None:
        require_no_secret(given)
        return _parsed(given, given, credentials)
    name = variable["name"]
    value = os.environ.get(name, "").strip()
    if not value:
        raise RequestError(
            f"env:{name}: there is no such variable in the environment, or it is empty: set it to the address"
        )
    if not _SCHEME.match(value):
        raise RequestError(
            f"env:{name}: holds no address of a database: postgresql://user@host/name or sqlite:///file.db"
        )
    return _parsed(value, f"env:{name}", credentials)


def _parsed(address: str, shown: str, credentials: str | None) -> Address:
    found = _SCHEME.match(address)
    assert found is not None, "it is an address"
    if found["scheme"].lower() == "sqlite":
        return _sqlite(address[found.end() :], shown)
    return _postgresql("postgresql://" + address[found.end() :], shown, credentials)


def from_folder(given: str, folder: str) -> str:
    """The address of a file of SQLite from the root on, where it is relative to a folder; anything else as it is."""
    found = _SCHEME.match(given)
    if found is None or found["scheme"].lower() != "sqlite":
        return given
    path, mark, options = given[found.end() :].partition("?")
    return f"sqlite:///{_path_of(path, folder)}{mark}{options}" if path.strip("/") not in ("", ":memory:") else given


def _path_of(given: str, folder: str) -> str:
    path = given[1:] if given.startswith("/") else given
    # `sqlite:///a/b.db` is relative and `sqlite:////a/b.db` absolute; many write the one and mean the other.
    if not path.startswith("/") and not os.path.exists(os.path.join(folder, path)) and os.path.exists("/" + path):
        path = "/" + path
    return os.path.abspath(os.path.join(folder, path))


def _sqlite(rest: str, shown: str) -> Address:
    path = rest.partition("?")[0]
    if path.strip("/") in ("", ":memory:"):
        raise RequestError(f"{shown}: names no file: write it as sqlite:///file.db")
    path = _path_of(path, "")
    if not os.path.isfile(path):
        raise RequestError(f"{shown}: there is no file {path}; check the path")
    again = shown if shown.startswith("env:") else f"sqlite:///{path}"
    name = os.path.basename(path)
    return Address(shown=again, kind="sqlite", uri=path, database=name.rpartition(".")[0] or name)


def _postgresql(address: str, shown: str, credentials: str | None) -> Address:
    try:
        parts = urlsplit(address)
    except ValueError:
        raise RequestError(f"{shown}: is no address: write it as postgresql://user@host/name") from None
    given = dict(parse_qsl(parts.query, keep_blank_values=True))
    given |= _read_credentials(credentials)
    secrets = [
        *_secrets_in(address),
        *(given[name] for name in _SECRET if given.get(name)),
        os.environ.get("PGPASSWORD", ""),
    ]
    for name, value in _PATIENCE.items():
        if name not in given and _PATIENCE_VARIABLES.get(name, "") not in os.environ:
            given[name] = value
    database = unquote(parts.path.strip("/")) or given.get("dbname") or os.environ.get("PGDATABASE") or "database"
    query = urlencode(given, quote_via=quote, safe="/")
    uri = urlunsplit(("postgresql", parts.netloc, parts.path, query, ""))
    # urlunsplit leaves out the slashes where there is neither host nor database.
    uri = uri if uri.startswith("postgresql://") else uri.replace("postgresql:", "postgresql://", 1)
    return Address(
        shown=shown,
        kind="postgresql",
        uri=uri,
        database=database,
        secrets=tuple(sorted({one for one in secrets if one}, key=len, reverse=True)),
    )


def _secrets_in(address: str) -> list[str]:
    """The passwords that stand in an address, as they are written and as they are meant."""
    authority = re.split(r"[/?#]", address.partition("://")[2], maxsplit=1)[0]
    # A password may hold what ends an authority where it is not written as %2F and the like.
    rest = address.partition("://")[2].rpartition("@")[0]
    user_part = authority.rpartition("@")[0] or rest
    found = [user_part.partition(":")[2]]
    pairs = [pair.partition("=") for pair in address.partition("?")[2].split("&")]
    found += [value for name, _, value in pairs if unquote(name).lower() in _SECRET]
    return [secret for one in found if one for secret in dict.fromkeys((one, unquote(one)))]


def _read_credentials(path: str | None) -> dict[str, str]:
    """What a file of credentials says, by libpq's names."""
    if path is None:
        return {}
    try:
        with open(path, encoding="utf-8") as file:
            lines = [line.strip() for line in file]
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise RequestError(f"--credentials {path}: cannot be read: {reason}") from error
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line or line[0] in "#;[":
            continue
        name, equals, value = line.removeprefix("export ").partition("=")
        if not equals:
            raise RequestError(f"--credentials {path}: line {number} is not NAME=VALUE, such as password=...")
        name = name.strip().lower().removeprefix("pg")
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        found[_NAMES.get(name, name)] = value
    return found
