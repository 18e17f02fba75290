from __future__ import annotations

from math import ceil, log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import fakes
from tests.helpers.fakes import DIM, FakeEncoder, vector_of
from transforms.common.errors import RequestError, RunError
from transforms.encoders.safe_encoder import SafeEncoder


def encoder(**faults) -> SafeEncoder:
    return SafeEncoder(FakeEncoder(fakes.text_encoder().spec, "fake-1", **faults), DIM)


def vectors_of(items: list[str]) -> np.ndarray:
    return np.stack([vector_of(item.encode()) for item in items])


@st.composite
def batches(draw: st.DrawFn) -> tuple[list[str], set[int]]:
    size = draw(st.integers(1, 120))
    bad = draw(st.sets(st.integers(0, size - 1), max_size=min(size, 12)))
    return [f"{'POISON' if row in bad else 'text'} {row}" for row in range(size)], bad


@given(batches())
def test_bad_items_cost_few_calls_and_their_batch_mates_nothing(batch: tuple[list[str], set[int]]) -> None:
    items, bad = batch
    safe = encoder()

    vectors, failed = safe.encode(items)

    assert set(failed) == bad
    good = [row for row in range(len(items)) if row not in bad]
    np.testing.assert_array_equal(vectors[good], np.reshape([vector_of(items[r].encode()) for r in good], (-1, DIM)))
    assert safe.calls == len(safe.encoder.calls) <= 1 + 2 * len(bad) * ceil(log2(len(items)))


@given(batches(), st.integers(1, 16), st.sets(st.integers(0, 119), max_size=5))
def test_vectors_stay_beside_their_items_whatever_fails(
    batch: tuple[list[str], set[int]], fitting: int, not_numbers: set[int]
) -> None:
    items, bad = batch
    items = [f"NAN! {item}" if row in not_numbers else item for row, item in enumerate(items)]
    nan = {row for row in not_numbers if row < len(items)} - bad

    vectors, failed = encoder(most_items=fitting).encode(items)

    assert {row: error.kind for row, error in failed.items()} == (
        dict.fromkeys(bad, "ValueError") | dict.fromkeys(nan, "NonFiniteVector")
    )
    for row in set(range(len(items))) - bad - nan:
        assert vectors[row].tolist() == vector_of(items[row].encode()).tolist()


def test_a_failure_is_told_by_its_type_and_first_line() -> None:
    _, failed = encoder().encode(["good", "POISON here"])

    assert list(failed) == [1]
    assert (failed[1].kind, str(failed[1])) == ("ValueError", "cannot encode b'POISON here'")


def test_a_batch_that_does_not_fit_is_halved_and_the_safe_size_remembered() -> None:
    safe = encoder(most_items=5)
    first, second = [f"a {row}" for row in range(16)], [f"b {row}" for row in range(10)]

    np.testing.assert_array_equal(safe.encode(first)[0], vectors_of(first))
    assert safe.encoder.calls == [16, 8, 4, 4, 4, 4]
    assert safe.safe_items == 4

    np.testing.assert_array_equal(safe.encode(second)[0], vectors_of(second))
    assert safe.encoder.calls[6:] == [4, 4, 2]


def test_one_item_that_does_not_fit_alone_fails_the_run() -> None:
    with pytest.raises(RunError, match="one item alone does not fit into memory"):
        encoder(most_items=0).encode(["a", "b", "c"])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_vector_that_is_no_number_is_its_items_fault_alone(value: float) -> None:
    class Odd(FakeEncoder):
        def encode(self, items):
            vectors = super().encode(items)
            vectors[1, 2] = value
            vectors[3] = np.finfo(np.float32).max  # a sum that overflows is no fault
            return vectors

    items = ["a", "b", "c", "d"]
    vectors, failed = SafeEncoder(Odd(fakes.text_encoder().spec, "fake-1"), DIM).encode(items)

    assert {row: error.kind for row, error in failed.items()} == {1: "NonFiniteVector"}
    np.testing.assert_array_equal(vectors[[0, 2]], vectors_of(["a", "c"]))


@pytest.mark.parametrize("shape", [(3, DIM + 1), (2, DIM), (3,), (3, DIM, 1)])
def test_vectors_of_another_shape_fail_the_run(shape: tuple[int, ...]) -> None:
    class Odd(FakeEncoder):
        def encode(self, items):
            return np.zeros(shape, np.float32)

    with pytest.raises(RunError, match=r"fake-text returned .* for 3 items; expected \(3, 8\)"):
        SafeEncoder(Odd(fakes.text_encoder().spec, "fake-1"), DIM).encode(["a", "b", "c"])


def test_a_wrong_request_found_by_the_encoder_is_nobodys_dead_letter() -> None:
    class Odd(FakeEncoder):
        def encode(self, items):
            raise RequestError("no such signature")

    with pytest.raises(RequestError, match="no such signature"):
        SafeEncoder(Odd(fakes.text_encoder().spec, "fake-1"), DIM).encode(["a", "b"])


def test_images_are_bisected_like_texts() -> None:
    pixels = np.stack([np.full((4, 4, 3), shade, np.uint8) for shade in range(6)])
    bad = bytes([4] * 48)
    safe = SafeEncoder(FakeEncoder(fakes.image_encoder().spec, "fake-1", poison=(bad,)), DIM)

    vectors, failed = safe.encode(pixels)

    assert list(failed) == [4]
    for shade in (0, 1, 2, 3, 5):
        assert vectors[shade].tolist() == vector_of(bytes([shade] * 48)).tolist()
