"""Opt-out headers."""

from __future__ import annotations

import pytest

from transforms.corpus.addresses.robots import opted_out


@pytest.mark.parametrize(
    ("headers", "directive"),
    [
        ([], None),
        (["noai"], "noai"),
        (["max-snippet: 5, NoImageAI"], "noimageai"),
        (["all", "noindex, nofollow"], "noindex"),
        (["nofollow, max-image-preview:large"], None),
        (["vectormill: noai"], "noai"),
        (["otherbot: noai"], None),
        (["otherbot: nofollow, noai"], None),
        (["otherbot: noai", "noimageindex"], "noimageindex"),
        (["unavailable_after: 25 Jun 2010 15:00:00 PST"], None),
        (["none"], "none"),
    ],
)
def test_a_directive_counts_if_it_is_meant_for_us(headers: list[str], directive: str | None) -> None:
    assert opted_out(headers, "vectormill") == directive
