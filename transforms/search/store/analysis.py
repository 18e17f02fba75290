"""Cuts texts and queries into the words of a lexical index.

A text is folded (compatibility forms, lower case, no diacritics), cut into words, and the words are stemmed in the index's
language. Scripts that are written without blanks (Han, kana, Thai, Lao, Khmer, Burmese), and Hangul, whose particles are
written onto the noun, are cut into single characters and pairs. A query is cut in the same way and is never read as syntax.

Names with marks are words, too. A letter with a mark behind it is another word than the letter: C++, C#, A+. All other names
are found by their parts as well: notepad++, .NET, #hashtag, AT&T, 3.11, e-mail and node.js (as email and nodejs, too: a hyphen
beside a letter and a dot between letters make no difference). An emoji is a word.

An index states the name of its analysis, and its queries are cut by that one, whatever a newer release does. words1 knows
neither names, Hangul nor emoji, keeps the diacritics of other scripts than Latin, and ends a word at a soft hyphen.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import partial
from typing import Any

from transforms.common.errors import RequestError

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

NEWEST = 2
"""The version of the analysis that new indexes are built with."""

# Bytes. Longer "words" are blobs of base64, and would be most of the term dictionary.
_LONGEST_WORD = 128
# tantivy's own word pattern ends a word at every combining vowel of Hindi or Thai.
_WORD = r"[\p{Alphabetic}\p{M}\p{Nd}]+"
# Stands before a word that holds marks. No text has one: to Python it is a blank, at which texts are split first.
_WHOLE = "\x1f"
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U000323af"
)
_UNSPACED_RUNS = {1: re.compile(f"[{_UNSPACED}]+"), 2: re.compile(f"[{_UNSPACED}\uac00-\ud7a3]+")}
# Diacritics, vowel points and tatweel, and what is invisible within a word: soft hyphen, joiners, variation selectors. The breve
# is not among them: it makes another letter of a Cyrillic one, which the Russian stemmer knows.
_UNSEEN = re.compile(
    "[\u0300-\u0305\u0307-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u00ad\u200d\u2060\ufe00-\ufe0f\ufeff]"
)
_HYPHEN = "\u2010"

# Nearly all words have at most punctuation around them; only the others are searched for names, which takes longer.
_OPENING, _CLOSING = "('\"", ".,;:!?)'\""
_LETTER, _CHARACTER = r"[^\W\d_]", r"[^\W_]"
# Not the plus of a+b and x+1; C++17 and C#8 are C++ and C#.
_SUFFIX = rf"(?:\+\+(?!\+|{_LETTER})|\+(?![\w+])|#(?!#|{_LETTER}))"
_PART = rf"{_CHARACTER}+{_SUFFIX}?"
_NAME = re.compile(
    rf"(?<![\w.#&])[.#](?={_LETTER}){_PART}(?:[-.&]{_PART})*"
    rf"|(?<!{_CHARACTER}){_CHARACTER}+(?:{_SUFFIX}(?:[-.&]{_PART})*|(?:[-.&]{_PART})+)"
)
# Of e-mail and node.js, but not of 3.11, v1.2 or U.S.
_LEFT_OUT = re.compile(
    rf"(?<!\d)-|-(?!\d)|(?<={_LETTER}{_LETTER})\.(?={_LETTER})|(?<={_LETTER})\.(?={_LETTER}{_LETTER})"
)


def require_language(language: str) -> None:
    """Refuses a language without a stemmer.

    Raises:
      RequestError: the language has none.
    """
    if language not in LANGUAGES:
        raise RequestError(f"no stemmer for language {language!r}: choose from {', '.join(LANGUAGES)}")


@dataclass(frozen=True)
class Analysis:
    """One way to cut texts: a version of the rules, and the language of the stems."""

    version: int
    language: str

    @staticmethod
    def of_name(name: str) -> Analysis | None:
        """The analysis of this name; None where this release has none of it."""
        found = re.fullmatch(r"words([12])-(.*)", name)
        return Analysis(int(found[1]), found[2]) if found and found[2] in LANGUAGES else None

    @property
    def name(self) -> str:
        """What an index calls it: `words2-en`."""
        return f"words{self.version}-{self.language}"

    def prepared(self, text: str, *, is_query: bool) -> str:
        """The text as `analyser` takes it: it cuts this into the words that count.

        The query 東京都 is 東京 and 京都; in a text each character is a word, too, so that 都 finds it.
        """
        cut = partial(_unspaced_words, is_query=is_query)
        runs = _UNSPACED_RUNS[self.version]
        if self.version == 1:
            return text if text.isascii() else runs.sub(cut, unicodedata.normalize("NFKC", _encodable(text)))
        plain = text if text.isascii() else runs.sub(cut, _folded(text))
        return " ".join(
            word if word.isalnum() or word.rstrip(_CLOSING).lstrip(_OPENING).isalnum() else _with_names(word)
            for word in plain.split()
        )

    def analyser(self) -> Any:
        """The tantivy analyser of prepared texts and queries."""
        from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

        word = _WORD if self.version == 1 else rf"{_WHOLE}[^\s{_WHOLE}]+|{_WORD}|\p{{Extended_Pictographic}}"
        builder = TextAnalyzerBuilder(Tokenizer.regex(word)).filter(Filter.remove_long(_LONGEST_WORD))
        builder = builder.filter(Filter.lowercase()).filter(Filter.ascii_fold())
        stemmer = LANGUAGES[self.language]
        return (builder.filter(Filter.stemmer(stemmer)) if stemmer else builder).build()


def _encodable(text: str) -> str:
    """The text without lone surrogates (from a terminal that is not UTF-8), which are no text to tantivy."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _folded(text: str) -> str:
    seen = _UNSEEN.sub("", unicodedata.normalize("NFKD", _encodable(text)))
    return unicodedata.normalize("NFC", seen).replace(_HYPHEN, "-")


def _unspaced_words(run: re.Match[str], *, is_query: bool) -> str:
    characters = run[0]
    pairs = [characters[i : i + 2] for i in range(len(characters) - 1)]
    return f" {' '.join((pairs or characters) if is_query else [*pairs, *characters])} "


def _with_names(text: str) -> str:
    """The text, without blanks, with the words of each name in its place."""
    # To `re` a vowel sign is no part of a word: it would end a name there.
    if not text.isascii() and any(unicodedata.category(character)[0] == "M" for character in text):
        return text
    return _NAME.sub(_name_words, text)


def _name_words(found: re.Match[str]) -> str:
    name = found[0]
    pieces = name.split("-")
    parts = []
    for part in re.split("[-.&]", name):
        word = part.strip("+#")
        parts += [part if len(word) == 1 else word] if word else []
    wholes = {_LEFT_OUT.sub("", whole) for whole in (name, *pieces)}.difference(parts)
    words = [word if word.isalnum() else _WHOLE + word for word in [*parts, *sorted(wholes)]]
    return f" {' '.join(words)} "
