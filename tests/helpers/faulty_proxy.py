"""Stands between a client and an imitation of a cloud store, and fails now and then as networks and stores do.

Faults: an answer that comes late, 503, an answer that is cut in its middle, an upload whose connection is cut in its middle
(which the store never sees), an upload that the store takes and whose answer is lost.
"""

from __future__ import annotations

import http.client
import json
import random
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, quote, unquote, urlsplit

FAULTS = ("slow", "503", "answer cut", "upload cut", "answer lost")
_REFUSALS = {
    "503": (503, "SlowDown"),
    "403": (403, "InvalidAccessKeyId"),
    "expired": (400, "ExpiredToken"),
    "elsewhere": (301, "PermanentRedirect"),
    "other region": (400, "AuthorizationHeaderMalformed"),
}
"""Status and code of what is refused, as S3 words it."""
_OWN = ("host", "connection", "transfer-encoding", "content-length", "expect")


class FaultyProxy:
    """A proxy on a port of its own, at `url`.

    Args:
      upstream: host:port of the imitated store.
      share: of the requests that get a fault.
      translate: whether clients speak the XML interface of Google's store, of which fake-gcs-server lacks uploads.

    Attributes:
      share: may be changed at any time.
      only: the faults that are drawn from; most of `_REFUSALS` are none of the usual ones.
      seen: how often each fault was made, and all "requests".
      after: called with method and path of each request that the store has carried out, before it is answered.
    """

    def __init__(self, upstream: str, *, share: float = 0.0, seed: int = 0, translate: bool = False) -> None:
        self.share = share
        self.only: tuple[str, ...] = FAULTS
        self.seen: Counter[str] = Counter()
        self.after: Callable[[str, str], None] = lambda method, path: None
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        handler = type(
            "Handler", (_GoogleHandler if translate else _Handler,), {"proxy": self, "upstream": upstream, "parts": {}}
        )
        self._server = _Server(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def fault(self) -> str | None:
        """The fault of the next request."""
        with self._lock:
            self.seen["requests"] += 1
            if self._random.random() >= self.share:
                return None
            fault = self._random.choice(self.only)
            self.seen[fault] += 1
            return fault

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):  # of a client that was killed
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    proxy: ClassVar[FaultyProxy]
    upstream: ClassVar[str]
    parts: ClassVar[dict[str, dict[int, bytes]]]
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def _serve(self) -> None:
        fault = self.proxy.fault()
        length = int(self.headers.get("Content-Length") or 0)
        if fault == "upload cut":
            self.rfile.read(length // 2)
            self._cut()
            return
        body = self._body(length)
        if fault == "slow":
            time.sleep(0.3)
        if fault in _REFUSALS:
            status, code = _REFUSALS[fault]
            self._answer(status, {}, f"<Error><Code>{code}</Code></Error>".encode())
            return
        status, headers, content = self._asked(body)
        self.proxy.after(self.command, unquote(self.path))
        if fault == "answer lost":
            self._cut()
        elif fault == "answer cut":
            self._answer(status, headers, content, cut=True)
        else:
            self._answer(status, headers, content)

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _serve  # noqa: N815

    def _body(self, length: int) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(length)
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _asked(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        return self._upstream(self.command, self.path, dict(self.headers.items()), body)

    def _upstream(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(self.upstream, timeout=60)
        kept = {name: value for name, value in headers.items() if name.lower() not in _OWN}
        connection.request(method, path, body, {**kept, "Content-Length": str(len(body))})
        answer = connection.getresponse()
        content = answer.read()
        found = {name: value for name, value in answer.getheaders() if name.lower() not in (*_OWN, "date", "server")}
        if method == "HEAD":
            found["Content-Length"] = answer.getheader("Content-Length") or "0"
        connection.close()
        return answer.status, found, content

    def _answer(self, status: int, headers: Mapping[str, str], content: bytes, *, cut: bool = False) -> None:
        with suppress(OSError):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers and status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content[: len(content) // 2] if cut else content)
        if cut:
            self._cut()

    def _cut(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)


class _GoogleHandler(_Handler):
    """Turns uploads and copies of Google's XML interface into those of its JSON interface; the others the store knows."""

    def _asked(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        url = urlsplit(self.path)
        bucket, _, name = unquote(url.path).lstrip("/").partition("/")
        asked = {key: values[0] for key, values in parse_qs(url.query, keep_blank_values=True).items()}
        if self.command == "POST" and "uploads" in asked:
            upload = str(len(self.parts))
            self.parts[upload] = {}
            return 200, {}, _xml("InitiateMultipartUploadResult", Bucket=bucket, Key=name, UploadId=upload)
        if self.command == "PUT" and "uploadId" in asked:
            self.parts[asked["uploadId"]][int(asked["partNumber"])] = body
            return 200, {"ETag": f'"{asked["partNumber"]}"'}, b""
        if self.command == "POST" and "uploadId" in asked:
            parts = self.parts[asked["uploadId"]]
            status, headers, _ = self._upload(bucket, name, b"".join(parts[number] for number in sorted(parts)))
            etag = headers.get("ETag", "")
            return (
                status,
                headers,
                _xml("CompleteMultipartUploadResult", Location="", Bucket=bucket, Key=name, ETag=etag),
            )
        if self.command == "DELETE" and "uploadId" in asked:
            return 204, {}, b""
        if self.command == "PUT" and "x-goog-copy-source" in self.headers:
            source_bucket, _, source = unquote(self.headers["x-goog-copy-source"]).partition("/")
            path = f"/storage/v1/b/{source_bucket}/o/{quote(source, safe='')}/rewriteTo/b/{bucket}/o/{quote(name, safe='')}"
            return self._made(self._upstream("POST", path, {}, b""))
        if self.command == "PUT":
            return self._upload(bucket, name, body)
        answer = super()._asked(body)
        return answer if answer[0] < 400 else self._named(answer, bucket)

    def _named(self, answer: tuple[int, dict[str, str], bytes], bucket: str) -> tuple[int, dict[str, str], bytes]:
        """A refusal as the real store words it, where the bucket is missing."""
        if self._upstream("GET", f"/storage/v1/b/{bucket}", {}, b"")[0] == 200:
            return answer
        return 404, {}, b"<Error><Code>NoSuchBucket</Code></Error>"

    def _upload(self, bucket: str, name: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        generation = self.headers.get("x-goog-if-generation-match")
        condition = "" if generation is None else f"&ifGenerationMatch={generation}"
        path = f"/upload/storage/v1/b/{bucket}/o?uploadType=media&name={quote(name, safe='')}{condition}"
        return self._made(self._upstream("POST", path, {"Content-Type": "application/octet-stream"}, body))

    def _made(self, answer: tuple[int, dict[str, str], bytes]) -> tuple[int, dict[str, str], bytes]:
        status, _, content = answer
        if status != 200:
            return self._named((status, {}, content), unquote(urlsplit(self.path).path).split("/")[1])
        made = json.loads(content)
        made = made.get("resource", made)
        etag = str(made.get("etag") or made["generation"]).strip('"')
        return 200, {"ETag": f'"{etag}"', "x-goog-generation": str(made["generation"])}, b""


def _xml(root: str, **fields: str) -> bytes:
    return (
        f"<{root}>" + "".join(f"<{name}>{value}</{name}>" for name, value in fields.items()) + f"</{root}>"
    ).encode()
