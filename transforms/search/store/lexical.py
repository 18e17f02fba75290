"""Builds, updates and searches a lexical index of texts: finds those that hold a query's words, ranked by BM25 (tantivy).

A text is folded (NFKC, lower case, no diacritics), cut into words, and the words are stemmed in the index's language.
Scripts that are written without blanks (Han, kana, Thai, Lao, Khmer, Burmese) are cut into single characters and pairs.
A query is cut in the same way and is never read as syntax.

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
import os
import re
import shutil
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from transforms.common.errors import RequestError, RunError, one_line
from transforms.storage import files

LANGUAGES = {
    "none": "",
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}

DocumentBatches = Iterable[tuple[Sequence[str], Sequence[str]]]
"""Batches of (ids, texts)."""

# The name of the analysis stands in the index itself, so that a reader cuts its queries as the texts were cut.
_ANALYSIS = "words1-"
_META = "meta.json"
_LISTS = (_META, ".managed.json")
_ID, _BODY = "id", "body"
# tantivy's k1 + 1: what a word's weight in a text approaches, however often it is repeated.
_MOST = 2.2
# Bytes. Longer "words" are blobs of base64, and would be most of the term dictionary.
_LONGEST_WORD = 128
_MOST_WORDS = 1024
_HEAP = 128 << 20
# Single precision sums a text's words in an order that depends on its segment: what differs beyond this is a tie.
_DECIMALS = 6
_WORD = r"[\p{Alphabetic}\p{M}\p{Nd}]+"
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U000323af]+"
)


def require_language(language: str) -> None:
    """Refuses a language without a stemmer.

    Raises:
      RequestError: the language has none.
    """
    if language not in LANGUAGES:
        raise RequestError(f"no stemmer for language {language!r}: choose from {', '.join(LANGUAGES)}")


def build_lexical_index(folder: str, rows: DocumentBatches, *, language: str = "en") -> None:
    """Builds the index of `rows`, batches of (ids, texts), in a new or empty folder. Ids are unique.

    Raises:
      RequestError: the language has no stemmer.
      RunError: the index could not be written.
    """
    import tantivy

    require_language(language)
    os.makedirs(folder, exist_ok=True)
    schema = (
        tantivy.SchemaBuilder()
        .add_text_field(_ID, stored=True, tokenizer_name="raw", index_option="basic")
        .add_text_field(_BODY, tokenizer_name=_ANALYSIS + language, index_option="freq")
        .build()
    )
    try:
        _write(tantivy.Index(schema, path=folder, reuse=False), (), rows, language)
        _finish(folder)
    except (OSError, ValueError) as error:
        raise RunError(f"{folder}: the words index could not be written: {one_line(error)}") from error


def update_lexical_index(old: str, folder: str, *, removed: Iterable[str], added: DocumentBatches) -> None:
    """Builds the index of `old` without the ids `removed` and with the rows `added`, in a new or empty folder.

    Removal comes first: an id in both is a row that changed. Removing an id that is not in `old` is no error. `old` stays
    as it is, searchable.

    Raises:
      RequestError: `old` holds no whole words index of this format.
      RunError: the index could not be written.
    """
    import tantivy

    LexicalIndex(old)
    os.makedirs(folder, exist_ok=True)
    _mirror(old, folder, _link)
    try:
        _write(tantivy.Index.open(folder), removed, added, _language(folder, _meta(folder)))
        _finish(folder)
    except (OSError, ValueError) as error:
        raise RunError(f"{folder}: the words index could not be written: {one_line(error)}") from error


class LexicalIndex:
    """An opened lexical index, memory-mapped and never written to. Safe to search from several threads.

    Raises:
      RequestError: the folder holds no whole words index of this format.
    """

    def __init__(self, folder: str) -> None:
        import tantivy

        meta = _meta(folder)
        # Opening takes a lock, which is a file that tantivy writes: it gets a folder of links for that, and the maps outlive it.
        # A reload that tantivy began may write its lock while the folder is removed: what is left goes with the second try.
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as links:
            _mirror(os.path.abspath(folder), links, os.symlink)
            try:
                index = tantivy.Index.open(links)
                # The folder never changes: nobody needs to watch it.
                index.config_reader("manual")
                self._searcher = index.searcher()
            except (OSError, ValueError) as error:
                raise RequestError(
                    f"{folder}: the words index is damaged, build it again: {one_line(error)}"
                ) from error
        shutil.rmtree(links, ignore_errors=True)
        self._schema = index.schema
        self._analyser = _analyser(_language(folder, meta))
        # Texts that were removed count in BM25 until a merge drops them.
        self._total = sum(segment["max_doc"] for segment in meta["segments"])

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def search(self, text: str, k: int, *, skip: int = 0) -> list[tuple[str, float]]:
        """Finds the `k` best (id, score) after the first `skip`, best first, equal scores in the order of ids.

        Any text is a query: nothing in it is syntax, and what has no words finds nothing. Of a long one the 1024 most
        repeated words count, of equally repeated ones the first.
        """
        counts = self._counts(text)
        wanted = skip + k
        if not counts or k < 1:
            return []
        query, highest = self._query(counts), self._highest(counts)
        limit = wanted + 16
        while True:
            found = self._searcher.search(query, limit, count=False).hits
            hits = [(round(score / highest, _DECIMALS), at) for score, at in found]
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
        return {str(self._searcher.doc(at).get_first(_ID)): round(score / highest, _DECIMALS) for score, at in found}

    def shares(self, text: str, passages: Sequence[str]) -> list[float]:
        """The share of a query's information whose words stand in each of some passages, 0 to 1."""
        weights = {word: count * self._weight(word) for word, count in self._counts(text)}
        total = sum(weights.values()) or 1.0
        return [
            sum(weights[word] for word in sorted(weights.keys() & set(self._analyser.analyze(self._cut(passage)))))
            / total
            for passage in passages
        ]

    def _cut(self, passage: str) -> str:
        return _spaced(passage, singles=True)

    def _weight(self, word: str) -> float:
        frequency = self._searcher.doc_freq(_BODY, word)
        return math.log1p((self._total - frequency + 0.5) / (frequency + 0.5))

    def _counts(self, text: str) -> list[tuple[str, int]]:
        return Counter(self._analyser.analyze(_spaced(text, singles=False))).most_common(_MOST_WORDS)

    def _query(self, counts: list[tuple[str, int]]) -> Any:
        from tantivy import Occur, Query

        words = [(Query.term_query(self._schema, _BODY, word, index_option="freq"), count) for word, count in counts]
        return Query.boolean_query([(Occur.Should, Query.boost_query(word, float(count))) for word, count in words])

    def _highest(self, counts: list[tuple[str, int]]) -> float:
        """The limit of BM25 for a text that consists of all words of the query, endlessly repeated."""
        return _MOST * sum(count * self._weight(word) for word, count in counts)


def _write(index: Any, removed: Iterable[str], added: DocumentBatches, language: str) -> None:
    import tantivy

    index.register_tokenizer(_ANALYSIS + language, _analyser(language))
    # With one thread, the same rows in the same order make the same segments.
    writer = index.writer(_HEAP, 1)
    for name in removed:
        writer.delete_documents_by_term(_ID, name)
    for names, texts in added:
        for name, text in zip(names, texts, strict=True):
            writer.add_document(tantivy.Document(**{_ID: name, _BODY: _spaced(text, singles=True)}))
    writer.commit()
    writer.wait_merging_threads()


def _finish(folder: str) -> None:
    """Removes lock files, and makes tantivy's lists readable for all as other files are: it makes them private."""
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name.endswith(".lock"):
            os.remove(path)
        elif name in _LISTS:
            files.write(path, files.read(path))


def _mirror(folder: str, to: str, link: Callable[[str, str], None]) -> None:
    """Links the files of an index into another folder. Segments are written once; the lists are replaced, and so are copied."""
    for name in os.listdir(folder):
        if name in _LISTS:
            shutil.copyfile(os.path.join(folder, name), os.path.join(to, name))
        elif not name.startswith("."):
            link(os.path.join(folder, name), os.path.join(to, name))


def _analyser(language: str) -> Any:
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    # tantivy's own word pattern ends a word at every combining vowel of Hindi or Thai.
    builder = TextAnalyzerBuilder(Tokenizer.regex(_WORD)).filter(Filter.remove_long(_LONGEST_WORD))
    builder = builder.filter(Filter.lowercase()).filter(Filter.ascii_fold())
    stemmer = LANGUAGES[language]
    return (builder.filter(Filter.stemmer(stemmer)) if stemmer else builder).build()


def _spaced(text: str, *, singles: bool) -> str:
    """The text with each run of an unspaced script as pairs of characters; with `singles`, each character by itself too."""
    if text.isascii():
        return text
    # A lone surrogate (from a terminal that is not UTF-8) is no text to tantivy.
    plain = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode("utf-8"))

    def cut(run: re.Match[str]) -> str:
        characters = run[0]
        pairs = [characters[i : i + 2] for i in range(len(characters) - 1)]
        return f" {' '.join([*pairs, *characters] if singles else pairs or characters)} "

    return _UNSPACED.sub(cut, plain)


def _meta(folder: str) -> dict[str, Any]:
    try:
        with open(os.path.join(folder, _META), encoding="utf-8") as stream:
            meta: dict[str, Any] = json.load(stream)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RequestError(f"{folder} holds no words index: build the index again") from error
    except (OSError, ValueError) as error:
        raise RequestError(f"{folder}: the words index is damaged, build it again: {error}") from error
    return meta


def _language(folder: str, meta: dict[str, Any]) -> str:
    named = [field["options"]["indexing"]["tokenizer"] for field in meta["schema"] if field["name"] == _BODY]
    language = named[0].removeprefix(_ANALYSIS) if named else ""
    if not named or named == [language] or language not in LANGUAGES:
        raise RequestError(f"{folder}: the words index is of another version: build the index again")
    return str(language)


def _link(path: str, to: str) -> None:
    try:
        os.link(path, to)
    except OSError:
        shutil.copy2(path, to)
