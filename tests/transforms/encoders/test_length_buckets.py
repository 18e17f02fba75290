"""Texts in groups of like length: the same vectors in the same order, and fewer characters that only fill up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.fakes import vector_of
from transforms.encoders.length_buckets import LengthBuckets, buckets_of, fills_up


class Network:
    """Fills every text up to the longest of its batch, or lays the batch out flat; its clock counts characters."""

    def __init__(self, *, flat: bool, call: float = 0.0) -> None:
        self.flat, self.call = flat, call
        self.now = 0.0
        self.batches: list[list[str]] = []

    def clock(self) -> float:
        return self.now

    def __call__(self, texts: Any) -> Any:
        self.batches.append(list(texts))
        lengths = [len(text) for text in texts]
        self.now += self.call + (sum(lengths) if self.flat else max(lengths) * len(lengths))
        return np.stack([vector_of(text.encode()) for text in texts])


@given(st.lists(st.integers(0, 5_000).map(lambda length: f"{length}" + "a" * length), min_size=1, max_size=40))
def test_vectors_are_those_of_the_texts_and_no_text_is_twice_as_long_as_another_of_its_call(texts: list[str]) -> None:
    network = Network(flat=False)

    found = LengthBuckets(network)(np.array(texts, object))

    np.testing.assert_array_equal(found, np.stack([vector_of(text.encode()) for text in texts]))
    assert sorted(text for batch in network.batches for text in batch) == sorted(texts)
    for batch in network.batches:
        lengths = [max(len(text), 32) for text in batch]
        assert max(lengths) < 2 * min(lengths)


def test_a_hundred_thousand_characters_make_few_groups() -> None:
    texts = np.array(["x" * length for length in range(1, 100_000, 997)], object)
    assert len(buckets_of(texts)) <= 12


@pytest.mark.parametrize(
    ("network", "expected"),
    [(Network(flat=False), True), (Network(flat=True), False), (Network(flat=True, call=1e6), False)],
)
def test_a_network_is_asked_whether_it_fills_texts_up(network: Network, expected: bool) -> None:
    assert fills_up(network, network.clock) is expected
