"""Leaves out of a query the words that say nothing about it: `the`, `what`, `of`, by the language of the index.

They stay in the index: a query of nothing else, as `to be or not to be`, is asked whole. On seven collections nDCG@10 of words
rises by 0.004 to 0.055 without them, for BM25 gives them little weight, but not none.

A word in capitals is a name, as IT in `IT support`, and so is a capital letter alone, as A in `vitamin A`.

Lists: those of Snowball, https://snowballstem.org, which tantivy carries (of English it has another one); of Romanian and Turkish
the most frequent words. Arabic, Greek and Tamil have none here.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from transforms.search.store.analysis import LANGUAGES as ANALYZED

_PUNCTUATION = ".,;:!?()[]{}\"'“”„«»‹›¿¡…"
_APOSTROPHES = str.maketrans("’ʼ`", "'''")

_ENGLISH = """i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself it
its itself they them their theirs themselves what which who whom this that these those am is are was were be been being have has
had having do does did doing would should could ought i'm you're he's she's it's we're they're i've you've we've they've i'd
you'd he'd she'd we'd they'd i'll you'll he'll she'll we'll they'll isn't aren't wasn't weren't hasn't haven't hadn't doesn't
don't didn't won't wouldn't shan't shouldn't can't cannot couldn't mustn't let's that's who's what's here's there's when's
where's why's how's a an the and but if or because as until while of at by for with about against between into through during
before after above below to from up down in out on off over under again further then once here there when where why how all any
both each few more most other some such no nor not only own same so than too very s t can will just now"""
OWN = {
    "en": _ENGLISH,
    "ro": "și şi în de la cu pe care este e sunt din nu o un unei să sa se mai ce pentru ca că prin sau dar al ale a au am fi",
    "tr": "ve bir bu da de için ile çok gibi ne o daha ama kadar olan olarak mi mı mu mü ya ki her ben sen biz siz şu en",
}
OF_TANTIVY = ("da", "de", "es", "fi", "fr", "hu", "it", "nl", "no", "pt", "ru", "sv")

LANGUAGES = (*OWN, *OF_TANTIVY)
"""Those that have a list."""


def without_stop_words(query: str, language: str) -> str:
    """The query without the stop words of a language; as it is where nothing else is in it, or the language has no list."""
    if language not in LANGUAGES:
        return query
    words = [_Word(word, is_first=not at) for at, word in enumerate(query.translate(_APOSTROPHES).split())]
    is_shouted = query.isupper()
    pieces = {piece for word in words for piece in (word.bare, *word.parts)}
    stops = stop_words_among(pieces, language)
    kept = []
    for word in words:
        if (word.bare in stops or stops.issuperset(word.parts)) and (is_shouted or not word.is_name):
            continue
        # French and Italian elide: l'avion, dell'arte.
        is_elided = len(word.parts) > 1 and stops.issuperset(word.parts[:-1])
        kept.append(word.text.rpartition("'")[2] if is_elided else word.text)
    return " ".join(kept) if any(character.isalnum() for text in kept for character in text) else query


def stop_words_among(words: Collection[str], language: str) -> set[str]:
    """Those of some words, in lower case, that are in the list of a language (one of `LANGUAGES`)."""
    if language in OWN:
        return set(words) & _own(language)
    plain = {word for word in words if word.isalpha()}
    return plain - set(_filter_of(language).analyze(" ".join(plain)))


class _Word:
    """A word of a query: `bare` is without punctuation and in lower case, `parts` are what apostrophes divide it into."""

    def __init__(self, text: str, *, is_first: bool) -> None:
        stripped = text.strip(_PUNCTUATION)
        self.text = text
        self.bare = stripped.lower()
        self.parts = self.bare.split("'")
        self.is_name = stripped.isupper() and stripped != "I" and (len(stripped) > 1 or not is_first)


@cache
def _own(language: str) -> frozenset[str]:
    return frozenset(OWN[language].split())


@cache
def _filter_of(language: str) -> Any:
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    return TextAnalyzerBuilder(Tokenizer.whitespace()).filter(Filter.stopword(ANALYZED[language])).build()
