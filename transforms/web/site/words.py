"""Writes the lexical index of a site: which documents hold which words how often, in files of which a query fetches a few.

A word is in the file of the number `file_of(word)`. BM25 is that of the index itself: its frequencies, its mean length of a text,
and lengths in tantivy's 256 steps (`fieldnorm/code.rs` there).
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as resources
from typing import Any

import numpy as np
import numpy.typing as npt

from transforms.search.store.lexical import LENGTH_SHARE, SATURATION, LexicalIndex, inverse_frequency
from transforms.search.store.stop_words import OF_TANTIVY, OWN
from transforms.web.arrays_file import packed

_POSTINGS_OF_A_FILE = 16_384
_EXACT_LENGTHS = 24
_PROBED = 64


@dataclass(frozen=True, kw_only=True)
class Words:
    """The words of all documents.

    Attributes:
      names: the ids of the documents, by number.
      postings: of each word, the numbers of the documents that hold it, rising, and how often each does.
      lengths: the number of words of each document, int64 [n].
    """

    names: Sequence[str]
    postings: Mapping[str, tuple[array[int], array[int]]]
    lengths: npt.NDArray[np.int64]

    @property
    def file_count(self) -> int:
        """The number of files of the words."""
        count = sum(len(documents) for documents, _ in self.postings.values())
        return max(-(-count // _POSTINGS_OF_A_FILE), 1)


def words_of(lexical: LexicalIndex, documents: Iterable[tuple[list[str], list[str]]], names: Sequence[str]) -> Words:
    """Counts the words of documents, which come as ids and texts, by the analysis of the index.

    Args:
      names: the ids of all documents: their places are their numbers in the site.
    """
    numbers = {name: number for number, name in enumerate(names)}
    postings: dict[str, tuple[array[int], array[int]]] = {}
    lengths = np.zeros(len(names), np.int64)
    for some, texts in documents:
        for name, text in zip(some, texts, strict=True):
            words = lexical.words(text)
            number = numbers[name]
            lengths[number] = len(words)
            for word, count in Counter(words).items():
                own = postings.setdefault(word, (array("I"), array("I")))
                own[0].append(number)
                own[1].append(count)
    return Words(names=names, postings=postings, lengths=lengths)


def word_files(words: Words, lexical: LexicalIndex) -> Iterator[tuple[str, bytes]]:
    """Yields name and content of each file: words, their frequencies, and from `starts[i]` on the documents of the i-th."""
    count = words.file_count
    by_file: list[list[str]] = [[] for _ in range(count)]
    for word in sorted(words.postings):
        by_file[file_of(word, count)].append(word)
    for number, own in enumerate(by_file):
        steps, counts = [np.empty(0, np.uint32)], [np.empty(0, np.uint32)]
        for word in own:
            documents, repeats = (np.frombuffer(one, np.uintc) for one in words.postings[word])
            order = np.argsort(documents, kind="stable")
            # Differences are small numbers, which gzip makes short.
            steps.append(np.diff(documents[order], prepend=np.uintc(0)).astype(np.uint32))
            counts.append(repeats[order].astype(np.uint32))
        sizes = [len(words.postings[word][0]) for word in own]
        yield (
            f"words-{number:05}.arrays",
            packed(
                {
                    "words": np.frombuffer("\n".join(own).encode(), np.uint8),
                    "frequencies": np.array([lexical.frequency(word) for word in own], np.uint32),
                    "starts": np.cumsum([0, *sizes]).astype(np.uint32),
                    "steps": np.concatenate(steps),
                    "counts": np.concatenate(counts),
                }
            ),
        )


def file_of(word: str, count: int) -> int:
    """The number of the file that a word is in: FNV-1a of its UTF-8, 32 bits."""
    value = 0x811C9DC5
    for byte in word.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value % count


def length_arrays(words: Words, lexical: LexicalIndex) -> dict[str, npt.NDArray[Any]]:
    """The step of each document's length, uint8 [n], and what BM25 adds to a count for each step, float32 [256]."""
    steps = length_steps()
    own = np.searchsorted(steps, words.lengths, side="right") - 1
    mean = _mean_length(words, lexical, steps[own])
    return {
        "length_steps": own.astype(np.uint8),
        "length_weights": (SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * steps / mean)).astype(np.float32),
    }


def length_steps() -> npt.NDArray[np.int64]:
    """tantivy's 256 lengths of a text: a longer one counts as the next shorter step."""
    rest = np.arange(256 - _EXACT_LENGTHS)
    shifted = (rest & 7 | 8) << np.maximum(rest // 8 - 1, 0)
    return np.concatenate([np.arange(_EXACT_LENGTHS), _EXACT_LENGTHS + np.where(rest < 8, rest, shifted)])


def _mean_length(words: Words, lexical: LexicalIndex, lengths: npt.NDArray[np.int64]) -> float:
    """The mean length of a text that the index itself counts by: of an updated one it includes texts that are gone.

    It follows from the score of a word in a document, whose other parts are known.
    """
    mean = float(words.lengths.mean()) if len(words.lengths) else 1.0
    if lexical.text_count == len(words.lengths):
        return mean or 1.0
    found = []
    for word in sorted(words.postings, key=lambda one: (abs(len(words.postings[one][0]) - _PROBED), one))[:_PROBED]:
        weight = inverse_frequency(lexical.frequency(word), lexical.text_count) * (SATURATION + 1)
        scores = lexical.word_scores(word)
        for document, count in zip(*words.postings[word], strict=True):
            score = scores.get(words.names[document])
            if score:
                beside = count * (weight / score - 1) / SATURATION - (1 - LENGTH_SHARE)
                found.append(LENGTH_SHARE * int(lengths[document]) / max(beside, 1e-9))
    return float(np.median(found)) if found else mean or 1.0


def analysis_facts(language: str) -> dict[str, Any]:
    """What JavaScript must know to cut a query into words: how letters are folded to ASCII, and the stop words."""
    return {"language": language, "folding": _folding(), "stop_words": _stop_words(language)}


def _stop_words(language: str) -> list[str] | None:
    if language in OWN:
        return OWN[language].split()
    if language not in OF_TANTIVY:
        return None
    content = resources("transforms.web.site").joinpath("stemmers").joinpath("stop_words.json").read_text("utf-8")
    found: list[str] = json.loads(content)[language]
    return found


@cache
def _folding() -> dict[str, str]:
    """The letters that tantivy writes in ASCII, and how."""
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    fold = TextAnalyzerBuilder(Tokenizer.raw()).filter(Filter.ascii_fold()).build()
    letters = [chr(code) for code in range(0x80, 0x10000) if not 0xD800 <= code < 0xE000]
    return {letter: folded for letter in letters if (folded := "".join(fold.analyze(letter))) != letter}
