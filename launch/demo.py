"""Runs `make demo`: two corpora that every machine has become vectors, an index and a classifier.

Text: the docstrings of Python's standard library (id = qualified name, label = module). Images: scikit-learn's handwritten
digits as PNG files, a folder per class. Nothing is downloaded.
"""

from __future__ import annotations

import ast
import json
import shlex
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.markup import escape
from rich.table import Table

HOME = Path("demo")
QUESTIONS = ("wait until all threads are finished", "Warte, bis der Thread fertig ist", "ブラウザでURLを開く")
"""The encoder is multilingual: English docstrings answer German and Japanese questions, too."""
_MOST_CHARS = 300

console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 120)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Embed the standard library's docstrings and scikit-learn's digits, index and search the one, classify the other.

    All that it makes is in the folder `demo` of the current one. It takes a minute or two.
    """
    started = time.monotonic()
    HOME.mkdir(exist_ok=True)
    docstrings = write_docstrings(HOME / "docstrings.jsonl")
    console.print(f"[bold]Text[/bold]: {docstrings:,} docstrings of the standard library, in {HOME}/docstrings.jsonl")
    _vectormill(
        "embed",
        f"{HOME}/docstrings.jsonl",
        "--id-column",
        "id",
        "--label-column",
        "module",
        "--encoder",
        "use-multilingual",
        "--to",
        f"{HOME}/docstrings",
    )
    look(HOME / "docstrings")
    console.print("\n[bold]An index[/bold] of those vectors and of their words")
    _vectormill("index", f"{HOME}/docstrings", "--to", f"{HOME}/indexes/docstrings")
    (HOME / "questions.txt").write_text("\n".join(QUESTIONS) + "\n", encoding="utf-8")
    _vectormill("search", f"{HOME}/indexes/docstrings", "--queries", f"{HOME}/questions.txt", "-k", "3")
    _vectormill("search", f"{HOME}/indexes/docstrings", "--id", "json.loads", "-k", "4")

    digits = write_digits(HOME / "digits")
    console.print(f"\n[bold]Images[/bold]: {digits:,} handwritten digits, in {HOME}/digits, a folder per class")
    _vectormill(
        "embed", f"{HOME}/digits", "--labels-from", "folder", "--encoder", "hog", "--to", f"{HOME}/digit-vectors"
    )
    look(HOME / "digit-vectors")
    console.print("\n[bold]A classifier[/bold] on those vectors")
    _vectormill("train", f"{HOME}/digit-vectors", "--to", f"{HOME}/models/digits")

    console.print(
        f"\nDone in {time.monotonic() - started:.0f} s. Run the first command again: nothing changed, so nothing is done."
    )
    console.print(
        f"Next: [bold]vectormill show {HOME}/docstrings[/bold]  or your own folder:"
        " [bold]vectormill embed FOLDER --encoder use-multilingual --to TABLE[/bold]"
    )


def write_docstrings(path: Path) -> int:
    """Writes the first paragraph of every public docstring of the standard library as JSON lines; returns how many."""
    count = 0
    with path.open("w", encoding="utf-8") as out:
        for name, module, text in docstrings_of(Path(sysconfig.get_paths()["stdlib"])):
            out.write(json.dumps({"id": name, "module": module, "text": text}, ensure_ascii=False) + "\n")
            count += 1
    return count


def docstrings_of(root: Path) -> Iterator[tuple[str, str, str]]:
    """(qualified name, top-level module, text) of public functions, classes and modules, read without importing them."""
    skipped = {"test", "tests", "idlelib", "lib2to3", "site-packages", "__pycache__", "ensurepip", "turtledemo"}
    seen: set[str] = set()
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if skipped & set(parts) or any(part.startswith("_") and part != "__init__" for part in parts):
            continue
        module = ".".join(part for part in parts if part != "__init__")
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        for name, text in _docstrings(tree, module):
            if name not in seen:
                seen.add(name)
                yield name, parts[0], text


def _docstrings(node: ast.Module | ast.ClassDef, name: str) -> Iterator[tuple[str, str]]:
    text = ast.get_docstring(node)
    if text:
        yield name, text.split("\n\n")[0].strip()[:_MOST_CHARS]
    for child in node.body:
        if isinstance(child, ast.ClassDef) and not child.name.startswith("_"):
            yield from _docstrings(child, f"{name}.{child.name}")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and not child.name.startswith("_"):
            found = ast.get_docstring(child)
            if found:
                yield f"{name}.{child.name}", found.split("\n\n")[0].strip()[:_MOST_CHARS]


def write_digits(folder: Path) -> int:
    """Writes scikit-learn's 8 x 8 digits as greyscale PNG files `LABEL/NUMBER.png`; returns how many."""
    from PIL import Image
    from sklearn.datasets import load_digits

    data = load_digits()
    for number, (pixels, label) in enumerate(zip(data.images, data.target, strict=True)):
        path = folder / str(label) / f"{number:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            Image.fromarray((pixels * 255 / 16).astype(np.uint8)).save(path)
    return len(data.images)


def look(path: Path) -> None:
    """Shows a few rows of a table, its size and version."""
    from deltalake import DeltaTable

    delta = DeltaTable(str(path))
    table = delta.to_pyarrow_table()
    ids = table["id"].to_pylist()
    labels = table["label"].to_pylist()
    texts = table["text"].to_pylist() if "text" in table.column_names else []
    vectors = np.stack(table["embedding"].to_numpy())
    size = sum(pa.table(delta.get_add_actions())["size_bytes"].to_pylist())
    console.print(
        f"[bold]{path}[/bold]: version {delta.version()}, {len(ids):,} rows, {vectors.shape[1]} dimensions,"
        f" {size / 1e6:.1f} MB"
    )
    rows = Table(
        *(["id", "label", "text", "embedding"] if texts else ["id", "label", "embedding"]),
        box=None,
        header_style="bold",
    )
    for row in range(3):
        cells = [ids[row], labels[row], *([texts[row].replace("\n", " ")[:50]] if texts else [])]
        middle = ", ".join(f"{value:.3f}" for value in vectors[row, 100:103])
        rows.add_row(*(escape(cell) for cell in cells), f"[…, {middle}, …]")
    console.print(rows)


def _vectormill(*arguments: str) -> None:
    console.print(f"[bold]$ vectormill {shlex.join(arguments)}[/bold]")
    done = subprocess.run([sys.executable, "-m", "launch.cli", *arguments], check=False)
    if done.returncode:
        sys.exit(done.returncode)


if __name__ == "__main__":
    main()
