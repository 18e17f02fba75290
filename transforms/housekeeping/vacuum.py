"""Finds and deletes what no version that is kept needs: old versions, and what runs left behind that ended long ago.

The newest versions of each table, model, index and result are kept, and those versions of a table that one of them was made of.
What was begun less than some hours ago is left alone: a run may be at work on it.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from transforms.common.errors import RequestError
from transforms.heads.model_folder import MODELS, lineage_in
from transforms.housekeeping.artifacts import Artifact, found_artifacts
from transforms.housekeeping.table_waste import Waste, table_waste
from transforms.search.store.index_folder import INDEXES, MARKER, building
from transforms.storage import files, folders, local_disk
from transforms.storage.local_cache import cache_folder
from transforms.storage.numbered_versions import COMMITS, RUNS, Versions
from transforms.table.delta_log import opened

KEEP = 5
HOURS = 168.0


@dataclass(frozen=True, kw_only=True)
class VacuumPlan:
    """The files that a vacuum deletes, and the versions that it keeps because something depends on them.

    Attributes:
      waste: by place and kind.
      pinned: table -> its older versions that something published was made of.
    """

    waste: tuple[Waste, ...]
    pinned: dict[str, list[int]]

    @property
    def bytes(self) -> int:
        return sum(each.bytes for each in self.waste)


def plan_vacuum(paths: Sequence[str], *, keep: int = KEEP, hours: float = HOURS, caches: bool = False) -> VacuumPlan:
    """Finds what can be deleted; nothing is changed.

    Args:
      paths: tables, models, indexes, results, or folders above them.
      keep: versions of each, at least one.
      hours: for which what belongs to no version is left alone.
      caches: also local copies of what is in stores, as far as no process uses them.

    Raises:
      RequestError: there is nothing of the kind at a path.
    """
    places = found_artifacts(paths)
    before = time.time() - hours * 3600
    pins = _pins(places, keep)
    waste: list[Waste] = []
    for place in places:
        if place.kind == "table":
            waste += table_waste(place.path, keep=keep, pinned=pins[place.path], before=before)
        elif place.kind == "model":
            waste += _version_waste(place, MODELS, keep=keep) + _work_waste(place, before=before)
        elif place.kind == "index":
            waste += _version_waste(place, INDEXES, keep=keep) + _work_waste(place, before=before)
        elif place.kind == "results":
            waste += _result_waste(place, keep=keep, before=before)
    if caches:
        waste += _cache_waste()
    pinned = {place.path: sorted(pins[place.path]) for place in places if pins[place.path]}
    return VacuumPlan(waste=tuple(each for each in waste if each.paths), pinned=pinned)


def vacuum(plan: VacuumPlan) -> None:
    """Deletes what a plan found.

    Raises:
      OSError: something cannot be deleted; the rest of its place stays.
    """
    for each in plan.waste:
        files.delete(list(each.first))
        for path in each.paths:
            if path in each.folders:
                folders.remove(path)
            else:
                files.delete([path])


def _pins(places: Iterable[Artifact], keep: int) -> dict[str, set[int]]:
    """The versions of tables that what is kept of models, indexes and results was made of."""
    pins: dict[str, set[int]] = defaultdict(set)
    for place in places:
        if place.kind in ("model", "index"):
            versions = MODELS if place.kind == "model" else INDEXES
            for number in versions.numbers(place.path)[-keep:]:
                table = _table_of(place, files.join(place.path, str(number)))
                if table is not None:
                    pins[table[0]].add(table[1])
    return pins


def _table_of(place: Artifact, folder: str) -> tuple[str, int] | None:
    """The table that a version was made of, and its version; None where that cannot be read."""
    with contextlib.suppress(RequestError, OSError, ValueError, KeyError, TypeError):
        about = lineage_in(folder) if place.kind == "model" else json.loads(files.read(files.join(folder, MARKER)))
        if about is not None:
            return files.absolute(about["table"]["path"]).rstrip("/"), int(about["table"]["version"])
    return None


def _version_waste(place: Artifact, versions: Versions, *, keep: int) -> list[Waste]:
    found = []
    for number in versions.numbers(place.path)[:-keep]:
        folder = files.join(place.path, str(number))
        # Without its marker it is no version any more, whenever the process is killed.
        first = (files.join(place.path, COMMITS, f"{number}.json"), files.join(folder, versions.marker))
        found.append(_folder_waste(place, folder, f"version {number}", first=first))
    return found


def _work_waste(place: Artifact, *, before: float) -> list[Waste]:
    """Work of runs that were killed; none where one is at work now."""
    found = []
    for name in files.names(files.join(place.path, RUNS)):
        folder = files.join(place.path, RUNS, name)
        entries = files.below(folder)
        if name == "lock" or any(entry.modified > before for entry in entries):
            continue
        found.append(_folder_waste(place, folder, "unfinished work"))
    if found and place.kind == "index":
        try:
            with building(place.path):
                pass
        except RequestError:
            return []
    return found


def _folder_waste(place: Artifact, folder: str, what: str, *, first: tuple[str, ...] = ()) -> Waste:
    entries = files.below(folder)
    return Waste(
        kind=place.kind,
        place=place.path,
        what=what,
        paths=(folder,),
        folders=(folder,),
        first=first,
        files=len(entries),
        bytes=sum(entry.size for entry in entries),
    )


def _result_waste(place: Artifact, *, keep: int, before: float) -> list[Waste]:
    from deltalake.exceptions import DeltaError

    newest = opened(place.path)
    kept = {uri.rpartition("/")[2] for uri in newest.file_uris()}
    for version in range(newest.version() - 1, newest.version() - keep, -1):
        with contextlib.suppress(DeltaError, OSError):  # of a version whose log was deleted
            kept |= {uri.rpartition("/")[2] for uri in opened(place.path, max(version, 0)).file_uris()}
    entries, committed = files.below(place.path), _committed(place.path)
    start = f"{place.path}/"
    old = [
        entry
        for entry in entries
        if (name := entry.path.removeprefix(start)).startswith("part-") and name not in kept and "/" not in name
        if entry.modified < before or name in committed
    ]
    work = [entry for entry in entries if entry.path.startswith(f"{start}.work/")]
    work = [] if any(entry.modified > before for entry in work) else work
    return [
        Waste.of_files(place.kind, place.path, "parts of older versions", old),
        Waste.of_files(place.kind, place.path, "unfinished work", work),
    ]


def _committed(root: str) -> set[str]:
    """Parts that the log of results has named: of those that no kept version has, no run is at work on any."""
    found: set[str] = set()
    for name in files.names(files.join(root, "_delta_log")):
        if name.endswith(".json"):
            for line in files.read(files.join(root, "_delta_log", name)).splitlines():
                action = json.loads(line)
                found |= {action[kind]["path"] for kind in ("add", "remove") if kind in action}
    return found


def _cache_waste() -> list[Waste]:
    place = Artifact(kind="cache", path=cache_folder())
    found = []
    for name in files.names(place.path):
        folder = files.join(place.path, name)
        if name.endswith(".lock"):
            continue
        with contextlib.suppress(OSError), local_disk.lock(f"{folder}.lock", shared=False, wait=False):
            found.append(_folder_waste(place, folder, "copy of what is in a store"))
    return found
