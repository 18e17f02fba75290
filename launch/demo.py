"""Runs `make demo`: two corpora that every clone has become vectors, an index and a classifier.

Text: the project's own documentation, a folder of documents. Images: scikit-learn's handwritten digits as PNG files, a folder
per class. Nothing is downloaded.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from pathlib import Path

import click
import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.markup import escape
from rich.table import Table

HOME = Path("demo")
DOCUMENTS = Path("docs")
QUESTIONS = ("Can I undo an upgrade of the encoder?", "Was geschieht, wenn sich nichts geändert hat?")
"""The encoder is multilingual: English documents answer German questions, too."""

console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 120)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Embed the documentation and scikit-learn's digits, index and search the one, classify the other.

    All that it makes is in the folder `demo` of the current one. It takes a minute or two.
    """
    if not DOCUMENTS.is_dir():
        sys.exit("demo: there is no folder docs here: run it in a clone of the repository")
    started = time.monotonic()
    HOME.mkdir(exist_ok=True)
    console.print(f"[bold]Text[/bold]: a folder of documents, {DOCUMENTS}/ of this repository, cut into chunks")
    _vectormill(
        "embed", str(DOCUMENTS), "--encoder", "use-multilingual", "--chunk", "tokens:80", "--to", f"{HOME}/handbook"
    )
    look(HOME / "handbook")
    console.print("\n[bold]An index[/bold] of those vectors and of their words")
    _vectormill("index", f"{HOME}/handbook", "--to", f"{HOME}/indexes/handbook")
    (HOME / "questions.txt").write_text("\n".join(QUESTIONS) + "\n", encoding="utf-8")
    _vectormill("search", f"{HOME}/indexes/handbook", "--queries", f"{HOME}/questions.txt", "-k", "2")

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
        f"Next: [bold]vectormill show {HOME}/handbook[/bold]  or your own folder:"
        " [bold]vectormill embed FOLDER --encoder use-multilingual --to TABLE[/bold]"
    )


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
    columns = ["id", "heading", "text"] if "heading" in table.column_names else ["id", "label"]
    values = [table[name].to_pylist() for name in columns]
    vectors = np.stack(table["embedding"].to_numpy())
    size = sum(pa.table(delta.get_add_actions())["size_bytes"].to_pylist())
    console.print(
        f"[bold]{path}[/bold]: version {delta.version()}, {table.num_rows:,} rows, {vectors.shape[1]} dimensions,"
        f" {size / 1e6:.1f} MB"
    )
    rows = Table(*columns, "embedding", box=None, header_style="bold")
    for row in range(3):
        cells = [(column[row] or "").replace("\n", " ")[:40] for column in values]
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
