"""A stand-in for Google's services on this machine: takes Dataflow jobs, and stores objects, over HTTP as the real ones do.

It knows what Beam's client asks for when it submits a job, and no more: nothing is run.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

_JOBS = re.compile(r"/v1b3/projects/([^/]+)/locations/([^/]+)/jobs(?:/([^/:]+))?(/messages|/metrics)?$")
_OBJECT = re.compile(r"(?:/upload|/download)?/storage/v1/b/([^/]+)(?:/o(?:/(.+))?)?$")


@dataclass
class CloudService:
    """What was asked of it. `jobs`: as they were submitted, by id; `objects`: by gs:// address."""

    port: int
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, tuple[str, bytearray]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Beam takes an endpoint without encryption for this machine alone, by this name."""
        return f"http://localhost:{self.port}"

    def resource(self, address: str) -> dict[str, Any]:
        import google_crc32c

        bucket, _, name = address.removeprefix("gs://").partition("/")
        content = self.objects[address]
        return {
            "kind": "storage#object",
            "name": name,
            "bucket": bucket,
            "size": str(len(content)),
            "generation": "1",
            "md5Hash": base64.b64encode(hashlib.md5(content).digest()).decode(),
            "crc32c": base64.b64encode(google_crc32c.Checksum(content).digest()).decode(),
        }


@contextmanager
def cloud_service() -> Iterator[CloudService]:
    """Listens on a free port of this machine until the block ends."""
    server = ThreadingHTTPServer(("localhost", 0), _Handler)
    service = server.service = CloudService(server.server_address[1])  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def service(self) -> CloudService:
        return self.server.service  # type: ignore[attr-defined, no-any-return]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if found := _JOBS.fullmatch(url.path):
            job = self.service.jobs.get(found[3] or "")
            self._answer({} if found[4] or job is None else job)
        elif found := _OBJECT.fullmatch(url.path):
            self._get_object(found[1], found[2], parse_qs(url.query))
        else:
            self._answer({"error": {"code": 404, "message": self.path}}, 404)

    def _get_object(self, bucket: str, name: str | None, query: dict[str, list[str]]) -> None:
        if name is None:
            self._answer({"kind": "storage#bucket", "name": bucket, "location": "EUROPE-WEST4"})
            return
        address = f"gs://{bucket}/{unquote(name)}"
        if address not in self.service.objects:
            self._answer({"error": {"code": 404, "message": f"No such object: {address}"}}, 404)
        elif query.get("alt") == ["media"]:
            self._send(self.service.objects[address], 200, "application/octet-stream")
        else:
            self._answer(self.service.resource(address))

    def do_POST(self) -> None:
        url, body = urlsplit(self.path), self._body()
        if found := _JOBS.fullmatch(url.path):
            job = {
                **json.loads(body),
                "id": f"job-{len(self.service.jobs)}",
                "projectId": found[1],
                "location": found[2],
            }
            self.service.jobs[job["id"]] = job
            self._answer({**job, "currentState": "JOB_STATE_PENDING"})
        elif found := _OBJECT.fullmatch(url.path):
            name = parse_qs(url.query).get("name", [None])[0] or json.loads(body)["name"]
            upload = str(len(self.service.uploads))
            self.service.uploads[upload] = (f"gs://{found[1]}/{name}", bytearray())
            where = f"{self.service.address}{url.path}?uploadType=resumable&upload_id={upload}"
            self._answer({}, 200, {"Location": where})
        else:
            self._answer({"error": {"code": 404, "message": self.path}}, 404)

    def do_PUT(self) -> None:
        (upload,) = parse_qs(urlsplit(self.path).query)["upload_id"]
        address, content = self.service.uploads[upload]
        content += self._body()
        total = self.headers["Content-Range"].rpartition("/")[2]
        if total == "*" or int(total) > len(content):
            self._answer({}, 308, {"Range": f"bytes=0-{len(content) - 1}"})
            return
        self.service.objects[address] = bytes(content)
        self._answer(self.service.resource(address))

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self._send(json.dumps(value).encode(), status, "application/json", headers)

    def _send(self, content: bytes, status: int, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
