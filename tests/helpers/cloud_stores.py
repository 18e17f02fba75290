"""Imitations of cloud stores for tests: moto's server for s3://, fake-gcs-server for gs://, both behind a `FaultyProxy`.

azfs:// has none that can be started here: `AZURITE` names one that runs, which has the container `BUCKET`.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tests.helpers.faulty_proxy import FaultyProxy

BUCKET = "vectormill-test"
AZURITE = "VECTORMILL_AZURITE"
"""Environment variable: HOST:PORT of Azurite, Microsoft's imitation of its store."""


@dataclass(frozen=True)
class CloudStore:
    """A running imitation.

    Attributes:
      root: a bucket in it, as a path.
      environment: variables with which clients find it.
    """

    root: str
    proxy: FaultyProxy
    environment: Mapping[str, str]


def missing(scheme: str) -> str | None:
    """The reason why there is no imitation of this store here; None if there is one."""
    if find_spec("obstore") is None:
        return "obstore is not installed (make cloud)"
    if scheme == "azfs":
        return None if os.environ.get(AZURITE) else f"{AZURITE} names no imitation of Azure's store"
    if scheme == "s3":
        return None if find_spec("moto") and find_spec("flask") else "moto[server] is not installed"
    return (
        None
        if _fake_gcs()
        else "fake-gcs-server is not installed (go install github.com/fsouza/fake-gcs-server@latest)"
    )


def _fake_gcs() -> str | None:
    return os.environ.get("FAKE_GCS_SERVER") or shutil.which("fake-gcs-server")


@contextmanager
def running(scheme: str, folder: Path) -> Iterator[CloudStore]:
    """Runs an imitation; `folder` takes what it writes."""
    with {"s3": _moto, "azfs": _azurite}.get(scheme, lambda: _gcs(folder))() as store:
        yield store
        store.proxy.close()


@contextmanager
def _moto() -> Iterator[CloudStore]:
    import logging

    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", _free_port(), verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        urllib.request.urlopen(urllib.request.Request(f"http://{host}:{port}/{BUCKET}", method="PUT"))
        proxy = FaultyProxy(f"{host}:{port}")
        environment = {
            "AWS_ENDPOINT_URL": proxy.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
        }
        yield CloudStore(f"s3://{BUCKET}", proxy, environment)
    finally:
        server.stop()


@contextmanager
def _azurite() -> Iterator[CloudStore]:
    account = "devstoreaccount1"
    proxy = FaultyProxy(os.environ[AZURITE])
    # The client knows the imitation's account and key.
    environment = {"AZURE_STORAGE_USE_EMULATOR": "true", "AZURITE_BLOB_STORAGE_URL": proxy.url}
    yield CloudStore(f"azfs://{account}/{BUCKET}/{os.getpid()}", proxy, environment)  # one for all processes


@contextmanager
def _gcs(folder: Path) -> Iterator[CloudStore]:
    program = _fake_gcs()
    assert program is not None
    port = _free_port()
    address = f"127.0.0.1:{port}"
    log = open(folder / "fake-gcs.log", "wb")  # noqa: SIM115
    options = ["-scheme", "http", "-backend", "memory", "-host", "127.0.0.1", "-port", str(port)]
    process = subprocess.Popen(
        [program, *options, "-public-host", address, "-external-url", f"http://{address}"], stdout=log, stderr=log
    )
    try:
        bucket = urllib.request.Request(
            f"http://{address}/storage/v1/b?project=p",
            data=json.dumps({"name": BUCKET}).encode(),
            headers={"Content-Type": "application/json"},
        )
        for _ in range(100):
            with suppress(OSError):
                urllib.request.urlopen(bucket)
                break
            time.sleep(0.1)
        proxy = FaultyProxy(address, translate=True)
        account = folder / "account.json"
        nobody = {"client_email": "", "private_key": "", "private_key_id": ""}
        account.write_text(json.dumps({"gcs_base_url": proxy.url, "disable_oauth": True, **nobody}))
        yield CloudStore(f"gs://{BUCKET}", proxy, {"GOOGLE_SERVICE_ACCOUNT": str(account)})
    finally:
        process.kill()
        process.wait()
        log.close()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
