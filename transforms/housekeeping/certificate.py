"""Writes the certificate of a forgetting: what was asked, by hashes alone, what was done, and a search that finds nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from transforms.housekeeping.forget_rows import Forgetting
from transforms.housekeeping.traces import TraceSearch
from transforms.storage import files

FORMAT = "vectormill-certificate-1"


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """States what was forgotten, for a person to show.

    Attributes:
      table, table_id: the table that forgot.
      items: how many ids were given; `hashes`: of each, salted.
      version: the table's newest version, which has none of them; `removed`: older ones that had, and were deleted.
      sources: how many sources they are from, and how many of those are still there: the corpus is the user's.
      places: what else was looked at -> what was done there.
      search: of every file of all of them, afterwards.
    """

    table: str
    table_id: str
    items: int
    hashes: Sequence[str]
    version: int
    removed: Sequence[int]
    sources: int
    sources_there: int
    places: Mapping[str, str]
    search: TraceSearch
    created: str = field(default_factory=lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))

    def write(self) -> str:
        """Writes it into the table's folder, as JSON and as text, and returns the path of the text."""
        stem = files.join(
            self.table, "_vectormill", "certificates", f"{self.created.replace(':', '')}-{min(self.hashes)[:8]}"
        )
        files.write(f"{stem}.json", json.dumps({"format": FORMAT, **asdict(self)}, indent=1).encode())
        files.write(f"{stem}.txt", self.text().encode())
        return f"{stem}.txt"

    def text(self) -> str:
        """The page."""
        removed = ", ".join(map(str, self.removed)) or "none had them"
        found = "finds nothing" if not self.search.found else f"STILL FINDS THEM in {', '.join(self.search.found)}"
        lines = [
            "Certificate of a forgetting",
            "",
            f"Table            {self.table} ({self.table_id})",
            f"When             {self.created}",
            f"Items            {self.items:,}",
            f"Newest version   {self.version}, without them",
            f"Older versions   {removed}{' (deleted)' if self.removed else ''}",
            f"Sources          {self.sources:,}, {self.sources_there:,} of them still in the corpus: runs leave the items out",
            f"Search           of {self.search.files:,} files, {self.search.bytes:,} bytes, for ids, texts and vectors",
            f"                 within 0.001, also inside Parquet, Arrow, NumPy, TFRecord and FAISS files: {found}",
            "",
            "What else was looked at:",
            *(f"  {place}: {did}" for place, did in self.places.items()),
            *([] if self.places else ["  nothing was given"]),
            "",
            "Hashes of the ids (BLAKE2b-128; the table keeps the salt):",
            *(f"  {each}" for each in self.hashes),
        ]
        return "\n".join(lines) + "\n"


def hashes_of(done: Forgetting) -> list[str]:
    """The hashes of a certificate."""
    return sorted(done.hashes.values())
