"""The comparison of two commits reads figures from what benchmarks print."""

from __future__ import annotations

from benchmarks.compare import figures_in

PRINTED = """
Text, a fast encoder, 1,000 short texts from Parquet
┏━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
┃ what       ┃ median        ┃
┡━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
│ end to end │ 64,500 rows/s │
│ abstracts  │ embed float32 │ 800 │ 311 │ 1.09 (meets >= 0.6) │
│ title only │               │
└────────────┴───────────────┘
in batches, over the faster exact search: 23.1 (meets >= 20)
nothing to see here
"""


def test_a_figure_is_found_by_the_words_before_it() -> None:
    assert figures_in(PRINTED) == {
        "end to end": 64500.0,
        "abstracts, embed float32": 800.0,
        "abstracts, embed float32 (2)": 311.0,
        "abstracts, embed float32 (3)": 1.09,
        "in batches, over the faster exact search": 23.1,
    }
