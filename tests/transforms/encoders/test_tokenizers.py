"""Tokens of texts, counted without an encoder."""

import pytest

from transforms.common.errors import RequestError
from transforms.encoders.registry import all_specs
from transforms.encoders.tokenizers import ESTIMATE, MULTILINGUAL, WORDS, open_tokenizer

TEXTS = [
    "Hello world, naïve café.",
    "今日は晴れ。明日は雨！ 本当？",
    "  two \n\n\tblanks\u00a0and  more ",
    "½ ﬁne 😀😀😀 a\u00adb <s>",
    "pneumonoultramicroscopicsilicovolcanoconiosis" * 3,
    "",
    " \n",
]


def test_words_and_what_stands_between_them() -> None:
    assert open_tokenizer(WORDS).counts(["It's v1.2, snake_case!", "東京 is big", " "]) == [3 + 4 + 3 + 1, 4, 0]
    assert open_tokenizer(WORDS).spans("no, 3x") == [(0, 2), (2, 3), (4, 6)]


def test_long_words_are_estimated_as_several_tokens() -> None:
    assert open_tokenizer(ESTIMATE).spans("abcdefgh ij.") == [(0, 6), (6, 8), (9, 11), (11, 12)]


@pytest.mark.parametrize("name", [MULTILINGUAL, WORDS, ESTIMATE])
def test_a_text_has_as_many_tokens_as_its_words_together(name: str) -> None:
    tokenizer = open_tokenizer(name)
    for text in TEXTS:
        assert tokenizer.counts([text]) == [sum(tokenizer.counts(text.split()))]
        spans = tokenizer.spans(text)
        assert spans == sorted(spans) and all(0 <= start <= stop <= len(text) for start, stop in spans)
        ends = [tokenizer.end_of(text, most) for most in range(1, len(spans) + 1)]
        assert ends == [*(stop for _, stop in spans[:-1]), None][: len(spans)]


def test_every_encoder_of_texts_has_a_tokenizer() -> None:
    names = {spec.tokenizer for spec in all_specs() if spec.modality == "text"}
    assert all(open_tokenizer(name).counts(["a b"]) == [2] for name in names)


def test_a_tokenizer_of_a_newer_release_is_refused() -> None:
    with pytest.raises(RequestError, match="no tokenizer 'newer': upgrade Vectormill"):
        open_tokenizer("newer")
