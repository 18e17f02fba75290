"""Changes the encoder of a table in the text of a job file, and nothing else of it: comments and order stay."""

from __future__ import annotations

from typing import Any

import yaml

from transforms.common.errors import RequestError
from transforms.storage import files


def encoder_text(path: str, table: str) -> str:
    """The encoder of a table as the job file has it, with its quotes if it has some.

    Raises:
      RequestError: it is not written there in a way that it can be changed alone.
    """
    text, start, end = _place(path, table)
    return text[start:end]


def require_replaceable(path: str, table: str) -> None:
    """Refuses a file in which that text stands for something else, too, as behind an anchor.

    Raises:
      RequestError: it does.
    """
    _replaced(path, table, quoted("another"))


def replace_encoder(path: str, table: str, written: str) -> None:
    """Writes the file with another text in place of a table's encoder, in one step.

    Raises:
      RequestError: as `require_replaceable`.
    """
    if encoder_text(path, table) != written:
        files.write(path, _replaced(path, table, written).encode())


def quoted(value: str) -> str:
    """A value as YAML has it on one line."""
    return yaml.safe_dump(value, allow_unicode=True, width=1 << 30).splitlines()[0]


def _replaced(path: str, table: str, written: str) -> str:
    text, start, end = _place(path, table)
    changed = text[:start] + written + text[end:]
    expected: Any = yaml.safe_load(text)
    expected["tables"][table]["encoder"] = yaml.safe_load(written)
    if _parsed(changed) != expected:
        raise RequestError(
            f"{path}: the encoder of tables.{table} is not written in its own place (an anchor, or a merged key): write it there"
        )
    return changed


def _parsed(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:  # an anchor has gone with what it stood at
        return None


def _place(path: str, table: str) -> tuple[str, int, int]:
    text = files.read(path).decode()
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    for key in ("tables", table, "encoder"):
        found = [value for name, value in getattr(node, "value", ()) if name.value == key]
        if not found:
            raise RequestError(f"{path}: tables.{table} has no encoder of its own to be changed: write it there")
        node = found[0]
    return text, node.start_mark.index, node.end_mark.index
