"""Notices files whose items a corpus would hold twice: links to files that it holds, one file in several formats, copies."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence

from transforms.corpus.formats import stem

_COPY = re.compile(
    r" \(\d+\)(?=\.)| - Copy(?: \(\d+\))?(?=\.)| copy(?: \d+)?(?=\.)| \([^()/]*conflicted copy[^()/]*\)|\.sync-conflict-[\w-]+"
)
_SHARD = re.compile(r"-\d+-of-\d+(?=\.|\Z)")


def linked_twice(links: Sequence[tuple[str, str]], uris: Container[str]) -> list[str]:
    """A note on links to files that are sources themselves.

    Args:
      links: names of sources that are links, and the addresses of the files that they lead to.
      uris: the addresses of all sources.
    """
    twice = [name for name, target in links if target in uris]
    if not twice:
        return []
    return [f"{twice[0]} is a link to a file of the corpus, whose items are there twice{_such(len(twice))}"]


def written_twice(names: Iterable[str]) -> list[str]:
    """A note on sources that have one name but for the suffixes of their formats: `train.csv` and `train.csv.gz`."""
    names = list(names)
    if len({name[name.rfind(".") :] for name in names}) < 2:  # as of most large corpora, which need no more memory then
        return []
    alike: dict[str, list[str]] = {}
    for name in names:
        folder, slash, base = name.rpartition("/")
        shard = _SHARD.search(base)
        alike.setdefault(f"{folder}{slash}{stem(base)}{shard[0] if shard else ''}", []).append(name)
    several = [found for found in alike.values() if len(found) > 1]
    if not several:
        return []
    first = " and ".join(several[0][:3])
    return [
        f"{first} have one name but for the suffix: if they are the same, their items are there twice{_such(len(several))}"
    ]


def copied(names: Container[str], listed: Iterable[str]) -> list[str]:
    """A note on sources that are called as browsers, desktops and Dropbox or Syncthing call a copy of another source.

    Args:
      names: of all sources.
      listed: the same, in order.
    """
    copies = []
    for name in listed:
        found = _COPY.search(name)
        if found is not None and name[: found.start()] + name[found.end() :] in names:
            copies.append((name, name[: found.start()] + name[found.end() :]))
    if not copies:
        return []
    copy, first = copies[0]
    return [f"{copy} is called like a copy of {first}: if it is one, its items are there twice{_such(len(copies))}"]


def _such(count: int) -> str:
    return f" ({count:,} such)" if count > 1 else ""
