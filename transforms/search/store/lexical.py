"""Builds, updates and searches a lexical index of texts: finds those that hold a query's words, ranked by BM25 (tantivy).

Texts and queries are cut into words by the analysis that the index was built with (`transforms.search.store.analysis`); of a
query, stop words of its language are left out.

A score is the text's BM25 over the highest that any text could have for the query: the share of the query's information
that the text holds, 0 to 1. So scores of different queries compare, and a low best score says that words are a poor guide
for this query.

The folder is whole when `build_lexical_index` or `update_lexical_index` returns, and never changes after: an update makes
a new folder, which shares the unchanged files with the old one by hard links. Publishing it under its final name is up to
the caller.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from transforms.common.errors import RequestError, RunError, one_line
from transforms.search.store.analysis import NEWEST, Analysis, require_language
from transforms.search.store.stop_words import without_stop_words
from transforms.storage import files, local_disk

DocumentBatches = Iterable[tuple[Sequence[str], Sequence[str]]]
"""Batches of (ids, texts)."""

_META = "meta.json"
_LISTS = (_META, ".managed.json")
_ID, _BODY = "id", "body"
SATURATION, LENGTH_SHARE = 1.2, 0.75
"""k1 and b of BM25."""
# What a word's weight in a text approaches, however often it is repeated.
_MOST = SATURATION + 1
_MOST_WORDS = 1024
_HEAP = 128 << 20
# Single precision sums a text's words in an order that depends on its segment: what differs beyond this is a tie.
DECIMALS = 6


def build_lexical_index(folder: str, rows: DocumentBatches, *, language: str = "en") -> None:
    """Builds the index of `rows`, batches of (ids, texts), in a new or empty folder. Ids are unique.

    Raises:
      RequestError: the language has no stemmer.
      RunError: the index could not be written.
    """
    import tantivy

    require_language(language)
    analysis = Analysis(NEWEST, language)
    files.make_folder(folder)
    schema = (
        tantivy.SchemaBuilder()
        .add_text_field(_ID, stored=True, tokenizer_name="raw", index_option="basic")
        .add_text_field(_BODY, tokenizer_name=analysis.name, index_option="freq")
        .build()
    )
    try:
        _write(tantivy.Index(schema, path=folder, reuse=False), (), rows, analysis)
        _finish(folder)
    except (OSError, ValueError) as error:
        raise RunError(f"{folder}: the words index could not be written: {one_line(error)}") from error


def update_lexical_index(old: str, folder: str, *, removed: Iterable[str], added: DocumentBatches) -> None:
    """Builds the index of `old` without the ids `removed` and with the rows `added`, in a new or empty folder.

    Removal comes first: an id in both is a row that changed. Removing an id that is not in `old` is no error. `old` stays
    as it is, searchable. The new one keeps its analysis: an index never holds texts of two.

    Raises:
      RequestError: `old` holds no whole words index of this format.
      RunError: the index could not be written.
    """
    import tantivy

    LexicalIndex(old)
    files.make_folder(folder)
    _mirror(old, folder, local_disk.link_or_copy)
    try:
        _write(tantivy.Index.open(folder), removed, added, _analysis(folder, _meta(folder)))
        _finish(folder)
    except (OSError, ValueError) as error:
        raise RunError(f"{folder}: the words index could not be written: {one_line(error)}") from error


def has_newest_analysis(folder: str) -> bool:
    """Whether the index's texts were cut as a new build would cut them.

    Raises:
      RequestError: the folder holds no whole words index of this format.
    """
    return _analysis(folder, _meta(folder)).version == NEWEST


def language_of(folder: str) -> str:
    """The language whose stems and stop words the index has, or "none".

    Raises:
      RequestError: the folder holds no whole words index of this format.
    """
    return _analysis(folder, _meta(folder)).language


def inverse_frequency(frequency: int, texts: int) -> float:
    """How much a word tells that so many of the texts hold: BM25's inverse document frequency."""
    return math.log1p((texts - frequency + 0.5) / (frequency + 0.5))


def query_words(text: str, analysis: Analysis, analyser: Any) -> list[tuple[str, int]]:
    """The words of a query that count, and how often each is in it.

    Args:
      analyser: that of the analysis.
    """
    asked = without_stop_words(text, analysis.language)
    words: list[str] = analyser.analyze(analysis.prepared(asked, is_query=True))
    return Counter(words).most_common(_MOST_WORDS)


class LexicalIndex:
    """An opened lexical index, memory-mapped and never written to. Safe to search from several threads.

    Raises:
      RequestError: the folder holds no whole words index of this format.
    """

    def __init__(self, folder: str) -> None:
        import tantivy

        meta = _meta(folder)
        # Opening takes a lock, which is a file that tantivy writes: it gets a folder of links for that, and the maps outlive it.
        with local_disk.scratch() as links:
            _mirror(folder, links, local_disk.link_symbolically)
            try:
                index = tantivy.Index.open(links)
                # The folder never changes: nobody needs to watch it.
                index.config_reader("manual")
                self._searcher = index.searcher()
            except (OSError, ValueError) as error:
                raise RequestError(
                    f"{folder}: the words index is damaged, build it again: {one_line(error)}"
                ) from error
        self._schema = index.schema
        self._analysis = _analysis(folder, meta)
        self._analyser = self._analysis.analyser()
        # Texts that were removed count in BM25 until a merge drops them.
        self._total = sum(segment["max_doc"] for segment in meta["segments"])

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def search(self, text: str, k: int, *, skip: int = 0) -> list[tuple[str, float]]:
        """Finds the `k` best (id, score) after the first `skip`, best first, equal scores in the order of ids.

        Any text is a query: nothing in it is syntax, and what has no words finds nothing. Stop words count where it has no
        others; of a long one the 1024 most repeated words count, of equally repeated ones the first.
        """
        counts = self._counts(text)
        wanted = skip + k
        if not counts or k < 1:
            return []
        query, highest = self._query(counts), self._highest(counts)
        limit = wanted + 16
        while True:
            found = self._searcher.search(query, limit, count=False).hits
            hits = [(round(score / highest, DECIMALS), at) for score, at in found]
            # Ties with the last one wanted could lie beyond the limit.
            if len(hits) < limit or hits[-1][0] < hits[wanted - 1][0]:
                break
            limit *= 4
        if len(hits) > wanted:
            hits = [hit for hit in hits if hit[0] >= hits[wanted - 1][0]]
        named = [(str(self._searcher.doc(at).get_first(_ID)), score) for score, at in hits]
        return sorted(named, key=lambda hit: (-hit[1], hit[0]))[skip:wanted]

    def scores(self, text: str, ids: Sequence[str]) -> dict[str, float]:
        """The scores of some of the texts for a query; texts without a word of it are left out."""
        from tantivy import Occur, Query

        counts = self._counts(text)
        if not counts or not ids:
            return {}
        wanted = Query.const_score_query(Query.term_set_query(self._schema, _ID, list(ids)), 0.0)
        query = Query.boolean_query([(Occur.Must, wanted), (Occur.Must, self._query(counts))])
        found = self._searcher.search(query, len(ids), count=False).hits
        highest = self._highest(counts)
        return {str(self._searcher.doc(at).get_first(_ID)): round(score / highest, DECIMALS) for score, at in found}

    def shares(self, text: str, passages: Sequence[str]) -> list[float]:
        """The share of a query's information whose words stand in each of some passages, 0 to 1."""
        weights = {word: count * self._weight(word) for word, count in self._counts(text)}
        total = sum(weights.values()) or 1.0
        return [
            sum(weights[word] for word in sorted(weights.keys() & set(self._words(passage, is_query=False)))) / total
            for passage in passages
        ]

    @property
    def analysis(self) -> Analysis:
        """By which its texts and queries are cut into words."""
        return self._analysis

    @property
    def text_count(self) -> int:
        """The number of texts that BM25 counts: those that were removed until a merge drops them."""
        return self._total

    def words(self, text: str) -> list[str]:
        """The words of a text, as the index holds them."""
        return self._words(text, is_query=False)

    def frequency(self, word: str) -> int:
        """The number of texts that hold a word of the index."""
        return int(self._searcher.doc_freq(_BODY, word))

    def word_scores(self, word: str) -> dict[str, float]:
        """BM25 of a word of the index in each text that holds it, by id."""
        from tantivy import Query

        limit = max(self.frequency(word), 1)
        query = Query.term_query(self._schema, _BODY, word, index_option="freq")
        found = self._searcher.search(query, limit, count=False).hits
        return {str(self._searcher.doc(at).get_first(_ID)): score for score, at in found}

    def count(self, text: str) -> int:
        """The number of words of a text."""
        return len(self._words(text, is_query=False))

    def bm25(self, text: str, passages: Sequence[str], *, mean_words: float) -> list[float]:
        """BM25 of a query and some passages that need not be in the index, up to a factor that is the same for all.

        Args:
          mean_words: of a text of the index.
        """
        weights = {word: count * self._weight(word) for word, count in self._counts(text)}
        scores = []
        for passage in passages:
            words = Counter(self._words(passage, is_query=False))
            length = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * words.total() / mean_words)
            scores.append(sum(weights[word] * words[word] / (words[word] + length) for word in sorted(weights)))
        return scores

    def _words(self, text: str, *, is_query: bool) -> list[str]:
        words: list[str] = self._analyser.analyze(self._analysis.prepared(text, is_query=is_query))
        return words

    def _weight(self, word: str) -> float:
        return inverse_frequency(self.frequency(word), self._total)

    def _counts(self, text: str) -> list[tuple[str, int]]:
        return query_words(text, self._analysis, self._analyser)

    def _query(self, counts: list[tuple[str, int]]) -> Any:
        from tantivy import Occur, Query

        words = [(Query.term_query(self._schema, _BODY, word, index_option="freq"), count) for word, count in counts]
        return Query.boolean_query([(Occur.Should, Query.boost_query(word, float(count))) for word, count in words])

    def _highest(self, counts: list[tuple[str, int]]) -> float:
        """The limit of BM25 for a text that consists of all words of the query, endlessly repeated."""
        return _MOST * sum(count * self._weight(word) for word, count in counts)


def _write(index: Any, removed: Iterable[str], added: DocumentBatches, analysis: Analysis) -> None:
    import tantivy

    index.register_tokenizer(analysis.name, analysis.analyser())
    # With one thread, the same rows in the same order make the same segments.
    writer = index.writer(_HEAP, 1)
    for name in removed:
        writer.delete_documents_by_term(_ID, name)
    for names, texts in added:
        for name, text in zip(names, texts, strict=True):
            writer.add_document(tantivy.Document(**{_ID: name, _BODY: analysis.prepared(text, is_query=False)}))
    writer.commit()
    writer.wait_merging_threads()


def _finish(folder: str) -> None:
    """Removes lock files, and makes tantivy's lists readable for all as other files are: it makes them private."""
    for name in files.names(folder):
        path = files.join(folder, name)
        if name.endswith(".lock"):
            files.delete([path])
        elif name in _LISTS:
            files.write(path, files.read(path))


def _mirror(folder: str, to: str, link: Callable[[str, str], None]) -> None:
    """Links the files of an index into another folder. Segments are written once; the lists are replaced, and so are copied."""
    for name in files.names(folder):
        source, target = files.join(folder, name), files.join(to, name)
        if name in _LISTS:
            files.write(target, files.read(source))
        elif not name.startswith("."):
            link(source, target)


def _meta(folder: str) -> dict[str, Any]:
    try:
        meta: dict[str, Any] = json.loads(files.read(files.join(folder, _META)))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RequestError(f"{folder} holds no words index: build the index again") from error
    except (OSError, ValueError) as error:
        raise RequestError(f"{folder}: the words index is damaged, build it again: {error}") from error
    return meta


def _analysis(folder: str, meta: dict[str, Any]) -> Analysis:
    named = [field["options"]["indexing"]["tokenizer"] for field in meta["schema"] if field["name"] == _BODY]
    analysis = Analysis.of_name(named[0]) if named else None
    if analysis is None:
        raise RequestError(f"{folder}: the words index is of another version: build the index again")
    return analysis
