"""Reads documents: a file is one, and a mailbox has many. Each is an item, or several chunks."""

from __future__ import annotations

import lzma
import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from hashlib import blake2b
from typing import Any

import pyarrow as pa

from transforms.common.errors import ItemError, one_line
from transforms.corpus.chunks.documents import cut_document
from transforms.corpus.columns.batches import MAX_BYTES, MAX_ROWS, assemble
from transforms.corpus.columns.path_columns import label_of_source
from transforms.corpus.documents.columns import BETWEEN_HEADINGS, DOCUMENT_COLUMNS
from transforms.corpus.documents.document import Document
from transforms.corpus.documents.mailbox import mails
from transforms.corpus.documents.processes import DocumentProcesses, Limits, Request
from transforms.corpus.documents.suffixes import kind_of_document
from transforms.corpus.formats import format_of
from transforms.corpus.items import ID_HASH_HEX, content_hash
from transforms.corpus.options import ReadOptions
from transforms.corpus.sources import Source
from transforms.corpus.streams.opening import decompressed, faults, open_raw, read_all
from transforms.storage.files import exactly, is_local

_READ_AHEAD_BYTES = 16 << 20
"""A larger object of a store is fetched when its turn comes."""
_TEXTS = ("markdown", "rst", "code", "text")
_MAILS = ("mail", "mailbox")
_STATE = re.compile(r"\d+-(?P<nanoseconds>\d+)(?:\+|\Z)")


def read(sources: Sequence[Source], options: ReadOptions, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The items of documents in order; a document that cannot be read is one with an error.

    Yields:
      Batches of `schema`; with `options.chunk` a column `parent`, the id of the document, follows `error`.

    Raises:
      RequestError: a source has vanished or may not be read.
    """
    limits = Limits(seconds=options.document_seconds, memory=options.document_megabytes << 20)
    if options.chunk is not None:
        schema = schema.insert(schema.get_field_index("error") + 1, pa.field("parent", pa.string()))
    owners: deque[Source] = deque()
    rows = _Rows(schema, options)

    def requests() -> Iterator[Request | ItemError]:
        for source, request in _requests(sources, options, limits):
            owners.append(source)
            yield request

    for outcome in DocumentProcesses.shared(limits).read(requests()):
        yield from rows.add(owners.popleft(), outcome)
    if len(rows):
        yield rows.taken()


# ---- bytes ------------------------------------------------------------------------------------------------


def _requests(
    sources: Sequence[Source], options: ReadOptions, limits: Limits
) -> Iterator[tuple[Source, Request | ItemError]]:
    """What is asked of the processes for each source, which has none where it is an empty text."""
    ahead = read_all(source.uri for source in sources if _is_read_ahead(source))
    for source in sources:
        kind = kind_of_document(source.name)
        if kind == "mailbox":
            with faults(source), open_raw(source.uri):
                pass  # one that is not there is the request's fault, and one that is damaged its own
            yield from ((source, mail) for mail in _mails(source, limits))
            continue
        data = next(ahead) if _is_read_ahead(source) else _bytes(source, limits)
        if isinstance(data, OSError):
            with faults(source):
                raise data
        if isinstance(data, bytes):
            data = _unpacked(source, data, limits)
        if isinstance(data, ItemError):
            yield source, data
        elif data.strip(b"\xef\xbb\xbf \t\r\n\f"):
            yield source, Request(data=data, kind=kind, encoding=options.encoding)
        elif kind not in _TEXTS:
            yield source, ItemError("EmptyText", f"the file is empty ({len(data):,} bytes)")


def _is_read_ahead(source: Source) -> bool:
    return not is_local(source.uri) and source.size <= _READ_AHEAD_BYTES and kind_of_document(source.name) != "mailbox"


def _bytes(source: Source, limits: Limits) -> bytes | ItemError:
    if source.size > limits.size:
        return _too_large(source.size, limits)
    with faults(source), open_raw(source.uri) as stream:
        data = exactly(stream, limits.size + 1)
    return _too_large(len(data), limits) if len(data) > limits.size else data


def _unpacked(source: Source, data: bytes, limits: Limits) -> bytes | ItemError:
    form = format_of(source.name, documents=True)
    if form is None or form.codec is None or not data:
        return data
    try:
        with decompressed(pa.BufferReader(data), form.codec) as stream:
            found = exactly(stream, limits.size + 1)
    except _DAMAGES as error:
        return ItemError("Damaged", f"it cannot be unpacked: {one_line(error)}")
    return _too_large(len(found), limits) if len(found) > limits.size else found


_DAMAGES = (OSError, EOFError, lzma.LZMAError, pa.ArrowException)


def _mails(source: Source, limits: Limits) -> Iterator[Request | ItemError]:
    form = format_of(source.name, documents=True)
    try:
        with open_raw(source.uri) as raw, decompressed(raw, None if form is None else form.codec) as stream:
            for mail in mails(stream, most=limits.size):
                yield mail if isinstance(mail, ItemError) else Request(data=mail, kind="mail")
    except _DAMAGES as error:
        yield ItemError("Damaged", f"it cannot be read to its end: {one_line(error)}")


def _too_large(size: int, limits: Limits) -> ItemError:
    return ItemError(
        "TooLarge", f"it has {size / 2**20:,.0f} MB or more: {limits.size >> 20:,} at most are read of one document"
    )


# ---- rows -------------------------------------------------------------------------------------------------


class _Rows:
    """Rows that wait to become a batch. Mails of a mailbox and chunks are told apart by what they hold, repeats by a number."""

    def __init__(self, schema: pa.Schema, options: ReadOptions) -> None:
        self._schema = schema
        self._options = options
        self._mails: Counter[str] = Counter()
        self._mailbox = ""
        self._clear()

    def _clear(self) -> None:
        self._values: dict[str, list[Any]] = {name: [] for name in (*_OWN, *DOCUMENT_COLUMNS.names)}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._values["id"])

    def add(self, source: Source, outcome: Document | ItemError) -> Iterator[pa.RecordBatch]:
        """Adds the items of a document, or the error that it is; gives batches whenever enough rows wait."""
        if len(self) >= MAX_ROWS:
            yield self.taken()
        name = self._name(source, outcome)
        if isinstance(outcome, ItemError):
            self._row(source, id=name, error=f"{outcome.kind}: {outcome}")
            return
        chunks = cut_document(outcome, self._options)
        if not chunks:
            self._row(source, id=name, error="EmptyText: the document has no text")
            return
        seen: Counter[str] = Counter()
        modified = _modified(source, outcome)
        for chunk in chunks:
            payload = chunk.text.encode()
            own = name
            if self._options.chunk is not None:
                own = _numbered(f"{name}#{content_hash(payload, modality='text')[:ID_HASH_HEX]}", seen)
            self._row(
                source,
                id=own,
                payload=payload,
                parent=name,
                title=outcome.title,
                heading=BETWEEN_HEADINGS.join(chunk.headings) or None,
                page=chunk.page,
                position=chunk.position,
                modified=modified,
            )
            self._bytes += len(payload)
            if len(self) >= MAX_ROWS or self._bytes >= MAX_BYTES:
                yield self.taken()

    def _name(self, source: Source, outcome: Document | ItemError) -> str:
        if kind_of_document(source.name) != "mailbox":
            return source.name
        if source.name != self._mailbox:
            self._mailbox, self._mails = source.name, Counter()
        if isinstance(outcome, ItemError):
            return _numbered(f"{source.name}#error", self._mails)
        key = outcome.key or "\n\n".join(block.text for block in outcome.blocks)
        return _numbered(
            f"{source.name}#{blake2b(key.encode(), digest_size=ID_HASH_HEX // 2).hexdigest()}", self._mails
        )

    def _row(self, source: Source, **values: Any) -> None:
        values |= {
            "source": source.name,
            "fingerprint": source.fingerprint,
            "label": label_of_source(source, self._options),
        }
        for name, column in self._values.items():
            column.append(values.get(name))

    def taken(self) -> pa.RecordBatch:
        """The rows as a batch; none wait any more."""
        count = len(self)
        # A table may hold them as other types than documents have them: its own, of the same names.
        columns: dict[str, Any] = {
            name: pa.array(column, DOCUMENT_COLUMNS.field(name).type) if name in DOCUMENT_COLUMNS.names else column
            for name, column in self._values.items()
        }
        self._clear()
        return assemble(self._schema, count, columns)


_OWN = ("source", "fingerprint", "payload", "id", "label", "error", "parent")


def _numbered(name: str, seen: Counter[str]) -> str:
    seen[name] += 1
    return name if seen[name] == 1 else f"{name}.{seen[name]}"


def _modified(source: Source, document: Document) -> datetime | None:
    """When a mail was written, or another file changed: as the listing says, else as the document does."""
    if document.modified is not None and kind_of_document(source.name) in _MAILS:
        return document.modified
    state = _STATE.match(source.fingerprint)
    if state is None or not is_local(source.uri):
        return document.modified
    return datetime.fromtimestamp(0, timezone.utc) + timedelta(microseconds=int(state["nanoseconds"]) // 1000)
