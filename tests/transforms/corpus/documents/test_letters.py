"""Bytes of any encoding as text."""

import pytest

from transforms.corpus.documents.letters import decode


@pytest.mark.parametrize(
    ("data", "declared", "expected"),
    [
        (b"caf\xe9", "iso-8859-1", "café"),
        (b"caf\xe9", None, "café"),
        ("déjà vu, c'est l'été".encode()[:-1], None, "déjà vu, c'est l'ét\ufffd"),
        ("déjà vu".encode(), "iso-8859-1", "déjà vu"),
    ],
)
def test_a_last_letter_with_an_accent_is_told_from_text_that_was_cut_off(
    data: bytes, declared: str | None, expected: str
) -> None:
    assert decode(data, declared) == expected
