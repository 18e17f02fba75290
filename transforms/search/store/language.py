"""Finds the language of texts, for their stems and stop words, where it is plain.

Latin and Cyrillic texts are known by the stop words in them, Greek, Tamil and Arabic by their letters. A language is plain
where its stop words are a tenth of the words, and in three of four texts no other language has more of them. Of texts in several
languages none is, and words stay as they are. Texts with hardly a stop word, as names of products, count as English if their
letters are ASCII.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from transforms.search.store.stop_words import LANGUAGES, stop_words_among

SAMPLE = 1000
"""Texts that are enough."""

UNKNOWN = "none"

_CHARACTERS = 1000
_LEAST_SHARE, _LEAST_WORDS = 0.1, 3
_LEAST_TEXTS = 0.75
_ASCII = 0.97
_WORD = re.compile(r"[^\W\d_]{2,}")
_SCRIPTS = {
    "el": re.compile("[\u0370-\u03ff\u1f00-\u1fff]"),
    "ta": re.compile("[\u0b80-\u0bff]"),
    "ar": re.compile("[\u0621-\u064a]"),
}
_NOT_ARABIC = re.compile("[\u067e\u0679\u0686\u0688\u0691\u0698\u06a9\u06af\u06ba\u06be\u06c1\u06cc\u06d2]")
"""Letters of Persian, Urdu and Kurdish."""
_NOT_RUSSIAN = re.compile("[\u0452\u0454-\u045f\u0491]")
"""Letters of Ukrainian, Belarusian, Serbian and Macedonian."""
_SOME = 0.01


def detected_language(texts: Sequence[str]) -> str:
    """The language of some texts, one of `transforms.search.store.analysis.LANGUAGES`; "none" where it is not plain."""
    beginnings = [text[:_CHARACTERS] for text in texts]
    letters = "".join(word for text in beginnings for word in _WORD.findall(text))
    for language, script in _SCRIPTS.items():
        if len(script.findall(letters)) > _LEAST_TEXTS * len(letters) > 0:
            return UNKNOWN if language == "ar" and _NOT_ARABIC.search(letters) else language
    counts = [Counter(_WORD.findall(text.lower())) for text in beginnings]
    vocabulary = {word for words in counts for word in words}
    lists = {language: stop_words_among(vocabulary, language) for language in LANGUAGES}
    found = [
        {language: sum(words[word] for word in stops & words.keys()) for language, stops in lists.items()}
        for words in counts
    ]
    totals = {language: sum(one[language] for one in found) for language in LANGUAGES}
    best = max(LANGUAGES, key=lambda language: totals[language])
    if best == "ru" and len(_NOT_RUSSIAN.findall(letters)) > _SOME * len(letters):
        return UNKNOWN
    is_frequent = totals[best] >= _LEAST_SHARE * sum(words.total() for words in counts)
    if is_frequent and len(lists[best]) >= _LEAST_WORDS:
        telling = [one for one in found if any(one.values())]
        agreeing = sum(one[best] == max(one.values()) for one in telling)
        return best if agreeing >= _LEAST_TEXTS * len(telling) else UNKNOWN
    return "en" if sum(letter.isascii() for letter in letters) >= _ASCII * len(letters) else UNKNOWN
