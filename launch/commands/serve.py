"""`vectormill serve`: answers over HTTP with indexes and models, and shows a search page."""

from __future__ import annotations

import math
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import click

from launch.terminal.text import folder, printable
from transforms.common.errors import RequestError

_LEAST_TOKEN = 16
_SWITCH_SECONDS = 0.0005
_DAY = 86_400


@click.command(short_help="Answer over HTTP with indexes and models.")
@click.argument("paths", nargs=-1, required=True, metavar="INDEX|MODEL...")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65_535), default=8_000, show_default=True, help="0: any that is free.")
@click.option("--allow-host", multiple=True, metavar="NAME", help="A name under which it may be asked; once for each.")
@click.option("--token-file", metavar="FILE", help="Its first line is the token that requests must carry.")
@click.option("--without-token", is_flag=True, help="Listen on a public address with no token.")
@click.option("--max-body", type=click.FloatRange(0.001, 1024), default=20, show_default=True, help="MB of a request.")
@click.option("--max-waiting", type=click.IntRange(1), default=256, show_default=True, help="Requests that wait.")
@click.option(
    "--timeout", type=click.FloatRange(0.1, _DAY), default=30, show_default=True, help="Seconds until an answer."
)
@click.option(
    "--look-every", type=click.FloatRange(0.05, _DAY), default=2, show_default=True, help="Seconds, for new versions."
)
@click.option("--log-queries", metavar="FILE", help="Append the texts that are asked for to FILE, as JSON lines.")
@click.option(
    "--log-as", type=click.Choice(["hashed", "plain"]), default="hashed", show_default=True, help="How they are kept."
)
def serve(paths: tuple[str, ...], host: str, port: int, **given: Any) -> None:
    """Serve INDEXES/NAME and MODELS/NAME, each in its newest version; or NAME/VERSION, which stays; or NAME=PATH.

    A new version is opened beside the one that answers, then takes its place between two requests. Without --host only this
    machine can ask. The page is at /, the description of the service at /openapi.json.
    """
    for name in ("timeout", "look_every", "max_body"):
        if math.isnan(given[name]):
            raise RequestError(f"--{name.replace('_', '-')} nan is no number")
    host = host.removeprefix("[").removesuffix("]")  # of IPv6, as it stands in an address
    token = _token(given["token_file"])
    hosts = _hosts(host, given["allow_host"], token, is_open=given["without_token"])
    from launch.serve.app import make_app
    from launch.serve.catalog import open_catalog
    from launch.serve.limits import Limits
    from launch.serve.query_log import QueryLog
    from launch.serve.server import Server, listening
    from launch.serve.server import serve as answer
    from launch.serve.service import Service

    limits = Limits(
        body_bytes=int(given["max_body"] * (1 << 20)), waiting=given["max_waiting"], seconds=given["timeout"]
    )
    form: Literal["hashed", "plain"] = given["log_as"]
    log = None if given["log_queries"] is None else QueryLog(folder(given["log_queries"]), form)
    sock = listening(host, port)
    _note("opening")
    catalog = open_catalog([path if "=" in path else folder(path) for path in paths])
    service = Service(catalog, limits, log)
    stop = threading.Event()
    follower = threading.Thread(
        target=catalog.follow, args=(stop,), kwargs={"seconds": given["look_every"], "note": _note}, daemon=True
    )

    def started() -> None:
        for name, one in catalog.named:
            _note(f"{name}: version {one.current[0]}")
        shown = f"[{host}]" if ":" in host else host
        _note(f"http://{shown}:{sock.getsockname()[1]}")
        follower.start()

    # The thread that listens must not wait for the one that searches, nor that for it, for as long as Python lets it.
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        with suppress(KeyboardInterrupt):
            app = make_app(service, note=_note, hosts=hosts, token=token)
            answer(Server(app, limits, started=started), sock)
    finally:
        stop.set()
        service.close()
    _note("stopped")


def _token(path: str | None) -> str:
    """The token of a file, or of VECTORMILL_TOKEN; "": none."""
    token = os.environ.get("VECTORMILL_TOKEN", "")
    if path is not None:
        try:
            token = (Path(folder(path)).read_text(encoding="utf-8").splitlines() or [""])[0].strip()
        except (OSError, UnicodeDecodeError) as error:
            raise RequestError(f"--token-file {path} cannot be read: {getattr(error, 'strerror', error)}") from error
        if not token:
            raise RequestError(f"--token-file {path} is empty: write a token into its first line")
    if token and (len(token) < _LEAST_TOKEN or not token.isascii() or not token.isprintable()):
        raise RequestError(f"the token must be at least {_LEAST_TOKEN} printable ASCII characters")
    return token


def _hosts(host: str, allowed: tuple[str, ...], token: str, *, is_open: bool) -> list[str]:
    """The names under which the service may be asked; empty: any."""
    from launch.serve.guards import is_loopback

    if is_loopback(host):
        return ["localhost", "127.0.0.1", "::1", host.lower(), *map(str.lower, allowed)]
    if not token and not is_open:
        raise RequestError(
            f"--host {host} can be reached from outside: give --token-file FILE, or --without-token to let all ask"
        )
    return [host.lower(), *map(str.lower, allowed)] if allowed else []


def _note(line: str) -> None:
    click.echo(printable(f"vectormill serve: {line}"), err=True)
