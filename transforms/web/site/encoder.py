"""Writes what turns the queries of a site into vectors: the encoder of its index, as a browser runs it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files as resources
from typing import Any

from transforms.common.errors import RequestError
from transforms.encoders import registry
from transforms.encoders.imported import is_imported
from transforms.search.ask.searcher import Searcher
from transforms.web.image_files import image_files
from transforms.web.text_files import text_facts, text_files

OF_TEXTS = "use-multilingual"
_CHECK = "Ein Satz, une phrase, 一句话: 42 words?"
_IMPORTED = re.compile(r'(?:from|import) ?\(?"\./([^"]+\.js)"')


@dataclass(frozen=True, kw_only=True)
class SiteEncoder:
    """The encoder of queries; without one, queries are words, and rows for what is like them.

    Attributes:
      facts: what site.json says of it.
      files: name and content of each of its files.
      page: names of files of `transforms/web/page` that run it, but for the modules that these import.
    """

    facts: dict[str, Any]
    files: Iterable[tuple[str, bytes]] = ()
    page: tuple[str, ...] = ()


def runs_in_browser(handle: str) -> bool:
    """Whether a page can make vectors of texts by this encoder."""
    return handle == registry.look_up(OF_TEXTS, trust=True).handle


def encoder_of_texts(searcher: Searcher) -> SiteEncoder:
    """That of an index of texts, which runs in a browser, with a text and its vector to check the browser with."""
    vector = searcher.encode([_CHECK])[0]
    check = {"item": _CHECK, "vector": [round(float(value), 7) for value in vector]}
    return SiteEncoder(
        facts={"takes": "text", "check": check, **text_facts()},
        files=text_files(),
        page=("matrix.wasm", "sentence_encoder.js"),
    )


def encoder_of_photographs(searcher: Searcher) -> SiteEncoder:
    """That of an index of photographs; where a browser does not run it, none: `why` in its facts says what is missing."""
    if is_imported(searcher.metadata["encoder"]["handle"]):
        return no_encoder("the encoder of its vectors is not known")
    try:
        files = list(image_files(searcher.resolved))
    except RequestError as error:
        return no_encoder(str(error))
    return SiteEncoder(facts={"takes": "image"}, files=files, page=("graph_runtime.js", "image_pixels.js"))


def no_encoder(why: str | None = None) -> SiteEncoder:
    """None: `why` is for who might expect one."""
    return SiteEncoder(facts={"takes": None, "why": why})


def encoder_page(encoder: SiteEncoder) -> Iterator[tuple[str, bytes]]:
    """Yields name and content of the page's files that run it."""
    page = resources("transforms.web").joinpath("page")
    waiting, found = list(encoder.page), {"arrays.js"}
    if encoder.facts["takes"] == "image":
        waiting += [f"vendor/{file.name}" for file in page.joinpath("vendor").iterdir()]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        content = page.joinpath(name).read_bytes()
        yield name, content
        if name.endswith(".js") and "/" not in name:
            waiting += _IMPORTED.findall(content.decode())
