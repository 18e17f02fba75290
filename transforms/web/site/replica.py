"""Reads a site back from its folder and answers as its page does, so that both can be compared with the index."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.common.arrays import Vectors
from transforms.common.errors import RunError
from transforms.search.ask.fusion import DEPTH, Evidence, best
from transforms.search.store.analysis import Analysis
from transforms.search.store.lexical import DECIMALS, inverse_frequency, query_words
from transforms.storage import files
from transforms.web.arrays_file import unpacked
from transforms.web.site.codes import cosines, read_vectors
from transforms.web.site.words import file_of

FACTS = "site.json"
Floats = npt.NDArray[np.float64]


def digest_of(content: bytes) -> str:
    """By which a file of a site is known."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


class SiteReplica:
    """A written site, asked without a browser: the numbers that its JavaScript computes, from the same files.

    Raises:
      RunError: a file is not what the site's list says.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self.facts: dict[str, Any] = json.loads(files.read(files.join(folder, FACTS)))
        for name in self.facts["files"]:
            self._read(name)
        self._arrays = unpacked(self._read("index.arrays"))
        names = sorted(name for name in self.facts["files"] if name.startswith("vectors-"))
        self._codes, self._scales = read_vectors(self._read(name) for name in names)
        rows = self.facts["rows"]
        self._document_of: npt.NDArray[np.int64] = self._arrays.get("documents", np.arange(rows)).astype(np.int64)
        # Of equal scores the lower id is first; of equal cosines the earlier row.
        self._ranks = self._arrays["ranks"].astype(np.int64)
        self._places = np.arange(self.facts["documents"])
        self._row_starts = self._arrays["row_starts"].astype(np.int64)
        self._first_rows = np.unique(self._document_of, return_index=True)[1]

    def _read(self, name: str) -> bytes:
        content = files.read(files.join(self._folder, name))
        size, digest = self.facts["files"][name]
        if len(content) != size or digest_of(content) != digest:
            raise RunError(
                f"{self._folder}: {name} is not as it was written: the disk is damaged, write the site again"
            )
        return content

    def search(self, text: str, vector: Vectors | None, k: int, *, mode: str) -> list[tuple[int, float]]:
        """Numbers of documents and their scores, the best first.

        Args:
          vector: unit vector of the text; None by words alone.
        """
        if mode == "words":
            shares = self._shares(text)
            return _best(shares, shares > 0, k, ties=self._ranks)
        assert vector is not None, "only words are found without a vector"
        by_row = cosines(self._codes, self._scales, vector)
        nearest = self._of_documents(by_row)
        everyone = np.ones(len(nearest), np.bool_)
        if mode == "vector":
            return _best(nearest, everyone, k, ties=self._places)
        shares = self._shares(text)
        depth = max(k, min(DEPTH, self.facts["rows"]))
        candidates = {at for at, _ in _best(shares, shares > 0, depth, ties=self._ranks)}
        candidates |= {at for at, _ in _best(nearest, everyone, depth, ties=self._places)}
        documents = sorted(candidates, key=lambda at: self._ranks[at])
        usual = by_row[self._arrays["background"]]
        evidence = Evidence(
            names=[f"{self._ranks[at]:010}" for at in documents],
            shares=shares[documents],
            cosines=nearest[documents],
            mean=float(usual.mean()),
            deviation=float(usual.std()),
        )
        scores = evidence.scores(self.facts["weight"])
        return [(documents[at], float(scores[at])) for at in best(evidence.names, scores, k)]

    def like(self, row: int, k: int) -> list[tuple[int, float]]:
        """Documents near a row, but its own."""
        codes = self._codes[row, : self.facts["dim"]].astype(np.float32)
        nearest = self._of_documents(cosines(self._codes, self._scales, codes * self._scales[row]))
        others = np.ones(len(nearest), np.bool_)
        others[self._document_of[row]] = False
        return _best(nearest, others, k, ties=self._places)

    def name_of(self, document: int) -> str:
        """The id of a document, as the site shows it."""
        row = int(self._first_rows[document])
        number = int(np.searchsorted(self._row_starts, row, side="right")) - 1
        return self._names(number)[row - int(self._row_starts[number])]

    @cached_property
    def _names(self) -> Callable[[int], list[str]]:
        @cache
        def opened(number: int) -> list[str]:
            return [row["id"] for row in json.loads(gzip.decompress(self._read(f"rows-{number:05}.json.gz")))]

        return opened

    def _of_documents(self, by_row: Floats) -> Floats:
        if "documents" not in self._arrays:
            return by_row
        highest = np.full(self.facts["documents"], -np.inf)
        np.maximum.at(highest, self._document_of, by_row)
        return highest

    # ---- words ----------------------------------------------------------------------------------------------

    def _shares(self, text: str) -> Floats:
        """The share of a query's information that each document holds, 0 to 1."""
        facts = self.facts["words"]
        counts = query_words(text, self._analysis, self._analyser)
        scores, highest = np.zeros(self.facts["documents"]), 0.0
        lengths = self._arrays["length_weights"][self._arrays["length_steps"]].astype(np.float64)
        for word, count in counts:
            frequency, documents, repeats = self._postings(word)
            weight = count * inverse_frequency(frequency, facts["texts"])
            highest += weight
            scores[documents] += weight * repeats / (repeats + lengths[documents])
        # The limit of all is `highest` times k1 + 1, which is a factor of each score, too.
        return np.round(scores / highest, DECIMALS) if highest else scores

    @cached_property
    def _analysis(self) -> Analysis:
        return Analysis(self.facts["words"]["analysis"], self.facts["words"]["language"])

    @cached_property
    def _analyser(self) -> Any:
        return self._analysis.analyser()

    def _postings(self, word: str) -> tuple[int, npt.NDArray[np.int64], Floats]:
        words, arrays = self._word_file(file_of(word, self.facts["words"]["files"]))
        if word not in words:
            return 0, np.empty(0, np.int64), np.empty(0)
        at = words[word]
        own = slice(int(arrays["starts"][at]), int(arrays["starts"][at + 1]))
        documents = np.cumsum(arrays["steps"][own].astype(np.int64))
        return int(arrays["frequencies"][at]), documents, arrays["counts"][own].astype(np.float64)

    @cached_property
    def _word_file(self) -> Callable[[int], tuple[Mapping[str, int], Mapping[str, npt.NDArray[Any]]]]:
        @cache
        def opened(number: int) -> tuple[Mapping[str, int], Mapping[str, npt.NDArray[Any]]]:
            arrays = unpacked(self._read(f"words-{number:05}.arrays"))
            words: Sequence[str] = arrays["words"].tobytes().decode().split("\n")
            return {word: at for at, word in enumerate(words)}, arrays

        return opened


def _best(
    scores: Floats, are_wanted: npt.NDArray[np.bool_], k: int, *, ties: npt.NDArray[np.int64]
) -> list[tuple[int, float]]:
    """The k highest of the wanted, equal ones by rising `ties`."""
    wanted = np.flatnonzero(are_wanted)
    order = wanted[np.lexsort((ties[wanted], -scores[wanted]))[:k]]
    return [(int(at), float(scores[at])) for at in order]
