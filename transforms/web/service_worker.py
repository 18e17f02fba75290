"""Makes the service worker of an exported page, which keeps one version of it for use without a network."""

from __future__ import annotations

from importlib.resources import files as resources

SERVICE_WORKER = "service-worker.js"


def service_worker(*, facts: str, key: str) -> bytes:
    """The worker's code.

    Args:
      facts: the file that lists the files of the page and holds their `key`.
      key: of this version; the worker keeps no file of another.
    """
    code = resources("transforms.web").joinpath("page").joinpath(SERVICE_WORKER).read_bytes()
    return code.replace(b"VERSION_KEY", key.encode()).replace(b"FACTS", facts.encode())
