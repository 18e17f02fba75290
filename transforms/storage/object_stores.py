"""Keeps files in cloud stores: gs://BUCKET/…, s3://BUCKET/…, azfs://ACCOUNT/CONTAINER/… (through `obstore`).

One client serves them all, with the preconditions that Beam's file systems lack, and it is the very client inside deltalake:
the log of a table and its parts are reached with the same settings, from the environment. What can be asked again after a 5xx
answer or a cut connection is asked again, for `PATIENCE` seconds.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cache
from typing import IO, Any

from transforms.common.errors import RequestError, StoreRefusedError, StoreUnavailableError, one_line
from transforms.storage.store import Entry, not_there

SCHEMES = ("gs", "s3", "azfs")
PATIENCE = "VECTORMILL_STORE_PATIENCE"
"""Environment variable: seconds for which a store that does not answer is asked again."""
_SECONDS = 60.0
_TRIES = 5
_NO_CREDENTIALS = re.compile(
    r"169\.254\.169\.254|metadata\.google|credential|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken"
    r"|token request|40[13] (Unauthorized|Forbidden)|AccessDenied",
    re.I,
)
_NO_BUCKET = re.compile(r"NoSuchBucket|ContainerNotFound|bucket does not exist", re.I)
_ELSEWHERE = re.compile(r"PermanentRedirect|AuthorizationHeaderMalformed|301 Moved", re.I)
_NO_SERVER = re.compile(r"169\.254\.169\.254|metadata\.google", re.I)
_REMEMBERED = 60.0
_refused: dict[str, tuple[float, StoreRefusedError]] = {}
"""Buckets for which nothing has credentials, until when: each question would wait for the machine's own ones again."""
_ANSWERED = re.compile(r"non-2xx status code: 5\d\d|after \d+ retries", re.I)
_CREDENTIALS = {
    "gs": "GOOGLE_APPLICATION_CREDENTIALS, or `gcloud auth application-default login`",
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or `aws configure`",
    "azfs": "AZURE_STORAGE_ACCOUNT_KEY, or AZURE_STORAGE_SAS_TOKEN",
}


def require_client(path: str) -> Any:
    """The library that reaches cloud stores.

    Raises:
      RequestError: it is not installed.
    """
    try:
        import obstore
    except ImportError as error:
        raise RequestError(
            f"{path}: obstore, which reaches gs://, s3:// and azfs://, is not installed: `make cloud` does that, or `pip install"
            " obstore`"
        ) from error
    return obstore


class ObjectStore:
    """Files by path, as `store.Store` has it."""

    def entry(self, path: str) -> Entry | None:
        obstore = require_client(path)

        root, key = _located(path)
        with suppress(FileNotFoundError):
            return _entry(path, _tried(path, lambda: obstore.head(_client(root), key)))
        return None

    def read(self, path: str, start: int = 0, size: int | None = None) -> bytes:
        obstore = require_client(path)

        root, key = _located(path)
        if size == 0:
            return b""

        def read() -> bytes:
            options: Any = None
            if size is not None:
                options = {"range": (start, start + size)}
            elif start:
                options = {"range": {"offset": start}}
            return bytes(obstore.get(_client(root), key, options=options).bytes())

        return _tried(path, read)

    def write(self, path: str, content: bytes | IO[bytes]) -> None:
        obstore = require_client(path)

        root, key = _located(path)

        def write() -> None:
            if not isinstance(content, bytes):
                content.seek(0)
            obstore.put(_client(root), key, content)

        _tried(path, write)

    def create(self, path: str, content: bytes) -> None:
        obstore = require_client(path)

        root, key = _located(path)

        def create() -> None:
            obstore.put(_client(root), key, content, mode="create")

        _tried(path, create)

    def copy(self, source: str, destination: str) -> None:
        obstore = require_client(source)

        (root, key), (other, target) = _located(source), _located(destination)
        if root != other:
            self.write(destination, self.read(source))
            return
        _tried(destination, lambda: obstore.copy(_client(root), key, target))

    def delete(self, path: str) -> None:
        obstore = require_client(path)

        root, key = _located(path)
        with suppress(FileNotFoundError):
            _tried(path, lambda: obstore.delete(_client(root), key))

    def below(self, folder: str) -> list[Entry]:
        obstore = require_client(folder)

        root, key = _located(folder.rstrip("/") + "/")

        def below() -> list[Entry]:
            pages = obstore.list(_client(root), prefix=key or None)
            return [_entry(f"{root}/{found['path']}", found) for page in pages for found in page]

        return sorted(_tried(folder, below), key=lambda entry: entry.path)

    def names(self, folder: str) -> list[str]:
        obstore = require_client(folder)

        root, key = _located(folder.rstrip("/") + "/")
        found = _tried(folder, lambda: obstore.list_with_delimiter(_client(root), prefix=key or None))
        paths = [*found["common_prefixes"], *(one["path"] for one in found["objects"])]
        return sorted({path.rstrip("/").rpartition("/")[2] for path in paths} - {""})


def _located(path: str) -> tuple[str, str]:
    """The bucket (of azfs:// account and container) as a path, and the name in it."""
    scheme, _, rest = path.partition("://")
    parts = rest.split("/", 2 if scheme == "azfs" else 1)
    depth = 2 if scheme == "azfs" else 1
    root, key = "/".join(parts[:depth]), "/".join(parts[depth:])
    if not parts[0] or (scheme == "azfs" and len(parts) < 2):
        form = "azfs://ACCOUNT/CONTAINER/..." if scheme == "azfs" else f"{scheme}://BUCKET/..."
        raise StoreRefusedError(f"{path} names no {'container' if scheme == 'azfs' else 'bucket'}: write {form}")
    return f"{scheme}://{root}", key


def patience() -> float:
    """Seconds for which a store that does not answer is asked again."""
    return float(os.environ.get(PATIENCE) or _SECONDS)


def _client(root: str) -> Any:
    return _clients(root, patience())


@cache
def _clients(root: str, seconds: float) -> Any:
    from obstore.store import AzureStore, GCSStore, S3Store

    scheme, _, rest = root.partition("://")
    options: dict[str, Any] = {
        "retry_config": {
            "max_retries": 10,
            "retry_timeout": timedelta(seconds=seconds),
            "backoff": {"init_backoff": timedelta(seconds=0.1), "max_backoff": timedelta(seconds=10), "base": 2.0},
        },
        "client_options": {
            "allow_http": True,
            "timeout": timedelta(seconds=max(30.0, seconds)),
            "connect_timeout": timedelta(seconds=5),
        },
    }
    if scheme == "gs":
        return GCSStore(rest, **options)
    if scheme == "s3":
        return S3Store(rest, **options, **_from_profile())
    account, _, container = rest.partition("/")
    return AzureStore(container, account_name=account, **options)


def _from_profile() -> dict[str, Any]:
    """Credentials as the AWS command line has them (profiles, sign-on), where the environment names none and boto3 is there."""
    if os.environ.get("AWS_ACCESS_KEY_ID"):
        return {}
    try:
        import boto3
        from obstore.auth.boto3 import Boto3CredentialProvider

        session = boto3.Session()
        region = {"region": session.region_name} if session.region_name else {}
        return {"credential_provider": Boto3CredentialProvider(session), **region}
    except (ImportError, ValueError):  # no boto3, or it knows no credentials
        return {}


def _entry(path: str, found: Any) -> Entry:
    modified = found["last_modified"].timestamp()
    return Entry(path=path, size=int(found["size"]), state=f"{found['size']}-{modified}", modified=modified)


def _tried(path: str, ask: Any) -> Any:
    """The answer; asks again where a connection was cut in the middle of one, which the client itself does not."""
    root = _located(path)[0]
    if (known := _refused.get(root)) is not None and time.monotonic() < known[0]:
        raise StoreRefusedError(str(known[1]))
    for attempt in range(_TRIES):
        try:
            with _in_our_words(path):
                return ask()
        except StoreRefusedError as error:
            if _NO_SERVER.search(str(error.__cause__)):
                _refused[root] = time.monotonic() + _REMEMBERED, error
            raise
        except StoreUnavailableError as error:
            if attempt == _TRIES - 1 or error.was_asked_again:
                raise
            time.sleep(0.1 * 2**attempt)
    raise AssertionError("the last try returns or raises")


@contextmanager
def _in_our_words(path: str) -> Iterator[None]:
    from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

    try:
        yield
    except (AlreadyExistsError, PreconditionError) as error:
        raise FileExistsError(path) from error
    except (BaseError, FileNotFoundError) as error:
        raise translated(path, error) from error


def translated(path: str, error: Exception) -> OSError:
    """The failure to reach `path` as this package raises it, of an error of the client, or of deltalake's for the same."""
    text = str(error)
    root = _located(path)[0]
    scheme = root.partition("://")[0]
    if _NO_BUCKET.search(text):
        return StoreRefusedError(f"{root}: there is no such bucket: check the address, or create it")
    if isinstance(error, FileNotFoundError):
        return not_there(path)
    if _ELSEWHERE.search(text):
        return StoreRefusedError(f"{root} is in another region: name it in AWS_REGION")
    kind = type(error).__name__
    if kind in ("PermissionDeniedError", "UnauthenticatedError") or _NO_CREDENTIALS.search(text):
        return StoreRefusedError(
            f"{path}: the store refuses access, with these credentials or without any ({_reason(text)}): give"
            f" {_CREDENTIALS.get(scheme, 'others')}, and check their permissions"
        )
    return StoreUnavailableError(
        f"{path}: the store does not answer ({_reason(text)}): run the same command again, finished parts are kept",
        was_asked_again=_ANSWERED.search(text) is not None,
    )


def _reason(text: str) -> str:
    """What the store said, without the client's own account of its tries."""
    code = re.search(r"<Code>(\w+)</Code>", text)
    status = re.search(r"non-2xx status code: (\d{3}[^:]*)", text)
    if code or status:
        return ", ".join(part for part in (status and status[1].strip(), code and code[1]) if part)
    last = [line for line in text.replace("Debug source:", "\n").splitlines() if line.strip()]
    return one_line(Exception(last[0]))[:160] if last else "no reason given"
