"""Keeps which items a table was asked to forget, as hashes alone, so that no later run brings them back from the corpus.

_vectormill/forgotten/<16 hex>.json   of one request: the table's salt, and salted hashes of ids and contents
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from transforms.storage import files
from transforms.storage.formats import require_format

FORMAT = "vectormill-forgotten-1"


@dataclass(frozen=True)
class _Request:
    """All that was asked for under one salt."""

    salt: bytes
    ids: frozenset[str]
    contents: frozenset[str]

    def has(self, kind: str, value: str) -> bool:
        return salted(value, self.salt) in (self.ids if kind == "id" else self.contents)


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """All that a table was asked to forget.

    Attributes:
      requests: all with one salt together.
      digest: of all; "" where there is none. It is part of a shard's identity.
    """

    requests: tuple[_Request, ...]
    digest: str

    @staticmethod
    def of(root: str) -> Forgotten:
        """Reads the requests of the table at `root`.

        Raises:
          RequestError: a newer release wrote one.
        """
        folder = _folder(root)
        names = [name for name in files.names(folder) if name.endswith(".json") and not name.startswith(".")]
        by_salt: dict[str, _Request] = {}
        for name in names:
            found = json.loads(files.read(files.join(folder, name)))
            require_format(found.get("format"), FORMAT, where=root, noun="table")
            before = by_salt.get(found["salt"]) or _Request(bytes.fromhex(found["salt"]), frozenset(), frozenset())
            by_salt[found["salt"]] = _Request(
                salt=before.salt, ids=before.ids | set(found["ids"]), contents=before.contents | set(found["contents"])
            )
        digest = blake2b("\n".join(names).encode(), digest_size=16).hexdigest() if names else ""
        return Forgotten(requests=tuple(by_salt.values()), digest=digest)

    def has_id(self, name: str) -> bool:
        """Whether an item of this id was to be forgotten; of a chunk, its document too."""
        names = (name, name.rpartition("#")[0]) if "#" in name else (name,)
        return any(request.has("id", each) for request in self.requests for each in names)

    def has_content(self, content: str) -> bool:
        """Whether an item of this content was."""
        return any(request.has("content", content) for request in self.requests)

    def rows(self, ids: Sequence[str], contents: Sequence[str]) -> list[int]:
        """The positions of items that were."""
        if not self.requests:
            return []
        pairs = enumerate(zip(ids, contents, strict=True))
        return [row for row, (name, content) in pairs if self.has_id(name) or self.has_content(content)]


def salted(value: str, salt: bytes) -> str:
    """The hash of an id or a content under which a request has it."""
    return blake2b(value.encode(), key=salt, digest_size=16).hexdigest()


def remember(root: str, *, ids: Iterable[str], contents: Iterable[str]) -> dict[str, str]:
    """Writes a request, and returns the salted hash of each id.

    Raises:
      OSError: the table cannot be written.
    """
    earlier = Forgotten.of(root).requests
    salt = (
        earlier[0].salt if earlier else secrets.token_bytes(16)
    )  # one of a table: an item is hashed once for all requests
    hashes = {name: salted(name, salt) for name in ids}
    request = {
        "format": FORMAT,
        "salt": salt.hex(),
        "ids": sorted(hashes.values()),
        "contents": sorted(salted(content, salt) for content in contents),
    }
    files.write(files.join(_folder(root), f"{secrets.token_hex(8)}.json"), json.dumps(request).encode())
    return hashes


def _folder(root: str) -> str:
    return files.join(root, "_vectormill", "forgotten")
