"""Records of which parts of a table others were made of, row by row: what is made of the table follows it across a compaction.

_vectormill/compacted/<part>.json   the names of the parts whose rows the part has
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence

from transforms.storage import files
from transforms.storage.formats import require_format

_FORMAT = "vectormill-compacted-1"


def record_compaction(root: str, part: str, origins: Sequence[str]) -> None:
    """Writes which parts' rows a part has; before it is committed."""
    files.write(_path(root, part), json.dumps({"format": _FORMAT, "parts": list(origins)}).encode())


def _folder(root: str) -> str:
    return files.join(root, "_vectormill", "compacted")


def _path(root: str, part: str) -> str:
    return files.join(_folder(root), f"{part}.json")


class Compactions:
    """The parts that the parts of a table were made of, as far as it is recorded."""

    def __init__(self, origins: Mapping[str, Sequence[str]]) -> None:
        self._origins = origins

    @staticmethod
    def of(root: str) -> Compactions:
        """Reads the records of a table.

        Raises:
          RequestError: a newer release wrote one.
        """
        origins = {}
        for name in files.names(_folder(root)):
            if name.endswith(".json") and not name.startswith("."):
                found = json.loads(files.read(files.join(_folder(root), name)))
                require_format(found.get("format"), _FORMAT, where=root, noun="table")
                origins[name.removesuffix(".json")] = found["parts"]
        return Compactions(origins)

    def origins_among(self, part: str, known: Collection[str]) -> set[str] | None:
        """The parts among `known` whose rows together are those of `part`; None where there are none such."""
        if part in known:
            return {part}
        if part not in self._origins:
            return None
        found: set[str] = set()
        for origin in self._origins[part]:
            theirs = self.origins_among(origin, known)
            if theirs is None:
                return None
            found |= theirs
        return found

    def have_same_rows(self, parts: Iterable[str], earlier: Collection[str]) -> bool:
        """Whether `parts` are `earlier` ones, compacted or as they were."""
        found = [self.origins_among(part, earlier) for part in parts]
        return None not in found and set().union(*(each for each in found if each)) == set(earlier)

    def with_origins(self, part: str) -> set[str]:
        """The part, and all that it was made of, directly or not."""
        return {part}.union(*(self.with_origins(origin) for origin in self._origins.get(part, ())))

    def without(self, parts: Collection[str]) -> list[str]:
        """Recorded parts that none of `parts` was made of."""
        needed = set().union(*(self.with_origins(part) for part in parts))
        return sorted(set(self._origins) - needed)


def delete_records(root: str, parts: Iterable[str]) -> None:
    """Deletes the records of these parts."""
    files.delete([_path(root, part) for part in parts])
