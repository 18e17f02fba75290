"""Keeps files in cloud stores: gs://BUCKET/…, s3://BUCKET/…, azfs://ACCOUNT/CONTAINER/… (through `obstore`).

One client serves them all, with the preconditions that Beam's file systems lack, and it is the very client inside deltalake:
the log of a table and its parts are reached with the same settings, from the environment. What can be asked again after a 5xx
answer or a cut connection is asked again, for `PATIENCE` seconds.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cache
from typing import IO, Any, TypeVar

from transforms.common.errors import RequestError, StoreRefusedError, StoreUnavailableError
from transforms.storage.cloud_errors import is_for_want_of_a_server, translated
from transforms.storage.store import Entry, Store

T = TypeVar("T")

SCHEMES = ("gs", "s3", "azfs")
PATIENCE = "VECTORMILL_STORE_PATIENCE"
"""Environment variable: seconds for which a store that does not answer is asked again."""
_SECONDS = 60.0
_TRIES = 5
_REMEMBERED = 60.0
_refused: dict[str, tuple[float, StoreRefusedError]] = {}
"""Buckets for which nothing has credentials, until when: each question would wait for the machine's own ones again."""
_PART_BYTES = 5 << 20
_MOST_PARTS = 9_000
"""Of an upload in parts; S3 takes 10,000."""
_PIECE = 16 << 20
_MOST_COPIED = 5_000_000_000
"""Bytes of a file that S3 copies by itself."""


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


class ObjectStore(Store):
    """Files by path, as `store.Store` has it."""

    def entry(self, path: str) -> Entry | None:
        with suppress(FileNotFoundError):
            try:
                return _entry(path, _asked(path, lambda client, bucket, key: client.head(bucket, key)))
            except StoreUnavailableError as error:
                if "400 Bad Request" in str(error):
                    self.read(path, 0, 1)  # which is refused, too, and says why
                raise
        return None

    def read(self, path: str, start: int = 0, size: int | None = None) -> bytes:
        if size == 0:
            return b""
        options: Any = None
        if size is not None:
            options = {"range": (start, start + size)}
        elif start:
            options = {"range": {"offset": start}}
        return _asked(path, lambda client, bucket, key: bytes(client.get(bucket, key, options=options).bytes()))

    def write(self, path: str, content: bytes | IO[bytes]) -> None:
        def write(client: Any, bucket: Any, key: str) -> None:
            if isinstance(content, bytes):
                client.put(bucket, key, content)
                return
            size = content.seek(0, io.SEEK_END)
            content.seek(0)
            client.put(bucket, key, content, chunk_size=max(_PART_BYTES, -(-size // _MOST_PARTS)))

        _asked(path, write)

    def create(self, path: str, content: bytes) -> None:
        _asked(path, lambda client, bucket, key: client.put(bucket, key, content, mode="create"))

    def copy(self, source: str, destination: str) -> None:
        (root, key), (other, _) = _located(source), _located(destination)
        if root == other and not _is_large(source, self):
            _asked(destination, lambda client, bucket, target: client.copy(bucket, key, target))
            return
        # While the client reads what it uploads, it cannot be asked for more.
        with self.open(source) as content, tempfile.TemporaryFile() as local:
            shutil.copyfileobj(content, local, _PIECE)
            self.write(destination, local)

    def delete(self, path: str) -> None:
        with suppress(FileNotFoundError):
            _asked(path, lambda client, bucket, key: client.delete(bucket, key))

    def below(self, folder: str) -> list[Entry]:
        root = _located(folder)[0]

        def below(client: Any, bucket: Any, key: str) -> list[Entry]:
            pages = client.list(bucket, prefix=key or None)
            return [_entry(f"{root}/{found['path']}", found) for page in pages for found in page]

        return sorted(_asked(folder.rstrip("/") + "/", below), key=lambda entry: entry.path)

    def names(self, folder: str) -> list[str]:
        found = _asked(
            folder.rstrip("/") + "/", lambda client, bucket, key: client.list_with_delimiter(bucket, prefix=key or None)
        )
        paths = [*found["common_prefixes"], *(one["path"] for one in found["objects"])]
        return sorted({path.rstrip("/").rpartition("/")[2] for path in paths} - {""})


def _is_large(path: str, store: ObjectStore) -> bool:
    """Whether a file is more than its store copies by itself: it then goes through this machine."""
    found = store.entry(path) if path.startswith("s3://") else None
    return found is not None and found.size > _MOST_COPIED


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


@cache
def _bucket(root: str, seconds: float) -> Any:
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


def _asked(path: str, ask: Callable[[Any, Any, str], T]) -> T:
    """The answer of `ask(client, bucket, key)`.

    It is asked again where a connection was cut in the middle of an answer, which the client itself does not.
    """
    client = require_client(path)
    root, key = _located(path)
    if (known := _refused.get(root)) is not None and time.monotonic() < known[0]:
        raise StoreRefusedError(str(known[1]))
    for attempt in range(_TRIES):
        try:
            with _in_our_words(path):
                return ask(client, _bucket(root, patience()), key)
        except StoreRefusedError as error:
            if is_for_want_of_a_server(error.__cause__):
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
