"""Counts the imports between the rooms of `transforms/`, and checks that they go one way.

    python -m tests.helpers.layers [REPOSITORY]     # prints the counts

A box is what a reader sees in a folder: a module or a sub-folder. An import between two boxes counts once, however many
modules make it; imports inside functions and for type checkers count too. The level of a box is one more than the
highest level of those that it imports.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

PACKAGES = (("transforms",), ("pipelines",), ("launch",), ("vectormill",))
ROOMS = (
    ("common",),
    ("storage", "encoders", "report"),
    ("corpus",),
    ("table",),
    ("embed", "heads", "search", "similarity"),
    ("annotation", "compare", "housekeeping", "web"),
    ("sync",),
)
HEADS = (
    ("job", "model_folder"),
    ("rows",),
    ("evaluation",),
    ("fit", "serve"),
    ("publish", "evaluate_published"),
    ("train",),
)
SEARCH = (
    ("judgements", "query_log"),
    ("job",),
    ("plan",),
    ("store",),
    ("measure", "ask", "map"),
    ("evaluate",),
    ("build",),
)
"""Allowed levels, bottom up: a box imports from lower levels only, and nothing from beside it."""

Arrow = tuple[str, str]
Levels = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Counts:
    """What a folder's imports amount to."""

    boxes: int
    arrows: int
    levels: int
    circles: int

    def __str__(self) -> str:
        return f"{self.boxes} boxes, {self.arrows} imports between them, {self.levels} levels, {self.circles} circles"


def modules(root: Path, folder: str) -> dict[str, Path]:
    """Every module below a folder of the repository at `root`, by its dotted name."""
    found = {}
    for path in sorted((root / folder).rglob("*.py")):
        name = path.relative_to(root).with_suffix("").as_posix().replace("/", ".")
        found[name.removesuffix(".__init__")] = path
    return found


def imports(path: Path, known: Iterable[str]) -> Iterator[str]:
    """Dotted names of the `known` modules that a module imports, anywhere in it."""
    names = set(known)
    for node in _import_statements(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        elif node.module and node.level == 0:
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                if submodule in names or node.module in names:
                    yield submodule if submodule in names else node.module


@cache
def _import_statements(path: Path) -> list[ast.Import | ast.ImportFrom]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Import | ast.ImportFrom)]


def arrows(root: Path, folder: str) -> dict[Arrow, list[str]]:
    """Imports between the boxes of a folder: (from, to) -> the modules that make it."""
    known = modules(root, folder)
    found: dict[Arrow, list[str]] = {}
    for name, path in known.items():
        source = _box(name, folder)
        for target in imports(path, known):
            box = _box(target, folder)
            if source and box and source != box:
                found.setdefault((source, box), []).append(f"{name} -> {target}")
    return found


def package_arrows(root: Path, packages: Sequence[str]) -> dict[Arrow, list[str]]:
    """Imports between whole packages of the repository."""
    known = {name: path for package in packages for name, path in modules(root, package).items()}
    found: dict[Arrow, list[str]] = {}
    for name, path in known.items():
        for target in imports(path, known):
            pair = (name.partition(".")[0], target.partition(".")[0])
            if pair[0] != pair[1]:
                found.setdefault(pair, []).append(f"{name} -> {target}")
    return found


def upward(found: Mapping[Arrow, list[str]], levels: Levels) -> list[str]:
    """The imports that do not go to a lower level, and those of boxes that no level names."""
    level = {box: number for number, boxes in enumerate(levels) for box in boxes}
    wrong = [
        module
        for (source, target), made_by in found.items()
        if source not in level or target not in level or level[source] <= level[target]
        for module in made_by
    ]
    return sorted(wrong)


def counts(root: Path, folder: str) -> Counts:
    """The counts of one folder."""
    boxes = {box for name in modules(root, folder) if (box := _box(name, folder))}
    found = arrows(root, folder)
    below: dict[str, set[str]] = {box: set() for box in boxes}
    for source, target in found:
        below[source].add(target)
    circles = 0
    while True:  # a circle is counted and cut until there is none
        try:
            order = list(TopologicalSorter(below).static_order())
            break
        except CycleError as error:
            circles += 1
            first, second = error.args[1][:2]
            below[second].discard(first)
    level: dict[str, int] = {}
    for box in order:
        level[box] = 1 + max((level[other] for other in below[box]), default=0)
    return Counts(len(boxes), len(found), max(level.values(), default=0), circles)


def _box(module: str, folder: str) -> str:
    return module.removeprefix(folder.replace("/", ".")).removeprefix(".").partition(".")[0]


def main(arguments: list[str]) -> None:
    root = Path(arguments[0]) if arguments else Path(__file__).parents[2]
    for folder in ("transforms", "transforms/heads", "transforms/search"):
        print(f"{folder}/: {counts(root, folder)}")
    print(f"{len(upward(arrows(root, 'transforms'), ROOMS))} imports of transforms/ go upward")


if __name__ == "__main__":
    main(sys.argv[1:])
