"""The calls to cloud stores, against imitations of their clients: no real store is asked."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from transforms.storage import files


class Objects(dict[tuple[str, str], bytes]):
    """By bucket and name."""

    def put(self, bucket: str, name: str, content: bytes, *, refusal: Exception) -> None:
        if (bucket, name) in self:
            raise refusal
        self[bucket, name] = content


@pytest.fixture
def gcs(monkeypatch: pytest.MonkeyPatch) -> Objects:
    from google.api_core.exceptions import PreconditionFailed

    objects = Objects()

    class Blob:
        def __init__(self, bucket: str, name: str) -> None:
            self.at = (bucket, name)

        def upload_from_string(self, content: bytes, *, if_generation_match: int) -> None:
            assert if_generation_match == 0
            objects.put(*self.at, content, refusal=PreconditionFailed("conditionNotMet"))

    class Client:
        def bucket(self, bucket: str) -> Any:
            class Bucket:
                def blob(self, name: str) -> Blob:
                    return Blob(bucket, name)

            return Bucket()

    class GcsIO:
        client = Client()

    # Beam's own module needs the client of Google Cloud Storage, which is not installed without `make cloud`.
    gcsio = ModuleType("gcsio")
    gcsio.GcsIO = GcsIO  # type: ignore[attr-defined]
    gcsio.parse_gcs_path = lambda path: tuple(path.removeprefix("gs://").split("/", 1))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "apache_beam.io.gcp.gcsio", gcsio)
    monkeypatch.setattr(files, "read", lambda path: objects["bucket", path.removeprefix("gs://bucket/")])
    return objects


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Objects:
    objects = Objects()

    class ClientError(Exception):
        def __init__(self, status: int) -> None:
            super().__init__(f"an error occurred ({status})")
            self.response = {"ResponseMetadata": {"HTTPStatusCode": status}}

    class Client:
        def put_object(self, *, Bucket: str, Key: str, Body: bytes, IfNoneMatch: str) -> None:  # noqa: N803
            assert IfNoneMatch == "*"
            if Bucket == "closed":
                raise ClientError(403)
            objects.put(Bucket, Key, Body, refusal=ClientError(412))

    boto3, botocore, exceptions = ModuleType("boto3"), ModuleType("botocore"), ModuleType("botocore.exceptions")
    boto3.client = lambda service: Client()  # type: ignore[attr-defined]
    exceptions.ClientError = ClientError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "boto3", boto3)
    monkeypatch.setitem(sys.modules, "botocore", botocore)
    monkeypatch.setitem(sys.modules, "botocore.exceptions", exceptions)
    monkeypatch.setattr(files, "read", lambda path: objects["bucket", path.removeprefix("s3://bucket/")])
    return objects


@pytest.mark.parametrize("scheme", ["gs", "s3"])
def test_the_store_itself_refuses_the_second_writer(scheme: str, request: pytest.FixtureRequest) -> None:
    objects = request.getfixturevalue({"gs": "gcs", "s3": "s3"}[scheme])
    path = f"{scheme}://bucket/table/manifest.json"

    files.create(path, b"first")
    with pytest.raises(FileExistsError):
        files.create(path, b"second")
    files.create(path, b"first")

    assert objects == {("bucket", "table/manifest.json"): b"first"}


def test_another_refusal_of_a_store_is_not_taken_for_a_file_that_exists(s3: Objects) -> None:
    with pytest.raises(OSError, match="cannot be written") as caught:
        files.create("s3://closed/file", b"content")

    assert not isinstance(caught.value, FileExistsError)
