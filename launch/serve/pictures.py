"""Makes small pictures of the rows of an index of images, from the corpus that its table was made of."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress

from launch.serve.answers import IndexVersion
from transforms.common.errors import VectormillError
from transforms.table.open import existing
from transforms.table.raw_items import Corpus, thumbnail_jpeg

_KEPT = 4_000
_SIDE = 256
_LARGEST_SOURCE = 256 << 20
"""Bytes: to find one picture in a larger archive takes too long."""


class Pictures:
    """JPEG files of 256 x 256 pixels; the last ones are kept. Safe to use from several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], bytes | None] = OrderedDict()
        self._corpora: dict[str, Corpus | None] = {}
        self._reading = threading.Lock()

    def of(self, version: IndexVersion, names: Sequence[str]) -> list[bytes | None]:
        """The pictures of rows by id; None of a row that is not there, is no image, or cannot be read any more."""
        # A folder of the same name may hold another version by now.
        folder = f"{version.searcher.folder} {version.searcher.metadata.get('created')}"
        with self._reading:
            missing = [name for name in names if (folder, name) not in self._kept]
            if missing:
                self._read(version, folder, missing)
            found = [self._kept.get((folder, name)) for name in names]
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def _read(self, version: IndexVersion, folder: str, names: Sequence[str]) -> None:
        self._kept |= {(folder, name): None for name in names}
        corpus = self._corpus(version, folder)
        if corpus is None:
            return
        by_source: dict[str, set[str]] = {}
        for name in names:
            at = version.searcher.row_of(name)
            if at is None:
                continue
            (source,) = version.searcher.rows_of([at], ["source"]).column("source").to_pylist()
            if source in corpus.sources and corpus.sources[source].size <= _LARGEST_SOURCE:
                by_source.setdefault(source, set()).add(name)
        for source, ids in by_source.items():
            with suppress(VectormillError, OSError):  # a file that is gone costs its own pictures
                for name, payload in corpus.read({source: ids}):
                    self._kept[folder, name] = thumbnail_jpeg(payload, side=_SIDE)

    def _corpus(self, version: IndexVersion, folder: str) -> Corpus | None:
        if folder not in self._corpora:
            table = version.searcher.metadata["table"]
            self._corpora.clear()
            try:
                snapshot = existing(table["path"], table["version"])
                self._corpora[folder] = Corpus(snapshot) if snapshot.about.modality == "image" else None
            except (VectormillError, OSError):
                self._corpora[folder] = None
        return self._corpora[folder]
