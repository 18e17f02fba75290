"""Turns failures of cloud stores into one line for the person, with the exit code of who has to do something about it."""

from __future__ import annotations

import re

from transforms.common.errors import StoreRefusedError, StoreUnavailableError, one_line
from transforms.storage.store import not_there

_NO_CREDENTIALS = re.compile(
    r"169\.254\.169\.254|/latest/(api/token|meta-data)|metadata\.google|credential|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken"
    r"|token request|40[13] (Unauthorized|Forbidden)|AccessDenied",
    re.I,
)
_NO_BUCKET = re.compile(r"NoSuchBucket|ContainerNotFound|bucket does not exist", re.I)
_ELSEWHERE = re.compile(r"PermanentRedirect|AuthorizationHeaderMalformed|301 Moved|incorrectly configured region", re.I)
_NO_SERVER = re.compile(r"169\.254\.169\.254|/latest/(api/token|meta-data)|metadata\.google", re.I)
_ANSWERED = re.compile(r"non-2xx status code: 5\d\d|after \d+ retries", re.I)
_CREDENTIALS = {
    "gs": "GOOGLE_APPLICATION_CREDENTIALS, or `gcloud auth application-default login`",
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or `aws configure`",
    "azfs": "AZURE_STORAGE_ACCOUNT_KEY, or AZURE_STORAGE_SAS_TOKEN",
}


def is_for_want_of_a_server(error: BaseException | None) -> bool:
    """Whether credentials were looked for at a cloud machine's own server, which takes seconds and is not there."""
    return _NO_SERVER.search(str(error)) is not None


def translated(path: str, error: Exception) -> OSError:
    """The failure to reach `path` as this package raises it, of an error of the client, or of deltalake's for the same."""
    text = str(error)
    scheme, _, rest = path.partition("://")
    root = f"{scheme}://{'/'.join(rest.split('/')[: 2 if scheme == 'azfs' else 1])}"
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
    """The store's own words, without the client's account of its tries."""
    code = re.search(r"<Code>(\w+)</Code>", text)
    status = re.search(r"non-2xx status code: (\d{3}[^:]*)", text)
    if code or status:
        return ", ".join(part for part in (status and status[1].strip(), code and code[1]) if part)
    last = [line for line in text.replace("Debug source:", "\n").splitlines() if line.strip()]
    return one_line(Exception(last[0]))[:160] if last else "no reason given"
