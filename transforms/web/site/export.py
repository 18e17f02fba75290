"""Writes an index as a folder that any static server serves: its page searches it in the browser, and nothing leaves that.

site.json            facts, and the list of the files with their sizes and digests
vectors-*.arrays     8-bit vectors (`codes`)
words-*.arrays       which documents hold which words (`words`); analysis.json, stemmer.js
rows-*.json.gz, pictures-*.arrays, index.arrays     what is shown and filtered by (`rows`)
encoder/             that turns queries into vectors (`transforms.web.text_files`)
*.html, *.js, …      the page
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files as resources
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import RowIndices, Vectors
from transforms.common.errors import NotPublishedError, RequestError
from transforms.encoders.imported import is_imported
from transforms.search.ask.hit import Mode
from transforms.search.ask.searcher import Searcher
from transforms.search.map.map_file import read_map
from transforms.search.store import documents as texts_of
from transforms.search.store.analysis import NEWEST
from transforms.storage import files, folders
from transforms.table.schema import has_local_features
from transforms.web.arrays_file import packed
from transforms.web.service_worker import SERVICE_WORKER, service_worker
from transforms.web.site import rows as shown
from transforms.web.site.check import ExactSearcher, agreement
from transforms.web.site.codes import Bits, rows_of_a_file, vector_files, width_of
from transforms.web.site.encoder import (
    OF_TEXTS,
    SiteEncoder,
    encoder_of_photographs,
    encoder_of_texts,
    encoder_page,
    no_encoder,
    runs_in_browser,
)
from transforms.web.site.replica import FACTS, SiteReplica, digest_of
from transforms.web.site.words import analysis_facts, length_arrays, word_files, words_of

SITE_FORMAT = "vectormill-site-1"
MAX_MB, MAX_ROWS = 300, 500_000
_MOST_KEPT = 100_000_000
"""Bytes of a site that a browser keeps whole, for use without a network."""
_BACKGROUND = 256
_AT_ONCE = 16_384
_BITS: tuple[Bits, ...] = (8, 12)
"""Of the codes of vectors, the first of which is enough."""
_OF_WEB_PAGE = ("arrays.js", "icon.svg")


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """The parts of a site.

    Attributes:
      modes: ways to search by words; none where no text can be asked.
      default_mode: the index's own, or the one that was asked for.
    """

    modes: list[Mode]
    default_mode: Mode

    @property
    def has_words(self) -> bool:
        """Whether words are found."""
        return any(mode != "vector" for mode in self.modes)

    @property
    def has_encoder(self) -> bool:
        """Whether texts become vectors."""
        return any(mode != "words" for mode in self.modes)


def export_site(
    index: str,
    out: str,
    *,
    name: str,
    version: int | None,
    page: Mapping[str, bytes],
    mode: Mode | None = None,
    min_recall: float = 0.99,
    max_mb: int | None = None,
) -> dict[str, Any]:
    """Writes the folder `out`, whole or not at all; returns what its site.json says.

    Args:
      index: the folder of a version.
      page: files of the search page of `vectormill serve`, by name, which the site shows its answers with.
      mode: how it searches by words. None: as the index does, with the other ways to choose from.
      min_recall: the share of the index's own first ten answers that the site must give.
      max_mb: None: 300, and 500,000 rows.

    Raises:
      RequestError: `out` is taken, a browser cannot search this index, or the site would be too large.
      NotPublishedError: its answers are not those of the index.
    """
    if not files.is_local(out):
        raise RequestError(f"{out} is no folder of this machine: write to one, and copy it")
    if files.exists(out):
        raise RequestError(f"{out} is there already: give a new folder")
    try:
        files.make_folder(files.parent(files.absolute(out)))
    except OSError as error:
        raise RequestError(f"{out} cannot be made ({error.strerror}): give another folder") from error
    searcher = Searcher(index)
    if searcher.metadata["plan"]["kind"] != "exact":
        searcher = ExactSearcher(index)
    plan = _planned(searcher, mode)
    _require_size(searcher, plan, max_mb)
    alive: RowIndices = np.flatnonzero(np.concatenate([segment.alive for segment in searcher.segments]))
    with folders.built(out) as scratch:
        site = _Draft(scratch)
        encoder = _encoder(searcher, plan)
        facts = {"format": SITE_FORMAT, "name": name, "version": version, **_facts(searcher, plan)}
        facts["encoder"] = {"name": searcher.metadata["encoder"]["name"], **encoder.facts}
        for file, content in encoder.files:
            site.write(f"encoder/{file}", content)
        facts |= _write_data(searcher, plan, alive, site)
        for file, content in [*_page_files(plan, searcher, page), *encoder_page(encoder)]:
            site.write(file, content)
        for bits in _BITS:
            dim = searcher.metadata["dim"]
            facts["vectors"] = {"bits": bits, "rows_of_a_file": rows_of_a_file(dim, bits), "width": width_of(dim)}
            site.drop("vectors-")
            for file, content in vector_files(_vectors(searcher, alive), dim, bits):
                site.write(file, content)
            site.finish(facts)
            found = agreement(searcher, SiteReplica(scratch), modes=plan.modes, rows=alive)
            if found.least_recall >= min_recall:
                break
        else:
            worst = min(found.recall, key=lambda one: found.recall[one])
            raise NotPublishedError(
                f"{out} is not written: of the first ten answers of {index} to {found.queries} held-out queries the site gives"
                f" {found.least_recall:.3f} by {worst}, and --recall {min_recall:g} is asked for"
            )
        facts["agreement"] = found.to_json()
        site.finish(facts)
    return facts


class _Draft:
    """The folder of a site that is being written, and the list of its files."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._listed: dict[str, tuple[int, str]] = {}

    def write(self, file: str, content: bytes) -> None:
        """Writes a file."""
        files.write(files.join(self._folder, file), content)
        self._listed[file] = (len(content), digest_of(content))

    def drop(self, beginning: str) -> None:
        """Deletes the files whose names begin so."""
        dropped = [file for file in self._listed if file.startswith(beginning)]
        files.delete([files.join(self._folder, file) for file in dropped])
        for file in dropped:
            del self._listed[file]

    def finish(self, facts: dict[str, Any]) -> None:
        """Writes the service worker, which has a name for what it keeps, that of this very site; and the facts with the list."""
        key = hashlib.blake2b(json.dumps([facts, sorted(self._listed.items())]).encode(), digest_size=8).hexdigest()
        self.write(SERVICE_WORKER, service_worker(facts=FACTS, key=key))
        facts["key"] = key
        facts["is_kept"] = sum(size for size, _ in self._listed.values()) <= _MOST_KEPT
        facts["files"] = dict(sorted(self._listed.items()))
        files.write(files.join(self._folder, FACTS), json.dumps(facts).encode())


def _planned(searcher: Searcher, mode: Mode | None) -> _Plan:
    """The parts of the site.

    Raises:
      RequestError: a browser cannot search the index in this way.
    """
    folder, encoder = searcher.folder, searcher.metadata["encoder"]
    if has_local_features(searcher.schema):
        raise RequestError(
            f"{folder} finds photographs by their local features, which a browser cannot: `vectormill serve` can"
        )
    if searcher.metadata["modality"] != "text":
        if mode is not None:
            raise RequestError(f"{folder} is no index of texts: leave out --mode {mode}")
        return _Plan(modes=[], default_mode="vector")
    if mode in ("words", "hybrid") and not searcher.has_words:
        raise RequestError(f"{folder} has no lexical index: leave out --mode {mode}")
    modes = [mode] if mode else _own_modes(searcher)
    plan = _Plan(
        modes=modes, default_mode=searcher.default_mode if searcher.default_mode in modes else (*modes, "vector")[0]
    )
    if plan.has_encoder and not runs_in_browser(encoder["handle"]):
        advice = (
            "give --mode words to search by words alone" if searcher.has_words else f"embed its table with {OF_TEXTS}"
        )
        raise RequestError(f"{folder} is of the encoder {encoder['name']}: a browser runs {OF_TEXTS}; {advice}")
    if plan.has_words and searcher.lexical.analysis.version != NEWEST:
        raise RequestError(
            f"{folder} cuts words as an earlier release did: build the index again, or give --mode vector"
        )
    return plan


def _own_modes(searcher: Searcher) -> list[Mode]:
    """All ways in which an index of texts is searched by words; without its encoder by words alone."""
    handle = searcher.metadata["encoder"]["handle"]
    if is_imported(handle) or (searcher.default_mode == "words" and not runs_in_browser(handle)):
        return ["words"] if searcher.has_words else []
    return ["vector", "words", "hybrid"] if searcher.has_words else ["vector"]


def _require_size(searcher: Searcher, plan: _Plan, max_mb: int | None) -> None:
    """Raises RequestError: the site would be too large."""
    texts = sum(
        segment.columns.column("text").nbytes for segment in searcher.segments if "text" in searcher.schema.names
    )
    size = searcher.rows * width_of(searcher.metadata["dim"]) + 0.5 * texts * (1 + plan.has_words)
    size += 36e6 * plan.has_encoder + 8e3 * searcher.rows * (searcher.metadata["modality"] == "image")
    megabytes = int(size / 1e6) + 1
    if megabytes > (max_mb or MAX_MB) or (max_mb is None and searcher.rows > MAX_ROWS):
        raise RequestError(
            f"a site of the {searcher.rows:,} rows of {searcher.folder} has some {megabytes:,} MB, which a browser would have to"
            f" fetch: `vectormill serve` it, or give --max-mb {megabytes}"
        )


def _facts(searcher: Searcher, plan: _Plan) -> dict[str, Any]:
    about = searcher.metadata
    return {
        "rows": searcher.rows,
        "dim": about["dim"],
        "modality": about["modality"],
        "is_chunked": searcher.is_chunked,
        "modes": plan.modes,
        "default_mode": plan.default_mode,
        "weight": searcher.weight,
        "words": None,
    }


def _encoder(searcher: Searcher, plan: _Plan) -> SiteEncoder:
    if searcher.metadata["modality"] == "image":
        return encoder_of_photographs(searcher)
    return encoder_of_texts(searcher) if plan.has_encoder else no_encoder()


def _write_data(searcher: Searcher, plan: _Plan, alive: RowIndices, site: _Draft) -> dict[str, Any]:
    """Writes all files but the vectors and those of the page; returns what follows from their contents."""
    names, document_of = _documents(searcher, alive)
    drawn = np.linspace(0, len(alive) - 1, min(len(alive), _BACKGROUND)).round()
    arrays: dict[str, npt.NDArray[Any]] = {"background": drawn.astype(np.uint32)}
    arrays["ranks"] = np.argsort(np.argsort(np.array(names, object), kind="stable"), kind="stable").astype(np.uint32)
    if searcher.is_chunked:
        arrays["documents"] = document_of.astype(np.uint32)
    facts: dict[str, Any] = {"documents": len(names)}
    starts = [0]
    for file, content, count in shown.row_files(searcher, alive):
        site.write(file, content)
        starts.append(starts[-1] + count)
    arrays["row_starts"] = np.array(starts, np.uint32)
    facts["columns"], codes = shown.filter_columns(searcher, alive)
    arrays |= codes
    if searcher.metadata["modality"] == "image":
        pictures = shown.pictures_of(searcher, alive)
        facts["pictures"] = shown.picture_facts(pictures)
        for file, content in shown.picture_files(pictures):
            site.write(file, content)
    if plan.has_words:
        lexical = searcher.lexical
        selected = [(segment.columns, segment.alive) for segment in searcher.segments]
        words = words_of(lexical, texts_of.documents(selected), names)
        for file, content in word_files(words, lexical):
            site.write(file, content)
        arrays |= length_arrays(words, lexical)
        analysis = lexical.analysis
        facts["words"] = {"files": words.file_count, "texts": lexical.text_count, "language": analysis.language}
        facts["words"]["analysis"] = analysis.version
        site.write("analysis.json", json.dumps(analysis_facts(analysis.language), ensure_ascii=False).encode())
    site.write("index.arrays", packed(arrays))
    facts["map"] = _write_map(searcher, alive, site)
    return facts


def _write_map(searcher: Searcher, alive: RowIndices, site: _Draft) -> int | None:
    """Writes the points of the index's map, if it has one; returns how many there are."""
    points = read_map(searcher.local_folder)
    if points is None:
        return None
    points = points.only(np.isin(points.rows, alive))
    rows = np.searchsorted(alive, points.rows).astype(np.uint32)
    x, y = points.places.astype(np.float32).T
    site.write("map.arrays", packed({"rows": rows, "x": x, "y": y, "clusters": points.clusters.astype(np.int16)}))
    return len(rows)


def _vectors(searcher: Searcher, alive: RowIndices) -> Iterator[Vectors]:
    for start in range(0, len(alive), _AT_ONCE):
        yield searcher.vectors_of(alive[start : start + _AT_ONCE])


def _documents(searcher: Searcher, alive: RowIndices) -> tuple[list[str], RowIndices]:
    """The ids of the documents in the order of their first rows, and the number of each row's."""
    of_row = texts_of.document_ids(searcher.rows_of(alive, searcher.id_columns)).to_pylist()
    numbers: dict[str, int] = {}
    document_of = [numbers.setdefault(name, len(numbers)) for name in of_row]
    return list(numbers), np.array(document_of, np.int64)


def _page_files(plan: _Plan, searcher: Searcher, page: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    yield from page.items()
    of_site = resources("transforms.web.site")
    for file in of_site.joinpath("page").iterdir():
        if not file.name.endswith(".wat"):
            yield file.name, file.read_bytes()
    for name in _OF_WEB_PAGE:
        yield name, _web_page(name)
    if plan.has_words and searcher.lexical.analysis.language != "none":
        stemmer = of_site.joinpath("stemmers").joinpath(f"{searcher.lexical.analysis.language}.js").read_bytes()
        yield "stemmer.js", b"// By Snowball, https://snowballstem.org, under its BSD licence.\n" + stemmer


def _web_page(name: str) -> bytes:
    return resources("transforms.web").joinpath("page").joinpath(name).read_bytes()
