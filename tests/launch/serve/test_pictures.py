"""Small pictures of rows: a file of the corpus that is gone costs its own pictures alone."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from launch.serve import pictures as module
from launch.serve.pictures import Pictures
from tests.launch import pictures
from transforms.common.errors import RequestError

NAMES = ["a.jpg", "b.jpg", "c.jpg"]


class Corpus:
    """Three photographs, a file each, of which the first was deleted after the corpus was listed."""

    def __init__(self, _: Any) -> None:
        self.sources = {name: SimpleNamespace(size=1_000) for name in NAMES}

    def read(self, by_source: dict[str, set[str]]) -> Iterator[tuple[str, bytes]]:
        for name in by_source:
            if name == "a.jpg":
                raise RequestError("a.jpg is not there any more")
            yield name, pictures.jpeg(NAMES.index(name))


def test_a_file_that_is_gone_costs_its_own_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Corpus", Corpus)
    monkeypatch.setattr(module, "existing", lambda *_: SimpleNamespace(about=SimpleNamespace(modality="image")))
    searcher = SimpleNamespace(
        folder="index/1",
        metadata={"created": "now", "table": {"path": "table", "version": 0}},
        row_of=lambda name: NAMES.index(name) if name in NAMES else None,
        rows_of=lambda at, _: pa.table({"source": [NAMES[at[0]]]}),
    )
    version: Any = SimpleNamespace(searcher=searcher)

    found = Pictures().of(version, [*NAMES, "nobody"])

    assert [None if one is None else one[:2] for one in found] == [None, b"\xff\xd8", b"\xff\xd8", None]
