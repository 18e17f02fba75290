"""What an encoder leaves out of texts that are longer than it reads."""

from dataclasses import replace

from transforms.encoders.registry import look_up
from transforms.encoders.unread import NOTHING_UNREAD, Unread, unread

LARGE = look_up("use-large", trust=False)


def test_what_stands_behind_the_last_token_that_is_read_is_not() -> None:
    spec = replace(LARGE, max_tokens=3)
    assert unread(["a b c", "a b, c d ", "abcdefgh"], spec) == Unread(texts=1, unread_chars=4, chars=5 + 9 + 8)


def test_an_encoder_that_reads_all_leaves_nothing_out() -> None:
    assert unread(["a " * 100_000], look_up("use-multilingual", trust=False)) == NOTHING_UNREAD


def test_the_large_encoder_reads_128_words() -> None:
    assert unread(["word " * 128, "word " * 129], LARGE) == Unread(texts=1, unread_chars=5, chars=5 * 257)
