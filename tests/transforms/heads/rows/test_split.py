from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from transforms.common.hashes import hashes_of
from transforms.heads.job import Fractions
from transforms.heads.rows.split import EVAL, TEST, TRAIN, choose_salt, mixed, named_side, sides

KEYS = [f"item-{number}" for number in range(20)]
SALTS = st.integers(0, 255)


def memberships(labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    return np.asarray(labels[:, None] == np.arange(labels.max() + 1))


def lacking(of: NDArray[np.uint8], membership: NDArray[np.bool_]) -> int:
    """How many pairs of a label and a side have no row."""
    return sum(int((~membership[of == side].any(axis=0)).sum()) for side in (TRAIN, EVAL, TEST))


def test_the_hash_of_a_key_is_as_published() -> None:
    hashes = hashes_of(["", "a", "straße/7.jpg"])

    assert hashes.dtype == np.uint64
    assert hashes.tolist() == [13020603013274838756, 3405396810240292928, 13095394463756778612]


def test_salts_mix_a_hash_as_splitmix64_does_its_seed() -> None:
    mixes = [int(mixed(np.zeros(1, np.uint64), salt)[0]) for salt in range(3)]

    assert mixes == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def test_the_sides_of_published_splits_stay() -> None:
    """A format: where these change, rows of tables that people trained on move from one side to another."""
    first = sides(hashes_of(KEYS), salt=0, fractions=Fractions())
    other = sides(hashes_of(KEYS), salt=41, fractions=Fractions(eval=0.2, test=0.3))

    assert first.dtype == np.uint8
    assert first.tolist() == [2, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 1, 0, 2, 0, 0, 1, 0, 2]
    assert other.tolist() == [0, 2, 1, 1, 0, 1, 2, 2, 0, 2, 0, 1, 1, 0, 2, 0, 0, 2, 2, 2]


def test_a_table_that_grows_by_a_tenth_moves_nobody() -> None:
    keys = [f"row {number}" for number in range(11_000)]
    before = sides(hashes_of(keys[:10_000]), salt=7, fractions=Fractions())
    after = dict(zip(reversed(keys), sides(hashes_of(reversed(keys)), salt=7, fractions=Fractions()), strict=True))

    assert before.tolist() == [after[key] for key in keys[:10_000]]
    assert {after[key] for key in keys[10_000:]} == {TRAIN, EVAL, TEST}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=8).filter(lambda key: key.isprintable()), max_size=40), SALTS, st.randoms())
def test_the_side_of_a_key_knows_nothing_of_the_other_rows(keys: list[str], salt: int, random: object) -> None:
    alone = {key: sides(hashes_of([key]), salt=salt, fractions=Fractions(eval=0.3, test=0.3))[0] for key in keys}
    shuffled = sorted(keys, key=lambda _: random.random())  # type: ignore[attr-defined]

    together = sides(hashes_of(shuffled), salt=salt, fractions=Fractions(eval=0.3, test=0.3))

    assert together.tolist() == [alone[key] for key in shuffled]


def test_groups_do_not_straddle() -> None:
    groups = np.random.default_rng(0).integers(0, 300, 5000)
    found = sides(hashes_of(map(str, groups)), salt=3, fractions=Fractions())

    assert all(len(set(found[groups == group])) == 1 for group in range(300))
    assert set(found) == {TRAIN, EVAL, TEST}


@pytest.mark.parametrize("fractions", [Fractions(), Fractions(eval=0.05, test=0.4), Fractions(eval=0.5, test=0.01)])
@pytest.mark.parametrize("salt", [0, 1, 255])
def test_the_fractions_are_met_as_closely_as_chance_allows(fractions: Fractions, salt: int) -> None:
    rows = 50_000
    found = sides(hashes_of(map(str, range(rows))), salt=salt, fractions=fractions)

    for side, share in ((TEST, fractions.test), (EVAL, fractions.eval)):
        deviation = math.sqrt(rows * share * (1 - share))
        assert abs(np.count_nonzero(found == side) - rows * share) < 4 * deviation


def test_splits_of_different_salts_are_independent() -> None:
    hashes = hashes_of(map(str, range(50_000)))
    one, other = (sides(hashes, salt=salt, fractions=Fractions(eval=0.5, test=0.25)) == EVAL for salt in (4, 5))

    assert abs(np.corrcoef(one, other)[0, 1]) < 4 / math.sqrt(50_000)


def test_a_fraction_of_nothing_gets_nothing() -> None:
    hashes = hashes_of(map(str, range(5000)))

    assert set(sides(hashes, salt=0, fractions=Fractions(eval=0.0, test=0.0))) == {TRAIN}
    assert set(sides(hashes, salt=0, fractions=Fractions(eval=0.0, test=0.5))) == {TRAIN, TEST}
    assert set(sides(hashes, salt=0, fractions=Fractions(eval=0.5, test=0.0))) == {TRAIN, EVAL}


@pytest.mark.parametrize("groups", [10, 20])
def test_the_chosen_salt_gives_every_label_a_row_on_each_side_where_most_salts_do_not(groups: int) -> None:
    labels = np.repeat(np.arange(3), groups)
    size = 1 + np.arange(len(labels)) % 4  # rows a group
    membership = memberships(np.repeat(labels, size))
    hashes = np.repeat(hashes_of(f"group {number}" for number in range(len(labels))), size)

    chosen = choose_salt(hashes, membership, Fractions())

    assert lacking(sides(hashes, salt=chosen, fractions=Fractions()), membership) == 0
    others = [lacking(sides(hashes, salt=salt, fractions=Fractions()), membership) for salt in range(1000, 1100)]
    assert np.mean([missing > 0 for missing in others]) > 0.4


def test_the_chosen_salt_has_the_labels_in_more_equal_shares_than_most_salts() -> None:
    labels = np.random.default_rng(0).choice(4, 2000, p=[0.7, 0.2, 0.07, 0.03])
    membership = memberships(labels)
    hashes = hashes_of(map(str, range(2000)))

    def worst(salt: int) -> float:
        found = sides(hashes, salt=salt, fractions=Fractions())
        return max(
            float(abs(membership[found == side].mean(axis=0) - membership.mean(axis=0)).max()) for side in (1, 2)
        )

    assert worst(choose_salt(hashes, membership, Fractions())) < np.quantile(
        [worst(salt) for salt in range(300, 350)], 0.2
    )


def test_the_salt_does_not_depend_on_the_order_of_the_rows() -> None:
    labels = np.random.default_rng(0).integers(0, 3, 200)
    hashes, membership = hashes_of(map(str, range(200))), memberships(labels)
    order = np.random.default_rng(1).permutation(200)

    assert choose_salt(hashes, membership, Fractions()) == choose_salt(hashes[order], membership[order], Fractions())


def test_a_salt_can_be_chosen_without_a_side_and_without_rows() -> None:
    hashes = hashes_of(map(str, range(100)))
    membership = memberships(np.arange(100) % 2)

    chosen = choose_salt(hashes, membership, Fractions(eval=0.2, test=0.0))

    assert set(sides(hashes, salt=chosen, fractions=Fractions(eval=0.2, test=0.0))) == {TRAIN, EVAL}
    assert choose_salt(hashes_of([]), np.zeros((0, 2), np.bool_), Fractions()) == 0


@pytest.mark.parametrize(
    ("word", "side"),
    [
        ("train", TRAIN),
        ("Training ", TRAIN),
        ("eval", EVAL),
        ("VAL", EVAL),
        ("valid", EVAL),
        ("validation", EVAL),
        ("dev", EVAL),
        (" test", TEST),
        ("held-out", TEST),
        ("testing", TEST),
        ("", None),
        ("tests", None),
        ("2", None),
    ],
)
def test_the_words_of_a_split_column_name_their_side(word: str, side: int | None) -> None:
    assert named_side(word) == side
