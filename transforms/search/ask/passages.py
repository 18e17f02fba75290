"""Finds the sentence of each hit that answers a query best: by words where words decided, else by vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from transforms.corpus.chunks.units import Span, sentences_of

if TYPE_CHECKING:
    from transforms.search.ask.hit import Hit

_MOST = 64
"""Sentences of a hit that are encoded: of a longer text, which is a whole document, none is chosen by vectors."""


def best_sentences(
    text: str,
    hits: Sequence[Hit],
    contents: Sequence[str | None],
    *,
    shares: Callable[[str, Sequence[str]], list[float]] | None,
    cosines: Callable[[str, Sequence[str]], npt.NDArray[np.float32]] | None,
) -> list[Span | None]:
    """Where the best sentence of each content begins and ends, in characters; None where nothing chooses one.

    Args:
      text: the query.
      contents: the text of each hit.
      shares: the share of a query that stands in each of some passages, 0 to 1; None: there is no index of words.
      cosines: gives those of a query's vector and the vectors of some passages; None: they would take too long.
    """
    found = [sentences_of(content or "", (0, len(content or ""))) for content in contents]
    chosen: list[Span | None] = [spans[0] if len(spans) == 1 else None for spans in found]
    by_vector: list[int] = []
    for number, (hit, content, spans) in enumerate(zip(hits, contents, found, strict=True)):
        if len(spans) < 2 or content is None:
            continue
        if hit.words is not None and shares is not None:
            held = shares(text, [content[start:stop] for start, stop in spans])
            if max(held) > 0:
                chosen[number] = spans[held.index(max(held))]
                continue
        if len(spans) <= _MOST:
            by_vector.append(number)
    if cosines is not None and by_vector:
        near = iter(
            cosines(text, [(contents[n] or "")[start:stop] for n in by_vector for start, stop in found[n]]).tolist()
        )
        for number in by_vector:
            own = [next(near) for _ in found[number]]
            chosen[number] = found[number][own.index(max(own))]
    return chosen
