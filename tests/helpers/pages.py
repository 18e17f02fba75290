"""Reads HTML reports for tests: a strict parser, a hostile string, a browser."""

from __future__ import annotations

import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

PIXEL = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HOSTILE = "</script><script>console.error('ran')</script>\"'><img src=x onerror=console.error(1)> $$x$$ {{ 7 * 7 }} é漢 & \u2028"
NOT_IMAGES = (
    "https://example.org/a.png",
    "javascript:alert(1)",
    "data:text/html;base64,AA==",
    PIXEL + '" onload="x',
    "",
)
_VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """The text, the tags and the sections of a page; fails on tags that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.parts: list[str] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []
        self.text = re.sub(r"\s+", " ", "".join(self.parts))
        self.headings = re.findall(r"<h2>(.*?)</h2>", html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "br":
            self.parts.append(" ")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag in {"td", "th", "dd", "dt"}:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        into = {"script": self.scripts, "style": self.styles}.get(self.open[-1] if self.open else "", self.parts)
        into.append(data)

    @property
    def pictures(self) -> list[str | None]:
        """The source of each picture."""
        return [attributes["src"] for tag, attributes in self.tags if tag == "img"]


def assert_quiet(page: Page) -> None:
    """Nothing in the page makes a browser ask for anything outside it."""
    assert not {tag for tag, _ in page.tags} & {"link", "iframe", "object", "embed", "base"}
    for tag, attributes in page.tags:
        loads = [attributes.get(name) for name in ("src", "href", "srcset", "action", "background", "data", "poster")]
        assert all((value or "data:image/").startswith("data:image/") for value in loads), (tag, loads)
        assert not [name for name in attributes if name.startswith("on")], tag
        assert "url(" not in (attributes.get("style") or "")
    assert not re.search(r"@import|url\(|https?:", "".join(page.styles))


def assert_locked(html: str, *, scripts: int) -> None:
    """The policy forbids all but the page's own scripts, and there are as many of those as there should be."""
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None and policy[1].startswith("default-src 'none'; script-src 'nonce-")
    assert html.count("<script nonce=") == html.count("</script>") == scripts


def drawn(html: str, folder: Path) -> tuple[str, list[str]]:
    """The document as chromium has drawn it, and the lines of its console."""
    path = folder / "report.html"
    path.write_text(html, "utf-8")
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    flags += " --disable-component-update --disable-sync --enable-logging=stderr --v=0 --virtual-time-budget=5000"
    command = ["chromium", *flags.split(), f"--user-data-dir={folder / 'profile'}", "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True, text=True)
    # Bokeh itself says there when it is done.
    return done.stdout, [
        line for line in done.stderr.splitlines() if "CONSOLE" in line and "] document idle at" not in line
    ]
