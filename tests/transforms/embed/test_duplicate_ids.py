"""Ids that stand twice: found by hashes of groups of parts, and named or numbered on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.embedding import FORMATS
from tests.transforms.embed.test_rewrite import HASH, ROWS, SCHEMA, write
from transforms.common.hashes import Hashes
from transforms.embed.duplicate_ids import Place, duplicate_ids, id_hashes, renumbered_repeats, repeated_hashes

both = pytest.mark.parametrize("part_format", FORMATS)


def stored(root: Path, groups: list[Hashes]) -> dict[str, int]:
    """Files of sorted hashes, and how many are in each."""
    paths = {str(root / f"{number}.ids"): hashes for number, hashes in enumerate(groups)}
    for path, hashes in paths.items():
        Path(path).write_bytes(np.sort(hashes).astype("<u8").tobytes())
    return {path: len(hashes) for path, hashes in paths.items()}


@both
def test_ids_that_stand_twice_are_found_wherever_they_are(tmp_path: Path, part_format: Any) -> None:
    first = [str(row) for row in range(ROWS)]
    second = [f"x{row}" for row in range(ROWS)]
    first[9000] = first[3] = second[8500] = "twice"
    second[1] = second[2] = ""
    a = write(tmp_path, "a", part_format, first)
    b = write(tmp_path, "b", part_format, second, source=lambda row: "b.txt")
    c = write(tmp_path, "c", part_format, ["once"])
    root, how = str(tmp_path), {"schema": SCHEMA, "part_format": part_format}

    groups = stored(tmp_path, [id_hashes(root, parts, **how) for parts in ([a], [b], [c], [])])
    suspects, where = repeated_hashes(groups)

    assert where == set(list(groups)[:2])
    assert duplicate_ids(root, [a, b], suspects, **how) == {
        "twice": [Place(a, 3, "a.txt"), Place(a, 9000, "a.txt"), Place(b, 8500, "b.txt")],
        "": [Place(b, 1, "b.txt"), Place(b, 2, "b.txt")],
    }
    assert duplicate_ids(root, [c], suspects, **how) == {}


@given(
    groups=st.lists(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 40), max_size=30), max_size=4),
    most=st.integers(1, 50),
)
def test_hashes_are_compared_band_by_band_as_they_are_at_once(
    groups: list[list[int]], most: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    values = [value for group in groups for value in group]
    twice = {value for value in values if values.count(value) > 1}
    paths = stored(tmp_path_factory.mktemp("ids"), [np.array(group, np.uint64) for group in groups])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("transforms.embed.duplicate_ids._MOST_HASHES", most)
        patch.setattr("transforms.embed.duplicate_ids._NEAR", 2)

        suspects, where = repeated_hashes(paths)

    assert suspects.tolist() == sorted(twice)
    assert where == {path for path, group in zip(paths, groups, strict=True) if twice & set(group)}


@both
def test_repeats_are_numbered_on_from_part_to_part(tmp_path: Path, part_format: Any) -> None:
    base = f"a.txt#{HASH}"
    filler = [str(row) for row in range(9000)]
    a = write(tmp_path, "a", part_format, [base, "b", f"{base}.2"])
    b = write(tmp_path, "b", part_format, [*filler, base, f"{base}.2", f"{base}#1"])
    c = write(tmp_path, "c", part_format, [base, f"{base}#1", f"{base}.2#1", f"other.txt#{HASH}"])

    found = renumbered_repeats(
        str(tmp_path), [a, b, c], {base, f"{base}.2", f"{base}#1"}, schema=SCHEMA, part_format=part_format
    )

    assert found == {
        b: {9000: f"{base}.3", 9001: f"{base}.4"},
        c: {0: f"{base}.5", 1: f"{base}.2#1", 2: f"{base}.3#1"},
    }
