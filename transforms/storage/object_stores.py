"""Creates objects in cloud stores only where there is none of that name, by the store's own precondition.

Beam's file systems have no such call. Each function writes `content` as the object at `path`, whole or not at all; of any
number of writers at once one succeeds, the others get FileExistsError.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def create_gcs_object(path: str, content: bytes) -> None:
    """On gs://: the generation that is to be replaced must be 0, which stands for no object."""
    from apache_beam.io.gcp.gcsio import GcsIO, parse_gcs_path
    from google.api_core.exceptions import PreconditionFailed

    bucket, name = parse_gcs_path(path)
    try:
        GcsIO().client.bucket(bucket).blob(name).upload_from_string(content, if_generation_match=0)
    except PreconditionFailed as error:
        raise FileExistsError(path) from error


def create_s3_object(path: str, content: bytes) -> None:
    """On s3://: `If-None-Match: *`. An imitation of S3 that ignores the header overwrites."""
    from apache_beam.io.aws.s3io import parse_s3_path
    from boto3 import client
    from botocore.exceptions import ClientError

    bucket, key = parse_s3_path(path)
    try:
        client("s3").put_object(Bucket=bucket, Key=key, Body=content, IfNoneMatch="*")
    except ClientError as error:
        answer: dict[str, Any] = error.response
        # 412: there is one; 409: another upload to this name is just being finished.
        if answer.get("ResponseMetadata", {}).get("HTTPStatusCode") in (409, 412):
            raise FileExistsError(path) from error
        raise OSError(f"{path} cannot be written: {error}") from error


CREATE: dict[str, Callable[[str, bytes], None]] = {
    "gs": create_gcs_object,
    "s3": create_s3_object,
}
"""By the scheme of a path."""
