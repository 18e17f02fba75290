"""A lexical index of texts in a folder: which of them hold a query's words, by BM25 (tantivy).

A text is folded (NFKC, lower case, no diacritics), cut into words, and the words are stemmed in the index's language. Scripts
that are written without blanks (Han, kana, Thai, Lao, Khmer, Burmese) are cut into single characters and pairs. A query is cut in the same
way and is never read as syntax.

The folder is whole when `build_words` or `update_words` returns, and never changes after: an update makes a new folder, which shares
the unchanged files with the old one by hard links. Publishing the folder under its final name is the caller's.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from transforms.errors import RequestError, RunError

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

Rows = Iterable[tuple[Sequence[str], Sequence[str]]]

# The name of the analysis stands in the index itself, so that a reader cuts its queries as the texts were cut.
_ANALYSIS = "words1-"
_META = "meta.json"
_ID, _BODY = "id", "body"
# Bytes. Longer "words" are blobs of base64, and would be most of the term dictionary.
_LONGEST_WORD = 128
_MOST_WORDS = 1024
_HEAP = 128 << 20
# Single precision sums a document's words in an order that depends on its segment: what differs beyond this is a tie.
_DECIMALS = 4
_WORD = r"[\p{Alphabetic}\p{M}\p{Nd}]+"
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U000323af]+"
)


def build_words(folder: str, rows: Rows, *, language: str = "en") -> None:
    """Makes the index of `rows`, batches of (ids, texts), in a new or empty folder. Ids are unique.

    Raises:
      RequestError: a language that has no stemmer here.
      RunError: the index could not be written.
    """
    import tantivy

    if language not in LANGUAGES:
        raise RequestError(f"no stemmer for language {language!r}: choose from {', '.join(LANGUAGES)}")
    os.makedirs(folder, exist_ok=True)
    schema = (
        tantivy.SchemaBuilder()
        .add_text_field(_ID, stored=True, tokenizer_name="raw", index_option="basic")
        .add_text_field(_BODY, tokenizer_name=_ANALYSIS + language, index_option="freq")
        .build()
    )
    try:
        _write(tantivy.Index(schema, path=folder, reuse=False), (), rows, language)
    except (OSError, ValueError) as error:
        raise RunError(f"{folder}: the words index could not be written: {error}") from error


def update_words(old: str, folder: str, *, removed: Iterable[str], added: Rows) -> None:
    """Makes the index of `old` without the ids `removed` and with the rows `added`, in a new or empty folder.

    Removal comes first: an id in both is a row that changed. An id that is not there is no error. `old` stays as it is, searchable.

    Raises:
      RequestError: `old` holds no whole words index of this format.
      RunError: the index could not be written.
    """
    import tantivy

    Words(old)
    os.makedirs(folder, exist_ok=True)
    for name in sorted(os.listdir(old)):
        # A segment's files are written once; tantivy replaces its two lists, and a link to those would be safe only by its grace.
        if name.endswith(".lock"):
            continue
        if name.endswith(".json"):
            shutil.copy2(os.path.join(old, name), os.path.join(folder, name))
        else:
            _link(os.path.join(old, name), os.path.join(folder, name))
    try:
        _write(tantivy.Index.open(folder), removed, added, _language(folder))
    except (OSError, ValueError) as error:
        raise RunError(f"{folder}: the words index could not be written: {error}") from error


class Words:
    """An index, opened to be searched: by several threads at once, memory-mapped, never written to.

    Raises:
      RequestError: the folder holds no whole words index of this format.
    """

    def __init__(self, folder: str) -> None:
        import tantivy

        language = _language(folder)
        try:
            index = tantivy.Index.open(folder)
            # The folder never changes: nobody needs to watch it.
            index.config_reader("manual")
            self._searcher = index.searcher()
        except (OSError, ValueError) as error:
            raise RequestError(f"{folder}: the words index is damaged, build it again: {error}") from error
        self._schema = index.schema
        self._analyser = _analyser(language)

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def search(self, text: str, k: int, *, skip: int = 0) -> list[tuple[str, float]]:
        """The `k` best (id, score) after the first `skip`, best first, equal scores in the order of ids.

        Any text is a query: nothing in it is syntax, and what has no words finds nothing. Of a long one the most repeated 1024 words
        count, earlier ones first.
        """
        wanted = skip + k
        query = self._query(text)
        if query is None or k < 1:
            return []
        limit = wanted + 16
        while True:
            hits = [
                (round(score, _DECIMALS), at) for score, at in self._searcher.search(query, limit, count=False).hits
            ]
            # Ties with the last one wanted could lie beyond the limit.
            if len(hits) < limit or hits[-1][0] < hits[wanted - 1][0]:
                break
            limit *= 4
        if len(hits) > wanted:
            hits = [hit for hit in hits if hit[0] >= hits[wanted - 1][0]]
        named = [(str(self._searcher.doc(at).get_first(_ID)), score) for score, at in hits]
        return sorted(named, key=lambda hit: (-hit[1], hit[0]))[skip:wanted]

    def _query(self, text: str) -> Any:
        import tantivy

        counts = Counter(self._analyser.analyze(_spaced(text, singles=False)))
        words = [
            (tantivy.Occur.Should, tantivy.Query.boost_query(self._word(word), float(count)))
            for word, count in counts.most_common(_MOST_WORDS)
        ]
        return tantivy.Query.boolean_query(words) if words else None

    def _word(self, word: str) -> Any:
        import tantivy

        return tantivy.Query.term_query(self._schema, _BODY, word, index_option="freq")


def _write(index: Any, removed: Iterable[str], added: Rows, language: str) -> None:
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


def _language(folder: str) -> str:
    try:
        with open(os.path.join(folder, _META), encoding="utf-8") as stream:
            fields = json.load(stream)["schema"]
        name = next(field["options"]["indexing"]["tokenizer"] for field in fields if field["name"] == _BODY)
    except FileNotFoundError as error:
        raise RequestError(f"{folder} holds no words index: build the index again") from error
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
        raise RequestError(f"{folder}: the words index is damaged, build it again: {error}") from error
    language = name.removeprefix(_ANALYSIS)
    if language == name or language not in LANGUAGES:
        raise RequestError(f"{folder}: the words index is of another version ({name}): build it again")
    return str(language)


def _link(path: str, to: str) -> None:
    try:
        os.link(path, to)
    except OSError:
        shutil.copy2(path, to)
